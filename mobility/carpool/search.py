"""Which drivers could take a passenger along, on which days, from where and when: exact, on our own roads.

A driver and a passenger are compared on the days that both make, there and back each by itself. The road is asked for
all drivers at once (four tables of times), what is left is decided by ``rules.together``. No database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mobility.carpool.days import APART, DayLeg, SharedLeg, shared_legs
from mobility.carpool.rules.detours import detours
from mobility.carpool.rules.facts import NO_ROAD, Spot, Window
from mobility.carpool.rules.ranking import Ranking
from mobility.carpool.rules.together import Days, Drive, Together, best_together
from mobility.geo.distance import WALK_LIMIT_METRES
from mobility.geo.kept import Kept
from mobility.geo.network.model import Ints
from mobility.pathway.rules import Direction

if TYPE_CHECKING:  # heavy libraries: the application starts without them
    from mobility.carpool.rules.bounds import StraightLines
    from mobility.geo.network.model import RoadNetwork
    from mobility.geo.travel.local import LocalEngine

Point = tuple[float, float]  # longitude, latitude
# Spots at the passenger's home and at the place where they go, the door among them.
SPOTS_HOME, SPOTS_AWAY = 4, 3
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Traveller:
    """A journey as the search needs it. ``key`` is the row of the offer or the request.

    ``reach``: seconds of detour that a driver bears, metres that a passenger walks.
    """

    key: int
    home: Point
    away: Point
    legs: Sequence[DayLeg]
    reach: int

    def ends(self, direction: Direction) -> tuple[Point, Point]:
        """Return where the way begins and ends."""
        return (self.home, self.away) if direction is Direction.THERE else (self.away, self.home)

    def legs_of(self, direction: Direction) -> list[DayLeg]:
        """Return the ways of one direction."""
        return [leg for leg in self.legs if leg.direction is direction]


@dataclass(frozen=True, slots=True)
class Stop:
    """A place to get in or out. The door has ``walk_metres`` to the nearest road only."""

    node: int
    at: Point
    walk_metres: int
    walk_seconds: int
    door: bool


@dataclass(frozen=True, slots=True)
class Way:
    """What a driver can do for a passenger in one direction, and on which of their ways."""

    direction: Direction
    together: Together
    pickup: Stop
    dropoff: Stop
    start: int  # the driver's nodes
    end: int
    held: tuple[SharedLeg, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A driver who can take a passenger: at least one way of one day."""

    driver: int
    rider: int
    ways: Mapping[Direction, Way]
    # Days of the passenger, and those on which all that is asked and proposed holds; the same for single ways.
    days_asked: int
    days_shared: int
    legs_asked: int
    legs_shared: int


@dataclass(frozen=True, slots=True)
class _Spots:
    stops: tuple[Stop, ...]

    @property
    def nodes(self) -> Ints:
        return np.array([stop.node for stop in self.stops], dtype=np.int32)


def _lines(network: RoadNetwork) -> StraightLines:
    from mobility.carpool.rules.bounds import StraightLines

    return StraightLines(network)


# Prepared once for the network in use.
_LINES: Kept[RoadNetwork, StraightLines] = Kept(_lines)


def find(
    engine: LocalEngine, rider: Traveller, drivers: Sequence[Traveller], ranking: Ranking | None = None
) -> list[Fit]:
    """Return every driver who can take the passenger on one way at least, in order of the drivers given.

    A passenger of whom an end lies too far from any road is taken by nobody; so is a driver.
    """
    ranking = ranking or Ranking()
    found: dict[int, dict[Direction, Way]] = {}
    for direction in Direction:
        own = rider.legs_of(direction)
        some = [driver for driver in drivers if own and driver.legs_of(direction)]
        for driver_key, way in _ways(engine, direction, rider, some, ranking).items():
            found.setdefault(driver_key, {})[direction] = way
    return [_fit(rider, driver, found[driver.key]) for driver in drivers if driver.key in found]


