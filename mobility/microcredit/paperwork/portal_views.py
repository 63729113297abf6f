"""The person's papers in their own space."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from mobility.core.db import load
from mobility.core.web.access import Permission, requires
from mobility.desks.models import Desk
from mobility.microcredit.dossiers.queries import dossiers_of
from mobility.microcredit.paperwork.receiving import receive
from mobility.microcredit.rules.states import TAKES_PAPERS
from mobility.people.access import own_file
from mobility.people.models import Person

portal_bp = Blueprint("my_microcredit_papers", __name__)


@portal_bp.route("/mon-espace/micro-credit/papiers", methods=["GET", "POST"])
@requires(Permission.PORTAL_VIEW)
def papers() -> ResponseReturnValue:
    """Show every paper of the dossier that is being prepared, and take those that are missing."""
    person_id = own_file()
    row = next((one for one in dossiers_of(person_id) if one.state in TAKES_PAPERS), None)
    if row is None:
        return redirect(url_for("my_microcredit.index"), 303)
    person = load(Person, person_id)
    return receive(
        row,
        codes=None,
        here=url_for("my_microcredit_papers.papers"),
        shown={"desk": load(Desk, person.desk_id), "until": None, "name": person.first_name},
    )
