"""The transition table: every pair is either told here or refused."""

from __future__ import annotations

import pytest

from mobility.core.errors import ForbiddenTransition
from mobility.prescriptions.rules.states import (
    AFTER_MEETING,
    FINAL,
    OPEN,
    PRESCRIPTIONS,
    REOPENINGS,
    UNDECIDED,
    Action,
    Followed,
    Outcome,
    State,
    followed,
    outcomes_in,
    reopening,
)

S, A = State, Action
ALLOWED = {
    (S.DRAFT, A.SEND): S.RECEIVED,
    (S.RECEIVED, A.ASSIGN): S.ASSIGNED,
    (S.RECEIVED, A.TRANSFER): S.RECEIVED,
    (S.RECEIVED, A.ANSWER): S.RECEIVED,
    (S.RECEIVED, A.CLOSE): S.CLOSED,
    (S.ASSIGNED, A.ASSIGN): S.ASSIGNED,
    (S.ASSIGNED, A.TRANSFER): S.RECEIVED,
    (S.ASSIGNED, A.ASK): S.WAITING_INFO,
    (S.ASSIGNED, A.ANSWER): S.ASSIGNED,
    (S.ASSIGNED, A.ACCEPT): S.ACCEPTED,
    (S.ASSIGNED, A.REFUSE): S.REFUSED,
    (S.ASSIGNED, A.CLOSE): S.CLOSED,
    (S.WAITING_INFO, A.ASSIGN): S.WAITING_INFO,
    (S.WAITING_INFO, A.TRANSFER): S.RECEIVED,
    (S.WAITING_INFO, A.ANSWER): S.ASSIGNED,
    (S.WAITING_INFO, A.RESUME): S.ASSIGNED,
    (S.WAITING_INFO, A.CLOSE): S.CLOSED,
    (S.ACCEPTED, A.ASSIGN): S.ACCEPTED,
    (S.ACCEPTED, A.BOOK): S.MEETING_BOOKED,
    (S.ACCEPTED, A.START): S.STARTED,
    (S.ACCEPTED, A.CLOSE): S.CLOSED,
    (S.MEETING_BOOKED, A.ASSIGN): S.MEETING_BOOKED,
    (S.MEETING_BOOKED, A.BOOK): S.MEETING_BOOKED,
    (S.MEETING_BOOKED, A.MOVE): S.MEETING_BOOKED,
    (S.MEETING_BOOKED, A.UNBOOK): S.ACCEPTED,
    (S.MEETING_BOOKED, A.START): S.STARTED,
    (S.MEETING_BOOKED, A.CLOSE): S.CLOSED,
    (S.STARTED, A.ASSIGN): S.STARTED,
    (S.STARTED, A.CLOSE): S.CLOSED,
    (S.STARTED, A.UNSTART): S.MEETING_BOOKED,
    (S.CLOSED, A.REOPEN): S.ASSIGNED,
    (S.CLOSED, A.REOPEN_ACCEPTED): S.ACCEPTED,
    (S.CLOSED, A.REOPEN_STARTED): S.STARTED,
    (S.REFUSED, A.REOPEN): S.ASSIGNED,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_every_pair_is_told_or_refused(state: State, action: Action) -> None:
    if (state, action) in ALLOWED:
        assert PRESCRIPTIONS.after(state, action) is ALLOWED[state, action]
    else:
        with pytest.raises(ForbiddenTransition):
            PRESCRIPTIONS.after(state, action)


def test_an_open_prescription_ends_only_by_a_refusal_or_an_outcome() -> None:
    leaving = {action for (state, action), to in ALLOWED.items() if state in OPEN and to not in OPEN}
    assert leaving == {A.REFUSE, A.CLOSE}
    for state in FINAL:
        assert set(PRESCRIPTIONS.actions_from(state)) <= set(REOPENINGS), "what ended goes on with a reason alone"
    assert all(PRESCRIPTIONS.allows(state, A.CLOSE) for state in OPEN)


@pytest.mark.parametrize("state", State)
def test_the_prescriber_sees_three_words(state: State) -> None:
    expected = {S.STARTED: Followed.STARTED, S.CLOSED: Followed.ENDED, S.REFUSED: Followed.ENDED}
    assert followed(state) is expected.get(state, Followed.RECEIVED)


@pytest.mark.parametrize("state", State)
def test_what_only_a_met_person_reached_is_an_outcome_only_then(state: State) -> None:
    found = set(outcomes_in(state))
    if state not in OPEN:
        assert found == set()
    elif state is S.STARTED:
        assert found == set(Outcome)
    else:
        assert found == set(Outcome) - AFTER_MEETING


def test_undecided_states_are_those_before_the_acceptance() -> None:
    assert set(UNDECIDED) == {S.RECEIVED, S.ASSIGNED, S.WAITING_INFO}


@pytest.mark.parametrize(
    ("has_file", "was_met", "to"),
    [(False, False, S.ASSIGNED), (True, False, S.ACCEPTED), (True, True, S.STARTED)],
)
def test_what_was_closed_goes_on_where_it_stood(has_file: bool, was_met: bool, to: State) -> None:
    assert PRESCRIPTIONS.after(S.CLOSED, reopening(has_file=has_file, was_met=was_met)) is to
