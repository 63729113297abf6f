"""« ANNULER », answered to one of our SMS: the next day of travel falls through, and whoever counts on it is told."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import select

from mobility.carpool import agreed
from mobility.carpool.errors import DayOver
from mobility.carpool.messages import NEWS
from mobility.carpool.models import CarpoolMember, CarpoolRide
from mobility.carpool.services import cancelling, telling
from mobility.carpool.states import Side
from mobility.core.clock import format_date
from mobility.core.db import db, load
from mobility.core.errors import ForbiddenTransition
from mobility.notifications.hooks import Reply
from mobility.notifications.kinds import InboundKind

# Further off, nobody answers an SMS about it: the adviser calls back.
WITHIN = timedelta(hours=60)
_CANCEL = re.compile(r"\W*annul(?:er|e|ez)?\b\W*", re.IGNORECASE)


def is_cancel(text: str) -> bool:
    """Tell whether the whole answer is the word that calls a day off."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text[:100]) if not unicodedata.combining(c))
    return _CANCEL.fullmatch(plain) is not None


def take(reply: Reply) -> None:
    """Call off the next day of travel of whoever answers so; a phone that several travellers share is left to the desk."""
    if reply.kind is not InboundKind.REPLY or not is_cancel(reply.text):
        return
    members = db.session.scalars(
        select(CarpoolMember).where(
            CarpoolMember.recipient_id.in_(reply.recipient_ids), CarpoolMember.erased_at.is_(None)
        )
    ).all()
    now = reply.received_at
    travelling = [(member, card) for member in members if (card := _next(member.id, now)) is not None]
    if len(travelling) != 1:
        return
    member, card = travelling[0]
    call_off(card.ride.id, card.side, whole_day=True, actor_id=None, now=now)
    day = format_date(card.ride.shift_on)
    telling.tell(
        member.id,
        NEWS,
        {"what": f"C’est noté : vos trajets de {day} sont annulés. Les autres personnes sont prévenues."},
        path="/trajets",
        key=f"reply:{reply.inbound_id}",
        now=now,
        urgent=True,
    )


def _next(member_id: int, now: datetime) -> agreed.RideCard | None:
    cards = agreed.list_rides([member_id], from_at=now, until_at=now + WITHIN)
    return next((card for card in cards if card.may_cancel(now)), None)


def look_ahead(ride_id: int, side: Side, *, whole_day: bool, now: datetime) -> cancelling.Others:
    """Look for who else could take the passengers of a driver who is about to call off, before anything is held."""
    if side is Side.PASSENGER:
        return {}
    first = load(CarpoolRide, ride_id)
    others = agreed.other_way(first, side=side, after=now) if whole_day else []
    return cancelling.seek_others(trip_ids=[ride.trip_id for ride in (first, *others)], now=now)


def call_off(
    ride_id: int,
    side: Side,
    *,
    whole_day: bool,
    actor_id: int | None,
    now: datetime,
    others: cancelling.Others | None = None,
) -> int:
    """Cancel a way of a day (the driver: for everybody), or what is left of the day. Returns how many ways.

    ``others``: what ``look_ahead`` found. Raises DayOver, ForbiddenTransition, NotFound, for the way that is asked; what else of the day is gone is left out.
    """
    first = load(CarpoolRide, ride_id)
    rest = agreed.other_way(first, side=side, after=now) if whole_day else []
    targets = [ride.trip_id if side is Side.DRIVER else ride.id for ride in (first, *rest)]
    cancel(targets[0], side, actor_id=actor_id, now=now, others=others)
    done = 1
    for target in targets[1:]:
        try:
            cancel(target, side, actor_id=actor_id, now=now, others=others)
        except (DayOver, ForbiddenTransition):
            continue
        done += 1
    return done


def cancel(
    target: int, side: Side, *, actor_id: int | None, now: datetime, others: cancelling.Others | None = None
) -> None:
    """Cancel a trip (the driver's) or a place (the passenger's)."""
    if side is Side.DRIVER:
        cancelling.cancel_trip(trip_id=target, actor_id=actor_id, now=now, others=others)
    else:
        cancelling.cancel_ride(ride_id=target, actor_id=actor_id, now=now)
