"""On which days a journey is made, and which of them two journeys share. Pure.

A day is that of the shift (``pathway.roster``): the way back from a night belongs to the day on which the night began.
Hours are those of the clocks of Paris, so that a shift at five is at five before and after the clocks change; what two
people share is compared in instants, so that the hour that comes twice, or never, is counted as it is lived.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Protocol

from mobility.carpool.kinds import Timing
from mobility.pathway.patterns import from_json
from mobility.pathway.roster import Plan, planned_shifts
from mobility.pathway.rules import Direction

# So far ahead are days shared, trips indexed and matches counted.
WEEKS_AHEAD = 8
# How far the hours of two people may lie apart, for places that a drive lies between; the road then tells.
APART = timedelta(minutes=45)
# « 4 jours sur 5 » is told in days of a week at most.
_WEEK = 7


class JourneyLike(Protocol):
    """What days need to know of an offer or a request."""

    @property
    def timing(self) -> Timing:
        """Once, by a pattern of its own, or by the rosters of an objective."""
        ...

    @property
    def pattern(self) -> Mapping[str, Any]:
        """As ``pathway.patterns`` writes it; empty for a roster's journey."""
        ...

    @property
    def there(self) -> bool:
        """Whether the way there is made."""
        ...

    @property
    def back(self) -> bool:
        """Whether the way back is made."""
        ...

    @property
    def early_minutes(self) -> int:
        """How long before the shift one may be there."""
        ...

    @property
    def late_minutes(self) -> int:
        """How long after the shift one may leave."""
        ...

    @property
    def starts_on(self) -> date:
        """The first day."""
        ...

    @property
    def ends_on(self) -> date | None:
        """The last day; None without end."""
        ...


class ExceptionLike(Protocol):
    """A day on which a journey does not hold."""

    @property
    def day_on(self) -> date:
        """The day of the shift."""
        ...

    @property
    def direction(self) -> Direction | None:
        """One way, or None for both."""
        ...


@dataclass(frozen=True, order=True)
class DayLeg:
    """One way of one day: to be there between two instants, or to leave between two instants (UTC).

    ``at`` is the edge of the shift: ``latest`` on the way there, ``earliest`` on the way back.
    """

    at: datetime
    direction: Direction
    shift_on: date
    earliest: datetime
    latest: datetime

    def apart(self, other: DayLeg) -> timedelta:
        """Return the time between two windows; nothing where they touch or overlap."""
        return max(self.earliest - other.latest, other.earliest - self.latest, timedelta(0))


@dataclass(frozen=True)
class SharedLeg:
    """A way that both make: the driver's and the passenger's, whose shifts may begin on different days."""

    offered: DayLeg
    asked: DayLeg

    @property
    def window(self) -> tuple[int, int]:
        """The driver's window, in seconds from the edge of the passenger's shift."""
        earliest, latest = self.offered.earliest - self.asked.at, self.offered.latest - self.asked.at
        return int(earliest.total_seconds()), int(latest.total_seconds())


@dataclass(frozen=True)
class SharedDay:
    """What the driver can do of one of the passenger's days."""

    shift_on: date
    there: SharedLeg | None
    back: SharedLeg | None

    @property
    def legs(self) -> list[SharedLeg]:
        """Return the ways that are shared."""
        return [leg for leg in (self.there, self.back) if leg is not None]


def horizon(today: date) -> tuple[date, date]:
    """Return the first and the last day of the coming eight weeks."""
    return today, today + timedelta(weeks=WEEKS_AHEAD) - timedelta(days=1)


