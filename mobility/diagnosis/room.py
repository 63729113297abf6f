"""Wire the room of diagnoses into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core.web.access import register_row
from mobility.diagnosis import access, lifecycle, loader, parameters, words
from mobility.diagnosis.queries import person_of
from mobility.diagnosis.views import bp, links_bp, portal_bp
from mobility.people import lifecycle as people_lifecycle


def init_app(app: Flask) -> None:
    """Register pages, row answers, settings, journal kinds, messages and the life of its rows.

    A questionnaire that is not exactly meant stops the application here.
    """
    loader.versions()
    for blueprint in (bp, portal_bp, links_bp):
        app.register_blueprint(blueprint)
    register_row(app, "diagnosis", access.may_touch, person=person_of)
    parameters.declare()
    words.declare_journal()
    words.declare_messages()
    people_lifecycle.register(lifecycle.PART)
