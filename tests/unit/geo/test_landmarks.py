"""Named places read from a map file, kept beside the roads, found again."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import osmium
import pytest
from osmium.osm.mutable import Node, Way

from mobility.geo.errors import BadNetworkFile
from mobility.geo.landmarks import LandmarkKind, kind_of
from mobility.geo.network import landmarks, store
from mobility.geo.network.calibration import DEFAULT_FACTORS, calibrate
from mobility.geo.network.downloading import Box, download
from mobility.geo.network.importing import build_network, import_file
from mobility.geo.network.landmarks import Gathered, LandmarkFinder, usable_name
from mobility.geo.network.model import RoadNetwork
from tests.support.osm_writing import a_town
from tests.support.overpass import overpass

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HALL, STOP, SCHOOL = LandmarkKind.TOWN_HALL, LandmarkKind.BUS_STOP, LandmarkKind.SCHOOL


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Streets; a stop twice, one in the fields, one without a name; a town hall and a torn school as outlines."""
    nodes, ways = a_town()
    corners = {200: (3.5005, 50.3005), 201: (3.5007, 50.3005), 202: (3.5007, 50.3007), 203: (3.5005, 50.3007)}
    stops = {
        100: (3.5000, 50.3001, "Jean Jaurès"), 101: (3.5001, 50.3001, "Jean Jaurès"),
        102: (3.6, 50.4, "Dans les champs"), 103: (3.502, 50.3, ""), 104: (3.502, 50.3, "www.gagnez.example"),
    }  # fmt: skip
    path = tmp_path / "town.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in sorted((nodes | corners).items() | {(key, at[:2]) for key, at in stops.items()}):
            tags = {"highway": "bus_stop", "name": stops[number][2]} if number in stops else {}
            writer.add_node(Node(id=number, version=1, location=place, tags={k: v for k, v in tags.items() if v}))
        for number, (refs, road) in enumerate(ways, start=1):
            writer.add_way(Way(id=number, version=1, nodes=list(refs), tags=dict(road)))
        outlines = [
            ([200, 201, 202, 203, 200], {"amenity": "townhall", "building": "yes"}),
            ([200, 900, 901, 200], {"amenity": "school", "name": "École coupée"}),
            ([200, 201, 202, 200], {"amenity": "parking", "name": "Parking"}),
            ([200, 201, 202, 200], {"highway": "pedestrian", "name": "Place"}),
        ]
        for number, (refs, tags) in enumerate(outlines, start=500):
            writer.add_way(Way(id=number, version=1, nodes=refs, tags=tags))
    return path


def _places(network: RoadNetwork) -> list[tuple[LandmarkKind, str]]:
    found = network.landmarks
    return [(LandmarkKind(int(kind)), found.name(index)) for index, kind in enumerate(found.kind)]


def test_named_places_beside_the_roads_are_kept(town: Path) -> None:
    network = build_network(town, factors=DEFAULT_FACTORS, now=NOW)
    assert _places(network) == [(STOP, "Jean Jaurès"), (HALL, "")]
    assert network.landmarks.at()[1] == pytest.approx((3.5006, 50.3006))


def test_places_are_found_nearest_first(town: Path) -> None:
    finder = LandmarkFinder.of_network(build_network(town, factors=DEFAULT_FACTORS, now=NOW))
    found = finder.within(3.5000, 50.3001, 100)
    assert [(one.kind, one.name) for one in found] == [(STOP, "Jean Jaurès"), (HALL, "")]
    assert found[0].metres == pytest.approx(0, abs=0.1)
    assert found[1].metres == pytest.approx(70, abs=3)
    assert [one.name for one in finder.within(3.5000, 50.3001, 20)] == ["Jean Jaurès"]


