"""Engines that answer the contract: ours, and real servers on a real extract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from mobility.geo.network import building, demonstration
from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.network.importing import build_network
from mobility.geo.network.model import Points, RoadNetwork
from mobility.geo.travel.interface import UNREACHABLE, TravelTimes
from mobility.geo.travel.kernels import compiled_kernels, vectorised_kernels
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.osrm import OsrmEngine
from mobility.geo.travel.remote import RemoteEngine
from mobility.geo.travel.search import HierarchyEngine
from mobility.geo.travel.transport import RoutingServer
from mobility.geo.travel.valhalla import ValhallaEngine
from tests.support import routing
from tests.unit.geo.travel.engines import Case, OracleEngine

ENGINES = ("demonstration", "helsinki", "vectorised", "compiled", "osrm", "valhalla")
KERNELS = {"vectorised": vectorised_kernels, "compiled": compiled_kernels}
# Helsinki's extract is 1 km²: nearer than people walk, so its tests walk less.
SHORT_WALK = 100.0
SEA = (24.9551, 60.1551)


def near_roads(network: RoadNetwork, engine: TravelTimes, *, seed: int = 5) -> Points:
    """Return places some metres beside nodes of a network: 20 joined by roads, up to three that are not, the first again."""
    random = np.random.default_rng(seed)
    nodes = random.choice(np.flatnonzero(network.stoppable), 48, replace=False)
    places = np.round(network.nodes_at()[nodes] + random.uniform(-5e-5, 5e-5, (len(nodes), 2)), 6)
    reached = engine.matrix(places, places) != UNREACHABLE
    hub = int(np.argmax(reached.sum(axis=0) + reached.sum(axis=1)))
    joined = reached[hub] & reached[:, hub]
    assert joined.sum() >= 20
    return np.concatenate((places[joined][:20], places[~joined][:3], places[joined][:1]))


@pytest.fixture(scope="session")
def helsinki() -> RoadNetwork:
    """The road network of the extract, read by ourselves."""
    with pytest.MonkeyPatch.context() as patch:
        # Cut out so small that a third of its roads lead nowhere.
        patch.setattr(building, "LARGEST_SHARE_MIN", 0.5)
        return build_network(routing.helsinki(), factors=DEFAULT_FACTORS, now=datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture(scope="session")
def osrm() -> Iterator[routing.Server]:
    """A real OSRM."""
    server = routing.start_osrm(routing.helsinki())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def valhalla() -> Iterator[routing.Server]:
    """A real Valhalla."""
    server = routing.start_valhalla(routing.helsinki())
    yield server
    server.stop()


@pytest.fixture(scope="session", params=ENGINES)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Each engine, and where to try it."""
    name: str = request.param
    if name == "demonstration":
        oracle = OracleEngine(demonstration.load())
        yield Case(name, oracle, near_roads(oracle.network, oracle), (2.0, 48.0), 600)
        return
    if name in KERNELS:
        engine_ = LocalEngine(HierarchyEngine.prepare(demonstration.load(), KERNELS[name]()))
        yield Case("demonstration", engine_, near_roads(engine_.network, engine_), (2.0, 48.0), 600)
        return
    helsinki: RoadNetwork = request.getfixturevalue("helsinki")
    if name == "helsinki":
        oracle = OracleEngine(helsinki, walk_limit_metres=SHORT_WALK)
        yield Case(name, oracle, near_roads(helsinki, oracle), SEA, 60)
        return
    kind: type[RemoteEngine] = {"osrm": OsrmEngine, "valhalla": ValhallaEngine}[name]
    server = RoutingServer(request.getfixturevalue(name).url)

    def engine(table_size: int) -> RemoteEngine:
        return kind(server, timeout_seconds=60, table_size=table_size, walk_limit_metres=SHORT_WALK)

    points = near_roads(helsinki, engine(100))
    # Valhalla's routes come from a search of their own, with short cuts.
    yield Case(name, engine(100), points, SEA, 60, 0.05 if name == "valhalla" else 0.0, lambda: engine(7))
    server.close()
