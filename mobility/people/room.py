"""What the room of people brings to the house."""

from __future__ import annotations

from flask import Flask

from mobility.accounts.hooks import set_concealment, set_directory
from mobility.core import jobs
from mobility.core.web.access import Permission, register_row
from mobility.core.web.legal import tell_clock
from mobility.core.web.nav import NavEntry, register_nav
from mobility.documents.access import register_owner
from mobility.people import access, parameters
from mobility.people.directory import PeopleDirectory
from mobility.people.jobs import JOBS
from mobility.people.queries.family import current_id
from mobility.people.views import bp


def init_app(app: Flask) -> None:
    """Register pages, rows, navigation, the job, and who answers for sign-in."""
    app.register_blueprint(bp)
    register_row(app, "person", access.may_touch, person=current_id)
    register_owner(app, "person", access.may_touch)
    register_row(app, "contact_note", access.may_touch_note, person=access.person_of_note)
    register_row(app, "rights_request", access.may_touch_request, person=access.person_of_request)
    register_row(app, "retention_run", access.may_touch_run)
    register_row(app, "retention_item", access.may_touch_item, person=access.person_of_item)
    register_nav(
        app,
        NavEntry("Personnes", "people.search", Permission.PERSON_SEARCH, "people", order=100),
        NavEntry("Appels et passages", "people.callbacks", Permission.CONTACT_NOTE, "telephone", order=110),
        NavEntry(
            "Demandes et réclamations",
            "people.rights",
            Permission.RIGHTS_MANAGE,
            "shield-check",
            order=700,
            group="Responsable",
        ),
        NavEntry(
            "Durées de conservation",
            "people.retention",
            Permission.RETENTION_MANAGE,
            "archive",
            order=710,
            group="Responsable",
        ),
        NavEntry("Mes infos", "people.own_data", Permission.PORTAL_OWN_DATA, "person", order=80, space="portal"),
    )
    set_directory(app, PeopleDirectory())
    set_concealment(app, access.concealed_from)
    parameters.declare()
    tell_clock(app, parameters.clock_words)
    jobs.register(*JOBS)
