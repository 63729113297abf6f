"""Answers of servers, in the shapes that the real ones were seen to give, and every way to get them wrong."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobility.geo.errors import EngineDown, TooFarApart, TooFarFromRoad, Unreachable
from mobility.geo.travel.interface import UNREACHABLE, Trip
from mobility.geo.travel.osrm import OsrmEngine
from mobility.geo.travel.remote import RemoteEngine, as_points
from mobility.geo.travel.transport import RoutingServer
from mobility.geo.travel.valhalla import ValhallaEngine, decode_line
from tests.support.standin import StandIn, saying

A, B = (24.94, 60.17), (24.95, 60.165)
TWO = np.array([A, B])
PLACES = [
    {"hint": "", "location": [24.940115, 60.170002], "name": "", "distance": 6.39},
    {"hint": "", "location": [24.949764, 60.164993], "name": "Fabianinkatu", "distance": 13.12},
]
OSRM: dict[str, Any] = {
    "table": {"code": "Ok", "durations": [[0, 199.2], [215.6, None]], "sources": PLACES, "destinations": PLACES},
    "route": {
        "code": "Ok",
        "routes": [{
            "legs": [{"steps": [], "weight": 199.2, "summary": "", "duration": 199.2, "distance": 1162.4}],
            "weight_name": "routability", "weight": 199.2, "duration": 199.2, "distance": 1162.4,
            "geometry": {"coordinates": [[24.940115, 60.170002], [24.949764, 60.164993]], "type": "LineString"},
        }],
        "waypoints": PLACES,
    },
    "nearest": {"code": "Ok", "waypoints": [PLACES[0] | {"nodes": [1, 2]}]},
}  # fmt: skip
VALHALLA: dict[str, Any] = {
    "sources_to_targets": {
        "sources_to_targets": {"durations": [[0, 167], [180, None]], "distances": [[0.0, 1.159], [1.2, None]]},
        "units": "kilometers", "algorithm": "timedistancematrix",
    },
    "route": {
        "trip": {
            "locations": [{"type": "break", "lat": 60.17, "lon": 24.94}, {"type": "break", "lat": 60.165, "lon": 24.95}],
            "legs": [{"summary": {"time": 167.471, "length": 1.158}, "shape": "cpnwqBedfqn@aJXw@DoCJA{BCsC"}],
            "summary": {"time": 167.471, "length": 1.158}, "status_message": "Found route between points", "status": 0,
            "units": "kilometers", "language": "en-US",
        },
    },
    "locate": [
        {"input_lat": 60.17, "input_lon": 24.94, "nodes": [], "edges": [
            {"way_id": 1, "correlated_lat": 60.1702, "correlated_lon": 24.9402, "percent_along": 0.5},
            {"way_id": 1, "correlated_lat": 60.170002, "correlated_lon": 24.940115, "percent_along": 0.5}]},
        {"input_lat": 60.165, "input_lon": 24.95, "nodes": [], "edges": [
            {"way_id": 2, "correlated_lat": 60.164993, "correlated_lon": 24.949764, "percent_along": 0.1}]},
    ],
}  # fmt: skip
RECORDED = {"osrm": OSRM, "valhalla": VALHALLA}


class Recorded(StandIn):
    """Answers each service with what was recorded of it, or with what a test puts there."""

    def __init__(self, name: str) -> None:
        super().__init__(self.say)
        self.answers = copy.deepcopy(RECORDED[name])
        self.status = 200
        self.statuses: dict[str, int] = {}

    def say(self, connection: socket.socket, request: bytes) -> bool:
        service = request.split(b"/", 2)[1].split(b" ")[0].decode()
        return saying(self.answers[service], self.statuses.get(service, self.status))(connection, request)


@pytest.fixture(scope="module", params=["osrm", "valhalla"])
def both(request: pytest.FixtureRequest) -> Iterator[tuple[RemoteEngine, Recorded]]:
    name: str = request.param
    standin = Recorded(name)
    client = RoutingServer(standin.url)
    kind: type[RemoteEngine] = {"osrm": OsrmEngine, "valhalla": ValhallaEngine}[name]
    yield kind(client, timeout_seconds=5), standin
    client.close()
    standin.stop()


@pytest.fixture(autouse=True)
def fresh(both: tuple[RemoteEngine, Recorded]) -> None:
    engine, standin = both
    standin.answers, standin.status = copy.deepcopy(RECORDED["osrm" if engine.name == "OSRM" else "valhalla"]), 200
    standin.statuses = {}
    standin.requests.clear()


def paths(content: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Return the way to every part of a JSON value."""
    yield here
    for key, part in (
        content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    ):
        yield from paths(part, (*here, key))


