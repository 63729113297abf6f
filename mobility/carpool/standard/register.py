"""The adapter to the national register of carpooling: off unless the settings name it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import aliased

from mobility.carpool.kinds import RideState
from mobility.carpool.models import (
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.rules.register import LATEST_AFTER_START, Identity, Journey, payload, proof_class, refusals
from mobility.core.db import db, end_read
from mobility.geo.errors import EngineDown
from mobility.geo.travel.transport import Deadline, RoutingServer
from mobility.notifications.kinds import Channel
from mobility.notifications.models import ContactPoint
from mobility.pathway.rules import Direction
from mobility.people.models import Person

log = structlog.get_logger(__name__)
SECONDS = 60.0
# 409: the register knows it; it answers 201 to what is new.
TAKEN = frozenset({200, 201, 409})


def rides_made(*, now: datetime) -> list[Journey]:
    """Return the rides of the last day of members who both share their journeys, without protected files (two queries)."""
    driver, rider = aliased(CarpoolMember), aliased(CarpoolMember)
    drives, rides = aliased(Person), aliased(Person)
    rows = db.session.execute(
        select(CarpoolRide, CarpoolMatch, CarpoolRequest, driver, rider, drives.last_name, rides.last_name)
        .join(CarpoolTrip, CarpoolTrip.id == CarpoolRide.trip_id)
        .join(CarpoolMatch, CarpoolMatch.id == CarpoolRide.match_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(driver, driver.id == CarpoolOffer.member_id)
        .join(rider, rider.id == CarpoolRequest.member_id)
        .outerjoin(drives, drives.id == driver.person_id)
        .outerjoin(rides, rides.id == rider.person_id)
        .where(
            CarpoolRide.state == RideState.DONE,
            CarpoolRide.pickup_at >= now - LATEST_AFTER_START,
            CarpoolRide.dropoff_at <= now,
            *(_may_tell(member, person) for member, person in ((driver, drives), (rider, rides))),
        )
        .order_by(CarpoolRide.pickup_at, CarpoolRide.id)
    ).all()
    phones = _phones({member.recipient_id for row in rows for member in (row[3], row[4])})
    made = [_journey(*row, phones) for row in rows]
    return [one for one in made if one is not None]


def _may_tell(member: Any, person: Any) -> ColumnElement[bool]:
    held = and_(person.protected == false(), person.erased_at.is_(None), person.restricted_at.is_(None))
    return and_(member.shared_at.is_not(None), member.erased_at.is_(None), or_(member.person_id.is_(None), held))


def _phones(recipient_ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(ContactPoint.recipient_id, ContactPoint.value)
        .where(
            ContactPoint.recipient_id.in_(recipient_ids),
            ContactPoint.channel == Channel.SMS,
            ContactPoint.archived_at.is_(None),
        )
        .order_by(ContactPoint.id.desc())
    )
    return {row.recipient_id: row.value for row in rows}


def _journey(
    ride: CarpoolRide,
    match: CarpoolMatch,
    request: CarpoolRequest,
    driver: CarpoolMember,
    rider: CarpoolMember,
    driver_name: str | None,
    rider_name: str | None,
    phones: dict[int, str],
) -> Journey | None:
    """Return a ride as the register has it; None where its places are not known any more."""
    there = ride.direction is Direction.THERE
    away = (request.destination_latitude, request.destination_longitude)
    home = (request.origin_latitude, request.origin_longitude)
    stop = match.legs.get(ride.direction.value, {}).get("dropoff", {})
    end = (stop.get("latitude"), stop.get("longitude"))
    if end[0] is None or end[1] is None:
        end = away if there else home
    start = (ride.pickup_latitude, ride.pickup_longitude)
    if start[0] is None or start[1] is None:
        start = home if there else away
    if None in (*start, *end):
        return None
    return Journey(
        journey_id=f"ride-{ride.id}",
        trip_id=f"trip-{ride.trip_id}",
        driver=_identity(driver, driver_name, phones),
        passenger=_identity(rider, rider_name, phones),
        started_at=ride.pickup_at,
        ended_at=ride.dropoff_at,
        start=(float(start[0] or 0), float(start[1] or 0)),
        end=(float(end[0] or 0), float(end[1] or 0)),
        metres=ride.metres,
        contribution_cents=ride.contribution_cents,
        seats=ride.seats,
        proof=proof_class(ride.driver_says, ride.passenger_says),
    )


def _identity(member: CarpoolMember, last_name: str | None, phones: dict[int, str]) -> Identity:
    # Whoever has no file wrote first name and name in one line.
    name = last_name or (member.name.split() or [""])[-1]
    return Identity(member.public_id, phones.get(member.recipient_id, ""), name)


def send(*, now: datetime) -> dict[str, int]:
    """Send what the register would take; sent again is no harm. Without an address nothing happens."""
    url = str(current_app.config["CARPOOL_REGISTER_URL"])
    if not url:
        return {"sent": 0, "withheld": 0, "silent": 0}
    made = rides_made(now=now)
    end_read()
    refused = refusals(made, now=now)
    server = _Register(url, str(current_app.config["CARPOOL_REGISTER_TOKEN"]))
    deadline, sent, silent = Deadline(SECONDS), 0, 0
    for journey in made:
        if journey.journey_id in refused:
            continue
        try:
            status = server.post("/journeys", payload(journey), deadline).status
        except EngineDown as error:
            log.info("carpool_register_silent", reason=error.reason)
            silent += 1
            break
        sent += status in TAKEN
        silent += status not in TAKEN
    server.close()
    return {"sent": sent, "withheld": len(refused), "silent": silent}


class _Register(RoutingServer):
    setting = "CARPOOL_REGISTER_URL"

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url)
        self._headers["Authorization"] = f"Bearer {token}"
