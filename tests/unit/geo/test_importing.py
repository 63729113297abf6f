"""From files to the network in use: every format, every bad file, the command as a process of its own."""

from __future__ import annotations

import bz2
import gzip
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mobility.geo.errors import BadNetworkFile
from mobility.geo.network import store
from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.network.current import Networks
from mobility.geo.network.importing import build_network, import_file
from tests.support.osm import shared_extract
from tests.support.osm_writing import a_town, write_osm

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A small file of roads."""
    return write_osm(tmp_path / "town.osm.pbf", *a_town())


def _bad_files(folder: Path) -> dict[str, Path]:
    town = write_osm(folder / "town.osm.pbf", *a_town(40)).read_bytes()
    plain = write_osm(folder / "plain.osm", *a_town(10)).read_bytes()
    nodes, ways = a_town(4)
    more, others = a_town(4, west=3.9, first=100)
    contents = {
        "cut.osm.pbf": town[: len(town) // 2], "cut.osm": plain[: len(plain) // 2],
        "cut.osm.gz": gzip.compress(plain)[:-200], "cut.osm.bz2": bz2.compress(plain)[:-200],
        "noise.osm.pbf": os.urandom(5000), "noise.osm": os.urandom(5000), "noise.osm.gz": os.urandom(5000),
        "empty.osm": b"", "empty.osm.pbf": b"", "text.osm": b"Bonjour, ceci est une lettre.",
        "page.osm": b"<html><body>Not found</body></html>", "notes.txt": b"bonjour",
        "wrong.osm": town, "wrong.osm.pbf": plain, "nothing.osm": b"<osm version='0.6'></osm>",
    }  # fmt: skip
    files = {}
    for name, content in contents.items():
        files[name] = folder / name
        files[name].write_bytes(content)
    footpath = [(refs, {"highway": "footway"}) for refs, _ in ways]
    files["footpaths.osm"] = write_osm(folder / "footpaths.osm", nodes, footpath)
    files["halves.osm"] = write_osm(folder / "halves.osm", nodes | more, ways + others)
    files["unplaced.osm"] = write_osm(folder / "unplaced.osm", {1: nodes[1]}, ways)
    one_way = [([1, 2, 3], {"highway": "residential", "oneway": "yes"})]
    files["one-way.osm"] = write_osm(folder / "one-way.osm", nodes, one_way)
    (folder / "folder.osm").mkdir()
    files["folder.osm"] = folder / "folder.osm"
    files["missing.osm"] = folder / "missing.osm"
    (folder / "dangling.osm").symlink_to(folder / "missing.osm")
    files["dangling.osm"] = folder / "dangling.osm"
    os.mkfifo(folder / "pipe.osm")
    files["pipe.osm"] = folder / "pipe.osm"
    return files


SAID = {
    "cut.osm.pbf": "tronqué", "cut.osm": "tronqué", "cut.osm.gz": "tronqué", "cut.osm.bz2": "tronqué",
    "noise.osm.pbf": "pas un fichier OpenStreetMap", "noise.osm": "pas un fichier OpenStreetMap",
    "noise.osm.gz": "pas un fichier OpenStreetMap", "empty.osm": "vide", "empty.osm.pbf": "vide",
    "text.osm": "pas un fichier OpenStreetMap", "page.osm": "pas un fichier OpenStreetMap",
    "notes.txt": "doit finir par",
    "wrong.osm": "pas un fichier OpenStreetMap", "wrong.osm.pbf": "pas un fichier OpenStreetMap",
    "nothing.osm": "aucune route", "footpaths.osm": "aucune route", "halves.osm": "morceaux séparés",
    "unplaced.osm": "incomplet", "one-way.osm": "en revient", "folder.osm": "est un dossier",
    "missing.osm": "missing.osm", "dangling.osm": "dangling.osm", "pipe.osm": "pas un fichier ordinaire",
}  # fmt: skip


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every file that is no road network, by its name."""
    return _bad_files(tmp_path_factory.mktemp("bad"))


