"""Wire the room of desks into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.desks import queries
from mobility.desks.access import may_touch_desk
from mobility.desks.views import bp
from mobility.geo import networks


def init_app(app: Flask) -> None:
    """Register pages, row answers and navigation."""
    app.register_blueprint(bp)
    register_row(app, "desk", may_touch_desk)
    networks.register_places(app, queries.positions)
    register_nav(
        app,
        NavEntry("Antennes", "desks.admin", Permission.DESK_VIEW, "geo-alt", order=810, group="Administration"),
    )
