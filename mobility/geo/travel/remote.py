"""What the engines of routing servers have in common: tables cut to what a server takes, answers that are checked.

Only points leave the house: never a name, an id or an hour. Points are somebody's home and work all the same. Whoever
asks on behalf of a person whose file is protected must ask the local engine (``geo.engines.local``), never a server
outside the house; what is put into an index is asked of the server too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.geo.distance import WALK_LIMIT_METRES
from mobility.geo.errors import EngineDown, TooFarFromRoad, Unreachable
from mobility.geo.network.model import Ints, Points
from mobility.geo.travel.interface import UNREACHABLE, DetourIndex, EngineFacts, Route, Snapped
from mobility.geo.travel.remote_index import CandidateIndex
from mobility.geo.travel.transport import Deadline, RoutingServer

ATTRIBUTION = "© les contributeurs d’OpenStreetMap"
# Both servers keep coordinates to this many decimals (10 cm).
DECIMALS = 6


class RemoteEngine(ABC):
    """A routing server as a travel-time engine.

    ``timeout_seconds`` bounds each answer to a page (route, snap, one_to_many, many_to_one, detours of an index); of
    ``matrix`` and of ``put`` it bounds each table, as they may be large. ``table_size`` is the most points, sources
    and targets together, that the server takes in one table.
    """

    name: str
    # Tables of k × k answer k pairs at once, at the price of the others.
    pairs_one_by_one = False

    def __init__(
        self,
        server: RoutingServer,
        *,
        timeout_seconds: float = 2.0,
        table_size: int = 100,
        max_speed_kmh: float = 130.0,
        walk_limit_metres: float = WALK_LIMIT_METRES,
    ) -> None:
        if table_size < 2:
            raise ValueError("a table has a source and a target at least")
        self.server = server
        self.timeout_seconds = timeout_seconds
        self.table_size = table_size
        self.max_speed_kmh = max_speed_kmh
        self.walk_limit_metres = walk_limit_metres

    # -- What a server answers ------------------------------------------------------------------------

    @abstractmethod
    def _table(self, sources: Points, targets: Points, deadline: Deadline) -> Ints:
        """Return one table, shape (s, t), s and t at least 1. Raises TooFarFromRoad with the index in its array."""

    @abstractmethod
    def _route(self, origin: Points, destination: Points, deadline: Deadline) -> Route:
        """Return the fastest way between two points of shape (1, 2)."""

    @abstractmethod
    def _snap(self, points: Points, deadline: Deadline) -> Snapped:
        """Return where at most ``table_size − 1`` points meet the road, however far."""

    def block(self, sources: int, targets: int) -> tuple[int, int]:
        """Return how many sources and targets to put into one table."""
        columns = min(targets, max(self.table_size // 2, self.table_size - sources))
        return min(sources, self.table_size - columns), columns

    # -- What an engine answers -----------------------------------------------------------------------

    def deadline(self) -> Deadline:
        """Return the deadline of an answer that begins now."""
        return Deadline(self.timeout_seconds)

    def facts(self) -> EngineFacts:
        """Return what people must be told."""
        return EngineFacts(name=self.name, demonstration=False, attribution=ATTRIBUTION)

    def snap(self, points: Points) -> Snapped:
        """Return where points meet the road. Raises TooFarFromRoad, EngineDown."""
        wanted = as_points(points)
        deadline = self.deadline()
        size = self.table_size - 1
        parts = [self._snap(wanted[start : start + size], deadline) for start in range(0, len(wanted), size)]
        walk = np.concatenate([part.walk_metres for part in parts]) if parts else np.empty(0)
        check_walks(walk, self.walk_limit_metres)
        at = np.concatenate([part.at for part in parts]) if parts else np.empty((0, 2))
        return Snapped(np.full(len(wanted), -1, dtype=np.int32), at, walk)

    def matrix(self, sources: Points, targets: Points) -> Ints:
        """Return the seconds from every source to every target."""
        return self.times(as_points(sources), as_points(targets), None)

    def one_to_many(self, source: tuple[float, float], targets: Points) -> Ints:
        """Return the seconds from one point to each target."""
        found: Ints = self.times(as_points([source]), as_points(targets), self.deadline())[0]
        return found

    def many_to_one(self, sources: Points, target: tuple[float, float]) -> Ints:
        """Return the seconds from each source to one point."""
        found: Ints = self.times(as_points(sources), as_points([target]), self.deadline())[:, 0]
        return found

    def route(self, origin: tuple[float, float], destination: tuple[float, float]) -> Route:
        """Return the fastest way. Raises Unreachable, TooFarFromRoad, EngineDown."""
        return self._route(as_points([origin]), as_points([destination]), self.deadline())

    def detour_index(self) -> DetourIndex:
        """Return a new, empty index of trips."""
        return CandidateIndex(self)

    def times(self, sources: Points, targets: Points, deadline: Deadline | None) -> Ints:
        """Return the seconds, shape (s, t), table by table; without a deadline each table has its own."""
        found = np.empty((len(sources), len(targets)), dtype=np.int32)
        if not found.size:
            return found
        rows, columns = self.block(len(sources), len(targets))
        for row in range(0, len(sources), rows):
            for column in range(0, len(targets), columns):
                some, others = sources[row : row + rows], targets[column : column + columns]
                try:
                    table = self._table(some, others, deadline or self.deadline())
                except TooFarFromRoad as error:
                    start = row if error.array == "sources" else column
                    raise TooFarFromRoad(index=start + error.index, metres=error.metres, array=error.array) from None
                found[row : row + rows, column : column + columns] = table
        return found

    def pairs(self, origins: Points, destinations: Points) -> Ints:
        """Return the seconds from each origin to the destination at the same place, shape (k,)."""
        found = np.empty(len(origins), dtype=np.int32)
        size = 1 if self.pairs_one_by_one else self.table_size // 2
        for start in range(0, len(origins), size):
            part = slice(start, start + size)
            try:
                found[part] = np.diagonal(self._table(origins[part], destinations[part], self.deadline()))
            except TooFarFromRoad as error:
                raise TooFarFromRoad(index=start + error.index, metres=error.metres, array=error.array) from None
        return found


def as_points(points: Points | Sequence[tuple[float, float]]) -> Points:
    """Return an array (k, 2) of places on the earth, rounded as they are sent. Raises ValueError for others."""
    found = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if not (np.isfinite(found).all() and (np.abs(found) <= (180.0, 90.0)).all()):
        raise ValueError("longitude and latitude in degrees are wanted")
    rounded: Points = np.round(found, DECIMALS)
    return rounded


def check_walks(metres: NDArray[np.float64], limit: float, array: str = "points") -> None:
    """Refuse the first point that is too far from a road. Raises TooFarFromRoad."""
    far = metres > limit
    if far.any():
        index = int(np.argmax(far))
        raise TooFarFromRoad(index=index, metres=float(metres[index]), array=array)


# -- Reading answers ----------------------------------------------------------------------------------


def number(value: Any, *, most: float = float(UNREACHABLE) - 1) -> float:
    """Return a number of an answer, not negative. Raises EngineDown for anything else."""
    if type(value) not in {int, float} or not 0 <= value <= most:  # no boolean; NaN compares false
        raise EngineDown(reason="not_a_number")
    return float(value)


def member(body: Any, *names: str | int) -> Any:
    """Return what stands at a path of keys and places. Raises EngineDown where there is nothing."""
    for name in names:
        try:
            body = body[name]
        except (TypeError, LookupError):
            raise EngineDown(reason="wrong_shape") from None
    return body


def listed(value: Any, length: int | None = None) -> list[Any]:
    """Return a list of so many things. Raises EngineDown for anything else."""
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise EngineDown(reason="wrong_shape")
    return value


def position(value: Any) -> tuple[float, float]:
    """Return longitude and latitude from a list of both. Raises EngineDown."""
    found = listed(value, 2)
    if any(type(part) not in {int, float} for part in found) or not (abs(found[0]) <= 180 and abs(found[1]) <= 90):
        raise EngineDown(reason="not_a_place")
    return float(found[0]), float(found[1])


def durations(rows: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return a table of seconds, infinite where no road leads (null). Raises EngineDown."""
    found = [listed(row, shape[1]) for row in listed(rows, shape[0])]
    return np.array([[np.inf if cell is None else number(cell) for cell in row] for row in found], dtype=np.float64)


def whole_seconds(seconds: NDArray[np.float64]) -> Ints:
    """Return whole seconds, UNREACHABLE for infinite ones."""
    finite = np.isfinite(seconds)
    return np.where(finite, np.where(finite, seconds, 0), UNREACHABLE).astype(np.int32)


def check_reached(seconds: Ints) -> None:
    """Refuse a trip that no road leads along. Raises Unreachable."""
    if (seconds == UNREACHABLE).any():
        raise Unreachable
