"""« Ce qui manque »: who lacks which data or paper, and until when it can be had."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from mobility.core.clock import day_of, now
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.pagination import page_number
from mobility.desks.queries import desk_names
from mobility.participation import parameters, queries
from mobility.participation.queries import Lack
from mobility.participation.rules import missing as rules
from mobility.participation.rules.missing import Missing
from mobility.participation.views.blueprints import bp
from mobility.people.access import visible_persons

EDIT = Permission.PARTICIPATION_EDIT


def act_url(lack: Lack) -> str:
    """Return where the missing thing is given."""
    if lack.kind is Missing.ANSWERS:
        return url_for("participation.answers", participation_id=lack.subject_id)
    if lack.kind is Missing.EVIDENCE:
        return url_for("participation.evidence", participation_id=lack.subject_id)
    if lack.kind is Missing.EXIT:
        return url_for("participation.leave", person_id=lack.person_id)
    name = "participation.prove" if lack.kind is Missing.PROOF else "participation.later"
    return url_for(name, departure_id=lack.subject_id)


@bp.get("/ce-qui-manque")
@requires(EDIT)
def missing() -> ResponseReturnValue:
    """Show who lacks what, the next to be too late first."""
    today = day_of(now())
    delays = parameters.delays(on=today)
    late = request.args.get("etat") == "tard"
    visible = visible_persons(actor(), EDIT)
    counts = queries.count_missing(late=late, visible=visible, today=today, delays=delays)
    asked = request.args.get("quoi", "")
    kind = next(
        (one for one in Missing if one.value == asked), next((one for one in Missing if counts[one]), Missing.ANSWERS)
    )
    page = queries.page_missing(
        kind, late=late, total=counts[kind], number=page_number(), visible=visible, today=today, delays=delays
    )
    return render_template(
        "participation/missing.html",
        page=page,
        kind=kind,
        counts=counts,
        late=late,
        rules=rules,
        pressures={lack.subject_id: rules.pressure(lack.due_on, today=today, delays=delays) for lack in page.rows},
        urls={lack.subject_id: act_url(lack) for lack in page.rows},
        desks=desk_names(),
    )
