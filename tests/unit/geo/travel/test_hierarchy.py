"""The hierarchy gives what Dijkstra gives, whatever the network and the order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.geo.errors import Unreachable
from mobility.geo.network.model import Ints, RoadNetwork
from mobility.geo.travel import compiled, meeting, vectorised
from mobility.geo.travel.hierarchy import Hierarchy, customise
from mobility.geo.travel.interface import UNREACHABLE
from mobility.geo.travel.kernels import INFINITE, Kernels, best_kernels, compiled_kernels, vectorised_kernels
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.geo.travel.order import elimination_order
from mobility.geo.travel.ragged import own_nodes
from mobility.geo.travel.search import HierarchyEngine
from mobility.geo.travel.skeleton import Skeleton, build_skeleton
from tests.factories.roads import a_network, a_random_network

BOTH = pytest.mark.parametrize("kernels", [vectorised_kernels, compiled_kernels])
MakeKernels = Callable[[], Kernels]


def everywhere(network: RoadNetwork) -> Ints:
    return np.arange(network.node_count, dtype=np.int32)


def in_order(network: RoadNetwork, seed: int) -> Skeleton:
    """Return the skeleton of a network in an order that nobody would choose."""
    order = np.random.default_rng(seed).permutation(network.node_count).astype(np.int32)
    return build_skeleton(network, order)


def test_numba_compiles_the_loops_where_it_is_installed() -> None:
    if not compiled.COMPILED:
        pytest.skip(
            "NUMBA IS NOT INSTALLED: the compiled loops were tried as plain Python only (make test: step `fast`)"
        )
    assert hasattr(compiled.scan, "py_func")
    assert best_kernels() is compiled_kernels()


def test_without_numba_numpy_computes() -> None:
    if compiled.COMPILED:
        pytest.skip("numba is installed here")
    assert best_kernels() is vectorised_kernels()


@BOTH
@given(seed=st.integers(0, 10_000), nodes=st.integers(2, 90))
@settings(max_examples=40, deadline=None)
def test_every_time_is_dijkstra_s(kernels: MakeKernels, seed: int, nodes: int) -> None:
    network = a_random_network(seed, nodes)
    engine = HierarchyEngine.prepare(network, kernels())
    nodes_ = everywhere(network)
    assert (engine.matrix(nodes_, nodes_) == DijkstraEngine(network).matrix(nodes_, nodes_)).all()


@BOTH
@given(seed=st.integers(0, 10_000), order=st.integers(0, 10_000), nodes=st.integers(2, 50))
@settings(max_examples=30, deadline=None)
def test_any_order_gives_the_same_times(kernels: MakeKernels, seed: int, order: int, nodes: int) -> None:
    network = a_random_network(seed, nodes)
    engine = HierarchyEngine(network, customise(network, in_order(network, order), kernels()), kernels())
    nodes_ = everywhere(network)
    assert (engine.matrix(nodes_, nodes_) == DijkstraEngine(network).matrix(nodes_, nodes_)).all()


@BOTH
@given(seed=st.integers(0, 10_000), picks=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=40))
@settings(max_examples=30, deadline=None)
def test_times_of_pairs_are_those_of_the_matrix(kernels: MakeKernels, seed: int, picks: list[tuple[int, int]]) -> None:
    network = a_random_network(seed)
    engine = HierarchyEngine.prepare(network, kernels())
    pairs = np.array(picks, dtype=np.int32).reshape(-1, 2) % network.node_count
    whole = engine.matrix(everywhere(network), everywhere(network))
    assert engine.times(pairs[:, 0], pairs[:, 1]).tolist() == whole[pairs[:, 0], pairs[:, 1]].tolist()
    assert (engine.matrix(pairs[:, 0], pairs[:, 1]) == whole[np.ix_(pairs[:, 0], pairs[:, 1])]).all()


@BOTH
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_path_is_a_chain_of_arcs_that_takes_the_least_time(kernels: MakeKernels, seed: int) -> None:
    network = a_random_network(seed, 40)
    engine = HierarchyEngine.prepare(network, kernels())
    times, tails = engine.matrix(everywhere(network), everywhere(network)), network.tails()
    for source in range(0, network.node_count, 3):
        for target in range(network.node_count):
            arcs = engine.path(source, target)
            assert network.seconds[arcs].sum() == times[source, target]
            assert [source, *network.head[arcs].tolist()] == [*tails[arcs].tolist(), target]


@BOTH
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_new_times_on_the_same_roads_need_no_new_order(kernels: MakeKernels, seed: int) -> None:
    network = a_random_network(seed)
    skeleton = build_skeleton(network, elimination_order(network))
    random = np.random.default_rng(seed)
    slower = replace(network, seconds=network.seconds * random.integers(1, 9, network.arc_count, dtype=np.int32))
    engine = HierarchyEngine(slower, customise(slower, skeleton, kernels()), kernels())
    nodes = everywhere(network)
    assert (engine.matrix(nodes, nodes) == DijkstraEngine(slower).matrix(nodes, nodes)).all()


@BOTH
def test_where_no_road_leads_is_said(kernels: MakeKernels) -> None:
    network = a_network([(0, 1, 10), (1, 2, 10), (3, 4, 5), (4, 3, 5)])
    engine = HierarchyEngine.prepare(network, kernels())
    nodes = everywhere(network)
    assert (engine.matrix(nodes, nodes) == DijkstraEngine(network).matrix(nodes, nodes)).all()
    assert engine.times(np.array([0, 0]), np.array([3, 2])).tolist() == [UNREACHABLE, 20]
    for source, target in [(2, 0), (0, 3), (3, 1)]:
        with pytest.raises(Unreachable):
            engine.path(source, target)
    assert engine.path(1, 1).size == 0


@BOTH
def test_no_sources_or_no_targets_give_an_empty_matrix(kernels: MakeKernels) -> None:
    engine = HierarchyEngine.prepare(a_random_network(3), kernels())
    nothing, some = np.empty(0, dtype=np.int32), np.array([0, 1], dtype=np.int32)
    assert engine.matrix(nothing, some).shape == (0, 2)
    assert engine.matrix(some, nothing).shape == (2, 0)
    assert engine.times(nothing, nothing).shape == (0,)


@BOTH
def test_many_searches_at_once_find_what_each_finds_alone(kernels: MakeKernels) -> None:
    network = a_random_network(11, 400)
    engine = HierarchyEngine.prepare(network, kernels())
    nodes = np.random.default_rng(1).integers(0, network.node_count, 1100).astype(np.int32)
    together = engine.leaving(nodes)
    assert (own_nodes(together.ancestors) == engine.hierarchy.skeleton.rank[nodes]).all()
    for row in range(0, len(nodes), 100):
        alone = engine.leaving(nodes[row : row + 1])
        width = alone.times.shape[1]
        assert (together.ancestors[row, :width] == alone.ancestors[0]).all()
        assert (together.times[row, :width] == alone.times[0]).all()
        assert (together.times[row, width:] == INFINITE).all()


@given(seed=st.integers(0, 10_000), order=st.integers(0, 10_000), shared=st.integers(1, 40), chunk=st.integers(9, 60))
@settings(max_examples=40, deadline=None)
def test_rectangles_and_single_cells_find_the_same(seed: int, order: int, shared: int, chunk: int) -> None:
    network = a_random_network(seed, 40)
    skeleton = in_order(network, order)
    one, other = (
        HierarchyEngine(network, customise(network, skeleton, kernels()), kernels())
        for kernels in (vectorised_kernels, compiled_kernels)
    )
    nodes = np.random.default_rng(seed).integers(0, network.node_count, 60).astype(np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectorised, "SHARED", shared)
        patch.setattr(vectorised, "CHUNK", chunk)
        patch.setattr(meeting, "SMALL_CELLS", shared)
        patch.setattr(meeting, "BLOCK_CELLS", chunk)
        leaving, arriving = one.leaving(nodes), one.arriving(nodes)
        settled = one.settle(one.hierarchy.arriving, leaving)
        assert (one.matrix(nodes, nodes) == DijkstraEngine(network).matrix(nodes, nodes)).all()
    for found, expected in (
        (leaving, other.leaving(nodes)),
        (arriving, other.arriving(nodes)),
        (settled, other.settle(other.hierarchy.arriving, other.leaving(nodes))),
    ):
        assert (found.ancestors == expected.ancestors).all()
        assert (found.times == expected.times).all()


def test_numpy_is_left_with_the_buffer_that_it_had() -> None:
    network = a_random_network(3, 200)
    before = np.getbufsize()
    HierarchyEngine.prepare(network, vectorised_kernels()).matrix(everywhere(network), everywhere(network))
    assert np.getbufsize() == before


def test_both_kinds_of_loops_leave_the_same_hierarchy() -> None:
    network = a_random_network(5, 300)
    skeleton = build_skeleton(network, elimination_order(network))
    one, other = (customise(network, skeleton, kernels()) for kernels in (vectorised_kernels, compiled_kernels))
    for name, array in one.arrays().items():
        if "via" not in name:  # of ways that take as long, each may have found another
            assert (array == other.arrays()[name]).all(), name


@given(seed=st.integers(0, 10_000), order=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_skeleton_is_chordal_and_its_tree_in_postorder(seed: int, order: int) -> None:
    network = a_random_network(seed, 40)
    skeleton = in_order(network, order)
    rows = [skeleton.head[skeleton.first[v] : skeleton.first[v + 1]].tolist() for v in range(skeleton.node_count)]
    assert (skeleton.node[skeleton.rank] == everywhere(network)).all()
    for node, above in enumerate(rows):
        assert above == sorted(set(above))
        parent = int(skeleton.parent[node])
        assert parent == (above[0] if above else -1)
        assert set(above[1:]) <= set(rows[parent])
        if parent >= 0:
            assert skeleton.depth[node] == skeleton.depth[parent] + 1
            assert skeleton.level[node] < skeleton.level[parent]
    descendants = [{node} for node in range(len(rows))]
    for node, parent in enumerate(skeleton.parent.tolist()):
        assert descendants[node] == set(range(node - len(descendants[node]) + 1, node + 1))
        if parent >= 0:
            descendants[parent] |= descendants[node]


def test_a_hierarchy_is_made_again_from_its_arrays() -> None:
    network = a_random_network(2)
    engine = HierarchyEngine.prepare(network)
    again = Hierarchy.from_arrays(Skeleton(**engine.hierarchy.skeleton.arrays()), engine.hierarchy.arrays())
    nodes = everywhere(network)
    assert (HierarchyEngine(network, again).matrix(nodes, nodes) == engine.matrix(nodes, nodes)).all()


def test_less_than_no_time_is_refused() -> None:
    network = a_network([(0, 1, 10), (1, 0, 10)])
    backwards = replace(network, seconds=np.array([-1, 10], dtype=np.int32))
    with pytest.raises(ValueError, match="no time"):
        HierarchyEngine.prepare(backwards)
