"""What only real servers can show: the profile of the guide, tables that are too large, a server that dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import structlog

from mobility.geo.errors import EngineDown
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel.breaker import Breaker
from mobility.geo.travel.fallback import FallbackEngine
from mobility.geo.travel.osrm import OsrmEngine
from mobility.geo.travel.transport import RoutingServer
from mobility.geo.travel.valhalla import ValhallaEngine
from tests.support import routing
from tests.unit.geo.travel.engines import OracleEngine, brute_force, told, trips_among

PROFILE = Path(__file__).resolve().parents[4] / "docs" / "operating" / "osrm-car.lua"
# A motorway along 50.0000, a street 120 m north of it, joined at both ends.
TWO_ROADS = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="50.0000" lon="3.000"/><node id="2" lat="50.0000" lon="3.020"/>
  <node id="3" lat="50.0011" lon="3.000"/><node id="4" lat="50.0011" lon="3.020"/>
  <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="motorway"/><tag k="oneway" v="no"/></way>
  <way id="2"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/></way>
  <way id="3"><nd ref="1"/><nd ref="3"/><tag k="highway" v="residential"/></way>
  <way id="4"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>
</osm>
"""


@pytest.fixture
def two_roads(tmp_path: Path) -> Path:
    path = tmp_path / "two.osm"
    path.write_text(TWO_ROADS)
    return path


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[RoutingServer]:
    server: routing.Server = request.getfixturevalue(request.param)
    found = RoutingServer(server.url)
    yield found
    found.close()


@pytest.mark.parametrize(("profile", "latitude"), [(None, 50.0), (PROFILE, 50.0011)], ids=["plain", "of the guide"])
def test_the_guide_s_profile_stops_on_no_motorway(two_roads: Path, profile: Path | None, latitude: float) -> None:
    server = routing.start_osrm(two_roads, profile=profile)
    client = RoutingServer(server.url)
    engine = OsrmEngine(client, timeout_seconds=20)
    beside = np.array([[3.010, 50.0002], [3.012, 49.9999]])
    assert engine.snap(beside).at[:, 1] == pytest.approx([latitude] * 2, abs=1e-4)
    assert engine.snap(beside[:1]).at[0, 1] == pytest.approx(latitude, abs=1e-4)
    # It still drives there.
    ends = np.array([[3.0001, 50.0012], [3.0199, 50.0012]])
    assert 0 < engine.matrix(ends[:1], ends[1:])[0, 0] < 150
    client.close()
    server.stop()


@pytest.mark.parametrize("client", ["osrm"], indirect=True)
def test_a_table_that_is_too_large_for_the_server_is_named(client: RoutingServer, helsinki: RoadNetwork) -> None:
    engine = OsrmEngine(client, timeout_seconds=60, table_size=250)
    places = helsinki.nodes_at()[:125]
    with pytest.raises(EngineDown) as down:
        engine.matrix(places, places)
    assert down.value.reason == "answered_TooBig"


def test_valhalla_set_up_for_approximate_times_is_noted_once(helsinki: RoadNetwork) -> None:
    server = routing.start_valhalla(routing.helsinki(), algorithm="costmatrix")
    client = RoutingServer(server.url)
    engine = ValhallaEngine(client, timeout_seconds=60)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            engine.matrix(helsinki.nodes_at()[:3], helsinki.nodes_at()[3:6])
    client.close()
    server.stop()
    assert [line for line in logs if line["event"] == "valhalla_matrix_is_approximate"] == [
        {"event": "valhalla_matrix_is_approximate", "algorithm": "costmatrix", "wanted": "timedistancematrix", "log_level": "warning"}
    ]  # fmt: skip


def test_a_server_that_dies_is_replaced_by_the_local_network_at_once(helsinki: RoadNetwork) -> None:
    server = routing.start_osrm(routing.helsinki())
    client = RoutingServer(server.url)
    local = OracleEngine(helsinki)
    engine = FallbackEngine(OsrmEngine(client, timeout_seconds=20), lambda: local, Breaker())
    random = np.random.default_rng(4)
    nodes = random.choice(np.flatnonzero(helsinki.stoppable), 10, replace=False)
    places = np.round(helsinki.nodes_at()[nodes], 6)
    request = tuple(places[0].tolist()), tuple(places[1].tolist())
    index = engine.detour_index()
    trips = trips_among(places, 200)
    trips = [
        trip
        for trip in trips
        if engine.server.matrix(np.array([trip.origin]), np.array([trip.destination]))[0, 0] < 10**6
    ]
    index.put(trips)
    assert told(index.detours(*request)) == brute_force(engine.server, trips, *request)
    assert engine.facts().name == "OSRM"
    server.stop()
    started = time.monotonic()
    assert told(index.detours(*request)) == brute_force(local, trips, *request)
    assert time.monotonic() - started < 3
    assert engine.facts().fallen_back
    assert engine.facts().name == helsinki.facts.name
    client.close()
