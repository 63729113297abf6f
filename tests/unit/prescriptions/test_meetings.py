"""What an appointment of the agenda does to a prescription: every combination is told here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.agenda.rules import VisitAct
from mobility.prescriptions.rules.meetings import reaction
from mobility.prescriptions.rules.states import PRESCRIPTIONS, Action, State

V, S, A = VisitAct, State, Action


@pytest.mark.parametrize(
    ("act", "state", "tied", "replaceable", "expected"),
    [
        (V.BOOKED, S.ACCEPTED, False, True, A.BOOK),
        (V.BOOKED, S.MEETING_BOOKED, False, True, A.BOOK),  # after an absence, or in place of one noted by hand
        (V.BOOKED, S.MEETING_BOOKED, False, False, None),  # a second meeting of the agenda changes nothing
        (V.BOOKED, S.STARTED, False, True, None),
        (V.MOVED, S.MEETING_BOOKED, True, False, A.MOVE),
        (V.MOVED, S.MEETING_BOOKED, False, False, None),
        (V.CANCELLED, S.MEETING_BOOKED, True, False, A.UNBOOK),
        (V.CANCELLED, S.MEETING_BOOKED, False, True, None),
        (V.CANCELLED, S.STARTED, True, False, None),
        (V.HELD, S.MEETING_BOOKED, True, False, A.START),
        (V.HELD, S.MEETING_BOOKED, False, False, A.START),  # met at another meeting: met
        (V.HELD, S.ACCEPTED, False, True, A.START),
        (V.HELD, S.STARTED, True, False, None),
        (V.MISSED, S.MEETING_BOOKED, True, False, A.MISS),
        (V.MISSED, S.MEETING_BOOKED, False, False, None),
        (V.MISSED, S.STARTED, True, False, A.UNSTART),
        (V.FELL_THROUGH, S.MEETING_BOOKED, True, False, A.UNBOOK),
        (V.FELL_THROUGH, S.STARTED, True, False, A.UNSTART),
        (V.FELL_THROUGH, S.STARTED, False, False, None),
    ],
)
def test_the_prescription_follows_its_meeting(
    act: VisitAct, state: State, tied: bool, replaceable: bool, expected: Action | None
) -> None:
    assert reaction(act, state, tied=tied, replaceable=replaceable) is expected


@given(act=st.sampled_from(VisitAct), state=st.sampled_from(State), tied=st.booleans(), replaceable=st.booleans())
def test_the_agenda_never_asks_for_a_move_that_the_table_refuses(
    act: VisitAct, state: State, tied: bool, replaceable: bool
) -> None:
    action = reaction(act, state, tied=tied, replaceable=replaceable)
    assert action is None or action is A.MISS or PRESCRIPTIONS.allows(state, action)


@given(act=st.sampled_from(VisitAct), state=st.sampled_from(State), replaceable=st.booleans())
def test_somebody_elses_meeting_only_books_or_starts(act: VisitAct, state: State, replaceable: bool) -> None:
    assert reaction(act, state, tied=False, replaceable=replaceable) in {None, A.BOOK, A.START}
