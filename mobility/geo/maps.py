"""What a page needs to draw a map: where, on which ground, with which words beside it.

The ground is our own unless ``MAP_TILES`` names a tile server. A map of a protected file asks for nothing at all: its
ground stands in the page itself, and no tile is fetched, so that neither a log nor a tile server learns of the place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, current_app, url_for

from mobility.core.web.security import allow_images
from mobility.geo import communes, networks
from mobility.geo.distance import Position
from mobility.geo.kept import Kept
from mobility.geo.network.model import RoadNetwork

if TYPE_CHECKING:  # a heavy library: the application starts without it
    from mobility.geo.background import Backgrounds

# As OpenStreetMap's licence wants it beside tiles and roads (ODbL 4.3).
TILES_ATTRIBUTION = "© les contributeurs d’OpenStreetMap, ODbL"
# Around a commune, so that a house can be found.
PIN_KM = 4
_KEPT = "mobility.backgrounds"


@dataclass(frozen=True, slots=True)
class MapView:
    """A map on a page. ``shapes`` is GeoJSON to draw; ``ground`` stands for ``ground_url`` where nothing may be asked."""

    label: str
    latitude: float
    longitude: float
    km: int
    attribution: str
    demonstration: bool
    ground_url: str = ""
    ground: dict[str, Any] | None = None
    tiles: str = ""
    shapes: dict[str, Any] | None = field(default=None)


def _make(network: RoadNetwork) -> Backgrounds:
    from mobility.geo.background import Backgrounds

    return Backgrounds(network)


def init_app(app: Flask) -> None:
    """Set up the grounds, which are drawn at the first question."""
    app.extensions[_KEPT] = Kept(_make)


def backgrounds() -> Backgrounds:
    """Return the grounds of the network in use."""
    kept: Kept[RoadNetwork, Backgrounds] = current_app.extensions[_KEPT]
    return kept.of(networks.in_use().network)


def around(
    insee_code: str | None,
    *,
    km: int,
    label: str,
    center: Position | None = None,
    private: bool = False,
    inline: bool = False,
    shapes: dict[str, Any] | None = None,
) -> MapView | None:
    """Return a map around a commune (``center``: the place in it that is looked at); None where it is not placed.

    ``private`` is for protected files. ``inline`` is for pages of people who may not ask for grounds: it stands in the
    page, unless tiles are shown.
    """
    place = communes.estimate_position(insee_code) if insee_code else None
    if place is None or insee_code is None:
        return None
    facts = networks.in_use().network.facts
    tiles = "" if private else str(current_app.config["MAP_TILES"])
    attribution = TILES_ATTRIBUTION if tiles else map_attribution(facts.demonstration, facts.attribution)
    if tiles:
        parts = urlsplit(tiles)
        allow_images(f"{parts.scheme}://{parts.netloc}")
    latitude, longitude = center or place.position
    return MapView(
        label=label,
        latitude=latitude,
        longitude=longitude,
        km=km,
        attribution=attribution,
        demonstration=facts.demonstration,
        ground_url="" if private or inline or tiles else url_for("geo.ground", insee_code=insee_code, km=km),
        ground=backgrounds().around(insee_code, km) if private or (inline and not tiles) else None,
        tiles=tiles,
        shapes=shapes,
    )


def map_attribution(demonstration: bool, attribution: str) -> str:
    """Return what stands beside a map of roads: the label of the demonstration, or whose data they are."""
    if demonstration:
        return "Réseau de démonstration : routes approximatives, ce ne sont pas les vraies"
    return TILES_ATTRIBUTION if "OpenStreetMap" in attribution else attribution
