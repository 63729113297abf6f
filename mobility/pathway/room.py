"""What the pathway brings to the application."""

from __future__ import annotations

from flask import Flask

from mobility.agenda import hooks as agenda_hooks
from mobility.core import jobs
from mobility.core.web.access import Permission
from mobility.core.web.nav import NavEntry, register_nav, register_person_room
from mobility.diagnosis import prefill
from mobility.journal import kinds
from mobility.pathway import access, figures, known, messages, parameters
from mobility.pathway.jobs import JOBS
from mobility.pathway.lifecycle import PART
from mobility.pathway.plan import lifecycle as plan_lifecycle
from mobility.pathway.services import evidence
from mobility.pathway.views import bp
from mobility.people import lifecycle

_KINDS = (
    ("pathway.objective_opened", "Objectif ouvert, à partir du %(starts_on)s", "flag"),
    ("pathway.objective_changed", "Objectif modifié", "pencil"),
    ("pathway.objective_moved", "Dates de l’objectif changées : du %(starts_on)s au %(ends_on)s", "calendar-range"),
    ("pathway.objective_reached", "Objectif atteint", "trophy"),
    ("pathway.objective_dropped", "Objectif abandonné", "x-circle"),
    ("pathway.objective_reopened", "Objectif rouvert", "arrow-counterclockwise"),
    ("pathway.roster_set", "Horaires enregistrés à partir du %(from_on)s", "clock"),
    ("pathway.roster_confirmed", "Horaires toujours pas connus : confirmé", "question-circle"),
    ("pathway.means_added", "Moyen de transport personnel ajouté", "signpost"),
    ("pathway.means_removed", "Moyen de transport personnel retiré", "signpost"),
    ("pathway.plan_opened", "Plan d’action commencé", "signpost-split"),
    ("pathway.plan_changed", "Plan d’action : engagements ou budget changés", "pencil"),
    ("pathway.plan_laid", "Plan d’action, version %(number)s : à signer", "pen"),
    ("pathway.plan_sent", "Plan d’action, version %(number)s : lien envoyé pour signer", "send"),
    ("pathway.plan_resumed", "Plan d’action repris", "play-circle"),
    ("pathway.plan_signed_person", "Plan d’action, version %(number)s : signé par la personne", "pen"),
    ("pathway.plan_sent_representative", "Plan d’action, version %(number)s : lien envoyé au représentant", "send"),
    ("pathway.plan_signed_representative", "Plan d’action, version %(number)s : signé par le représentant", "pen"),
    ("pathway.plan_signed_adviser", "Plan d’action, version %(number)s : signé par l’antenne", "pen"),
    ("pathway.plan_agreed", "Plan d’action, version %(number)s : signé, en vigueur", "check-circle"),
    ("pathway.plan_suspended", "Plan d’action mis en pause", "pause-circle"),
    ("pathway.plan_abandoned", "Plan d’action abandonné", "x-circle"),
    ("pathway.plan_reached", "Plan d’action réussi", "trophy"),
    ("pathway.step_added", "Étape ajoutée au plan", "plus-circle"),
    ("pathway.step_changed", "Étape du plan modifiée", "pencil"),
    ("pathway.step_proposed", "Étape du plan reprise", "arrow-counterclockwise"),
    ("pathway.step_agreed", "Étape du plan reprise", "arrow-counterclockwise"),
    ("pathway.step_active", "Étape du plan en cours", "play-circle"),
    ("pathway.step_suspended", "Étape du plan en pause", "pause-circle"),
    ("pathway.step_done", "Étape du plan terminée", "check-circle"),
    ("pathway.step_dropped", "Étape du plan annulée", "x-circle"),
)


def init_app(app: Flask) -> None:
    """Answer for rows and for a person's life, declare the kinds of entries, show the pages."""
    for kind, label, icon in _KINDS:
        kinds.declare(kind, label, icon)
    access.init_app(app)
    figures.init_app(app)
    lifecycle.register(PART)
    lifecycle.register(plan_lifecycle.PART)
    prefill.register(known.tell)
    agenda_hooks.on_visit(evidence.follow_visit)
    app.register_blueprint(bp)
    parameters.declare()
    messages.declare()
    jobs.register(*JOBS)
    register_person_room(app, "pathway")
    register_nav(
        app,
        NavEntry("Mon plan", "pathway.portal_plan", Permission.PORTAL_VIEW, "signpost-split", 15, "portal"),
        NavEntry(
            "Modèles de plan",
            "pathway.plan_templates",
            Permission.PLAN_TEMPLATES,
            "list-check",
            777,
            group="Règles et catalogues",
        ),
    )
    register_nav(app, NavEntry("Mon espace", "pathway.portal_home", Permission.PORTAL_VIEW, "house", 10, "portal"))
