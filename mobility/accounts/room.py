"""What the room of accounts brings to the house."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask

from mobility.accounts import audit, identity
from mobility.accounts.services import throttle
from mobility.accounts.views import bp
from mobility.accounts.views.users import may_touch_user
from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.core.web.once import forget_old

AUDIT_KEPT = timedelta(days=365)


def clean(now: datetime) -> dict[str, int]:
    """Forget what no longer serves: old failures, once-only keys, access logs past a year (facts §9)."""
    return {
        "failures": throttle.forget_old(now=now),
        "once_keys": forget_old(now),
        "audit": audit.forget_old(now=now, kept=AUDIT_KEPT),
    }


def init_app(app: Flask) -> None:
    """Register blueprint, identities, rows and navigation."""
    identity.init_app(app)
    audit.init_app(app)
    app.register_blueprint(bp)
    register_row(app, "user", may_touch_user)
    register_nav(
        app,
        NavEntry("Accueil", "accounts.staff_home", Permission.STAFF_HOME, "house", order=0),
        NavEntry("Comptes", "accounts.user_list", Permission.USERS_MANAGE, "people", order=810, group="Administration"),
        NavEntry(
            "Jetons d’accès", "accounts.token_list", Permission.TOKENS_MANAGE, "key", order=820, group="Administration"
        ),
        NavEntry(
            "Journal des accès", "accounts.audit_log", Permission.AUDIT_VIEW, "eye", order=830, group="Administration"
        ),
    )
