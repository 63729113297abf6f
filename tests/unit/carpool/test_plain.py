"""The plain matching is what networkx finds on the same graph, whatever is asked."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import networkx as nx
import pytest

from mobility.carpool import plain
from mobility.carpool.matchfile import parse
from mobility.carpool.plain import PlainMatcher, snap
from mobility.geo.network.model import RoadNetwork
from mobility.geo.network.snapping import NodeSnapper
from mobility.geo.travel.nodes import DijkstraEngine
from tests.factories.matchfiles import a_match_file
from tests.factories.roads import a_network, a_random_network
from tests.support.plain_oracle import Graph, answers


def a_graph(network: RoadNetwork) -> Graph:
    """Return the network as networkx holds it."""
    graph = nx.DiGraph()
    for node, (x, y) in enumerate(network.nodes_at().tolist()):
        graph.add_node(node, x=x, y=y)
    for tail, head, seconds in zip(
        network.tails().tolist(), network.head.tolist(), network.seconds.tolist(), strict=True
    ):
        graph.add_edge(tail, head, travel_time=seconds)
    places = {node: (data["x"], data["y"]) for node, data in graph.nodes(data=True)}
    return Graph(graph, graph.reverse(copy=False), places)


def match(network: RoadNetwork, asked: dict[str, Any], limit: float = 1000) -> list[dict[str, Any]]:
    """Return what the plain matching answers, as the command prints it."""
    file = parse(json.dumps(asked).encode())
    snapper = NodeSnapper(network, stoppable_only=False)
    offers, _ = snap(snapper, "offers", file.offers, limit_metres=limit)
    requests, _ = snap(snapper, "requests", file.requests, limit_metres=limit)
    matcher = PlainMatcher(DijkstraEngine(network), file.offers, offers)
    return [
        {
            "offer": found.offer, "request": found.request, "detour_seconds": found.detour_seconds,
            "pickup_at": found.pickup_at.isoformat(), "dropoff_at": found.dropoff_at.isoformat(),
            "direct_seconds": found.direct_seconds,
        }
        for found in matcher.matches(file.requests, requests)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("at_once", [1, 70, 10**6])
def test_found_and_refused_alike(seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "PAIRS_AT_ONCE", at_once)
    network = a_random_network(seed)
    places = [(x, y) for x, y in network.nodes_at().tolist()]
    asked = a_match_file(places, seed=seed, offers=30, requests=40, scale_seconds=1500)
    expected = answers(a_graph(network), asked)
    assert expected
    assert match(network, asked) == expected


def test_a_network_in_two_parts_matches_within_each() -> None:
    arcs = [(0, 1, 60), (1, 0, 60), (2, 3, 60), (3, 2, 60), (1, 2, 60)]
    positions = [(3.50, 50.3), (3.51, 50.3), (3.52, 50.3), (3.53, 50.3)]
    network = a_network(arcs, positions)
    asked = a_match_file(positions, seed=1, offers=40, requests=40, scale_seconds=240)
    expected = answers(a_graph(network), asked)
    assert expected
    assert match(network, asked) == expected


def _asked(offer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    return {
        "offers": [{"id": "o", "depart_at": "2026-11-24T04:00:00+01:00", "max_detour_minutes": 0, "seats": 1, **offer}],
        "requests": [{"id": "r", "arrive_by": "2026-11-24T05:00:00+01:00", "flex_minutes": 90, "seats": 1, **request}],
    }


@pytest.mark.parametrize(
    ("offer", "request_ends", "found"),
    [
        # The rider starts and ends at one place: nothing to drive, on the way.
        (("a", "c"), ("b", "b"), (0, 180, "04:01:00")),
        # The driver does: to the rider and back is all detour.
        (("b", "b"), ("b", "b"), (0, 0, "04:00:00")),
        (("a", "c"), ("a", "c"), (0, 180, "04:00:00")),
        (("a", "c"), ("c", "a"), None),
    ],
)
def test_identical_ends_are_right_answers(offer: Any, request_ends: Any, found: Any) -> None:
    positions = {"a": [3.50, 50.3], "b": [3.51, 50.3], "c": [3.52, 50.3]}
    arcs = [(0, 1, 60), (1, 0, 60), (1, 2, 120), (2, 1, 120)]
    network = a_network(arcs, [tuple(place) for place in positions.values()])  # type: ignore[misc]
    asked = _asked(
        {"from": positions[offer[0]], "to": positions[offer[1]]},
        {"from": positions[request_ends[0]], "to": positions[request_ends[1]]},
    )
    answer = [
        (match["detour_seconds"], match["direct_seconds"], match["pickup_at"][11:19]) for match in match(network, asked)
    ]
    assert answer == ([] if found is None else [found])


def test_offsets_fractions_of_a_second_and_the_edges_of_a_window_are_exact() -> None:
    network = a_network([(0, 1, 60), (1, 0, 60)], [(3.50, 50.3), (3.51, 50.3)])
    ends = {"from": [3.50, 50.3], "to": [3.51, 50.3]}

    def found(depart: str, by: str, flex: float) -> list[str]:
        asked = _asked({**ends, "depart_at": depart}, {**ends, "arrive_by": by, "flex_minutes": flex})
        return [match["dropoff_at"] for match in match(network, asked)]

    assert found("2026-11-24T04:00:00+01:00", "2026-11-24T03:01:00Z", 0) == ["2026-11-24T04:01:00+01:00"]
    assert found("2026-11-24T04:00:00+01:00", "2026-11-24T03:00:59.999999Z", 60) == []
    assert found("2026-11-24T04:00:00.000001+01:00", "2026-11-24T03:01:00Z", 60) == []
    assert found("2026-11-24T04:00:00.5Z", "2026-11-24T04:01:01Z", 0.01) == ["2026-11-24T04:01:00.500000+00:00"]
    assert found("2026-11-24T04:00:00.3Z", "2026-11-24T04:01:01Z", 0.01) == []


def test_points_without_a_road_are_named_and_left_out() -> None:
    network = a_network([(0, 1, 60), (1, 0, 60)], [(3.5, 50.3), (3.6, 50.3)])
    asked = _asked({"from": [50.3, 3.5], "to": [3.6, 50.3]}, {"from": [3.5, 50.3], "to": [3.55, 50.3]})
    file = parse(json.dumps(asked).encode())
    snapper = NodeSnapper(network, stoppable_only=False)
    ends, refused = snap(snapper, "offers", file.offers, limit_metres=1000)
    assert len(ends.kept) == 0
    (line,) = refused
    assert line.startswith('offers[0] (id "o"): from: ')
    assert line.endswith("left out (are longitude and latitude swapped?)")
    _, (line,) = snap(snapper, "requests", file.requests, limit_metres=1000)
    assert line == 'requests[0] (id "r"): to: 3551 m from the nearest road, more than 1000 m: left out'
    assert match(network, asked) == []
    assert len(snap(snapper, "requests", file.requests, limit_metres=3552)[0].kept) == 1


def test_snapping_asks_all_nodes_and_no_file_is_too_small() -> None:
    network = a_network([(0, 1, 60), (1, 0, 60)], [(3.5, 50.3), (3.6, 50.3)])
    network.stoppable[0] = False
    asked = _asked({"from": [3.5, 50.3], "to": [3.6, 50.3]}, {"from": [3.5, 50.3], "to": [3.6, 50.3]})
    assert len(match(network, asked)) == 1
    assert match(network, {"offers": [], "requests": asked["requests"]}) == []
    assert match(network, {"offers": asked["offers"], "requests": []}) == []


def test_memory_does_not_grow_with_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "PAIRS_AT_ONCE", 20_000)
    network = a_random_network(2)
    places = [(x, y) for x, y in network.nodes_at().tolist()]
    engine, snapper = DijkstraEngine(network), NodeSnapper(network, stoppable_only=False)
    peaks = []
    for requests in (400, 1600):
        asked = a_match_file(places, seed=1, offers=200, requests=requests, scale_seconds=1500)
        file = parse(json.dumps(asked).encode())
        offers, _ = snap(snapper, "offers", file.offers, limit_metres=1000)
        ends, _ = snap(snapper, "requests", file.requests, limit_metres=1000)
        matcher = PlainMatcher(engine, file.offers, offers)
        tracemalloc.start()
        count = sum(1 for _ in matcher.matches(file.requests, ends))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert count > requests
    assert peaks[1] < 1.5 * peaks[0]
