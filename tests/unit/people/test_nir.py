"""The NIR is found in every spelling, and little else is taken for one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import JSON, create_engine, insert, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from stdnum.fr import nir

from mobility.core.privacy import NirRefused, check_no_nir, find_nir, install

SPELLINGS = [
    "295109912611193",
    "2951099126111",
    "2 95 10 99 126 111 93",
    "2 95 10 99 126 111",
    "2.95.10.99.126.111.93",
    "2-95-10-99-126-111-93",
    "2/95/10/99/126/111/93",
    "2_95_10_99_126_111",
    "2 95 10 99 126 111 - 93",
    "2 95 10 99 126 111 / 93",
    "2 95 10 99 126 111 clé 93",
    "2951099126111 (93)",
    "2 95 10 99126 111 93",
    "2 9510 99126111 93",
    "295 10 99126 111",
    "295 109 912 611 193",
    "29510 99126 11193",
    "2951 0991 2611 193",
    "2 9 5 1 0 9 9 1 2 6 1 1 1 9 3",
    "2 9 5 1 0 9 9 1 2 6 1 1 1",
    "2\u00a095\u00a010\u00a099\u00a0126\u00a0111\u00a093",
    "2\u202f95\u202f10\u202f99\u202f126\u202f111",
    "2\u201395\u201310\u201399\u2013126\u2013111\u201393",
    "2  95  10  99  126  111  93",
    "2\n95\n10\n99\n126\n111\n93",
    "２９５１０９９１２６１１１９３",
    "٢٩٥١٠٩٩١٢٦١١١٩٣",
    "2951\u200b0991\u200b26111\u200b93",
    "253072A07300443",
    "253072b07300470",
    "2 53 07 2A 073 004 43",
    "2 53 07 2B 073 004",
    "253072A073004",
    "185055912345620",
]

AROUND = [
    "{}",
    "NIR : {}",
    "n°{}",
    "sécu {} merci",
    "NIR{}",
    "Né le 12/05/1985, {}",
    "06 39 98 12 34 {}",
    "+33 6 39 98 12 34 / {}",
    "{} 06 39 98 12 34",
    "({})",
    "« {} »",
    "carte vitale={};",
    "{}.",
    "مرحبا {} 🚗",
]

INNOCENT = [
    "",
    "06 39 98 12 34",
    "0639981234 0639981235",
    "06 39 98 12 34 ou 06 39 98 56 78",
    "+33639981234",
    "+33 6 39 98 12 34",
    "0033639981234",
    "+2250102030405",
    "+225 01 02 03 04 05",
    "+2348012345678",
    "1234567A",
    "12345678901",
    "Identifiant France Travail 1234567B, puis 12345678901",
    "081159100123",
    "NEPH 081159100123, permis 160759200456",
    "permis 1 081159100123",
    "FR76 3000 6000 0112 3456 7890 189",
    "FR7630006000011234567890189",
    "fr 14 20041 01005 0500013M026 06",
    "SIRET 732 829 320 00074",
    "73282932000074",
    "TVA FR40303265045",
    "le 12/05/1985 à 14 h 30",
    "12-05-1985 13-06-1986",
    "2026-11-22 03:43:22.123456",
    "2026-11-22T03:43:22.123456+00:00",
    "1795300000000",
    "50.2851212345678",
    "3.1851212345678, 50.2951099126111",
    "550e8400-e29b-41d4-a716-446655440000",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "a2951099126111931f",
    "x1y2951099126111",
    "2951099126111934",
    "12951099126111",
    "295109912611199",
    "2951399126111",
    "2951000126111",
    "2951099000111",
    "2951099126000",
    "5951099126111",
    "4 rue des 12 apôtres, 59300 Valenciennes, 2e étage, porte 14, code 1278",
    "3 enfants : 12, 10 et 8 ans ; 2 voitures ; 1 250 € ; 59 km",
    "Classes 1 2 3 4 5 6 7 8 9 10 11 12 13",
    "AA-123-AA 1234 AB 59",
    "4970 1012 3456 7890",
    "3017620422003",
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_nir_is_found_in_every_spelling_and_place(spelling: str, around: str) -> None:
    assert find_nir(around.format(spelling)) is not None


@pytest.mark.parametrize("text", INNOCENT)
def test_other_numbers_pass(text: str) -> None:
    assert find_nir(text) is None


def test_a_grouped_nir_with_a_mistyped_key_is_still_refused() -> None:
    # Its first 13 digits are the number of somebody: a wrong key does not make them anonymous.
    assert find_nir("2 95 10 99 126 111 99") == "2951099126111"


numbers = st.builds(
    "{}{:02d}{:02d}{}{:03d}{:03d}".format,
    st.sampled_from("12"),
    st.integers(0, 99),
    st.integers(1, 12),
    st.one_of(st.integers(1, 95).map("{:02d}".format), st.sampled_from(["2A", "2B", "97", "99"])),
    st.integers(1, 990),
    st.integers(1, 999),
)
separators = st.sampled_from([" ", "\u00a0", "\u202f", ".", "-", "/", "", " - "])


@given(numbers, separators, st.booleans())
def test_any_well_formed_number_is_found_in_its_usual_groups(number: str, separator: str, with_key: bool) -> None:
    parts = [number[a:b] for a, b in ((0, 1), (1, 3), (3, 5), (5, 7), (7, 10), (10, 13))]
    if with_key:
        parts.append(nir.calc_check_digits(number))
    assert find_nir(f"Voici : {separator.join(parts)}, merci.") == "".join(parts)


@given(numbers)
def test_a_wrong_key_in_one_block_is_another_number(number: str) -> None:
    wrong = (int(nir.calc_check_digits(number)) + 1) % 100
    assert find_nir(f"{number}{wrong:02d}") is None


@given(st.lists(st.from_regex(r"0[1-9]( \d\d){4}", fullmatch=True), max_size=5))
def test_lists_of_phones_never_look_like_one(phones: list[str]) -> None:
    found = find_nir(", ".join(phones))
    assert found is None


@given(st.dates(), st.dates())
def test_dates_never_look_like_one(first: Any, second: Any) -> None:
    assert find_nir(f"du {first:%d/%m/%Y} au {second:%d/%m/%Y} ({first} {second})") is None


@given(st.from_regex(r"\d{12}", fullmatch=True))
def test_a_licence_number_never_looks_like_one(number: str) -> None:
    assert find_nir(f"Permis {number}, 2 points") is None


@given(st.text())
@example("\x00" * 20)
@example("²" * 20)
@example("೨" * 15)
@example("①" * 15)
def test_any_text_is_read(text: str) -> None:
    find_nir(text)


def test_ten_thousand_digits_are_read_quickly() -> None:
    for text in ("1 " * 10_000, "1" * 10_000, "12 345-" * 3_000, "2A" * 5_000):
        find_nir(text)


@pytest.mark.parametrize(
    "value",
    [
        {"note": "2 95 10 99 126 111 93"},
        {"a": [{"b": ["x", "295109912611193"]}]},
        {"295109912611193": 1},
        [295109912611193],
    ],
)
def test_a_nir_inside_a_json_value_is_refused(value: object) -> None:
    with pytest.raises(NirRefused) as refusal:
        check_no_nir(value, field="facts")
    assert refusal.value.field == "facts"
    assert not re.search(r"\d{5}", refusal.value.message)


class _Base(DeclarativeBase):
    pass


class _Thing(_Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="", info={"nir": "exempt"})
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class _OwnSession(Session):
    pass


install(_OwnSession)
install(_OwnSession)
NIR = "295109912611193"


@pytest.fixture
def thing_session() -> Any:
    engine = create_engine("sqlite://")
    _Base.metadata.create_all(engine)

    with _OwnSession(engine) as session:
        yield session
    engine.dispose()


def test_a_new_row_with_a_nir_is_refused(thing_session: Session) -> None:
    thing_session.add(_Thing(label=NIR))
    with pytest.raises(NirRefused) as refusal:
        thing_session.flush()
    assert refusal.value.field == "label"


def test_a_changed_row_with_a_nir_is_refused(thing_session: Session) -> None:
    thing = _Thing(label="fine")
    thing_session.add(thing)
    thing_session.flush()
    thing.label = f"sa sécu : {NIR}"
    with pytest.raises(NirRefused):
        thing_session.flush()


def test_a_nir_in_json_is_refused_even_where_the_value_is_changed_with_another_column(thing_session: Session) -> None:
    thing = _Thing(label="fine", facts={"a": 1})
    thing_session.add(thing)
    thing_session.flush()
    thing.facts = {"a": [NIR]}
    with pytest.raises(NirRefused):
        thing_session.flush()


def test_an_exempt_column_is_left_alone(thing_session: Session) -> None:
    thing_session.add(_Thing(digest=NIR))
    thing_session.flush()
    thing_session.execute(update(_Thing).values(digest=NIR))


@pytest.mark.parametrize(
    "statement",
    [
        insert(_Thing).values(label=NIR),
        update(_Thing).values(label=NIR),
        update(_Thing).values(facts={"a": NIR}),
    ],
)
def test_statements_in_bulk_are_refused_too(thing_session: Session, statement: Any) -> None:
    with pytest.raises(NirRefused):
        thing_session.execute(statement)


def test_an_insert_of_many_rows_is_refused(thing_session: Session) -> None:
    for statement in (insert(_Thing), insert(_Thing.__table__)):
        with pytest.raises(NirRefused):
            thing_session.execute(statement, [{"label": "fine"}, {"label": NIR}])
    with pytest.raises(NirRefused):
        thing_session.execute(insert(_Thing).values([{"label": "fine"}, {"label": NIR}]))
    thing_session.execute(insert(_Thing).values([{"label": "fine"}, {"digest": NIR, "label": ""}]))
