"""Templates of plans: the managers' list and form, and what an adviser takes into a plan."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda.queries import list_types
from mobility.core.clock import now, today
from mobility.core.web.access import ALL_DESKS, Permission, actor, requires
from mobility.desks.queries import list_desks
from mobility.pathway import queries
from mobility.pathway.aid import menu_of
from mobility.pathway.errors import TemplateInvalid
from mobility.pathway.models import PlanTemplate
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.forms import AID_SEPARATOR, TEMPLATE_ROWS, TakeTemplateForm, TemplateForm
from mobility.pathway.plan.rules.lines import StepLine, from_json
from mobility.pathway.plan.rules.terms import Doer, StepKind
from mobility.pathway.services import templates
from mobility.pathway.services.templates import TemplateDetails
from mobility.pathway.views.blueprint import bp
from mobility.pathway.views.plan import note_plan_view
from mobility.people.queries import get_person_card


@bp.route("/plans/<int:plan_id>/modeles", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, plan="plan_id")
def take_template(plan_id: int) -> ResponseReturnValue:
    """Choose a template; its steps join the plan."""
    plan = note_plan_view(plan_id)
    desk_id = plan_queries.get_subject(plan).desk.id
    offered = plan_queries.list_templates(desk_ids=[desk_id], on=today())
    objectives = queries.list_open_objectives(plan.person_id)
    form = TakeTemplateForm()
    form.template_id.choices = [(str(row.id), row.label) for row in offered]
    form.objective_id.choices = [("", "—"), *((row.id, row.title) for row in objectives)]
    if not form.is_submitted():
        form.starts_on.data = today()
        form.objective_id.data = objectives[0].id if len(objectives) == 1 else None
    if form.submits(
        lambda: templates.take_template(
            plan_id=plan_id,
            template_id=int(form.template_id.data),
            objective_id=form.objective_id.data,
            starts_on=form.starts_on.data,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Les étapes du modèle sont dans le plan. Changez ce qui doit l’être."), "success")
        return redirect(url_for("pathway.plan", plan_id=plan_id), 303)
    return render_template(
        "pathway/take_template.html",
        form=form,
        plan=plan,
        card=get_person_card(plan.person_id),
        offered=offered,
        hints={str(row.id): _words(row) for row in offered},
    ), form.status


def _words(row: PlanTemplate) -> str:
    steps = " → ".join(line.title for line in from_json(row.lines))
    return f"{row.description} {steps}".strip()


@bp.get("/modeles-de-plan")
@requires(Permission.PLAN_TEMPLATES)
def plan_templates() -> ResponseReturnValue:
    """List the templates that the manager may see."""
    desks = actor().desk_ids(Permission.PLAN_TEMPLATES)
    rows = plan_queries.list_templates(desk_ids=None if desks is ALL_DESKS else desks)
    return render_template(
        "pathway/plan_templates.html",
        rows=rows,
        desks={desk.id: desk.name for desk in list_desks()},
        own_desks=desks,
        writes_all=desks is ALL_DESKS,
        today=today(),
        counts={row.id: len(row.lines) for row in rows},
    )


@bp.route("/modeles-de-plan/nouveau", methods=["GET", "POST"])
@requires(Permission.PLAN_TEMPLATES)
def new_template() -> ResponseReturnValue:
    """Write a new template."""
    return _template_page(None)


@bp.route("/modeles-de-plan/<int:template_id>", methods=["GET", "POST"])
@requires(Permission.PLAN_TEMPLATES, plan_template="template_id")
def edit_template(template_id: int) -> ResponseReturnValue:
    """Change a template; plans that were made of it stay as they are."""
    return _template_page(plan_queries.get_template(template_id))


def _template_page(row: PlanTemplate | None) -> ResponseReturnValue:
    form = TemplateForm()
    template_id = None if row is None else row.id
    _offer(form, row)
    if request.method == "GET":
        _show(form, row)
    if form.validate_on_submit():
        desk_id = form.desk_id.data if row is None else row.desk_id
        if row is None and desk_id is None and actor().desk_ids(Permission.PLAN_TEMPLATES) is not ALL_DESKS:
            abort(403)
        try:
            details = TemplateDetails(
                form.label.data, form.description.data, form.valid_from_on.data, form.valid_until_on.data, _typed(form)
            )
        except TemplateInvalid as refused:
            form.add_violation(refused)
            details = None
        if details is not None and form.submits(
            lambda: templates.write_template(
                details=details,
                desk_id=desk_id,
                template_id=template_id,
                version=form.typed_version(),
                actor_id=actor().user_id,
                now=now(),
            )
        ):
            flash(_("Le modèle est enregistré."), "success")
            return redirect(url_for("pathway.plan_templates"), 303)
    if form.violation is not None and template_id is not None:
        form.show_version(plan_queries.get_template(template_id))
    return render_template("pathway/template_form.html", form=form, row=row), form.status


def _offer(form: TemplateForm, row: PlanTemplate | None) -> None:
    desks = actor().desk_ids(Permission.PLAN_TEMPLATES)
    known = [(desk.id, desk.name) for desk in list_desks() if desk.id in desks]
    form.desk_id.choices = [*([("", _("toutes les antennes"))] if desks is ALL_DESKS else []), *known]
    place = known[0][0] if known else 0
    if row is not None and row.desk_id is not None:
        place = row.desk_id
    aids = [("", "—"), *((f"{k}{AID_SEPARATOR}{key}", label) for k, key, label in menu_of(desk_id=place, on=today()))]
    types = [("", "—"), *((one.id, one.label) for one in list_types(desk_id=place))]
    for number in range(1, TEMPLATE_ROWS + 1):
        form[f"aid{number}"].choices, form[f"type{number}"].choices = aids, types


def _show(form: TemplateForm, row: PlanTemplate | None) -> None:
    if row is None:
        form.valid_from_on.data = today()
        return
    form.show_version(row)
    for name in ("label", "description", "desk_id", "valid_from_on", "valid_until_on"):
        form[name].data = getattr(row, name)
    lines = from_json(row.lines)
    places = {line.key: str(number) for number, line in enumerate(lines, start=1)}
    for number, line in enumerate(lines[:TEMPLATE_ROWS], start=1):
        shown: dict[str, Any] = {
            "title": line.title,
            "kind": line.kind.value,
            "aid": f"{line.aid_kind}{AID_SEPARATOR}{line.option_key}" if line.aid_kind else "",
            "type": line.meeting_type_id,
            "doer": line.doer.value,
            "doer_name": line.doer_name,
            "after": ", ".join(places[key] for key in line.after),
            "offset": line.offset_days,
            "days": line.days,
            "note": line.note,
        }
        for name, value in shown.items():
            form[f"{name}{number}"].data = value


def _typed(form: TemplateForm) -> list[StepLine]:
    """Return the rows that have a title as lines; their numbers are their keys. Raises TemplateInvalid."""
    lines = []
    for number in range(1, TEMPLATE_ROWS + 1):
        got = {name: field.data for name, field in form.rows()[number - 1].items()}
        if not got["title"]:
            continue
        aid_kind, _separator, option_key = str(got["aid"] or "").partition(AID_SEPARATOR)
        kind = StepKind(got["kind"] or StepKind.TASK)
        lines.append(
            StepLine(
                key=str(number),
                kind=kind,
                title=got["title"],
                aid_kind=aid_kind if kind is StepKind.AID else "",
                option_key=option_key if kind is StepKind.AID else "",
                meeting_type_id=got["type"] if kind is StepKind.MEETING else None,
                doer=Doer(got["doer"] or Doer.ADVISER),
                doer_name=got["doer_name"] or "",
                note=got["note"] or "",
                after=_keys(got["after"], number),
                offset_days=got["offset"] or 0,
                days=7 if got["days"] is None else got["days"],
            )
        )
    return lines


def _keys(typed: str | None, number: int) -> tuple[str, ...]:
    parts = [part.strip() for part in (typed or "").replace(";", ",").replace(" ", ",").split(",") if part.strip()]
    if not all(part.isdecimal() and len(part) < 4 for part in parts):
        raise TemplateInvalid(
            "Étape %(number)s : « après » se remplit avec des numéros d’étapes, comme « 1, 2 ».", number=number
        )
    return tuple(dict.fromkeys(str(int(part)) for part in parts))
