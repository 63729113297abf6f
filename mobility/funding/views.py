"""A person's projects, and what pays each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.audit import record_view
from mobility.core.clock import now, today
from mobility.core.money import format_cents
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.documents.uploads import take
from mobility.funding import parameters, queries, services
from mobility.funding.forms import LineForm, MoveForm, ProjectForm, ProposeForm, QuoteForm
from mobility.funding.queries import Stack
from mobility.funding.rules import (
    LINE_ACTION_LABELS,
    LINE_STATE_LABELS,
    LINE_STATE_TONES,
    LINES,
    PURPOSE_ICONS,
    PURPOSE_LABELS,
    SOURCE_LABELS,
    Grant,
    LineAction,
    LineState,
    Source,
    refusals,
)
from mobility.pathway.aid import Action, find_aid
from mobility.pathway.queries import list_open_objectives
from mobility.people.queries import get_person_card

bp = Blueprint("funding", __name__)
EDIT = Permission.PATHWAY_EDIT


@bp.route("/personnes/<int:person_id>/projets", methods=["GET", "POST"])
@requires(EDIT, person="person_id")
def projects(person_id: int) -> ResponseReturnValue:
    """List a person's projects, and open one."""
    form = ProjectForm()
    form.objective_id.choices = _objectives(person_id)
    if form.submits(
        lambda: services.open_project(person_id=person_id, details=form.details(), actor_id=actor().user_id, now=now())
    ):
        flash(_("Le projet est ouvert. Ajoutez les devis, puis ce qui le paie."), "success")
        return redirect(url_for("funding.show", project_id=form.result), 303)
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=person_id, now=now())
    return render_template(
        "funding/projects.html",
        form=form,
        rows=queries.projects_of(person_id),
        card=get_person_card(person_id),
        purposes=PURPOSE_LABELS,
        icons={one.value: name for one, name in PURPOSE_ICONS.items()},
    ), form.status


def _objectives(person_id: int) -> list[tuple[Any, str]]:
    return [("", "—"), *((one.id, one.title) for one in list_open_objectives(person_id))]


@bp.route("/projets/<int:project_id>", methods=["GET", "POST"])
@requires(EDIT, project="project_id")
def show(project_id: int) -> ResponseReturnValue:
    """Show a project with its quotes and its stack; each button of the page is one act."""
    person_id = queries.get_project(project_id).person_id
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=person_id, now=now())
    stack = queries.get_stack(project_id)
    known = parameters.grants(on=today(), desk_id=get_person_card(person_id).desk_id)
    forms = _forms(stack, known)
    if request.method == "POST":
        act = _ACTS.get(request.form.get("act", ""))
        if act is None:
            abort(400)
        if act(project_id, forms):
            return redirect(url_for("funding.show", project_id=project_id), 303)
        stack = queries.get_stack(project_id)
        forms["project"].show_version(stack.project)
    return _page(stack, forms, known)


Forms = dict[str, Any]


def _forms(stack: Stack, known: tuple[Grant, ...]) -> Forms:
    """Return the forms of the page; what is sent goes to the one whose button was pressed."""
    kinds = {"project": ProjectForm, "quote": QuoteForm, "line": LineForm, "propose": ProposeForm, "move": MoveForm}
    pressed = request.form.get("act", "")
    forms: Forms = {name: kind() if name == pressed else kind(formdata=None) for name, kind in kinds.items()}
    forms["line"].code.choices = [("", "—"), *((one.code, one.label) for one in known)]
    form, project = forms["project"], stack.project
    form.objective_id.choices = _objectives(project.person_id)
    if pressed != "project":
        form.show_version(project)
        form.purpose.data, form.title.data = project.purpose.value, project.title
        form.amount_cents.data, form.objective_id.data = project.amount_cents, project.objective_id
    return forms


def _acts() -> dict[str, Any]:
    return {"actor_id": actor().user_id, "now": now()}


def _change(project_id: int, forms: Forms) -> bool:
    form: ProjectForm = forms["project"]
    return form.submits(
        lambda: services.change_project(
            project_id=project_id, details=form.details(), version=form.typed_version(), **_acts()
        )
    )


