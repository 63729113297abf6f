"""``mobility network``: import, look, export, download, calibrate; every bad file ends in one line, and changes nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx
import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from mobility.geo.network import store
from mobility.geo.network.current import Networks
from mobility.geo.travel import current
from mobility.geo.travel.nodes import DijkstraEngine
from tests.support.osm import helsinki
from tests.support.osm_writing import a_town, write_osm
from tests.support.overpass import Overpass, overpass

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the networks of the command are kept."""
    return tmp_path / "var" / "network"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A small file of roads."""
    return write_osm(tmp_path / "town.osm.pbf", *a_town())


def test_a_file_is_imported_shown_and_exported(run: Any, town: Path, tmp_path: Path, folder: Path) -> None:
    status, out, err = run("network", "info")
    assert (status, "YES: made up" in out) == (0, True)
    status, out, err = run("network", "import", str(town))
    assert status == 0, err
    assert re.fullmatch(
        r"town\.osm\.pbf: 12 nodes, 40 arcs in use, 100\.0 % of the roads of the file, 0 named places \([\d.]+ s, peak memory \d+ MB\)\.",
        out.strip(),
    )
    status, out, _err = run("network", "info", "--verify")
    assert status == 0
    assert "every byte is as it was imported" in out
    assert "© les contributeurs d’OpenStreetMap" in out
    target = tmp_path / "town.graphml"
    status, out, _err = run("network", "export", str(target))
    assert (status, out.strip()) == (0, f"{target}: 12 nodes, 40 edges (town).")
    graph = nx.read_graphml(target, node_type=int)
    network = Networks(folder).in_use().network
    assert {(a, b): d["travel_time"] for a, b, d in graph.edges(data=True)} == dict(
        zip(zip(network.tails().tolist(), network.head.tolist(), strict=True), network.seconds.tolist(), strict=True)
    )
    assert all(isinstance(seconds, int) for _a, _b, seconds in graph.edges(data="travel_time"))
    assert [graph.nodes[i]["x"] for i in range(12)] == network.longitude.tolist()
    assert [graph.nodes[i]["y"] for i in range(12)] == network.latitude.tolist()
    assert sum(d for *_, d in graph.edges(data="length")) == pytest.approx(network.metres.sum(), abs=1)
    assert graph.graph["demonstration"] == "False"


def test_without_an_import_the_demonstration_is_exported_and_named(run: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.graphml"
    status, out, _err = run("network", "export", str(target))
    assert (status, "Réseau de démonstration" in out) == (0, True)
    assert nx.is_strongly_connected(nx.read_graphml(target))


def test_osmnx_reads_the_export_made_for_it(run: Any, town: Path, tmp_path: Path) -> None:
    run("network", "import", str(town))
    target = tmp_path / "town.graphml"
    assert run("network", "export", "--osmnx", "--geometry", str(target))[0] == 0
    graph = osmnx.load_graphml(target)
    assert (len(graph), graph.number_of_edges()) == (12, 40)
    corner = max((d for *_, d in graph.edges(data=True)), key=lambda d: d["length"])
    assert len(corner["geometry"].coords) > 2


def test_the_exported_graph_gives_the_times_of_the_engine(run: Any, tmp_path: Path, folder: Path) -> None:
    assert run("network", "import", str(helsinki()))[0] == 0
    target = tmp_path / "out.graphml"
    assert run("network", "export", str(target))[0] == 0
    graph = nx.read_graphml(target, node_type=int)
    network = Networks(folder).in_use().network
    nodes = np.random.default_rng(5).choice(network.node_count, 25, replace=False).astype(np.int32)
    found = DijkstraEngine(network).matrix(nodes, nodes)
    for row, source in enumerate(nodes.tolist()):
        expected = nx.single_source_dijkstra_path_length(graph, source, weight="travel_time")
        assert found[row].tolist() == [expected[target] for target in nodes.tolist()]


@pytest.mark.parametrize(("name", "content", "said"), [
    ("empty.osm", b"", "vide"), ("notes.txt", b"bonjour", "doit finir par"), ("missing.osm", None, "missing.osm"),
])  # fmt: skip
def test_a_bad_file_ends_in_one_line(
    run: Any, folder: Path, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    """Every other kind of bad file: tests/unit/geo/test_importing.py."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    status, out, err = run("network", "import", str(tmp_path / name))
    assert status in {1, 2}
    assert (out, said in err.splitlines()[-1]) == ("", True)
    assert store.current_name(folder) is None


