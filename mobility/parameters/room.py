"""Wire the room of parameters into the application."""

from __future__ import annotations

from flask import Flask

from mobility.accounts import audit
from mobility.core.web.access import Permission
from mobility.core.web.nav import NavEntry, register_nav
from mobility.desks.hooks import changes as desk_changes
from mobility.geo import networks
from mobility.organisations.hooks import changes as organisation_changes
from mobility.parameters.house import declare_house_parameters, road_factors
from mobility.parameters.views import bp


def init_app(app: Flask) -> None:
    """Register pages and navigation; answer for the rooms that stand below accounts."""
    app.register_blueprint(bp)
    declare_house_parameters()
    networks.register_factors(app, road_factors)
    # Desks and organisations stand lower than the audit log: they tell, and it is written here.
    desk_changes.listen(audit.record)
    organisation_changes.listen(audit.record)
    register_nav(
        app,
        NavEntry(
            "Réglages", "parameters.index", Permission.PARAMETER_VIEW, "sliders", order=840, group="Administration"
        ),
    )
