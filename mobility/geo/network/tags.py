"""What OpenStreetMap's tags say of a way: may a car use it, in which direction, how fast. Pure.

Which ways belong to the network follows osmnx's network type « drive_service » (its filter searches inside values, and so
does this one), and refuses besides what the more specific tags close to cars. Where osmnx is coarse, this follows
the OpenStreetMap wiki; every difference is listed in docs/decisions/0015.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from mobility.geo.network.model import RoadClass

# The tags that matter; everything else is left in the file.
KEYS = (
    "highway", "area", "access", "vehicle", "motor_vehicle", "motorcar", "service", "oneway", "junction", "maxspeed",
    "maxspeed:forward", "maxspeed:backward", "maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic",
)  # fmt: skip
KMH_MIN, KMH_MAX = 5.0, 130.0
MILE_KM = 1.609344
KNOT_KM = 1.852
WALK_KMH = 6.0

# Of osmnx's filter « drive_service »: searched for anywhere inside the value, as Overpass does.
_NOT_DRIVEN = re.compile(
    "abandoned|bridleway|bus_guideway|construction|corridor|cycleway|elevator|escalator|footway|no|path|pedestrian|"
    "planned|platform|proposed|raceway|razed|rest_area|services|steps|track"
)
_SERVICE_LEFT_OUT = re.compile("emergency_access|parking|parking_aisle|private")
# The most specific tag that is there decides.
_ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_CLOSED = frozenset({"no", "private", "agricultural", "forestry", "military", "emergency", "delivery", "permit"})

_FORWARD = frozenset({"yes", "true", "1", "F"})
_BACKWARD = frozenset({"-1", "reverse", "T"})
_BOTH = frozenset({"no", "false", "0"})
_CHANGING = frozenset({"reversible"})
_RINGS = frozenset({"roundabout", "circular"})

_CLASSES = {
    "motorway": RoadClass.MOTORWAY,
    "trunk": RoadClass.TRUNK,
    "primary": RoadClass.PRIMARY,
    "secondary": RoadClass.SECONDARY,
    "tertiary": RoadClass.TERTIARY,
}
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(km/?h|kmph|kph|mph|knots)?")


@dataclass(frozen=True, slots=True)
class Way:
    """How cars may use a way: None in a speed (km/h) means not in that direction."""

    road_class: RoadClass
    forward_kmh: float | None
    backward_kmh: float | None


@lru_cache(maxsize=1)
def speeds() -> dict[str, Any]:
    """Return the table of legal speeds, dated, with its source."""
    table: dict[str, Any] = json.loads((files("mobility.geo") / "data" / "speeds.json").read_bytes())
    return table


def read_way(tags: Mapping[str, str]) -> Way | None:
    """Return how cars may use a way, or None where they may not."""
    if not is_driven(tags):
        return None
    direction = direction_of(tags)
    if direction is None:
        return None
    return Way(
        class_of(tags["highway"]),
        None if direction < 0 else speed_of(tags, "maxspeed:forward"),
        None if direction > 0 else speed_of(tags, "maxspeed:backward"),
    )


@lru_cache(maxsize=1000)
def may_be_driven(highway: str) -> bool:
    """Tell whether a kind of way is one for cars, whatever its other tags."""
    return bool(highway) and not _NOT_DRIVEN.search(highway)


def is_driven(tags: Mapping[str, str]) -> bool:
    """Tell whether a way belongs to the network of public roads for cars."""
    if not may_be_driven(tags.get("highway", "")) or "yes" in tags.get("area", ""):
        return False
    if _SERVICE_LEFT_OUT.search(tags.get("service", "")) or "private" in tags.get("access", ""):
        return False
    if "no" in tags.get("motor_vehicle", "") or "no" in tags.get("motorcar", ""):
        return False
    for key in _ACCESS_KEYS:
        if key in tags:
            # Several values (« agricultural;destination ») open the way if one of them does.
            return not _CLOSED.issuperset(value.strip() for value in tags[key].split(";"))
    return True


def direction_of(tags: Mapping[str, str]) -> int | None:
    """Return 1 or -1 for one way along or against the nodes, 0 for both, None where it changes by the hour."""
    oneway = tags.get("oneway", "").strip()
    if oneway in _CHANGING:
        return None
    if oneway in _BACKWARD:
        return -1
    if oneway in _FORWARD:
        return 1
    if oneway in _BOTH:
        return 0
    implied = tags.get("junction") in _RINGS or tags.get("highway") == "motorway"
    return 1 if implied else 0


def class_of(highway: str) -> RoadClass:
    """Return the class of a road; a link belongs to the road that it leads to."""
    return _CLASSES.get(highway.removesuffix("_link"), RoadClass.LOCAL)


def speed_of(tags: Mapping[str, str], directed: str) -> float:
    """Return the free-flow speed in km/h: the sign, else the zone, else the class's default."""
    for key in (directed, "maxspeed", "maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic"):
        if key in tags:
            kmh = parse_speed(tags[key])
            if kmh is not None:
                return kmh
    table = speeds()
    return float(table["classes"].get(tags["highway"], table["other_class"]))


def parse_speed(text: str) -> float | None:
    """Return what a speed sign says in km/h, between 5 and 130; the lowest of several; None where it says nothing.

    Source: https://wiki.openstreetmap.org/wiki/Key:maxspeed (km/h without a unit, ``mph``, zones as ``FR:urban``).
    """
    found = [kmh for part in re.split(r"[;|,]", text) if (kmh := _parse_one(part.strip())) is not None]
    return min(found) if found else None


def _parse_one(text: str) -> float | None:
    if text == "none":
        return KMH_MAX
    if text == "walk":
        return WALK_KMH
    if match := _NUMBER.fullmatch(text):
        number, unit = float(match[1]), match[2]
        kmh = number * {"mph": MILE_KM, "knots": KNOT_KM}.get(unit or "", 1.0)
        return min(max(kmh, KMH_MIN), KMH_MAX) if kmh > 0 and math.isfinite(kmh) else None
    country, colon, zone = text.partition(":")
    if not colon:
        return None
    table = speeds()
    kmh = table["zones_abroad"].get(f"{country.upper()}:{zone}", table["zones"].get(zone.lower()))
    return None if kmh is None else float(kmh)
