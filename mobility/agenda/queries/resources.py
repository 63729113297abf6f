"""Rooms, vehicles and interpreters: what a desk has, and when it is in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from mobility.agenda.models import AgendaRoom, Appointment, Interpreter, MeetingType
from mobility.agenda.rules import AppointmentState, Place
from mobility.agenda.slots import Span
from mobility.core.db import db
from mobility.fleet.models import Vehicle, VehicleReservation

# How far before a time appointments are looked for: none, its pause included, is longer.
LONGEST = timedelta(hours=12)


def list_rooms(desk_id: int) -> list[AgendaRoom]:
    """Return the rooms of a desk that are in use, by name."""
    query = select(AgendaRoom).where(AgendaRoom.desk_id == desk_id, AgendaRoom.archived_at.is_(None))
    return list(db.session.scalars(query.order_by(AgendaRoom.name, AgendaRoom.id)))


def rooms_in_use(
    desk_id: int, *, from_at: datetime, until_at: datetime, except_id: int | None = None
) -> Mapping[int, list[Span]]:
    """Return when each room of a desk is in use, in two queries; empty where the desk names no rooms."""
    rooms = [room.id for room in list_rooms(desk_id)]
    return _in_use(Appointment.room_id, rooms, from_at=from_at, until_at=until_at, except_id=except_id)


def _in_use(
    column: InstrumentedAttribute[int | None],
    ids: Sequence[int],
    *,
    from_at: datetime,
    until_at: datetime,
    except_id: int | None,
) -> Mapping[int, list[Span]]:
    """Return when appointments hold each of the rooms or interpreters, one query; empty where there are none."""
    found: dict[int, list[Span]] = {identity: [] for identity in ids}
    if not found:
        return found
    rows = db.session.execute(
        select(column.label("held"), Appointment.starts_at, Appointment.ends_at).where(
            column.in_(ids),
            Appointment.state != AppointmentState.CANCELLED,
            Appointment.starts_at < until_at,
            Appointment.starts_at > from_at - LONGEST,
            Appointment.ends_at > from_at,
            Appointment.id != (except_id or 0),
        )
    )
    for row in rows:
        found[row.held].append(Span(row.starts_at, row.ends_at))
    return found


def list_vehicles(desk_id: int) -> list[Vehicle]:
    """Return the vehicles at home at a desk that are in the fleet."""
    query = select(Vehicle).where(Vehicle.desk_id == desk_id, Vehicle.retired_on.is_(None))
    return list(db.session.scalars(query.order_by(Vehicle.make, Vehicle.model, Vehicle.id)))


def list_interpreters(desk_id: int, *, language: str | None = None) -> list[Interpreter]:
    """Return the interpreters of a desk, by name; those of one language where it is told."""
    query = select(Interpreter).where(Interpreter.desk_id == desk_id, Interpreter.archived_at.is_(None))
    rows = db.session.scalars(query.order_by(Interpreter.name, Interpreter.id))
    return [row for row in rows if language is None or language in row.languages]


def interpreters_taken(appointment: Appointment, interpreter_ids: list[int]) -> frozenset[int]:
    """Return those of the interpreters who translate elsewhere while this appointment lasts; one query."""
    held = _in_use(
        Appointment.interpreter_id,
        interpreter_ids,
        from_at=appointment.starts_at,
        until_at=appointment.ends_at,
        except_id=appointment.id,
    )
    return frozenset(identity for identity, spans in held.items() if spans)


def interpreters_in_use(
    desk_id: int,
    *,
    language: str,
    from_at: datetime,
    until_at: datetime,
    except_id: int | None = None,
    only_id: int | None = None,
) -> Mapping[int, list[Span]]:
    """Return when each interpreter of a language translates, in two queries; empty where the desk has none.

    ``only_id``: one who is asked already, for any language.
    """
    asked = only_id is not None
    known = list_interpreters(desk_id, language=None if asked else language)
    ids = [row.id for row in known if not asked or row.id == only_id]
    return _in_use(Appointment.interpreter_id, ids, from_at=from_at, until_at=until_at, except_id=except_id)


@dataclass(frozen=True, slots=True)
class Held:
    """What one appointment holds, in words; empty where it holds none."""

    room: str
    vehicle: str
    interpreter: str


def held_by(appointment: Appointment) -> Held:
    """Return what an appointment holds; one query."""
    row = db.session.execute(
        select(AgendaRoom.name, Vehicle, Interpreter)
        .select_from(Appointment)
        .outerjoin(AgendaRoom, AgendaRoom.id == Appointment.room_id)
        .outerjoin(VehicleReservation, VehicleReservation.id == Appointment.reservation_id)
        .outerjoin(Vehicle, Vehicle.id == VehicleReservation.vehicle_id)
        .outerjoin(Interpreter, Interpreter.id == Appointment.interpreter_id)
        .where(Appointment.id == appointment.id)
    ).one()
    return Held(
        room=row.name or "",
        vehicle=vehicle_name(row.Vehicle) if row.Vehicle is not None else "",
        interpreter=_translator(appointment, row.Interpreter),
    )


def _translator(appointment: Appointment, interpreter: Interpreter | None) -> str:
    if interpreter is not None:
        how = "sur place" if interpreter.on_site else "par téléphone"
        return ", ".join(part for part in (interpreter.name, how, interpreter.phone) if part)
    return f"{appointment.companion} (majeur)" if appointment.companion else ""


def vehicle_name(vehicle: Vehicle) -> str:
    """Return « Renault Clio, AA-123-AA »."""
    return ", ".join(part for part in (f"{vehicle.make} {vehicle.model}".strip(), vehicle.plate or "") if part)


def list_out(*, now: datetime, within: timedelta) -> list[Appointment]:
    """Return the home visits that are over since less than ``within`` and from which nobody has said to be back."""
    query = (
        select(Appointment)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .where(
            MeetingType.place == Place.HOME,
            Appointment.state != AppointmentState.CANCELLED,
            Appointment.back_at.is_(None),
            Appointment.ends_at <= now,
            Appointment.ends_at > now - within,
        )
        .order_by(Appointment.ends_at, Appointment.id)
    )
    return list(db.session.scalars(query))


def own_visits_out(adviser_id: int, *, now: datetime, within: timedelta) -> list[Appointment]:
    """Return an adviser's home visits that have begun, and from which they have not said to be back; one query."""
    query = (
        select(Appointment)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .where(
            and_(Appointment.adviser_id == adviser_id, MeetingType.place == Place.HOME),
            or_(Appointment.state == AppointmentState.PLANNED, Appointment.state == AppointmentState.HELD),
            Appointment.back_at.is_(None),
            Appointment.starts_at <= now,
            Appointment.ends_at > now - within,
        )
        .order_by(Appointment.starts_at)
    )
    return list(db.session.scalars(query))
