"""A hierarchy is made once, and loaded from then on."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel import prepared
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.geo.travel.search import HierarchyEngine
from tests.factories.roads import a_random_network


def answers_rightly(engine: HierarchyEngine, network: RoadNetwork) -> bool:
    nodes = np.arange(network.node_count, dtype=np.int32)
    return bool((engine.matrix(nodes, nodes) == DijkstraEngine(network).matrix(nodes, nodes)).all())


def folders(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in folder.iterdir() if path.is_dir())


def test_what_was_prepared_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = a_random_network(1)
    assert prepared.load(network, tmp_path) is None
    assert answers_rightly(prepared.prepare(network, tmp_path), network)
    assert folders(tmp_path) == ["hierarchy", "skeleton"]
    monkeypatch.setattr(prepared, "elimination_order", lambda network: pytest.fail("ordered again"))
    monkeypatch.setattr(prepared, "customise", lambda *args: pytest.fail("customised again"))
    loaded = prepared.load(network, tmp_path)
    assert loaded is not None
    assert answers_rightly(loaded, network)
    assert not loaded.hierarchy.up.flags.writeable
    assert answers_rightly(prepared.prepare(network, tmp_path), network)


def test_new_times_need_a_new_hierarchy_but_no_new_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = a_random_network(1)
    prepared.prepare(network, tmp_path)
    slower = replace(network, seconds=network.seconds * 2 + 1)
    assert prepared.load(slower, tmp_path) is None
    monkeypatch.setattr(prepared, "elimination_order", lambda network: pytest.fail("ordered again"))
    assert answers_rightly(prepared.prepare(slower, tmp_path), slower)
    assert answers_rightly(prepared.prepare(network, tmp_path), network)
    assert folders(tmp_path) == ["hierarchy", "hierarchy", "skeleton"]


@pytest.mark.parametrize("kind", ["skeleton", "hierarchy"])
@pytest.mark.parametrize("harm", ["cut", "gone", "other"])
def test_damaged_files_are_made_anew(tmp_path: Path, kind: str, harm: str) -> None:
    network = a_random_network(2)
    prepared.prepare(network, tmp_path)
    (folder,) = tmp_path.glob(f"{kind}-*")
    path = folder / ("head.npy" if kind == "skeleton" else "up.npy")
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-4])
    elif harm == "gone":
        path.unlink()
    else:
        text = (folder / "manifest.json").read_text()
        (folder / "manifest.json").write_text(text.replace('"head"', '"nothing"').replace('"up"', '"nothing"'))
        path.rename(folder / "nothing.npy")
    assert prepared.load(network, tmp_path) is None
    assert answers_rightly(prepared.prepare(network, tmp_path), network)
    loaded = prepared.load(network, tmp_path)
    assert loaded is not None
    assert answers_rightly(loaded, network)


def test_those_used_last_are_kept(tmp_path: Path) -> None:
    networks = [a_random_network(seed) for seed in range(prepared.KEPT + 2)]
    for network in networks:
        prepared.prepare(network, tmp_path)
        assert prepared.load(networks[0], tmp_path) is not None
    assert folders(tmp_path) == ["hierarchy"] * prepared.KEPT + ["skeleton"] * prepared.KEPT
    assert prepared.load(networks[1], tmp_path) is None


def _prepare(seed: int, folder: Path, made: multiprocessing.Queue[int]) -> None:
    order = prepared.elimination_order
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "elimination_order", lambda network: (made.put(1), order(network))[1])
        prepared.prepare(a_random_network(seed), folder)


def test_of_several_processes_one_computes(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    made: multiprocessing.Queue[int] = context.Queue()
    processes = [context.Process(target=_prepare, args=(3, tmp_path, made)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert made.get(timeout=5) == 1
    assert made.empty()
