"""The page of the road network: what is in use, where it comes from, how it is replaced."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from mobility.accounts.policy import Role
from mobility.geo.network import store
from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.network.current import Networks
from mobility.geo.network.importing import import_file
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.support.osm_writing import a_town, write_osm

URL = "/administration/reseau"
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the networks of the application are kept."""
    monkeypatch.setitem(app.extensions, "mobility.networks", Networks(tmp_path / "network"))
    yield tmp_path / "network"
    shutil.rmtree(tmp_path / "network", ignore_errors=True)


def test_the_demonstration_says_that_it_is_one_and_how_it_is_replaced(app: Flask, folder: Path) -> None:
    page = signed_in(app, make_user(Role.ADMINISTRATOR)).get(URL)
    assert page.status_code == 200
    assert "Ce n’est qu’une démonstration" in page.text
    assert "mobility network import" in page.text
    assert "routes approximatives" in page.text
    assert "OpenStreetMap</a>" not in page.text


def test_an_imported_network_is_told_with_its_origin_and_attribution(app: Flask, folder: Path, tmp_path: Path) -> None:
    import_file(write_osm(tmp_path / "town.osm.pbf", *a_town()), folder, factors=DEFAULT_FACTORS, now=NOW)
    page = signed_in(app, make_user(Role.ADMINISTRATOR)).get(URL)
    assert "démonstration" not in page.text
    assert "town.osm.pbf" in page.text
    assert "© les contributeurs d’OpenStreetMap" in page.text
    assert "1,25" in page.text


def test_a_damaged_network_is_told(app: Flask, folder: Path, tmp_path: Path) -> None:
    import_file(write_osm(tmp_path / "town.osm.pbf", *a_town()), folder, factors=DEFAULT_FACTORS, now=NOW)
    (folder / str(store.current_name(folder)) / "head.npy").unlink()
    page = signed_in(app, make_user(Role.ADMINISTRATOR)).get(URL)
    assert page.status_code == 200
    assert "importez-le à nouveau" in page.text
    assert "Ce n’est qu’une démonstration" in page.text


def test_an_adviser_does_not_see_it(app: Flask, folder: Path) -> None:
    assert signed_in(app, make_user(Role.ADVISER, desk_id=make_desk().id)).get(URL).status_code == 403
