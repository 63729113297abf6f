"""Appointments that a desk does not keep: made when it was open, and now it is closed then.

Whoever changes the hours is shown them first, and changes them knowingly; none breaks in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from mobility.core.db import db, load
from mobility.desks.errors import AppointmentsBroken
from mobility.desks.hooks import Appointment, ShownAppointment, books
from mobility.desks.models import Desk
from mobility.desks.queries import get_calendar
from mobility.desks.rules import misses


def list_broken(desk_id: int, *, now: datetime) -> list[Appointment]:
    """Return the appointments ahead for which the desk is not open, the soonest first. Raises NotFound."""
    ahead = [one for book in books().values() for one in book.ahead(desk_id=desk_id, now=now)]
    if not ahead:
        return []
    calendar = get_calendar(desk_id)
    gone = load(Desk, desk_id).archived_at is not None
    return sorted(
        (one for one in ahead if gone or misses(calendar, one.at, at_closing=one.at_closing)),
        key=lambda one: (one.at, one.source, one.ref),
    )


@contextmanager
def keeping(desk_id: int, *, accept_broken: bool, now: datetime) -> Iterator[None]:
    """Change a desk's hours inside: what they newly break is refused, or accepted knowingly.

    Inside a transaction. Raises AppointmentsBroken.
    """
    before = set(list_broken(desk_id, now=now))
    yield
    db.session.flush()
    broken = [one for one in list_broken(desk_id, now=now) if one not in before]
    if broken and not accept_broken:
        raise AppointmentsBroken(tuple(broken))


def show(appointments: Sequence[Appointment]) -> list[ShownAppointment]:
    """Return appointments in words for the actor of this request, the soonest first."""
    found = [
        shown
        for source, book in books().items()
        for shown in book.shown([one for one in appointments if one.source == source])
    ]
    return sorted(found, key=lambda shown: (shown.at, shown.text, shown.url))
