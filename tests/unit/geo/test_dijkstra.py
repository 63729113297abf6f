"""The oracle agrees with a graph library that shares no code with it."""

from __future__ import annotations

import numpy as np
import pytest

from mobility.geo.errors import TooFarFromRoad, Unreachable
from mobility.geo.network.snapping import NodeSnapper
from mobility.geo.travel.interface import UNREACHABLE
from mobility.geo.travel.nodes import DijkstraEngine
from tests.factories.roads import a_network, a_random_network

nx = pytest.importorskip("networkx")


@pytest.mark.parametrize("seed", range(5))
def test_times_and_paths_are_those_of_networkx(seed: int) -> None:
    network = a_random_network(seed)
    engine = DijkstraEngine(network)
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(
        zip(network.tails().tolist(), network.head.tolist(), network.seconds.tolist(), strict=True)
    )
    everywhere = np.arange(network.node_count, dtype=np.int32)
    found = engine.matrix(everywhere, everywhere)
    for source, reached in nx.all_pairs_dijkstra_path_length(graph):
        assert {int(node): int(found[source, node]) for node in everywhere} == reached
    arcs = engine.path(0, network.node_count - 1)
    assert network.seconds[arcs].sum() == found[0, -1]


def test_more_sources_than_targets_are_searched_backwards_with_the_same_answer() -> None:
    network = a_random_network(7)
    engine = DijkstraEngine(network)
    everywhere = np.arange(network.node_count, dtype=np.int32)
    assert (engine.matrix(everywhere, everywhere[:3]) == engine.matrix(everywhere, everywhere)[:, :3]).all()


def test_what_no_road_reaches_is_said() -> None:
    engine = DijkstraEngine(a_network([(0, 1, 10), (1, 2, 10)]))
    nodes = np.array([0, 2], dtype=np.int32)
    assert engine.matrix(nodes, nodes).tolist() == [[0, 20], [int(UNREACHABLE), 0]]
    with pytest.raises(Unreachable):
        engine.path(2, 0)
    assert engine.path(1, 1).size == 0


def test_a_point_is_snapped_to_the_nearest_node_or_refused() -> None:
    network = a_network([(0, 1, 60), (1, 0, 60)], [(3.5, 50.3), (3.6, 50.3)])
    snapper = NodeSnapper(network)
    nodes, metres = snapper.snap(np.array([[3.501, 50.3], [3.6, 50.301]]))
    assert nodes.tolist() == [0, 1]
    assert metres == pytest.approx([71.0, 111.2], abs=0.1)
    with pytest.raises(TooFarFromRoad) as refused:
        snapper.snap(np.array([[3.5, 50.3], [3.55, 50.3]]))
    assert (refused.value.index, round(refused.value.metres)) == (1, 3551)


def test_of_two_nodes_at_one_place_the_first_is_nearest() -> None:
    network = a_network([(0, 1, 60), (1, 2, 60), (2, 0, 60)], [(3.6, 50.3), (3.5, 50.3), (3.5, 50.3)])
    nodes, metres = NodeSnapper(network).nearest(np.array([[3.5, 50.3], [3.51, 50.3], [3.6, 50.3]]))
    assert (nodes.tolist(), metres[0]) == ([1, 1, 0], 0)
    assert NodeSnapper(network).nearest(np.empty((0, 2)))[0].tolist() == []
    one = a_network([(0, 1, 60)], [(3.6, 50.3), (3.5, 50.3)])
    one.stoppable[0] = False
    assert NodeSnapper(one).nearest(np.array([[3.5, 50.3]]))[0].tolist() == [1]
