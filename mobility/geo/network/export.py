"""The network as GraphML: the very graph that is matched on, for networkx, osmnx and everything else that reads it.

Written as a stream, so that memory does not grow with the network; into a file of its own that takes the place of
the target once it is whole.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape

from mobility.core.files import to_disk
from mobility.geo.network.model import GEOMETRY_UNIT, RoadClass, RoadNetwork

_ROWS = 10_000
_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""
# Short key, what it belongs to, its name, its type.
_KEYS = (
    ("crs", "graph", "crs", "string"),
    ("name", "graph", "name", "string"),
    ("attribution", "graph", "attribution", "string"),
    ("demonstration", "graph", "demonstration", "string"),
    ("x", "node", "x", "double"),
    ("y", "node", "y", "double"),
    ("o", "node", "osmid_original", "long"),
    ("s", "node", "stoppable", "int"),
    ("t", "edge", "travel_time", "int"),
    ("l", "edge", "length", "double"),
    ("h", "edge", "highway", "string"),
    ("g", "edge", "geometry", "string"),
)
_HIGHWAYS = {road_class: "unclassified" if road_class is RoadClass.LOCAL else road_class.name.lower() for road_class in RoadClass}  # fmt: skip


def write_graphml(network: RoadNetwork, path: Path, *, geometry: bool = False, text_only: bool = False) -> None:
    """Write the network: nodes with x, y; edges with travel_time (whole seconds) and length (metres).

    Nodes are called by their place in the network, 0 to n - 1. ``text_only`` declares every value a text: osmnx reads
    nothing else. Raises OSError; the target is then as it was.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, not a file to write")
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            _write(network, file, geometry=geometry, text_only=text_only)
            to_disk(file)
        # mkstemp gives the file to its owner alone; the export is an ordinary file.
        mask = os.umask(0)
        os.umask(mask)
        partial.chmod(0o666 & ~mask)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _write(network: RoadNetwork, file: TextIO, *, geometry: bool, text_only: bool) -> None:
    facts = network.facts
    file.write(_HEADER)
    for key, owner, name, kind in _KEYS:
        told = "string" if text_only else kind
        file.write(f'  <key id="{key}" for="{owner}" attr.name="{name}" attr.type="{told}"/>\n')
    file.write('  <graph edgedefault="directed">\n')
    for key, value in (
        ("crs", "epsg:4326"),
        ("name", facts.name),
        ("attribution", facts.attribution),
        ("demonstration", str(facts.demonstration)),
    ):
        file.write(f'    <data key="{key}">{escape(value)}</data>\n')
    file.writelines(_nodes(network))
    file.writelines(_edges(network, geometry=geometry))
    file.write("  </graph>\n</graphml>\n")


def _nodes(network: RoadNetwork) -> Iterator[str]:
    for start in range(0, network.node_count, _ROWS):
        part = slice(start, start + _ROWS)
        rows = zip(
            network.longitude[part].tolist(), network.latitude[part].tolist(),
            network.osm_id[part].tolist(), network.stoppable[part].tolist(), strict=True,
        )  # fmt: skip
        for node, (x, y, osm_id, stoppable) in enumerate(rows, start):
            yield (
                f'    <node id="{node}"><data key="x">{x:.7f}</data><data key="y">{y:.7f}</data>'
                f'<data key="o">{osm_id}</data><data key="s">{int(stoppable)}</data></node>\n'
            )


def _edges(network: RoadNetwork, *, geometry: bool) -> Iterator[str]:
    tails = network.tails()
    for start in range(0, network.arc_count, _ROWS):
        end = min(start + _ROWS, network.arc_count)
        part = slice(start, end)
        rows = zip(
            tails[part].tolist(), network.head[part].tolist(), network.seconds[part].tolist(),
            network.metres[part].tolist(), network.road_class[part].tolist(),
            network.first_point[part].tolist(), network.first_point[start + 1 : end + 1].tolist(),
            strict=True,
        )  # fmt: skip
        for tail, head, seconds, metres, road_class, first, last in rows:
            yield (
                f'    <edge source="{tail}" target="{head}"><data key="t">{seconds}</data>'
                f'<data key="l">{metres:.2f}</data><data key="h">{_HIGHWAYS[RoadClass(road_class)]}</data>'
                f"{_geometry(network, tail, head, first, last) if geometry else ''}</edge>\n"
            )


def _geometry(network: RoadNetwork, tail: int, head: int, first: int, last: int) -> str:
    """Return the course of an arc that is not straight, as WKT."""
    if first == last:
        return ""
    between = (network.points[first:last] * GEOMETRY_UNIT).tolist()
    places = [(network.longitude[tail], network.latitude[tail]), *between, (network.longitude[head], network.latitude[head])]  # fmt: skip
    line = ", ".join(f"{x:.7f} {y:.7f}" for x, y in places)
    return f'<data key="g">LINESTRING ({line})</data>'
