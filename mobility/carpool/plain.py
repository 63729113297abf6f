"""The plain matching of ``mobility carpool match``: every offer against every request, on the nodes of the network.

No database and no application; memory stays bounded, as requests are answered some at a time, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.carpool.matchfile import Id, MatchFile, Offer, Request, name_of
from mobility.carpool.rules.bounds import StraightLines
from mobility.carpool.rules.detours import Longs, PlainDrivers, PlainRiders, in_time, plain_matches
from mobility.geo.distance import WALK_LIMIT_METRES
from mobility.geo.network.model import Ints
from mobility.geo.network.snapping import NodeSnapper
from mobility.geo.travel.nodes import NodeEngine

# Pairs of an offer and a request that are looked at together: what bounds the memory (some 200 MB).
PAIRS_AT_ONCE = 2_000_000
REQUESTS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class PlainMatch:
    """An offer that can take a request. ``direct_seconds`` is the driver's way alone, which the detour is measured from."""

    offer: Id
    request: Id
    detour_seconds: int
    pickup_at: datetime
    dropoff_at: datetime
    direct_seconds: int

    def as_json(self) -> dict[str, Any]:
        """Return what is printed and sent."""
        return {
            "offer": self.offer,
            "request": self.request,
            "detour_seconds": self.detour_seconds,
            "pickup_at": self.pickup_at.isoformat(),
            "dropoff_at": self.dropoff_at.isoformat(),
            "direct_seconds": self.direct_seconds,
        }


@dataclass(frozen=True, slots=True)
class Ends:
    """Where items start and end on the network: nodes, and which of the items were kept (rows of the file)."""

    origin: Ints
    destination: Ints
    kept: NDArray[np.intp]


def snap(
    snapper: NodeSnapper, kind: str, items: list[Offer] | list[Request], *, limit_metres: float
) -> tuple[Ends, list[str]]:
    """Bring both ends of every item to the nearest node.

    Items of which an end is further than the limit are left out; there is a line for each such end.
    """
    refused: list[str] = []
    keeps = np.ones(len(items), dtype=bool)
    nodes = []
    for field, points in (("from", [item.origin for item in items]), ("to", [item.destination for item in items])):
        found, metres = snapper.nearest(np.array(points, dtype=np.float64).reshape(-1, 2))
        nodes.append(found)
        far = metres > limit_metres
        keeps &= ~far
        refused += [
            f"{name_of(kind, row, items[row].id)}: {field}: {metres[row]:.0f} m from the nearest road, more than "
            f"{limit_metres:g} m: left out{_hint(snapper, points[row], limit_metres)}"
            for row in np.flatnonzero(far).tolist()
        ]
    kept = np.flatnonzero(keeps)
    return Ends(nodes[0][kept], nodes[1][kept], kept), refused


def full_cars(offers: list[Offer]) -> list[str]:
    """Return a line for each offer without a seat: a right answer to leave out, and hardly what was meant."""
    return [
        f"{name_of('offers', row, offer.id)}: seats: 0, so that it takes nobody: left out"
        for row, offer in enumerate(offers)
        if offer.seats == 0
    ]


def _hint(snapper: NodeSnapper, point: tuple[float, float], limit_metres: float) -> str:
    """Say so where the point would be near a road with its two numbers swapped."""
    longitude, latitude = point
    if abs(longitude) > 90:
        return ""
    _, metres = snapper.nearest(np.array([(latitude, longitude)]))
    return " (are longitude and latitude swapped?)" if metres[0] <= limit_metres else ""


class PlainMatching:
    """Matches whole files on one network, with what can be prepared before any is there; keep it as long as its engine."""

    def __init__(self, engine: NodeEngine) -> None:
        self.engine = engine
        self._snapper = NodeSnapper(engine.network, stoppable_only=False)
        self._lines = StraightLines(engine.network)

    def answer(
        self, asked: MatchFile, *, limit_metres: float = WALK_LIMIT_METRES
    ) -> tuple[Iterator[PlainMatch], list[str]]:
        """Return every pair that holds, and a line for each item that is left out."""
        offers, far_offers = snap(self._snapper, "offers", asked.offers, limit_metres=limit_metres)
        requests, far_requests = snap(self._snapper, "requests", asked.requests, limit_metres=limit_metres)
        matcher = PlainMatcher(self.engine, asked.offers, offers, self._lines)
        return matcher.matches(asked.requests, requests), [*far_offers, *full_cars(asked.offers), *far_requests]


