"""The ground of maps: real roads, main ones first, never more than a page can bear."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely

from mobility.geo import background, communes
from mobility.geo.background import WIDTHS, Backgrounds
from mobility.geo.distance import straight_line_km
from mobility.geo.network import demonstration
from mobility.geo.network.model import GEOMETRY_UNIT, RoadClass
from tests.factories.roads import a_network

DENAIN = "59172"


def roads(drawn: dict) -> dict[int, list]:
    return {
        f["properties"]["road"]: f["geometry"]["coordinates"] for f in drawn["features"] if "road" in f["properties"]
    }


@pytest.mark.parametrize("km", WIDTHS)
def test_every_drawn_point_lies_on_a_road_of_the_network(km: int) -> None:
    network = demonstration.load()
    drawn = Backgrounds(network).around(DENAIN, km)
    assert drawn is not None
    json.dumps(drawn, allow_nan=False)
    at = network.nodes_at()
    arcs = shapely.linestrings(np.stack((at[network.tails()], at[network.head]), axis=1))
    tree = shapely.STRtree(arcs)
    points = np.concatenate([np.array(line) for lines in roads(drawn).values() for line in lines])
    assert len(points) > 20
    _, metres = tree.query_nearest(shapely.points(points), return_distance=True, all_matches=False)
    assert (metres < 2e-5).all()


def test_a_wide_map_leaves_out_the_small_roads_and_a_narrow_one_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    network = demonstration.load()
    everything = roads(Backgrounds(network).around(DENAIN, 60) or {})
    sizes = {road_class: sum(map(len, lines)) for road_class, lines in everything.items()}
    monkeypatch.setattr(background, "MOST_POINTS", sum(sizes.values()) - 1)
    fewer = roads(Backgrounds(network).around(DENAIN, 60) or {})
    assert list(fewer) == list(everything)[:-1]
    monkeypatch.setattr(background, "MOST_POINTS", 1)
    assert list(roads(Backgrounds(network).around(DENAIN, 60) or {})) == list(everything)[:1], "the first come always"


def test_bends_are_drawn_and_both_ways_once() -> None:
    center = communes.get(DENAIN).position
    assert center is not None
    a, b = (center.longitude, center.latitude), (center.longitude + 0.02, center.latitude)
    bend = (center.longitude + 0.01, center.latitude + 0.01)
    network = a_network([(0, 1, 60), (1, 0, 60)], [a, b])
    shape = np.rint(np.array([bend, bend]) / GEOMETRY_UNIT).astype(np.int32)
    network = replace(network, first_point=np.array([0, 1, 2]), points=shape)
    (lines,) = roads(Backgrounds(network).around(DENAIN, 4) or {}).values()
    assert lines == [[[round(x, 5), round(y, 5)] for x, y in (a, bend, b)]]
    assert list(roads(Backgrounds(network).around(DENAIN, 4) or {})) == [int(RoadClass.LOCAL)]


def test_names_are_those_of_the_largest_communes_and_stand_apart() -> None:
    drawn = Backgrounds(demonstration.load()).around(DENAIN, 30)
    assert drawn is not None
    named = [feature for feature in drawn["features"] if "name" in feature["properties"]]
    names = [feature["properties"]["name"] for feature in named]
    assert "Valenciennes" in names
    assert len(names) <= background.MOST_NAMES
    places = [tuple(reversed(feature["geometry"]["coordinates"])) for feature in named]
    assert all(straight_line_km(a, b) >= 6 for i, a in enumerate(places) for b in places[:i])


def test_an_unplaced_commune_has_no_map_and_drawings_are_kept() -> None:
    grounds = Backgrounds(demonstration.load())
    assert grounds.around("00000", 4) is None
    assert grounds.around(DENAIN, 4) is grounds.around(DENAIN, 4)
    for commune in communes.by_department("59")[: background.KEPT]:
        grounds.around(commune.insee_code, 4)
    assert len(grounds._kept) <= background.KEPT
