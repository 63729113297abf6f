"""One person's entry and exit: seen, noted, proven, taken back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now
from mobility.core.web.access import Permission, actor, requires
from mobility.documents.uploads import take
from mobility.participation import parameters, queries, services
from mobility.participation.forms import DepartureForm, LaterForm, ReturnForm
from mobility.participation.rules import exits, items
from mobility.participation.views.blueprints import bp
from mobility.people.queries import current_id, family_ids, get_person_card

EDIT = Permission.PARTICIPATION_EDIT


@bp.get("/personnes/<int:person_id>/entree-sortie")
@requires(EDIT, person="person_id")
def of_person(person_id: int) -> ResponseReturnValue:
    """Show a person's entry and exit."""
    card = get_person_card(current_id(person_id))
    instant = now()
    family = family_ids(card.id)
    rows = queries.departures_of(family)
    return render_template(
        "participation/of_person.html",
        card=card,
        departures=rows,
        entries=queries.entries_of(family),
        items=items,
        standing=next((row for row in rows if row.returned_at is None and row.person_id == card.id), None),
        clock=parameters.clock(on=day_of(instant)),
        today=day_of(instant),
        exits=exits,
    )


def _back(person_id: int) -> ResponseReturnValue:
    return redirect(url_for("participation.of_person", person_id=person_id), 303)


@bp.route("/personnes/<int:person_id>/sortie", methods=["GET", "POST"])
@requires(EDIT, person="person_id")
def leave(person_id: int) -> ResponseReturnValue:
    """Note that the accompaniment is over."""
    card = get_person_card(current_id(person_id))
    form = DepartureForm()
    with take(form, "paper") as prepared:
        if form.submits(
            lambda: services.leave(
                person_id=card.id,
                left_on=form.left_on.data,
                outcome=form.typed_outcome(),
                proof=form.typed_proof(),
                prepared=prepared,
                note=form.note.data,
                actor_id=actor().user_id,
                now=now(),
            )
        ):
            flash(_("La sortie est notée."), "success")
            return _back(card.id)
    if not form.is_submitted():
        if queries.standing_of(card.id) is not None:
            return _back(card.id)
        form.left_on.data = day_of(now())
    return render_template("participation/departure.html", form=form, card=card, departure=None), form.status


@bp.route("/sorties/<int:departure_id>", methods=["GET", "POST"])
@requires(EDIT, departure="departure_id")
def prove(departure_id: int) -> ResponseReturnValue:
    """Correct an exit, or add what proves it."""
    row = queries.get_departure(departure_id)
    form = DepartureForm()
    with take(form, "paper") as prepared:
        if form.submits(
            lambda: services.prove(
                departure_id=departure_id,
                left_on=form.left_on.data,
                outcome=form.typed_outcome(),
                proof=form.typed_proof(),
                prepared=prepared,
                note=form.note.data,
                version=form.typed_version(),
                actor_id=actor().user_id,
                now=now(),
            )
        ):
            flash(_("La sortie est enregistrée."), "success")
            return _back(row.person_id)
    if not form.is_submitted():
        if row.returned_at is not None:
            return _back(row.person_id)
        form.show(row)
    card = get_person_card(row.person_id)
    return render_template("participation/departure.html", form=form, card=card, departure=row), form.status


@bp.route("/sorties/<int:departure_id>/retour", methods=["GET", "POST"])
@requires(EDIT, departure="departure_id")
def come_back(departure_id: int) -> ResponseReturnValue:
    """Note that the person came back."""
    row = queries.get_departure(departure_id)
    form = ReturnForm()
    if form.submits(
        lambda: services.come_back(
            departure_id=departure_id, returned_on=form.returned_on.data, actor_id=actor().user_id, now=now()
        )
    ):
        flash(_("Le retour est noté : l’accompagnement continue."), "success")
        return _back(row.person_id)
    if not form.is_submitted():
        if row.returned_at is not None:
            return _back(row.person_id)
        form.returned_on.data = day_of(now())
    card = get_person_card(row.person_id)
    return render_template("participation/return.html", form=form, card=card, departure=row), form.status


@bp.route("/sorties/<int:departure_id>/six-mois", methods=["GET", "POST"])
@requires(EDIT, departure="departure_id")
def later(departure_id: int) -> ResponseReturnValue:
    """Note on the phone what became of the person."""
    row = queries.get_departure(departure_id)
    person_id = row.person_id
    form = LaterForm()
    if form.submits(
        lambda: services.answer(
            departure_id=departure_id, later=exits.Later(form.answer.data), actor_id=actor().user_id, now=now()
        )
    ):
        flash(_("La réponse est notée."), "success")
        return _back(person_id)
    if not form.is_submitted() and (row.later is not None or row.returned_at is not None):
        return _back(person_id)
    card = get_person_card(person_id)
    return render_template("participation/later.html", form=form, card=card, departure=row), form.status
