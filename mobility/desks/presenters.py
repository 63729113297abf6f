"""A desk as the public reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mobility.desks import queries, rules
from mobility.desks.models import Desk
from mobility.desks.rules import DayLine


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A coming day on which the usual hours do not hold."""

    day: date
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
    special_days: Sequence[SpecialDay]


def public_desk(desk: Desk, today: date, *, until: date) -> PublicDesk:
    """Return the public face of a desk whose openings and exceptions are loaded."""
    calendar = queries.calendar_of(desk)
    usual = rules.OpeningCalendar(weekly=calendar.weekly)
    special = []
    for offset in range((until - today).days + 1):
        day = today + timedelta(days=offset)
        ranges = calendar.hours_on(day)
        if ranges != usual.hours_on(day):
            reason = calendar.reason_closed(day) or next(
                (found.reason for found in calendar.exceptions.get(day, ()) if found.reason), ""
            )
            special.append(SpecialDay(day, rules.ranges_in_words(ranges), reason))
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
        week=rules.week_in_words(calendar.weekly, closed_days=False),
        special_days=special,
    )