def test_a_file_that_may_not_be_read_and_a_place_that_may_not_be_written(run: Any, town: Path, tmp_path: Path) -> None:
    status, _out, err = run("network", "export", str(tmp_path / "no" / "where.graphml"))
    assert (status, len(err.splitlines())) == (1, 1)
    status, _out, err = run("network", "export", str(tmp_path))
    assert (status, "is a directory" in err) == (1, True)
    (tmp_path / "taken").write_text("a file")
    status, _out, err = run("network", "import", str(town), NETWORK_DIR=str(tmp_path / "taken"))
    assert status == 1
    assert "taken" in err


def test_a_full_disk_ends_in_one_line(run: Any, town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.graphml"
    target.write_text("what was there")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for arguments in (("export", str(target)), ("import", str(town))):
        status, _out, err = run("network", *arguments)
        assert (status, "No space left on device" in err) == (1, True)
    assert target.read_text() == "what was there"
    assert not list(tmp_path.glob(".out.graphml*"))


# ---- calibrated


def _set_factor(url: str, value: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parameter_value (key, valid_from_on, value, created_at) "
                "VALUES ('roads.factor_local', '2026-01-01', :value, '2026-01-01 00:00:00')"
            ),
            {"value": json.dumps(value)},
        )
    engine.dispose()


def test_a_dated_setting_changes_the_times(ready: Any, empty_url: str, town: Path, folder: Path) -> None:
    assert ready("network", "import", str(town))[0] == 0
    first = Networks(folder).in_use()
    status, out, _err = ready("network", "calibrate")
    assert (status, "already" in out) == (0, True)
    _set_factor(empty_url, "2.5")
    from mobility.parameters.queries import forget_cache

    forget_cache()
    status, out, err = ready("jobs", "run", "calibrate_roads")
    assert (status, '"calibrated": 1' in out) == (0, True), err
    second = Networks(folder).in_use()
    assert second.version != first.version
    assert second.topology == first.topology
    assert (second.network.seconds == np.rint(first.network.free_flow_seconds.astype(float) * 2.5)).all()
    assert "local=2.5" in ready("network", "info")[1]
    # An import takes the factors of the day.
    assert ready("network", "import", str(town))[0] == 0
    assert (Networks(folder).in_use().network.seconds == second.network.seconds).all()


