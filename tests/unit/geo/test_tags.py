"""What tags say of a way: who may drive there, in which direction, how fast."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.geo.network.model import RoadClass
from mobility.geo.network.tags import class_of, direction_of, is_driven, parse_speed, read_way, speed_of


@pytest.mark.parametrize(
    ("tags", "driven"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "service"}, True),
        ({"highway": "service", "service": "driveway"}, True),
        ({"highway": "service", "service": "parking_aisle"}, False),
        ({"highway": "service", "service": "emergency_access"}, False),
        ({"highway": "services"}, False),
        ({"highway": "footway"}, False),
        ({"highway": "track"}, False),
        ({"highway": "construction"}, False),
        ({"highway": "pedestrian", "area": "yes"}, False),
        ({"highway": "residential", "area": "yes"}, False),
        ({"highway": "residential", "access": "private"}, False),
        ({"highway": "residential", "access": "no"}, False),
        ({"highway": "service", "access": "no", "bus": "yes"}, False),
        ({"highway": "residential", "access": "no", "motor_vehicle": "yes"}, True),
        ({"highway": "residential", "access": "destination"}, True),
        ({"highway": "residential", "vehicle": "no"}, False),
        ({"highway": "residential", "motor_vehicle": "no"}, False),
        ({"highway": "residential", "motorcar": "no"}, False),
        ({"highway": "unclassified", "motor_vehicle": "agricultural"}, False),
        ({"highway": "unclassified", "motor_vehicle": "agricultural;destination"}, True),
        ({"railway": "rail"}, False),
    ],
)
def test_cars_use_public_roads_that_nothing_closes_to_them(tags: dict[str, str], driven: bool) -> None:
    assert is_driven(tags) is driven
    assert (read_way(tags) is not None) is driven


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({}, 0),
        ({"oneway": "yes"}, 1),
        ({"oneway": "true"}, 1),
        ({"oneway": "1"}, 1),
        ({"oneway": "-1"}, -1),
        ({"oneway": "reverse"}, -1),
        ({"oneway": "no"}, 0),
        ({"oneway": "alternating"}, 0),
        ({"oneway": "reversible"}, None),
        ({"junction": "roundabout"}, 1),
        ({"junction": "circular"}, 1),
        ({"junction": "roundabout", "oneway": "no"}, 0),
        ({"junction": "roundabout", "oneway": "-1"}, -1),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 0),
        ({"highway": "motorway_link"}, 0),
        ({"highway": "trunk"}, 0),
    ],
)
def test_a_way_goes_one_way_where_it_is_said_or_implied(tags: dict[str, str], direction: int | None) -> None:
    tags = {"highway": "residential", **tags}
    assert direction_of(tags) == direction
    way = read_way(tags)
    if direction is None:
        assert way is None
    else:
        assert way is not None
        assert (way.forward_kmh is not None, way.backward_kmh is not None) == (direction >= 0, direction <= 0)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50), ("50 km/h", 50), ("50kmh", 50), ("30 mph", 48.28), ("30mph", 48.28), ("10 knots", 18.52),
        ("62.5", 62.5), ("walk", 6), ("none", 130), ("signals", None), ("variable", None), ("", None),
        ("FR:urban", 50), ("fr:urban", 50), ("FR:rural", 80), ("FR:motorway", 130), ("FR:30", 30), ("FR:zone30", 30),
        ("FR:walk", 6), ("BE:rural", 70), ("DE:motorway", 130), ("XX:rural", 80), ("FR:unknown", None),
        ("sign", None), ("0", None), ("-50", None), ("3", 5), ("900", 130), ("50;70", 50), ("70|50|30", 30),
        ("90; signals", 90), ("٥٠", None), ("5" * 400, None), ("50.0.0", None),
    ],
)  # fmt: skip
def test_a_speed_sign_is_read_in_every_common_form(text: str, kmh: float | None) -> None:
    found = parse_speed(text)
    assert found == (None if kmh is None else pytest.approx(kmh, abs=0.01))


@given(st.text(max_size=30))
def test_whatever_a_sign_says_the_speed_is_one_that_cars_drive(text: str) -> None:
    kmh = parse_speed(text)
    assert kmh is None or 5 <= kmh <= 130


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({"highway": "residential"}, 40, 40),
        ({"highway": "motorway", "oneway": "no"}, 130, 130),
        ({"highway": "secondary", "maxspeed": "70"}, 70, 70),
        ({"highway": "secondary", "maxspeed": "70", "maxspeed:forward": "50"}, 50, 70),
        ({"highway": "secondary", "maxspeed:backward": "30"}, 80, 30),
        ({"highway": "secondary", "maxspeed": "signals", "source:maxspeed": "FR:urban"}, 50, 50),
        ({"highway": "secondary", "zone:traffic": "FR:urban"}, 50, 50),
        ({"highway": "secondary", "maxspeed:type": "FR:rural"}, 80, 80),
        ({"highway": "secondary", "maxspeed": "signals"}, 80, 80),
        ({"highway": "escape"}, 40, 40),
    ],
)
def test_a_road_is_driven_at_its_sign_its_zones_or_its_class_speed(
    tags: dict[str, str], forward: float, backward: float
) -> None:
    assert speed_of(tags, "maxspeed:forward") == forward
    assert speed_of(tags, "maxspeed:backward") == backward


def test_a_link_belongs_to_the_road_it_leads_to() -> None:
    assert class_of("motorway_link") is RoadClass.MOTORWAY
    assert class_of("primary") is RoadClass.PRIMARY
    assert class_of("residential") is RoadClass.LOCAL
    assert class_of("busway") is RoadClass.LOCAL
