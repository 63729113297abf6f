"""Wire the room of entries and exits into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core import jobs
from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav, register_person_room
from mobility.participation import access, figures, lifecycle, parameters, words
from mobility.participation.jobs import JOBS
from mobility.participation.queries import person_of_departure, person_of_participation
from mobility.participation.views import bp, links_bp
from mobility.people import lifecycle as people_lifecycle


def init_app(app: Flask) -> None:
    """Register pages, row answers, settings, journal kinds, messages, jobs."""
    for blueprint in (bp, links_bp):
        app.register_blueprint(blueprint)
    register_row(app, words.DEPARTURE, access.may_touch_departure, person=person_of_departure)
    register_row(app, words.PARTICIPATION, access.may_touch_participation, person=person_of_participation)
    register_row(app, words.SNAPSHOT, access.may_touch_snapshot)
    register_person_room(app, "participation")
    register_nav(
        app,
        NavEntry(
            "Ce qui manque",
            "participation.missing",
            Permission.PARTICIPATION_EDIT,
            "clipboard-minus",
            order=651,
            group="Entrées et sorties",
        ),
        NavEntry(
            "Décomptes",
            "participation.counts",
            Permission.COUNTS_MAKE,
            "bar-chart",
            order=652,
            group="Entrées et sorties",
        ),
    )
    parameters.declare()
    figures.init_app(app)
    words.declare_journal()
    words.declare_messages()
    jobs.register(*JOBS)
    people_lifecycle.register(lifecycle.PART)
