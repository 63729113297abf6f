"""The blueprint that the modules of views share."""

from __future__ import annotations

from flask import Blueprint, current_app, request, url_for

from mobility.accounts.audit import record_view
from mobility.core.clock import now
from mobility.core.web.access import actor
from mobility.pathway import queries

bp = Blueprint("pathway", __name__)


def link(endpoint: str, **values: object) -> str | None:
    """Return the address of a page of another room, or None where that room has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None  # type: ignore[arg-type]


def note_view(person_id: int) -> None:
    """Write into the audit log that this page of a person's file was opened."""
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=person_id, now=now())


def note_objective_view(objective_id: int) -> None:
    """Write the same for the person of an objective; before anything is loaded, for it ends the read."""
    person_id = queries.person_of_objective(objective_id)
    if person_id is not None:
        note_view(person_id)
