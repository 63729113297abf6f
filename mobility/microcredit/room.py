"""Wire the room of micro-credit into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.microcredit import access, parameters
from mobility.microcredit.views import bp


def init_app(app: Flask) -> None:
    """Register pages, row answers, navigation and settings."""
    app.register_blueprint(bp)
    register_row(app, "credit_partner", access.may_touch_partner)
    register_row(app, "credit_offer", access.may_touch_offer)
    register_nav(
        app,
        NavEntry("Simulateur", "microcredit.simulator", Permission.MICROCREDIT_EDIT, "calculator", order=160, group="Micro-crédit"),
        NavEntry("Banques partenaires", "microcredit.partners", Permission.MICROCREDIT_MANAGE, "bank", order=846, group="Administration"),
    )  # fmt: skip
    parameters.declare()