def may_meet(engine: LocalEngine, driver: Traveller, riders: Sequence[Traveller]) -> list[bool]:
    """Tell which passengers a driver could pick up at all, by straight lines: a no is certain (``rules.bounds``).

    A spot that is walked to and the door both lie within the walk from the point: they are two walks apart at most. Four
    ends of lines move by as much.
    """
    nodes, near = engine.reach(np.array([driver.home, driver.away], dtype=np.float64))
    if not near.all() or not riders:
        return [False] * len(riders)
    table = engine.engine.matrix(nodes, nodes)
    alone = max((int(one) for one in (table[0, 1], table[1, 0]) if one != NO_ROAD), default=None)
    if alone is None:
        return [False] * len(riders)
    lines = _LINES.of(engine.network)
    homes, _ = engine.reach(np.array([rider.home for rider in riders], dtype=np.float64))
    aways, _ = engine.reach(np.array([rider.away for rider in riders], dtype=np.float64))
    walks = np.array([rider.reach for rider in riders]) / lines.metres_per_second
    starts, ends = np.full(len(riders), nodes[0], np.int32), np.full(len(riders), nodes[1], np.int32)
    least = lines.pairwise(starts, homes) + lines.pairwise(homes, aways) + lines.pairwise(aways, ends) - 8 * walks
    found: list[bool] = (least <= alone + driver.reach).tolist()
    return found


def _fit(rider: Traveller, driver: Traveller, ways: Mapping[Direction, Way]) -> Fit:
    asked: dict[date, set[Direction]] = {}
    for leg in rider.legs:
        asked.setdefault(leg.shift_on, set()).add(leg.direction)
    held: dict[date, set[Direction]] = {}
    for direction, way in ways.items():
        for pair in way.held:
            held.setdefault(pair.asked.shift_on, set()).add(direction)
    shared = sum(
        1 for day, needed in asked.items() if needed & set(ways) and needed & set(ways) <= held.get(day, set())
    )
    return Fit(
        driver=driver.key,
        rider=rider.key,
        ways=dict(ways),
        days_asked=len(asked),
        days_shared=shared,
        legs_asked=len(rider.legs),
        legs_shared=sum(len(way.held) for way in ways.values()),
    )


def _ways(
    engine: LocalEngine,
    direction: Direction,
    rider: Traveller,
    drivers: Sequence[Traveller],
    ranking: Ranking,
) -> dict[int, Way]:
    if not drivers:
        return {}
    spots = stops_of(engine, rider, direction)
    if spots is None:
        return {}
    pickups, dropoffs = (_Spots(stops) for stops in spots)
    origins, destinations, near = _driver_nodes(engine, direction, drivers)
    drivers = [driver for driver, kept in zip(drivers, near, strict=True) if kept]
    origins, destinations = origins[near], destinations[near]
    if not drivers:
        return {}
    roads = engine.engine
    to_pickup = _table(engine, origins, pickups.nodes)
    direct = roads.matrix(pickups.nodes, dropoffs.nodes)
    from_dropoff = _table(engine, destinations, dropoffs.nodes, backwards=True)
    alone = _pairwise(engine, origins, destinations)
    detour, there = detours(to_pickup[:, :, None], direct[None], from_dropoff[:, None, :], alone[:, None, None])
    bears = np.array([driver.reach for driver in drivers])[:, None, None]
    holds = there & (detour <= bears)
    found = {}
    for row in np.flatnonzero(holds.any(axis=(1, 2))).tolist():
        driver = drivers[row]
        # The road is asked for all at once; days are compared with those alone whom it leaves.
        pairs = shared_legs(driver.legs_of(direction), rider.legs_of(direction), apart=APART)
        if not pairs:
            continue
        drives = [
            (
                Spot(i, pickup.walk_seconds),
                Spot(j, dropoff.walk_seconds),
                Drive(int(to_pickup[row, i]), int(direct[i, j]), int(from_dropoff[row, j]), int(alone[row])),
            )
            for i, pickup in enumerate(pickups.stops)
            for j, dropoff in enumerate(dropoffs.stops)
            if holds[row, i, j]
        ]
        way = _way(direction, rider, driver, pairs, drives, (pickups, dropoffs), ranking)
        if way is not None:
            together, pickup_stop, dropoff_stop, held = way
            found[driver.key] = Way(
                direction, together, pickup_stop, dropoff_stop, int(origins[row]), int(destinations[row]), held
            )
    return found


