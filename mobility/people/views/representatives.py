"""Who signs for a minor or a protected adult."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from mobility.core.errors import NotFound, StaleVersion
from mobility.core.web.access import Permission, requires
from mobility.core.web.compare import side_by_side
from mobility.people import queries, services
from mobility.people.paper_forms import EndForm, RepresentativeForm
from mobility.people.queries import PersonCard, RepresentativeCard
from mobility.people.views.base import bp, me, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_FIELDS = ("kind", "last_name", "first_name", "organisation_name", "phone", "email", "valid_from_on", "valid_until_on")


def _back(person_id: int) -> str:
    return url_for("people.show", person_id=person_id, _anchor="representants")


def _mandate(card: PersonCard, representative_id: int) -> RepresentativeCard:
    mandate = next((r for r in card.representatives if r.id == representative_id), None)
    if mandate is None:
        raise NotFound("representative")
    return mandate


def _typed(mandate: RepresentativeCard) -> dict[str, object]:
    return {name: getattr(mandate, name) for name in _FIELDS}


@bp.route("/personnes/<int:person_id>/representants/ajouter", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def add_representative(person_id: int) -> ResponseReturnValue:
    """Add somebody who signs for the person."""
    form = RepresentativeForm()
    if form.submits(
        lambda: services.add_representative(person_id=person_id, signatory=form.signatory(), actor_id=me(), now=now())
    ):
        flash(_("Le représentant est ajouté."), "success")
        return redirect(_back(person_id), 303)
    page = render_template(
        "people/representative.html", form=form, card=queries.get_person_card(person_id), mandate=None, compared=[]
    )
    return page, form.status


@bp.route("/personnes/<int:person_id>/representants/<int:representative_id>", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def edit_representative(person_id: int, representative_id: int) -> ResponseReturnValue:
    """Correct who signs, or how to reach them; two edits at once are shown side by side."""
    card = queries.get_person_card(person_id)
    mandate = _mandate(card, representative_id)
    form = RepresentativeForm(data={**_typed(mandate), "version": mandate.version})
    if form.submits(
        lambda: services.edit_representative(
            person_id=person_id,
            representative_id=representative_id,
            signatory=form.signatory(),
            version=form.read_version,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("Le représentant est enregistré."), "success")
        return redirect(_back(person_id), 303)
    compared = []
    if isinstance(form.violation, StaleVersion):
        mandate = _mandate(queries.get_person_card(person_id), representative_id)
        compared = side_by_side(form, _typed(mandate))
        form.version.data = str(mandate.version)
    page = render_template("people/representative.html", form=form, card=card, mandate=mandate, compared=compared)
    return page, form.status


@bp.route("/personnes/<int:person_id>/representants/<int:representative_id>/fin", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def end_representative(person_id: int, representative_id: int) -> ResponseReturnValue:
    """End a mandate; two edits at once are shown side by side."""
    card = queries.get_person_card(person_id)
    mandate = _mandate(card, representative_id)
    form = EndForm(data={"version": mandate.version})
    if form.submits(
        lambda: services.end_representative(
            person_id=person_id,
            representative_id=representative_id,
            on=form.on.data,
            version=form.read_version,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("La fin du mandat est notée."), "success")
        return redirect(_back(person_id), 303)
    compared = []
    if isinstance(form.violation, StaleVersion):
        mandate = _mandate(queries.get_person_card(person_id), representative_id)
        compared = side_by_side(form, {"on": mandate.valid_until_on})
        form.version.data = str(mandate.version)
    page = render_template("people/end_representative.html", form=form, card=card, mandate=mandate, compared=compared)
    return page, form.status
