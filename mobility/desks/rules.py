"""When a desk is open. Pure: openings, exceptions and public holidays come in as facts.

Hours are wall time of Paris: a desk that opens at 9 opens at 9 on the day the clocks change too.
The hours of one day are, in this order: the exceptions of that date (a closure wins), nothing on
a public holiday, else the weekly ranges. A « permanence » is a desk whose ranges name only some
weeks of the month.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from mobility.core.clock import WEEKDAYS, at_paris, day_of, format_time, in_paris
from mobility.desks.errors import HoursBackwards, KeyBoxCodeUnreadable, OverlappingHours, UnreadableHours

ALL_MONTH_WEEKS = 0b11111
# Far enough to cross any summer closure; a desk without a day in it is closed for good.
HORIZON_DAYS = 370
_KEY_BOX_CODE = re.compile(r"[0-9A-Za-z*#]{3,12}")
MAX_CLOSURE_DAYS = 92


class DeskKind(StrEnum):
    """Whether the desk has premises of its own."""

    MAIN = "main"
    PART_TIME = "part_time"


LABELS: dict[DeskKind, str] = {
    DeskKind.MAIN: "Antenne",
    DeskKind.PART_TIME: "Permanence",
}


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """One range of wall time of one day; closing time is not included."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("a range of hours ends before it begins")

    def holds(self, wall: time) -> bool:
        """Tell whether the wall time lies in the range."""
        return self.opens <= wall < self.closes