class PlainMatcher:
    """All offers of a file, ready to be asked for requests."""

    def __init__(self, engine: NodeEngine, offers: list[Offer], ends: Ends, lines: StraightLines | None = None) -> None:
        self._engine = engine
        self._lines = lines or StraightLines(engine.network)
        self._offers = [offers[row] for row in ends.kept]
        self._ends = ends
        self._drivers = PlainDrivers(
            depart_us=_longs([offer.depart_us for offer in self._offers]),
            max_detour=_longs([offer.max_detour_seconds for offer in self._offers]),
            seats=_longs([offer.seats for offer in self._offers]),
            alone=self._pairwise(ends.origin, ends.destination),
        )

    def matches(self, requests: list[Request], ends: Ends) -> Iterator[PlainMatch]:
        """Yield every pair that holds, by request in the order of the file, the best offers first."""
        step = max(1, min(REQUESTS_AT_ONCE, PAIRS_AT_ONCE // max(1, len(self._offers))))
        for start in range(0, len(ends.kept), step):
            part = slice(start, start + step)
            yield from self._some([requests[row] for row in ends.kept[part]], ends.origin[part], ends.destination[part])

    def _some(self, requests: list[Request], origin: Ints, destination: Ints) -> Iterator[PlainMatch]:
        by = _longs([request.arrive_by_us for request in requests])
        flex = _longs([request.flex_us for request in requests])
        riders = PlainRiders(by - flex, by, _longs([r.seats for r in requests]), self._pairwise(origin, destination))
        drivers, ends = self._drivers, self._ends
        may = in_time(drivers, riders)
        may &= self._lines.may_match(
            ends.origin, ends.destination, drivers.alone + drivers.max_detour, origin, destination
        )
        rows, columns = np.flatnonzero(may.any(axis=1)), np.flatnonzero(may.any(axis=0))
        found = plain_matches(
            drivers.taken(rows),
            riders.taken(columns),
            self._matrix(ends.origin[rows], origin[columns]),
            self._matrix(destination[columns], ends.destination[rows]).T,
        )
        for driver, rider, detour, to_pickup, to_dropoff in zip(
            rows[found.driver].tolist(),
            columns[found.rider].tolist(),
            found.detour.tolist(),
            found.to_pickup.tolist(),
            found.to_dropoff.tolist(),
            strict=True,
        ):
            offer = self._offers[driver]
            yield PlainMatch(
                offer=offer.id,
                request=requests[rider].id,
                detour_seconds=detour,
                pickup_at=offer.depart_at + timedelta(seconds=to_pickup),
                dropoff_at=offer.depart_at + timedelta(seconds=to_dropoff),
                direct_seconds=int(drivers.alone[driver]),
            )

    def _matrix(self, sources: Ints, targets: Ints) -> Ints:
        """Return the seconds, shape (s, t), asking the engine for each node once."""
        from_nodes, source = np.unique(sources, return_inverse=True)
        to_nodes, target = np.unique(targets, return_inverse=True)
        return self._engine.matrix(from_nodes, to_nodes)[np.ix_(source, target)]

    def _pairwise(self, sources: Ints, targets: Ints) -> Longs:
        """Return the seconds from each source to its target."""
        found = np.empty(len(sources), dtype=np.int64)
        for start in range(0, len(sources), REQUESTS_AT_ONCE):
            part = slice(start, start + REQUESTS_AT_ONCE)
            found[part] = self._matrix(sources[part], targets[part]).diagonal()
        return found


def _longs(values: list[int]) -> Longs:
    return np.array(values, dtype=np.int64)
