"""Names by sound, by spelling; and the score of two files that may be one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.people.duplicates import CERTAIN, Facts, score
from mobility.people.errors import NameUnreadable
from mobility.people.names import (
    KEYS_MAX,
    NAME_MAX,
    PLAIN_MAX,
    clean_name,
    name_key,
    name_plain,
    nearness,
    phonetic_key,
    sounds_alike,
    units_of,
    words_of,
)

ALIKE = [
    ("Lefebvre", "Lefèvre"),
    ("Lefebvre", "Lefébure".replace("ure", "vre")),
    ("Thibault", "Tibo"),
    ("Thibaud", "Thibaut"),
    ("Mohamed", "Muhammad"),
    ("Benali", "Ben Ali"),
    ("El Amrani", "Elamrani"),
    ("Dupont", "Dupond"),
    ("Moreau", "Moro"),
    ("Moreaux", "Moreau"),
    ("Yacine", "Yassine"),
    ("Philippe", "Filip"),
    ("Jean-Pierre", "Jean Pierre"),
    ("Le Roy", "Leroy"),
    ("Caudron", "Codron"),
    ("Hélène", "Elene"),
    ("Cathy", "Kathy"),
    ("Vandenberghe", "Van den Berghe"),
    ("D’Hondt", "Dhondt"),
    ("Renault", "Renaud"),
    ("Sarah", "Sara"),
    ("Roger", "Rogé"),
    ("Saint-Pol", "St Pol"),
    ("Wacquez", "Vaquez"),
    ("Ouali", "Wali"),
    ("Doumia", "Dumia"),
    ("Œuvrard", "Oeuvrard"),
]
UNLIKE = [("Martin", "Bernard"), ("Petit", "Durand"), ("Amel", "Yanis"), ("Leroy", "Legrand"), ("Dubois", "Dupont")]


@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_names_that_sound_the_same_share_a_key(first: str, second: str) -> None:
    assert sounds_alike(first, second)


@pytest.mark.parametrize(("first", "second"), UNLIKE)
def test_names_that_sound_different_do_not(first: str, second: str) -> None:
    assert not sounds_alike(first, second)
    assert nearness(first, second) < 0.8


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Ben Ali", [("benali", "ali")]),
        ("Maria da Silva dos Santos", [("maria",), ("dasilva", "silva"), ("dossantos", "santos")]),
        ("Le", [("le",)]),
        ("de la", [("dela",)]),
        ("St-Pol", [("saintpol", "pol")]),
        ("", []),
        ("---", []),
    ],
)
def test_a_particle_belongs_to_the_name_that_follows(text: str, units: list[tuple[str, ...]]) -> None:
    assert units_of(text) == units


def test_every_spelling_of_a_name_can_be_searched() -> None:
    assert set(name_plain("Van den Berghe", None, "Jean-Luc").split()) == {
        "vandenberghe", "berghe", "jean", "luc", "van", "den",
    }  # fmt: skip


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_keys_fit_their_columns_and_stand_between_spaces(last: str, birth: str, first: str) -> None:
    for made, limit in ((name_key(last, birth, first), KEYS_MAX), (name_plain(last, birth, first), PLAIN_MAX)):
        assert len(made) <= limit
        assert made[0] == made[-1] == " "
        assert made.isspace() or all(made.split(" ")[1:-1])


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=40))
def test_every_word_of_letters_has_a_key(word: str) -> None:
    for plain in words_of(word):
        assert phonetic_key(plain)


@given(st.text(max_size=60), st.text(max_size=60))
def test_nearness_is_symmetric_and_bounded(first: str, second: str) -> None:
    assert nearness(first, second) == pytest.approx(nearness(second, first))
    assert 0 <= nearness(first, second) <= 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Jean \t Pierre ", "Jean Pierre"),
        ("Le\u0301a", "Léa"),
        ("O’Neil", "O’Neil"),
        ("محمد", "محمد"),
        ("a\x00b", "ab"),
    ],
)
def test_names_are_cleaned_and_otherwise_left_alone(typed: str, kept: str) -> None:
    assert clean_name(typed, field="first_name") == kept


@pytest.mark.parametrize("typed", ["", "  ", "123", "---", "🚗", "x" * (NAME_MAX + 1), "\x00"])
def test_a_name_has_letters_and_an_end(typed: str) -> None:
    with pytest.raises(NameUnreadable) as refusal:
        clean_name(typed, field="last_name")
    assert refusal.value.field == "last_name"


AMEL = Facts(
    first_name="Amel",
    last_name="Ben Ali",
    born_on=date(1990, 5, 17),
    phones=frozenset({"+33639981234"}),
    emails=frozenset({"amel@exemple.fr"}),
    france_travail_id="1234567A",
)


def like(**values: object) -> Facts:
    return Facts(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "shown", "probable"),
    [
        (AMEL, True, True),
        (like(first_name="AMEL", last_name="BENALI", born_on=date(1990, 5, 17)), True, True),
        (like(first_name="Amelle", last_name="Benalli", born_on=date(1990, 5, 17)), True, True),
        (like(first_name="Ben Ali", last_name="Amel", born_on=date(1990, 5, 17)), True, True),
        (like(first_name="Amel", last_name="Martin", birth_name="Benali", born_on=date(1990, 5, 17)), True, True),
        (like(first_name="Amel", last_name="Benali", born_on=date(1990, 5, 18)), True, True),
        (like(first_name="Amel", last_name="Benali", phones=frozenset({"+33639981234"})), True, True),
        (like(france_travail_id="1234567A"), True, True),
        (like(first_name="Amel", emails=frozenset({"amel@exemple.fr"})), True, False),
        (like(first_name="Amel", last_name="Benali", born_on=date(1961, 1, 2)), False, False),
        (
            like(first_name="Yanis", last_name="Ben Ali", born_on=date(2008, 1, 2), phones=frozenset({"+33639981234"})),
            False,
            False,
        ),
        (like(first_name="Yanis", last_name="Petit", shared_phones=frozenset({"+33639981234"})), False, False),
        (like(first_name="Yanis", last_name="Petit", born_on=date(1990, 5, 17)), False, False),
        (like(), False, False),
    ],
)
def test_the_score_tells_twins_from_relatives_and_strangers(other: Facts, shown: bool, probable: bool) -> None:
    found = score(AMEL, other)
    assert (found.shown, found.probable) == (shown, probable)
    assert score(other, AMEL).points == found.points
    assert bool(found.reasons) or found.points == 0


def test_swapped_day_and_month_are_nearly_the_same_date() -> None:
    first, second = (
        like(first_name="Ada", last_name="Petit", born_on=date(1990, 5, 4)),
        like(first_name="Ada", last_name="Petit", born_on=date(1990, 4, 5)),
    )
    assert "date de naissance presque pareille" in score(first, second).reasons


facts = st.builds(
    Facts,
    first_name=st.text(max_size=20),
    last_name=st.text(max_size=20),
    born_on=st.none() | st.dates(),
    phones=st.frozensets(st.sampled_from(["+33639980001", "+33639980002"])),
    france_travail_id=st.none() | st.sampled_from(["1234567A", "7654321B"]),
)


@given(facts, facts)
def test_a_score_is_symmetric_and_bounded(first: Facts, second: Facts) -> None:
    assert score(first, second).points == score(second, first).points
    assert 0 <= score(first, second).points <= 100


@given(facts)
def test_the_same_number_is_enough(one: Facts) -> None:
    if one.france_travail_id:
        other = like(france_travail_id=one.france_travail_id)
        assert score(one, other).points >= CERTAIN
