"""The pages of prescribers with an account: send somebody, see how far it is."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from mobility.core.clock import now
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.pagination import page_number
from mobility.organisations.queries import organisation_names
from mobility.prescriptions import tokens
from mobility.prescriptions.forms import OwnPrescriptionForm
from mobility.prescriptions.kinds import Source
from mobility.prescriptions.queries.senders import initials, list_drafts, page_of_sent
from mobility.prescriptions.services import Origin
from mobility.prescriptions.views.blueprints import own_bp
from mobility.prescriptions.views.filling import handle


@own_bp.get("/mes-orientations")
@requires(Permission.PRESCRIBER_HOME)
def index() -> ResponseReturnValue:
    """List what the actor's organisations have sent, and the drafts."""
    own = actor().organisation_ids(Permission.PRESCRIBER_HOME)
    drafts = [
        (row, tokens.draft_token(row, now=now()), _draft_name(row.draft or {})) for row in list_drafts(own, now=now())
    ]
    return render_template(
        "prescriptions/own.html", page=page_of_sent(own, number=page_number()), drafts=drafts, initials=initials
    )


def _draft_name(kept: dict[str, object]) -> str:
    return " ".join(str(kept.get(name) or "") for name in ("first_name", "last_name")).strip()


@own_bp.route("/mes-orientations/nouvelle", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_SEND)
def create() -> ResponseReturnValue:
    """Send somebody."""
    own = organisation_names(actor().organisation_ids(Permission.PRESCRIPTION_SEND))
    if not own:
        raise NotFound("organisation")
    who = actor()
    filled = OwnPrescriptionForm(
        organisation_id=next(iter(own)), referent_name=getattr(who, "display_name", "") or None
    )
    filled.organisation_id.choices = sorted(own.items(), key=lambda pair: pair[1])

    def origin() -> Origin:
        chosen = filled.organisation_id.data if filled.organisation_id.data in own else next(iter(own))
        return Origin(source=Source.ACCOUNT, organisation_id=chosen, user_id=who.user_id)

    gone = handle(filled, origin)
    if gone is not None:
        return gone
    return (
        render_template(
            "prescriptions/form.html", layout="desk.html", form=filled, organisation="", draft=None, files=[]
        ),
        filled.status,
    )
