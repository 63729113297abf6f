"""Other carpooling services: which there are, with which keys, and what they offer for a request."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.carpool import cards
from mobility.carpool.kinds import Side
from mobility.carpool.models import CarpoolMember, CarpoolOperator, CarpoolRequest
from mobility.carpool.standard import operators, outward
from mobility.carpool.standard.forms import ActForm, OperatorForm
from mobility.carpool.standard.operators import own_domain
from mobility.carpool.standard.server import PREFIX
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp
from mobility.carpool.views.doors import (
    Door,
    check_own,
    desk_door,
    link_door,
    linked,
    note_view,
    own_member,
    portal_door,
)
from mobility.core.clock import WEEKDAYS, now
from mobility.core.crypto import random_token
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.notifications import render
from mobility.pathway.rules import Direction


@bp.get("/administration/covoiturage")
@requires(Permission.CARPOOL_OPERATORS)
def operator_list() -> ResponseReturnValue:
    """List the services that we exchange with."""
    return render_template(
        "carpool/services.html", rows=operators.list_operators(), address=render.public_url(PREFIX), domain=own_domain()
    )


@bp.route("/administration/covoiturage/nouveau", methods=["GET", "POST"])
@requires(Permission.CARPOOL_OPERATORS)
def operator_create() -> ResponseReturnValue:
    """Add a service."""
    return _edit(None)


@bp.route("/administration/covoiturage/<int:operator_id>", methods=["GET", "POST"])
@requires(Permission.CARPOOL_OPERATORS)
def operator_edit(operator_id: int) -> ResponseReturnValue:
    """Change a service."""
    return _edit(load(CarpoolOperator, operator_id))


def _edit(row: CarpoolOperator | None) -> ResponseReturnValue:
    form = OperatorForm()
    if form.submits(
        lambda: operators.put_operator(
            operator_id=row.id if row else None,
            details=form.details(),
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Le service est enregistré."), "success")
        return redirect(url_for("carpool.operator_list"), 303)
    if row is not None and not form.is_submitted():
        form.show(row)
    return render_template("carpool/service_form.html", form=form, row=row), form.status


@bp.route("/administration/covoiturage/<int:operator_id>/cle", methods=["GET", "POST"])
@requires(Permission.CARPOOL_OPERATORS)
def operator_key(operator_id: int) -> ResponseReturnValue:
    """Make the key with which a service asks us; it is shown once, on the answer to the button alone."""
    row, form, key = load(CarpoolOperator, operator_id), ActForm(), random_token()
    made = form.submits(
        lambda: operators.set_inbound_key(operator_id=operator_id, key=key, actor_id=actor().user_id, now=now())
    )
    shown = key if made and not form.repeated else ""
    return render_template("carpool/service_key.html", form=form, row=row, key=shown, made=made), form.status


@bp.route("/administration/covoiturage/<int:operator_id>/fermer", methods=["GET", "POST"])
@requires(Permission.CARPOOL_OPERATORS)
def operator_close(operator_id: int) -> ResponseReturnValue:
    """Say what shutting a service out does, and do it."""
    row, form = load(CarpoolOperator, operator_id), ActForm()
    if form.submits(lambda: _set_disabled(operator_id, disabled=True)):
        flash(_("%(name)s est fermé.", name=row.name), "success")
        return redirect(url_for("carpool.operator_list"), 303)
    return render_template("carpool/service_close.html", form=form, row=row), form.status


@bp.post("/administration/covoiturage/<int:operator_id>/rouvrir")
@requires(Permission.CARPOOL_OPERATORS)
def operator_reopen(operator_id: int) -> ResponseReturnValue:
    """Let a service in again."""
    row = load(CarpoolOperator, operator_id)
    _set_disabled(operator_id, disabled=False)
    flash(_("%(name)s est rouvert.", name=row.name), "success")
    return redirect(url_for("carpool.operator_list"), 303)


def _set_disabled(operator_id: int, *, disabled: bool) -> None:
    operators.set_disabled(operator_id=operator_id, disabled=disabled, actor_id=actor().user_id, now=now())


def elsewhere_page(door: Door, request_id: int) -> ResponseReturnValue:
    """Ask the other services for a request, and show what they offer."""
    return render_template(
        "carpool/elsewhere.html",
        door=door,
        search=outward.search(request_id=request_id, now=now()),
        card=cards.get_journey_card(Side.REQUEST, request_id),
        directions=list(Direction),
        weekdays=WEEKDAYS,
    )


@bp.get("/covoiturage/demandes/<int:journey_id>/autres-services")
@requires(Permission.CARPOOL_VIEW, carpool_request="journey_id")
def elsewhere(journey_id: int) -> ResponseReturnValue:
    """Show an adviser what other services offer for a request."""
    note_view(load(CarpoolMember, load(CarpoolRequest, journey_id).member_id))
    return elsewhere_page(desk_door(), journey_id)


@portal_bp.get("/mon-espace/covoiturage/demandes/<int:journey_id>/autres-services", endpoint="elsewhere")
@requires(Permission.PORTAL_VIEW, carpool_request="journey_id")
def my_elsewhere(journey_id: int) -> ResponseReturnValue:
    """Show the person what other services offer for their request."""
    check_own(Side.REQUEST, journey_id, own_member())
    return elsewhere_page(portal_door(), journey_id)


@links_bp.get("/c/<token>/demandes/<int:journey_id>/autres-services", endpoint="elsewhere")
@signed_link
def linked_elsewhere(token: str, journey_id: int) -> ResponseReturnValue:
    """Show whoever has no account what other services offer for their request."""
    check_own(Side.REQUEST, journey_id, linked(token))
    return elsewhere_page(link_door(token), journey_id)
