"""Rosters: from « du lundi au vendredi, 5 h–13 h » or a 3×8 cycle to shifts and legs. Pure.

Hours are those of the clocks of Paris. A shift whose end is not after its beginning ends on the
next day. Days given as ``until`` are included. A shift belongs to the day on which it begins: a
night from Sunday to Monday is a Sunday's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from mobility.core.clock import at_paris, end_of, in_paris, start_of
from mobility.pathway.coverage import LegKey
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.rules import Direction, RosterKind

MAX_SHIFTS_A_DAY = 4
MAX_CYCLE_DAYS = 84
MAX_DATES = 400
UNKNOWN_VALID_DAYS = 14
DAY = timedelta(days=1)
REST = "R"
TEAMS = {"M": "Matin", "A": "Après-midi", "N": "Nuit", "J": "Journée"}


@dataclass(frozen=True, order=True)
class Hours:
    """One shift on the wall clock; ``ends`` not after ``starts`` means the next day."""

    starts: time
    ends: time

    @property
    def crosses_midnight(self) -> bool:
        """Tell whether the shift ends on the day after."""
        return self.ends <= self.starts

    @property
    def minutes(self) -> tuple[int, int]:
        """Return start and end in minutes since the midnight that begins the shift's day."""
        start = self.starts.hour * 60 + self.starts.minute
        end = self.ends.hour * 60 + self.ends.minute
        return start, end + (1440 if self.crosses_midnight else 0)


DayHours = tuple[Hours, ...]


@dataclass(frozen=True)
class Weekly:
    """The same hours every week; seven days, Monday first."""

    days: tuple[DayHours, ...]
    holidays_off: bool = True
    kind = RosterKind.WEEKLY

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise RosterInvalid
        if not any(self.days):
            raise RosterInvalid("Indiquez au moins un jour de travail.")
        check_ring(self.days)


@dataclass(frozen=True)
class Cycle:
    """A sequence of teams that turns without end; ``sequence[0]`` is worked on ``starts_on``."""

    starts_on: date
    sequence: str
    teams: Mapping[str, DayHours]
    holidays_off: bool = False
    kind = RosterKind.CYCLE

    def __post_init__(self) -> None:
        if not 2 <= len(self.sequence) <= MAX_CYCLE_DAYS:
            raise RosterInvalid("Un cycle compte entre 2 et %(most)s jours.", most=MAX_CYCLE_DAYS, field="sequence")
        needed = set(self.sequence) - {REST}
        if not needed:
            raise RosterInvalid("Indiquez au moins un jour de travail dans le cycle.", field="sequence")
        if unknown := sorted(needed - set(TEAMS)):
            raise RosterInvalid(
                "« %(letter)s » n’est pas une lettre de cycle : utilisez M, A, N, J ou R.",
                letter=unknown[0],
                field="sequence",
            )
        if any(not self.teams.get(letter) for letter in needed):
            raise RosterInvalid("Indiquez les heures de chaque équipe du cycle.", field="sequence")
        check_ring(self.days)

    @property
    def days(self) -> tuple[DayHours, ...]:
        """Return the hours of each day of one turn."""
        return tuple(self.teams[letter] if letter != REST else () for letter in self.sequence)


@dataclass(frozen=True)
class Dates:
    """Days given one by one, as interim missions are."""

    days: Mapping[date, DayHours]
    kind = RosterKind.DATES

    def __post_init__(self) -> None:
        if not any(self.days.values()):
            raise RosterInvalid("Indiquez au moins une date de travail.", field="dates")
        if len(self.days) > MAX_DATES:
            raise RosterInvalid("Indiquez %(most)s dates au plus.", most=MAX_DATES, field="dates")
        for day, hours in self.days.items():
            check_day(hours)
            check_neighbours(hours, self.days.get(day + DAY, ()) if day < date.max else ())


@dataclass(frozen=True)
class Unknown:
    """Working days that nobody knows yet; to be confirmed again after ``valid_days``."""

    valid_days: int = UNKNOWN_VALID_DAYS
    kind = RosterKind.UNKNOWN

    def __post_init__(self) -> None:
        if not 1 <= self.valid_days <= 60:
            raise RosterInvalid("Une confirmation vaut entre 1 et 60 jours.", field="valid_days")


Pattern = Weekly | Cycle | Dates | Unknown


