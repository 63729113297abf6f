"""Everybody who travels to one site on a day, and the best set of crews for them, on our own roads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import select

from mobility.carpool import candidates, parameters
from mobility.carpool.candidates import Candidate
from mobility.carpool.crewing import UNREACHABLE, Crew, Crews, Site, Traveller, best
from mobility.carpool.days import WEEKS_AHEAD, DayLeg
from mobility.carpool.models import CarpoolHub, CarpoolOffer, CarpoolRequest
from mobility.carpool.rules.fitting import Against, against
from mobility.core.clock import day_of, now
from mobility.core.db import db
from mobility.geo import engines, maps
from mobility.geo.distance import Position
from mobility.geo.errors import TooFarFromRoad, Unreachable
from mobility.geo.maps import MapView
from mobility.pathway.rules import Direction

if TYPE_CHECKING:
    from mobility.geo.travel.local import LocalEngine

MAP_KM = 15
# Some hundred metres: a map on a screen of an office shows no door.
COARSE = 3
# Two people who cannot share a car whoever drives.
_NEVER = {Against.APART, Against.WOMEN_ONLY}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the day: their member, where they set out (longitude, latitude), and their hours."""

    member_id: int
    home: tuple[float, float]
    drives: bool
    there: DayLeg | None
    back: DayLeg | None


@dataclass(frozen=True, slots=True)
class SiteDay:
    """A day of a site. ``lost``: members whose home no road reaches. ``cars_now``: everybody with a car drives alone."""

    hub: CarpoolHub
    day: date
    people: list[Person]
    lost: int
    crews: Crews
    cars_now: int

    @property
    def saved(self) -> int:
        """Return how many cars stay at home."""
        return max(0, self.cars_now - self.crews.cars)

    def person(self, number: int) -> Person:
        """Return who a number of the crews is."""
        return self.people[number]


def days_of(hub: CarpoolHub, *, today: date) -> dict[date, int]:
    """Return how many people travel to the site on each day that comes, days without anybody left out (ten queries)."""
    counts: dict[date, set[int]] = {}
    for one in _standing(hub, today):
        for leg in one.traveller.legs:
            if today <= leg.shift_on < today + timedelta(weeks=WEEKS_AHEAD):
                counts.setdefault(leg.shift_on, set()).add(one.member.id)
    return {day: len(members) for day, members in sorted(counts.items())}


def _standing(hub: CarpoolHub, today: date) -> list[Candidate]:
    """Return offers first, then requests, of the site; protected files are in neither."""
    ids = [
        list(db.session.scalars(select(model.id).where(model.hub_id == hub.id)))
        for model in (CarpoolOffer, CarpoolRequest)
    ]
    return [
        *(candidates.open_offers(today, ids=ids[0]) if ids[0] else []),
        *(candidates.open_requests(today, ids=ids[1]) if ids[1] else []),
    ]


def plan_day(hub: CarpoolHub, day: date, *, today: date | None = None) -> SiteDay:
    """Return the best crews of a day: one car a driver, nobody later than they may be, both ways at their hours."""
    on = today or day_of(now())
    standing: dict[int, Candidate] = {}
    for one in _standing(hub, on):
        if any(leg.shift_on == day for leg in one.traveller.legs):
            standing.setdefault(one.member.id, one)
    engine = engines.local()
    some = list(standing.values())
    reached = [one for one in some if _is_reached(engine, one.traveller.home)]
    apart = candidates.apart()
    people = [_person(one, day) for one in reached]
    site = _site(engine, hub, reached, people, apart)
    found = best(
        site,
        exact_people=parameters.crews_exact_people(on=on, desk_id=hub.desk_id),
        seconds=parameters.crews_seconds(on=on, desk_id=hub.desk_id),
    )
    cars_now = sum(1 for number in range(len(people)) if site.alone(number) is not None)
    return SiteDay(hub, day, people, len(some) - len(reached), found, cars_now)


def _is_reached(engine: LocalEngine, home: tuple[float, float]) -> bool:
    try:
        engine.snap(np.array([home]))
    except TooFarFromRoad:
        return False
    return True


def _person(one: Candidate, day: date) -> Person:
    ways = {leg.direction: leg for leg in one.traveller.legs if leg.shift_on == day}
    return Person(
        member_id=one.member.id,
        home=one.traveller.home,
        drives=isinstance(one.row, CarpoolOffer),
        there=ways.get(Direction.THERE),
        back=ways.get(Direction.BACK),
    )


def _site(
    engine: LocalEngine,
    hub: CarpoolHub,
    some: Sequence[Candidate],
    people: Sequence[Person],
    apart: frozenset[frozenset[int]],
) -> Site:
    if not some:
        return Site([], [], [])
    homes = np.array([person.home for person in people])
    between = engine.matrix(homes, homes)
    try:
        to_site = engine.many_to_one(homes, (hub.longitude, hub.latitude)).tolist()
    except TooFarFromRoad:
        to_site = [UNREACHABLE] * len(people)
    return Site(
        [_traveller(number, some, people[number], apart) for number in range(len(some))], between.tolist(), to_site
    )


def _traveller(number: int, some: Sequence[Candidate], person: Person, apart: frozenset[frozenset[int]]) -> Traveller:
    one = some[number]
    reasons = {
        other: set(against(one.party, some[other].party, apart)) - {Against.SEATS}
        for other in range(len(some))
        if other != number
    }
    return Traveller(
        seats=one.seats if person.drives else 0,
        max_detour=one.traveller.reach if person.drives else 0,
        there=_window(person.there),
        back=_window(person.back),
        places=1 if person.drives else one.seats,
        refuses=frozenset(other for other, why in reasons.items() if why & _NEVER),
        leaves=frozenset(other for other, why in reasons.items() if why - _NEVER) if person.drives else frozenset(),
    )


def _window(leg: DayLeg | None) -> tuple[int, int] | None:
    return None if leg is None else (int(leg.earliest.timestamp()), int(leg.latest.timestamp()))


def picture(found: SiteDay) -> MapView | None:
    """Return the map of the crews: the way of each car, and where people get in, to some hundred metres."""
    features = [
        _feature("Point", [found.hub.longitude, found.hub.latitude], "dropoff"),
        *(feature for crew in found.crews.crews for feature in _way(found, crew)),
    ]
    return maps.around(
        found.hub.insee_code,
        km=MAP_KM,
        label=f"Les équipages vers {found.hub.name}",
        center=Position(found.hub.latitude, found.hub.longitude),
        shapes={"type": "FeatureCollection", "features": features},
    )


def _way(found: SiteDay, crew: Crew) -> list[dict[str, Any]]:
    stops = [_coarse(found.person(number).home) for number in (crew.driver, *crew.riders)]
    ends = [*stops, (found.hub.longitude, found.hub.latitude)]
    engine = engines.local()
    features = [_feature("Point", list(at), "pickup") for at in stops]
    for start, end in pairwise(ends):
        try:
            line = engine.route(start, end).line.round(5).tolist()
        except (Unreachable, TooFarFromRoad):
            continue
        features.append(_feature("LineString", line, "route"))
    return features


def _coarse(home: tuple[float, float]) -> tuple[float, float]:
    return round(home[0], COARSE), round(home[1], COARSE)


def _feature(shape: str, coordinates: Any, kind: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind},
        "geometry": {"type": shape, "coordinates": coordinates},
    }
