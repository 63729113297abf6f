"""Objectives: opened, edited, closed; and what could carry the days that nobody carries."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.errors import NotFound, StaleVersion
from mobility.core.web.access import Permission, actor, requires
from mobility.geo import communes
from mobility.geo.geocoding import find_place
from mobility.pathway import fallbacks, overview, queries, services
from mobility.pathway.aid import all_aids
from mobility.pathway.forms import ObjectiveForm, VersionedForm
from mobility.pathway.models import Objective
from mobility.pathway.rules import (
    MEANS_ICONS,
    OBJECTIVE_KIND_ICONS,
    OBJECTIVE_KIND_LABELS,
    OBJECTIVE_MOVES,
    ObjectiveAction,
)
from mobility.pathway.views.blueprint import bp, note_objective_view, note_view
from mobility.people.queries import get_person_card

_ICONS = {kind.value: icon for kind, icon in OBJECTIVE_KIND_ICONS.items()}
_STATE_WORDS = {
    ObjectiveAction.REACH: ("Objectif atteint ?", "Marquer comme atteint", "L’objectif est atteint. Bravo !"),
    ObjectiveAction.DROP: ("Abandonner l’objectif ?", "Abandonner l’objectif", "L’objectif est abandonné."),
    ObjectiveAction.REOPEN: ("Rouvrir l’objectif ?", "Rouvrir l’objectif", "L’objectif est rouvert."),
}


def _facts(form: ObjectiveForm, *, outside: bool) -> dict[str, Any]:
    """Return what was typed and where that is, asked before the transaction; nothing for a form that is not right."""
    if not form.validate_on_submit():
        return {}
    facts = _in_commune(form.facts())
    return {**facts, "place": find_place(facts["street"], insee_code=facts["insee_code"], outside=outside)}


def _in_commune(facts: dict[str, Any]) -> dict[str, Any]:
    """Add the commune's code to an address, where the postcode and the name agree on one."""
    candidates = communes.by_postcode(str(facts["postcode"] or ""))
    wanted = communes.name_key(str(facts["city"] or ""))
    found = next((one for one in candidates if communes.name_key(one.name) == wanted), None)
    if found is None and len(candidates) == 1 and not wanted:
        found = candidates[0]
        facts["city"] = found.name
    return {**facts, "insee_code": found.insee_code if found else None}


@bp.route("/personnes/<int:person_id>/objectifs/nouveau", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, person="person_id")
def new_objective(person_id: int) -> ResponseReturnValue:
    """Open an objective, then go on to its hours."""
    note_view(person_id)
    form = ObjectiveForm()
    form.offer_employers(queries.list_employers())
    card = get_person_card(person_id)
    facts = _facts(form, outside=not card.protected)
    if form.submits(lambda: services.open_objective(person_id=person_id, actor_id=actor().user_id, now=now(), **facts)):
        flash(_("L’objectif est enregistré. Indiquez maintenant les horaires."), "success")
        return redirect(url_for("pathway.roster", objective_id=form.result), 303)
    return render_template(
        "pathway/objective_form.html", form=form, card=card, objective=None, stored=None, icons=_ICONS
    ), form.status


@bp.route("/objectifs/<int:objective_id>/modifier", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, objective="objective_id")
def edit_objective(objective_id: int) -> ResponseReturnValue:
    """Change an objective; when somebody else did so meanwhile, show both versions."""
    note_objective_view(objective_id)
    objective = queries.get_objective(objective_id)
    form = ObjectiveForm(obj=objective if request.method == "GET" else None)
    form.offer_employers(queries.list_employers(), objective)
    card = get_person_card(objective.person_id)
    facts = _facts(form, outside=not card.protected)
    if form.submits(
        lambda: services.edit_objective(
            objective_id=objective_id,
            version=form.seen_version or 0,
            actor_id=actor().user_id,
            now=now(),
            **facts,
        )
    ):
        flash(_("L’objectif est modifié."), "success")
        return redirect(url_for("pathway.person", person_id=objective.person_id), 303)
    stored = None
    if isinstance(form.violation, StaleVersion):
        objective = queries.get_objective(objective_id)
        stored = _stored(objective)
        form.version.data = str(objective.version)
    return render_template(
        "pathway/objective_form.html",
        form=form,
        card=card,
        objective=objective,
        stored=stored,
        icons=_ICONS,
    ), form.status


def _stored(objective: Objective) -> list[tuple[str, object]]:
    return [
        (_("Type"), OBJECTIVE_KIND_LABELS[objective.kind]),
        (_("Intitulé"), objective.title),
        (_("Employeur ou organisme"), objective.employer_name),
        (_("Lieu"), " ".join(filter(None, (objective.street, objective.postcode, objective.city)))),
        (_("Premier jour"), f"{objective.starts_on:%d/%m/%Y}"),
        (_("Dernier jour"), f"{objective.ends_on:%d/%m/%Y}" if objective.ends_on else ""),
    ]


@bp.route("/objectifs/<int:objective_id>/etat/<any(reach, drop, reopen):act>", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, objective="objective_id")
def objective_state(objective_id: int, act: str) -> ResponseReturnValue:
    """Ask, then reach, drop or reopen an objective."""
    action = ObjectiveAction(act)
    note_objective_view(objective_id)
    objective = queries.get_objective(objective_id)
    title, button, done = _STATE_WORDS[action]
    form = VersionedForm(version=str(objective.version))
    if form.submits(
        lambda: services.change_objective_state(
            objective_id=objective_id,
            action=action,
            version=form.seen_version or 0,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_(done), "success")
        return redirect(url_for("pathway.person", person_id=objective.person_id), 303)
    return render_template(
        "pathway/objective_state.html",
        form=form,
        objective=objective,
        title=_(title),
        button=_(button),
        action=action,
        possible=OBJECTIVE_MOVES.allows(objective.state, action),
    ), form.status


@bp.get("/objectifs/<int:objective_id>/solutions")
@requires(Permission.PATHWAY_EDIT, objective="objective_id")
def solutions(objective_id: int) -> ResponseReturnValue:
    """Show the days that nobody carries, and what each aid could do about them."""
    person_id = queries.person_of_objective(objective_id)
    if person_id is None:
        raise NotFound("objective")
    note_view(person_id)
    views = overview.objective_views(person_id, now=now())
    view = next(one for one in views if one.id == objective_id)
    return render_template(
        "pathway/solutions.html",
        view=view,
        card=get_person_card(person_id),
        offers=fallbacks.all_offers(person_id, view.id, view.gaps, now=now()),
        icons={aid.kind: aid.icon for aid in all_aids()},
        actions=[action for aid in all_aids() for action in aid.actions(person_id=person_id, actor=actor())],
        means_icons=MEANS_ICONS,
    )