@dataclass(frozen=True, slots=True)
class WeeklyOpening:
    """One range of one weekday (0 is Monday), in some weeks of the month (bit n-1: the n-th)."""

    weekday: int
    hours: Hours
    month_weeks: int = ALL_MONTH_WEEKS

    def applies_on(self, day: date) -> bool:
        """Tell whether the range holds on the day, holidays and exceptions aside."""
        return self.weekday == day.weekday() and bool(self.month_weeks & 1 << (day.day - 1) // 7)


@dataclass(frozen=True, slots=True)
class DayException:
    """What replaces the weekly hours of one date; ``hours`` None means closed."""

    hours: Hours | None
    reason: str = ""


def merge(ranges: Iterable[Hours]) -> tuple[Hours, ...]:
    """Return the ranges in order, those that overlap or touch made one."""
    merged: list[Hours] = []
    for hours in sorted(ranges):
        if merged and hours.opens <= merged[-1].closes:
            merged[-1] = Hours(merged[-1].opens, max(merged[-1].closes, hours.closes))
        else:
            merged.append(hours)
    return tuple(merged)


def check_ranges(day_label: str, ranges: Sequence[tuple[time, time]]) -> tuple[Hours, ...]:
    """Return the ranges of one day in order. Raises HoursBackwards, OverlappingHours."""
    for opens, closes in ranges:
        if opens >= closes:
            raise HoursBackwards(day=day_label)
    ordered = tuple(sorted(Hours(opens, closes) for opens, closes in ranges))
    for before, after in pairwise(ordered):
        if after.opens < before.closes:
            raise OverlappingHours(day=day_label)
    return ordered


_TIME = r"(\d{1,2})\s*(?:h|:)?\s*(\d{2})?"
_RANGE = re.compile(rf"(?:de\s+)?{_TIME}\s*(?:-|–|—|à|a)\s*{_TIME}", re.IGNORECASE)
_HOURS_TEXT_MAX = 200


def parse_ranges(text: str, day_label: str) -> tuple[Hours, ...]:
    """Return the ranges behind « 9 h – 12 h, 14 h – 17 h 30 »; none behind an empty text or « fermé ».

    Raises UnreadableHours, HoursBackwards, OverlappingHours.
    """
    cleaned = " ".join(text.split()).lower()
    if cleaned in {"", "fermé", "ferme", "fermée", "-", "–"}:
        return ()
    if len(cleaned) > _HOURS_TEXT_MAX:
        raise UnreadableHours
    ranges = []
    for part in re.split(r"\s*[,;/+]\s*|\s+et\s+", cleaned):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise UnreadableHours
        hour_a, minute_a, hour_b, minute_b = (int(number or 0) for number in match.groups())
        try:
            ranges.append((time(hour_a, minute_a), time(hour_b, minute_b)))
        except ValueError:
            raise UnreadableHours from None
    return check_ranges(day_label, ranges)


def ranges_as_typed(ranges: Sequence[Hours]) -> str:
    """Return « 9 h – 12 h, 14 h – 17 h 30 », which ``parse_ranges`` reads back."""
    return ", ".join(f"{format_time(hours.opens)} – {format_time(hours.closes)}" for hours in ranges)


@dataclass(frozen=True)
class OpeningCalendar:
    """The opening hours of one desk, day by day."""

    weekly: Sequence[WeeklyOpening] = ()
    exceptions: Mapping[date, Sequence[DayException]] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        """Return the ranges of the day in order; empty where the desk is closed."""
        exceptions = self.exceptions.get(day)
        if exceptions:
            if any(exception.hours is None for exception in exceptions):
                return ()
            return merge(exception.hours for exception in exceptions if exception.hours is not None)
        if day in self.holidays:
            return ()
        return merge(opening.hours for opening in self.weekly if opening.applies_on(day))

    def is_open_day(self, day: date) -> bool:
        """Tell whether the desk opens at all on the day."""
        return bool(self.hours_on(day))

    def is_open_at(self, instant: datetime) -> bool:
        """Tell whether the desk is open at the instant (aware); at closing time it is closed."""
        wall = in_paris(instant).time()
        return any(hours.holds(wall) for hours in self.hours_on(day_of(instant)))

    def opens_at(self, day: date) -> datetime | None:
        """Return the UTC instant of the first opening of the day, None where closed."""
        ranges = self.hours_on(day)
        return at_paris(day, ranges[0].opens) if ranges else None

    def closes_at(self, day: date) -> datetime | None:
        """Return the UTC instant of the last closing of the day, None where closed.

        Never before the opening: a range that begins in the hour that March skips is moved whole.
        """
        ranges = self.hours_on(day)
        if not ranges:
            return None
        return max(at_paris(day, ranges[-1].closes), at_paris(day, ranges[-1].opens))

    def next_open_day(self, day: date) -> date | None:
        """Return the first day on which the desk opens, ``day`` itself included; None within a year."""
        for offset in range(HORIZON_DAYS):
            candidate = day + timedelta(days=offset)
            if self.is_open_day(candidate):
                return candidate
        return None

    def next_opening(self, instant: datetime) -> datetime | None:
        """Return the instant itself where the desk is open, else the next opening; None within a year."""
        if self.is_open_at(instant):
            return instant
        today = day_of(instant)
        for offset in range(HORIZON_DAYS):
            day = today + timedelta(days=offset)
            for hours in self.hours_on(day):
                opening = at_paris(day, hours.opens)
                if opening >= instant:
                    return opening
        return None

    def open_days_between(self, first: date, last: date) -> int:
        """Return the number of days, both included, on which the desk opens."""
        return sum(self.is_open_day(first + timedelta(days=n)) for n in range((last - first).days + 1))

    def reason_closed(self, day: date) -> str:
        """Return why the desk is closed on a day, where a reason is known; empty otherwise."""
        if self.is_open_day(day):
            return ""
        written = [exception.reason for exception in self.exceptions.get(day, ()) if exception.reason]
        if written:
            return written[0]
        return self.holidays.get(day, "")


def ranges_in_words(ranges: Sequence[Hours]) -> str:
    """Return « de 9 h à 12 h et de 14 h à 17 h 30 »; « fermé » for none."""
    if not ranges:
        return "fermé"
    parts = [f"de {format_time(hours.opens)} à {format_time(hours.closes)}" for hours in ranges]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} et {parts[-1]}"


_ORDINALS = ("1er", "2e", "3e", "4e", "5e")