@dataclass(frozen=True)
class Plan:
    """A pattern over its period; ``valid_until_on`` None means without end."""

    pattern: Pattern
    valid_from_on: date
    valid_until_on: date | None = None
    confirmed_on: date | None = None

    def clip(self, from_on: date, until_on: date) -> tuple[date, date]:
        """Return the part of a range in which the plan holds (empty when the first is after the second)."""
        until = until_on if self.valid_until_on is None else min(until_on, self.valid_until_on)
        return max(from_on, self.valid_from_on), until

    @property
    def confirmed_until(self) -> date:
        """The last day on which « pas encore connus » still holds; the end of time for known days."""
        if not isinstance(self.pattern, Unknown) or self.confirmed_on is None:
            return date.max
        return self.confirmed_on + timedelta(days=self.pattern.valid_days)

    def needs_confirmation(self, today: date) -> bool:
        """Tell whether « pas encore connus » was said too long ago."""
        if self.valid_until_on is not None and self.valid_until_on < today:
            return False
        return today > self.confirmed_until


@dataclass(frozen=True, order=True)
class Shift:
    """One spell of work, between two instants (UTC)."""

    shift_on: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, order=True)
class Leg:
    """One journey: to be there at ``at``, or to leave at ``at``.

    Where the working days are not known, every day may be worked: its two legs are not ``certain``,
    and ``at`` is the edge of the day.
    """

    key: LegKey
    at: datetime = field(compare=False)
    certain: bool = field(default=True, compare=False)


def check_day(hours: DayHours) -> None:
    """Refuse a day whose shifts touch one another or that counts too many. Raises RosterInvalid."""
    if len(hours) > MAX_SHIFTS_A_DAY:
        raise RosterInvalid("Indiquez %(most)s périodes de travail par jour au plus.", most=MAX_SHIFTS_A_DAY)
    for shift in hours:
        if shift.starts == shift.ends:
            raise RosterInvalid("Le début et la fin sont à la même heure. Corrigez l’une des deux.")
    for earlier, later in pairwise(hours):
        if later.minutes[0] < earlier.minutes[1]:
            raise RosterInvalid("Deux périodes de travail du même jour se chevauchent. Corrigez les heures.")


def check_neighbours(hours: DayHours, following: DayHours) -> None:
    """Refuse a night that has not ended when the next day's work begins. Raises RosterInvalid."""
    if hours and following and hours[-1].minutes[1] - 1440 > following[0].minutes[0]:
        raise RosterInvalid("Une nuit de travail déborde sur le travail du lendemain. Corrigez les heures.")


def check_ring(days: Sequence[DayHours]) -> None:
    """Check every day, and every day against the next one, the last one against the first."""
    for index, hours in enumerate(days):
        check_day(hours)
        check_neighbours(hours, days[(index + 1) % len(days)])


def hours_on(pattern: Pattern, day: date, holidays: Collection[date] = frozenset()) -> DayHours:
    """Return the hours worked by shifts that begin on the day."""
    if isinstance(pattern, Unknown):
        return ()
    if isinstance(pattern, Dates):
        return pattern.days.get(day, ())
    if pattern.holidays_off and day in holidays:
        return ()
    if isinstance(pattern, Weekly):
        return pattern.days[day.weekday()]
    return pattern.days[(day - pattern.starts_on).days % len(pattern.sequence)]


def as_shift(day: date, hours: Hours) -> Shift:
    """Place hours on a day. In the night of March when 2:00 becomes 3:00 a shift keeps its written length."""
    starts_at = at_paris(day, hours.starts)
    ends_at = at_paris(day + DAY if hours.crosses_midnight else day, hours.ends)
    if ends_at <= starts_at:
        start, end = hours.minutes
        ends_at = starts_at + timedelta(minutes=end - start)
    return Shift(day, starts_at, ends_at)


def days_between(from_on: date, until_on: date) -> Iterator[date]:
    """Yield every day, both ends included; nothing when they are the wrong way round."""
    for number in range((until_on - from_on).days + 1):
        yield from_on + timedelta(days=number)


def shifts(pattern: Pattern, from_on: date, until_on: date, *, holidays: Collection[date] = frozenset()) -> list[Shift]:
    """Return the shifts that begin in the range, in order."""
    return [
        as_shift(day, hours) for day in days_between(from_on, until_on) for hours in hours_on(pattern, day, holidays)
    ]


