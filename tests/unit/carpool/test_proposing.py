"""What keeps people apart, why one stands before another, how a proposal reads, and what a key stands for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.indexing import key_of, keys_of, read_key
from mobility.carpool.kinds import Luggage
from mobility.carpool.rules.fitting import AGAINST_LABELS, Against, Party, against
from mobility.carpool.rules.naming import of
from mobility.carpool.rules.ranking import REASON_LABELS, Reason, Trust, parts_of, rank_of
from mobility.carpool.rules.score import Part, PartCode, Score
from mobility.carpool.spoken import spoken
from mobility.carpool.words import clocks, match_sentence
from mobility.geo import communes
from mobility.pathway.rules import Direction

DRIVER = Party(1, seats=3)
RIDER = Party(2)


@pytest.mark.parametrize(
    ("driver", "rider", "stands"),
    [
        ({}, {}, ()),
        ({"member_id": 2}, {}, (Against.SAME,)),
        ({"member_id": 9}, {}, (Against.APART,)),
        ({"women_only": True}, {}, (Against.WOMEN_ONLY,)),
        ({"women_only": True, "is_woman": True}, {"is_woman": True}, ()),
        ({"is_woman": True}, {"women_only": True}, (Against.WOMEN_ONLY,)),
        ({"is_woman": False}, {"women_only": True, "is_woman": True}, (Against.WOMEN_ONLY,)),
        ({"smoking": True}, {}, (Against.SMOKING,)),
        ({"smoking": True}, {"smoking": True}, ()),
        ({}, {"animal": True}, (Against.ANIMAL,)),
        ({"animal": True}, {"animal": True}, ()),
        ({"child_seats": 1}, {"child_seats": 2}, (Against.CHILD_SEATS,)),
        ({}, {"luggage": Luggage.LARGE}, (Against.LUGGAGE,)),
        ({"luggage": Luggage.LARGE}, {"luggage": Luggage.LARGE}, ()),
        ({"seats": 1}, {"seats": 2, "animal": True}, (Against.ANIMAL, Against.SEATS)),
    ],
)
def test_what_stands_against_a_pair(driver: dict[str, Any], rider: dict[str, Any], stands: tuple[Against, ...]) -> None:
    one = Party(**{"member_id": 1, "seats": 3, **driver})
    other = Party(**{"member_id": 2, **rider})
    assert against(one, other, frozenset({frozenset({9, 2})})) == stands


def test_every_code_is_said() -> None:
    assert set(AGAINST_LABELS) == set(Against)
    assert set(REASON_LABELS) == set(Reason)


SCORES = st.builds(
    lambda parts: Score(tuple(parts)),
    st.lists(st.builds(Part, st.sampled_from(PartCode), st.integers(0, 7200), st.integers(0, 200)), max_size=5),
)
TRUSTS = st.builds(Trust, st.booleans(), st.integers(0, 30), st.integers(0, 3))


@given(st.lists(SCORES, min_size=1, max_size=2), st.integers(0, 80), st.integers(0, 80), st.integers(0, 2000), TRUSTS)
def test_a_rank_is_the_sum_of_what_it_says(
    scores: list[Score], shared: int, asked: int, cents: int, trust: Trust
) -> None:
    rank = rank_of(scores, shared=shared, asked=asked, contribution_cents=cents, trust=trust)
    assert {part.reason for part in rank.parts} == set(Reason)
    assert all(part.points >= 0 for part in rank.parts)
    assert rank.as_json()["total"] == sum(part.points for part in rank.parts)
    assert tuple(parts_of(rank.as_json())) == rank.parts


@given(st.lists(SCORES, min_size=1, max_size=2), st.integers(1, 80), st.integers(0, 2000), TRUSTS, st.data())
def test_more_days_less_money_and_more_trust_never_rank_lower(
    scores: list[Score], asked: int, cents: int, trust: Trust, data: st.DataObject
) -> None:
    shared = data.draw(st.integers(0, asked - 1))

    def total(**better: Any) -> int:
        facts: dict[str, Any] = {"shared": shared, "asked": asked, "contribution_cents": cents, "trust": trust}
        return rank_of(scores, **{**facts, **better}).total

    assert total(shared=shared + 1) <= total()
    assert total(contribution_cents=cents // 2) <= total()
    assert total(trust=Trust(True, trust.rides + 1, 0)) <= total()


def leg(**values: Any) -> dict[str, Any]:
    pickup = {"near": "de Raismes", "door": False}
    return {"detour_seconds": 360, "hours": ["04:10"], "pickup": pickup, **values}


@pytest.mark.parametrize(
    ("legs", "days", "values", "said"),
    [
        (
            {"there": leg(), "back": leg()}, {"shared": 32, "asked": 40}, {"is_woman": True},
            "Une conductrice fait 6 minutes de plus, passe vers 4 h 10 près de Raismes, 4 jours sur 5",
        ),
        (
            {"there": leg(detour_seconds=0, pickup={"near": "de Raismes", "door": True})}, {"shared": 5, "asked": 5},
            {"is_woman": False, "yours": True},
            "Un conducteur ne fait pas de détour, passe vers 4 h 10 près de chez vous, tous les jours, à l’aller seulement",
        ),
        (
            {"back": leg(hours=["13:10", "21:10"], pickup={"near": "d’Onnaing", "door": True})},
            {"shared": 1, "asked": 2}, {"yours": True},
            "Une personne fait 6 minutes de plus, passe vers 13 h 10 ou 21 h 10 près d’Onnaing, 1 jour sur 2, au retour seulement",
        ),
    ],
)  # fmt: skip
def test_a_proposal_reads_in_one_sentence(
    legs: dict[str, Any], days: dict[str, int], values: dict[str, Any], said: str
) -> None:
    assert match_sentence(legs, days, **values).replace("\u00a0", " ") == said


def test_the_hours_of_three_teams_are_told() -> None:
    assert clocks(["04:10", "12:10", "20:10"]).replace("\u00a0", " ") == "vers 4 h 10, 12 h 10 ou 20 h 10"
    assert clocks([]) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Raismes", "de Raismes"), ("Onnaing", "d’Onnaing"), ("Haspres", "d’Haspres"), ("Le Quesnoy", "du Quesnoy"),
        ("Les Moëres", "des Moëres"), ("La Sentinelle", "de La Sentinelle"), ("Étrœungt", "d’Étrœungt"),
    ],
)  # fmt: skip
def test_communes_are_named_as_people_name_them(name: str, said: str) -> None:
    assert of(name) == said


def test_a_place_is_told_by_its_commune() -> None:
    position = communes.get("59491").position
    assert position is not None
    centre = spoken(position.longitude, position.latitude)
    assert (centre.insee_code, centre.near) == ("59491", "du centre de Raismes")
    assert spoken(position.longitude, position.latitude + 0.01).near == "de Raismes"
    assert spoken(-30.0, 10.0).insee_code is None


@given(st.integers(1, 2**31 - 1), st.sampled_from(Direction))
def test_a_key_says_the_offer_and_the_direction(offer_id: int, direction: Direction) -> None:
    key = key_of(offer_id, direction)
    assert read_key(key) == (offer_id, direction)
    first, beyond = keys_of(offer_id)
    assert first <= key < beyond <= 2**63 - 1
