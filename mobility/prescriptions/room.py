"""Wire the room of prescriptions into the application."""

from __future__ import annotations

from flask import Flask, url_for

from mobility.agenda import hooks as agenda_hooks
from mobility.core import jobs
from mobility.core.web.access import Permission, register_row
from mobility.core.web.legal import tell_clock
from mobility.core.web.nav import NavEntry, register_nav
from mobility.documents.access import register_owner
from mobility.notifications import hooks as notification_hooks
from mobility.organisations import hooks as organisation_hooks
from mobility.people import hooks as people_hooks
from mobility.people import lifecycle as people_lifecycle
from mobility.prescriptions import access, lifecycle, parameters, words
from mobility.prescriptions.home import words_left
from mobility.prescriptions.jobs import JOBS
from mobility.prescriptions.queries.senders import organisation_section
from mobility.prescriptions.services import follow_desk, follow_visit
from mobility.prescriptions.services.intake import OWNER
from mobility.prescriptions.services.post import take_undelivered
from mobility.prescriptions.views import bp, links_bp, own_bp


def init_app(app: Flask) -> None:
    """Register pages, row answers, navigation, settings, jobs, journal kinds, messages and the hooks."""
    for blueprint in (bp, own_bp, links_bp):
        app.register_blueprint(blueprint)
    app.add_template_filter(words_left, "days_left")
    register_row(app, "prescription", access.may_touch, person=access.person_of)
    register_row(app, "prescription_import", access.may_touch_import)
    register_owner(app, OWNER, access.may_see_papers)
    register_nav(
        app,
        NavEntry("Bannette", "prescriptions.index", Permission.PRESCRIPTION_VIEW, "inbox", order=90),
        NavEntry(
            "Délais des orientations",
            "prescriptions.deadline",
            Permission.PRESCRIPTION_FIGURES,
            "hourglass-split",
            order=690,
            group="Responsable",
        ),
        NavEntry(
            "Hors territoire",
            "prescriptions.outside",
            Permission.PRESCRIPTION_OUTSIDE,
            "geo-alt",
            order=692,
            group="Responsable",
        ),
        NavEntry("Mes orientations", "prescribers.index", Permission.PRESCRIBER_HOME, "send", order=10),
        NavEntry("Orienter une personne", "prescribers.create", Permission.PRESCRIPTION_SEND, "person-plus", order=20),
    )
    organisation_hooks.register_section(app, Permission.PRESCRIPTION_LINKS, organisation_section)
    parameters.declare()
    tell_clock(app, parameters.clock_words)
    words.declare_journal()
    words.declare_messages()
    jobs.register(*JOBS)
    agenda_hooks.on_visit(follow_visit)
    agenda_hooks.on_letter_subject(words.SUBJECT, lambda number: url_for("prescriptions.show", prescription_id=number))
    notification_hooks.on_undelivered(take_undelivered)
    people_hooks.on_desk_changed(follow_desk)
    people_lifecycle.register(lifecycle.PART)