def planned_shifts(
    plans: Sequence[Plan], from_on: date, until_on: date, *, holidays: Collection[date] = frozenset()
) -> list[Shift]:
    """Return the shifts of successive plans in the range, in order."""
    return sorted(
        shift for plan in plans for shift in shifts(plan.pattern, *plan.clip(from_on, until_on), holidays=holidays)
    )


def unknown_days(plans: Sequence[Plan], from_on: date, until_on: date) -> frozenset[date]:
    """Return the days of the range whose work is not known: said so, or no plan speaks of them."""
    known = {
        day
        for plan in plans
        if not isinstance(plan.pattern, Unknown)
        for day in days_between(*plan.clip(from_on, until_on))
    }
    return frozenset(day for day in days_between(from_on, until_on) if day not in known)


def legs(
    plans: Sequence[Plan],
    *,
    objective_id: int,
    from_on: date,
    until_on: date,
    holidays: Collection[date] = frozenset(),
) -> list[Leg]:
    """Return the legs of the range: there before the day's first shift, back after its last one."""
    edges: dict[date, tuple[datetime, datetime, bool]] = {}
    for day in unknown_days(plans, from_on, until_on):
        edges[day] = (start_of(day), end_of(day), False)
    for shift in planned_shifts(plans, from_on, until_on, holidays=holidays):
        first, last, _ = edges.get(shift.shift_on, (shift.starts_at, shift.ends_at, True))
        edges[shift.shift_on] = (min(first, shift.starts_at), max(last, shift.ends_at), True)
    return sorted(
        Leg(LegKey(objective_id, day, direction), at, certain)
        for day, (there_at, back_at, certain) in edges.items()
        for direction, at in ((Direction.THERE, there_at), (Direction.BACK, back_at))
    )


@dataclass(frozen=True)
class Serving:
    """On which weekdays (0: Monday) and between which hours of Paris an aid carries; hours past midnight may wrap."""

    weekdays: tuple[int, ...]
    first: time
    last: time

    def takes(self, at: datetime) -> bool:
        """Tell whether a journey at an instant is served, both edges included."""
        local = in_paris(at)
        hour = local.time().replace(tzinfo=None)
        if self.first <= self.last:
            return local.weekday() in self.weekdays and self.first <= hour <= self.last
        # What begins in the evening goes on after midnight: the small hours are those of the evening before.
        evening = local.weekday() if hour >= self.first else (local.weekday() - 1) % 7
        return evening in self.weekdays and (hour >= self.first or hour <= self.last)

    def to_json(self) -> dict[str, object]:
        """Return it as a step keeps it."""
        return {"weekdays": list(self.weekdays), "first": f"{self.first:%H:%M}", "last": f"{self.last:%H:%M}"}


def serving_of(kept: Mapping[str, Any] | None) -> Serving | None:
    """Return what a step keeps; None serves always."""
    if kept is None:
        return None
    return Serving(tuple(kept["weekdays"]), time.fromisoformat(kept["first"]), time.fromisoformat(kept["last"]))


def legs_within(
    candidates: Sequence[Leg],
    starts_at: datetime | None,
    ends_at: datetime | None,
    serving: Serving | None = None,
) -> list[Leg]:
    """Return the legs that lie in a window, its edges included, and are served; None leaves that side open."""
    return [
        leg
        for leg in candidates
        if (starts_at is None or starts_at <= leg.at)
        and (ends_at is None or leg.at <= ends_at)
        and (serving is None or serving.takes(leg.at))
    ]


def fit_in(existing: Sequence[Plan], new: Plan) -> list[Plan]:
    """Return the plans once the new one rules its period: others are cut, split or leave. In order."""
    kept: list[Plan] = [new]
    for plan in existing:
        before_until = new.valid_from_on - DAY
        if plan.valid_from_on <= before_until:
            last = before_until if plan.valid_until_on is None else min(before_until, plan.valid_until_on)
            kept.append(Plan(plan.pattern, plan.valid_from_on, last, plan.confirmed_on))
        if new.valid_until_on is None:
            continue
        after_from = max(plan.valid_from_on, new.valid_until_on + DAY)
        if plan.valid_until_on is None or plan.valid_until_on >= after_from:
            kept.append(Plan(plan.pattern, after_from, plan.valid_until_on, plan.confirmed_on))
    return sorted(kept, key=lambda plan: plan.valid_from_on)
