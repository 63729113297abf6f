"""Other carpooling services, and members who share their journeys with them. Use inside ``app``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from mobility.carpool.models import CarpoolBooking, CarpoolMember, CarpoolMessage, CarpoolOperator
from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.standard.operators import hash_of
from mobility.carpool.states import Side
from mobility.core.db import transaction
from mobility.desks.models import Desk
from mobility.people.kinds import ConsentKind, ConsentManner
from mobility.people.models import PersonConsent
from tests.factories.carpool import NOW, a_colleague, a_member
from tests.factories.people import make_person

KEY = "the-key-of-blue-carpool-0123456789"
DOMAIN = "blue.example"
OURS = "mobilite.test"


def an_operator(name: str = "Blue Carpool", *, key: str | None = KEY, **values: Any) -> CarpoolOperator:
    """Another service, which may ask us with ``KEY``."""
    known: dict[str, Any] = {
        "name": name, "domain": DOMAIN, "inbound_hash": hash_of(key) if key else None, "created_at": NOW,
    }  # fmt: skip
    with transaction() as session:
        row = CarpoolOperator(**{**known, **values})
        session.add(row)
        session.flush()
    return row


def a_sharing_colleague(desk: Desk, **values: Any) -> CarpoolMember:
    """Staff of an employer who share their journeys."""
    return a_colleague(desk, **{"shared_at": NOW, **values})


def a_sharing_person(
    desk: Desk, *, agrees: bool = True, member: dict[str, Any] | None = None, **values: Any
) -> CarpoolMember:
    """Somebody who is accompanied, agrees to be matched, and shares their journeys."""
    person = make_person(desk=desk, **values)
    if agrees:
        with transaction() as session:
            session.add(
                PersonConsent(
                    person_id=person.id, kind=ConsentKind.CARPOOL_MATCHING, manner=ConsentManner.SPOKEN, given_at=NOW
                )
            )
    return a_member(person, **{"shared_at": NOW, **(member or {})})


def booking_body(member: CarpoolMember, *, pickup_at: datetime, uuid: str = "", **values: Any) -> dict[str, Any]:
    """Return a booking as another service sends it: its user asks for a place with our driver."""
    return {
        "id": uuid or str(uuid4()), "status": "WAITING_CONFIRMATION",
        "driver": {"id": member.public_id, "operator": OURS, "alias": "Membre"},
        "passenger": {"id": "ana-1", "operator": DOMAIN, "alias": "Ana P."},
        "passengerPickupDate": int(pickup_at.timestamp()), "passengerPickupLat": 50.39, "passengerPickupLng": 3.49,
        "passengerDropLat": 50.38, "passengerDropLng": 3.6, "passengerPickupAddress": "Gare de Raismes",
        "price": {"type": "FREE"}, **values,
    }  # fmt: skip


def a_letter(operator: CarpoolOperator, member: CarpoolMember, **values: Any) -> CarpoolMessage:
    """What somebody of another service writes to a driver of ours."""
    known: dict[str, Any] = {
        "operator_id": operator.id, "member_id": member.id, "from_id": "ana-1", "from_alias": "Ana P.",
        "our_side": Side.DRIVER, "text": "Bonjour, partez-vous bien de la gare ?", "at": NOW,
    }  # fmt: skip
    with transaction() as session:
        row = CarpoolMessage(**{**known, **values})
        session.add(row)
        session.flush()
    return row


def a_booking(operator: CarpoolOperator, member: CarpoolMember, **values: Any) -> CarpoolBooking:
    """A place in our driver's car that another service asked for, for two days later."""
    pickup_at = values.get("pickup_at", NOW + timedelta(days=2))
    body = booking_body(member, pickup_at=pickup_at)
    known: dict[str, Any] = {
        "uuid": body["id"], "operator_id": operator.id, "member_id": member.id, "our_side": Side.DRIVER,
        "status": BookingStatus.WAITING_CONFIRMATION, "pickup_at": pickup_at, "created_at": NOW, "updated_at": NOW,
        "content": {name: value for name, value in body.items() if name not in {"id", "status"}},
    }  # fmt: skip
    with transaction() as session:
        row = CarpoolBooking(**{**known, **values})
        session.add(row)
        session.flush()
    return row
