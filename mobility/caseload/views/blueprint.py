"""The blueprint that the modules of views share."""

from __future__ import annotations

from flask import Blueprint, request

from mobility.accounts.audit import record_view
from mobility.core.clock import now
from mobility.core.web.access import actor

bp = Blueprint("caseload", __name__)


def note_view(person_id: int) -> None:
    """Write into the audit log that this page of a person's file was opened."""
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=person_id, now=now())
