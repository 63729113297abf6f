"""How far one comes by car: areas inside one another, communes as soon as any engine says."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.geo import communes
from mobility.geo.errors import TooFarFromRoad
from mobility.geo.network import demonstration
from mobility.geo.network.model import RoadNetwork
from mobility.geo.network.snapping import NodeSnapper
from mobility.geo.travel.interface import UNREACHABLE
from mobility.geo.travel.isochrones import AROUND_METRES, MINUTES, Isochrones, Surroundings, check_minutes, join_middles
from mobility.geo.travel.nodes import DijkstraEngine
from tests.factories.roads import a_network, a_random_network
from tests.unit.geo.travel.engines import OracleEngine

VALENCIENNES, CAMBRAI, LE_CATEAU = (3.5163, 50.3591), (3.2361, 50.1766), (3.5391, 50.0921)


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return demonstration.load()


@pytest.fixture(scope="module", params=[VALENCIENNES, CAMBRAI, LE_CATEAU], ids=["valenciennes", "cambrai", "le cateau"])
def found(request: pytest.FixtureRequest, network: RoadNetwork) -> Isochrones:
    return Surroundings(network).isochrones(request.param)


def test_a_commune_is_reached_as_soon_as_the_engine_says(found: Isochrones, network: RoadNetwork) -> None:
    engine = OracleEngine(network)
    places = [communes.estimate_position(commune.insee_code) for commune in found.communes]
    at = np.array([(place.position.longitude, place.position.latitude) for place in places if place])
    assert engine.one_to_many(found.origin, at).tolist() == [commune.seconds for commune in found.communes]
    assert [commune.minutes for commune in found.communes] == [-(-commune.seconds // 60) for commune in found.communes]
    assert [commune.seconds for commune in found.communes] == sorted(commune.seconds for commune in found.communes)
    assert len(found.communes) > 100


def test_no_commune_beside_the_network_is_forgotten(found: Isochrones, network: RoadNetwork) -> None:
    listed = {commune.insee_code for commune in found.communes}
    snapper = NodeSnapper(network)
    seconds = DijkstraEngine(network).matrix(snapper.snap(np.array([found.origin]))[0], np.arange(network.node_count))[
        0
    ]
    for code in ("59606", "59172", "59139", "59014", "59092", "59136", "59571", "59122"):
        commune = communes.get(code)
        assert commune.position is not None
        node, walk = snapper.nearest(np.array([[commune.position.longitude, commune.position.latitude]]))
        assert (code in listed) == bool(walk[0] <= 1000 and seconds[node[0]] <= 3600), commune.name


def test_each_area_lies_inside_the_next(found: Isochrones) -> None:
    assert [area.minutes for area in found.areas] == list(MINUTES)
    for area, larger in zip(found.areas, found.areas[1:], strict=False):
        assert larger.shape.covers(area.shape)
        assert larger.shape.area > area.shape.area
    assert all(area.shape.is_valid and not area.shape.is_empty for area in found.areas)


def test_areas_hold_the_place_and_every_node_that_is_reached_and_none_far_beyond(
    found: Isochrones, network: RoadNetwork
) -> None:
    start = NodeSnapper(network).snap(np.array([found.origin]))[0]
    seconds = DijkstraEngine(network).matrix(start, np.arange(network.node_count))[0]
    points = shapely.points(network.nodes_at())
    for area in found.areas:
        assert area.shape.covers(shapely.Point(found.origin))
        reached = seconds <= area.minutes * 60
        assert shapely.covers(area.shape, points[reached]).all()
        # Further than the border is drawn around roads (and its bays closed), what is not reached is outside.
        degrees = 3 * AROUND_METRES / 70_000
        near = shapely.union_all(shapely.buffer(points[seconds <= area.minutes * 60 + 180], 0.03))
        assert shapely.buffer(near, degrees).covers(area.shape)


def test_communes_that_are_listed_within_some_minutes_lie_in_that_area(found: Isochrones) -> None:
    for area in found.areas:
        for commune in found.communes:
            place = communes.estimate_position(commune.insee_code)
            assert place is not None
            if commune.minutes <= area.minutes:
                # Its middle may be a walk from the road.
                assert (
                    shapely.distance(area.shape, shapely.Point(place.position.longitude, place.position.latitude))
                    < 0.015
                )


def test_the_geojson_is_whole_and_says_whose_roads(found: Isochrones) -> None:
    told = json.loads(json.dumps(found.geojson(), allow_nan=False))
    assert told["type"] == "FeatureCollection"
    assert told["demonstration"] is True
    assert told["attribution"]
    assert [feature["properties"].get("minutes") for feature in told["features"]] == [60, 45, 30, 15, None]
    for feature in told["features"][:-1]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid
        for polygon in shapely.get_parts(shape):
            assert polygon.exterior.is_ccw, "RFC 7946: outer rings go against the clock"
            assert all(not hole.is_ccw for hole in polygon.interiors)
    assert told["features"][-1]["geometry"] == {"type": "Point", "coordinates": list(found.origin)}
    assert len(told["communes"]) == len(found.communes)
    assert set(told["communes"][0]) == {"insee_code", "name", "minutes", "approximate"}


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), minutes=st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True))
def test_more_minutes_reach_more_on_any_network(seed: int, minutes: list[int]) -> None:
    network = a_random_network(seed)
    origin = tuple(network.nodes_at()[seed % network.node_count].tolist())
    found = Surroundings(network).isochrones(origin, minutes)
    seconds = DijkstraEngine(network).matrix(np.array([seed % network.node_count]), np.arange(network.node_count))[0]
    assert [area.minutes for area in found.areas] == sorted(minutes)
    points = shapely.points(network.nodes_at())
    for area in found.areas:
        assert area.shape.is_valid
        assert shapely.covers(area.shape, points[seconds <= area.minutes * 60]).all()
    for area, larger in zip(found.areas, found.areas[1:], strict=False):
        assert larger.shape.covers(area.shape)
    alone = Surroundings(network).isochrones(origin, [max(minutes)])
    assert alone.communes == found.communes


def test_part_of_a_road_is_reached_in_part_of_its_time() -> None:
    """20 minutes along an arc of 40: half of its way is reached, and not its end."""
    network = a_network([(0, 1, 2400), (1, 0, 2400)], [(3.0, 50.0), (3.4, 50.0)])
    (area,) = Surroundings(network).isochrones((3.0, 50.0), [20]).areas
    assert area.shape.covers(shapely.Point(3.19, 50.0))
    assert not area.shape.covers(shapely.Point(3.21, 50.0))


def test_bends_of_a_road_are_followed() -> None:
    network = a_network([(0, 1, 600), (1, 0, 600)], [(3.0, 50.0), (3.1, 50.0)])
    bent = replace(
        network,
        first_point=np.array([0, 1, 1], dtype=np.int64),
        points=np.array([[30_500_000, 500_500_000]], dtype=np.int32),
    )
    (area,) = Surroundings(bent).isochrones((3.0, 50.0), [10]).areas
    assert area.shape.covers(shapely.Point(3.05, 50.05))
    assert not area.shape.covers(shapely.Point(3.05, 50.0))


def test_a_road_whose_course_is_broken_asks_for_no_map_of_the_earth() -> None:
    network = replace(
        a_network([(0, 1, 600), (1, 0, 600)], [(3.0, 50.0), (3.1, 50.0)]),
        first_point=np.array([0, 1, 1], dtype=np.int64),
        points=np.array([[1_800_000_000, -900_000_000]], dtype=np.int32),
    )
    (area,) = Surroundings(network).isochrones((3.0, 50.0), [10]).areas
    assert area.shape.is_valid
    assert area.shape.covers(shapely.Point(3.1, 50.0))


def test_a_place_without_a_road_is_refused(network: RoadNetwork) -> None:
    with pytest.raises(TooFarFromRoad):
        Surroundings(network).isochrones((2.0, 48.0))


@pytest.mark.parametrize("minutes", [[], [0], [121], [-5], list(range(1, 14))])
def test_odd_minutes_are_refused(minutes: list[int]) -> None:
    with pytest.raises(ValueError, match="minutes"):
        check_minutes(minutes)


def test_minutes_are_put_in_order_once() -> None:
    assert check_minutes([30, 15, 30]) == [15, 30]


@settings(max_examples=60)
@given(st.integers(0, 2**30), st.integers(3, 9), st.integers(3, 9))
def test_the_shape_between_middles_grows_with_what_is_filled(bits: int, rows: int, columns: int) -> None:
    random = np.random.default_rng(bits)
    fewer = random.random((rows, columns)) < 0.6
    more = fewer | (random.random((rows, columns)) < 0.3)
    small, large = join_middles(fewer), join_middles(more)
    assert small.is_valid
    assert large.is_valid
    assert small.is_empty or large.covers(small)
    assert large.area <= more.sum()


def test_what_is_not_reached_is_said(network: RoadNetwork) -> None:
    seconds = Surroundings(network).reached(0, 60)
    assert seconds[0] == 0
    assert (seconds == UNREACHABLE).sum() > 100
    assert seconds[seconds != UNREACHABLE].max() <= 60
