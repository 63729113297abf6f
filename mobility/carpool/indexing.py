"""Offers in the detour index: one trip for each direction in which an offer has a way in the coming eight weeks.

Every day of an offer takes the same roads, so one trip answers for all of them: which days two people share is compared
afterwards, with those alone whom the roads leave. A trip's key says which offer and which direction it stands for.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from mobility.carpool import candidates, index
from mobility.carpool.candidates import Candidate
from mobility.carpool.days import DayLeg
from mobility.carpool.errors import TripsNotReady
from mobility.carpool.hooks import JourneyTold
from mobility.carpool.kinds import JourneyAction, Side
from mobility.carpool.models import IndexedTrip
from mobility.carpool.search import Traveller, stops_of
from mobility.carpool.services.trips_index import OfferedTrip, drop_trips, put_trips
from mobility.core.clock import day_of
from mobility.core.db import end_read, transaction
from mobility.core.retry import retried
from mobility.geo import engines
from mobility.geo.errors import Unreachable
from mobility.pathway.rules import Direction

if TYPE_CHECKING:  # a heavy library: the application starts without it
    from mobility.geo.travel.local import LocalEngine

_PER_OFFER = 2


def key_of(offer_id: int, direction: Direction) -> int:
    """Return the key of an offer's way in one direction."""
    return offer_id * _PER_OFFER + (direction is Direction.BACK)


def read_key(key: int) -> tuple[int, Direction]:
    """Return the offer and the direction that a key stands for."""
    offer_id, back = divmod(key, _PER_OFFER)
    return offer_id, Direction.BACK if back else Direction.THERE


def keys_of(offer_id: int) -> tuple[int, int]:
    """Return the lowest key of an offer and the lowest of the next one."""
    return offer_id * _PER_OFFER, (offer_id + 1) * _PER_OFFER


def drop_offer(*, offer_id: int, now: datetime) -> int:
    """Take an offer out of the index; return how many trips were there.

    Joins the transaction, which from here on holds off other writers of trips: call it last.
    """
    first, beyond = keys_of(offer_id)
    with transaction() as session:
        known = session.scalars(
            select(IndexedTrip.key).where(
                IndexedTrip.key >= first, IndexedTrip.key < beyond, IndexedTrip.dropped_at.is_(None)
            )
        ).all()
        return drop_trips(keys=known, now=now) if known else 0


def follow(told: JourneyTold) -> None:
    """Take an offer that was paused or closed out of the index, in the same transaction; the job puts in what is new."""
    if told.side is Side.OFFER and told.action in {JourneyAction.PAUSE, JourneyAction.CLOSE}:
        drop_offer(offer_id=told.journey_id, now=told.now)


def index_offers(*, offer_ids: Sequence[int], now: datetime) -> int:
    """Bring the index up to what these offers say now; return how many trips changed. A transaction each."""
    today = day_of(now)
    open_now = {one.row.id: one for one in candidates.open_offers(today, ids=offer_ids)}
    trips = {offer_id: trips_of(open_now[offer_id]) for offer_id in offer_ids if offer_id in open_now}
    end_read()
    return sum(_write(offer_id, trips.get(offer_id, []), now=now) for offer_id in offer_ids)


def trips_of(offer: Candidate) -> list[OfferedTrip]:
    """Return the trips of an offer, none where its ends lie away from all roads.

    A trip departs with the last way that is known, so that it stands as long as there is one to come.
    """
    seconds = alone_seconds(engines.local(), offer)
    last = {leg.direction: leg for leg in offer.traveller.legs if leg.direction in seconds}
    return [
        OfferedTrip(
            key=key_of(offer.row.id, direction),
            origin=offer.traveller.ends(direction)[0],
            destination=offer.traveller.ends(direction)[1],
            depart_at=departs_at(leg, seconds[direction]),
            max_detour_seconds=offer.traveller.reach,
            seats=offer.seats,
        )
        for direction, leg in last.items()
    ]


def departs_at(leg: DayLeg, alone: int) -> datetime:
    """Return when a driver leaves who is on time there, or leaves at once back."""
    return leg.latest - timedelta(seconds=alone) if leg.direction is Direction.THERE else leg.earliest


def alone_seconds(engine: LocalEngine, offer: Candidate) -> dict[Direction, int]:
    """Return the seconds of the driver's own way, for the directions along which a road leads."""
    import numpy as np

    from mobility.carpool.rules.facts import NO_ROAD

    nodes, near = engine.reach(np.array([offer.traveller.home, offer.traveller.away], dtype=np.float64))
    if not near.all():
        return {}
    table = engine.engine.matrix(nodes, nodes)
    both = {Direction.THERE: int(table[0, 1]), Direction.BACK: int(table[1, 0])}
    return {direction: seconds for direction, seconds in both.items() if seconds != NO_ROAD}


@retried
def _write(offer_id: int, trips: Sequence[OfferedTrip], *, now: datetime) -> int:
    first, beyond = keys_of(offer_id)
    wanted = {trip.key for trip in trips}
    with transaction() as session:
        known = set(
            session.scalars(
                select(IndexedTrip.key).where(
                    IndexedTrip.key >= first, IndexedTrip.key < beyond, IndexedTrip.dropped_at.is_(None)
                )
            )
        )
        changed = put_trips(trips=trips) if trips else 0
        gone = sorted(known - wanted)
        return changed + (drop_trips(keys=gone, now=now) if gone else 0)


def offers_near(rider: Traveller) -> set[int] | None:
    """Return the offers of which some trip bears the detour from one of the passenger's stops to another.

    Exact: a driver who is in the index and could take the passenger is among them. None where the index is not ready;
    it is then every offer that has to be asked.
    """
    try:
        trips = index.local().catch_up()
    except TripsNotReady:
        return None
    found: set[int] = set()
    for direction in Direction:
        stops = stops_of(trips.engine, rider, direction) if rider.legs_of(direction) else None
        for pickup, dropoff in itertools.product(*stops) if stops else ():
            try:
                keys = trips.detours(pickup.at, dropoff.at).key
            except Unreachable:
                continue
            found.update((keys // _PER_OFFER).tolist())
    return found
