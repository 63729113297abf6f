"""« Et si… ? »: an adviser tries out a change and sees which days fall open, before anything is saved."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from mobility.core.clock import now, today
from mobility.core.errors import RuleViolation
from mobility.core.web.access import Permission, actor, requires
from mobility.pathway import overview, public_holidays, queries, trying
from mobility.pathway.aid import all_aids
from mobility.pathway.models import Objective, Step
from mobility.pathway.trial_forms import TrialForm
from mobility.pathway.trying import Answer
from mobility.pathway.views.blueprint import bp, note_objective_view
from mobility.people.queries import get_person_card


def _answer(form: TrialForm, objective: Objective, steps: list[Step]) -> Answer | None:
    """Return what would come of what was typed; None where nothing was, or it is refused. Writes nothing."""
    if not form.validate_on_submit():
        return None
    try:
        return trying.try_out(objective, steps, form.trial(), now=now())
    except RuleViolation as violation:
        form.add_violation(violation)
        return None


@bp.route("/objectifs/<int:objective_id>/et-si", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, objective="objective_id")
def what_if(objective_id: int) -> ResponseReturnValue:
    """Try out an aid that ends, moves, goes or comes, or other hours; both calendars side by side."""
    note_objective_view(objective_id)
    objective = queries.get_objective(objective_id)
    steps = trying.list_carrying(objective_id, now=now())
    form = TrialForm()
    form.offer_steps([(step.id, step.title) for step in steps])
    asked = request.args.get("etape", "")
    if not form.is_submitted() and asked.isdecimal() and int(asked[:12]) in {step.id for step in steps}:
        form.step_id.data, form.act.data = int(asked), "end"
    answer = _answer(form, objective, steps)
    weeks = answer.after_weeks if answer else ()
    return render_template(
        "pathway/what_if.html",
        form=form,
        objective=objective,
        card=get_person_card(objective.person_id),
        steps=overview.step_views(steps),
        answer=answer,
        today=today(),
        holidays=public_holidays.between(weeks[0][0].day_on, weeks[-1][-1].day_on) if weeks else frozenset(),
        icons={aid.kind: aid.icon for aid in all_aids()},
        actions=[action for aid in all_aids() for action in aid.actions(person_id=objective.person_id, actor=actor())],
    ), form.status
