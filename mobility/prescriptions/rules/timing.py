"""How long somebody waits, against which day, and when the team is reminded. Pure; days are days of Paris."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mobility.prescriptions.kinds import Age
from mobility.prescriptions.rules.states import OPEN, State

SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Promise:
    """What an agreement in force promises: within how many days somebody is met; None: it says nothing of it."""

    agreement_id: int
    days: int | None


def promised(agreements: Sequence[Promise], *, usual_days: int) -> tuple[int, int | None]:
    """Return within how many days the first meeting is due, and under which agreement (None: under none).

    Of several, the shortest promise counts; one that says nothing of it leaves the usual time.
    """
    said = [(one.days, one.agreement_id) for one in agreements if one.days is not None]
    if said:
        return min(said)
    return usual_days, agreements[0].agreement_id if agreements else None


def target_on(received_on: date, target_days: int) -> date:
    """Return the day by which the first meeting should be held."""
    return received_on + timedelta(days=target_days)


def due_on(target: date, deadline: date | None, *, received_on: date) -> date:
    """Return the day that the wait is sorted and coloured by: the target, or what begins before it.

    A beginning that was past when the prescription came in presses at once.
    """
    return target if deadline is None else min(target, max(deadline, received_on))


def days_left(due: date, *, on: date) -> int:
    """Return how many days are left; negative when late."""
    return (due - on).days


def age(state: State, due: date, *, on: date, meeting_on: date | None = None) -> Age:
    """Return how the wait stands.

    A meeting that is booked for a day in time counts as in time; one booked too late is late already.
    """
    if state not in OPEN or state is State.STARTED:
        return Age.OVER
    if meeting_on is not None and meeting_on >= on:
        return Age.ON_TIME if meeting_on <= due else Age.LATE
    left = days_left(due, on=on)
    if left < 0:
        return Age.LATE
    return Age.SOON if left <= SOON_DAYS else Age.ON_TIME


@dataclass(frozen=True, slots=True)
class Reminders:
    """What the job looks at: who touched it last, and what was sent since."""

    touched_at: datetime
    nudged_at: datetime | None
    escalated_at: datetime | None


def nudge_is_due(facts: Reminders, *, after_days: int, now: datetime) -> bool:
    """Tell whether the team must be reminded: nobody touched it for so long, and they were not told since."""
    told = facts.nudged_at is not None and facts.nudged_at >= facts.touched_at
    return not told and now - facts.touched_at >= timedelta(days=after_days)


def escalation_is_due(facts: Reminders, *, after_days: int, now: datetime) -> bool:
    """Tell whether the manager must know: the team was reminded, and still nobody touched it."""
    nudged = facts.nudged_at is not None and facts.nudged_at >= facts.touched_at
    told = facts.escalated_at is not None and facts.escalated_at >= facts.touched_at
    return nudged and not told and now - facts.touched_at >= timedelta(days=after_days)
