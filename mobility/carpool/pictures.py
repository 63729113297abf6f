"""The map of a proposal: the driver's way, the detour in another colour, where one gets in and out, how far one comes.

Until both have agreed, nothing on it tells where the driver lives: their ends are cut off around a point of a coarse
grid, not around the house, so that the cut tells nothing either. Where the passenger gets in is shown to some hundred
metres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mobility.carpool.models import CarpoolOffer, CarpoolRequest
from mobility.geo import engines, maps, surroundings
from mobility.geo.distance import Position, straight_line_km
from mobility.geo.errors import TooFarFromRoad, Unreachable
from mobility.geo.maps import MapView
from mobility.pathway.rules import Direction

if TYPE_CHECKING:  # heavy libraries: the application starts without them
    from mobility.geo.network.model import Points

ZONES = (30, 45)
# The ends of a way that nobody may see: so many km around a point of a grid of a hundredth of a degree.
CUT_KM = 1.2
GRID = 2
# Some hundred metres.
COARSE = 3
_WIDTHS = (4, 15, 30, 60)
Place = tuple[float, float]  # longitude, latitude


def picture_of(
    offer: CarpoolOffer,
    request: CarpoolRequest,
    leg: Mapping[str, Any],
    direction: Direction,
    *,
    label: str,
    exact: bool,
    zones: bool = False,
    inline: bool = False,
) -> MapView | None:
    """Return the map of one way of a match; None where its places are not on the map. ``exact``: both have agreed; ``inline``: as ``maps.around``."""
    pickup, dropoff = leg.get("pickup", {}), leg.get("dropoff", {})
    ends = _ends(offer, direction)
    if ends is None or "longitude" not in pickup or "longitude" not in dropoff:
        return None
    stops = [(stop["longitude"], stop["latitude"]) for stop in (pickup, dropoff)]
    features = [*_zones(request, direction, zones=zones), *_lines(ends, stops, exact=exact)]
    for kind, at in zip(("pickup", "dropoff"), stops, strict=True):
        shown = at if exact else (round(at[0], COARSE), round(at[1], COARSE))
        features.append(_feature("Point", list(shown), kind))
    reach = max(straight_line_km((stops[0][1], stops[0][0]), (stops[1][1], stops[1][0])), 1.0)
    middle = Position((stops[0][1] + stops[1][1]) / 2, (stops[0][0] + stops[1][0]) / 2)
    return maps.around(
        request.origin_insee,
        km=next((width for width in _WIDTHS if width >= reach), _WIDTHS[-1]),
        label=label,
        center=middle,
        inline=inline,
        shapes={"type": "FeatureCollection", "features": features},
    )


def _ends(offer: CarpoolOffer, direction: Direction) -> tuple[Place, Place] | None:
    parts = (offer.origin_longitude, offer.origin_latitude, offer.destination_longitude, offer.destination_latitude)
    if any(part is None for part in parts):
        return None
    a, b, c, d = (float(part or 0.0) for part in parts)
    return ((a, b), (c, d)) if direction is Direction.THERE else ((c, d), (a, b))


def _lines(ends: tuple[Place, Place], stops: Sequence[Place], *, exact: bool) -> list[dict[str, Any]]:
    """Return the way with the passenger, and the driver's own above it: what differs shows as the detour."""
    engine = engines.local()
    try:
        own = engine.route(*ends).line
        legs = [engine.route(ends[0], stops[0]), engine.route(stops[0], stops[1]), engine.route(stops[1], ends[1])]
    except (Unreachable, TooFarFromRoad):
        return []
    shared = np.concatenate([leg.line for leg in legs])
    hidden = () if exact else ends
    return [
        _feature("LineString", part, kind)
        for kind, line in (("detour", shared), ("route", own))
        for part in _seen(line, hidden)
    ]


def _seen(line: Points, hidden: Sequence[Place]) -> list[list[list[float]]]:
    """Return the parts of a line outside the surroundings of places that are not shown."""
    grid = [(round(latitude, GRID), round(longitude, GRID)) for longitude, latitude in hidden]
    parts: list[list[list[float]]] = [[]]
    for longitude, latitude in line.tolist():
        if any(straight_line_km((latitude, longitude), around) <= CUT_KM for around in grid):
            if parts[-1]:
                parts.append([])
            continue
        parts[-1].append([round(longitude, 5), round(latitude, 5)])
    return [part for part in parts if len(part) > 1]


def _zones(request: CarpoolRequest, direction: Direction, *, zones: bool) -> list[dict[str, Any]]:
    """Return how far one comes by car within 30 and 45 minutes of where the passenger sets out."""
    if not zones or request.origin_longitude is None or request.destination_longitude is None:
        return []
    there = direction is Direction.THERE
    longitude = request.origin_longitude if there else request.destination_longitude
    latitude = request.origin_latitude if there else request.destination_latitude
    try:
        found = surroundings.in_use().isochrones((longitude, latitude or 0.0), ZONES)
    except TooFarFromRoad:
        return []
    return [feature for feature in found.geojson()["features"] if feature["properties"]["kind"] == "area"]


def _feature(kind_of: str, coordinates: Any, kind: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind},
        "geometry": {"type": kind_of, "coordinates": coordinates},
    }
