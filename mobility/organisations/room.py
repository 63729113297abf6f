"""Wire the room of organisations into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.organisations.access import may_touch_organisation
from mobility.organisations.views import bp


def init_app(app: Flask) -> None:
    """Register pages, row answers and navigation."""
    app.register_blueprint(bp)
    register_row(app, "organisation", may_touch_organisation)
    register_nav(
        app,
        NavEntry("Partenaires", "organisations.index", Permission.ORGANISATION_VIEW, "building", order=600),
        NavEntry("Mes conventions", "organisations.figures", Permission.FIGURES_VIEW, "bar-chart", order=610),
    )
