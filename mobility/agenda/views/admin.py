"""The types of meetings that the platform offers."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda import queries, services
from mobility.agenda.errors import DeskNeeded
from mobility.agenda.forms import PlainForm, TypeForm
from mobility.agenda.models import MeetingType
from mobility.agenda.rules import MEETING_KIND_ICONS, MEETING_KIND_LABELS, PLACE_LABELS
from mobility.agenda.views.blueprints import bp
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import ALL_DESKS, Permission, actor, check_permission, requires
from mobility.desks.queries import desk_choices, desk_names

P = Permission.MEETING_TYPE_MANAGE


def _desks() -> list[tuple[int | str, str]]:
    """Return the desks for which the actor may write types; all of them together where they manage all."""
    desks = actor().desk_ids(P)
    every: list[tuple[int | str, str]] = [("", _("toutes les antennes"))] if desks is ALL_DESKS else []
    return [*every, *desk_choices(desks)]


@bp.get("/administration/types-de-rendez-vous")
@requires(P)
def types() -> ResponseReturnValue:
    """List the types of meetings."""
    desks = actor().desk_ids(P)
    rows = [one for one in queries.list_types() if one.desk_id is None or one.desk_id in desks]
    return render_template(
        "agenda/types.html",
        rows=rows,
        desks=desk_names(),
        kinds=MEETING_KIND_LABELS,
        icons=MEETING_KIND_ICONS,
        places=PLACE_LABELS,
        form=PlainForm(),
        writes_all=desks is ALL_DESKS,
        own_desks=desks,
    )


@bp.post("/administration/types-de-rendez-vous/habituels")
@requires(P)
def standard_types() -> ResponseReturnValue:
    """Make the usual types, for all desks."""
    if actor().desk_ids(P) is not ALL_DESKS:
        raise NotFound("types of all desks")
    form = PlainForm()
    if form.submits(lambda: services.add_standard_types(actor_id=actor().user_id, now=now())):
        flash(_("Les types habituels sont créés : changez-les à votre façon."), "success")
    return redirect(url_for("agenda.types"), 303)


@bp.route("/administration/types-de-rendez-vous/nouveau", methods=["GET", "POST"])
@requires(P)
def new_type() -> ResponseReturnValue:
    """Make a type."""
    form = TypeForm()
    form.desk_id.choices = _desks()

    def act() -> int:
        desk_id = form.desk_id.data
        if desk_id is not None:
            check_permission(P, desk=desk_id)
        elif actor().desk_ids(P) is not ALL_DESKS:
            raise DeskNeeded
        return services.save_type(values=form.typed(), desk_id=desk_id, actor_id=actor().user_id, now=now())

    if form.submits(act):
        flash(_("Le type de rendez-vous est créé."), "success")
        return redirect(url_for("agenda.types"), 303)
    if not form.is_submitted():
        form.duration_minutes.data, form.pause_minutes.data, form.notice_hours.data = 45, 0, 24
        form.seats.data, form.place.data = 1, "desk"
    return render_template("agenda/type_form.html", form=form, row=None), form.status


@bp.route("/administration/types-de-rendez-vous/<int:type_id>", methods=["GET", "POST"])
@requires(P, meeting_type="type_id")
def edit_type(type_id: int) -> ResponseReturnValue:
    """Change a type."""
    row = load(MeetingType, type_id)
    form = TypeForm()

    def act() -> int:
        return services.save_type(
            values=form.typed(),
            desk_id=row.desk_id,
            type_id=type_id,
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )

    if form.submits(act):
        flash(_("Le type de rendez-vous est modifié."), "success")
        return redirect(url_for("agenda.types"), 303)
    if not form.is_submitted():
        form.show(row)
    return render_template("agenda/type_form.html", form=form, row=row), form.status


@bp.post("/administration/types-de-rendez-vous/<int:type_id>/archiver")
@requires(P, meeting_type="type_id")
def archive_type(type_id: int) -> ResponseReturnValue:
    """Offer a type no more."""
    form = PlainForm()
    if form.submits(lambda: services.archive_type(type_id=type_id, actor_id=actor().user_id, now=now())):
        flash(_("Ce type n’est plus proposé. Les rendez-vous déjà pris restent."), "success")
    return redirect(url_for("agenda.types"), 303)
