"""Wire the room of appointments into the application."""

from __future__ import annotations

from flask import Flask

from mobility.agenda import access, lifecycle, parameters, words
from mobility.agenda.jobs import JOBS
from mobility.agenda.services import letters
from mobility.agenda.vehicles import HomeVisits
from mobility.agenda.views import bp, links_bp, portal_bp
from mobility.core import jobs
from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.fleet.hooks import register_owner
from mobility.fleet.kinds import ReservationKind
from mobility.notifications import hooks
from mobility.people import lifecycle as people_lifecycle


def init_app(app: Flask) -> None:
    """Register pages, row answers, navigation, settings, jobs, journal kinds and messages."""
    for blueprint in (bp, portal_bp, links_bp):
        app.register_blueprint(blueprint)
    register_row(app, "visit", access.may_touch_visit, person=access.person_of_visit)
    register_row(app, "appointment", access.may_touch_appointment)
    register_row(app, "agenda_opening", access.may_touch_opening)
    register_row(app, "agenda_absence", access.may_touch_absence)
    register_row(app, "agenda_letter", access.may_touch_letter, person=access.person_of_letter)
    register_row(app, "agenda_room", access.may_touch_room)
    register_row(app, "interpreter", access.may_touch_interpreter)
    register_row(app, "meeting_type", access.may_touch_type)
    register_nav(
        app,
        NavEntry("Agenda", "agenda.week", Permission.AGENDA_VIEW, "calendar-week", order=60),
        NavEntry(
            "Types de rendez-vous",
            "agenda.types",
            Permission.MEETING_TYPE_MANAGE,
            "calendar2-plus",
            order=745,
            group="Règles et catalogues",
        ),
        NavEntry(
            "Salles et interprètes",
            "agenda.resources_of_desk",
            Permission.MEETING_TYPE_MANAGE,
            "door-open",
            order=746,
            group="Règles et catalogues",
        ),
        NavEntry("Rendez-vous", "my_agenda.index", Permission.PORTAL_VIEW, "calendar-week", order=15, space="portal"),
    )
    register_owner(ReservationKind.HOME_VISIT, HomeVisits())
    hooks.on_undelivered(letters.take_undelivered)
    parameters.declare()
    words.declare_journal()
    words.declare_messages()
    jobs.register(*JOBS)
    people_lifecycle.register(lifecycle.PART)
