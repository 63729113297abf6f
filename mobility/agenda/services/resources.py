"""What an appointment takes beside an adviser: a room, a vehicle, an interpreter; and coming back from a visit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.accounts.models import User
from mobility.accounts.queries import staff_of_desks
from mobility.agenda import parameters
from mobility.agenda.errors import (
    InterpreterUnknown,
    NeverAChild,
    NotBackYet,
    ReachableNowhere,
    RoomNameTaken,
    RoomsTaken,
    VehicleBusy,
)
from mobility.agenda.models import AgendaRoom, Appointment, Interpreter, MeetingType
from mobility.agenda.queries import resources
from mobility.agenda.rules import HOUSE_LANGUAGE, AppointmentState, MeetingKind, Place
from mobility.agenda.services.common import flush, set_all
from mobility.core.clock import day_of, format_time
from mobility.core.db import check_version, load, lock, savepoint, transaction
from mobility.core.retry import retried
from mobility.fleet import services as fleet
from mobility.fleet.errors import VehicleRetired, VehicleTaken
from mobility.fleet.kinds import ReservationKind
from mobility.fleet.models import Vehicle
from mobility.notifications import render
from mobility.notifications.kinds import MessageClass
from mobility.people.identifiers import clean_phone
from mobility.people.models import Person
from mobility.people.services.alerts import tell_users

# The team is told twice; afterwards only people act. A visit of yesterday worries nobody any more.
ASKED_AT_MOST = 2
WORRY_FOR = timedelta(hours=12)


def free_room(
    session: Session,
    meeting: MeetingType,
    desk_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    except_id: int | None = None,
) -> int | None:
    """Return a room of the desk that is free, or None where none is needed or named. Raises RoomsTaken."""
    if not meeting.needs_room:
        return None
    # Held: two who book at one desk choose one after the other, and not the same room.
    session.execute(
        select(AgendaRoom.id).where(AgendaRoom.desk_id == desk_id).order_by(AgendaRoom.id).with_for_update()
    ).all()
    rooms = resources.rooms_in_use(desk_id, from_at=starts_at, until_at=ends_at, except_id=except_id)
    if not rooms:
        return None
    free = [room_id for room_id, spans in rooms.items() if not spans]
    if not free:
        raise RoomsTaken
    return free[0]


def take_interpreter(session: Session, appointment: Appointment, meeting: MeetingType, person: Person) -> None:
    """Let a free interpreter of the person's language translate; the adviser may change it.

    Nobody where the person speaks French, at workshops, or where nobody of the language is free.
    """
    if person.language == HOUSE_LANGUAGE or meeting.kind is MeetingKind.WORKSHOP:
        return
    # Held: two who book at one desk choose one after the other, and not the same interpreter.
    known = session.scalars(
        select(Interpreter)
        .where(Interpreter.desk_id == appointment.desk_id, Interpreter.archived_at.is_(None))
        .order_by(Interpreter.id)
        .with_for_update()
    ).all()
    able = [row for row in known if person.language in row.languages]
    taken = resources.interpreters_taken(appointment, [row.id for row in able])
    far = meeting.place is Place.PHONE
    free = sorted(
        (row for row in able if row.id not in taken),
        key=lambda row: (not (row.by_phone if far else row.on_site), row.id),
    )
    if free:
        with session.no_autoflush:
            flush(session, lambda: set_all(appointment, interpreter_id=free[0].id))


def take_vehicle(appointment: Appointment, vehicle_id: int, *, now: datetime) -> None:
    """Reserve a vehicle of the desk for a home visit, the way there and back included. Raises VehicleBusy."""
    if load(Vehicle, vehicle_id).desk_id != appointment.desk_id:
        raise VehicleBusy
    travel = parameters.visit_travel(on=day_of(appointment.starts_at), desk_id=appointment.desk_id)
    try:
        appointment.reservation_id = fleet.reserve(
            vehicle_id=vehicle_id,
            kind=ReservationKind.HOME_VISIT,
            starts_at=appointment.starts_at - travel,
            ends_at=appointment.ends_at + travel,
            buffer_minutes=0,
            label="Visite à domicile",
            now=now,
        )
    except (VehicleTaken, VehicleRetired):
        raise VehicleBusy from None


def move_vehicle(appointment: Appointment, *, now: datetime) -> None:
    """Let the vehicle follow the appointment to its new hour. Raises VehicleBusy (beside the hour)."""
    if appointment.reservation_id is None:
        return
    travel = parameters.visit_travel(on=day_of(appointment.starts_at), desk_id=appointment.desk_id)
    try:
        fleet.move_reservation(
            reservation_id=appointment.reservation_id,
            starts_at=appointment.starts_at - travel,
            ends_at=appointment.ends_at + travel,
            now=now,
        )
    except (VehicleTaken, VehicleRetired):
        raise VehicleBusy(field="slot") from None


def give_back(appointment: Appointment, *, now: datetime) -> None:
    """Free the vehicle of an appointment that is cancelled; rooms and interpreters are free by themselves."""
    if appointment.reservation_id is not None:
        fleet.release(reservation_id=appointment.reservation_id, now=now)
        appointment.reservation_id = None


def add_room(*, desk_id: int, name: str, actor_id: int | None, now: datetime) -> int:
    """Name a room of a desk; return its id. Raises RoomNameTaken."""
    with transaction() as session:
        row = AgendaRoom(desk_id=desk_id, name=name)
        try:
            with savepoint():
                session.add(row)
                session.flush()
        except IntegrityError:
            raise RoomNameTaken from None
        audit.record(
            actor_id=actor_id, action="agenda.room_added", subject_kind="agenda_room", subject_id=row.id, now=now
        )
        return row.id


def archive_room(*, room_id: int, actor_id: int | None, now: datetime) -> None:
    """Receive in that room no more; what is booked in it stays. Raises NotFound."""
    with transaction():
        row = lock(AgendaRoom, room_id)
        if row.archived_at is None:
            row.archived_at = now
            audit.record(
                actor_id=actor_id, action="agenda.room_archived", subject_kind="agenda_room", subject_id=row.id, now=now
            )


@dataclass(frozen=True, slots=True)
class InterpreterValues:
    """What is said of an interpreter."""

    name: str
    languages: Collection[str]
    on_site: bool
    by_phone: bool
    adult: bool
    phone: str = ""
    hours: str = ""


def save_interpreter(
    *,
    desk_id: int,
    values: InterpreterValues,
    actor_id: int | None,
    now: datetime,
    interpreter_id: int | None = None,
    version: int | None = None,
) -> int:
    """Note or change an interpreter of a desk; return the id. Raises NeverAChild, ReachableNowhere, StaleVersion."""
    if not values.adult:
        raise NeverAChild
    phone = clean_phone(values.phone, field="phone") if values.phone else ""
    if not (values.on_site or values.by_phone):
        raise ReachableNowhere
    with transaction() as session:
        if interpreter_id is None:
            row = Interpreter(desk_id=desk_id, declared_by_id=actor_id, declared_at=now)
        else:
            row = lock(Interpreter, interpreter_id)
            check_version(row, version)
        row.name, row.languages = values.name, sorted(values.languages)
        row.on_site, row.by_phone, row.adult = values.on_site, values.by_phone, values.adult
        row.phone, row.hours = phone, values.hours
        session.add(row)
        session.flush()
        audit.record(
            actor_id=actor_id, action="agenda.interpreter_saved", subject_kind="interpreter", subject_id=row.id, now=now
        )
        return row.id


def archive_interpreter(*, interpreter_id: int, actor_id: int | None, now: datetime) -> None:
    """Call on that interpreter no more; appointments that are made keep them. Raises NotFound."""
    with transaction():
        row = lock(Interpreter, interpreter_id)
        if row.archived_at is None:
            row.archived_at = now
            audit.record(
                actor_id=actor_id,
                action="agenda.interpreter_archived",
                subject_kind="interpreter",
                subject_id=row.id,
                now=now,
            )


def check_interpreter(interpreter_id: int, desk_id: int) -> Interpreter:
    """Return an interpreter who translates at that desk. Raises InterpreterUnknown, NotFound."""
    row = load(Interpreter, interpreter_id)
    if row.desk_id != desk_id or row.archived_at is not None:
        raise InterpreterUnknown
    return row


@retried
def say_back(*, appointment_id: int, actor_id: int | None, now: datetime) -> None:
    """Note that whoever visited is back; twice changes nothing. Raises NotBackYet, NotFound."""
    with transaction() as session:
        row = lock(Appointment, appointment_id)
        meeting = session.get_one(MeetingType, row.type_id)
        if meeting.place is not Place.HOME or row.state is AppointmentState.CANCELLED or row.starts_at > now:
            raise NotBackYet
        if row.back_at is None:
            row.back_at = now
            audit.record(
                actor_id=actor_id, action="agenda.visit_back", subject_kind="appointment", subject_id=row.id, now=now
            )


def ask_after_visits(*, now: datetime, limit: int = 200) -> dict[str, int]:
    """Tell the team of those who have not said to be back from a home visit, then once more. Returns counts."""
    told = sum(_ask(row.id, now=now) for row in resources.list_out(now=now, within=WORRY_FOR)[:limit])
    return {"told": told}


@retried
def _ask(appointment_id: int, *, now: datetime) -> int:
    with transaction() as session:
        row = lock(Appointment, appointment_id)
        wait = parameters.visit_back(on=day_of(row.ends_at), desk_id=row.desk_id)
        if row.back_at is not None or row.back_asked >= ASKED_AT_MOST:
            return 0
        if now < (row.back_asked_at or row.ends_at) + wait:
            return 0
        row.back_asked, row.back_asked_at = row.back_asked + 1, now
        session.flush()
        name = session.get_one(User, row.adviser_id).display_name
        team = [user.id for user in staff_of_desks([row.desk_id])]
        tell_users(
            user_ids=[*team, row.adviser_id],
            key=f"appointment:back:{row.id}:{row.back_asked}",
            title=f"{name} n’est pas rentré(e) de visite"
            if row.back_asked == 1
            else f"Toujours sans nouvelles : {name}",
            text=f"La visite à domicile devait finir à {format_time(row.ends_at)}, et le retour n’est pas noté. "
            f"Appelez {name} maintenant. Sans réponse, prévenez votre responsable, puis le 17 ou le 112.",
            url=render.public_url("/agenda/visites"),
            now=now,
            message_class=MessageClass.URGENT,
        )
        return 1