def _quote(project_id: int, forms: Forms) -> bool:
    form: QuoteForm = forms["quote"]
    # A quote is one of the papers that a bank is sent.
    with take(form, "file", paper=True) as prepared:
        return form.submits(
            lambda: services.add_quote(project_id=project_id, quote=form.quote(), prepared=prepared, **_acts())
        )


def _line(project_id: int, forms: Forms) -> bool:
    form: LineForm = forms["line"]
    return form.submits(
        lambda: services.put_line(
            project_id=project_id,
            source=Source(form.source.data),
            amount_cents=form.line_cents.data,
            code=form.code.data or "",
            label=form.precision.data or "",
            **_acts(),
        )
    )


def _propose(project_id: int, forms: Forms) -> bool:
    form: ProposeForm = forms["propose"]
    return form.submits(
        lambda: services.fill_stack(
            project_id=project_id,
            own_cents=form.own_cents.data or 0,
            employer_cents=form.employer_cents.data or 0,
            **_acts(),
        )
    )


def _move(project_id: int, forms: Forms) -> bool:
    form: MoveForm = forms["move"]
    action = request.form.get("move", "")
    line_id = request.form.get("line_id", type=int)
    if line_id is None or action not in set(LineAction):
        abort(400)
    return form.submits(
        lambda: services.move_line(
            project_id=project_id, line_id=line_id, action=LineAction(action), reason=form.reason.data, **_acts()
        )
    )


def _choose(project_id: int, forms: Forms) -> bool:
    form: Form = forms["move"]
    quote_id = request.form.get("quote_id", type=int)
    if quote_id is None:
        abort(400)
    chosen = request.form.get("choose") == "oui"
    return form.submits(
        lambda: services.choose_quote(project_id=project_id, quote_id=quote_id, chosen=chosen, **_acts())
    )


_ACTS: dict[str, Callable[[int, Forms], bool]] = {
    "project": _change,
    "quote": _quote,
    "line": _line,
    "propose": _propose,
    "move": _move,
    "choose": _choose,
}


def _page(stack: Stack, forms: Forms, known: tuple[Grant, ...]) -> ResponseReturnValue:
    project = stack.project
    who = queries.asker(project.person_id, on=today())
    lines = [queries.value_of(line) for line in stack.lines]
    notes = {one.code: one.note for one in known}
    shown = [
        {
            "label": one.label,
            "most": one.most(project.amount_cents),
            "why": " ".join(refusals(one, who, project.purpose, lines)),
            "note": one.note,
            "beside": [other.label for other in known if not one.goes_with(other)],
        }
        for one in known
    ]
    totals = stack.totals
    if totals.missing:
        said = _("Il manque %(missing)s.", missing=format_cents(totals.missing))
    elif totals.firm < project.amount_cents:
        waiting = format_cents(project.amount_cents - totals.firm)
        said = _("Tout le coût est prévu. Il reste %(waiting)s à obtenir.", waiting=waiting)
    else:
        said = _("Le projet est payé en entier.")
    return render_template(
        "funding/show.html",
        stack=stack,
        project=project,
        forms=forms,
        card=get_person_card(project.person_id),
        grants=sorted(shown, key=lambda one: bool(one["why"])),
        said=said,
        purpose=PURPOSE_LABELS[project.purpose],
        sources=SOURCE_LABELS,
        tags={one.id: (LINE_STATE_LABELS[one.state], LINE_STATE_TONES[one.state]) for one in stack.lines},
        moves={
            one.id: [(act.value, LINE_ACTION_LABELS[act]) for act in LINES.actions_from(one.state)]
            if one.source is not Source.MICROCREDIT
            else []
            for one in stack.lines
        },
        checks={
            one.id: notes.get(one.code, "") for one in stack.lines if one.state in {LineState.PLANNED, LineState.ASKED}
        },
        living={one.id: queries.value_of(one).counts for one in stack.lines},
        credit_links=_credit_links(project.person_id),
        today=today(),
    ), max(form.status for form in forms.values())


def _credit_links(person_id: int) -> list[Action]:
    """Return the ways from a project to the budget and to the loan that may pay what is missing."""
    lender = find_aid(Source.MICROCREDIT.value)
    offered = () if lender is None else lender.actions(person_id=person_id, actor=actor())
    here = url_for("funding.projects", person_id=person_id)
    return [one for one in offered if one.url != here]
