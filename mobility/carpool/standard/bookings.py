"""Places that other services ask for, and their messages: kept, told to our member, answered.

Each use case joins or opens one transaction. Nothing of a member is told that a search would not give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from mobility.accounts.audit import record
from mobility.carpool.models import (
    CarpoolBooking,
    CarpoolMember,
    CarpoolMessage,
    CarpoolOffer,
    CarpoolOperator,
    CarpoolTrip,
)
from mobility.carpool.rules.bookings import BookingStatus, may_follow
from mobility.carpool.rules.standard import read_journey_id
from mobility.carpool.standard import queries, telling
from mobility.carpool.standard.errors import BookingOver, NoSeatLeft
from mobility.carpool.standard.schemas import BadQuestion
from mobility.carpool.states import Side
from mobility.core.db import db, load, lock, transaction
from mobility.core.errors import MobilityError, NotFound
from mobility.core.retry import retried
from mobility.pathway.rules import Direction

LATEST = timedelta(days=366)


class Missing(MobilityError):
    """The standard's 404; the message is its code: missing_journey, missing_booking or missing_user."""


class AlreadySet(MobilityError):
    """The standard's 409: the booking has that status."""


@dataclass(frozen=True, slots=True)
class _Ours:
    """Which of our members and journeys is meant."""

    member: CarpoolMember
    side: Side
    journey_id: int | None
    shift_on: date | None
    direction: Direction | None


def shown(booking: CarpoolBooking) -> dict[str, Any]:
    """Return a booking as the standard writes it."""
    return {"id": booking.uuid, "status": booking.status.value, **booking.content}


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in {"id", "status"}}


