"""The road network of the application: what is in use, and the calibration that holds today."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, current_app

from mobility.geo.network.calibration import DEFAULT_FACTORS, Factors
from mobility.geo.network.current import NetworkInUse, Networks

_NETWORKS, _FACTORS = "mobility.networks", "mobility.road_factors"


def init_app(app: Flask) -> None:
    """Set up the network of an application; a higher room says where the factors come from."""
    app.extensions[_NETWORKS] = Networks(Path(app.config["NETWORK_DIR"]))
    app.extensions[_FACTORS] = default_factors


def in_use() -> NetworkInUse:
    """Return the network in use now. Keep the answer while one question is being answered."""
    found: Networks = current_app.extensions[_NETWORKS]
    return found.in_use()


def default_factors() -> Factors:
    """Return the calibration that holds where nobody set another."""
    return DEFAULT_FACTORS


def register_factors(app: Flask, source: Callable[[], Factors]) -> None:
    """Say where today's calibration factors come from: parameters stand higher than this room."""
    app.extensions[_FACTORS] = source


def factors_today() -> Factors:
    """Return the calibration factors that hold today."""
    source: Callable[[], Factors] = current_app.extensions[_FACTORS]
    return source()
