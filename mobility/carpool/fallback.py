"""What could carry a passenger whose driver does not come: another driver, then whatever the pathway's aids answer. Reads."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, has_request_context
from sqlalchemy import select

from mobility.carpool import words
from mobility.carpool.kinds import AGREED_STATES, LIVING_STATES, JourneyState, MatchState, MemberState
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest, CarpoolRide
from mobility.carpool.rules.ways import way_of
from mobility.carpool.services.planning import shared_legs
from mobility.carpool.services.steps import AID_KIND
from mobility.core.db import db, load
from mobility.pathway import fallbacks
from mobility.pathway.coverage import LegKey

# A person in the street at four in the morning chooses between few.
MOST_AIDS = 2


@dataclass(frozen=True)
class Instead:
    """One thing to do instead: a sentence, and the match that is meant where it is another driver."""

    text: str
    match_id: int | None = None


def chain(ride: CarpoolRide, *, now: datetime) -> list[Instead]:
    """Return what could carry a passenger on the day and way of a ride: other drivers first, then aids.

    The drivers are those who were found for that very day (``services.replacing``).
    """
    return drivers_of(ride, now=now) + aids_of(ride, now=now)


def said(found: Sequence[Instead]) -> str:
    """Return the first answer as a message says it; nothing where there is none."""
    return found[0].text if found else ""


def drivers_of(ride: CarpoolRide, *, now: datetime) -> list[Instead]:
    """Return the drivers who were found for the day and way of a ride, whoever has agreed first."""
    request_id = load(CarpoolMatch, ride.match_id).request_id
    others = db.session.execute(
        select(CarpoolMatch, CarpoolMember.is_woman)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolOffer.member_id)
        .where(
            CarpoolMatch.request_id == request_id,
            CarpoolMatch.only_on == ride.shift_on,
            CarpoolMatch.state.in_(LIVING_STATES),
            CarpoolOffer.state == JourneyState.OPEN,
            CarpoolMember.state == MemberState.ACTIVE,
        )
        .order_by(CarpoolMatch.id)
    ).all()
    found: list[tuple[tuple[bool, int], Instead]] = []
    for match, is_woman in others:
        way = way_of(match.legs, ride.direction)
        for leg in shared_legs(match, first_on=ride.shift_on, last_on=ride.shift_on):
            if way is None or leg.asked.direction is not ride.direction:
                continue
            pickup_at, _dropoff_at = way.times(leg.asked.at)
            if pickup_at > now:
                text = words.standin_sentence(match.legs[ride.direction.value], pickup_at, is_woman=is_woman)
                order = (match.state not in AGREED_STATES, match.score.get("total", 0))
                found.append((order, Instead(text + _answer(match.state), match.id)))
    return [instead for _order, instead in sorted(found, key=lambda pair: (pair[0], pair[1].match_id or 0))]


def _answer(state: MatchState) -> str:
    """Return what has been answered so far."""
    if state in AGREED_STATES:
        return " : c’est d’accord"
    return " : nous attendons sa réponse" if state is MatchState.PASSENGER_AGREED else ""


def aids_of(ride: CarpoolRide, *, now: datetime) -> list[Instead]:
    """Return what the aids of the pathway could carry of the way of a ride: a shuttle, a loan."""
    request = load(CarpoolRequest, load(CarpoolMatch, ride.match_id).request_id)
    member = load(CarpoolMember, request.member_id)
    if member.person_id is None or request.objective_id is None:
        return []
    legs = [LegKey(request.objective_id, ride.shift_on, ride.direction)]
    # Aids give the addresses of their pages, which only a request can.
    with nullcontext() if has_request_context() else current_app.test_request_context():
        offers = fallbacks.all_offers(member.person_id, request.objective_id, legs, now=now)
    found = [
        Instead(offer.label)
        for offer in offers
        if offer.possible and offer.kind != AID_KIND and offer.covers & set(legs)
    ]
    return found[:MOST_AIDS]
