"""How far one comes by car, on the network in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, current_app

from mobility.geo import networks
from mobility.geo.kept import Kept
from mobility.geo.network.model import RoadNetwork

if TYPE_CHECKING:  # a heavy library: the application starts without it
    from mobility.geo.travel.isochrones import Surroundings

_KEPT = "mobility.surroundings"


def _make(network: RoadNetwork) -> Surroundings:
    from mobility.geo.travel.isochrones import Surroundings

    return Surroundings(network)


def init_app(app: Flask) -> None:
    """Set up the answers, which are prepared at the first question."""
    app.extensions[_KEPT] = Kept(_make)


def in_use() -> Surroundings:
    """Return what answers on the network in use. Keep it while one question is being answered."""
    kept: Kept[RoadNetwork, Surroundings] = current_app.extensions[_KEPT]
    return kept.of(networks.in_use().network)
