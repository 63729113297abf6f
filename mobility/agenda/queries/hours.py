"""When meetings can be had: their types, the hours of advisers, what is free of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from mobility.accounts.models import User
from mobility.accounts.queries import staff_of_desks
from mobility.agenda import parameters
from mobility.agenda.errors import TypeUnknown
from mobility.agenda.models import AgendaAbsence, AgendaOpening, Appointment, MeetingType
from mobility.agenda.queries import resources
from mobility.agenda.queries.resources import LONGEST
from mobility.agenda.rules import (
    AppointmentState,
    MeetingKind,
    Place,
)
from mobility.agenda.slots import Opening, Slot, Span, Wish, free_slots, is_free, with_room
from mobility.core.clock import day_of
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.desks.queries import get_calendars


def list_types(*, desk_id: int | None = None, with_archived: bool = False) -> list[MeetingType]:
    """Return the types of meetings of a desk, those of all desks included; of every desk where none is named."""
    query = select(MeetingType).order_by(MeetingType.label, MeetingType.id)
    if desk_id is not None:
        query = query.where(or_(MeetingType.desk_id.is_(None), MeetingType.desk_id == desk_id))
    if not with_archived:
        query = query.where(MeetingType.archived_at.is_(None))
    return list(db.session.scalars(query))


def get_type(type_id: int, *, desk_id: int) -> MeetingType:
    """Return a type that the desk offers. Raises TypeUnknown."""
    try:
        found = load(MeetingType, type_id)
    except NotFound:
        raise TypeUnknown from None
    if found.archived_at is not None or found.desk_id not in {None, desk_id}:
        raise TypeUnknown
    return found


def get_online_type(type_id: int, *, desk_id: int) -> MeetingType:
    """Return a type that the person may book by themselves: an hour of it, or a seat in a workshop. Raises NotFound."""
    try:
        found = get_type(type_id, desk_id=desk_id)
    except TypeUnknown:
        raise NotFound(f"meeting type {type_id}") from None
    if not found.by_person:
        raise NotFound(f"meeting type {type_id}")
    return found


def find_type_of_kind(kind: MeetingKind, *, desk_id: int) -> MeetingType | None:
    """Return the type of that kind that the desk offers, its own before that of all; None where there is none."""
    query = (
        select(MeetingType)
        .where(
            MeetingType.kind == kind,
            MeetingType.archived_at.is_(None),
            or_(MeetingType.desk_id.is_(None), MeetingType.desk_id == desk_id),
        )
        .order_by(MeetingType.desk_id.is_(None), MeetingType.id)
        .limit(1)
    )
    return db.session.scalar(query)


def team_ids(desk_ids: Collection[int]) -> frozenset[int]:
    """Return who may receive at one of the desks: their advisers and managers; one query."""
    return frozenset(user.id for user in staff_of_desks(list(desk_ids)))


def fact_of(row: AgendaOpening) -> Opening:
    """Return the fact behind a row."""
    return Opening(
        adviser_id=row.adviser_id,
        desk_id=row.desk_id,
        weekday=row.weekday,
        opens=row.opens,
        closes=row.closes,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        every_weeks=row.every_weeks,
        type_ids=frozenset(row.type_ids),
    )


def list_openings(adviser_id: int, *, from_on: date) -> list[AgendaOpening]:
    """Return the hours in which an adviser receives from a day on."""
    query = (
        select(AgendaOpening)
        .where(
            AgendaOpening.adviser_id == adviser_id,
            or_(AgendaOpening.ends_on.is_(None), AgendaOpening.ends_on >= from_on),
        )
        .order_by(AgendaOpening.weekday, AgendaOpening.opens, AgendaOpening.id)
    )
    return list(db.session.scalars(query))


def list_absences(adviser_id: int, *, from_at: datetime) -> list[AgendaAbsence]:
    """Return the absences of an adviser that are not over."""
    query = (
        select(AgendaAbsence)
        .where(
            AgendaAbsence.adviser_id == adviser_id,
            AgendaAbsence.removed_at.is_(None),
            AgendaAbsence.ends_at > from_at,
        )
        .order_by(AgendaAbsence.starts_at, AgendaAbsence.id)
    )
    return list(db.session.scalars(query))


def _openings_at(desk_ids: Collection[int], adviser_id: int | None, wish: Wish) -> list[Opening]:
    query = (
        select(AgendaOpening)
        .join(User, User.id == AgendaOpening.adviser_id)
        .where(
            AgendaOpening.desk_id.in_(list(desk_ids)),
            AgendaOpening.starts_on <= day_of(wish.until_at),
            or_(AgendaOpening.ends_on.is_(None), AgendaOpening.ends_on >= day_of(wish.from_at)),
            User.disabled_at.is_(None),
        )
    )
    if adviser_id is not None:
        query = query.where(AgendaOpening.adviser_id == adviser_id)
    return [fact_of(row) for row in db.session.scalars(query)]


def busy_of(
    adviser_ids: Collection[int], *, from_at: datetime, until_at: datetime, except_id: int | None = None
) -> Mapping[int, list[Span]]:
    """Return when advisers are taken or absent, in two queries; ``except_id`` leaves one appointment out."""
    found: dict[int, list[Span]] = defaultdict(list)
    taken = select(Appointment.adviser_id, Appointment.starts_at, Appointment.blocked_until_at).where(
        Appointment.adviser_id.in_(list(adviser_ids)),
        Appointment.state != AppointmentState.CANCELLED,
        Appointment.starts_at < until_at,
        Appointment.starts_at > from_at - LONGEST,
        Appointment.blocked_until_at > from_at,
    )
    if except_id is not None:
        taken = taken.where(Appointment.id != except_id)
    away = select(AgendaAbsence.adviser_id, AgendaAbsence.starts_at, AgendaAbsence.ends_at).where(
        AgendaAbsence.adviser_id.in_(list(adviser_ids)),
        AgendaAbsence.removed_at.is_(None),
        AgendaAbsence.starts_at < until_at,
        AgendaAbsence.ends_at > from_at,
    )
    for query in (taken, away):
        for adviser_id, starts_at, ends_at in db.session.execute(query):
            found[adviser_id].append(Span(starts_at, ends_at))
    return found


def offered_slots(
    meeting: MeetingType,
    desk_ids: Collection[int],
    *,
    from_at: datetime,
    until_at: datetime,
    adviser_id: int | None = None,
    except_id: int | None = None,
) -> list[Slot]:
    """Return the hours at which that type of meeting can be had, in order; nine queries at most for one desk."""
    wish = _wish(meeting, from_at, until_at)
    openings = _openings_at(desk_ids, adviser_id, wish)
    advisers = {opening.adviser_id for opening in openings}
    slots = free_slots(
        wish,
        openings,
        calendars=get_calendars({opening.desk_id for opening in openings}),
        busy=busy_of(advisers, from_at=from_at, until_at=until_at + LONGEST, except_id=except_id),
    )
    if not meeting.needs_room or not slots:
        return slots
    return [slot for desk_id in desk_ids for slot in _roomed(slots, desk_id, wish, except_id)]


def _roomed(slots: list[Slot], desk_id: int, wish: Wish, except_id: int | None) -> list[Slot]:
    """Return the hours at one desk at which a room is free; a desk that names no rooms has always one."""
    here = [slot for slot in slots if slot.desk_id == desk_id]
    rooms = resources.rooms_in_use(desk_id, from_at=wish.from_at, until_at=wish.until_at + LONGEST, except_id=except_id)
    return with_room(here, rooms) if rooms else here


def free_by_desk(
    meetings: Mapping[int, MeetingType], *, from_at: datetime, until_at: datetime
) -> dict[int, list[Slot]]:
    """Return the free hours of each desk for its type of meeting, in order; six queries, however many desks."""
    if not meetings:
        return {}
    whole = _wish(next(iter(meetings.values())), from_at, until_at)
    openings = _openings_at(meetings.keys(), None, whole)
    advisers = {opening.adviser_id for opening in openings}
    calendars = get_calendars({opening.desk_id for opening in openings})
    busy = busy_of(advisers, from_at=from_at, until_at=until_at + LONGEST)
    return {
        desk_id: free_slots(
            _wish(meeting, from_at, until_at),
            [opening for opening in openings if opening.desk_id == desk_id],
            calendars=calendars,
            busy=busy,
        )
        for desk_id, meeting in meetings.items()
    }


def _wish(meeting: MeetingType, from_at: datetime, until_at: datetime) -> Wish:
    return Wish(
        type_id=meeting.id,
        duration=timedelta(minutes=meeting.duration_minutes),
        pause=timedelta(minutes=meeting.pause_minutes),
        from_at=from_at,
        until_at=until_at,
        at_desk=meeting.place is Place.DESK,
    )


def still_free(
    meeting: MeetingType, *, desk_id: int, adviser_id: int, starts_at: datetime, except_id: int | None = None
) -> bool:
    """Tell whether that very hour of the adviser can still be had; five queries at most."""
    until_at = starts_at + timedelta(minutes=meeting.duration_minutes + meeting.pause_minutes)
    wish = _wish(meeting, starts_at, until_at)
    openings = _openings_at([desk_id], adviser_id, wish)
    busy = busy_of([adviser_id], from_at=starts_at, until_at=until_at, except_id=except_id)
    return is_free(
        starts_at, wish, openings, calendars=get_calendars({desk_id}) if openings else {}, busy=busy.get(adviser_id, ())
    )


def online_window(meeting: MeetingType, *, desk_id: int, now: datetime) -> tuple[datetime, datetime]:
    """Return from when until when hours are offered online."""
    days = parameters.online_days(on=day_of(now), desk_id=desk_id)
    return now + timedelta(hours=meeting.notice_hours), now + timedelta(days=days)
