"""Entering an operation: the questions on one page, and the papers."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now
from mobility.core.web.access import Permission, actor, requires
from mobility.documents.uploads import take
from mobility.participation import parameters, queries, services
from mobility.participation.forms import AnswersForm, EntryForm, EvidenceForm
from mobility.participation.rules.items import EvidenceKind, proposals
from mobility.participation.views.blueprints import bp
from mobility.people.queries import current_id, family_ids, get_person_card

EDIT = Permission.PARTICIPATION_EDIT


def _back(person_id: int) -> ResponseReturnValue:
    return redirect(url_for("participation.of_person", person_id=person_id), 303)


@bp.route("/personnes/<int:person_id>/entree", methods=["GET", "POST"])
@requires(EDIT, person="person_id")
def enter(person_id: int) -> ResponseReturnValue:
    """Let a person enter an operation, with what is asked there; what the file knows is ticked already."""
    card = get_person_card(current_id(person_id))
    today = day_of(now())
    entries = queries.entries_of(family_ids(card.id))
    entered = {entry.row.agreement_id for entry in entries}
    offered = [one for one in queries.operations_at(card.desk_id, on=today) if one.id not in entered]
    form = EntryForm()
    form.agreement_id.choices = [(one.id, one.name) for one in offered]
    if form.submits(
        lambda: services.enter(
            person_id=card.id,
            agreement_id=form.agreement_id.data,
            entered_on=form.entered_on.data,
            answers=form.answers(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("L’entrée est notée. Il reste à voir un justificatif."), "success")
        return _back(card.id)
    earlier = dict(entries[0].answers) if entries else {}
    known = proposals(status=card.status.value, earlier=earlier)
    if not form.is_submitted():
        form.entered_on.data = today
        form.agreement_id.data = offered[0].id if len(offered) == 1 else None
        form.propose(known)
    page = render_template("participation/entry.html", form=form, card=card, offered=offered, known=known, entry=None)
    return page, form.status


@bp.route("/participations/<int:participation_id>", methods=["GET", "POST"])
@requires(EDIT, participation="participation_id")
def answers(participation_id: int) -> ResponseReturnValue:
    """Answer what was not asked yet, or correct an answer."""
    row = queries.get_participation(participation_id)
    person_id = row.person_id
    form = AnswersForm()
    if form.submits(
        lambda: services.give_answers(
            participation_id=participation_id,
            answers=form.answers(),
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Les réponses sont enregistrées."), "success")
        return _back(person_id)
    if not form.is_submitted():
        form.propose(queries.answers_of([participation_id])[participation_id])
        form.show_version(row)
    card = get_person_card(person_id)
    page = render_template("participation/entry.html", form=form, card=card, offered=[], known={}, entry=row)
    return page, form.status


@bp.route("/participations/<int:participation_id>/justificatif", methods=["GET", "POST"])
@requires(EDIT, participation="participation_id")
def evidence(participation_id: int) -> ResponseReturnValue:
    """Note that a paper was seen."""
    row = queries.get_participation(participation_id)
    person_id, entered_on = row.person_id, row.entered_on
    form = EvidenceForm()
    with take(form, "paper") as prepared:
        if form.submits(
            lambda: services.see_evidence(
                participation_id=participation_id,
                kind=EvidenceKind(form.kind.data),
                dated_on=form.dated_on.data,
                prepared=prepared,
                actor_id=actor().user_id,
                now=now(),
            )
        ):
            flash(_("Le justificatif est noté."), "success")
            return _back(person_id)
    page = render_template(
        "participation/evidence.html",
        form=form,
        card=get_person_card(person_id),
        entered_on=entered_on,
        months=parameters.evidence_months(on=entered_on),
    )
    return page, form.status
