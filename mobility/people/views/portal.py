"""« Mes informations »: what the house knows of whoever is signed in, and their rights on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, check_permission, requires
from mobility.people import queries, services
from mobility.people.access import own_file
from mobility.people.forms import ComplaintForm, OwnRightsForm
from mobility.people.kinds import RIGHTS_LABELS, RIGHTS_STATE_LABELS, RequestChannel, RightsKind
from mobility.people.models import Person
from mobility.people.queries.card import address_of
from mobility.people.views.base import bp, me, now
from mobility.people.views.rights import send_export

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

ASKS: dict[str, RightsKind] = {
    "corriger": RightsKind.RECTIFICATION,
    "effacer": RightsKind.ERASURE,
    "reclamer": RightsKind.COMPLAINT,
}


def own_id() -> int:
    """Return the file of whoever is signed in. Raises NotFound."""
    person_id = own_file()
    check_permission(Permission.PORTAL_OWN_DATA, person=person_id)
    return person_id


@bp.get("/mon-espace/moi")
@requires(Permission.PORTAL_OWN_DATA)
def own_data() -> ResponseReturnValue:
    """Show the person what is known of them."""
    person_id = own_id()
    return render_template(
        "people/own_data.html",
        card=queries.get_person_card(person_id),
        address=address_of(load(Person, person_id)),
        requests=queries.list_requests_of(person_id),
        labels=RIGHTS_LABELS,
        states=RIGHTS_STATE_LABELS,
    )


@bp.route("/mon-espace/moi/<ask>", methods=["GET", "POST"])
@requires(Permission.PORTAL_OWN_DATA)
def own_request(ask: str) -> ResponseReturnValue:
    """Ask for a correction or for the erasure of the file, or tell what went wrong."""
    kind = ASKS.get(ask)
    if kind is None:
        raise NotFound("rights_request")
    person_id = own_id()
    form = ComplaintForm() if kind is RightsKind.COMPLAINT else OwnRightsForm()
    if form.submits(
        lambda: services.open_request(
            person_id=person_id,
            kind=kind,
            channel=RequestChannel.PORTAL,
            wish=form.wish.data,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("Votre demande est arrivée. Nous répondons dans le mois."), "success")
        return redirect(url_for("people.own_data"), 303)
    return render_template("people/own_request.html", form=form, kind=kind), form.status


@bp.post("/mon-espace/moi/copie")
@requires(Permission.PORTAL_OWN_DATA)
def own_export() -> ResponseReturnValue:
    """Give the person the copy of their data at once."""
    return send_export(own_id())
