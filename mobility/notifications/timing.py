"""When a message may leave: quiet hours, safe hours, pause, expiry. Pure; hours are those of Paris.

Quiet hours belong to everybody, safe hours to one contact point. What falls due at a closed hour goes
out before that hour begins; what is only known by then waits for the next open one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mobility.core.clock import at_paris, day_of, end_of, require_aware
from mobility.notifications.kinds import MessageClass

DAY_MINUTES = 24 * 60
# What must go out before quiet hours starts that long before, so that a long queue ends in time.
LEAD = timedelta(minutes=30)
_BACK_DAYS, _AHEAD_DAYS = 3, 4


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily range of wall time, « from » included; it may cross midnight, and equal ends mean the whole day."""

    begins: time
    ends: time

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Return the range in minutes of the day, cut at midnight."""
        begins, ends = _minutes(self.begins), _minutes(self.ends)
        if begins == ends:
            return ((0, DAY_MINUTES),)
        if begins < ends:
            return ((begins, ends),)
        return tuple(span for span in ((0, ends), (begins, DAY_MINUTES)) if span[0] < span[1])


@dataclass(frozen=True, slots=True)
class Windows:
    """The open hours of every day, as spans of minutes in order."""

    spans: tuple[tuple[int, int], ...]

    @property
    def always(self) -> bool:
        """Tell whether no hour is closed."""
        return self.spans == ((0, DAY_MINUTES),)


ALWAYS = Windows(((0, DAY_MINUTES),))


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def open_windows(*, quiet: Hours | None, safe: Hours | None) -> Windows:
    """Return the hours that are not quiet and are safe.

    Equal ends of ``quiet`` mean that there are no quiet hours. Safe hours that lie wholly in quiet hours
    win: somebody said that this is when this phone may ring.
    """
    awake = ((0, DAY_MINUTES),) if quiet is None else Hours(quiet.ends, quiet.begins).spans()
    if safe is None:
        return Windows(awake)
    allowed = safe.spans()
    both = tuple(sorted(_intersection(awake, allowed)))
    return Windows(both or allowed)


def _intersection(left: Iterable[tuple[int, int]], right: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    others = tuple(right)
    for begins, ends in left:
        for other_begins, other_ends in others:
            span = (max(begins, other_begins), min(ends, other_ends))
            if span[0] < span[1]:
                yield span


def _instant(day: date, minute: int) -> datetime:
    return end_of(day) if minute == DAY_MINUTES else at_paris(day, time(minute // 60, minute % 60))


def _open_ranges(windows: Windows, around: datetime) -> list[tuple[datetime, datetime]]:
    """Return the open ranges of the days around an instant, those that touch at midnight as one."""
    first = day_of(around) - timedelta(days=_BACK_DAYS)
    ranges: list[tuple[datetime, datetime]] = []
    for offset in range(_BACK_DAYS + _AHEAD_DAYS + 1):
        day = first + timedelta(days=offset)
        for begins, ends in windows.spans:
            opens, closes = _instant(day, begins), _instant(day, ends)
            if opens >= closes:  # an hour that this day does not have (March)
                continue
            if ranges and ranges[-1][1] >= opens:
                ranges[-1] = (ranges[-1][0], closes)
            else:
                ranges.append((opens, closes))
    return ranges


def is_open(windows: Windows, instant: datetime) -> bool:
    """Tell whether a message may leave at this instant."""
    require_aware(instant)
    return windows.always or any(opens <= instant < closes for opens, closes in _open_ranges(windows, instant))


def next_open(windows: Windows, instant: datetime) -> datetime:
    """Return the instant itself if it is open, else the next one that is."""
    require_aware(instant)
    if windows.always:
        return instant
    for opens, closes in _open_ranges(windows, instant):
        if instant < closes:
            return max(instant, opens)
    raise AssertionError("every window opens within four days")  # pragma: no cover


def brought_forward(windows: Windows, due_at: datetime, *, lead: timedelta = LEAD) -> datetime:
    """Return when a message due at that instant should leave: then if it is open, else before the closed hours begin.

    It leaves ``lead`` before they begin, or when the open hours before them begin if those are shorter.
    """
    require_aware(due_at)
    if windows.always:
        return due_at
    before: tuple[datetime, datetime] | None = None
    for opens, closes in _open_ranges(windows, due_at):
        if opens <= due_at < closes:
            return due_at
        if closes <= due_at:
            before = (opens, closes)
    if before is None:  # pragma: no cover - every window opens within three days
        raise AssertionError("no open hour in the days before")
    return max(before[0], before[1] - lead)


def leave_at(
    *,
    message_class: MessageClass,
    due_at: datetime,
    now: datetime,
    quiet: Hours | None,
    safe: Hours | None,
    paused_until_at: datetime | None,
    lead: timedelta = LEAD,
) -> datetime:
    """Return the first instant, not before ``now``, at which the message may leave to this contact point.

    Security and urgent messages know no quiet hours and no pause. Safe hours hold for urgent messages too
    (they protect people); a code is wanted by somebody who waits for it, so it knows none.
    """
    if message_class is MessageClass.SECURITY:
        return max(due_at, now)
    normal = message_class is MessageClass.NORMAL
    windows = open_windows(quiet=quiet if normal else None, safe=safe)
    earliest = max(brought_forward(windows, due_at, lead=lead), now)
    if normal and paused_until_at is not None:
        earliest = max(earliest, paused_until_at)
    return next_open(windows, earliest)


def next_day_at(
    day: date, *, quiet: Hours | None, safe: Hours | None, paused_until_at: datetime | None = None
) -> datetime:
    """Return the first open instant of the day after ``day``."""
    earliest = end_of(day)
    if paused_until_at is not None:
        earliest = max(earliest, paused_until_at)
    return next_open(open_windows(quiet=quiet, safe=safe), earliest)
