"""Proposals that even out a team's caseload: few, fair, and never worse than before."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.caseload.balance import Followed, Load, Move, propose

ANNE, BEN, CHLOE = 1, 2, 3


def people(
    user_id: int | None, number: int, *, first: int = 0, met: bool = True, weight: int = 100, protected: bool = False
) -> list[Followed]:
    return [Followed(first + at, user_id, weight, met, protected) for at in range(number)]


@pytest.mark.parametrize(
    ("loads", "followed", "target", "moves"),
    [
        # Within the target nobody moves, however uneven.
        ([Load(ANNE, 300), Load(BEN, 0)], people(ANNE, 3), 300, []),
        # One over: whoever was not met yet goes.
        ([Load(ANNE, 300), Load(BEN, 0)], [*people(ANNE, 2), *people(ANNE, 1, first=9, met=False)], 200, [Move(9, ANNE, BEN)]),
        # Until the target is kept, no further.
        ([Load(ANNE, 500), Load(BEN, 0)], people(ANNE, 5), 300, [Move(0, ANNE, BEN), Move(1, ANNE, BEN)]),
        # A protected file stays.
        ([Load(ANNE, 300), Load(BEN, 0)], people(ANNE, 3, protected=True), 200, []),
        # Handing over would only turn the tables.
        ([Load(ANNE, 300), Load(BEN, 200)], people(ANNE, 3), 200, []),
        # Those without adviser go to the lightest.
        ([Load(ANNE, 300), Load(BEN, 100)], people(None, 2), 400, [Move(0, None, BEN), Move(1, None, BEN)]),
        # Nobody is weighed down over the target for them.
        ([Load(ANNE, 400), Load(BEN, 400)], people(None, 1), 400, []),
        # People who weigh nothing change nothing.
        ([Load(ANNE, 300), Load(BEN, 0)], people(ANNE, 3, weight=0), 200, []),
        ([], people(None, 2), 100, []),
    ],
)  # fmt: skip
def test_what_is_proposed(loads: list[Load], followed: list[Followed], target: int, moves: list[Move]) -> None:
    assert list(propose(loads, followed, target=target)) == moves


def test_of_those_who_were_met_whoever_evens_out_best_goes() -> None:
    followed = [Followed(1, ANNE, 30, met=True), Followed(2, ANNE, 200, met=True), Followed(3, ANNE, 100, met=True)]
    assert propose([Load(ANNE, 330), Load(BEN, 0)], followed, target=200, most=1) == (Move(2, ANNE, BEN),)


advisers = st.lists(st.integers(1, 5), min_size=1, max_size=5, unique=True)


@st.composite
def teams(draw: st.DrawFn) -> tuple[list[Load], list[Followed], int]:
    ids = draw(advisers)
    followed = [
        Followed(
            number,
            draw(st.sampled_from([*ids, None])),
            draw(st.sampled_from([0, 30, 100, 150, 200])),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 14)))
    ]
    loads = [
        Load(one, sum(person.weight for person in followed if person.user_id == one) + draw(st.sampled_from([0, 300])))
        for one in ids
    ]
    return loads, followed, draw(st.integers(100, 900))


def after(loads: list[Load], followed: list[Followed], moves: tuple[Move, ...]) -> dict[int, int]:
    weights = {load.user_id: load.weight for load in loads}
    by_id = {person.person_id: person for person in followed}
    for move in moves:
        weights[move.to_user_id] += by_id[move.person_id].weight
        if move.from_user_id is not None:
            weights[move.from_user_id] -= by_id[move.person_id].weight
    return weights


@given(teams())
def test_the_worst_load_never_grows_beyond_the_target(team: tuple[list[Load], list[Followed], int]) -> None:
    loads, followed, target = team
    worst = max(load.weight for load in loads)
    assert max(after(loads, followed, propose(loads, followed, target=target)).values()) <= max(worst, target)


@given(teams())
def test_moves_between_advisers_never_make_the_worst_load_worse(team: tuple[list[Load], list[Followed], int]) -> None:
    loads, followed, target = team
    taken = [person for person in followed if person.user_id is not None]
    worst = max(load.weight for load in loads)
    assert max(after(loads, taken, propose(loads, taken, target=target)).values()) <= worst


@given(teams(), st.integers(0, 4))
def test_moves_are_few_and_real(team: tuple[list[Load], list[Followed], int], most: int) -> None:
    loads, followed, target = team
    moves = propose(loads, followed, target=target, most=most)
    by_id = {person.person_id: person for person in followed}
    assert len(moves) <= most
    assert all(number == 1 for number in Counter(move.person_id for move in moves).values())
    for move in moves:
        assert not by_id[move.person_id].protected
        assert by_id[move.person_id].user_id == move.from_user_id
        assert move.to_user_id != move.from_user_id
        assert move.to_user_id in {load.user_id for load in loads}


@given(teams())
def test_whoever_keeps_the_target_keeps_everybody(team: tuple[list[Load], list[Followed], int]) -> None:
    loads, followed, target = team
    light = {load.user_id for load in loads if load.weight <= target}
    # Taking over may never push somebody so far that they give away what was theirs.
    moves = propose(loads, [one for one in followed if one.user_id is not None], target=target)
    for move in moves:
        assert move.from_user_id not in light
