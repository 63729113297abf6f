"""Made-up road networks for tests: small, odd, and strongly connected unless asked otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from mobility.geo.network.model import NetworkFacts, RoadClass, RoadNetwork

FACTS = NetworkFacts(
    name="Réseau d’essai",
    source="tests",
    demonstration=True,
    made_at=datetime(2026, 11, 22, tzinfo=UTC),
    attribution="Essai",
)


def a_network(
    arcs: list[tuple[int, int, int]], positions: list[tuple[float, float]] | None = None, *, facts: NetworkFacts = FACTS
) -> RoadNetwork:
    """Build a network from (tail, head, seconds); nodes stand on a small circle unless positions are given."""
    best: dict[tuple[int, int], int] = {}
    for tail, head, seconds in arcs:
        if tail != head:
            best[tail, head] = min(seconds, best.get((tail, head), seconds))
    count = len(positions) if positions else 1 + max(max(pair) for pair in best)
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    at = np.array(positions) if positions else np.column_stack((3.5 + 0.05 * np.cos(turn), 50.3 + 0.05 * np.sin(turn)))
    order = sorted(best)
    tails = np.array([tail for tail, _ in order])
    first_out = np.zeros(count + 1, dtype=np.int64)
    np.add.at(first_out, tails + 1, 1)
    seconds = np.array([best[pair] for pair in order], dtype=np.int32)
    return RoadNetwork(
        facts=facts,
        longitude=at[:, 0].copy(), latitude=at[:, 1].copy(),
        stoppable=np.ones(count, dtype=bool), osm_id=-1 - np.arange(count, dtype=np.int64),
        first_out=np.cumsum(first_out), head=np.array([head for _, head in order], dtype=np.int32),
        seconds=seconds, free_flow_seconds=seconds.astype(np.float32), metres=(seconds * 12.5).astype(np.float32),
        road_class=np.full(len(order), RoadClass.LOCAL, dtype=np.uint8),
        first_point=np.zeros(len(order) + 1, dtype=np.int64), points=np.empty((0, 2), dtype=np.int32),
    )  # fmt: skip


def a_random_network(seed: int, nodes: int = 60) -> RoadNetwork:
    """Build a strongly connected network of at most so many nodes: near neighbours, one-ways, dead ends."""
    random = np.random.default_rng(seed)
    at = np.column_stack((3.3 + 0.3 * random.random(nodes), 50.2 + 0.2 * random.random(nodes)))
    arcs: list[tuple[int, int, int]] = []
    for node in range(nodes):
        near = np.argsort(np.hypot(*(at - at[node]).T))[1:4]
        for other in near:
            seconds = int(1 + 6000 * np.hypot(*(at[other] - at[node])) * random.uniform(0.8, 1.5))
            arcs.append((node, int(other), seconds))
            if random.random() < 0.8:
                arcs.append((int(other), node, seconds + int(random.integers(0, 20))))
    tails, heads, _ = np.array(arcs).T
    graph = csr_array((np.ones(len(arcs)), (tails, heads)), shape=(nodes, nodes))
    _, part = connected_components(graph, connection="strong")
    kept = np.flatnonzero(part == np.bincount(part).argmax())
    new = {int(old): index for index, old in enumerate(kept)}
    if len(kept) < 2:
        return a_random_network(seed + 1000, nodes)
    inside = [(new[a], new[b], s) for a, b, s in arcs if a in new and b in new]
    return a_network(inside, [(float(x), float(y)) for x, y in at[kept]])
