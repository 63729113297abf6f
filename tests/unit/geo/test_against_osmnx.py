"""Our reading of real extracts against osmnx's: the same roads, junctions, directions and lengths."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import osmnx
import pytest

from mobility.geo.network.building import Chains, Points, junction_graph, without_loops_and_slower_twins
from mobility.geo.network.reading import read_roads
from mobility.geo.network.tags import KEYS, direction_of, is_driven
from tests.support.osm import helsinki, shared_extract

Tags = dict[str, str]
EXTRACTS = {
    "helsinki": helsinki,
    "north-bayreuth": lambda: shared_extract("north-bayreuth.osm.gz"),
    "andorra": lambda: shared_extract("andorra.pbf"),
}
# osmnx's own words for its network type, as Overpass would be asked: ["key"] and ["key"!~"expression"].
CONDITIONS = re.findall(r'\["([\w:]+)"(?:!~"([^"]*)")?\]', osmnx._overpass._get_network_filter("drive_service"))


@pytest.fixture(scope="module", params=EXTRACTS)
def extract(request: pytest.FixtureRequest) -> Path:
    """A real extract."""
    return EXTRACTS[request.param]()


def _osmnx_takes(tags: Tags) -> bool:
    return all(
        (key in tags) if not refused else not re.search(refused, tags.get(key, "")) for key, refused in CONDITIONS
    )


def _osmnx_direction(tags: Tags) -> int:
    values = {"yes", "true", "1", "-1", "reverse", "T", "F"}
    if not osmnx.graph._is_path_one_way(tags, False, values):
        return 0
    return -1 if osmnx.graph._is_path_reversed(tags, {"-1", "reverse", "T"}) else 1


def _ways(path: Path) -> list[tuple[int, Tags]]:
    ways = osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
    return [(way.id, {key: way.tags[key] for key in KEYS if key in way.tags}) for way in ways]


def test_the_filter_of_osmnx_is_the_one_that_ours_was_written_from() -> None:
    assert len(CONDITIONS) == 7
    assert ("highway", "") in CONDITIONS
    assert ("access", "private") in CONDITIONS


def test_ways_differ_from_osmnx_only_where_the_decision_says_so(extract: Path) -> None:
    ways = _ways(extract)
    assert ways
    for number, tags in ways:
        theirs, ours = _osmnx_takes(tags), is_driven(tags)
        if theirs != ours:
            closing = [tags.get(key) for key in ("motorcar", "motor_vehicle", "vehicle", "access") if key in tags]
            assert theirs, f"way {number} is closed to osmnx: {tags}"
            assert closing, f"way {number} is open to osmnx: {tags}"
        elif theirs and _osmnx_direction(tags) != direction_of(tags):
            implied = tags["highway"] == "motorway" or tags.get("junction") in {"circular", "roundabout"}
            assert implied or tags.get("oneway") == "reversible", f"way {number} turns otherwise: {tags}"


@pytest.fixture(scope="module")
def common(extract: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ways that both take, in the same direction, with their nodes, as XML; osmnx bears no way that was cut."""
    chosen = {
        number
        for number, tags in _ways(extract)
        if _osmnx_takes(tags) and is_driven(tags) and _osmnx_direction(tags) == direction_of(tags)
    }
    target = tmp_path_factory.mktemp("common") / f"{extract.name.split('.')[0]}.osm"
    present = {node.id for node in osmium.FileProcessor(str(extract), osmium.osm.NODE)}
    nodes: set[int] = set()
    for way in osmium.FileProcessor(str(extract), osmium.osm.WAY):
        refs = {node.ref for node in way.nodes}
        if way.id in chosen and refs <= present:
            nodes |= refs
        else:
            chosen.discard(way.id)
    assert len(chosen) > 50
    with osmium.SimpleWriter(str(target)) as writer:
        for node in osmium.FileProcessor(str(extract), osmium.osm.NODE):
            if node.id in nodes:
                writer.add_node(node.replace(tags={}))
        for way in osmium.FileProcessor(str(extract), osmium.osm.WAY):
            if way.id in chosen:
                writer.add_way(way)
    return target


@pytest.fixture(scope="module")
def theirs(common: Path) -> nx.MultiDiGraph:
    """The junction graph as osmnx makes it."""
    graph = osmnx.graph_from_xml(common, retain_all=True, simplify=False)
    return osmnx.simplify_graph(osmnx.truncate.largest_component(graph, strongly=True))


@pytest.fixture(scope="module")
def ours(common: Path) -> tuple[Points, Chains]:
    """The junction graph as we make it, before it is subdivided."""
    junctions = junction_graph(read_roads(common), bare=True)
    return junctions.points, junctions.chains


def _arcs(points: Points, chains: Chains) -> dict[tuple[int, int], list[float]]:
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    tails, heads = points.osm_id[chains.tail].tolist(), points.osm_id[chains.head].tolist()
    for tail, head, metres in zip(tails, heads, chains.length.tolist(), strict=True):
        found[tail, head].append(metres)
    return found


def test_junctions_are_the_same(theirs: nx.MultiDiGraph, ours: tuple[Points, Chains]) -> None:
    points, chains = ours
    assert set(points.osm_id[np.union1d(chains.tail, chains.head)].tolist()) == set(theirs.nodes)


def test_arcs_and_their_directions_are_the_same(theirs: nx.MultiDiGraph, ours: tuple[Points, Chains]) -> None:
    assert set(_arcs(*ours)) == {(tail, head) for tail, head in theirs.edges()}


def test_lengths_are_the_same_within_a_hundredth(theirs: nx.MultiDiGraph, ours: tuple[Points, Chains]) -> None:
    expected: dict[tuple[int, int], list[float]] = defaultdict(list)
    for tail, head, metres in theirs.edges(data="length"):
        expected[tail, head].append(metres)
    for pair, metres in _arcs(*ours).items():
        assert sorted(metres) == pytest.approx(sorted(expected[pair]), rel=0.01, abs=0.1), pair


def test_one_arc_is_left_between_two_junctions_and_no_loop(
    theirs: nx.MultiDiGraph, ours: tuple[Points, Chains]
) -> None:
    _points, chains = ours
    plain = without_loops_and_slower_twins(chains)
    assert len(plain.tail) == len({(tail, head) for tail, head in theirs.edges() if tail != head})
