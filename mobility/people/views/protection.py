"""Protect a file: named staff only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.people import queries, services
from mobility.people.forms import ProtectionForm
from mobility.people.views.base import act, bp, me, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _after(person_id: int) -> str:
    """Return the file, or the search for whoever has just lost it."""
    if may_touch(actor(), Permission.PERSON_VIEW, "person", person_id):
        return url_for("people.show", person_id=person_id)
    return url_for("people.search")


@bp.route("/personnes/<int:person_id>/protection", methods=["GET", "POST"])
@requires(Permission.PERSON_PROTECT, person="person_id")
def protect(person_id: int) -> ResponseReturnValue:
    """Name the staff who keep access; the actor must be one of them, or say so on purpose."""
    card = queries.get_person_card(person_id)
    form = ProtectionForm(data={"user_ids": [str(user_id) for user_id, _name in card.named_staff] or [str(me())]})
    form.user_ids.choices = [(str(user_id), name) for user_id, name in queries.team_of(None)]
    if form.submits(
        lambda: services.protect(
            person_id=person_id,
            user_ids=[int(user_id) for user_id in form.user_ids.data],
            reason=form.reason.data,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("La fiche est protégée : seules les personnes choisies la voient."), "success")
        return redirect(_after(person_id), 303)
    return render_template("people/protection.html", form=form, card=card), form.status


@bp.post("/personnes/<int:person_id>/protection/lever")
@requires(Permission.PERSON_PROTECT, person="person_id")
def unprotect(person_id: int) -> ResponseReturnValue:
    """Open the file to the desk again."""
    return act(
        lambda: services.unprotect(person_id=person_id, actor_id=me(), now=now()),
        done=_("La protection est levée : l’antenne voit de nouveau la fiche."),
        back=url_for("people.search"),
    )
