"""Maps and « Où peut-on aller ? »: the same for everybody, nothing outside the house, protected homes nowhere."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.accounts.policy import Role
from mobility.core.config import load_settings
from mobility.core.db import db
from mobility.core.errors import ConfigError
from mobility.core.paths import resource_dir
from mobility.core.web.assets import manifest
from mobility.geo import communes, reach
from mobility.geo.geocoding import Precision
from mobility.geo.network import demonstration
from mobility.geo.travel.isochrones import Surroundings
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.people import make_adviser, make_person

DENAIN = "59172"
GROUND = f"/carte/{DENAIN}/15.json"
TILES = "https://tiles.example.org/{z}/{x}/{y}.png"
HOME = {"insee_code": DENAIN, "latitude": 50.3291, "longitude": 3.3906, "position_precision": Precision.COMMUNE}


@pytest.fixture
def tiles(app: Flask) -> Iterator[None]:
    """A tile server, for one test."""
    app.config["MAP_TILES"] = TILES
    yield
    app.config["MAP_TILES"] = ""


def adviser(app: Flask) -> Any:
    return signed_in(app, make_user(Role.ADVISER, desk_id=make_desk().id))


def rows(text: str) -> list[str]:
    """Return the communes of the tables of a page."""
    return [html.unescape(name) for name in re.findall(r'role="rowheader"[^>]*>\s*([^<]*?)\s*(?:<span|</th>)', text)]


# -- The ground -------------------------------------------------------------------------------------------


def test_the_ground_is_geojson_that_browsers_keep(app: Flask) -> None:
    browser = adviser(app)
    answer = browser.get(GROUND)
    assert answer.status_code == 200
    assert answer.mimetype == "application/geo+json"
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    assert json.loads(answer.data)["type"] == "FeatureCollection"
    again = browser.get(GROUND, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert browser.get(f"/carte/{DENAIN}/30.json").headers["ETag"] != answer.headers["ETag"]


@pytest.mark.parametrize("path", [f"/carte/{DENAIN}/16.json", "/carte/00000/15.json"])
def test_there_is_no_other_ground(app: Flask, path: str) -> None:
    assert adviser(app).get(path).status_code == 404


def test_only_those_who_work_with_roads_get_it(app: Flask) -> None:
    assert app.test_client().get(GROUND).status_code == 303
    assert signed_in(app, make_user(Role.AUDITOR)).get(GROUND).status_code == 403


# -- From a commune ---------------------------------------------------------------------------------------


def test_a_commune_s_page_lists_what_the_engine_reaches(app: Flask) -> None:
    page = adviser(app).get("/ou-aller?commune=Denain")
    assert page.status_code == 200
    place = communes.estimate_position(DENAIN)
    assert place is not None
    found = Surroundings(demonstration.load()).isochrones((place.position.longitude, place.position.latitude))
    assert rows(page.text) == [commune.name for commune in found.communes]
    assert "Réseau de démonstration" in page.text
    assert f'data-ground="/carte/{DENAIN}/60.json"' in page.text


def test_each_commune_stands_in_the_first_band_that_reaches_it(app: Flask) -> None:
    with app.test_request_context():
        found = reach.from_commune(communes.get(DENAIN))
    assert [band.minutes for band in found.bands] == [15, 30, 45, 60]
    limits = [0, 15, 30, 45, 60]
    for band, least in zip(found.bands, limits, strict=False):
        assert all(least < max(row.minutes, 1) <= band.minutes for row in band.rows)
    assert found.count > 100


@pytest.mark.parametrize(
    ("typed", "said"),
    [("Nulle-Part", "pas connue"), ("Villers", "Plusieurs communes sont possibles"), ("<script>", "pas connue")],
)
def test_an_unclear_commune_is_asked_again_with_what_was_typed(app: Flask, typed: str, said: str) -> None:
    page = adviser(app).get("/ou-aller", query_string={"commune": typed})
    assert page.status_code == 422
    assert said in page.text
    assert 'aria-invalid="true"' in page.text
    assert "<script>" not in re.sub(r"<script [^>]*>", "", page.text)


def test_a_commune_beyond_the_network_is_told_plainly(app: Flask) -> None:
    page = adviser(app).get("/ou-aller?commune=75056")
    assert page.status_code == 200
    assert "Aucune route du réseau utilisé ne passe près de ce lieu" in page.text
    assert "data-map" not in page.text


# -- From a desk and from home ----------------------------------------------------------------------------


def test_from_a_desk(app: Flask) -> None:
    desk, lost = make_desk("Denain"), make_desk(placed=False)
    browser = signed_in(app, make_user(Role.ADVISER, desk_id=desk.id))
    page = browser.get(f"/administration/antennes/{desk.id}/ou-aller")
    assert "Lourches" in rows(page.text)
    assert f"/administration/antennes/{desk.id}/ou-aller" in browser.get(f"/administration/antennes/{desk.id}").text
    assert "pas de position connue" in browser.get(f"/administration/antennes/{lost.id}/ou-aller").text


def test_from_home_with_the_file_s_permission_and_noted(app: Flask) -> None:
    desk = make_desk()
    person = make_person("Lina", "Petit", desk=desk, **HOME)
    me = make_adviser(desk)
    url = f"/personnes/{person.id}/ou-aller"
    assert signed_in(app, make_adviser(make_desk())).get(url).status_code == 404
    page = signed_in(app, me).get(url)
    assert "depuis chez Lina Petit" in page.text
    assert "Lourches" in rows(page.text)
    noted = db.session.scalars(select(AuditEntry).where(AuditEntry.person_id == person.id)).all()
    assert [(entry.action, entry.actor_user_id) for entry in noted] == [("view", me.id)]


def test_a_protected_home_is_shown_to_the_named_alone_noted_and_asked_of_nobody(app: Flask, tiles: None) -> None:
    desk = make_desk()
    named, other = make_adviser(desk), make_adviser(desk)
    person = make_person(desk=desk, protected_for=[named], **HOME)
    url = f"/personnes/{person.id}/ou-aller"
    assert signed_in(app, other).get(url).status_code == 404
    page = signed_in(app, named).get(url)
    assert page.status_code == 200
    assert "data-ground" not in page.text
    assert "tiles.example.org" not in page.text
    assert "tiles.example.org" not in page.headers["Content-Security-Policy"]
    assert 'data-map-ground>{"features"' in page.text, "the ground stands in the page"
    assert page.headers["Cache-Control"] == "no-store"
    noted = db.session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == person.id)).all()
    assert "person.address_seen" in noted


def test_the_number_of_queries_is_the_same_wherever_one_goes(app: Flask, count_queries: Any) -> None:
    browser = adviser(app)
    counted = set()
    for commune in ("Denain", "Le Cateau-Cambrésis", "75056"):
        with count_queries() as seen:
            browser.get("/ou-aller", query_string={"commune": commune})
        counted.add(seen.total)
    assert len(counted) == 1


# -- Tiles, weight ----------------------------------------------------------------------------------------


def test_tiles_are_off_until_a_setting_names_them(app: Flask) -> None:
    page = adviser(app).get("/ou-aller?commune=Denain")
    assert "data-tiles" not in page.text
    assert "img-src 'self' data:;" in page.headers["Content-Security-Policy"]


def test_tiles_come_with_their_attribution_and_are_allowed_on_pages_with_a_map_alone(app: Flask, tiles: None) -> None:
    browser = adviser(app)
    page = browser.get("/ou-aller?commune=Denain")
    assert f'data-tiles="{TILES}"' in page.text
    assert "© les contributeurs d’OpenStreetMap, ODbL" in page.text
    assert "img-src 'self' data: https://tiles.example.org;" in page.headers["Content-Security-Policy"]
    assert "tiles.example.org" not in browser.get("/ou-aller").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address", ["https://x.org/{z}/{x}.png", "ftp://x/{z}{x}{y}", "https://x.org; script-src *;/{z}/{x}/{y}", "https://x.org'/{z}/{x}/{y}"]
)  # fmt: skip
def test_an_address_that_is_none_stops_the_start(address: str) -> None:
    with pytest.raises(ConfigError, match="MAP_TILES"):
        load_settings({"MAP_TILES": address})


def test_the_heaviest_page_with_a_map_stays_within_the_desk_s_weight(app: Flask) -> None:
    browser = adviser(app)
    page, ground = browser.get("/ou-aller?commune=Denain"), browser.get(f"/carte/{DENAIN}/60.json")
    names = ("app.css", "app.js", "icons.svg", "map.css", "map.js")
    files = [(resource_dir("static") / "dist" / manifest()[name]).read_bytes() for name in names]
    kilobytes = sum(len(gzip.compress(data)) for data in (page.data, ground.data, *files)) / 1000
    print(f"{kilobytes:.0f} kB gzipped")
    assert kilobytes < 400
