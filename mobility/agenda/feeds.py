"""What an adviser's calendar says of each appointment: as little as serves. Pure (the icalendar library writes it).

Whoever holds the address reads it, and so does the server of a telephone's maker: initials at most, no full name, no
street of anybody, no note; of a protected file not even initials.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event

from mobility.agenda.rules import PLACE_LABELS, Place
from mobility.core.clock import PARIS

PRODUCT = "-//Plateforme de mobilite inclusive//Agenda//FR"


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment as a calendar shows it. ``names``: (first, last) of those whose initials may be said."""

    id: int
    version: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    label: str
    place: Place
    desk_name: str
    seats: int
    guests: int
    names: tuple[tuple[str, str], ...] = ()


def initials(first: str, last: str) -> str:
    """Return « A. B. »; parts that are missing are left out."""
    return " ".join(f"{part.strip()[0].upper()}." for part in (first, last) if part.strip())


def summary(entry: Entry, *, with_initials: bool) -> str:
    """Return the line that the telephone shows."""
    if entry.seats > 1:
        return f"{entry.label} ({entry.guests}/{entry.seats})"
    said = ", ".join(initials(*name) for name in entry.names) if with_initials else ""
    return f"{entry.label} – {said}" if said else entry.label


def calendar_of(entries: Iterable[Entry], *, with_initials: bool, host: str, now: datetime) -> bytes:
    """Return the calendar as a file; hours are those of Paris, with the rules of its summer time."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Rendez-vous mobilité")
    calendar.add("x-wr-timezone", "Europe/Paris")
    for entry in entries:
        event = Event()
        event.add("uid", f"rendez-vous-{entry.id}@{host}")
        event.add("dtstamp", now)
        event.add("last-modified", entry.changed_at)
        event.add("sequence", entry.version)
        event.add("dtstart", entry.starts_at.astimezone(PARIS))
        event.add("dtend", entry.ends_at.astimezone(PARIS))
        event.add("summary", summary(entry, with_initials=with_initials))
        event.add("location", entry.desk_name if entry.place is Place.DESK else PLACE_LABELS[entry.place])
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
