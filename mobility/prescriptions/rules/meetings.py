"""What an appointment of the agenda does to a prescription. Pure."""

from __future__ import annotations

from mobility.agenda.rules import MeetingKind, VisitAct
from mobility.prescriptions.rules.states import Action, State

# Whoever comes to one of these has been met: the wait is over. A call is none, nor a workshop among others.
FIRST_KINDS = (MeetingKind.FIRST, MeetingKind.DIAGNOSIS, MeetingKind.HOME_VISIT)


def reaction(act: VisitAct, state: State, *, tied: bool, replaceable: bool) -> Action | None:
    """Return what a prescription of the person does, or None for nothing.

    ``tied``: its meeting is this very appointment. ``replaceable``: its meeting was missed, or noted by hand.
    """
    booked = state is State.MEETING_BOOKED
    if act is VisitAct.BOOKED:
        return Action.BOOK if state is State.ACCEPTED or (booked and replaceable and not tied) else None
    if act is VisitAct.HELD:
        return Action.START if booked or state is State.ACCEPTED else None
    if not tied:
        return None
    if state is State.STARTED and act in {VisitAct.MISSED, VisitAct.FELL_THROUGH}:
        return Action.UNSTART
    if not booked:
        return None
    return {
        VisitAct.MOVED: Action.MOVE,
        VisitAct.MISSED: Action.MISS,
        VisitAct.CANCELLED: Action.UNBOOK,
        VisitAct.FELL_THROUGH: Action.UNBOOK,
    }[act]
