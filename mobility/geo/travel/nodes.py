"""Travel times between the nodes of one network: what our engines compute, before points come in. Pure."""

from __future__ import annotations

import itertools
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from mobility.geo.errors import Unreachable
from mobility.geo.network.model import Ints, RoadNetwork
from mobility.geo.travel.interface import UNREACHABLE


class NodeEngine(Protocol):
    """Exact shortest times between nodes, whole seconds as the weights of the network."""

    network: RoadNetwork

    def matrix(self, sources: Ints, targets: Ints) -> Ints:
        """Return the seconds, shape (s, t); UNREACHABLE where no road leads."""

    def path(self, source: int, target: int) -> Ints:
        """Return the arcs of one fastest path, in order; empty where both are the same. Raises Unreachable."""


class DijkstraEngine:
    """scipy's Dijkstra: slow, simple, right. The oracle of the tests, and the fallback without a prepared hierarchy."""

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network
        count = network.node_count
        self._graph = csr_array(
            (network.seconds.astype(np.float64), network.head, network.first_out), shape=(count, count)
        )
        self._backward = self._graph.T.tocsr()

    def matrix(self, sources: Ints, targets: Ints) -> Ints:
        """Return the seconds, shape (s, t)."""
        if not len(sources) or not len(targets):
            return np.empty((len(sources), len(targets)), dtype=np.int32)
        if len(targets) < len(sources):
            return self._from(self._backward, targets)[:, sources].T.copy()
        return self._from(self._graph, sources)[:, targets].copy()

    def path(self, source: int, target: int) -> Ints:
        """Return the arcs of one fastest path."""
        _, before = dijkstra(self._graph, indices=source, return_predecessors=True)
        nodes = [target]
        while nodes[-1] != source:
            if before[nodes[-1]] < 0:
                raise Unreachable
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        return np.array([self._arc(a, b) for a, b in itertools.pairwise(nodes)], dtype=np.int32)

    def _arc(self, tail: int, head: int) -> int:
        first, last = self.network.first_out[tail], self.network.first_out[tail + 1]
        return int(first + np.searchsorted(self.network.head[first:last], head))

    @staticmethod
    def _from(graph: csr_array, nodes: Ints) -> Ints:
        found = dijkstra(graph, indices=nodes)
        return np.where(np.isfinite(found), found, UNREACHABLE).astype(np.int32)
