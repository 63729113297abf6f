"""Wire the room of places into the application."""

from __future__ import annotations

from flask import Flask

from mobility.geo.geocoding import make_geocoder
from mobility.geo.views import bp


def init_app(app: Flask) -> None:
    """Set up the geocoder and the commune search."""
    app.extensions["mobility.geocoder"] = make_geocoder(str(app.config["GEOCODER"]), str(app.config["GEOCODER_DOMAIN"]))
    app.register_blueprint(bp)
