"""Wire the room of places into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core import jobs
from mobility.core.web.access import Permission
from mobility.core.web.nav import NavEntry, register_nav
from mobility.geo import engines, maps, networks, surroundings
from mobility.geo.geocoding import make_geocoder
from mobility.geo.jobs import JOBS
from mobility.geo.views import bp


def init_app(app: Flask) -> None:
    """Set up the geocoder, the commune search, the road network and its engine."""
    app.extensions["mobility.geocoder"] = make_geocoder(str(app.config["GEOCODER"]), str(app.config["GEOCODER_DOMAIN"]))
    networks.init_app(app)
    engines.init_app(app)
    surroundings.init_app(app)
    maps.init_app(app)
    jobs.register(*JOBS)
    app.register_blueprint(bp)
    register_nav(
        app,
        NavEntry("Où peut-on aller\u00a0?", "geo.around", Permission.ROADS_USE, "map", order=120),
        NavEntry(
            "Réseau routier", "geo.network", Permission.PARAMETER_VIEW, "signpost-2", order=845, group="Administration"
        ),
    )
