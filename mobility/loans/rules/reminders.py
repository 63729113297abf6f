"""When a borrower is reminded of the return, and in which tone.

Steps are written as people say them: ``J-3``, ``J-1``, ``J`` (the morning of the day), ``H+2`` (hours
after the due time), ``J+1``, ``J+3``. Days before are calendar days; days after count only the days
on which the desk is open, because nobody can bring a vehicle back to a closed desk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mobility.core.clock import at_paris, day_of, in_paris
from mobility.desks.rules import OpeningCalendar

DEFAULT_STEPS = "J-3 J-1 J H+2 J+1 J+3"
DAY_TIME = time(10)
MORNING = time(8)
EVENING = time(20)
LAST_OF_EVENING = time(19, 45)
# A reminder that the machine could not send in its time is left out when it is that old.
STALE_AFTER = timedelta(hours=48)
MAX_DAYS = 30
MAX_HOURS = 48
_STEP = re.compile(r"J(?:(?P<sign>[+-])(?P<days>\d{1,2}))?|H\+(?P<hours>\d{1,2})")
ADVISER_STEP_DAYS = 1
MANAGER_STEP_DAYS = 3


@dataclass(frozen=True, order=True)
class Step:
    """One reminder: ``days`` from the due day (negative: before), or ``hours`` after the due time."""

    days: int
    hours: int = 0

    @property
    def code(self) -> str:
        """The step as people write it; part of the deduplication key."""
        if self.hours:
            return f"H+{self.hours}"
        return "J" if self.days == 0 else f"J{self.days:+d}"

    @property
    def after_due(self) -> bool:
        """Tell whether the step comes once the due time is past."""
        return self.days > 0 or self.hours > 0

    @property
    def tells_adviser(self) -> bool:
        """Tell whether the adviser hears of it."""
        return self.days == ADVISER_STEP_DAYS

    @property
    def tells_manager(self) -> bool:
        """Tell whether the desk's managers hear of it."""
        return self.days == MANAGER_STEP_DAYS


def parse_steps(text: str) -> tuple[Step, ...]:
    """Return the steps of « J-3 J-1 J H+2 J+1 J+3 » (spaces or commas), in order. Raises ValueError."""
    steps: set[Step] = set()
    for word in re.split(r"[\s,;]+", text.strip().upper()):
        if not word:
            continue
        found = _STEP.fullmatch(word)
        if found is None:
            raise ValueError(f"not a reminder step: {word[:20]!r}")
        if found["hours"]:
            step = Step(0, int(found["hours"]))
        else:
            step = Step(int(f"{found['sign'] or '+'}{found['days'] or 0}"))
        if abs(step.days) > MAX_DAYS or step.hours > MAX_HOURS or (found["hours"] and not step.hours):
            raise ValueError(f"a reminder step out of bounds: {word[:20]!r}")
        steps.add(step)
    return tuple(sorted(steps))


def awaited_at(due_at: datetime, calendar: OpeningCalendar) -> datetime:
    """Return the instant from which the vehicle is really awaited: the due one, or the next opening.

    A due day on which the desk turns out to be closed does not count.
    """
    due_on = day_of(due_at)
    if calendar.is_open_day(due_on):
        return due_at
    day = calendar.next_open_day(due_on)
    opening = None if day is None else calendar.opens_at(day)
    return due_at if opening is None else opening


def _open_day_after(day: date, count: int, calendar: OpeningCalendar) -> date:
    current = day
    for _ in range(count):
        following = calendar.next_open_day(current + timedelta(days=1))
        # A desk that never opens again counts every day: silence would be worse.
        current = following or current + timedelta(days=1)
    return current


def _out_of_the_night(instant: datetime, awaited: datetime) -> datetime:
    """Move an instant of the night to the evening before it, if the due time is past then, or to the morning."""
    local = in_paris(instant)
    if MORNING <= local.time() < EVENING:
        return instant
    evening_of = local.date() if local.time() >= EVENING else local.date() - timedelta(days=1)
    evening = at_paris(evening_of, LAST_OF_EVENING)
    if evening > awaited:
        return evening
    return at_paris(evening_of + timedelta(days=1), MORNING)


def moment_of(step: Step, *, due_at: datetime, calendar: OpeningCalendar) -> datetime:
    """Return the instant at which a step is due."""
    if step.hours:
        awaited = awaited_at(due_at, calendar)
        return _out_of_the_night(awaited + timedelta(hours=step.hours), awaited)
    if step.days > 0:
        awaited_on = day_of(awaited_at(due_at, calendar))
        return at_paris(_open_day_after(awaited_on, step.days, calendar), DAY_TIME)
    if step.days == 0:
        return at_paris(day_of(due_at), MORNING)
    return at_paris(day_of(due_at) + timedelta(days=step.days), DAY_TIME)


@dataclass(frozen=True)
class DueReminder:
    """A reminder to send now, of no use after ``expires_at``."""

    step: Step
    moment_at: datetime
    expires_at: datetime


def schedule(steps: Sequence[Step], *, due_at: datetime, calendar: OpeningCalendar) -> list[tuple[Step, datetime]]:
    """Return the steps with their instants, in the order of time; a morning after the due time is left out."""
    moments = [(step, moment_of(step, due_at=due_at, calendar=calendar)) for step in steps]
    kept = [(step, moment) for step, moment in moments if step.after_due or moment < due_at]
    return sorted(kept, key=lambda pair: pair[1])


def find_due(
    steps: Sequence[Step], *, due_at: datetime, since: datetime, now: datetime, calendar: OpeningCalendar
) -> DueReminder | None:
    """Return the reminder to send now, or None.

    Nothing falls into the night, even when the machine was down in the evening. Nothing is stored: only the last step whose time has come counts, so a machine that was down does
    not send three reminders at once; what fell before ``since`` (departure, or the last change of the
    end) or more than two days ago is left out.
    """
    if not MORNING <= in_paris(now).time() < EVENING:
        return None
    planned = schedule(steps, due_at=due_at, calendar=calendar)
    passed = [(step, moment) for step, moment in planned if moment <= now]
    if not passed:
        return None
    step, moment = passed[-1]
    following = [later for _, later in planned if later > now]
    expires_at = min([*following, moment + STALE_AFTER])
    if moment < since or now >= expires_at:
        return None
    return DueReminder(step, moment, expires_at)


def find_next(
    steps: Sequence[Step], *, due_at: datetime, now: datetime, calendar: OpeningCalendar
) -> tuple[Step, datetime] | None:
    """Return the next reminder that will be sent if nothing changes, or None."""
    planned = schedule(steps, due_at=due_at, calendar=calendar)
    return next(((step, moment) for step, moment in planned if moment > now), None)


def dedup_prefix(loan_id: int) -> str:
    """Return what every reminder of the loan begins with, to cancel those that no longer hold."""
    return f"loan-return:{loan_id}:"


def dedup_key(loan_id: int, due_at: datetime, step: Step, *, audience: str = "") -> str:
    """Return the key of one reminder: another end makes other keys."""
    key = f"{dedup_prefix(loan_id)}{int(due_at.timestamp())}:{step.code}"
    return f"{key}:{audience}" if audience else key