def _way(
    direction: Direction,
    rider: Traveller,
    driver: Traveller,
    pairs: Sequence[SharedLeg],
    drives: Sequence[tuple[Spot, Spot, Drive]],
    spots: tuple[_Spots, _Spots],
    ranking: Ranking,
) -> tuple[Together, Stop, Stop, tuple[SharedLeg, ...]] | None:
    by_window: dict[Window, int] = {}
    for pair in pairs:
        window = _window(pair)
        by_window[window] = by_window.get(window, 0) + 1
    first = pairs[0].asked
    own = Window(_seconds(first, first.earliest), _seconds(first, first.latest))
    together = best_together(
        direction,
        own,
        [Days(window, count) for window, count in by_window.items()],
        drives,
        max_detour=driver.reach,
        # Shared out over all days.
        missing_day=ranking.no_day_points // max(len(rider.legs_of(direction)), 1),
        weights=ranking.road,
    )
    if together is None:
        return None
    held = tuple(pair for pair in pairs if together.holds(direction, _window(pair)))
    pickup, dropoff = spots[0].stops[together.pickup.place], spots[1].stops[together.dropoff.place]
    return together, pickup, dropoff, held


def _seconds(leg: DayLeg, instant: datetime) -> int:
    return int((instant - leg.at).total_seconds())


def _window(pair: SharedLeg) -> Window:
    return Window(*pair.window)


def stops_of(
    engine: LocalEngine, rider: Traveller, direction: Direction
) -> tuple[tuple[Stop, ...], tuple[Stop, ...]] | None:
    """Return where a passenger may get in and out, the door first; None where an end lies too far from any road."""
    start, end = rider.ends(direction)
    most = (SPOTS_HOME, SPOTS_AWAY) if direction is Direction.THERE else (SPOTS_AWAY, SPOTS_HOME)
    pickups, dropoffs = _stops(engine, start, rider.reach, most[0]), _stops(engine, end, rider.reach, most[1])
    return None if pickups is None or dropoffs is None else (pickups, dropoffs)


def _stops(engine: LocalEngine, point: Point, walk_metres: int, most: int) -> tuple[Stop, ...] | None:
    # With its libraries, which the application starts without.
    from mobility.carpool.rules.meeting import DEFAULT_PACE, meeting_points

    straight = walk_metres / DEFAULT_PACE.crookedness
    nodes, metres = meeting_points(engine.network, engine.snapper, point, within_metres=straight, most=most)
    if metres[0] > WALK_LIMIT_METRES:
        return None
    at = engine.network.nodes_at()[nodes]
    return tuple(
        Stop(
            int(node),
            (float(place[0]), float(place[1])),
            round(float(far) * DEFAULT_PACE.crookedness),
            DEFAULT_PACE.seconds(float(far)),
            door=row == 0,
        )
        for row, (node, place, far) in enumerate(zip(nodes, at, metres, strict=True))
    )


def _driver_nodes(
    engine: LocalEngine, direction: Direction, drivers: Sequence[Traveller]
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    ends = [driver.ends(direction) for driver in drivers]
    origins, start_near = engine.reach(np.array([start for start, _ in ends], dtype=np.float64))
    destinations, end_near = engine.reach(np.array([end for _, end in ends], dtype=np.float64))
    return origins, destinations, start_near & end_near


def _table(engine: LocalEngine, nodes: Ints, spots: Ints, *, backwards: bool = False) -> Ints:
    """Return the seconds from each node to each spot (backwards: from each spot), shape (nodes, spots)."""
    unique, rows = np.unique(nodes, return_inverse=True)
    if backwards:
        found: Ints = engine.engine.matrix(spots, unique).T[rows]
    else:
        found = engine.engine.matrix(unique, spots)[rows]
    return found


def _pairwise(engine: LocalEngine, origins: Ints, destinations: Ints) -> Ints:
    """Return the seconds from each origin to its destination, some at a time."""
    found = np.empty(len(origins), dtype=np.int32)
    order = np.lexsort((origins, destinations))
    for first in range(0, len(order), _BLOCK):
        rows = order[first : first + _BLOCK]
        starts, at_start = np.unique(origins[rows], return_inverse=True)
        ends, at_end = np.unique(destinations[rows], return_inverse=True)
        found[rows] = engine.engine.matrix(starts, ends)[at_start, at_end]
    return found