def test_places_are_stored_checked_and_outlive_a_calibration(town: Path, tmp_path: Path) -> None:
    folder = tmp_path / "network"
    version = import_file(town, folder, factors=DEFAULT_FACTORS, now=NOW).version
    kept = store.load(version)
    assert _places(kept) == [(STOP, "Jean Jaurès"), (HALL, "")]
    assert _places(calibrate(kept, dict.fromkeys(DEFAULT_FACTORS, 2.0))) == _places(kept)
    store.verify(version)
    path = version.folder / "landmark_names.npy"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    with pytest.raises(BadNetworkFile, match="a changé"):
        store.verify(version)
    path.write_bytes(content[:-1])
    with pytest.raises(BadNetworkFile, match="bonne taille"):
        store.load(version)


def test_places_that_do_not_fit_together_are_refused(town: Path, tmp_path: Path) -> None:
    version = import_file(town, tmp_path / "network", factors=DEFAULT_FACTORS, now=NOW).version
    names, manifest = np.zeros(3, dtype=np.uint8), version.manifest
    np.save(version.folder / "landmark_names.npy", names)
    said = manifest["arrays"]["landmark_names"]
    said.update(shape=[3], bytes=(version.folder / "landmark_names.npy").stat().st_size)
    with pytest.raises(BadNetworkFile, match="ne vont pas ensemble"):
        store.load(version)


def test_a_version_from_before_there_were_places_goes_on(town: Path, tmp_path: Path) -> None:
    version = import_file(town, tmp_path / "network", factors=DEFAULT_FACTORS, now=NOW).version
    manifest = json.loads((version.folder / store.MANIFEST).read_text())
    for name in [name for name in manifest["arrays"] if name.startswith("landmark_")]:
        del manifest["arrays"][name]
        (version.folder / f"{name}.npy").unlink()
    (version.folder / store.MANIFEST).write_text(json.dumps(manifest))
    before = store.read_version(version.folder.parent, version.name)
    assert before.topology == version.topology
    network = store.load(before)
    assert len(network.landmarks) == 0
    assert LandmarkFinder.of_network(network).within(3.5, 50.3, 1000) == []
    store.verify(before)
    shutil.rmtree(version.folder)


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        (STOP, "  Jean\u0000  Jaurès ", "Jean Jaurès"), (STOP, "", None), (HALL, "", ""), (STOP, "x" * 81, None),
        (STOP, "http://gagnez.example", None), (STOP, "a@b.example", None), (STOP, "<b>Mairie", None),
        (STOP, "2 69 05 49 588 157 80", None),
    ],
)  # fmt: skip
def test_a_name_is_kept_where_it_can_be_said(kind: LandmarkKind, text: str, kept: str | None) -> None:
    assert usable_name(kind, text) == kept


def test_no_file_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landmarks, "MOST_OF_A_KIND", 3)
    gathered = Gathered()
    for number in range(10):
        gathered.add({"highway": "bus_stop", "name": f"Arrêt {number}"}, 3.5, 50.3)
        gathered.add_outline({"amenity": "school", "name": f"École {number}"}, [1, 2, 3])
    assert gathered.add({"amenity": "townhall"}, 3.5, 50.3)
    assert len(gathered) == 7
    assert len(gathered.outline_points) == 6


def test_a_kind_is_said_by_its_tags() -> None:
    assert kind_of({"railway": "halt"}) is LandmarkKind.STATION
    assert kind_of({"amenity": "parking", "shop": "bakery"}) is None


def test_the_places_are_asked_of_the_server_along_with_the_roads(tmp_path: Path) -> None:
    with overpass() as server:
        server.body = b"<osm/>"
        download(Box(50.0, 3.0, 50.1, 3.1), tmp_path / "a.osm", server=server.url)
    [question] = server.questions
    assert question.startswith("[out:xml][timeout:300][bbox:50.00000,3.00000,50.10000,3.10000];(way[")
    assert 'node["highway"="bus_stop"];' in question
    assert 'way["amenity"="townhall"];' in question
    assert SCHOOL in LandmarkKind