def test_matching_on_roads_that_nobody_prepared_prepares_them_and_says_so(
    run: Any, town: Path, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("network", "import", str(town))[0] == 0
    shutil.rmtree(folder / store.PREPARED)
    monkeypatch.setattr(current, "AT_ONCE", 0)
    ends = Networks(folder).in_use().network.nodes_at()[[0, 7]].tolist()
    trip = {"id": 1, "from": ends[0], "to": ends[1], "seats": 1}
    asked = tmp_path / "asked.json"
    asked.write_text(
        json.dumps(
            {
                "offers": [{**trip, "depart_at": "2026-11-24T04:00:00Z", "max_detour_minutes": 0}],
                "requests": [{**trip, "arrive_by": "2026-11-24T05:00:00Z", "flex_minutes": 60}],
            }
        )
    )
    for says_so in (True, False):
        status, out, err = run("carpool", "match", str(asked))
        assert (status, [match["detour_seconds"] for match in json.loads(out)]) == (0, [0])
        assert ("nobody has prepared the 12 nodes" in err) is says_so


# ---- downloaded


@pytest.fixture
def server() -> Iterator[Overpass]:
    """A server of roads."""
    with overpass() as state:
        yield state


def _open_desk(url: str) -> None:
    """Open a desk at Denain and one at Caudry."""
    from mobility.desks.rules import DeskKind
    from mobility.migrations.runner import bare_app
    from tests.factories.desks import make_desk

    app = bare_app(url)
    with app.app_context():
        from mobility.core.db import db

        make_desk("Denain", insee_code="59172", kind=DeskKind.MAIN)
        make_desk("Caudry", insee_code="59139")
        db.session.close()
        db.engine.dispose()


def test_roads_around_the_desks_are_downloaded(ready: Any, empty_url: str, server: Overpass, tmp_path: Path) -> None:
    server.body = write_osm(tmp_path / "body.osm", *a_town()).read_bytes()
    arguments = ("network", "download", "--desks", "--server", server.url)
    status, _out, err = ready(*arguments)
    assert (status, "Aucune antenne" in err) == (2, True)
    _open_desk(empty_url)
    status, out, err = ready(*arguments)
    assert status == 0, err
    assert "desks.osm: 12 nodes" in out
    (question,) = server.questions
    assert "[out:xml]" in question
    south, west, north, east = (float(x) for x in re.findall(r"\[bbox:([\d.,]+)\]", question)[0].split(","))
    assert (south, west) < (50.11, 3.38)
    assert (north, east) > (50.34, 3.42)


def test_roads_of_a_place_are_downloaded(
    run: Any, server: Overpass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osmnx.settings, "nominatim_url", server.url + "/")
    monkeypatch.setattr(osmnx.settings, "requests_timeout", 5)
    status, _out, err = run("network", "download", "--place", "Nulle part", "--server", server.url)
    assert (status, "introuvable" in err) == (2, True)
    corners = [[3.35, 50.31], [3.43, 50.31], [3.43, 50.35], [3.35, 50.35], [3.35, 50.31]]
    place = {
        "place_id": 1, "osm_type": "relation", "osm_id": 1, "lat": "50.33", "lon": "3.39", "display_name": "Denain",
        "boundingbox": ["50.31", "50.35", "3.35", "3.43"], "geojson": {"type": "Polygon", "coordinates": [corners]},
        "class": "boundary", "type": "administrative", "place_rank": 16, "importance": 0.5, "addresstype": "town",
        "name": "Denain",
    }  # fmt: skip
    server.places = json.dumps([place]).encode()
    server.body = write_osm(tmp_path / "body.osm", *a_town()).read_bytes()
    status, out, err = run("network", "download", "--place", "Denain, Nord", "--margin-km", "0", "--server", server.url)
    assert status == 0, err
    assert "Denain,-Nord.osm" in out
    assert "[bbox:50.31000,3.35000,50.35000,3.43000]" in server.questions[-1]


@pytest.mark.parametrize(
    ("status_code", "body", "said"),
    [
        (429, b"Too many requests", "réponse 429"),
        (504, b"", "réponse 504"),
        (200, b"<osm version='0.6'><remark> runtime error: Query timed out </remark></osm>", "abandonné"),
        (200, b"<html>captive portal</html>", "pas un fichier OpenStreetMap"),
        (200, b"", "vide"),
    ],
)
def test_a_server_that_does_not_answer_well_is_told(
    ready: Any, empty_url: str, server: Overpass, status_code: int, body: bytes, said: str
) -> None:
    server.status, server.body = status_code, body
    _open_desk(empty_url)
    status, _out, err = ready("network", "download", "--desks", "--server", server.url)
    assert (status, said in err) == (2, True), err


def test_without_internet_one_line_says_what_to_do(ready: Any, empty_url: str) -> None:
    _open_desk(empty_url)
    status, _out, err = ready("network", "download", "--desks", "--server", "http://127.0.0.1:9/api")
    assert (status, len(err.splitlines())) == (2, 1)
    assert "a besoin d’internet" in err


def test_a_download_says_where_and_not_too_much(ready: Any, empty_url: str) -> None:
    assert ready("network", "download")[0] == 2
    assert ready("network", "download", "--desks", "--place", "Denain")[0] == 2
    _open_desk(empty_url)
    status, _out, err = ready("network", "download", "--desks", "--margin-km", "100")
    assert (status, "trop grande" in err) == (2, True)


def test_the_application_answers_with_the_network_in_use(app: Flask) -> None:
    from mobility.geo import networks

    assert networks.in_use().network.node_count > 10_000
    assert networks.in_use() is networks.in_use()
