"""From a file to the network in use: read, build, subdivide, store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mobility.geo.network import store
from mobility.geo.network.building import junction_graph, to_network
from mobility.geo.network.calibration import Factors
from mobility.geo.network.landmarks import beside_roads
from mobility.geo.network.model import NetworkFacts, RoadNetwork
from mobility.geo.network.reading import Progress, read_roads, silent
from mobility.geo.network.subdividing import subdivide

OSM_ATTRIBUTION = "© les contributeurs d’OpenStreetMap"
OSM_COPYRIGHT_URL = "https://www.openstreetmap.org/copyright"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    version: store.Version
    # Of the metres of all roads, from 0 to 1; the rest hangs on nothing.
    share: float
    # Town halls, stations, stops… by which meeting points are named.
    places: int


def build_network(path: Path, *, factors: Factors, now: datetime, progress: Progress = silent) -> RoadNetwork:
    """Return the network of a file. Raises BadNetworkFile, OSError."""
    return _build(path, factors, now, progress)[0]


def _build(path: Path, factors: Factors, now: datetime, progress: Progress) -> tuple[RoadNetwork, float]:
    """Return the network of a file, and which share of its roads hangs together."""
    roads = read_roads(path, progress)
    progress("building", 0, 0)
    junctions = junction_graph(roads)
    points, chains = subdivide(junctions.points, junctions.chains)
    facts = NetworkFacts(
        name=path.name.split(".")[0],
        source=path.name,
        demonstration=False,
        made_at=now,
        attribution=OSM_ATTRIBUTION,
        data_at=roads.data_at,
    )
    network = to_network(points, chains, facts=facts, factors=factors)
    return replace(network, landmarks=beside_roads(roads.landmarks, network)), junctions.share


def import_file(
    path: Path,
    folder: Path,
    *,
    factors: Factors,
    now: datetime,
    progress: Progress = silent,
    prepare: Callable[[RoadNetwork], object] | None = None,
) -> Imported:
    """Build the network of a file and put it into use. Raises BadNetworkFile, OSError; the old one then stays.

    ``prepare`` makes what servers want to find once the network is in use.
    """
    network, share = _build(path, factors, now, progress)
    if prepare is not None:
        progress("preparing", 0, 0)
        prepare(network)
    progress("storing", 0, 0)
    return Imported(store.save(folder, network, factors=factors, now=now), share, len(network.landmarks))
