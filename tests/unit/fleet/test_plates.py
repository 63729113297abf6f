import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.fleet.errors import WrongPlate
from mobility.fleet.kinds import Category
from mobility.fleet.plates import PlateSystem, normalise_marking, normalise_plate, plate_system

SIV_LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"


@pytest.mark.parametrize(
    ("typed", "kept", "system"),
    [
        ("AA-123-AA", "AA-123-AA", PlateSystem.SIV),
        ("ab 456 cd", "AB-456-CD", PlateSystem.SIV),
        ("AB456CD", "AB-456-CD", PlateSystem.SIV),
        ("ab\u00a0456\u2011cd", "AB-456-CD", PlateSystem.SIV),
        ("AB—001—CD", "AB-001-CD", PlateSystem.SIV),
        ("\uff21\uff22-123-CD", "AB-123-CD", PlateSystem.SIV),
        ("AA-123-WW", "AA-123-WW", PlateSystem.SIV),
        ("WA-123-AA", "WA-123-AA", PlateSystem.SIV),
        ("123 AB 59", "123 AB 59", PlateSystem.FNI),
        ("123ab59", "123 AB 59", PlateSystem.FNI),
        ("1234 XY 62", "1234 XY 62", PlateSystem.FNI),
        ("12 ABC 75", "12 ABC 75", PlateSystem.FNI),
        ("1 A 01", "1 A 01", PlateSystem.FNI),
        ("45 QR 2a", "45 QR 2A", PlateSystem.FNI),
        ("45 QR 974", "45 QR 974", PlateSystem.FNI),
        ("123 SS 59", "123 SS 59", PlateSystem.FNI),
    ],
)
def test_a_plate_has_one_writing_whatever_was_typed(typed: str, kept: str, system: PlateSystem) -> None:
    assert normalise_plate(typed, Category.CAR) == kept
    assert plate_system(typed, Category.CAR) is system


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "n’est pas reconnue"),
        ("AI-123-AA", "I, O ou U"),
        ("AA-123-OA", "I, O ou U"),
        ("UA-123-AA", "I, O ou U"),
        ("SS-123-AA", "SS"),
        ("AA-123-SS", "SS"),
        ("WW-123-AA", "provisoire"),
        ("AA-000-AA", "001 à 999"),
        ("AA-12-AA", "n’est pas reconnue"),
        ("AAA-123-AA", "n’est pas reconnue"),
        ("0123 AB 59", "n’est pas reconnue"),
        ("123 AB 00", "n’est pas reconnue"),
        ("123 AB 96", "n’est pas reconnue"),
        ("123 AB 2C", "n’est pas reconnue"),
        ("123 AI 59", "n’est pas reconnue"),
        ("1234 ABC 59", "n’est pas reconnue"),
        ("123 WW 59", "provisoires"),
        ("12345 AB 59", "n’est pas reconnue"),
        ("AB 123 C", "n’est pas reconnue"),
        ("١٢٣ AB 59", "n’est pas reconnue"),
        ("AA-123-AA' OR 1=1", "n’est pas reconnue"),
        ("A" * 10_000, "n’est pas reconnue"),
        ("🚗🚗-123-AA", "n’est pas reconnue"),
    ],
)
def test_what_is_no_plate_is_refused_with_what_to_do(typed: str, said: str) -> None:
    with pytest.raises(WrongPlate) as refusal:
        normalise_plate(typed, Category.CAR)
    assert said in refusal.value.message
    assert refusal.value.field == "plate"


@pytest.mark.parametrize("category", [Category.MOPED, Category.LIGHT_CAR])
def test_small_vehicles_may_carry_a_moped_plate_of_2004_to_2009(category: Category) -> None:
    assert normalise_plate("ab123c", category) == "AB 123 C"
    assert plate_system("a12b", category) is PlateSystem.MOPED
    for wrong in ("IB 123 C", "AB 000 C"):
        with pytest.raises(WrongPlate):
            normalise_plate(wrong, category)


@pytest.mark.parametrize("category", [Category.BIKE, Category.EBIKE])
def test_bikes_have_no_plate(category: Category) -> None:
    with pytest.raises(WrongPlate, match="vélo"):
        normalise_plate("AA-123-AA", category)


@given(
    st.text(SIV_LETTERS, min_size=2, max_size=2).filter(lambda block: block not in {"SS", "WW"}),
    st.integers(1, 999),
    st.text(SIV_LETTERS, min_size=2, max_size=2).filter(lambda block: block != "SS"),
    st.sampled_from(["", " ", "-", " - ", "."]),
)
def test_every_siv_plate_is_read_with_any_separator(left: str, number: int, right: str, between: str) -> None:
    typed = f"{left}{between}{number:03}{between}{right}"
    assert normalise_plate(typed.lower(), Category.CAR) == f"{left}-{number:03}-{right}"


@given(st.text(max_size=40), st.sampled_from(list(Category)))
def test_reading_a_plate_gives_a_plate_or_a_clear_refusal_and_is_idempotent(typed: str, category: Category) -> None:
    try:
        kept = normalise_plate(typed, category)
    except WrongPlate:
        return
    assert normalise_plate(kept, category) == kept
    assert len(kept) <= 12


@pytest.mark.parametrize(
    ("typed", "kept"), [("", None), ("  ", None), ("bc 12-34", "BC1234"), ("FR00012345678", "FR00012345678")]
)
def test_a_marking_number_is_kept_in_one_writing(typed: str, kept: str | None) -> None:
    assert normalise_marking(typed) == kept


@pytest.mark.parametrize("typed", ["ABC", "A" * 31, "12€45", "<script>"])
def test_what_is_no_marking_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(WrongPlate) as refusal:
        normalise_marking(typed)
    assert refusal.value.field == "marking"
