"""Somebody else for one day: when a driver does not come, everybody who makes that way that day is looked for anew.

What is found is proposed for that day alone (``CarpoolMatch.only_on``): the carpool that fell through once goes on as it
was agreed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from mobility.carpool import candidates, parameters, words
from mobility.carpool.booked import booked_seats
from mobility.carpool.candidates import Candidate
from mobility.carpool.kinds import LIVING_STATES, JourneyState, MatchState, RideState, TripState
from mobility.carpool.messages import NEWS
from mobility.carpool.models import (
    CarpoolEvent,
    CarpoolMatch,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.proposals import Metres, Proposal, proposal_of, ranked
from mobility.carpool.rules.fitting import against
from mobility.carpool.rules.ways import way_of
from mobility.carpool.search import Traveller, find
from mobility.carpool.services import telling
from mobility.carpool.services.matching import offers_to_ask
from mobility.carpool.spoken import Names
from mobility.carpool.states import MatchAction, Side
from mobility.core.clock import day_of, format_instant
from mobility.core.db import db, end_read, load, lock, transaction
from mobility.core.jobs import stopping
from mobility.core.retry import retried
from mobility.geo import engines
from mobility.pathway.rules import Direction

# A person in the street at four in the morning chooses between few.
MOST = 2
# New offers come in the meantime: who has nobody yet is looked for again so often, for the days that are near.
AGAIN = timedelta(minutes=30)
NEAR = timedelta(hours=60)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standin:
    """A driver who could take a passenger on one way of one day."""

    proposal: Proposal
    pickup_at: datetime
    is_woman: bool | None

    @property
    def text(self) -> str:
        """« Une conductrice peut vous emmener, passe vers 4 h 20 près de Raismes »; no name, no address."""
        leg = next(iter(self.proposal.legs.values()))
        return words.standin_sentence(leg, self.pickup_at, is_woman=self.is_woman)


def seek(*, ride_id: int, now: datetime) -> list[Standin]:
    """Look for whoever could take a passenger on the way and day of a ride, the best first; nothing is written.

    The driver who called it off is left out with all they offer, as is whoever one of the two has said no to.
    """
    ride = load(CarpoolRide, ride_id)
    match = load(CarpoolMatch, ride.match_id)
    rider = _rider(match.request_id, ride, day_of(now))
    if rider is None or ride.pickup_at <= now:
        return []
    day, direction = ride.shift_on, ride.direction
    gone = load(CarpoolOffer, match.offer_id).member_id
    blocked, refused = candidates.apart(), _refused(match.request_id, day)
    offers = {
        one.row.id: one
        for one in candidates.open_offers(day_of(now), ids=offers_to_ask([rider], match.request_id))
        if one.member.id != gone and one.row.id not in refused and not against(one.party, rider.party, blocked)
    }
    drivers = [
        _on_day(one.traveller, first_on=day - _DAY, last_on=day + _DAY, direction=direction) for one in offers.values()
    ]
    drivers = [one for one in drivers if one.legs]
    if not drivers:
        return []
    engine = engines.local()
    trust = candidates.trust_of({one.member.id for one in offers.values()})
    found = []
    metres, names = Metres(engine), Names(engine.network, parameters.naming(on=day_of(now)))
    ranking = parameters.ranking(on=day_of(now), desk_id=rider.row.desk_id)
    for fit in find(engine, rider.traveller, drivers, ranking):
        offer = offers[fit.driver]
        proposal = proposal_of(
            metres, names, ranked(metres, fit, offer, rider, trust[offer.member.id], ranking.measures), rider
        )
        way, [pair] = way_of(proposal.legs, direction), fit.ways[direction].held
        if way is None or _taken(offer, pair.offered.shift_on, direction) + rider.seats > offer.seats:
            continue
        pickup_at, _dropoff_at = way.times(pair.asked.at)
        if pickup_at > now:
            found.append(Standin(proposal, pickup_at, offer.member.is_woman))
    return sorted(found, key=lambda one: (one.proposal.rank.total, one.proposal.offer_id))[:MOST]


def _rider(request_id: int, ride: CarpoolRide, today: date) -> Candidate | None:
    """Return who asks, with the one way of the one day; None where they cannot be proposed to anybody."""
    found = candidates.open_requests(today, ids=[request_id])
    if not found:
        return None
    traveller = _on_day(found[0].traveller, first_on=ride.shift_on, last_on=ride.shift_on, direction=ride.direction)
    return replace(found[0], traveller=traveller) if traveller.legs else None


def _on_day(traveller: Traveller, *, first_on: date, last_on: date, direction: Direction) -> Traveller:
    legs = tuple(leg for leg in traveller.legs if leg.direction is direction and first_on <= leg.shift_on <= last_on)
    return replace(traveller, legs=legs)


def _refused(request_id: int, day: date) -> set[int]:
    """Return the offers that one of the two has said no to, for good or for that day."""
    return set(
        db.session.scalars(
            select(CarpoolMatch.offer_id).where(
                CarpoolMatch.request_id == request_id,
                CarpoolMatch.state.in_((MatchState.REFUSED, MatchState.ENDED)),
                or_(CarpoolMatch.only_on.is_(None), CarpoolMatch.only_on == day),
            )
        )
    )


def _taken(offer: Candidate, shift_on: date, direction: Direction) -> int:
    """Return the seats that are taken in a car, or all of them where it does not go."""
    trip = db.session.execute(
        select(CarpoolTrip.id, CarpoolTrip.state).where(
            CarpoolTrip.offer_id == offer.row.id,
            CarpoolTrip.shift_on == shift_on,
            CarpoolTrip.direction == direction,
        )
    ).one_or_none()
    booked = booked_seats([offer.row.id], first_on=shift_on, last_on=shift_on)[offer.row.id, shift_on, direction]
    if trip is None:
        return booked
    if trip.state is not TripState.PLANNED:
        return offer.seats
    held = select(func.coalesce(func.sum(CarpoolRide.seats), 0)).where(
        CarpoolRide.trip_id == trip.id, CarpoolRide.state == RideState.PLANNED
    )
    return booked + (db.session.scalar(held) or 0)


@retried
def write(*, ride_id: int, found: Sequence[Standin], now: datetime) -> list[int]:
    """Propose what ``seek`` found, for that day alone; return the ids of the matches that are new to the passenger."""
    with transaction() as session:
        ride = lock(CarpoolRide, ride_id)
        request = lock(CarpoolRequest, load(CarpoolMatch, ride.match_id).request_id)
        ride.sought_at = now
        if ride.state is not RideState.CANCELLED_BY_DRIVER or request.state is not JourneyState.OPEN:
            return []
        living = {
            row.offer_id: row
            for row in session.scalars(
                select(CarpoolMatch).where(
                    CarpoolMatch.request_id == request.id,
                    CarpoolMatch.only_on == ride.shift_on,
                    CarpoolMatch.state.in_(LIVING_STATES),
                )
            )
        }
        new = []
        for one in found:
            row = living.get(one.proposal.offer_id)
            if row is None:
                new.append(_propose(session, one.proposal, ride.shift_on, now))
            elif row.state is MatchState.PROPOSED and not set(one.proposal.legs) <= set(row.legs):
                # The other way of the same day, by the same car.
                row.legs = {**row.legs, **one.proposal.legs}
                row.there, row.back = row.there or one.proposal.there, row.back or one.proposal.back
                new.append(row.id)
        return new


def _propose(session: Session, proposal: Proposal, only_on: date, now: datetime) -> int:
    row = CarpoolMatch(
        **proposal.columns(),
        offer_id=proposal.offer_id,
        request_id=proposal.request_id,
        only_on=only_on,
        state=MatchState.PROPOSED,
        proposed_at=now,
    )
    session.add(row)
    session.flush()
    session.add(
        CarpoolEvent(match_id=row.id, at=now, action=MatchAction.PROPOSE.value, to_state=MatchState.PROPOSED.value)
    )
    return row.id


def look_for(*, ride_id: int, now: datetime, tell: bool = True) -> int:
    """Look for somebody else for a ride that fell through; the passenger hears of it. Returns how many are new."""
    found = seek(ride_id=ride_id, now=now)
    end_read()
    new = write(ride_id=ride_id, found=found, now=now)
    if new and tell:
        _tell(ride_id, found[0], now)
    return len(new)


def _tell(ride_id: int, best: Standin, now: datetime) -> None:
    with transaction():
        ride = load(CarpoolRide, ride_id)
        telling.tell(
            telling.side_ids(load(CarpoolMatch, ride.match_id))[Side.PASSENGER],
            NEWS,
            {"what": f"Pour votre trajet annulé, {format_instant(ride.pickup_at)} : {best.text}."},
            path=telling.ride_path(ride_id),
            key=f"ride:{ride_id}:instead:{best.proposal.offer_id}",
            now=now,
            urgent=ride.pickup_at - now <= telling.SOON,
            expires_at=ride.pickup_at,
        )


def look_again(*, now: datetime) -> dict[str, int]:
    """Look for somebody else for each ride that fell through and has nobody yet: at once, then every half hour."""
    counts = {"looked": 0, "found": 0}
    for ride_id in _due(now):
        if stopping():
            break
        counts["looked"] += 1
        counts["found"] += look_for(ride_id=ride_id, now=now)
    return counts


def _due(now: datetime) -> Collection[int]:
    waits: ColumnElement[bool] = or_(CarpoolRide.sought_at.is_(None), CarpoolRide.sought_at < now - AGAIN)
    other = aliased(CarpoolMatch)
    instead = exists().where(
        other.request_id == CarpoolRequest.id, other.only_on == CarpoolRide.shift_on, other.state.in_(LIVING_STATES)
    )
    found = db.session.scalars(
        select(CarpoolRide.id)
        .join(CarpoolMatch, CarpoolMatch.id == CarpoolRide.match_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .where(
            CarpoolRide.state == RideState.CANCELLED_BY_DRIVER,
            CarpoolRide.told_at.is_not(None),
            CarpoolRide.pickup_at.between(now, now + NEAR),
            CarpoolRequest.state == JourneyState.OPEN,
            waits,
            ~instead | CarpoolRide.sought_at.is_(None),
        )
        .order_by(CarpoolRide.pickup_at, CarpoolRide.id)
        .limit(100)
    ).all()
    end_read()
    return found
