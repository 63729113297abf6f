"""Pages of the desks: the public list, and the administration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from mobility.core.clock import now, today
from mobility.core.errors import AccessRefused, NotFound, StaleVersion
from mobility.core.web.access import Permission, actor, public, requires
from mobility.core.web.compare import side_by_side
from mobility.desks import access, appointments, queries, rules, services
from mobility.desks.errors import AppointmentsBroken
from mobility.desks.forms import (
    ArchiveForm,
    ClosureForm,
    DeskForm,
    HoursForm,
    KeyBoxForm,
    OpeningsForm,
    ServeForm,
    SpecialHoursForm,
)
from mobility.desks.models import Desk
from mobility.desks.presenters import public_desk
from mobility.geo import communes, maps, reach
from mobility.geo.distance import Position
from mobility.geo.geocoding import Place, approximate_words, find_place, is_exact
from mobility.geo.pins import PinKnown

bp = Blueprint("desks", __name__)
UPCOMING = timedelta(days=45)


@bp.get("/antennes")
@public
def index() -> ResponseReturnValue:
    """Show where the desks are and when they are open."""
    day = today()
    desks = [public_desk(desk, day, until=day + UPCOMING) for desk in queries.list_desks_with_hours()]
    return render_template("desks/public.html", desks=desks)


@bp.get("/administration/antennes")
@requires(Permission.DESK_VIEW)
def admin() -> ResponseReturnValue:
    """List the desks, archived ones last."""
    desks = sorted(queries.list_desks(with_archived=True), key=lambda desk: desk.archived_at is not None)
    return render_template(
        "desks/list.html",
        desks=desks,
        served=queries.count_served(),
        labels=rules.LABELS,
        may_create=access.may_create_desks(actor()),
    )


@bp.get("/administration/antennes/<int:desk_id>")
@requires(Permission.DESK_VIEW, desk="desk_id")
def show(desk_id: int) -> ResponseReturnValue:
    """Show one desk with its hours, exceptions and communes."""
    desk = queries.get_desk(desk_id)
    served = [commune for code in queries.served_codes(desk_id) if (commune := communes.find(code))]
    openings = queries.list_openings(desk_id)
    return render_template(
        "desks/show.html",
        desk=desk,
        position_note=approximate_words(desk.position_precision),
        label=rules.LABELS[desk.kind],
        week=rules.week_in_words([queries.weekly_opening(row) for row in openings]),
        never_open=not openings,
        exceptions=queries.list_exceptions(desk_id, from_on=today()),
        broken=appointments.show(appointments.list_broken(desk_id, now=now())),
        served=sorted(served, key=lambda commune: communes.name_key(commune.name)),
        may_manage=access.may_touch_desk(actor(), Permission.DESK_MANAGE, desk_id)
        and actor().permits(Permission.DESK_MANAGE),
    )


def _place_map(desk: Desk) -> maps.MapView | None:
    """Return the map on which the desk may be shown; none where its address itself is known."""
    if is_exact(desk.position_precision):
        return None
    label = _("Carte de %(city)s : cliquez là où se trouve l’antenne.", city=desk.city)
    return maps.around(desk.insee_code, km=maps.PIN_KM, label=label)


def _locate(form: DeskForm) -> Place | None:
    """Return the place that was chosen on the map, else ask the geocoder before the transaction begins: it may take seconds."""
    if not form.validate_on_submit():
        return None
    details = form.details()
    return form.chosen or find_place(details.street, insee_code=details.insee_code)


@bp.route("/administration/antennes/nouvelle", methods=["GET", "POST"])
@requires(Permission.DESK_MANAGE)
def create() -> ResponseReturnValue:
    """Add a desk."""
    if not access.may_create_desks(actor()):
        raise AccessRefused("a manager of one desk does not add others")
    form = DeskForm()
    place = _locate(form)
    if form.submits(
        lambda: services.create_desk(details=form.details(), place=place, actor_id=actor().user_id, now=now())
    ):
        flash(_("L’antenne est créée. Indiquez maintenant ses horaires."), "success")
        return redirect(url_for("desks.openings", desk_id=form.result), 303)
    return render_template(
        "desks/edit.html", form=form, desk=None, compared=[], place_map=None, **_broken(form)
    ), form.status


@bp.route("/administration/antennes/<int:desk_id>/modifier", methods=["GET", "POST"])
@requires(Permission.DESK_MANAGE, desk="desk_id")
def edit(desk_id: int) -> ResponseReturnValue:
    """Change a desk; two edits at once are shown side by side."""
    desk = queries.get_desk(desk_id)
    form = DeskForm()
    form.pin_known = PinKnown(form.saved(desk)["pin"], desk.street, desk.insee_code)
    place = _locate(form)
    if form.submits(
        lambda: services.update_desk(
            desk_id=desk_id,
            details=form.details(),
            version=form.typed_version(),
            place=place,
            actor_id=actor().user_id,
            now=now(),
            accept_broken=form["accept_broken"].data,
        )
    ):
        return _changed(desk_id, _("L’antenne est modifiée."))
    if not form.is_submitted():
        form.show(desk)
    compared = []
    if isinstance(form.violation, StaleVersion):
        desk = queries.get_desk(desk_id)
        compared = side_by_side(form, form.saved(desk))
        form["version"].data = str(desk.version)
    page = render_template(
        "desks/edit.html", form=form, desk=desk, compared=compared, place_map=_place_map(desk), **_broken(form)
    )
    return page, form.status


@bp.get("/administration/antennes/<int:desk_id>/ou-aller")
@requires(Permission.DESK_VIEW, desk="desk_id")
def around(desk_id: int) -> ResponseReturnValue:
    """Show which communes are reached by car from a desk."""
    desk = queries.get_desk(desk_id)
    position = None if desk.latitude is None or desk.longitude is None else Position(desk.latitude, desk.longitude)
    title = _("Où peut-on aller depuis l’antenne de %(place)s ?", place=desk.name)
    note = approximate_words(desk.position_precision)
    found = reach.from_place(title, position, insee_code=desk.insee_code, note=f"{note[:1].upper()}{note[1:]}")
    parents = [(_("Antennes"), url_for("desks.admin")), (desk.name, url_for("desks.show", desk_id=desk_id))]
    return render_template("geo/reach.html", reach=found, asks=False, breadcrumbs=parents)


@bp.route("/administration/antennes/<int:desk_id>/boite-a-cles", methods=["GET", "POST"])
@requires(Permission.DESK_MANAGE, desk="desk_id")
def key_box(desk_id: int) -> ResponseReturnValue:
    """Note where the key box hangs, and its code; only borrowers are told it, and only in their time."""
    desk = queries.get_desk(desk_id)
    form = KeyBoxForm()
    if form.submits(
        lambda: services.set_key_box(
            desk_id=desk_id,
            code=form["code"].data or "",
            note=form["note"].data or "",
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("La boîte à clés est enregistrée."), "success")
        return redirect(url_for("desks.show", desk_id=desk_id), 303)
    if not form.is_submitted():
        form["note"].data, form["code"].data = desk.key_box_note, queries.key_box_code(desk)
    return render_template("desks/key_box.html", form=form, desk=desk), form.status


@bp.route("/administration/antennes/<int:desk_id>/horaires", methods=["GET", "POST"])
@requires(Permission.DESK_MANAGE, desk="desk_id")
def openings(desk_id: int) -> ResponseReturnValue:
    """Set the weekly hours."""
    desk = queries.get_desk(desk_id)
    form = OpeningsForm()
    if form.submits(
        lambda: services.set_openings(
            desk_id=desk_id,
            openings=form.openings(),
            actor_id=actor().user_id,
            now=now(),
            accept_broken=form["accept_broken"].data,
        )
    ):
        return _changed(desk_id, _("Les horaires sont enregistrés."))
    if not form.is_submitted():
        form.show(queries.list_openings(desk_id))
    return render_template("desks/openings.html", form=form, desk=desk, **_broken(form)), form.status


@bp.route("/administration/antennes/<int:desk_id>/fermer", methods=["GET", "POST"])
@requires(Permission.DESK_MANAGE, desk="desk_id")
def close_days(desk_id: int) -> ResponseReturnValue:
    """Close the desk on some days."""
    desk = queries.get_desk(desk_id)
    form = ClosureForm()
    if form.submits(
        lambda: services.close_days(
            desk_id=desk_id,
            first_on=form.values()["first_on"],
            last_on=form.values()["last_on"],
            reason=form.values()["reason"] or "",
            actor_id=actor().user_id,
            now=now(),
            accept_broken=form["accept_broken"].data,
        )
    ):
        days = int(form.result or 0)
        done = ngettext("%(num)s jour de fermeture ajouté.", "%(num)s jours de fermeture ajoutés.", days)
        return _changed(desk_id, done, "#exceptions")
    return render_template("desks/close_days.html", form=form, desk=desk, **_broken(form)), form.status


@bp.route("/administration/antennes/<int:desk_id>/horaires-exceptionnels", methods=["GET", "POST"])
@requires(Permission.DESK_MANAGE, desk="desk_id")
def special_hours(desk_id: int) -> ResponseReturnValue:
    """Give one date hours of its own."""
    desk = queries.get_desk(desk_id)
    form = SpecialHoursForm()
    if form.submits(
        lambda: services.open_specially(
            desk_id=desk_id,
            day_on=form.values()["day_on"],
            ranges=form.ranges(),
            reason=form.values()["reason"] or "",
            actor_id=actor().user_id,
            now=now(),
            accept_broken=form["accept_broken"].data,
        )
    ):
        return _changed(desk_id, _("Les horaires de ce jour sont enregistrés."), "#exceptions")
    return render_template("desks/special_hours.html", form=form, desk=desk, **_broken(form)), form.status


@bp.post("/administration/antennes/<int:desk_id>/exceptions/retirer")
@requires(Permission.DESK_MANAGE, desk="desk_id")
def remove_exceptions(desk_id: int) -> ResponseReturnValue:
    """Take the ticked exceptions away."""
    desk = queries.get_desk(desk_id)
    ids = [int(raw) for raw in request.form.getlist("exception") if raw.isdecimal() and len(raw) < 10]
    form = ArchiveForm()
    if form.submits(
        lambda: services.remove_exceptions(
            desk_id=desk_id,
            exception_ids=ids,
            actor_id=actor().user_id,
            now=now(),
            accept_broken=form["accept_broken"].data,
        )
    ):
        if gone := int(form.result or 0):
            return _changed(
                desk_id, ngettext("%(num)s exception retirée.", "%(num)s exceptions retirées.", gone), "#exceptions"
            )
        flash(_("Cochez d’abord les jours à retirer."), "warning")
        return redirect(url_for("desks.show", desk_id=desk_id) + "#exceptions", 303)
    page = render_template("desks/remove_exceptions.html", form=form, desk=desk, ids=ids, **_broken(form))
    return page, form.status


@bp.route("/administration/antennes/<int:desk_id>/communes", methods=["GET", "POST"])
@requires(Permission.DESK_MANAGE, desk="desk_id")
def serve(desk_id: int) -> ResponseReturnValue:
    """Add communes to those that the desk serves."""
    desk = queries.get_desk(desk_id)
    form = ServeForm()

    def add() -> int:
        codes = list(form.codes)
        if km := form.values()["within_km"]:
            codes += services.communes_within(desk_id=desk_id, km=km)
        return services.serve_communes(desk_id=desk_id, insee_codes=codes, actor_id=actor().user_id, now=now())

    if form.submits(add):
        flash(ngettext("%(num)s commune ajoutée.", "%(num)s communes ajoutées.", int(form.result or 0)), "success")
        return redirect(url_for("desks.show", desk_id=desk_id) + "#communes", 303)
    return render_template("desks/communes.html", form=form, desk=desk), form.status


@bp.post("/administration/antennes/<int:desk_id>/communes/retirer")
@requires(Permission.DESK_MANAGE, desk="desk_id")
def stop_serving(desk_id: int) -> ResponseReturnValue:
    """Take the ticked communes away."""
    codes = request.form.getlist("commune")
    gone = services.stop_serving(desk_id=desk_id, insee_codes=codes, actor_id=actor().user_id, now=now())
    if gone:
        flash(ngettext("%(num)s commune retirée.", "%(num)s communes retirées.", gone), "success")
    else:
        flash(_("Cochez d’abord les communes à retirer."), "warning")
    return redirect(url_for("desks.show", desk_id=desk_id) + "#communes", 303)


@bp.route("/administration/antennes/<int:desk_id>/archiver", methods=["GET", "POST"])
@requires(Permission.DESK_MANAGE, desk="desk_id")
def archive(desk_id: int) -> ResponseReturnValue:
    """Close a desk for good, or open it again."""
    desk = queries.get_desk(desk_id)
    if not access.may_create_desks(actor()):
        raise NotFound("desk")
    form = ArchiveForm()
    common: dict[str, Any] = {"desk_id": desk_id, "actor_id": actor().user_id, "now": now()}

    def act() -> None:
        if desk.archived_at:
            services.reopen_desk(**common)
        else:
            services.archive_desk(**common, accept_broken=form["accept_broken"].data)

    if form.submits(act):
        return _changed(desk_id, _("C’est fait."))
    return render_template("desks/archive.html", form=form, desk=desk, **_broken(form)), form.status


def _broken(form: HoursForm) -> dict[str, Any]:
    """Return what a template needs to list the appointments that a refused change would break."""
    refusal = form.violation
    found = refusal.appointments if isinstance(refusal, AppointmentsBroken) else ()
    return {"broken": appointments.show(found), "asks_to_accept": bool(found) or bool(form["accept_broken"].data)}


def _changed(desk_id: int, done: str, anchor: str = "") -> ResponseReturnValue:
    """Say that a change is made, and how many appointments are to be moved now."""
    flash(done, "success")
    if count := len(appointments.list_broken(desk_id, now=now())):
        flash(
            ngettext(
                "%(num)s rendez-vous tombe quand l’antenne est fermée : déplacez-le.",
                "%(num)s rendez-vous tombent quand l’antenne est fermée : déplacez-les.",
                count,
            ),
            "warning",
        )
        anchor = "#a-deplacer"
    return redirect(url_for("desks.show", desk_id=desk_id) + anchor, 303)
