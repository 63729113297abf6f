"""What ``mobility carpool match`` has to answer, worked out from the words of its rule with networkx alone.

Shares no code with the application: the graph is read from the exported GraphML, points are snapped by measuring every
node, searches are networkx's Dijkstra, one from each end of each item.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

EARTH_METRES = 6_371_008.8


@dataclass(frozen=True)
class Graph:
    """The exported graph, forwards and backwards."""

    forwards: nx.DiGraph
    backwards: nx.DiGraph
    places: dict[Any, tuple[float, float]]

    @classmethod
    def read(cls, path: Path) -> Graph:
        graph = nx.read_graphml(path)
        for _a, _b, arc in graph.edges(data=True):
            assert arc["travel_time"] == int(arc["travel_time"]) >= 1
            assert arc["length"] >= 0
        places = {node: (data["x"], data["y"]) for node, data in graph.nodes(data=True)}
        return cls(graph, graph.reverse(copy=False), places)

    def nearest(self, point: tuple[float, float]) -> tuple[Any, float]:
        """Return the nearest node by great circle (haversine), and the metres."""
        metres = self._metres(point)
        found = int(metres.argmin())
        return self._names[found], float(metres[found])

    def _metres(self, point: tuple[float, float]) -> Any:
        lon, lat = np.radians(point)
        lons, lats = self._radians
        half = np.sin((lats - lat) / 2) ** 2 + np.cos(lats) * np.cos(lat) * np.sin((lons - lon) / 2) ** 2
        return 2 * EARTH_METRES * np.arcsin(np.sqrt(half))

    @cached_property
    def _names(self) -> list[Any]:
        return list(self.places)

    @cached_property
    def _radians(self) -> Any:
        return np.radians(np.array(list(self.places.values()))).T

    def usual_seconds(self) -> int:
        """Return how long a usual journey takes: the median from a few nodes to all."""
        return int(
            np.median([list(self.seconds_from(node).values()) for node in self._names[:: len(self._names) // 5]])
        )

    def seconds_from(self, node: Any) -> dict[Any, int]:
        return nx.single_source_dijkstra_path_length(self.forwards, node, weight="travel_time")

    def seconds_to(self, node: Any) -> dict[Any, int]:
        return nx.single_source_dijkstra_path_length(self.backwards, node, weight="travel_time")


def _ends(graph: Graph, item: dict[str, Any], limit: float) -> tuple[Any, Any] | None:
    (start, walk), (end, walk_back) = graph.nearest(item["from"]), graph.nearest(item["to"])
    return None if max(walk, walk_back) > limit else (start, end)


def answers(graph: Graph, asked: dict[str, Any], *, limit: float = 1000) -> list[dict[str, Any]]:
    """Return the whole answer, in order."""
    placed = [(offer, ends) for offer in asked["offers"] if (ends := _ends(graph, offer, limit))]
    offers = [(offer, graph.seconds_from(ends[0]), graph.seconds_to(ends[1]), ends) for offer, ends in placed]
    found = []
    for request in asked["requests"]:
        ends = _ends(graph, request, limit)
        if ends is None:
            continue
        direct = graph.seconds_from(ends[0]).get(ends[1])
        by = datetime.fromisoformat(request["arrive_by"])
        ranked = []
        for row, (offer, away, home, (_start, end)) in enumerate(offers):
            parts = away.get(ends[0]), direct, home.get(ends[1]), away.get(end)
            if None in parts:
                continue
            first, middle, last, alone = parts
            pickup = datetime.fromisoformat(offer["depart_at"]) + timedelta(seconds=first)
            dropoff = pickup + timedelta(seconds=middle)
            detour = first + middle + last - alone
            if (
                by - timedelta(minutes=request["flex_minutes"]) <= dropoff <= by
                and detour <= Decimal(str(offer["max_detour_minutes"])) * 60
                and request["seats"] <= offer["seats"]
            ):
                ranked.append(((detour, by - dropoff, row), {
                    "offer": offer["id"], "request": request["id"], "detour_seconds": detour,
                    "pickup_at": pickup.isoformat(), "dropoff_at": dropoff.isoformat(), "direct_seconds": alone,
                }))  # fmt: skip
        found += [match for _rank, match in sorted(ranked, key=lambda pair: pair[0])]
    return found
