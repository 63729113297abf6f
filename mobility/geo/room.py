"""Wire the room of places into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core import jobs
from mobility.geo import engines, networks
from mobility.geo.geocoding import make_geocoder
from mobility.geo.jobs import JOBS
from mobility.geo.views import bp


def init_app(app: Flask) -> None:
    """Set up the geocoder, the commune search, the road network and its engine."""
    app.extensions["mobility.geocoder"] = make_geocoder(str(app.config["GEOCODER"]), str(app.config["GEOCODER_DOMAIN"]))
    networks.init_app(app)
    engines.init_app(app)
    jobs.register(*JOBS)
    app.register_blueprint(bp)
