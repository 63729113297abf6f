"""What an officer notes about a vehicle: papers, odometer, stops."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now, today
from mobility.core.errors import AccessRefused, RuleViolation
from mobility.core.web.access import Permission, actor, requires
from mobility.documents.uploads import take
from mobility.fleet import queries, services
from mobility.fleet.forms import OdometerForm, PaperForm, PhotoForm, StopForm
from mobility.fleet.inspections import first_due_on, first_window_opens_on
from mobility.fleet.kinds import OdometerSource, PaperKind
from mobility.fleet.views import bp
from mobility.fleet.views.vehicles import conflicts


def _user_id() -> int:
    """Return who acts; striking something out is always signed."""
    user_id = actor().user_id
    if user_id is None:
        raise AccessRefused("nobody to sign")
    return user_id


@bp.route("/parc/vehicules/<int:vehicle_id>/papiers/nouveau", methods=["GET", "POST"])
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def add_paper(vehicle_id: int) -> ResponseReturnValue:
    """Note a paper."""
    vehicle = queries.get_vehicle(vehicle_id)
    form = PaperForm()
    with take(form, "scan") as prepared:
        if form.submits(
            lambda: services.add_paper(
                vehicle_id=vehicle_id, prepared=prepared, actor_id=actor().user_id, now=now(), **form.details()
            )
        ):
            flash(_("Le papier est noté."), "success")
            return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)
    if not form.is_submitted():
        form.kind.data, form.done_on.data = PaperKind.INSPECTION.value, today()
    registered = vehicle.first_registered_on
    return render_template(
        "fleet/paper.html",
        form=form,
        vehicle=vehicle,
        first_due_on=registered and first_due_on(vehicle.category, registered),
        window_opens_on=registered and first_window_opens_on(vehicle.category, registered),
    ), form.status


@bp.route("/parc/vehicules/<int:vehicle_id>/photo", methods=["GET", "POST"])
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def photo(vehicle_id: int) -> ResponseReturnValue:
    """Show another photo of the vehicle."""
    vehicle = queries.get_vehicle(vehicle_id)
    form = PhotoForm()
    with take(form, "photo", pictures_only=True) as prepared:
        if form.submits(
            lambda: services.set_photo(vehicle_id=vehicle_id, prepared=prepared, actor_id=actor().user_id, now=now())
        ):
            flash(_("La photo est enregistrée."), "success")
            return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)
    return render_template("fleet/photo.html", form=form, vehicle=vehicle), form.status


@bp.post("/parc/vehicules/<int:vehicle_id>/photo/retirer")
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def remove_photo(vehicle_id: int) -> ResponseReturnValue:
    """Show no photo any more."""
    services.set_photo(vehicle_id=vehicle_id, prepared=None, actor_id=actor().user_id, now=now())
    flash(_("La photo est retirée."), "success")
    return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)


@bp.post("/parc/vehicules/<int:vehicle_id>/papiers/<int:paper_id>/retirer")
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def remove_paper(vehicle_id: int, paper_id: int) -> ResponseReturnValue:
    """Take out a paper that was entered by mistake."""
    services.remove_paper(vehicle_id=vehicle_id, paper_id=paper_id, actor_id=_user_id(), now=now())
    flash(_("Le papier est retiré."), "success")
    return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)


@bp.route("/parc/vehicules/<int:vehicle_id>/compteur", methods=["GET", "POST"])
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def odometer(vehicle_id: int) -> ResponseReturnValue:
    """Note what the odometer shows."""
    vehicle = queries.get_vehicle(vehicle_id)
    form = OdometerForm()
    if form.submits(
        lambda: services.record_odometer(
            vehicle_id=vehicle_id,
            km=form.km.data,
            read_at=form.read_at(),
            source=OdometerSource.OFFICER,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Le compteur est noté."), "success")
        return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)
    if not form.is_submitted():
        form.show(now())
    last = queries.odometers_of([vehicle_id]).get(vehicle_id)
    return render_template("fleet/odometer.html", form=form, vehicle=vehicle, last_km=last), form.status


@bp.post("/parc/vehicules/<int:vehicle_id>/compteur/<int:reading_id>/annuler")
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def void_odometer(vehicle_id: int, reading_id: int) -> ResponseReturnValue:
    """Strike out a reading that was mistyped."""
    services.void_odometer(vehicle_id=vehicle_id, reading_id=reading_id, actor_id=_user_id(), now=now())
    flash(_("Le relevé est annulé : il ne compte plus."), "success")
    return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)


@bp.route("/parc/vehicules/<int:vehicle_id>/arreter", methods=["GET", "POST"])
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def stop(vehicle_id: int) -> ResponseReturnValue:
    """Keep the vehicle from being used for a while."""
    vehicle = queries.get_vehicle(vehicle_id)
    form = StopForm()
    if form.submits(
        lambda: services.stop_vehicle(vehicle_id=vehicle_id, actor_id=actor().user_id, now=now(), **form.details())
    ):
        flash(_("L’arrêt du véhicule est noté."), "success")
        return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)
    if not form.is_submitted():
        form.show(now())
    return render_template("fleet/stop.html", form=form, vehicle=vehicle, **conflicts(form)), form.status


@bp.post("/parc/vehicules/<int:vehicle_id>/arrets/<int:reservation_id>/terminer")
@requires(Permission.FLEET_MANAGE, vehicle="vehicle_id")
def end_stop(vehicle_id: int, reservation_id: int) -> ResponseReturnValue:
    """Put the vehicle back in service."""
    try:
        services.end_stop(vehicle_id=vehicle_id, reservation_id=reservation_id, actor_id=actor().user_id, now=now())
    except RuleViolation as refusal:
        flash(refusal.message, "warning")
    else:
        flash(_("Le véhicule est de nouveau en service."), "success")
    return redirect(url_for("fleet.show", vehicle_id=vehicle_id), 303)
