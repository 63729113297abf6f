"""The JSON API: the rooms' endpoints under ``/api/v1``, described in ``/api/v1/openapi.json``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from mobility.carpool.standard.server import bp as standard_covoiturage
from mobility.core.web import api

# In the order of the description.
ROOMS = ("desks", "fleet", "people", "prescriptions", "loans", "geo", "carpool")


def init_app(app: Flask) -> None:
    """Register the endpoints of the rooms that have some."""
    names = [f"mobility.{room}.api" for room in ROOMS]
    api.init_app(app, [import_module(name).blp for name in names if find_spec(name)], others=[standard_covoiturage])