@retried
def post_booking(*, operator: CarpoolOperator, body: Mapping[str, Any], domain: str, now: datetime) -> dict[str, Any]:
    """Keep a booking that another service begins, and tell our member; the same one sent again is the same one.

    Raises BadQuestion.
    """
    if body["status"] is not BookingStatus.WAITING_CONFIRMATION:
        raise BadQuestion("status: a new booking is WAITING_CONFIRMATION.")
    pickup_at = datetime.fromtimestamp(body["passengerPickupDate"], UTC)
    if not now < pickup_at <= now + LATEST:
        raise BadQuestion("passengerPickupDate: expected an instant to come, within a year.")
    with transaction() as session:
        earlier = _find(operator.id, body["id"])
        if earlier is not None:
            if earlier.content != _kept(body):
                raise BadQuestion("id: another booking has it.")
            return shown(earlier)
        ours = _ours(operator, body, domain)
        booking = CarpoolBooking(
            uuid=body["id"], operator_id=operator.id, member_id=ours.member.id, our_side=ours.side,
            offer_id=ours.journey_id if ours.side is Side.DRIVER else None,
            request_id=ours.journey_id if ours.side is Side.PASSENGER else None,
            shift_on=ours.shift_on, direction=ours.direction, status=BookingStatus.WAITING_CONFIRMATION,
            content=_kept(body), pickup_at=pickup_at, created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(booking)
        session.flush()
        telling.tell_booking(booking, ours.member, operator, now=now)
        return shown(booking)


def _ours(operator: CarpoolOperator, body: Mapping[str, Any], domain: str) -> _Ours:
    """Return which of our members a booking is with. Raises BadQuestion."""
    sides = [side for side in Side if body[side.value]["operator"].lower() == domain]
    others = [side for side in Side if body[side.value]["operator"].lower() == operator.domain]
    if len(sides) != 1 or len(others) != 1:
        raise BadQuestion("operator: expected one of your users with one of ours.")
    side = sides[0]
    member = queries.find_member(body[side.value]["id"], side)
    if member is None:
        raise BadQuestion("missing_user")
    text = body.get(f"{side.value}JourneyId")
    if text is None:
        return _Ours(member, side, None, None, None)
    key = read_journey_id(text)
    if key is None or key.side is not side or key.member != member.public_id or not queries.makes(key):
        raise BadQuestion("missing_journey")
    return _Ours(member, side, key.id, key.shift_on, key.direction)


def get_booking(*, operator_id: int, uuid: str) -> dict[str, Any]:
    """Return a booking to the service that began it. Raises Missing."""
    booking = _find(operator_id, uuid)
    if booking is None:
        raise Missing("missing_booking")
    return shown(booking)


def _find(operator_id: int, uuid: str) -> CarpoolBooking | None:
    return db.session.scalar(
        select(CarpoolBooking).where(
            CarpoolBooking.operator_id == operator_id, CarpoolBooking.uuid == uuid, CarpoolBooking.erased_at.is_(None)
        )
    )


@retried
def set_status(*, operator: CarpoolOperator, uuid: str, status: BookingStatus, message: str, now: datetime) -> None:
    """Take what the other service says of a booking. Raises Missing, AlreadySet, BadQuestion."""
    with transaction():
        booking = _find(operator.id, uuid)
        if booking is None:
            raise Missing("missing_booking")
        booking = lock(CarpoolBooking, booking.id)
        if booking.status is status:
            raise AlreadySet("status_already_set")
        if not may_follow(booking.status, status, ours=False):
            raise BadQuestion(f"status: {status.value} does not follow {booking.status.value}.")
        booking.status, booking.updated_at, booking.to_tell = status, now, False
        member = load(CarpoolMember, booking.member_id)
        if message:
            sender = booking.content[_other(booking.our_side)]
            _keep_message(operator, member, sender, message, booking.our_side, booking.id, now)
        telling.tell_change(booking, member, operator, now=now)


def _other(side: Side) -> str:
    return (Side.PASSENGER if side is Side.DRIVER else Side.DRIVER).value


@retried
def post_event(*, operator: CarpoolOperator, body: Mapping[str, Any], now: datetime) -> None:
    """Take what another service tells of a booking that it began with us. Raises BadQuestion.

    We hand out no ID tokens (the standard's « Connect »), so an event says nothing more than its booking's status.
    """
    data = body["data"]
    if _find(operator.id, data["id"].lower()) is None:
        raise BadQuestion("missing_booking")
    try:
        set_status(operator=operator, uuid=data["id"].lower(), status=data["status"], message="", now=now)
    except AlreadySet:
        return


@retried
def post_message(*, operator: CarpoolOperator, body: Mapping[str, Any], domain: str, now: datetime) -> None:
    """Keep a message to one of our members, and tell them. Raises BadQuestion, Missing."""
    if body["sender"]["operator"].lower() != operator.domain:
        raise BadQuestion("from.operator: expected your own.")
    if body["to"]["operator"].lower() != domain:
        raise Missing("missing_user")
    side = Side(body["recipientCarpoolerType"].lower())
    with transaction():
        booking = None
        if "bookingId" in body:
            booking = _find(operator.id, body["bookingId"])
            if booking is None:
                raise Missing("missing_booking")
        member = queries.find_member(body["to"]["id"], side)
        if member is None or (booking is not None and booking.member_id != member.id):
            raise Missing("missing_user")
        text = body.get(f"{side.value}JourneyId")
        if text is not None:
            key = read_journey_id(text)
            if key is None or key.member != member.public_id or not queries.makes(key):
                raise Missing("missing_journey")
        booking_id = booking.id if booking else None
        kept = _keep_message(operator, member, body["sender"], body["message"], side, booking_id, now)
        telling.tell_message(kept, member, operator, now=now)


def _keep_message(
    operator: CarpoolOperator,
    member: CarpoolMember,
    sender: Mapping[str, Any],
    text: str,
    side: Side,
    booking_id: int | None,
    now: datetime,
) -> CarpoolMessage:
    message = CarpoolMessage(
        operator_id=operator.id, member_id=member.id, booking_id=booking_id, from_id=sender["id"],
        from_alias=sender["alias"], our_side=side, text=text, at=now,
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    return message


@retried
def answer(*, booking_id: int, accepts: bool, actor_id: int | None, now: datetime) -> BookingStatus:
    """Say yes or no for our member; the other service is told by the job ``carpool_tell_operators``.

    ``actor_id`` None: the member themselves, by their link. Raises BookingOver, NoSeatLeft, NotFound.
    """
    wanted = BookingStatus.CONFIRMED if accepts else BookingStatus.CANCELLED
    with transaction():
        booking = lock(CarpoolBooking, booking_id)
        if booking.erased_at is not None:
            raise NotFound("carpool_booking")
        if booking.status is wanted:
            return wanted
        if booking.pickup_at <= now or not may_follow(booking.status, wanted, ours=True):
            raise BookingOver
        if accepts and booking.our_side is Side.DRIVER and booking.offer_id is not None:
            # Two answers at once would both find the last seat free.
            lock(CarpoolOffer, booking.offer_id)
            if not _has_seat(booking):
                raise NoSeatLeft
        before, booking.status, booking.updated_at = booking.status, wanted, now
        booking.to_tell, booking.tell_at, booking.tries = True, now, 0
        record(
            actor_id=actor_id, action="carpool.booking_answered", subject_kind="carpool_booking", subject_id=booking.id,
            now=now, person_id=load(CarpoolMember, booking.member_id).person_id,
            changes={"status": (before.value, wanted.value)},
        )  # fmt: skip
        return wanted


def _has_seat(booking: CarpoolBooking) -> bool:
    offer = load(CarpoolOffer, booking.offer_id or 0)
    if booking.shift_on is None or booking.direction is None:
        return True
    trip_seats = db.session.scalar(
        select(CarpoolTrip.seats).where(
            CarpoolTrip.offer_id == offer.id,
            CarpoolTrip.shift_on == booking.shift_on,
            CarpoolTrip.direction == booking.direction,
        )
    )
    taken = queries.seats_taken(offer.id, booking.shift_on, booking.direction)
    return taken < (offer.seats if trip_seats is None else trip_seats)
