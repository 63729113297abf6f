"""Steps of a plan: added, changed, taken along their table, opened as the aid that they mean."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda.queries import list_types
from mobility.core.clock import now, today
from mobility.core.errors import RuleViolation
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.pathway import queries
from mobility.pathway.aid import find_aid, menu_of
from mobility.pathway.models import Plan, Step
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.forms import ReasonForm, StepForm
from mobility.pathway.plan.rules.terms import STEP_KIND_LABELS, Doer, StepKind
from mobility.pathway.rules import REASONED_STEP_STATES, STEP_MOVES, StepAction, StepState
from mobility.pathway.services import plan_steps
from mobility.pathway.views.blueprint import bp, note_view
from mobility.pathway.views.plan import note_plan_view
from mobility.people.queries import get_person_card

_WORDS = {
    StepAction.ACTIVATE: ("L’étape est commencée ?", "Marquer comme commencée"),
    StepAction.SUSPEND: ("Mettre l’étape en pause ?", "Mettre en pause"),
    StepAction.RESUME: ("Reprendre l’étape ?", "Reprendre"),
    StepAction.FINISH: ("L’étape est terminée ?", "Marquer comme terminée"),
    StepAction.DROP: ("Annuler l’étape ?", "Annuler l’étape"),
    StepAction.REOPEN: ("Rouvrir l’étape ?", "Rouvrir l’étape"),
}


def _offer(form: StepForm, plan: Plan, but: int | None = None) -> None:
    """List the objectives, the other steps, the aids and the meetings that can be chosen."""
    desk_id = plan_queries.get_subject(plan).desk.id
    objectives = queries.list_objectives(plan.person_id)
    form.offer(
        objectives=[(row.id, row.title) for row in objectives],
        steps=[
            (row.id, row.title)
            for row in plan_queries.list_plan_steps(plan.id)
            if row.id != but and row.state is not StepState.DROPPED
        ],
        aids=menu_of(desk_id=desk_id, on=today()) if "aid" in form else (),
        types=[(row.id, row.label) for row in list_types(desk_id=desk_id)] if "meeting_type_id" in form else (),
    )
    if not form.is_submitted() and but is None:
        form.doer.data = (Doer.PERSON if "aid" not in form and "meeting_type_id" not in form else Doer.ADVISER).value
        open_ones = queries.list_open_objectives(plan.person_id)
        form.objective_id.data = open_ones[0].id if len(open_ones) == 1 else None


@bp.route("/plans/<int:plan_id>/etapes/nouvelle/<any(aid, meeting, task):sort>", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, plan="plan_id")
def new_step(plan_id: int, sort: str) -> ResponseReturnValue:
    """Add an aid, a meeting or a task."""
    row = note_plan_view(plan_id)
    of_kind = StepKind(sort)
    form = StepForm()
    form.shape(of_kind, stands=False)
    _offer(form, row)
    if form.submits(
        lambda: plan_steps.add_step(plan_id=plan_id, kind=of_kind, actor_id=actor().user_id, now=now(), **form.facts())
    ):
        flash(_("L’étape est ajoutée."), "success")
        return redirect(url_for("pathway.plan", plan_id=plan_id), 303)
    return render_template(
        "pathway/step_form.html",
        form=form,
        plan=row,
        card=get_person_card(row.person_id),
        kind=of_kind,
        title=_("Ajouter : %(what)s", what=STEP_KIND_LABELS[of_kind].lower()),
        stands=False,
    ), form.status


def _step_and_plan(step_id: int) -> tuple[Step, Plan]:
    person_id = queries.person_of_step(step_id)
    if person_id is not None:
        note_view(person_id)
    return plan_queries.get_step_of_plan(step_id)


@bp.route("/etapes/<int:step_id>/modifier", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, step="step_id")
def edit_step(step_id: int) -> ResponseReturnValue:
    """Change the words, the dates, the doer of a step, and what it waits for."""
    step, row = _step_and_plan(step_id)
    form = StepForm()
    form.shape(step.kind, stands=True)
    _offer(form, row, but=step_id)
    if request.method == "GET":
        form.show(step, plan_queries.needs_of([step_id]).get(step_id, []))
    if form.submits(
        lambda: plan_steps.edit_step(
            step_id=step_id, version=form.typed_version(), actor_id=actor().user_id, now=now(), **form.facts()
        )
    ):
        flash(_("L’étape est modifiée."), "success")
        return redirect(url_for("pathway.plan", plan_id=row.id), 303)
    if form.violation is not None:
        form.show_version(plan_queries.get_step_of_plan(step_id)[0])
    return render_template(
        "pathway/step_form.html",
        form=form,
        plan=row,
        card=get_person_card(row.person_id),
        kind=step.kind,
        title=_("Modifier l’étape"),
        stands=True,
    ), form.status


@bp.route(
    "/etapes/<int:step_id>/etat/<any(activate, suspend, resume, finish, drop, reopen):act>", methods=["GET", "POST"]
)
@requires(Permission.PATHWAY_EDIT, step="step_id")
def step_state(step_id: int, act: str) -> ResponseReturnValue:
    """Ask, with the reason where one is due, then take a step along its table."""
    action = StepAction(act)
    step, row = _step_and_plan(step_id)
    title, button = _WORDS[action]
    possible = STEP_MOVES.allows(step.state, action) and step.aid_ref is None
    form = ReasonForm(version=str(step.version))
    if form.submits(
        lambda: plan_steps.move_step(
            step_id=step_id,
            action=action,
            reason=form.reason.data,
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("C’est noté : %(title)s.", title=step.title), "success")
        return redirect(url_for("pathway.plan", plan_id=row.id), 303)
    return render_template(
        "pathway/step_state.html",
        form=form,
        plan=row,
        step=step,
        card=get_person_card(row.person_id),
        title=_(title),
        button=_(button),
        action=action,
        possible=possible,
        asks_reason=possible and STEP_MOVES.after(step.state, action) in REASONED_STEP_STATES,
    ), form.status


@bp.post("/etapes/<int:step_id>/ouvrir")
@requires(Permission.PATHWAY_EDIT, step="step_id")
def open_step(step_id: int) -> ResponseReturnValue:
    """Open the aid that a step means; where the aid refuses, say why."""
    step, row = _step_and_plan(step_id)
    aid, plan_id = find_aid(step.aid_kind), row.id
    form = Form()
    if aid is None:
        flash(_("Cette aide n’existe plus. Changez l’étape."), "warning")
        return redirect(url_for("pathway.plan", plan_id=plan_id), 303)
    if form.submits(lambda: aid.open(step_id=step_id, actor_id=actor().user_id, now=now())):
        flash(_("L’aide est ouverte."), "success")
        return redirect(aid.url(int(form.result)), 303)
    for message in form.violations or _others(form.violation):
        flash(message, "warning")
    return redirect(url_for("pathway.plan", plan_id=plan_id), 303)


def _others(violation: RuleViolation | None) -> list[str]:
    return [] if violation is None else [violation.message]