def month_weeks_in_words(month_weeks: int, weekday: int) -> str:
    """Return « lundi », or « 1er et 3e lundis du mois » for some weeks only."""
    name = WEEKDAYS[weekday]
    if month_weeks == ALL_MONTH_WEEKS:
        return name
    ordinals = [ordinal for index, ordinal in enumerate(_ORDINALS) if month_weeks & 1 << index]
    if len(ordinals) == 1:
        return f"{ordinals[0]} {name} du mois"
    return f"{', '.join(ordinals[:-1])} et {ordinals[-1]} {name}s du mois"


@dataclass(frozen=True, slots=True)
class DayLine:
    """One line of the hours as people read them: « lundi », « de 9 h à 12 h »."""

    label: str
    hours: str
    open: bool


def month_weeks_choices() -> list[tuple[str, str]]:
    """Return every set of weeks of the month for a form, the usual ones first."""
    usual = [ALL_MONTH_WEEKS, 0b00001, 0b00010, 0b00100, 0b01000, 0b00101, 0b01010]
    masks = usual + [mask for mask in range(1, ALL_MONTH_WEEKS) if mask not in usual]
    return [(str(mask), _weeks_label(mask)) for mask in masks]


def _weeks_label(mask: int) -> str:
    if mask == ALL_MONTH_WEEKS:
        return "chaque semaine"
    ordinals = [ordinal for index, ordinal in enumerate(_ORDINALS) if mask & 1 << index]
    joined = ordinals[0] if len(ordinals) == 1 else f"{', '.join(ordinals[:-1])} et {ordinals[-1]}"
    return f"{joined} du mois"


def week_as_read(weekly: Sequence[WeeklyOpening]) -> list[DayLine]:
    """Return the open days as lines, neighbours with the same hours as one: « du lundi au vendredi »."""
    runs: list[tuple[int, int, tuple[Hours, ...]]] = []
    special: list[DayLine] = []
    for weekday in range(7):
        of_day = [opening for opening in weekly if opening.weekday == weekday]
        if any(opening.month_weeks != ALL_MONTH_WEEKS for opening in of_day):
            special += week_in_words(of_day, closed_days=False)
            continue
        ranges = merge(opening.hours for opening in of_day)
        if not ranges:
            continue
        if runs and runs[-1][1] == weekday - 1 and runs[-1][2] == ranges:
            runs[-1] = (runs[-1][0], weekday, ranges)
        else:
            runs.append((weekday, weekday, ranges))
    lines = [DayLine(_days_label(first, last), ranges_in_words(ranges), open=True) for first, last, ranges in runs]
    return lines + special


def _days_label(first: int, last: int) -> str:
    if first == last:
        return WEEKDAYS[first]
    if last == first + 1:
        return f"{WEEKDAYS[first]} et {WEEKDAYS[last]}"
    return f"du {WEEKDAYS[first]} au {WEEKDAYS[last]}"


def week_in_words(weekly: Sequence[WeeklyOpening], *, closed_days: bool = True) -> list[DayLine]:
    """Return the week as lines, one a weekday and set of weeks, Monday first."""
    lines: list[DayLine] = []
    for weekday in range(7):
        of_day = [opening for opening in weekly if opening.weekday == weekday]
        if not of_day and closed_days:
            lines.append(DayLine(WEEKDAYS[weekday], "fermé", open=False))
        for month_weeks in sorted({opening.month_weeks for opening in of_day}, reverse=True):
            ranges = merge(opening.hours for opening in of_day if opening.month_weeks == month_weeks)
            lines.append(
                DayLine(
                    month_weeks_in_words(month_weeks, weekday),
                    ranges_in_words(ranges),
                    open=True,
                )
            )
    return lines


def check_key_box_code(text: str) -> str:
    """Return the code of a key box as it is dialled; empty stays empty. Raises KeyBoxCodeUnreadable."""
    code = text.strip()
    if code and not _KEY_BOX_CODE.fullmatch(code):
        raise KeyBoxCodeUnreadable
    return code


def misses(calendar: OpeningCalendar, instant: datetime, *, at_closing: bool = False) -> bool:
    """Tell whether somebody who comes at the instant finds the desk closed.

    ``at_closing``: the very hour of closing is still in time.
    """
    if calendar.is_open_at(instant):
        return False
    return not (at_closing and calendar.is_open_at(instant - timedelta(seconds=1)))
