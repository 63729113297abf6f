"""Time: aware UTC inside, Europe/Paris for people.

Instants end in ``_at`` and are aware UTC; dates end in ``_on`` and are dates of Paris.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def _system() -> datetime:
    return datetime.now(UTC)


# The one place from which the present is read: browser tests move it to live through weeks.
source: Callable[[], datetime] = _system


def now() -> datetime:
    """Return the present instant, aware UTC, to the microsecond."""
    return source()


def today() -> date:
    """Return today's date in Paris."""
    return day_of(now())


def in_paris(instant: datetime) -> datetime:
    """Return the same instant on the clock of Paris. Raises ValueError on a naive one."""
    return require_aware(instant).astimezone(PARIS)


def day_of(instant: datetime) -> date:
    """Return the date in Paris on which the instant falls."""
    return in_paris(instant).date()


def last_day_before(instant: datetime | None) -> date | None:
    """Return the last whole day of Paris before an instant; None for none."""
    return None if instant is None else day_of(instant - timedelta(seconds=1))


def at_paris(day: date, wall: time) -> datetime:
    """Return the UTC instant at which the clocks of Paris show ``wall`` on ``day``.

    In the hour that comes twice (October) it is the first one; in the hour that does not exist
    (March) it is the instant one hour later, as a person who arrives "at 2:30" that night would.
    """
    return datetime.combine(day, wall, tzinfo=PARIS).astimezone(UTC)


def start_of(day: date) -> datetime:
    """Return the UTC instant at which the day begins in Paris."""
    return at_paris(day, time(0))


def end_of(day: date) -> datetime:
    """Return the UTC instant at which the day ends in Paris (the next one begins)."""
    return at_paris(day + timedelta(days=1), time(0))


def require_aware(instant: datetime) -> datetime:
    """Return the instant itself; raise ValueError if it carries no zone."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError("a naive datetime was given where an aware one is needed")
    return instant


def format_date(day: date, *, weekday: bool = True, year: int | None = None) -> str:
    """Return « mardi 24 novembre »; the year is added where it differs from ``year``."""
    number = "1er" if day.day == 1 else str(day.day)
    text = f"{number} {MONTHS[day.month - 1]}"
    if weekday:
        text = f"{WEEKDAYS[day.weekday()]} {text}"
    if year is not None and day.year != year:
        text = f"{text} {day.year}"
    return text


def format_time(wall: time | datetime) -> str:
    """Return « 14 h 30 » or « 8 h », in unbreakable spaces; a datetime is shown in Paris time."""
    if isinstance(wall, datetime):
        wall = in_paris(wall).time()
    minutes = f"\u00a0{wall.minute:02d}" if wall.minute else ""
    return f"{wall.hour}\u00a0h{minutes}"


def format_months(months: int) -> str:
    """Return a length of time in words: « 2 ans », « 1 an », « 18 mois »."""
    years, rest = divmod(months, 12)
    if rest or not years:
        return f"{months}\u00a0mois"
    return f"{years}\u00a0an{'s' if years > 1 else ''}"


def format_instant(instant: datetime, *, year: int | None = None) -> str:
    """Return « mardi 24 novembre à 14 h 30 », Paris time."""
    local = in_paris(instant)
    return f"{format_date(local.date(), year=year)} à {format_time(instant)}"
