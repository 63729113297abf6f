"""What pages show of other services: bookings and messages, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select

from mobility.carpool.models import CarpoolBooking, CarpoolMember, CarpoolOperator
from mobility.carpool.rules.bookings import OURS, BookingStatus
from mobility.carpool.services.telling import names_of
from mobility.carpool.states import Side
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.people.models import Person

MOST = 200


TONES = {
    BookingStatus.WAITING_CONFIRMATION: "warning",
    BookingStatus.CONFIRMED: "success",
    BookingStatus.CANCELLED: "neutral",
    BookingStatus.COMPLETED_PENDING_VALIDATION: "info",
    BookingStatus.VALIDATED: "success",
}


@dataclass(frozen=True, slots=True)
class BookingCard:
    """A booking as people read it. ``other`` is how the other service calls its user."""

    id: int
    member_id: int
    service: str
    other: str
    drives: bool
    status: BookingStatus
    pickup_at: datetime
    pickup_address: str
    drop_address: str

    def waits(self, now: datetime) -> bool:
        """Tell whether our member's answer is still asked for."""
        return self.status is BookingStatus.WAITING_CONFIRMATION and self.pickup_at > now

    def may_cancel(self, now: datetime) -> bool:
        """Tell whether what was accepted can still be taken back."""
        return BookingStatus.CANCELLED in OURS.get(self.status, ()) and self.pickup_at > now


def select_cards() -> Select[CarpoolBooking, str]:
    """Select bookings with the service that they come from and our member."""
    return (
        select(CarpoolBooking, CarpoolOperator.name)
        .join(CarpoolOperator, CarpoolOperator.id == CarpoolBooking.operator_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolBooking.member_id)
        .where(CarpoolBooking.erased_at.is_(None))
    )


def card(booking: CarpoolBooking, service: str) -> BookingCard:
    """Return the card of a booking."""
    content, drives = booking.content, booking.our_side is Side.DRIVER
    other = content[(Side.PASSENGER if drives else Side.DRIVER).value]
    return BookingCard(
        id=booking.id,
        member_id=booking.member_id,
        service=service,
        other=other["alias"] or other.get("firstName", ""),
        drives=drives,
        status=booking.status,
        pickup_at=booking.pickup_at,
        pickup_address=content.get("passengerPickupAddress", ""),
        drop_address=content.get("passengerDropAddress", ""),
    )


def list_bookings(
    visible: ColumnElement[bool], *, now: datetime, waiting: bool = False
) -> list[tuple[BookingCard, str]]:
    """Return the bookings to come with members whom the actor may see, and the members' names (two queries).

    Those that wait for an answer come first, then the soonest.
    """
    query = (
        select(CarpoolBooking, CarpoolOperator.name, CarpoolMember)
        .join(CarpoolOperator, CarpoolOperator.id == CarpoolBooking.operator_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolBooking.member_id)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(visible, CarpoolBooking.erased_at.is_(None), CarpoolBooking.pickup_at > now)
        .order_by(
            CarpoolBooking.status != BookingStatus.WAITING_CONFIRMATION, CarpoolBooking.pickup_at, CarpoolBooking.id
        )
        .limit(MOST)
    )
    if waiting:
        query = query.where(CarpoolBooking.status == BookingStatus.WAITING_CONFIRMATION)
    rows = db.session.execute(query).all()
    names = names_of([member for _booking, _service, member in rows])
    return [(card(booking, service), names[member.id]) for booking, service, member in rows]


def get_booking(booking_id: int) -> BookingCard:
    """Return the card of a booking (one query). Raises NotFound."""
    found = db.session.execute(select_cards().where(CarpoolBooking.id == booking_id)).first()
    if found is None:
        raise NotFound("carpool_booking")
    return card(found[0], found[1])
