"""What we ask other services: journeys for a request of ours, and to hear our member's answer to a booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select

from mobility.carpool.models import CarpoolBooking, CarpoolOperator
from mobility.carpool.rules import outside
from mobility.carpool.rules.bookings import Side
from mobility.carpool.rules.standard import Area
from mobility.carpool.standard import calling, queries
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


def tell_due(*, now: datetime, limit: int = 100) -> dict[str, int]:
    """Tell other services what our members answered; who does not hear it is told again later, ever more rarely."""
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
            booking.tries += 1
            booking.to_tell = not heard and booking.tries < MOST_TRIES
            booking.tell_at = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (booking.tries - 1))
    return {"told": told, "silent": len(work) - told}
