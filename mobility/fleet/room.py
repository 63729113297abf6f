"""Wire the fleet into the application."""

from __future__ import annotations

from flask import Flask

from mobility.accounts.home import register_panel
from mobility.core import jobs
from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.fleet import parameters
from mobility.fleet.access import may_touch_vehicle
from mobility.fleet.home import papers_panel
from mobility.fleet.jobs import JOBS
from mobility.fleet.views import bp, overview_bp


def init_app(app: Flask) -> None:
    """Register pages, row answers and navigation."""
    app.register_blueprint(bp)
    app.register_blueprint(overview_bp)
    parameters.declare()
    jobs.register(*JOBS)
    register_panel(app, Permission.FLEET_MANAGE, papers_panel)
    register_row(app, "vehicle", may_touch_vehicle)
    register_nav(
        app,
        NavEntry("Véhicules", "fleet.index", Permission.FLEET_VIEW, "car-front", order=310, group="Parc"),
        NavEntry("Planning", "fleet_overview.planning", Permission.FLEET_VIEW, "calendar3", order=320, group="Parc"),
        NavEntry(
            "Échéances", "fleet_overview.due", Permission.FLEET_VIEW, "file-earmark-text", order=330, group="Parc"
        ),
    )
