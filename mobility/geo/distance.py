"""Distances as the crow flies, until the road network comes. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple

EARTH_RADIUS_KM = 6371.0088
# A person walks this far to the car, not further.
WALK_LIMIT_METRES = 1000.0


class Position(NamedTuple):
    """A point on the earth, degrees (WGS 84)."""

    latitude: float
    longitude: float


def straight_line_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance in km between two (latitude, longitude) in degrees (haversine)."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(degrees) for degrees in (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    # Rounding can carry the sum a hair over 1 at the antipodes, where asin has no answer.
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))
