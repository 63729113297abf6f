"""The road network of the application: what is in use, and what higher rooms say of it.

Low rooms ask, high rooms answer: the calibration factors are parameters, the places to download around are desks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from flask import Flask, current_app

from mobility.geo.distance import Position
from mobility.geo.network import store
from mobility.geo.network.calibration import DEFAULT_FACTORS, Factors, calibrate
from mobility.geo.network.current import NetworkInUse, Networks
from mobility.geo.network.model import RoadNetwork

_NETWORKS, _FACTORS, _PLACES = "mobility.networks", "mobility.road_factors", "mobility.road_places"
_PREPARATIONS = "mobility.road_preparations"


def init_app(app: Flask) -> None:
    """Set up the network of an application, with no answers from higher rooms yet."""
    app.extensions[_NETWORKS] = Networks(Path(app.config["NETWORK_DIR"]))
    register_factors(app, default_factors)
    register_places(app, list)
    app.extensions[_PREPARATIONS] = []


def of(app: Flask) -> Networks:
    """Return the networks of an application."""
    found: Networks = app.extensions[_NETWORKS]
    return found


def in_use() -> NetworkInUse:
    """Return the network in use now. Keep the answer while one question is being answered."""
    return of(current_app).in_use()


def default_factors() -> Factors:
    """Return the calibration that holds where nobody set another."""
    return DEFAULT_FACTORS


def register_factors(app: Flask, source: Callable[[], Factors]) -> None:
    """Say where today's calibration factors come from."""
    app.extensions[_FACTORS] = source


def factors_today() -> Factors:
    """Return the calibration factors that hold today."""
    source: Callable[[], Factors] = current_app.extensions[_FACTORS]
    return source()


def register_places(app: Flask, source: Callable[[], Sequence[Position]]) -> None:
    """Say around which places roads are needed: where the desks are."""
    app.extensions[_PLACES] = source


def places() -> Sequence[Position]:
    """Return the places around which roads are needed."""
    source: Callable[[], Sequence[Position]] = current_app.extensions[_PLACES]
    return source()


def register_preparation(app: Flask, prepare: Callable[[RoadNetwork], None]) -> None:
    """Say what else servers want to find when a network is put into use; the engine is prepared before it."""
    app.extensions[_PREPARATIONS].append(prepare)


def prepare(network: RoadNetwork) -> None:
    """Make what servers want to find when a network is put into use. Raises OSError."""
    from mobility.geo.travel.prepared import prepare_beside

    prepare_beside(network, of(current_app).folder)
    preparations: list[Callable[[RoadNetwork], None]] = current_app.extensions[_PREPARATIONS]
    for others in preparations:
        others(network)


def recalibrate(now: datetime) -> bool:
    """Put the network into use with today's factors, as a new version; tell whether they had changed."""
    factors, present = factors_today(), in_use()
    if dict(factors) == dict(present.factors):
        return False
    folder, network = Path(current_app.config["NETWORK_DIR"]), calibrate(present.network, factors)
    prepare(network)
    # An import that came in between has today's factors anyway.
    return store.replace(folder, present.version if present.folder else None, network, factors=factors, now=now)
