"""Wire the room of projects and their funding into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core.web.access import register_row
from mobility.funding import access, parameters, queries
from mobility.funding.lifecycle import PART
from mobility.funding.views import bp
from mobility.journal import kinds
from mobility.people import lifecycle

_KINDS = (
    ("project.opened", "Projet ouvert", "folder-plus"),
    ("project.changed", "Projet modifié", "pencil"),
    ("project.quoted", "Devis ajouté au projet", "file-earmark-text"),
    ("project.funded", "Financement du projet mis à jour", "cash-stack"),
)


def init_app(app: Flask) -> None:
    """Register pages, row answers, settings, journal kinds and a person's life."""
    app.register_blueprint(bp)
    register_row(app, "project", access.may_touch_project, person=queries.person_of_project)
    parameters.declare()
    for kind, label, icon in _KINDS:
        kinds.declare(kind, label, icon)
    lifecycle.register(PART)
