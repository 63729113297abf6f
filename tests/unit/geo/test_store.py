"""Networks kept as files: whole or not at all, checked when they are read, swapped without a restart."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from mobility.geo.errors import BadNetworkFile
from mobility.geo.network import store
from mobility.geo.network.calibration import DEFAULT_FACTORS, calibrate
from mobility.geo.network.current import Networks
from mobility.geo.network.model import ARRAYS, RoadClass, RoadNetwork
from tests.factories.roads import a_random_network

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def same(one: RoadNetwork, other: RoadNetwork) -> bool:
    """Tell whether two networks hold the same."""
    return one.facts == other.facts and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS)


def _save(folder: Path, seed: int = 1, hours: int = 0) -> store.Version:
    return store.save(folder, a_random_network(seed), factors=DEFAULT_FACTORS, now=NOW + timedelta(hours=hours))


def test_a_network_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    network = a_random_network(3)
    version = store.save(tmp_path / "network", network, factors=DEFAULT_FACTORS, now=NOW)
    assert store.current_name(tmp_path / "network") == version.name
    again = store.read_version(tmp_path / "network", version.name)
    assert again == version
    assert (again.node_count, again.arc_count) == (network.node_count, network.arc_count)
    assert again.factors == DEFAULT_FACTORS
    loaded = store.load(again)
    assert same(loaded, network)
    assert not loaded.seconds.flags.writeable
    store.verify(again)


def test_topology_stays_the_same_under_another_calibration(tmp_path: Path) -> None:
    first = _save(tmp_path)
    factors = {**DEFAULT_FACTORS, RoadClass.LOCAL: 2.0}
    slowed = calibrate(a_random_network(1), factors)
    second = store.save(tmp_path, slowed, factors=factors, now=NOW)
    assert (first.topology, first.name) != (second.topology, second.name)
    assert first.topology == second.topology
    assert first.topology != _save(tmp_path, seed=2).topology


def test_two_versions_are_kept_and_what_died_half_written_goes(tmp_path: Path) -> None:
    (tmp_path / ".partial-dead").mkdir(parents=True)
    versions = [_save(tmp_path, seed, hours=seed) for seed in (1, 2, 3)]
    assert store.names(tmp_path) == [versions[2].name, versions[1].name]
    assert not (tmp_path / ".partial-dead").exists()
    assert not versions[0].folder.exists()


def test_a_network_in_use_outlives_the_deletion_of_its_files(tmp_path: Path) -> None:
    version = _save(tmp_path)
    network = store.load(version)
    shutil.rmtree(version.folder)
    assert same(network, a_random_network(1))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda v: (v.folder / "head.npy").write_bytes((v.folder / "head.npy").read_bytes()[:-4]), "bonne taille"),
        (lambda v: (v.folder / "head.npy").unlink(), "ne se lit pas"),
        (lambda v: (v.folder / "head.npy").write_bytes(b"x" * (v.folder / "head.npy").stat().st_size), "ne se lit pas"),
        (lambda v: shutil.copy(v.folder / "seconds.npy", v.folder / "latitude.npy"), "bonne taille"),
        (lambda v: (v.folder / "manifest.json").write_text("{"), "description n’est pas lisible"),
        (lambda v: (v.folder / "manifest.json").write_text("[1]"), "autre version du logiciel"),
        (lambda v: _edit(v, format=99), "autre version du logiciel"),
        (lambda v: _edit(v, facts={}), "incomplète"),
        (lambda v: _edit(v, arrays={}), "incomplète"),
        (lambda v: (v.folder / "manifest.json").unlink(), "disparu"),
        (lambda v: np.save(v.folder / "head.npy", np.zeros(0, dtype=np.float32)), "bonne taille"),
    ],
)  # fmt: skip
def test_a_damaged_version_is_refused_in_one_sentence(tmp_path: Path, damage: object, said: str) -> None:
    version = _save(tmp_path)
    damage(version)  # type: ignore[operator]
    with pytest.raises(BadNetworkFile, match=said) as refused:
        store.load(store.read_version(tmp_path, version.name))
    assert refused.value.message.endswith("importez-le à nouveau.")


def _edit(version: store.Version, **changes: object) -> None:
    path = version.folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}))


def test_arrays_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    version = _save(tmp_path)
    arrays = dict(version.manifest["arrays"])
    np.save(version.folder / "metres.npy", np.zeros(3, dtype=np.float32))
    size = (version.folder / "metres.npy").stat().st_size
    _edit(version, arrays={**arrays, "metres": {**arrays["metres"], "shape": [3], "bytes": size}})
    with pytest.raises(BadNetworkFile, match="ne vont pas ensemble"):
        store.load(store.read_version(tmp_path, version.name))


def test_one_changed_byte_is_found_by_the_checksum(tmp_path: Path) -> None:
    version = _save(tmp_path)
    path = version.folder / "seconds.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    store.load(version)
    with pytest.raises(BadNetworkFile, match="a changé"):
        store.verify(version)


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "nothing", "x" * 300, "\0"])
def test_a_pointer_leads_to_a_version_and_nowhere_else(tmp_path: Path, name: str) -> None:
    _save(tmp_path)
    with pytest.raises(BadNetworkFile):
        store.read_version(tmp_path, name)


# ---- the network in use


def test_without_any_import_the_demonstration_answers(tmp_path: Path) -> None:
    in_use = Networks(tmp_path / "none").in_use()
    assert in_use.network.facts.demonstration
    assert in_use.version.startswith("demonstration-")
    assert in_use.problem is None
    assert in_use.folder is None


def test_an_import_takes_effect_without_a_restart(tmp_path: Path) -> None:
    networks = Networks(tmp_path)
    demonstration = networks.in_use()
    first = _save(tmp_path, 1)
    assert networks.in_use().version == first.name
    second = _save(tmp_path, 2, hours=1)
    in_use = networks.in_use()
    assert in_use.version == second.name
    assert in_use is networks.in_use()
    assert demonstration.version != first.name


def test_a_damaged_version_leaves_the_one_in_use(tmp_path: Path) -> None:
    networks = Networks(tmp_path)
    first = _save(tmp_path, 1)
    assert networks.in_use().version == first.name
    second = _save(tmp_path, 2, hours=1)
    (second.folder / "head.npy").unlink()
    with capture_logs() as logs:
        in_use = networks.in_use()
    assert in_use.version == first.name
    assert in_use.problem
    assert "importez-le à nouveau" in in_use.problem
    assert [entry["event"] for entry in logs] == ["network_unusable"]


def test_a_new_process_falls_back_to_the_version_before_and_then_to_the_demonstration(tmp_path: Path) -> None:
    first, second = _save(tmp_path, 1), _save(tmp_path, 2, hours=1)
    (second.folder / "head.npy").unlink()
    with capture_logs():
        in_use = Networks(tmp_path).in_use()
        assert (in_use.version, bool(in_use.problem)) == (first.name, True)
        (first.folder / "tail.npy").write_bytes(b"")
        (first.folder / "manifest.json").unlink()
        in_use = Networks(tmp_path).in_use()
    assert in_use.network.facts.demonstration
    assert in_use.problem


def test_an_unreadable_pointer_is_told(tmp_path: Path) -> None:
    (tmp_path / "current").write_bytes(b"\xff\xfe")
    with capture_logs():
        in_use = Networks(tmp_path).in_use()
    assert in_use.problem
    assert in_use.network.facts.demonstration


def test_many_threads_get_one_network(tmp_path: Path) -> None:
    _save(tmp_path)
    networks = Networks(tmp_path)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(networks.in_use())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(each) for each in found}) == 1


def test_a_replacement_gives_way_to_an_import_that_came_first(tmp_path: Path) -> None:
    first = _save(tmp_path, 1)
    second = _save(tmp_path, 2, hours=1)
    late = a_random_network(1)
    assert not store.replace(tmp_path, first.name, late, factors=DEFAULT_FACTORS, now=NOW)
    assert store.current_name(tmp_path) == second.name
    assert store.replace(tmp_path, second.name, late, factors=DEFAULT_FACTORS, now=NOW)


# ---- whatever happens while it is written


def test_a_full_disk_leaves_the_old_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _save(tmp_path, 1)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        _save(tmp_path, 2, hours=1)
    monkeypatch.undo()
    assert store.current_name(tmp_path) == first.name
    assert store.names(tmp_path) == [first.name]
    assert not list(tmp_path.glob(".partial-*"))


# The child dies by SIGKILL in the middle of a step, with no chance to tidy up.
DYING = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
import numpy as np
from mobility.geo.network import store
from mobility.geo.network.calibration import DEFAULT_FACTORS
from tests.factories.roads import a_random_network

folder, step = Path(sys.argv[1]), sys.argv[2]
original = getattr(store, step)

def dying(*arguments, **options):
    if step == "_write_arrays":
        np.save(arguments[0] / "longitude.npy", np.zeros(3))
    elif step != "_point":
        original(*arguments, **options)
    os.kill(os.getpid(), 9)

setattr(store, step, dying)
store.save(folder, a_random_network(2), factors=DEFAULT_FACTORS, now=datetime(2026, 11, 22, 9, tzinfo=UTC))
"""


@pytest.mark.parametrize("step", ["_write_arrays", "sync_folder", "verify", "_point"])
def test_a_process_killed_while_it_writes_leaves_the_old_network(tmp_path: Path, step: str) -> None:
    first = _save(tmp_path, 1)
    child = subprocess.run([sys.executable, "-c", DYING, str(tmp_path), step], cwd=ROOT, check=False, timeout=60)
    assert child.returncode == -9
    assert Networks(tmp_path).in_use().version == first.name
    # The next import is not held up by what the dead one left, and tidies it away.
    third = _save(tmp_path, 3, hours=2)
    assert Networks(tmp_path).in_use().version == third.name
    assert not list(tmp_path.glob(".partial-*"))