def legs_of(
    journey: JourneyLike,
    rosters: Sequence[Plan] = (),
    exceptions: Iterable[ExceptionLike] = (),
    *,
    first_on: date,
    last_on: date,
    holidays: Collection[date] = frozenset(),
) -> list[DayLeg]:
    """Return the ways of a range of days, in order; ``rosters`` are those of the journey's objective.

    Days whose work is not known yet have none. Raises RosterInvalid where the pattern was not written by us.
    """
    if journey.timing is Timing.ROSTER:
        plans = list(rosters)
    else:
        plans = [Plan(from_json(journey.pattern), journey.starts_on, journey.ends_on)] if journey.pattern else []
    first_on = max(first_on, journey.starts_on)
    last_on = last_on if journey.ends_on is None else min(last_on, journey.ends_on)
    edges: dict[date, tuple[datetime, datetime]] = {}
    for shift in planned_shifts(plans, first_on, last_on, holidays=holidays):
        begin, end = edges.get(shift.shift_on, (shift.starts_at, shift.ends_at))
        edges[shift.shift_on] = (min(begin, shift.starts_at), max(end, shift.ends_at))
    off = {(one.day_on, way) for one in exceptions for way in ([one.direction] if one.direction else Direction)}
    early, late = timedelta(minutes=journey.early_minutes), timedelta(minutes=journey.late_minutes)
    found = []
    for day, (begin, end) in edges.items():
        if journey.there and (day, Direction.THERE) not in off:
            found.append(DayLeg(begin, Direction.THERE, day, begin - early, begin))
        if journey.back and (day, Direction.BACK) not in off:
            found.append(DayLeg(end, Direction.BACK, day, end, end + late))
    return sorted(found)


def shared_legs(
    offered: Sequence[DayLeg], asked: Sequence[DayLeg], *, apart: timedelta = timedelta(0)
) -> list[SharedLeg]:
    """Return the ways of which both windows overlap, in order of the passenger's.

    ``apart``: how far windows may lie from each other, for places that a drive lies between (the road then tells).
    Every way is shared once: a passenger's with the driver's that begins or ends nearest to it.
    """
    found = []
    for direction in Direction:
        ways = sorted(leg for leg in offered if leg.direction is direction)
        edges = [leg.at for leg in ways]
        widest = max((leg.latest - leg.earliest for leg in ways), default=timedelta(0))
        taken: set[DayLeg] = set()
        for leg in sorted(leg for leg in asked if leg.direction is direction):
            low = bisect_left(edges, leg.earliest - apart - widest)
            high = bisect_right(edges, leg.latest + apart + widest)
            near = [way for way in ways[low:high] if way not in taken and leg.apart(way) <= apart]
            if near:
                nearest = min(near, key=lambda way: (abs(way.at - leg.at), way))
                taken.add(nearest)
                found.append(SharedLeg(nearest, leg))
    return sorted(found, key=lambda pair: pair.asked)


def shared_days(
    offered: Sequence[DayLeg], asked: Sequence[DayLeg], *, apart: timedelta = timedelta(0)
) -> list[SharedDay]:
    """Return the passenger's days of which the driver makes one way at least, in order."""
    days: dict[date, dict[Direction, SharedLeg]] = {}
    for pair in shared_legs(offered, asked, apart=apart):
        days.setdefault(pair.asked.shift_on, {})[pair.asked.direction] = pair
    return [SharedDay(day, days[day].get(Direction.THERE), days[day].get(Direction.BACK)) for day in sorted(days)]


def say_share(shared: int, asked: int) -> str:
    """Return « 4 jours sur 5 », « tous les jours », or the nearest that is told in days of a week."""
    if shared >= asked:
        return "le seul jour demandé" if asked == 1 else "tous les jours"
    share = Fraction(shared, asked)
    if share.denominator <= _WEEK:
        return f"{share.numerator} {'jour' if share.numerator == 1 else 'jours'} sur {share.denominator}"
    near = share.limit_denominator(5)
    if near.numerator == 0:
        return f"{shared} {'jour' if shared == 1 else 'jours'} sur {asked}"
    if near == 1:
        return "presque tous les jours"
    return f"environ {near.numerator} {'jour' if near.numerator == 1 else 'jours'} sur {near.denominator}"