@pytest.mark.parametrize("name", SAID)
def test_a_bad_file_is_refused_in_one_sentence_and_leaves_the_network_in_use(
    town: Path, tmp_path: Path, bad_files: dict[str, Path], name: str
) -> None:
    folder = tmp_path / "network"
    before = import_file(town, folder, factors=DEFAULT_FACTORS, now=NOW).version.name
    with pytest.raises((BadNetworkFile, OSError)) as refused:
        import_file(bad_files[name], folder, factors=DEFAULT_FACTORS, now=NOW)
    assert SAID[name] in str(refused.value)
    assert "\n" not in str(refused.value)
    assert store.current_name(folder) == before
    assert [entry.name for entry in folder.iterdir() if entry.is_dir()] == [before]


def test_every_file_that_was_made_bad_is_tried(bad_files: dict[str, Path]) -> None:
    assert set(bad_files) == set(SAID)


def test_ways_before_their_nodes_are_read_too(tmp_path: Path) -> None:
    """As Overpass writes them by « out body; >; out skel qt; »."""
    lines = write_osm(tmp_path / "sorted.osm", *a_town(20)).read_text().splitlines()
    nodes = [line for line in lines if "<node" in line]
    rest = [line for line in lines if "<node" not in line]
    shuffled = tmp_path / "shuffled.osm"
    shuffled.write_text("\n".join([*rest[:-1], *reversed(nodes), rest[-1]]))
    one, other = (
        build_network(tmp_path / name, factors=DEFAULT_FACTORS, now=NOW) for name in ("sorted.osm", "shuffled.osm")
    )
    assert one.osm_id.tolist() == other.osm_id.tolist()
    assert one.seconds.tolist() == other.seconds.tolist()


def test_progress_is_shown_on_a_terminal_alone(town: Path, tmp_path: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    environ = {**os.environ, "VAR_DIR": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, "-m", "mobility", "network", "import", str(town)],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=follower, check=False, timeout=120,
    )  # fmt: skip
    os.close(follower)
    shown = os.read(leader, 10_000).decode()
    os.close(leader)
    assert done.returncode == 0
    assert "Reading the roads" in shown
    assert "Building the network" in shown


def test_a_three_megabyte_file_states_its_time_and_memory(tmp_path: Path) -> None:
    """Stated by the command itself; far more than measured is allowed, for machines that are busy."""
    extract = shared_extract("porto_portugal.pbf")
    done = subprocess.run(
        [sys.executable, "-m", "mobility", "network", "import", str(extract)], cwd=ROOT, text=True, check=True,
        env={**os.environ, "VAR_DIR": str(tmp_path / "var")}, capture_output=True, timeout=300,
    )  # fmt: skip
    print(done.stdout)
    said = re.search(r"(\d+) nodes, (\d+) arcs in use.*\(([\d.]+) s, peak memory (\d+) MB\)", done.stdout)
    assert said
    nodes, arcs, seconds, megabytes = int(said[1]), int(said[2]), float(said[3]), int(said[4])
    assert 55_000 < nodes < 65_000
    assert 130_000 < arcs < 150_000
    assert seconds < 60
    assert megabytes < 400


def test_an_import_killed_while_it_writes_leaves_the_old_network(town: Path, tmp_path: Path) -> None:
    folder = tmp_path / "var" / "network"
    before = import_file(town, folder, factors=DEFAULT_FACTORS, now=NOW).version.name
    large = write_osm(tmp_path / "large.osm.pbf", *a_town(100))
    command = [sys.executable, "-m", "mobility", "network", "import", str(large)]
    environ = {**os.environ, "VAR_DIR": str(tmp_path / "var")}
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not list(folder.glob(".partial-*")) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.0005)
    process.kill()
    process.wait()
    if process.returncode == -9:
        assert store.current_name(folder) == before
    assert Networks(folder).in_use().problem is None
    after = import_file(large, folder, factors=DEFAULT_FACTORS, now=NOW).version.name
    assert Networks(folder).in_use().version == after
    assert not list(folder.glob(".partial-*"))
