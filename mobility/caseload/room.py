"""What the room of caseload brings to the application."""

from __future__ import annotations

from flask import Flask

from mobility.caseload import access, lifecycle, parameters, services, words
from mobility.caseload.tasks import SOURCES
from mobility.caseload.views import bp
from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.people import hooks
from mobility.people import lifecycle as people_lifecycle
from mobility.todo import sources


def init_app(app: Flask) -> None:
    """Register pages, the row's answer, navigation, settings, journal kinds, messages, and listen to desks that change."""
    app.register_blueprint(bp)
    register_row(app, "handover_note", access.may_touch_note, person=access.person_of_note)
    register_nav(
        app,
        NavEntry(
            "Charge des conseillers",
            "caseload.index",
            Permission.CASELOAD_MANAGE,
            "bar-chart-steps",
            order=690,
            group="Responsable",
        ),
    )
    parameters.declare()
    words.declare()
    hooks.on_desk_changed(services.note_desk_move)
    people_lifecycle.register(lifecycle.PART)
    sources.register(app, *SOURCES)
