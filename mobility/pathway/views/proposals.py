"""Plans proposed from the diagnosis: compared side by side, one is taken into the plan."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.diagnosis.barriers import LABELS as BARRIER_LABELS
from mobility.diagnosis.barriers import SEVERITY_LABELS
from mobility.pathway import queries
from mobility.pathway.plan import proposals as plan_proposals
from mobility.pathway.plan import proposing
from mobility.pathway.plan.rules.options import cost_words
from mobility.pathway.plan.rules.settings import PROFILE_HINTS, PROFILE_LABELS
from mobility.pathway.views.blueprint import bp, link, note_view
from mobility.people.queries import get_person_card


@bp.get("/personnes/<int:person_id>/plan/propositions")
@requires(Permission.PATHWAY_EDIT, person="person_id")
def proposals(person_id: int) -> ResponseReturnValue:
    """Show the plans that the diagnosis's barriers and the aids' offers make possible."""
    note_view(person_id)
    return _page(person_id, Form())


def _page(person_id: int, form: Form) -> ResponseReturnValue:
    objectives = queries.list_open_objectives(person_id)
    asked = request.values.get("objectif", "")
    chosen = next((row for row in objectives if str(row.id) == asked), objectives[0] if objectives else None)
    made = plan_proposals.make(person_id=person_id, objective=chosen, now=now())
    return render_template(
        "pathway/proposals.html",
        card=get_person_card(person_id),
        objectives=objectives,
        chosen=chosen,
        made=made,
        form=form,
        labels=BARRIER_LABELS,
        severities=SEVERITY_LABELS,
        profiles=PROFILE_LABELS,
        hints=PROFILE_HINTS,
        cost_words=cost_words,
        diagnosis_url=link("diagnosis.start", person_id=person_id),
    ), form.status


@bp.post("/personnes/<int:person_id>/plan/propositions")
@requires(Permission.PATHWAY_EDIT, person="person_id")
def take_proposal(person_id: int) -> ResponseReturnValue:
    """Compose the plan from one of the proposals, as they stand at this moment."""
    form = Form()
    asked = request.form.get("objectif", "")
    objective_id = int(asked) if asked.isdecimal() and len(asked) < 10 else None
    if form.submits(
        lambda: proposing.take_proposal(
            person_id=person_id,
            objective_id=objective_id,
            keys=request.form.get("choix", "")[:1000].split(","),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("La proposition est dans le plan. Ajustez les étapes avec la personne."), "success")
        return redirect(url_for("pathway.plan", plan_id=form.result), 303)
    return _page(person_id, form)
