"""The adviser's side: a person's diagnoses, the questions, starting and ending."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now
from mobility.core.web.access import Permission, actor, requires
from mobility.diagnosis import queries, services, shown
from mobility.diagnosis.forms import AbandonForm, PlainForm, StartForm
from mobility.diagnosis.rules import (
    ABANDON_LABELS,
    MOMENT_LABELS,
    STATE_LABELS,
    STATE_TONES,
    AbandonReason,
    Author,
    Moment,
    State,
)
from mobility.diagnosis.views.blueprints import bp
from mobility.diagnosis.views.filling import Door, fill_block, save_answer
from mobility.people.queries import current_id, family_ids, get_person_card

VIEW, EDIT = Permission.DIAGNOSIS_VIEW, Permission.DIAGNOSIS_EDIT


def door_of(diagnosis_id: int) -> Door:
    """Return the adviser's door."""
    return Door(
        author=Author.ADVISER,
        user_id=actor().user_id,
        page=lambda block: url_for("diagnosis.block", diagnosis_id=diagnosis_id, block=block),
        answer=lambda item: url_for("diagnosis.answer", diagnosis_id=diagnosis_id, item=item),
        end=url_for("diagnosis.show", diagnosis_id=diagnosis_id),
        back=(_("Diagnostic"), url_for("diagnosis.show", diagnosis_id=diagnosis_id)),
        layout="desk.html",
    )


@bp.get("/personnes/<int:person_id>/diagnostics")
@requires(VIEW, person="person_id")
def of_person(person_id: int) -> ResponseReturnValue:
    """List a person's diagnoses."""
    card = get_person_card(current_id(person_id))
    rows = queries.list_of(family_ids(card.id))
    return render_template(
        "diagnosis/of_person.html",
        card=card,
        rows=rows,
        standing=queries.standing_of(family_ids(card.id)),
        is_open=any(row.state is State.OPEN for row in rows),
        may_edit=actor().permits(EDIT),
        labels={"moment": MOMENT_LABELS, "state": STATE_LABELS, "tone": STATE_TONES, "reason": ABANDON_LABELS},
    )


@bp.route("/personnes/<int:person_id>/diagnostics/nouveau", methods=["GET", "POST"])
@requires(EDIT, person="person_id")
def start(person_id: int) -> ResponseReturnValue:
    """Open a diagnosis."""
    card = get_person_card(current_id(person_id))
    standing = queries.standing_of(family_ids(card.id))
    if standing.open_id is not None:
        return redirect(url_for("diagnosis.show", diagnosis_id=standing.open_id), 303)
    form = StartForm()
    if form.submits(
        lambda: services.start(person_id=card.id, moment=Moment(form.moment.data), actor_id=actor().user_id, now=now())
    ):
        return redirect(url_for("diagnosis.show", diagnosis_id=form.result), 303)
    if not form.is_submitted() and standing.last is not None:
        form.moment.data = Moment.END.value
    return render_template("diagnosis/start.html", card=card, form=form), form.status


@bp.route("/diagnostics/<int:diagnosis_id>/questions/<block>", methods=["GET", "POST"])
@requires(EDIT, diagnosis="diagnosis_id")
def block(diagnosis_id: int, block: str) -> ResponseReturnValue:
    """Ask the questions of one block, together."""
    if queries.get_diagnosis(diagnosis_id).state is not State.OPEN:
        flash(_("Ce diagnostic est terminé ou arrêté."), "info")
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    return fill_block(diagnosis_id, block, door_of(diagnosis_id))


@bp.post("/diagnostics/<int:diagnosis_id>/reponses/<item>")
@requires(EDIT, diagnosis="diagnosis_id")
def answer(diagnosis_id: int, item: str) -> ResponseReturnValue:
    """Save one answer."""
    return save_answer(diagnosis_id, item, door_of(diagnosis_id))


@bp.route("/diagnostics/<int:diagnosis_id>/terminer", methods=["GET", "POST"])
@requires(EDIT, diagnosis="diagnosis_id")
def finish(diagnosis_id: int) -> ResponseReturnValue:
    """Look once more at what is missing, and keep the result."""
    row = queries.get_diagnosis(diagnosis_id)
    form = PlainForm()
    if form.submits(
        lambda: services.finish(
            diagnosis_id=diagnosis_id, actor_id=actor().user_id, now=now(), version=form.typed_version()
        )
    ):
        flash(_("Le diagnostic est terminé. Remettez le résumé à la personne."), "success")
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    if row.state is not State.OPEN:
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    if not form.is_submitted():
        form.show_version(row)
    filled = queries.fill(row, today=day_of(now()))
    card = get_person_card(row.person_id)
    missing = [
        {"block": one, "items": [item for item in one.items if item in filled.missing]}
        for one in filled.questionnaire.blocks
    ]
    return render_template(
        "diagnosis/finish.html",
        row=row,
        card=card,
        form=form,
        missing=[one for one in missing if one["items"]],
        result=shown.result_of(row, filled),
    ), form.status


@bp.route("/diagnostics/<int:diagnosis_id>/arreter", methods=["GET", "POST"])
@requires(EDIT, diagnosis="diagnosis_id")
def abandon(diagnosis_id: int) -> ResponseReturnValue:
    """Stop a diagnosis, with a reason."""
    row = queries.get_diagnosis(diagnosis_id)
    form = AbandonForm()
    if form.submits(
        lambda: services.abandon(
            diagnosis_id=diagnosis_id,
            reason=AbandonReason(form.reason.data),
            note=form.note.data,
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("Le diagnostic est arrêté."), "success")
        return redirect(url_for("diagnosis.of_person", person_id=row.person_id), 303)
    if row.state is not State.OPEN:
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    if not form.is_submitted():
        form.show_version(row)
    return render_template(
        "diagnosis/abandon.html", row=row, card=get_person_card(row.person_id), form=form
    ), form.status


@bp.route("/diagnostics/<int:diagnosis_id>/envoyer", methods=["GET", "POST"])
@requires(EDIT, diagnosis="diagnosis_id")
def invite(diagnosis_id: int) -> ResponseReturnValue:
    """Send the person the link to their part."""
    row = queries.get_diagnosis(diagnosis_id)
    if row.state is not State.OPEN:
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    card = get_person_card(row.person_id)
    form = PlainForm()
    if form.submits(lambda: services.invite(diagnosis_id=diagnosis_id, actor_id=actor().user_id, now=now())):
        flash(_("Les questions sont envoyées. La personne peut aussi y répondre dans son espace."), "success")
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    filled = queries.fill(row, today=day_of(now()))
    alone = sum(1 for item in filled.questionnaire.items.values() if item.tell is not None)
    return render_template("diagnosis/invite.html", row=row, card=card, form=form, alone=alone), form.status


@bp.post("/diagnostics/<int:diagnosis_id>/rouvrir")
@requires(EDIT, diagnosis="diagnosis_id")
def reopen(diagnosis_id: int) -> ResponseReturnValue:
    """Take a finished diagnosis up again."""
    form = PlainForm()
    if form.submits(lambda: services.reopen(diagnosis_id=diagnosis_id, actor_id=actor().user_id, now=now())):
        flash(_("Le diagnostic est rouvert. Terminez-le de nouveau après vos corrections."), "success")
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
