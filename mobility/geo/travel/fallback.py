"""A routing server backed by the local network: who asks gets an answer, and is told where it comes from.

A question goes to the server while it answers; where it does not (``EngineDown``), or the breaker is open, to the
local engine, and ``facts()`` says so. What the server refuses for a reason (a point without a road) is an answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import structlog
from prometheus_client import Counter, Gauge

from mobility.core.errors import RuleViolation
from mobility.core.web.observe import REGISTRY
from mobility.geo.errors import EngineDown
from mobility.geo.network.model import Ints, Points
from mobility.geo.travel.breaker import Breaker, BreakerState
from mobility.geo.travel.fallback_index import FallbackIndex, FollowedServerTrips, Questions
from mobility.geo.travel.following import TripSource
from mobility.geo.travel.interface import DetourIndex, EngineFacts, Route, Snapped, TravelTimes

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

    def follow(self, source: TripSource, local: Questions) -> FollowedServerTrips:
        """Return an index of the trips of a source; ``local`` follows the same on the local network."""
        return FollowedServerTrips(self, self.server.detour_index(), source, local)

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
