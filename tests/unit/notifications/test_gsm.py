import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.notifications.gsm import BASIC, EXTENSION, is_gsm, measure, shorten, to_gsm


def test_the_basic_alphabet_has_its_128_places_but_for_the_escape() -> None:
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10


@pytest.mark.parametrize(
    ("text", "gsm", "units", "parts"),
    [
        ("", True, 0, 1),
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("€" * 80, True, 160, 1),
        ("€" * 81, True, 162, 2),
        ("a" * 152 + "€" + "a" * 152, True, 306, 3),  # the euro sign is not cut: 152 + (2 + 151) + 1
        ("ê" * 70, False, 70, 1),
        ("ê" * 71, False, 71, 2),
        ("ê" * 134, False, 134, 2),
        ("ê" * 135, False, 135, 3),
        ("😀" * 35, False, 70, 1),
        ("😀" * 36, False, 72, 2),
    ],
)
def test_a_text_is_measured_as_phones_do(text: str, gsm: bool, units: int, parts: int) -> None:
    size = measure(text)
    assert (size.gsm, size.units, size.parts) == (gsm, units, parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Prêt à l’heure", "Pret à l'heure"),
        ("« Rendre » : 12,50\u00a0€", '"Rendre" : 12,50 €'),
        ("garçon, Noël, cœur…", "garcon, Noel, coeur..."),
        ("8\u202fh – 12 h", "8 h - 12 h"),
        ("Éléonore Çà", "Éléonore Çà"),
        ("e\u0301", "é"),
        ("مرحبا « a »", None),
        ("Bonjour 😀", "Bonjour 😀"),
    ],
)
def test_french_is_written_in_the_seven_bit_alphabet(text: str, expected: str | None) -> None:
    result = to_gsm(text)
    if expected is None:
        assert not is_gsm(result)
        assert "مرحبا" in result
    else:
        assert result == expected


@given(st.text(alphabet="aàâçéèêëîïôùûüÿœÀÂÇÉÈÊËÎÏÔÙÛÜŸŒ «»’'–…€0123456789.,:;!?\u00a0\u202f"))
def test_whatever_is_french_fits_the_seven_bit_alphabet(text: str) -> None:
    assert is_gsm(to_gsm(text))


@pytest.mark.parametrize(
    ("text", "parts", "length"),
    [("a" * 160, 1, 160), ("a" * 161, 1, 160), ("a" * 1000, 3, 459), ("ê" * 71, 1, 70), ("a " * 100, 1, 160)],
)
def test_a_text_that_is_too_long_is_cut_as_late_as_possible(text: str, parts: int, length: int) -> None:
    cut = shorten(text, parts=parts)
    assert measure(cut).parts <= parts
    assert length - 1 <= len(cut) <= length


@given(st.text(min_size=100, max_size=700), st.integers(1, 3))
def test_a_cut_text_fits_and_begins_like_the_whole(text: str, parts: int) -> None:
    cut = shorten(text, parts=parts)
    assert measure(cut).parts <= parts
    assert cut == text or (cut.endswith("...") and text.startswith(cut[:-3]))


@given(st.text(max_size=400))
def test_an_addition_never_takes_less_room(text: str) -> None:
    assert measure(text + "a").parts >= measure(text).parts
