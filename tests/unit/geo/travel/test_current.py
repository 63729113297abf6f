"""The engine in use follows the network in use, and is prepared by whoever comes first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mobility.geo.network import store
from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.network.current import Networks
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel import current, prepared
from mobility.geo.travel.current import LocalEngines
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.geo.travel.search import HierarchyEngine
from tests.factories.roads import a_random_network


def put_into_use(folder: Path, network: RoadNetwork, minute: int = 0) -> None:
    store.save(folder, network, factors=DEFAULT_FACTORS, now=datetime(2026, 11, 22, 7, minute, tzinfo=UTC))


def test_until_something_is_imported_the_demonstration_network_answers(tmp_path: Path) -> None:
    engines = LocalEngines(Networks(tmp_path))
    assert engines.in_use().facts().demonstration
    assert isinstance(engines.in_use().engine, HierarchyEngine)
    assert engines.in_use() is engines.in_use()


def test_another_network_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    engines = LocalEngines(Networks(tmp_path))
    for minute, seed in enumerate((1, 2)):
        network = a_random_network(seed)
        put_into_use(tmp_path, network, minute)
        nodes = np.arange(network.node_count, dtype=np.int32)
        found = engines.in_use().engine.matrix(nodes, nodes)
        assert (found == DijkstraEngine(network).matrix(nodes, nodes)).all()
    assert len(store.names(tmp_path)) == 2, "prepared files are not taken for a version"


def test_what_an_import_prepared_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = a_random_network(1)
    prepared.prepare_beside(network, tmp_path)
    put_into_use(tmp_path, network)
    monkeypatch.setattr(prepared, "elimination_order", lambda network: pytest.fail("prepared again"))
    monkeypatch.setattr(current, "AT_ONCE", 0)
    assert isinstance(LocalEngines(Networks(tmp_path)).in_use().engine, HierarchyEngine)


def test_before_processes_fork_only_what_is_prepared_is_opened(tmp_path: Path) -> None:
    network = a_random_network(1)
    put_into_use(tmp_path, network)
    unprepared = LocalEngines(Networks(tmp_path))
    unprepared.open_prepared()
    assert not unprepared.folder.exists()
    prepared.prepare_beside(network, tmp_path)
    engines = LocalEngines(Networks(tmp_path))
    engines.open_prepared()
    opened = engines._ready
    assert opened is not None
    assert engines.in_use() is opened


def test_a_large_network_is_prepared_while_plain_dijkstra_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "AT_ONCE", 0)
    put_into_use(tmp_path, a_random_network(1))
    engines = LocalEngines(Networks(tmp_path))
    first = engines.in_use()
    assert isinstance(first.engine, DijkstraEngine)
    engines.wait(60)
    ready = engines.in_use()
    assert isinstance(ready.engine, HierarchyEngine)
    # The next one is prepared while this one goes on answering, on its own network.
    put_into_use(tmp_path, a_random_network(2), minute=1)
    assert engines.in_use() is ready
    engines.wait(60)
    assert engines.in_use().network.node_count == a_random_network(2).node_count


def test_a_command_prepares_a_large_network_itself_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "AT_ONCE", 0)
    put_into_use(tmp_path, a_random_network(1))
    told: list[int] = []
    for _ in range(2):
        engines = LocalEngines(Networks(tmp_path))
        engine = engines.prepared(lambda network: told.append(network.node_count))
        assert isinstance(engine.engine, HierarchyEngine)
        assert engines.in_use() is engine
    assert told == [a_random_network(1).node_count]


def test_a_folder_that_cannot_be_written_to_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_into_use(tmp_path, a_random_network(1))
    (tmp_path / store.PREPARED).write_text("not a folder")
    assert isinstance(LocalEngines(Networks(tmp_path)).in_use().engine, HierarchyEngine)