def changed(content: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    content = copy.deepcopy(content)
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    if new is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return content


JUNK = st.one_of(
    st.just(...), st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([10**400, -1, 2**31 - 1, 1e300, -1e-9, 1e9]),
    st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8), st.just([]), st.just({}),
    st.lists(st.one_of(st.none(), st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3)), max_size=4),
)  # fmt: skip
EXPECTED = (EngineDown, TooFarFromRoad, TooFarApart, Unreachable)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_part_of_an_answer_is_junk_the_engine_answers_soundly_or_says_that_it_is_down(
    both: tuple[RemoteEngine, Recorded], data: st.DataObject
) -> None:
    engine, standin = both
    original = RECORDED["osrm" if engine.name == "OSRM" else "valhalla"]
    service = data.draw(st.sampled_from(sorted(original)))
    path = data.draw(st.sampled_from(list(paths(original[service]))))
    standin.answers = original | {
        service: changed(original[service], path, data.draw(JUNK))
        if path
        else data.draw(JUNK.filter(lambda new: new is not ...))
    }
    standin.status = data.draw(st.sampled_from([200, 200, 200, 400, 500]))
    try:
        times = engine.matrix(TWO, TWO)
        assert times.shape == (2, 2)
        assert times.dtype == np.int32
        assert (times >= 0).all()
    except EXPECTED:
        pass
    try:
        route = engine.route(A, B)
        assert 0 <= route.seconds < UNREACHABLE
        assert np.isfinite(route.line).all()
        assert len(route.line) >= 2
    except EXPECTED:
        pass
    try:
        snapped = engine.snap(TWO)
        assert snapped.at.shape == (2, 2)
        assert (snapped.walk_metres <= 1000).all()
    except EXPECTED:
        pass


def test_the_recorded_answers_are_read(both: tuple[RemoteEngine, Recorded]) -> None:
    engine, _ = both
    osrm = engine.name == "OSRM"
    expected = [[0, 199], [216, UNREACHABLE]] if osrm else [[0, 167], [180, UNREACHABLE]]
    assert engine.matrix(TWO, TWO).tolist() == expected
    route = engine.route(A, B)
    assert (route.seconds, route.metres) == ((199, 1162.4) if osrm else (167, 1158.0))
    assert route.line[0] == pytest.approx([24.940115, 60.170002])
    snapped = engine.snap(TWO)
    assert snapped.at == pytest.approx(np.array([place["location"] for place in PLACES]))
    assert snapped.walk_metres == pytest.approx([6.39, 13.12], abs=0.1)
    assert snapped.node.tolist() == [-1, -1]


def test_only_points_leave_the_house(both: tuple[RemoteEngine, Recorded]) -> None:
    engine, standin = both
    answers = RECORDED["osrm" if engine.name == "OSRM" else "valhalla"]
    for name, one in (("table", {"durations": [[60]], "sources": PLACES[:1], "destinations": PLACES[1:]}),) if engine.name == "OSRM" else (("sources_to_targets", {"sources_to_targets": {"durations": [[60]]}}),):  # fmt: skip
        standin.answers[name] = answers[name] | one
    index = engine.detour_index()
    index.put([Trip(777_123, A, B, 1_795_334_456, 98_765)])
    index.detours(B, A, depart_from=1_795_000_000, depart_until=1_796_000_000)
    sent = b"\n".join(standin.requests)
    assert len(standin.requests) >= 3
    for secret in (b"777123", b"1795", b"1796", b"98765", b"Cookie", b"Authorization", b"Referer"):
        assert secret not in sent


ERRORS: dict[str, list[tuple[Any, int, type[Exception]]]] = {
    "OSRM": [
        ({"code": "NoRoute", "message": "Impossible route between points"}, 400, Unreachable),
        ({"code": "NoSegment", "message": "Could not find a matching segment for coordinate 1"}, 400, TooFarFromRoad),
        ({"code": "TooBig", "message": "Too many table coordinates"}, 400, EngineDown),
        ({"code": "InvalidQuery", "message": "Query string malformed"}, 400, EngineDown),
        ({"code": ["Ok"]}, 200, EngineDown),
        ({"message": "no code"}, 200, EngineDown),
        ({"code": "Ok"}, 500, EngineDown),
    ],
    "Valhalla": [
        ({"error_code": 442, "error": "No path could be found for input", "status_code": 400}, 400, Unreachable),
        ({"error_code": 154, "error": "Path distance exceeds the max distance limit"}, 400, TooFarApart),
        ({"error_code": 171, "error": "No suitable edges near location"}, 400, EngineDown),
        ({"error_code": 106, "error": "Try any of"}, 404, EngineDown),
        ({"error_code": "171"}, 400, EngineDown),
        ([], 400, EngineDown),
    ],
}


