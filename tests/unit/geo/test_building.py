"""From the roads of a file to the graph of junctions, on roads drawn by hand."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.geo.errors import BadNetworkFile
from mobility.geo.network.building import Junctions, junction_graph, to_network
from mobility.geo.network.calibration import DEFAULT_FACTORS, calibrate
from mobility.geo.network.importing import build_network
from mobility.geo.network.model import GEOMETRY_UNIT, NetworkFacts, RoadClass, RoadNetwork
from mobility.geo.network.reading import RawRoads
from mobility.geo.network.snapping import great_circle_metres
from mobility.geo.network.subdividing import STRETCH_MAX_METRES, subdivide
from mobility.geo.network.tags import read_way
from tests.support.osm_writing import a_town, write_osm

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
FACTS = NetworkFacts("Essai", "essai.osm", False, NOW, "Essai")
FREE_FLOW = dict.fromkeys(RoadClass, 1.0)
STREET = {"highway": "residential"}
Place = tuple[float, float]


def roads(nodes: Mapping[int, Place], ways: Sequence[tuple[Sequence[int], Mapping[str, str]]]) -> RawRoads:
    """Return what reading a file with these nodes and ways would give."""
    ids = sorted(nodes)
    kept = [(refs, way) for refs, tags in ways if (way := read_way(tags)) is not None]
    nothing = float("nan")
    return RawRoads(
        ref=np.array([ids.index(ref) for refs, _ in kept for ref in refs], dtype=np.int32),
        first_ref=np.cumsum([0, *(len(refs) for refs, _ in kept)]),
        forward_kmh=np.array([w.forward_kmh or nothing for _, w in kept], dtype=np.float32),
        backward_kmh=np.array([w.backward_kmh or nothing for _, w in kept], dtype=np.float32),
        road_class=np.array([w.road_class for _, w in kept], dtype=np.uint8),
        osm_id=np.array(ids, dtype=np.int64),
        longitude=np.array([nodes[i][0] for i in ids]),
        latitude=np.array([nodes[i][1] for i in ids]),
        data_at=None,
    )


def plain(junctions: Junctions) -> RoadNetwork:
    """Return the network without any subdivision."""
    return to_network(junctions.points, junctions.chains, facts=FACTS, factors=FREE_FLOW)


def arcs(network: RoadNetwork) -> set[tuple[int, int]]:
    """Return the arcs as pairs of OpenStreetMap ids."""
    tails, heads = network.osm_id[network.tails()], network.osm_id[network.head]
    return set(zip(tails.tolist(), heads.tolist(), strict=True))


# A street 1-2-3-4 with a crossing at 3, some 71 m between nodes.
LINE = {i: (3.5 + 0.001 * i, 50.3) for i in range(1, 8)} | {10: (3.503, 50.301), 11: (3.503, 50.302)}


def test_points_that_are_no_junction_become_geometry() -> None:
    network = plain(junction_graph(roads(LINE, [([1, 2, 3, 4, 5], STREET), ([3, 10, 11], STREET)])))
    assert network.osm_id.tolist() == [1, 3, 5, 11]
    assert arcs(network) == {(1, 3), (3, 1), (3, 5), (5, 3), (3, 11), (11, 3)}
    arc = int(np.flatnonzero((network.tails() == 0) & (network.head == 1))[0])
    course = network.points[network.first_point[arc] : network.first_point[arc + 1]]
    assert (course * GEOMETRY_UNIT).tolist() == [pytest.approx(LINE[2])]
    assert network.metres[arc] == pytest.approx(142.1, abs=0.5)
    assert network.free_flow_seconds[arc] == pytest.approx(142.1 * 3.6 / 40, abs=0.1)
    assert network.seconds[arc] == 13


def test_a_one_way_street_is_driven_one_way_and_a_dead_end_without_return_is_left_out() -> None:
    one_way = {"highway": "residential", "oneway": "yes"}
    ways = [([1, 2, 3], STREET), ([3, 10], one_way), ([10, 1], one_way), ([3, 4], one_way)]
    network = plain(junction_graph(roads(LINE, ways)))
    # 10 is passed through, 4 is never left again; 3 to 1 is a street and, by 10, a slower one.
    assert arcs(network) == {(1, 3), (3, 1)}


def test_a_way_against_its_nodes_is_turned() -> None:
    ways = [
        ([1, 2, 3], {"highway": "residential", "oneway": "-1"}),
        ([1, 10], STREET),
        ([10, 3], STREET),
        ([1, 4], STREET),
        ([3, 5], STREET),
    ]
    network = plain(junction_graph(roads(LINE, ways)))
    assert (3, 1) in arcs(network)
    direct = (network.osm_id[network.tails()] == 1) & (network.osm_id[network.head] == 3)
    assert network.metres[direct] > 200  # by 10 only


def test_a_change_of_direction_is_a_junction() -> None:
    ways = [([1, 2], STREET), ([2, 3], {**STREET, "oneway": "yes"}), ([3, 10, 2], {**STREET, "oneway": "yes"})]
    network = plain(junction_graph(roads(LINE, ways)))
    assert arcs(network) == {(1, 2), (2, 1)}


def test_two_roads_in_and_one_back_make_a_junction() -> None:
    one_way = {"highway": "residential", "oneway": "yes"}
    ways = [
        ([1, 2], STREET),
        ([1, 2], one_way),
        ([2, 3], one_way),
        ([3, 10], one_way),
        ([10, 1], one_way),
        ([1, 4], STREET),
    ]
    assert (2, 1) in arcs(plain(junction_graph(roads(LINE, ways))))


def test_the_fastest_of_two_roads_between_two_junctions_is_kept() -> None:
    ways = [
        ([1, 2], STREET), ([4, 5], STREET),
        ([2, 3, 4], {"highway": "residential", "maxspeed": "20"}),
        ([2, 10, 4], {"highway": "secondary", "maxspeed": "90"}),
    ]  # fmt: skip
    network = plain(junction_graph(roads(LINE, ways)))
    between = (network.osm_id[network.tails()] == 2) & (network.osm_id[network.head] == 4)
    assert between.sum() == 1
    assert network.road_class[between] == RoadClass.SECONDARY


def test_a_loop_leads_nowhere() -> None:
    network = plain(junction_graph(roads(LINE, [([1, 2, 3], STREET), ([3, 10, 11, 4, 3], STREET)])))
    assert arcs(network) == {(1, 3), (3, 1)}


def test_a_ring_alone_is_still_a_network() -> None:
    nodes, _ = a_town(2)
    junctions = junction_graph(roads(nodes, [([1, 2, 4, 3, 1], {"highway": "residential", "junction": "roundabout"})]))
    points, chains = subdivide(junctions.points, junctions.chains)
    assert to_network(points, chains, facts=FACTS, factors=FREE_FLOW).node_count == 3


def test_two_halves_are_refused_in_one_sentence() -> None:
    nodes, ways = a_town(4)
    more, others = a_town(4, west=3.8, first=100)
    with pytest.raises(BadNetworkFile, match=r"morceaux séparés.* 50 %.*d’un seul tenant"):
        junction_graph(roads(nodes | more, ways + others))


def test_an_island_is_left_out() -> None:
    nodes, ways = a_town(5)
    more, others = a_town(2, west=3.8, first=100)
    junctions = junction_graph(roads(nodes | more, ways + others))
    assert 0.85 < junctions.share < 1
    assert plain(junctions).osm_id.max() < 100


def test_roads_that_nobody_can_come_back_on_are_refused() -> None:
    with pytest.raises(BadNetworkFile, match="en revient"):
        junction_graph(roads(LINE, [([1, 2, 3], {"highway": "residential", "oneway": "yes"})]))


def test_a_way_that_lacks_a_node_is_driven_as_far_as_it_is_known() -> None:
    raw = roads(LINE, [([1, 2, 3, 4, 5], STREET), ([3, 10], STREET), ([2, 11], STREET)])
    raw.longitude[[3]] = np.nan  # node 4
    assert arcs(plain(junction_graph(raw))) == {(1, 2), (2, 1), (2, 11), (11, 2), (2, 10), (10, 2)}


def test_a_road_where_no_car_stops_begins_at_a_node() -> None:
    raw = roads(LINE, [([1, 2], STREET), ([2, 3], {"highway": "trunk"}), ([3, 4, 5], STREET)])
    assert arcs(plain(junction_graph(raw, bare=True))) == {(1, 5), (5, 1)}
    assert arcs(plain(junction_graph(raw))) == {(1, 2), (2, 1), (2, 3), (3, 2), (3, 5), (5, 3)}


@pytest.mark.parametrize(("tags", "stoppable"), [
    ({"highway": "motorway", "oneway": "no"}, False), ({"highway": "trunk"}, False), ({"highway": "trunk_link"}, False),
    ({"highway": "primary"}, True), ({"highway": "service"}, True),
])  # fmt: skip
def test_a_car_stops_on_calm_roads_only(tags: dict[str, str], stoppable: bool) -> None:
    network = plain(junction_graph(roads(LINE, [([1, 2], tags), ([2, 3], STREET), ([2, 10], STREET)])))
    assert network.stoppable.tolist() == [stoppable, True, True, True]


# ---- subdivision


def _long_road(highway: str = "secondary", metres: float = 1000) -> RawRoads:
    width = metres / 71035
    east = 3.5 + width
    nodes = {1: (3.5, 50.3), 2: (3.5 + width / 3, 50.3), 3: (east, 50.3)}
    nodes |= {4: (3.5, 50.301), 5: (3.499, 50.3), 6: (east, 50.301), 7: (east + 0.001, 50.3)}
    ways = [([1, 2, 3], {"highway": highway}), ([1, 4], STREET), ([1, 5], STREET), ([3, 6], STREET), ([3, 7], STREET)]
    return roads(nodes, ways)


def _subdivided(raw: RawRoads) -> RoadNetwork:
    junctions = junction_graph(raw)
    points, chains = subdivide(junctions.points, junctions.chains)
    return to_network(points, chains, facts=FACTS, factors=FREE_FLOW)


def test_a_long_road_gets_nodes_of_ours_shared_by_both_directions() -> None:
    network = _subdivided(_long_road())
    ours = np.flatnonzero(network.osm_id < 0)
    assert len(ours) > 0
    assert network.stoppable[ours].all()
    pairs = arcs(network)
    assert {(b, a) for a, b in pairs} == pairs
    assert network.metres.max() <= STRETCH_MAX_METRES + 0.01


def test_a_motorway_is_not_cut() -> None:
    assert _subdivided(_long_road("motorway_link")).metres.max() == pytest.approx(1000, rel=0.01)


def test_cutting_changes_neither_length_nor_time() -> None:
    raw = _long_road()
    before, after = plain(junction_graph(raw)), _subdivided(raw)
    assert after.metres.sum() == pytest.approx(before.metres.sum(), rel=1e-6)
    assert after.free_flow_seconds.sum() == pytest.approx(before.free_flow_seconds.sum(), rel=1e-6)


def test_places_on_the_slower_of_two_roads_and_on_a_ring_keep_nodes_near() -> None:
    nodes = {
        1: (3.5, 50.3),
        2: (3.51, 50.3),
        3: (3.505, 50.303),
        6: (3.49, 50.3),
        7: (3.52, 50.3),
        8: (3.525, 50.302),
        9: (3.525, 50.298),
    }
    ways = [
        ([6, 1], STREET),
        ([2, 7], STREET),
        ([1, 2], {"highway": "secondary"}),
        ([1, 3, 2], {"highway": "residential"}),
        ([7, 8, 9, 7], STREET),
    ]
    network = _subdivided(roads(nodes, ways))
    at = network.nodes_at()
    for place in (nodes[3], nodes[8], nodes[9]):
        assert great_circle_metres(np.array([place] * len(at)), at).min() <= STRETCH_MAX_METRES / 2


# ---- whatever the streets


@st.composite
def _streets(draw: st.DrawFn) -> RawRoads:
    size = draw(st.integers(2, 5))
    nodes, ways = a_town(size)
    kinds = st.sampled_from(["residential", "secondary", "trunk", "motorway", "service"])
    oneways = st.sampled_from(["", "", "", "yes", "-1"])
    chosen = []
    for refs, _tags in ways:
        tags = {"highway": draw(kinds), "oneway": draw(oneways)}
        chosen.append((refs, tags))
        extra = draw(st.lists(st.sampled_from(sorted(nodes)), min_size=0, max_size=4))
        if len(extra) > 1 and all(a != b for a, b in itertools.pairwise(extra)):
            chosen.append((extra, {"highway": draw(kinds)}))
    return roads(nodes, chosen)


@settings(deadline=None, max_examples=150)
@given(_streets())
def test_every_network_is_whole(raw: RawRoads) -> None:
    try:
        network = _subdivided(raw)
    except BadNetworkFile:
        return
    check_whole(network)


def check_whole(network: RoadNetwork, *, with_course: bool = True) -> None:
    """Assert all that the model promises."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n, tails = network.node_count, network.tails()
    parts, _ = connected_components(
        csr_array((np.ones(len(tails)), (tails, network.head)), (n, n)), connection="strong"
    )
    assert parts == 1
    pairs = tails.astype(np.int64) * n + network.head
    assert (np.diff(pairs) > 0).all(), "sorted by tail and head, none twice"
    assert (tails != network.head).all()
    assert (network.seconds >= 1).all()
    assert len(np.unique(network.osm_id)) == n
    calm = network.road_class > RoadClass.TRUNK
    assert network.metres[calm].max(initial=0) <= STRETCH_MAX_METRES + 0.01
    assert (np.diff(network.first_point) >= 0).all()
    if not with_course:
        return
    # The course of an arc is as long as the arc.
    at = network.nodes_at()
    for arc in range(0, network.arc_count, 7):
        course = network.points[network.first_point[arc] : network.first_point[arc + 1]] * GEOMETRY_UNIT
        line = np.vstack((at[tails[arc]], course, at[network.head[arc]]))
        assert great_circle_metres(line[:-1], line[1:]).sum() == pytest.approx(network.metres[arc], abs=0.2)


def test_calibration_multiplies_by_the_factor_of_the_class_and_rounds_to_whole_seconds() -> None:
    network = _subdivided(_long_road())
    factors = {**DEFAULT_FACTORS, RoadClass.SECONDARY: 2.0, RoadClass.LOCAL: 0.001}
    slowed = calibrate(network, factors)
    local = network.road_class == RoadClass.LOCAL
    assert (slowed.seconds[local] == 1).all()
    assert slowed.seconds[~local].tolist() == np.rint(network.free_flow_seconds[~local] * 2.0).tolist()
    assert network.seconds is not slowed.seconds


@pytest.mark.parametrize("name", ["town.osm", "town.osm.gz", "town.osm.bz2", "town.osm.pbf"])
def test_every_format_gives_the_same_network(tmp_path: Path, name: str) -> None:
    network = build_network(write_osm(tmp_path / name, *a_town()), factors=DEFAULT_FACTORS, now=NOW)
    check_whole(network)
    assert (network.node_count, network.arc_count) == (12 + 0, 40)
    assert network.facts.source == name
