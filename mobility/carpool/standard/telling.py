"""What our members are told of other services: who asks for a place, who takes it back, who writes."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.carpool.models import CarpoolBooking, CarpoolMember, CarpoolMessage, CarpoolOperator
from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.states import Side
from mobility.core import links
from mobility.core.clock import format_instant
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.notifications.templates import declare

PURPOSE = "carpool_booking"
URGENT_WITHIN = timedelta(hours=24)
_LINK = "https://mobilite.example/covoiturage/r/eyJwIjp7ImEiOjF9LCJlIjoxfQ.abcdefghijklmnop"

ASKED = declare(
    "carpool_outside_booking",
    "Covoiturage : une demande d’un autre service",
    {"service": "Blue Covoit", "drives": True, "when": "mardi 24 novembre à 4 h 45", "link": _LINK},
    neutral="neutral_link",
)
CHANGED = declare(
    "carpool_outside_change",
    "Covoiturage : un autre service annule",
    {"service": "Blue Covoit", "when": "mardi 24 novembre à 4 h 45"},
)
WRITTEN = declare(
    "carpool_outside_message",
    "Covoiturage : un message d’un autre service",
    {"service": "Blue Covoit", "alias": "Ana P.", "text": "Bonjour, partez-vous bien de la gare ?"},
)


def tell_booking(booking: CarpoolBooking, member: CarpoolMember, operator: CarpoolOperator, *, now: datetime) -> None:
    """Tell our member that somebody of another service asks to ride along, or offers to drive."""
    token = links.sign(PURPOSE, {"b": booking.id}, now=now, lifetime=booking.pickup_at - now)
    notifications.queue(
        recipient_id=member.recipient_id,
        person_id=member.person_id,
        template=ASKED.name,
        params={
            "service": operator.name,
            "drives": booking.our_side is Side.DRIVER,
            "when": format_instant(booking.pickup_at),
            "link": links.public_url("carpool_links.outside_booking", token=token),
        },
        message_class=_class(booking, now),
        dedup_key=f"carpool_booking:{booking.id}:asked",
        now=now,
        expires_at=booking.pickup_at,
    )


def tell_change(booking: CarpoolBooking, member: CarpoolMember, operator: CarpoolOperator, *, now: datetime) -> None:
    """Tell our member that the other side took the booking back; that a journey was made needs no word."""
    if booking.status is not BookingStatus.CANCELLED or booking.pickup_at <= now:
        return
    notifications.queue(
        recipient_id=member.recipient_id,
        person_id=member.person_id,
        template=CHANGED.name,
        params={"service": operator.name, "when": format_instant(booking.pickup_at)},
        message_class=_class(booking, now),
        dedup_key=f"carpool_booking:{booking.id}:cancelled",
        now=now,
        expires_at=booking.pickup_at,
    )


def tell_message(message: CarpoolMessage, member: CarpoolMember, operator: CarpoolOperator, *, now: datetime) -> None:
    """Bring our member what somebody of another service writes; an SMS only says that there is something."""
    notifications.queue(
        recipient_id=member.recipient_id,
        person_id=member.person_id,
        template=WRITTEN.name,
        params={"service": operator.name, "alias": message.from_alias, "text": message.text},
        message_class=MessageClass.NORMAL,
        dedup_key=f"carpool_message:{message.id}",
        now=now,
    )


def _class(booking: CarpoolBooking, now: datetime) -> MessageClass:
    return MessageClass.URGENT if booking.pickup_at - now < URGENT_WITHIN else MessageClass.NORMAL
