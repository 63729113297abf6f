"""The other professionals who follow a person, and what the person lets each of them know."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.people.queries import current_id, get_person_card
from mobility.prescriptions import services
from mobility.prescriptions.forms import ConfirmForm, ReferentForm
from mobility.prescriptions.queries.referents import get_referent, list_referents
from mobility.prescriptions.rules.referents import SEES_LABELS
from mobility.prescriptions.views.blueprints import bp
from mobility.prescriptions.views.decisions import me


def _list(person_id: int) -> ResponseReturnValue:
    return redirect(url_for("prescriptions.referents", person_id=person_id), 303)


@bp.get("/personnes/<int:person_id>/referents")
@requires(Permission.PERSON_VIEW, person="person_id")
def referents(person_id: int) -> ResponseReturnValue:
    """List who else follows the person."""
    card = get_person_card(current_id(person_id))
    return render_template(
        "prescriptions/referents.html",
        card=card,
        rows=list_referents(card.id, with_ended=True),
        sees=SEES_LABELS,
        may_edit=may_touch(actor(), Permission.PERSON_EDIT, "person", card.id),
    )


@bp.route("/personnes/<int:person_id>/referents/ajouter", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def add_referent(person_id: int) -> ResponseReturnValue:
    """Note somebody else who follows the person."""
    card = get_person_card(current_id(person_id))
    form = ReferentForm()
    if form.submits(lambda: services.add_referent(person_id=card.id, details=form.details(), actor_id=me(), now=now())):
        flash(_("Le référent est noté."), "success")
        return _list(card.id)
    return render_template("prescriptions/referent_form.html", form=form, card=card, row=None), form.status


@bp.route("/personnes/<int:person_id>/referents/<int:referent_id>", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def edit_referent(person_id: int, referent_id: int) -> ResponseReturnValue:
    """Correct a referent, or what the person lets them know."""
    card = get_person_card(current_id(person_id))
    row = get_referent(referent_id, person_id=card.id)
    form = ReferentForm()
    if form.submits(
        lambda: services.change_referent(
            person_id=card.id,
            referent_id=referent_id,
            details=form.details(),
            actor_id=me(),
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("C’est enregistré."), "success")
        return _list(card.id)
    if not form.is_submitted():
        form.show(row)
    return render_template("prescriptions/referent_form.html", form=form, card=card, row=row), form.status


@bp.post("/personnes/<int:person_id>/referents/<int:referent_id>/terminer")
@requires(Permission.PERSON_EDIT, person="person_id")
def end_referent(person_id: int, referent_id: int) -> ResponseReturnValue:
    """Let a referent go."""
    standing = current_id(person_id)
    row = get_referent(referent_id, person_id=standing)
    form = ConfirmForm()
    if form.submits(lambda: services.end_referent(person_id=standing, referent_id=row.id, actor_id=me(), now=now())):
        flash(_("Ce référent ne reçoit plus rien."), "success")
    return _list(standing)
