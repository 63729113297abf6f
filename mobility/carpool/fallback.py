"""What could carry a passenger whose driver does not come: another driver, then whatever the pathway's aids answer. Reads."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, has_request_context
from sqlalchemy import func, select

from mobility.carpool import words
from mobility.carpool.kinds import LIVING_STATES, JourneyState, MemberState, RideState, TripState
from mobility.carpool.models import (
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.rules.ways import way_of
from mobility.carpool.services.planning import shared_legs
from mobility.carpool.services.steps import AID_KIND
from mobility.core.db import db, load
from mobility.pathway import fallbacks
from mobility.pathway.coverage import LegKey

# So many are shown: a person in the street at four in the morning chooses between few.
MOST = 3


@dataclass(frozen=True)
class Instead:
    """One thing to do instead: a sentence, and the match that is meant where it is another driver."""

    text: str
    match_id: int | None = None


def chain(ride: CarpoolRide, *, now: datetime) -> list[Instead]:
    """Return what could carry a passenger on the day and way of a ride: other drivers, then aids, the soonest first."""
    match = load(CarpoolMatch, ride.match_id)
    request = load(CarpoolRequest, match.request_id)
    found = _drivers(request, ride, without_offer=match.offer_id, now=now)
    if request.objective_id is not None:
        found += _aids(request, [LegKey(request.objective_id, ride.shift_on, ride.direction)], now)
    return found[:MOST]


def said(found: Sequence[Instead]) -> str:
    """Return the first answer as a message says it; nothing where there is none."""
    return found[0].text if found else ""


def _drivers(request: CarpoolRequest, ride: CarpoolRide, *, without_offer: int, now: datetime) -> list[Instead]:
    """Return the other drivers of the request's matches who make that way that day and have a seat left."""
    others = db.session.execute(
        select(CarpoolMatch, CarpoolOffer, CarpoolMember)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolOffer.member_id)
        .where(
            CarpoolMatch.request_id == request.id,
            CarpoolMatch.state.in_(LIVING_STATES),
            CarpoolMatch.offer_id != without_offer,
            CarpoolOffer.state == JourneyState.OPEN,
            CarpoolMember.state == MemberState.ACTIVE,
        )
        .order_by(CarpoolMatch.id)
    ).all()
    day = timedelta(days=1)
    found: list[tuple[datetime, Instead]] = []
    for match, offer, member in others:
        for leg in shared_legs(match, first_on=ride.shift_on - day, last_on=ride.shift_on + day):
            way = way_of(match.legs, ride.direction)
            if (leg.asked.shift_on, leg.asked.direction) != (ride.shift_on, ride.direction) or way is None:
                continue
            pickup_at, _dropoff_at = way.times(leg.asked.at)
            if pickup_at <= now or _taken(offer, leg.offered.shift_on, ride) + request.seats > offer.seats:
                continue
            who = driver_words(member)
            text = f"{who} peut vous emmener et passe {words.about(int(pickup_at.timestamp()))}"
            found.append((pickup_at, Instead(text, match.id)))
    return [instead for _at, instead in sorted(found, key=lambda pair: (pair[0], pair[1].match_id or 0))]


def driver_words(member: CarpoolMember) -> str:
    """Return « Une conductrice », « Un conducteur », or « Une personne » where nothing was said."""
    if member.is_woman is None:
        return "Une personne"
    return "Une conductrice" if member.is_woman else "Un conducteur"


def _taken(offer: CarpoolOffer, shift_on: object, ride: CarpoolRide) -> int:
    """Return the seats that are taken in another car, or all of them where it does not go."""
    trip = db.session.execute(
        select(CarpoolTrip.id, CarpoolTrip.state).where(
            CarpoolTrip.offer_id == offer.id,
            CarpoolTrip.shift_on == shift_on,
            CarpoolTrip.direction == ride.direction,
        )
    ).one_or_none()
    if trip is None:
        return 0
    if trip.state is not TripState.PLANNED:
        return offer.seats
    return (
        db.session.scalar(
            select(func.coalesce(func.sum(CarpoolRide.seats), 0)).where(
                CarpoolRide.trip_id == trip.id, CarpoolRide.state == RideState.PLANNED
            )
        )
        or 0
    )


def _aids(request: CarpoolRequest, legs: Sequence[LegKey], now: datetime) -> list[Instead]:
    """Return what the aids of the pathway could carry of these legs: a shuttle, a loan."""
    member = load(CarpoolMember, request.member_id)
    if member.person_id is None or request.objective_id is None:
        return []
    # Aids give the addresses of their pages, which only a request can.
    with nullcontext() if has_request_context() else current_app.test_request_context():
        offers = fallbacks.all_offers(member.person_id, request.objective_id, legs, now=now)
    return [
        Instead(offer.label)
        for offer in offers
        if offer.possible and offer.kind != AID_KIND and offer.covers & set(legs)
    ]
