"""The adviser's own calendar in their telephone: a signed address that can be made anew or taken back at any time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, select

from mobility.accounts import audit
from mobility.accounts.models import User
from mobility.agenda import parameters
from mobility.agenda.feeds import Entry, calendar_of
from mobility.agenda.models import AgendaFeed, Appointment, Attendance, MeetingType
from mobility.agenda.rules import SEATED, AppointmentState
from mobility.core import links
from mobility.core.clock import day_of
from mobility.core.db import db, lock, transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.desks.models import Desk
from mobility.notifications import render
from mobility.people.models import Person

PURPOSE = "agenda_feed"
# The address ends when it is made anew or taken back, not by its age.
LIFETIME = timedelta(days=36500)
BACK, AHEAD = timedelta(days=31), timedelta(days=186)
AT_MOST = 3000


def find_feed(user_id: int) -> AgendaFeed | None:
    """Return the feed of a user that is in use, or None."""
    row = db.session.scalar(select(AgendaFeed).where(AgendaFeed.user_id == user_id))
    return row if row is not None and row.revoked_at is None else None


def address_of(feed: AgendaFeed) -> str:
    """Return the address that the telephone subscribes to."""
    token = links.sign(PURPOSE, {"u": feed.user_id, "s": feed.serial}, now=feed.made_at, lifetime=LIFETIME)
    return render.public_url(f"/agenda/ical/{token}.ics")


def make_feed(*, user_id: int, now: datetime) -> None:
    """Make the address, anew where there is one: the one before answers no more. Raises NotFound."""
    with transaction() as session:
        lock(User, user_id)
        row = session.get(AgendaFeed, user_id, populate_existing=True)
        if row is None:
            row = AgendaFeed(user_id=user_id, serial=0)
            session.add(row)
        row.serial, row.made_at, row.revoked_at = row.serial + 1, now, None
        session.flush()
        _record("agenda.feed_made", user_id, now=now)


def revoke_feed(*, user_id: int, now: datetime) -> None:
    """Let the address answer no more; twice changes nothing."""
    with transaction() as session:
        row = session.get(AgendaFeed, user_id, populate_existing=True, with_for_update=True)
        if row is not None and row.revoked_at is None:
            row.revoked_at = now
            session.flush()
            _record("agenda.feed_revoked", user_id, now=now)


def _record(action: str, user_id: int, *, now: datetime) -> None:
    audit.record(actor_id=user_id, action=action, subject_kind="user", subject_id=user_id, now=now)


def read_feed(token: str, *, now: datetime) -> bytes:
    """Return the calendar behind an address. Raises NotFound for one that does not answer any more, whatever why."""
    try:
        payload = links.read(PURPOSE, token, now=now)
    except RuleViolation:
        raise NotFound("agenda feed") from None
    feed = find_feed(int(payload["u"]))
    user = db.session.get(User, int(payload["u"]))
    if feed is None or feed.serial != payload["s"] or user is None or user.disabled_at is not None:
        raise NotFound("agenda feed")
    return calendar_of(
        _entries(user.id, now=now),
        with_initials=parameters.feed_initials(on=day_of(now)),
        host=render.public_url("").partition("//")[2].partition("/")[0].partition(":")[0],
        now=now,
    )


def _entries(user_id: int, *, now: datetime) -> list[Entry]:
    """Return the appointments of an adviser, in two queries."""
    rows = db.session.execute(
        select(Appointment, MeetingType.label, MeetingType.place, Desk.name)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .join(Desk, Desk.id == Appointment.desk_id)
        .where(
            Appointment.adviser_id == user_id,
            Appointment.state != AppointmentState.CANCELLED,
            Appointment.starts_at > now - BACK,
            Appointment.starts_at < now + AHEAD,
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(AT_MOST)
    ).all()
    guests: dict[int, list[tuple[str, str]]] = {row.Appointment.id: [] for row in rows}
    open_file = and_(Person.protected.is_(False), Person.restricted_at.is_(None), Person.erased_at.is_(None))
    for row in db.session.execute(
        select(Attendance.appointment_id, Person.first_name, Person.last_name, open_file.label("open"))
        .join(Person, Person.id == Attendance.person_id)
        .where(Attendance.appointment_id.in_(list(guests)), Attendance.state.in_(SEATED))
        .order_by(Attendance.id)
    ):
        guests[row.appointment_id].append((row.first_name, row.last_name) if row.open else ("", ""))
    return [
        Entry(
            id=row.Appointment.id,
            version=row.Appointment.version,
            changed_at=row.Appointment.created_at,
            starts_at=row.Appointment.starts_at,
            ends_at=row.Appointment.ends_at,
            label=row.label,
            place=row.place,
            desk_name=row.name,
            seats=row.Appointment.seats,
            guests=len(guests[row.Appointment.id]),
            names=tuple(name for name in guests[row.Appointment.id] if any(name)),
        )
        for row in rows
    ]