def test_errors_that_servers_name(both: tuple[RemoteEngine, Recorded]) -> None:
    engine, standin = both
    original = RECORDED["osrm" if engine.name == "OSRM" else "valhalla"]
    for content, status, expected in ERRORS[engine.name]:
        # The other services go on: a point that a route has no road for is looked for by them.
        standin.answers = original | {"route": content}
        standin.statuses = {"route": status}
        with pytest.raises(expected) as raised:
            engine.route(A, B)
        assert type(raised.value) is expected


def test_a_table_that_is_all_unreachable_for_valhalla(both: tuple[RemoteEngine, Recorded]) -> None:
    engine, standin = both
    if engine.name == "OSRM":
        standin.answers["table"]["durations"] = [[None, None], [None, None]]
    else:
        standin.answers["sources_to_targets"], standin.status = {"error_code": 442, "error": "No path"}, 400
    assert (engine.matrix(TWO, TWO) == UNREACHABLE).all()


def test_a_segment_that_the_server_names_is_found_in_its_array(both: tuple[RemoteEngine, Recorded]) -> None:
    engine, standin = both
    if engine.name != "OSRM":
        assert engine.name == "Valhalla"
        return
    for coordinate, expected in (
        ("0", ("sources", 0)),
        ("1", ("targets", 0)),
        ("2", ("targets", 1)),
        ("9" * 30, ("targets", 1)),
    ):
        standin.answers["table"] = {
            "code": "NoSegment",
            "message": f"Could not find a matching segment for coordinate {coordinate}",
        }
        standin.status = 400
        with pytest.raises(TooFarFromRoad) as refused:
            engine.matrix(TWO[:1], TWO)
        assert (refused.value.array, refused.value.index) == expected


def test_valhalla_is_asked_for_square_tables_so_that_it_searches_forwards(both: tuple[RemoteEngine, Recorded]) -> None:
    engine, standin = both
    if engine.name != "Valhalla":
        assert b"POST" not in b"".join(standin.requests)
        return
    standin.answers["sources_to_targets"]["sources_to_targets"]["durations"] = [[5, 5], [6, 6]]
    assert engine.many_to_one(TWO, A).tolist() == [5, 6]
    asked = json.loads(standin.requests[-1].partition(b"\r\n\r\n")[2])
    assert [(place["lon"], place["lat"]) for place in asked["targets"]] == [A, A]
    assert asked["costing_options"]["auto"]["top_speed"] == engine.max_speed_kmh


def test_no_table_is_larger_than_the_server_takes_nor_an_address_than_proxies_do() -> None:
    for engine in (OsrmEngine(RoutingServer("http://s"), table_size=5000), ValhallaEngine(RoutingServer("http://s"))):
        for sources in (1, 2, 49, 50, 51, 99, 1000, 9000):
            for targets in (1, 2, 50, 99, 100, 9000):
                rows, columns = engine.block(sources, targets)
                assert 1 <= rows <= sources
                assert 1 <= columns <= targets
                assert rows + columns <= engine.table_size
                if engine.name == "OSRM":
                    assert (rows + columns) * len("-179.123456,-89.123456;1000;") <= 8000
                else:
                    assert rows <= engine.table_size // 2


@pytest.mark.parametrize("bad", [(float("nan"), 50.0), (3.0, float("inf")), (200.0, 50.0), (3.0, -91.0)])
def test_what_is_no_place_is_never_sent(bad: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="degrees"):
        as_points([(3.0, 50.0), bad])


@pytest.mark.parametrize("text", ["_", "\n", "é", "_p~iF", "~" * 30, None, 5, "_p~iF~ps|U_"])
def test_a_line_that_is_none_is_nonsense(text: Any) -> None:
    with pytest.raises(EngineDown):
        decode_line(text)


def test_a_line_is_decoded() -> None:
    """The example of the format's description."""
    assert decode_line("_p~iF~ps|U_ulLnnqC_mqNvxq`@", 5) == pytest.approx(
        np.array([[-120.2, 38.5], [-120.95, 40.7], [-126.453, 43.252]])
    )
