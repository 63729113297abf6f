"""What we ask other services: journeys for a request of ours, and to hear our member's answer to a booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select

from mobility.carpool.kinds import JourneyState
from mobility.carpool.models import CarpoolBooking, CarpoolMember, CarpoolMessage, CarpoolOperator, CarpoolRequest
from mobility.carpool.rules import outside
from mobility.carpool.rules.standard import Area
from mobility.carpool.standard import calling, mailbox, queries
from mobility.carpool.standard.operators import own_domain
from mobility.carpool.states import Side
from mobility.core.crypto import decrypt
from mobility.core.db import db, end_read, lock, transaction
from mobility.pathway.rules import Direction

# A service that has not answered for two days is told no more: the day has mostly come by then.
MOST_TRIES = 12
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Search:
    """What other services answered: journeys by direction, and the names of those that stayed silent."""

    found: dict[Direction, list[outside.Found]]
    silent: list[str]
    asked: int
    # False: the person shares nothing with other services, so that nobody was asked.
    shared: bool = True


def may_ask(request: CarpoolRequest, member: CarpoolMember) -> bool | None:
    """Tell whether other services may be asked for a request; None where there is no service to ask (one query)."""
    known = db.session.scalar(
        select(CarpoolOperator.id).where(CarpoolOperator.asked, CarpoolOperator.disabled_at.is_(None)).limit(1)
    )
    if known is None or request.state is not JourneyState.OPEN:
        return None
    return request.shared and member.shared_at is not None


def asked_services() -> list[calling.Service]:
    """Return the services that we may ask; one whose key cannot be read any more is left out."""
    rows = db.session.scalars(
        select(CarpoolOperator)
        .where(CarpoolOperator.asked, CarpoolOperator.disabled_at.is_(None))
        .order_by(CarpoolOperator.name, CarpoolOperator.id)
    ).all()
    return [service for row in rows if (service := service_of(row)) is not None]


def service_of(row: CarpoolOperator) -> calling.Service | None:
    """Return how to reach a service; None where there is no address, or the key was lost with the secret key."""
    if not row.base_url:
        return None
    try:
        key = decrypt(row.key_encrypted) if row.key_encrypted else ""
    except ValueError:
        return None
    private = bool(current_app.config["CARPOOL_PRIVATE_SERVICES"])
    return calling.Service(row.id, row.name, row.base_url, key, private)


def search(*, request_id: int, now: datetime) -> Search:
    """Ask every service for drivers for a request, both ways; places are those of the grid, nobody is named.

    No transaction is open while they are asked.
    """
    nothing: dict[Direction, list[outside.Found]] = {}
    known = queries.find_row(Side.PASSENGER, request_id)
    if known is None:
        return Search(nothing, [], 0, shared=False)
    services = asked_services()
    coming = list(queries.passages([known], earliest=now, latest=now + queries.AHEAD, now=now))
    end_read()
    found, silent = nothing, set()
    for direction in Direction:
        departures = [one.departs_at for one in coming if one.direction is direction]
        if not departures or not services:
            continue
        area = Area(*known.shared.ends(direction), outside.RADIUS_KM, outside.RADIUS_KM)
        if known.returns:
            path, query = "/driver_regular_trips", outside.regular_query(area, departures)
        else:
            path, query = "/driver_journeys", outside.once_query(area, departures[0])
        answers = calling.ask_all(services, path, query)
        silent |= {service.name for service in services if answers[service.id] is None}
        some = [one for service in services for one in outside.read(service.name, answers[service.id], area)]
        found[direction] = sorted(some, key=lambda one: (one.gap_km, one.service, one.alias))
    return Search(found, sorted(silent), len(services))


def tell_due(*, now: datetime) -> dict[str, int]:
    """Tell other services what our members answered; who does not hear it is told again later, ever more rarely."""
    counts = [_tell_statuses(now), _tell_messages(now)]
    return {name: sum(one[name] for one in counts) for name in ("told", "silent")}


def _tell_statuses(now: datetime, limit: int = 100) -> dict[str, int]:
    due = db.session.execute(
        select(CarpoolBooking.id, CarpoolBooking.uuid, CarpoolBooking.status, CarpoolOperator)
        .join(CarpoolOperator, CarpoolOperator.id == CarpoolBooking.operator_id)
        .where(CarpoolBooking.to_tell, CarpoolBooking.tell_at <= now)
        .order_by(CarpoolBooking.tell_at)
        .limit(limit)
    ).all()
    work = [(row.id, row.uuid, row.status, service_of(row.CarpoolOperator)) for row in due]
    end_read()
    told = 0
    for number, uuid, status, service in work:
        heard = service is not None and calling.tell_status(service, uuid, status.value)
        told += heard
        with transaction():
            booking = lock(CarpoolBooking, number)
            if booking.status is not status:
                continue  # it changed while we told: the next run tells that
            _note_told(booking, heard, now)
    return {"told": told, "silent": len(work) - told}


def _note_told(row: CarpoolBooking | CarpoolMessage, heard: bool, now: datetime) -> None:
    row.tries += 1
    row.to_tell = not heard and row.tries < MOST_TRIES
    row.tell_at = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (row.tries - 1))


def _tell_messages(now: datetime, limit: int = 100) -> dict[str, int]:
    domain = own_domain()
    due = db.session.execute(
        select(CarpoolMessage, CarpoolOperator, CarpoolMember.public_id, CarpoolBooking.uuid)
        .join(CarpoolOperator, CarpoolOperator.id == CarpoolMessage.operator_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolMessage.member_id)
        .outerjoin(CarpoolBooking, CarpoolBooking.id == CarpoolMessage.booking_id)
        .where(CarpoolMessage.to_tell, CarpoolMessage.tell_at <= now)
        .order_by(CarpoolMessage.tell_at)
        .limit(limit)
    ).all()
    work = [
        (row.id, service_of(operator), mailbox.body_of(row, operator, domain=domain, public_id=public_id, booking=uuid))
        for row, operator, public_id, uuid in due
    ]
    end_read()
    told = 0
    for number, service, body in work:
        heard = service is not None and calling.send_message(service, body)
        told += heard
        with transaction():
            message = lock(CarpoolMessage, number)
            if message.to_tell:
                _note_told(message, heard, now)
    return {"told": told, "silent": len(work) - told}
