"""The lives of a match, a ride and a trip: every pair of the tables, and what two answers about a day come to."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.kinds import AGREED_STATES, LIVING_STATES, MatchState, RideState, TripState
from mobility.carpool.states import (
    AGREES,
    CANCELS,
    MATCH_ACTION_LABELS,
    MATCHES,
    RIDES,
    SIDE_LABELS,
    TRIPS,
    MatchAction,
    RideAction,
    Side,
    TripAction,
    attendance_of,
)
from mobility.core.errors import ForbiddenTransition

S, A = MatchState, MatchAction
ALLOWED = {
    S.PROPOSED: {
        A.DRIVER_AGREES: S.DRIVER_AGREED, A.PASSENGER_AGREES: S.PASSENGER_AGREED, A.REFUSE: S.REFUSED, A.EXPIRE: S.EXPIRED,
    },
    S.DRIVER_AGREED: {A.PASSENGER_AGREES: S.TRIAL, A.REFUSE: S.REFUSED, A.EXPIRE: S.EXPIRED},
    S.PASSENGER_AGREED: {A.DRIVER_AGREES: S.TRIAL, A.REFUSE: S.REFUSED, A.EXPIRE: S.EXPIRED},
    S.TRIAL: {A.CONFIRM: S.CONFIRMED, A.CHANGE: S.TRIAL, A.SUSPEND: S.SUSPENDED, A.END: S.ENDED},
    S.CONFIRMED: {A.CHANGE: S.CONFIRMED, A.SUSPEND: S.SUSPENDED, A.END: S.ENDED},
    S.SUSPENDED: {A.RESUME: S.CONFIRMED, A.END: S.ENDED},
    S.REFUSED: {},
    S.EXPIRED: {},
    S.ENDED: {},
}  # fmt: skip


@pytest.mark.parametrize(("state", "action"), list(product(MatchState, MatchAction)))
def test_a_match_moves_as_the_table_says_and_no_other_way(state: MatchState, action: MatchAction) -> None:
    if action in ALLOWED[state]:
        assert MATCHES.after(state, action) is ALLOWED[state][action]
    else:
        with pytest.raises(ForbiddenTransition):
            MATCHES.after(state, action)


@given(st.lists(st.sampled_from(list(MatchAction)), max_size=12))
def test_nothing_is_agreed_unless_both_have_agreed(actions: list[MatchAction]) -> None:
    state, said = MatchState.PROPOSED, set()
    for action in actions:
        if MATCHES.allows(state, action):
            state = MATCHES.after(state, action)
            said.add(action)
    if state in AGREED_STATES:
        assert set(AGREES.values()) <= said


def test_what_is_over_stays_over_and_only_that() -> None:
    assert MATCHES.final_states(MatchState) == frozenset(MatchState) - frozenset(LIVING_STATES)


@pytest.mark.parametrize(("state", "action"), list(product(RideState, RideAction)))
def test_a_ride_moves_as_the_table_says_and_no_other_way(state: RideState, action: RideAction) -> None:
    allowed = {
        RideState.PLANNED: {
            RideAction.CANCEL_BY_DRIVER: RideState.CANCELLED_BY_DRIVER,
            RideAction.CANCEL_BY_PASSENGER: RideState.CANCELLED_BY_PASSENGER,
            RideAction.RIDE: RideState.DONE,
            RideAction.MISS: RideState.MISSED,
        },
        RideState.DONE: {RideAction.MISS: RideState.MISSED},
        RideState.MISSED: {RideAction.RIDE: RideState.DONE},
    }.get(state, {})
    assert RIDES.allows(state, action) is (action in allowed)
    if action in allowed:
        assert RIDES.after(state, action) is allowed[action]


@pytest.mark.parametrize(("state", "action"), list(product(TripState, TripAction)))
def test_a_trip_is_cancelled_or_done_once(state: TripState, action: TripAction) -> None:
    assert TRIPS.allows(state, action) is (state is TripState.PLANNED)


@pytest.mark.parametrize(
    ("driver", "passenger", "came"),
    [
        (None, None, None),
        (True, None, RideAction.RIDE),
        (None, True, RideAction.RIDE),
        (True, True, RideAction.RIDE),
        (False, None, RideAction.MISS),
        (None, False, RideAction.MISS),
        (True, False, RideAction.MISS),
        (False, True, RideAction.MISS),
        (False, False, RideAction.MISS),
    ],
)
def test_two_answers_about_a_day(driver: bool | None, passenger: bool | None, came: RideAction | None) -> None:
    assert attendance_of(driver, passenger) is came


def test_each_side_and_act_has_its_words() -> None:
    assert set(AGREES) == set(CANCELS) == set(SIDE_LABELS) == set(Side)
    assert set(MATCH_ACTION_LABELS) == set(MatchAction)
