"""Wire the room of local aids into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.journal import kinds
from mobility.local_aids import access, queries
from mobility.local_aids.aid import AID
from mobility.local_aids.lifecycle import PART
from mobility.local_aids.views import bp
from mobility.pathway import aid
from mobility.people import lifecycle

_KINDS = (
    ("local_aid.asked", "Aide locale demandée au partenaire", "send"),
    ("local_aid.granted", "Aide locale accordée", "check-circle"),
    ("local_aid.active", "Aide locale commencée", "play-circle"),
    ("local_aid.done", "Aide locale terminée", "check2-square"),
    ("local_aid.refused", "Aide locale refusée par le partenaire", "x-circle"),
    ("local_aid.dropped", "Demande d’aide locale abandonnée", "x-circle"),
)


def init_app(app: Flask) -> None:
    """Register pages, row answers, navigation, journal kinds, a person's life, and the aid."""
    app.register_blueprint(bp)
    register_row(app, "local_aid", access.may_touch_entry)
    register_row(app, "local_aid_use", access.may_touch_use, person=queries.person_of_use)
    register_nav(
        app,
        NavEntry(
            "Aides locales",
            "local_aids.index",
            Permission.LOCAL_AIDS_MANAGE,
            "signpost-2",
            order=778,
            group="Règles et catalogues",
        ),
    )
    for kind, label, icon in _KINDS:
        kinds.declare(kind, label, icon)
    lifecycle.register(PART)
    aid.register(AID)
