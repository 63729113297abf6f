import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.geo.distance import EARTH_RADIUS_KM, straight_line_km

POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((0, 0), (0, 0), 0),
        ((0, 0), (1, 0), 111.195),
        ((48.8566, 2.3522), (50.6292, 3.0573), 203.7),  # Paris, Lille
        ((0, 0), (0, 180), math.pi * EARTH_RADIUS_KM),
        ((90, 0), (-90, 0), math.pi * EARTH_RADIUS_KM),
        ((0, 179.5), (0, -179.5), 111.195),
    ],
)
def test_known_distances(a, b, km):
    assert straight_line_km(a, b) == pytest.approx(km, abs=0.3)


@given(POINTS, POINTS)
def test_a_distance_is_the_same_both_ways_and_never_beyond_half_the_earth(a, b):
    distance = straight_line_km(a, b)
    assert 0 <= distance <= math.pi * EARTH_RADIUS_KM + 1e-6
    assert distance == pytest.approx(straight_line_km(b, a), abs=1e-6)


@given(POINTS, POINTS, POINTS)
def test_a_detour_is_never_shorter(a, b, c):
    # 2 cm: what rounding costs near the antipodes, where the formula is flat.
    assert straight_line_km(a, c) <= straight_line_km(a, b) + straight_line_km(b, c) + 2e-4
