"""The statement of a person, for the staff and for the person."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mobility.accounts.audit import record_view
from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires
from mobility.ledger import queries
from mobility.ledger.rules import LABELS
from mobility.people.access import own_file
from mobility.people.queries import names_of

bp = Blueprint("ledger", __name__)


@bp.get("/personnes/<int:person_id>/compte")
@requires(Permission.LEDGER_VIEW, person="person_id")
def statement(person_id: int) -> ResponseReturnValue:
    """Show what a person owes and why."""
    record_view(actor_id=actor().user_id, person_id=person_id, now=now())
    return render_template(
        "ledger/statement.html",
        person_id=person_id,
        name=names_of([person_id]).get(person_id, ""),
        lines=list(reversed(queries.get_statement(person_id))),
        balance=queries.get_balance(person_id),
        kind_labels=LABELS,
    )


@bp.get("/mon-espace/compte")
@requires(Permission.PORTAL_VIEW)
def portal_statement() -> ResponseReturnValue:
    """Show their own account to a beneficiary."""
    person_id = own_file()
    return render_template(
        "ledger/portal_statement.html",
        lines=list(reversed(queries.get_statement(person_id))),
        balance=queries.get_balance(person_id),
        kind_labels=LABELS,
    )
