"""Trips in a server's index and in the local one, so that either can answer at once."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import structlog

from mobility.core.errors import RuleViolation
from mobility.geo.errors import EngineDown
from mobility.geo.travel.following import TripSource
from mobility.geo.travel.interface import DetourIndex, Detours, Trip

log = structlog.get_logger(__name__)
T = TypeVar("T")

# Of each question, for trips that the server has not been told of.
CATCH_UP_SECONDS = 0.5
_AT_ONCE = 20


class Answers(Protocol):
    """A server with the local engine behind it: what the indices ask of ``FallbackEngine``."""

    def answer(self, ask: Callable[[], T], instead: Callable[[], T]) -> T:
        """Return what the server says, or the local engine where it does not answer."""

    def from_local(self, answer: Callable[[], T]) -> T:
        """Return an answer of the local engine, and say so."""

    def now(self) -> float:
        """Return the seconds of the steady clock."""


class Questions(Protocol):
    """An index that is asked for detours and kept by somebody else."""

    def detours(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        depart_from: int | None = None,
        depart_until: int | None = None,
    ) -> Detours:
        """Return every trip that can bear the request."""


class Backlog:
    """A server's index, and the trips that it has not been told of. Its caller lets one thread in at a time."""

    def __init__(self, index: DetourIndex, now: Callable[[], float]) -> None:
        self.index = index
        self.waiting: dict[int, Trip] = {}
        self._now = now

    def put(self, trips: Sequence[Trip]) -> None:
        """Tell the server of trips now. All or none: raises TooFarFromRoad, Unreachable, EngineDown."""
        self.index.put(trips)
        for trip in trips:
            self.waiting.pop(trip.key, None)

    def drop(self, keys: Iterable[int]) -> None:
        """Forget trips."""
        gone = set(keys)
        for key in gone & self.waiting.keys():
            del self.waiting[key]
        self.index.drop(gone)

    def work(self, seconds: float = CATCH_UP_SECONDS) -> bool:
        """Tell the server of trips that wait, for so long; return whether none is left. Raises EngineDown."""
        until = self._now() + seconds
        while self.waiting and self._now() < until:
            self._put_possible(list(itertools.islice(self.waiting.values(), _AT_ONCE)))
        return not self.waiting

    def _put_possible(self, trips: Sequence[Trip]) -> None:
        """Tell the server of trips; those that it refuses are known to the local index alone."""
        try:
            self.put(trips)
        except EngineDown:
            raise
        except RuleViolation as error:
            if len(trips) > 1:
                for trip in trips:
                    self._put_possible([trip])
                return
            log.warning("trip_unknown_to_routing_server", trip=trips[0].key, code=error.code)
            self.drop([trips[0].key])


class FallbackIndex:
    """Trips that are put and dropped by hand.

    A trip is taken where the server takes it; the local index may lack it, as its network may be smaller. While the
    server is down the local one decides, and the trip waits for the server: until all that waited have been put, the
    local index answers, because the server's would be incomplete. Each question puts some that wait.

    Who puts and drops waits for others who do; who asks never does.
    """

    def __init__(self, engine: Answers, server: DetourIndex, local: DetourIndex) -> None:
        self._engine, self._local = engine, local
        self._backlog = Backlog(server, engine.now)
        self._writing = threading.Lock()
        self._keys: set[int] = set()

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def waiting(self) -> int:
        """The number of trips that the server has not been told of."""
        return len(self._backlog.waiting)

    def put(self, trips: Sequence[Trip]) -> None:
        """Add trips, or replace those with the same key. Raises TooFarFromRoad, Unreachable."""
        latest = {trip.key: trip for trip in trips}

        def tell() -> bool:
            self._backlog.put(trips)
            return True

        with self._writing:
            if self._engine.answer(tell, lambda: False):
                self._put_locally(list(latest.values()))
            else:
                self._local.put(trips)
                self._backlog.waiting |= latest
            self._keys |= latest.keys()

    def drop(self, keys: Iterable[int]) -> None:
        """Forget trips."""
        gone = set(keys)
        with self._writing:
            self._backlog.drop(gone)
            self._local.drop(gone)
            self._keys -= gone

    def detours(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        depart_from: int | None = None,
        depart_until: int | None = None,
    ) -> Detours:
        """Return every trip that can bear the request."""

        def ask(index: DetourIndex) -> Detours:
            return index.detours(origin, destination, depart_from=depart_from, depart_until=depart_until)

        found = self._engine.answer(lambda: ask(self._backlog.index) if self.catch_up() else None, lambda: None)
        return found if found is not None else self._engine.from_local(lambda: ask(self._local))

    def catch_up(self, seconds: float = CATCH_UP_SECONDS) -> bool:
        """Tell the server of trips that wait, for so long; return whether none is left. Raises EngineDown."""
        if not self._backlog.waiting:
            return True
        if not self._writing.acquire(blocking=False):
            return False
        try:
            return self._backlog.work(seconds)
        finally:
            self._writing.release()

    def _put_locally(self, trips: Sequence[Trip]) -> None:
        """Tell the local index; trips outside its network are known to the server alone."""
        try:
            self._local.put(trips)
        except RuleViolation:
            if len(trips) > 1:
                # Halves: of thousands of trips some few lie outside.
                half = len(trips) // 2
                self._put_locally(trips[:half])
                self._put_locally(trips[half:])
            else:
                self._local.drop([trips[0].key])


class FollowedServerTrips:
    """The trips of a source in a server's index, with the local followed index behind it; safe for threads.

    The local one follows the source by itself. Before each question the server's takes in what has changed since the
    revision that it knows; where that takes longer than half a second (at the start, after the server was away) the
    local one answers meanwhile, and says so. Trips without a road on the server's map are left out there.
    """

    def __init__(self, engine: Answers, server: DetourIndex, source: TripSource, local: Questions) -> None:
        self._engine, self._source, self._local = engine, source, local
        self._backlog = Backlog(server, engine.now)
        self._changing = threading.Lock()
        self._keys: set[int] = set()
        self._revision = 0

    @property
    def waiting(self) -> int:
        """The number of trips that the server has not been told of."""
        return len(self._backlog.waiting)

    def detours(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        depart_from: int | None = None,
        depart_until: int | None = None,
    ) -> Detours:
        """Return every trip of the source, as of now, that can bear the request. Raises TooFarFromRoad, Unreachable."""

        def ask(index: Questions) -> Detours:
            return index.detours(origin, destination, depart_from=depart_from, depart_until=depart_until)

        found = self._engine.answer(lambda: ask(self._backlog.index) if self.catch_up() else None, lambda: None)
        return found if found is not None else self._engine.from_local(lambda: ask(self._local))

    def catch_up(self, seconds: float = CATCH_UP_SECONDS) -> bool:
        """Take in what has changed, for so long; return whether the server knows everything. Raises EngineDown."""
        if not self._changing.acquire(timeout=seconds):
            return False
        try:
            changes = self._source.changes_since(self._revision)
            put = {trip.key: trip for trip in changes.put}
            dropped = self._keys - put.keys() if changes.whole else set(changes.dropped)
            if dropped:
                self._backlog.drop(dropped)
            self._backlog.waiting |= put
            self._keys = (self._keys | put.keys()) - dropped
            self._revision = changes.revision
            return self._backlog.work(seconds)
        finally:
            self._changing.release()
