"""OpenStreetMap files written for a test: a few nodes and ways, in the format that the file's name says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Way

Way_ = tuple[Sequence[int], Mapping[str, str]]


def write_osm(path: Path, nodes: Mapping[int, tuple[float, float]], ways: Sequence[Way_]) -> Path:
    """Write nodes (id to longitude and latitude) and ways (nodes, tags)."""
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (longitude, latitude) in sorted(nodes.items()):
            writer.add_node(Node(id=number, version=1, location=(longitude, latitude)))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(Way(id=number, version=1, nodes=list(refs), tags=dict(tags)))
    return path


def a_town(
    size: int = 4, *, west: float = 3.5, south: float = 50.3, first: int = 1
) -> tuple[dict[int, tuple[float, float]], list[Way_]]:
    """Return a grid of residential streets, size × size crossings some 140 m apart."""
    nodes = {
        first + row * size + column: (west + 0.002 * column, south + 0.00126 * row)
        for row in range(size)
        for column in range(size)
    }
    street = {"highway": "residential"}
    ways: list[Way_] = []
    for line in range(size):
        ways.append(([first + line * size + step for step in range(size)], street))
        ways.append(([first + step * size + line for step in range(size)], street))
    return nodes, ways
