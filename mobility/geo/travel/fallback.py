"""A routing server backed by the local network: who asks gets an answer, and is told where it comes from.

A question goes to the server while it answers; where it does not (``EngineDown``), or the breaker is open, to the
local engine, and ``facts()`` says so. What the server refuses for a reason (a point without a road) is an answer.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog
from prometheus_client import Counter, Gauge

from mobility.core.errors import RuleViolation
from mobility.core.web.observe import REGISTRY
from mobility.geo.errors import EngineDown
from mobility.geo.network.model import Ints, Points
from mobility.geo.travel.breaker import Breaker, BreakerState
from mobility.geo.travel.interface import DetourIndex, Detours, EngineFacts, Route, Snapped, TravelTimes, Trip

log = structlog.get_logger(__name__)
T = TypeVar("T")

ASKED = Counter(
    "mobility_routing_questions_total", "Questions to the routing server by how they ended", ["engine", "outcome"],
    registry=REGISTRY,
)  # fmt: skip
DOWN = Gauge("mobility_routing_down", "1 while the local network answers for the routing server", registry=REGISTRY)


class FallbackEngine:
    """A server's engine with the local one behind it; safe for threads.

    ``local`` is called when it is needed, and whenever it is: a network that was imported meanwhile is then used.
    """

    def __init__(
        self,
        server: TravelTimes,
        local: Callable[[], TravelTimes],
        breaker: Breaker,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.server, self.local, self.breaker = server, local, breaker
        self._clock = clock
        self._thread = threading.local()
        self.name = server.facts().name

    def state(self) -> BreakerState:
        """Return the state of the breaker."""
        return self.breaker.state(self._clock())

    def facts(self) -> EngineFacts:
        """Return what people must be told of the last answer that this thread was given."""
        if self.state() is BreakerState.CLOSED and not getattr(self._thread, "fallen_back", False):
            return self.server.facts()
        return replace(self.local().facts(), fallen_back=True)

    def snap(self, points: Points) -> Snapped:
        """Return where points meet the road."""
        return self.answer(lambda: self.server.snap(points), lambda: self.local().snap(points))

    def matrix(self, sources: Points, targets: Points) -> Ints:
        """Return the seconds from every source to every target."""
        return self.answer(lambda: self.server.matrix(sources, targets), lambda: self.local().matrix(sources, targets))

    def one_to_many(self, source: tuple[float, float], targets: Points) -> Ints:
        """Return the seconds from one point to each target."""
        return self.answer(
            lambda: self.server.one_to_many(source, targets), lambda: self.local().one_to_many(source, targets)
        )

    def many_to_one(self, sources: Points, target: tuple[float, float]) -> Ints:
        """Return the seconds from each source to one point."""
        return self.answer(
            lambda: self.server.many_to_one(sources, target), lambda: self.local().many_to_one(sources, target)
        )

    def route(self, origin: tuple[float, float], destination: tuple[float, float]) -> Route:
        """Return the fastest way."""
        return self.answer(
            lambda: self.server.route(origin, destination), lambda: self.local().route(origin, destination)
        )

    def detour_index(self) -> DetourIndex:
        """Return a new, empty index of trips."""
        return FallbackIndex(self, self.server.detour_index(), self.local().detour_index())

    def now(self) -> float:
        """Return the seconds of the steady clock."""
        return self._clock()

    def answer(self, ask: Callable[[], T], instead: Callable[[], T]) -> T:
        """Return what the server says, or the local engine where it does not answer."""
        if not self.breaker.may_ask(self._clock()):
            ASKED.labels(self.name, "not_asked").inc()
            return self.from_local(instead)
        try:
            found = ask()
        except EngineDown as error:
            self._failed(error.reason)
            return self.from_local(instead)
        except RuleViolation:
            self._succeeded("refused")
            raise
        except BaseException:
            # Bad coordinates, or a worker that is stopped: neither a fault of the server nor a sign of life.
            self.breaker.gave_up()
            raise
        self._succeeded("answered")
        return found

    def from_local(self, answer: Callable[[], T]) -> T:
        """Return an answer of the local engine, and say so."""
        self._thread.fallen_back = True
        return answer()

    def _succeeded(self, outcome: str) -> None:
        ASKED.labels(self.name, outcome).inc()
        self._thread.fallen_back = False
        if self.breaker.succeeded():
            DOWN.set(0)
            log.info("routing_server_back", engine=self.name)

    def _failed(self, reason: str) -> None:
        ASKED.labels(self.name, "failed").inc()
        log.warning("routing_server_failed", engine=self.name, reason=reason)
        if self.breaker.failed(self._clock()):
            DOWN.set(1)
            log.error("routing_server_down", engine=self.name, reason=reason, instead=self.local().facts().name)


class FallbackIndex:
    """Trips in the server's index and in the local one, so that either can answer at once.

    A trip is taken where the server takes it; the local index may lack it, as its network may be smaller. While the
    server is down the local one decides, and the trip waits for the server: until all that waited have been put, the
    local index answers, because the server's would be incomplete. Each question puts some that wait.

    Who puts and drops waits for others who do; who asks never does.
    """

    # Of each question, for trips that wait.
    CATCH_UP_SECONDS = 0.5
    CATCH_UP_AT_ONCE = 20

    def __init__(self, engine: FallbackEngine, server: DetourIndex, local: DetourIndex) -> None:
        self._engine, self._server, self._local = engine, server, local
        self._writing = threading.Lock()
        self._keys: set[int] = set()
        self._waiting: dict[int, Trip] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def waiting(self) -> int:
        """The number of trips that the server has not been told of."""
        return len(self._waiting)

    def put(self, trips: Sequence[Trip]) -> None:
        """Add trips, or replace those with the same key. Raises TooFarFromRoad, Unreachable."""
        latest = {trip.key: trip for trip in trips}
        with self._writing:
            if self._engine.answer(lambda: self._tell(trips), lambda: False):
                for key in latest:
                    self._waiting.pop(key, None)
                self._put_locally(list(latest.values()))
            else:
                self._local.put(trips)
                self._waiting |= latest
            self._keys |= latest.keys()

    def drop(self, keys: Iterable[int]) -> None:
        """Forget trips."""
        gone = set(keys)
        with self._writing:
            for key in gone:
                self._waiting.pop(key, None)
            self._server.drop(gone)
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

        found = self._engine.answer(lambda: ask(self._server) if self.catch_up() else None, lambda: None)
        return found if found is not None else self._engine.from_local(lambda: ask(self._local))

    def catch_up(self, seconds: float = CATCH_UP_SECONDS) -> bool:
        """Tell the server of trips that wait, for so long; return whether none is left. Raises EngineDown."""
        if not self._waiting:
            return True
        if not self._writing.acquire(blocking=False):
            return False
        try:
            until = self._engine.now() + seconds
            while self._waiting and self._engine.now() < until:
                self._put_each(list(itertools.islice(self._waiting.values(), self.CATCH_UP_AT_ONCE)))
            return not self._waiting
        finally:
            self._writing.release()

    def _tell(self, trips: Sequence[Trip]) -> bool:
        self._server.put(trips)
        return True

    def _put_each(self, trips: Sequence[Trip]) -> None:
        """Tell the server of trips; those that it refuses are known to the local index alone."""
        try:
            self._server.put(trips)
        except RuleViolation as error:
            if isinstance(error, EngineDown):
                raise
            if len(trips) > 1:
                for trip in trips:
                    self._put_each([trip])
                return
            log.warning("trip_unknown_to_routing_server", trip=trips[0].key, code=error.code)
            self._server.drop([trips[0].key])
        for trip in trips:
            self._waiting.pop(trip.key, None)

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
