"""A desk as the public reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mobility.desks import queries, rules
from mobility.desks.models import Desk
from mobility.desks.rules import DayLine, OpeningCalendar


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """A coming day, or several in a row, on which the usual hours do not hold."""

    first_on: date
    last_on: date
    hours: str
    reason: str


@dataclass(frozen=True, slots=True)
class PublicDesk:
    """What the public page says about a desk."""

    slug: str
    name: str
    kind: str
    street: str
    postcode: str
    city: str
    phone: str
    email: str
    place_note: str
    today_hours: str
    is_open_today: bool
    next_open_on: date | None
    week: Sequence[DayLine]
    special_days: Sequence[SpecialDays]


def special_days(calendar: OpeningCalendar, first_on: date, last_on: date) -> list[SpecialDays]:
    """Return the days whose hours are not the usual ones; those with the same hours and reason in one line.

    Usually closed days between two of them do not break the line: a holiday runs over its weekends.
    """
    usual = OpeningCalendar(weekly=calendar.weekly)
    found: list[SpecialDays] = []
    unbroken = False
    for offset in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=offset)
        ranges, usual_ranges = calendar.hours_on(day), usual.hours_on(day)
        if ranges == usual_ranges:
            unbroken = unbroken and not ranges
            continue
        hours, reason = rules.ranges_in_words(ranges), _reason(calendar, day)
        if unbroken and found and (found[-1].hours, found[-1].reason) == (hours, reason):
            found[-1] = SpecialDays(found[-1].first_on, day, hours, reason)
        else:
            found.append(SpecialDays(day, day, hours, reason))
        unbroken = True
    return found


def _reason(calendar: OpeningCalendar, day: date) -> str:
    written = [exception.reason for exception in calendar.exceptions.get(day, ()) if exception.reason]
    return written[0] if written else calendar.reason_closed(day)


def public_desk(desk: Desk, today: date, *, until: date) -> PublicDesk:
    """Return the public face of a desk whose openings and exceptions are loaded."""
    calendar = queries.calendar_of(desk)
    ranges = calendar.hours_on(today)
    return PublicDesk(
        slug=desk.slug,
        name=desk.name,
        kind=rules.LABELS[desk.kind],
        street=desk.street,
        postcode=desk.postcode,
        city=desk.city,
        phone=desk.phone,
        email=desk.email,
        place_note=desk.place_note,
        today_hours=rules.ranges_in_words(ranges),
        is_open_today=bool(ranges),
        next_open_on=None if ranges else calendar.next_open_day(today + timedelta(days=1)),
        week=rules.week_as_read(calendar.weekly),
        special_days=special_days(calendar, today, until),
    )
