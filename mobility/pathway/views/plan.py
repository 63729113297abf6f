"""The plan of a person: begun, read, changed, paused, given up, reached."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.pathway.models import Plan
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan import view as plan_view
from mobility.pathway.plan.forms import CommitmentsForm, ReasonForm
from mobility.pathway.plan.rules.terms import (
    PLAN_MOVES,
    PLAN_STATE_LABELS,
    PLAN_STATE_TONES,
    REASONED_PLAN_STATES,
    PlanAction,
)
from mobility.pathway.services import plan_steps, plans
from mobility.pathway.views.blueprint import bp, note_view
from mobility.people.queries import get_person_card

_WORDS = {
    PlanAction.SUSPEND: ("Mettre le plan en pause ?", "Mettre en pause", "Le plan est en pause."),
    PlanAction.RESUME: ("Reprendre le plan ?", "Reprendre le plan", "Le plan reprend."),
    PlanAction.ABANDON: ("Abandonner le plan ?", "Abandonner le plan", "Le plan est abandonné."),
    PlanAction.REACH: ("Le plan est réussi ?", "Marquer comme réussi", "Le plan est réussi. Bravo !"),
}


def note_plan_view(plan_id: int) -> Plan:
    """Write that the file was seen, then return the plan. Raises NotFound."""
    person_id = plan_queries.person_of_plan(plan_id)
    if person_id is not None:
        note_view(person_id)
    return plan_queries.get_plan(plan_id)


@bp.get("/personnes/<int:person_id>/plan")
@requires(Permission.PATHWAY_EDIT, person="person_id")
def person_plan(person_id: int) -> ResponseReturnValue:
    """Show the plan that lives, or what to begin with; and the plans before."""
    note_view(person_id)
    card = get_person_card(person_id)
    past = plan_queries.list_plans(person_id)
    living = plan_queries.find_living_plan(person_id)
    if living is not None:
        return redirect(url_for("pathway.plan", plan_id=living.id), 303)
    return render_template(
        "pathway/plan_none.html", card=card, past=past, form=Form(), labels=PLAN_STATE_LABELS, tones=PLAN_STATE_TONES
    )


@bp.post("/personnes/<int:person_id>/plan")
@requires(Permission.PATHWAY_EDIT, person="person_id")
def open_plan(person_id: int) -> ResponseReturnValue:
    """Begin a plan."""
    form = Form()
    if form.submits(lambda: plans.open_plan(person_id=person_id, actor_id=actor().user_id, now=now())):
        flash(_("Le plan est commencé. Ajoutez des étapes."), "success")
        return redirect(url_for("pathway.plan", plan_id=form.result), 303)
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("pathway.person_plan", person_id=person_id), 303)


@bp.get("/plans/<int:plan_id>")
@requires(Permission.PATHWAY_EDIT, plan="plan_id")
def plan(plan_id: int) -> ResponseReturnValue:
    """Show a plan: steps by objective, what can be done, versions."""
    row = note_plan_view(plan_id)
    subject = plan_queries.get_subject(row)
    page = plan_view.page_of(row, adviser_name=subject.adviser_name, now=now())
    return render_template(
        "pathway/plan.html",
        page=page,
        plan=row,
        card=get_person_card(row.person_id),
        adviser_name=subject.adviser_name,
        form=Form(),
        moves=PLAN_MOVES.actions_from(row.state),
        past=[one for one in plan_queries.list_plans(row.person_id) if one.id != row.id],
        labels=PLAN_STATE_LABELS,
        tones=PLAN_STATE_TONES,
    )


@bp.route("/plans/<int:plan_id>/engagements", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, plan="plan_id")
def plan_commitments(plan_id: int) -> ResponseReturnValue:
    """Write what each side commits to, and the budget."""
    row = note_plan_view(plan_id)
    form = CommitmentsForm()
    if request.method == "GET":
        form.show(row)
    if form.submits(
        lambda: plans.edit_plan(
            plan_id=plan_id,
            version=form.typed_version(),
            person_commitment=form.person_commitment.data,
            desk_commitment=form.desk_commitment.data,
            monthly_budget_cents=form.monthly_budget_cents.data,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Les engagements sont enregistrés."), "success")
        return redirect(url_for("pathway.plan", plan_id=plan_id), 303)
    if form.violation is not None:
        form.show_version(plan_queries.get_plan(plan_id))
    return render_template(
        "pathway/plan_commitments.html", form=form, plan=row, card=get_person_card(row.person_id)
    ), form.status


@bp.route("/plans/<int:plan_id>/etat/<any(suspend, resume, abandon, reach):move>", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, plan="plan_id")
def plan_state(plan_id: int, move: str) -> ResponseReturnValue:
    """Ask, with the reason where one is due, then pause, take up again, give up or reach the plan."""
    action = PlanAction(move)
    row = note_plan_view(plan_id)
    title, button, done = _WORDS[action]
    possible = PLAN_MOVES.allows(row.state, action)
    form = ReasonForm(version=str(row.version))
    if form.submits(
        lambda: plans.move_plan(
            plan_id=plan_id,
            action=action,
            reason=form.reason.data,
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_(done), "success")
        return redirect(url_for("pathway.plan", plan_id=plan_id), 303)
    return render_template(
        "pathway/plan_state.html",
        form=form,
        plan=row,
        card=get_person_card(row.person_id),
        title=_(title),
        button=_(button),
        action=action,
        possible=possible,
        asks_reason=possible and PLAN_MOVES.after(row.state, action) in REASONED_PLAN_STATES,
    ), form.status


@bp.post("/plans/<int:plan_id>/prendre/<int:step_id>")
@requires(Permission.PATHWAY_EDIT, plan="plan_id", step="step_id")
def take_step(plan_id: int, step_id: int) -> ResponseReturnValue:
    """Let an aid that runs beside the plan be one of its steps."""
    form = Form()
    if form.submits(
        lambda: plan_steps.take_into_plan(plan_id=plan_id, step_id=step_id, actor_id=actor().user_id, now=now())
    ):
        flash(_("L’aide est maintenant une étape du plan."), "success")
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("pathway.plan", plan_id=plan_id), 303)
