"""One vehicle: its page, its description, its desk and its end."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now, today
from mobility.core.errors import StaleVersion
from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.core.web.compare import side_by_side
from mobility.core.web.forms import Form
from mobility.desks.queries import desk_choices
from mobility.fleet import kinds, queries, services
from mobility.fleet.errors import ReservationsAhead
from mobility.fleet.facts import Busy
from mobility.fleet.forms import ConfirmForm, RetireForm, TransferForm, VehicleForm
from mobility.fleet.rules import NEVER, in_words, urgency
from mobility.fleet.views import bp


@bp.get("/parc/vehicules/<int:vehicle_id>")
@requires(Permission.FLEET_VIEW, vehicle="vehicle_id")
def show(vehicle_id: int) -> ResponseReturnValue:
    """Show one vehicle."""
    card = queries.get_vehicle_card(vehicle_id, now=now())
    return render_template(
        "fleet/show.html",
        card=card,
        vehicle=card.vehicle,
        kinds=kinds,
        stops=kinds.STOPS,
        form=ConfirmForm(formdata=None),
        may_manage=_may_manage(vehicle_id),
        now=now(),
        today=today(),
        never=NEVER,
        urgency=urgency,
        in_words=in_words,
    )


def _may_manage(vehicle_id: int) -> bool:
    who = actor()
    return who.permits(Permission.FLEET_MANAGE) and may_touch(who, Permission.FLEET_MANAGE, "vehicle", vehicle_id)


@bp.route("/parc/vehicules/nouveau", methods=["GET", "POST"])
@requires(Permission.FLEET_MANAGE)
def create() -> ResponseReturnValue:
    """Add a vehicle."""
    form = VehicleForm()
    form.desk_id.choices = [("", _("Choisissez")), *desk_choices(actor().desk_ids(Permission.FLEET_MANAGE))]
    if form.submits(
        lambda: services.create_vehicle(
            desk_id=form.desk_id.data,
            description=form.description(),
            odometer_km=form.odometer_km.data,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Le véhicule est au parc. Notez maintenant ses papiers."), "success")
        return redirect(url_for("fleet.show", vehicle_id=form.result) if form.result else url_for("fleet.index"), 303)
    return render_template("fleet/edit.html", form=form, vehicle=None, compared=[]), form.status


@bp.route("/parc/vehicules/<int:vehicle_id>/modifier", methods=["GET", "POST"])
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def edit(vehicle_id: int) -> ResponseReturnValue:
    """Change the description; two edits at once are shown side by side."""
    vehicle = queries.get_vehicle(vehicle_id)
    form = VehicleForm()
    del form.desk_id, form.odometer_km
    if form.submits(
        lambda: services.edit_vehicle(
            vehicle_id=vehicle_id,
            description=form.description(),
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Le véhicule est modifié."), "success")
        return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)
    if not form.is_submitted():
        form.show(vehicle)
    compared = []
    if isinstance(form.violation, StaleVersion):
        vehicle = queries.get_vehicle(vehicle_id)
        compared = side_by_side(form, form.saved(vehicle))
        form.version.data = str(vehicle.version)
    return render_template("fleet/edit.html", form=form, vehicle=vehicle, compared=compared), form.status


@bp.route("/parc/vehicules/<int:vehicle_id>/transferer", methods=["GET", "POST"])
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def transfer(vehicle_id: int) -> ResponseReturnValue:
    """Give the vehicle another home desk, moving first what lies ahead."""
    vehicle = queries.get_vehicle(vehicle_id)
    form = TransferForm()
    form.propose(desk_choices(), vehicle)
    if form.submits(
        lambda: services.transfer_vehicle(
            vehicle_id=vehicle_id,
            to_desk_id=form.to_desk_id.data,
            reason=form.reason.data or "",
            moves=_typed_moves(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Le véhicule a changé d’antenne."), "success")
        return redirect(url_for("fleet.index"), 303)
    ahead = queries.promises_ahead(vehicle_id=vehicle_id, from_at=now())
    return render_template(
        "fleet/transfer.html",
        form=form,
        vehicle=vehicle,
        ahead=ahead,
        links=queries.links_of((busy.reservation_id, busy.kind) for busy in ahead),
        replacements=_replacements(vehicle_id, ahead),
        typed=_typed_moves(),
        kinds=kinds,
    ), form.status


def _typed_moves() -> dict[int, int]:
    """Return {reservation: vehicle} of the selects « move-… »; anything unreadable is left out."""
    moves = {}
    for name, value in request.form.items():
        reservation = name.removeprefix("move-")
        if name.startswith("move-") and _is_id(reservation) and _is_id(value):
            moves[int(reservation)] = int(value)
    return moves


def _is_id(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 10


def _replacements(vehicle_id: int, ahead: list[Busy]) -> dict[int, list[tuple[int, str]]]:
    """Return the vehicles that could carry each use that has not begun."""
    movable = [use for use in ahead if use.starts_at > now()]
    found = queries.replacements_for(vehicle_id, movable)
    return {identity: [(facts.id, facts.name) for facts in options] for identity, options in found.items()}


@bp.route("/parc/vehicules/<int:vehicle_id>/sortir-du-parc", methods=["GET", "POST"])
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def retire(vehicle_id: int) -> ResponseReturnValue:
    """Take the vehicle out of the fleet."""
    vehicle = queries.get_vehicle(vehicle_id)
    form = RetireForm()
    if form.submits(
        lambda: services.retire_vehicle(
            vehicle_id=vehicle_id, actor_id=actor().user_id, now=now(), **form.values("retired_on", "reason")
        )
    ):
        flash(_("Le véhicule sort du parc."), "success")
        return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)
    if not form.is_submitted():
        form.retired_on.data = today()
    return render_template("fleet/retire.html", form=form, vehicle=vehicle, **conflicts(form)), form.status


@bp.post("/parc/vehicules/<int:vehicle_id>/remettre-au-parc")
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def bring_back(vehicle_id: int) -> ResponseReturnValue:
    """Undo a retirement."""
    services.bring_back(vehicle_id=vehicle_id, actor_id=actor().user_id, now=now())
    flash(_("Le véhicule est de nouveau au parc."), "success")
    return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)


def conflicts(form: Form) -> dict[str, object]:
    """Return what a template needs to list the reservations in the way of a refused form."""
    refusal = form.violation
    found = [b for b in refusal.reservations if isinstance(b, Busy)] if isinstance(refusal, ReservationsAhead) else []
    return {
        "in_the_way": found,
        "links": queries.links_of((busy.reservation_id, busy.kind) for busy in found),
        "kinds": kinds,
    }
