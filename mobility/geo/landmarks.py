"""The kinds of places by which people name where they meet, and how OpenStreetMap says them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class LandmarkKind(IntEnum):
    """What a place is; the number is what files keep."""

    TOWN_HALL = 0
    STATION = 1
    TRAM_STOP = 2
    BUS_STOP = 3
    SCHOOL = 4
    WORSHIP = 5
    SUPERMARKET = 6


@dataclass(frozen=True, slots=True)
class NearPlace:
    """A place near a point, and how far it is."""

    kind: LandmarkKind
    name: str
    metres: float


KIND_LABELS: dict[LandmarkKind, str] = {
    LandmarkKind.TOWN_HALL: "Mairie",
    LandmarkKind.STATION: "Gare",
    LandmarkKind.TRAM_STOP: "Arrêt de tramway",
    LandmarkKind.BUS_STOP: "Arrêt de bus",
    LandmarkKind.SCHOOL: "École",
    LandmarkKind.WORSHIP: "Église, lieu de culte",
    LandmarkKind.SUPERMARKET: "Supermarché",
}

# https://wiki.openstreetmap.org/wiki/Map_features: the first that fits says the kind.
TAGS: tuple[tuple[str, str, LandmarkKind], ...] = (
    ("amenity", "townhall", LandmarkKind.TOWN_HALL),
    ("railway", "station", LandmarkKind.STATION),
    ("railway", "halt", LandmarkKind.STATION),
    ("railway", "tram_stop", LandmarkKind.TRAM_STOP),
    ("highway", "bus_stop", LandmarkKind.BUS_STOP),
    ("amenity", "bus_station", LandmarkKind.BUS_STOP),
    ("amenity", "school", LandmarkKind.SCHOOL),
    ("amenity", "place_of_worship", LandmarkKind.WORSHIP),
    ("shop", "supermarket", LandmarkKind.SUPERMARKET),
)
# There is one in a commune: it needs no name of its own.
NAMELESS = frozenset({LandmarkKind.TOWN_HALL})


def kind_of(tags: Mapping[str, str]) -> LandmarkKind | None:
    """Return what the tags of a point or an outline say it is; None for anything else."""
    for key, value, kind in TAGS:
        if tags.get(key) == value:
            return kind
    return None
