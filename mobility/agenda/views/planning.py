"""When an adviser receives: weekly hours, absences, workshops."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import and_

from mobility.accounts.queries import staff_of_desks
from mobility.agenda import access, queries, services
from mobility.agenda.forms import RHYTHMS, AbsenceForm, CancelForm, OpeningDayForm, OpeningForm, PlainForm, WorkshopForm
from mobility.agenda.models import AgendaAbsence, Appointment
from mobility.agenda.rules import AppointmentState, MeetingKind
from mobility.agenda.services.openings import get_opening
from mobility.agenda.views.blueprints import bp
from mobility.core.clock import WEEKDAYS, at_paris, day_of, now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.desks.queries import desk_choices, desk_names

PLAN, BOOK, VIEW = Permission.AGENDA_PLAN, Permission.AGENDA_BOOK, Permission.AGENDA_VIEW


def _whose() -> int:
    """Return whose hours are shown: one's own, or a colleague's for their manager. Raises NotFound."""
    who = actor()
    asked = request.args.get("qui", type=int)
    adviser_id = who.user_id if asked is None else asked
    if adviser_id is None or not 0 <= adviser_id < 2**31 or not access.may_plan_for(who, adviser_id):
        raise NotFound("adviser")
    return adviser_id


@bp.route("/agenda/permanences", methods=["GET", "POST"])
@requires(PLAN)
def openings() -> ResponseReturnValue:
    """List the hours in which an adviser receives and their absences; add hours."""
    who, adviser_id = actor(), _whose()
    team = staff_of_desks([identity for identity, _name in desk_choices(who.desk_ids(PLAN))])
    planned = access.planned_by(who, [user.id for user in team])
    form = OpeningForm()
    form.desk_id.choices = desk_choices(who.desk_ids(PLAN))
    types = queries.list_types()
    form.type_ids.choices = [(str(one.id), one.label) for one in types]

    def act() -> int:
        return services.add_opening(
            adviser_id=adviser_id,
            type_ids=[int(identity) for identity in form.type_ids.data or ()],
            actor_id=who.user_id,
            now=now(),
            **form.values("desk_id", "weekday", "opens", "closes", "starts_on", "ends_on", "every_weeks"),
        )

    if form.submits(act):
        flash(_("Les heures sont enregistrées."), "success")
        return redirect(url_for("agenda.openings", qui=adviser_id), 303)
    if not form.is_submitted():
        form.starts_on.data, form.every_weeks.data = day_of(now()), 1
    page = render_template(
        "agenda/openings.html",
        form=form,
        rows=queries.list_openings(adviser_id, from_on=day_of(now())),
        absences=queries.list_absences(adviser_id, from_at=now()),
        stop_form=PlainForm(),
        absence_form=AbsenceForm(formdata=None),
        team=[user for user in team if user.id in planned],
        adviser_id=adviser_id,
        own=adviser_id == who.user_id,
        desks=desk_names(),
        types={one.id: one.label for one in types},
        weekdays=WEEKDAYS,
        rhythms=dict(RHYTHMS),
    )
    return page, form.status


@bp.route("/agenda/permanences/un-jour", methods=["GET", "POST"])
@requires(PLAN)
def opening_day() -> ResponseReturnValue:
    """Receive on one day besides: an exception to the weekly hours."""
    who, adviser_id = actor(), _whose()
    form = OpeningDayForm()
    form.desk_id.choices = desk_choices(who.desk_ids(PLAN))
    form.type_ids.choices = [(str(one.id), one.label) for one in queries.list_types()]

    def act() -> int:
        on = form.on.data
        return services.add_opening(
            adviser_id=adviser_id,
            weekday=on.weekday(),
            starts_on=on,
            ends_on=on,
            every_weeks=1,
            type_ids=[int(identity) for identity in form.type_ids.data or ()],
            actor_id=who.user_id,
            now=now(),
            **form.values("desk_id", "opens", "closes"),
        )

    if form.submits(act):
        flash(_("Ce jour est ouvert : ses heures sont proposées."), "success")
        return redirect(url_for("agenda.openings", qui=adviser_id), 303)
    return render_template("agenda/opening_day.html", form=form, adviser_id=adviser_id), form.status


@bp.post("/agenda/permanences/<int:opening_id>/arreter")
@requires(PLAN, agenda_opening="opening_id")
def stop_opening(opening_id: int) -> ResponseReturnValue:
    """Receive no more at these hours."""
    adviser_id = get_opening(opening_id).adviser_id
    form = PlainForm()
    if form.submits(lambda: services.stop_opening(opening_id=opening_id, actor_id=actor().user_id, now=now())):
        flash(_("Ces heures ne sont plus proposées. Les rendez-vous déjà pris restent."), "success")
    return redirect(url_for("agenda.openings", qui=adviser_id), 303)


@bp.route("/agenda/absences", methods=["GET", "POST"])
@requires(PLAN)
def absence() -> ResponseReturnValue:
    """Note an absence; what is booked then is listed, to be moved."""
    who, adviser_id = actor(), _whose()
    form = AbsenceForm()

    def act() -> int:
        starts_at, ends_at = form.span()
        return services.add_absence(
            adviser_id=adviser_id, starts_at=starts_at, ends_at=ends_at, actor_id=who.user_id, now=now()
        )

    if form.submits(act):
        starts_at, ends_at = form.span()
        meant = and_(queries.holding(adviser_id, starts_at=starts_at, ends_at=ends_at), access.visible_at(who))
        hit = queries.list_appointments(meant, known=access.may_know_names(who))
        flash(_("L’absence est notée : plus aucune heure n’est proposée."), "success")
        if hit:
            return render_template("agenda/absence_hit.html", hit=hit, adviser_id=adviser_id)
        return redirect(url_for("agenda.openings", qui=adviser_id), 303)
    return render_template("agenda/absence.html", form=form, adviser_id=adviser_id), form.status


@bp.post("/agenda/absences/<int:absence_id>/retirer")
@requires(PLAN, agenda_absence="absence_id")
def remove_absence(absence_id: int) -> ResponseReturnValue:
    """Take an absence back."""
    adviser_id = load(AgendaAbsence, absence_id).adviser_id
    form = PlainForm()
    if form.submits(lambda: services.remove_absence(absence_id=absence_id, actor_id=actor().user_id, now=now())):
        flash(_("L’absence est retirée."), "success")
    return redirect(url_for("agenda.openings", qui=adviser_id), 303)


@bp.route("/agenda/ateliers/nouveau", methods=["GET", "POST"])
@requires(BOOK)
def new_workshop() -> ResponseReturnValue:
    """Announce a workshop."""
    who = actor()
    desks = desk_choices(who.desk_ids(BOOK))
    asked = request.args.get("antenne", type=int)
    desk_id = asked if asked in dict(desks) else next((identity for identity, _name in desks), None)
    if desk_id is None:
        raise NotFound("desk")
    types = [one for one in queries.list_types(desk_id=desk_id) if one.kind is MeetingKind.WORKSHOP]
    form = WorkshopForm()
    form.type_id.choices = [(one.id, one.label) for one in types]
    form.adviser_id.choices = [(user.id, user.display_name) for user in staff_of_desks([desk_id])]

    def act() -> int:
        return services.create_workshop(
            type_id=form.type_id.data,
            desk_id=desk_id,
            adviser_id=form.adviser_id.data,
            starts_at=at_paris(form.on.data, form.at.data),
            seats=form.seats.data,
            note=form.note.data,
            actor_id=who.user_id,
            now=now(),
        )

    if form.submits(act):
        flash(_("L’atelier est annoncé. Inscrivez des personnes depuis leur page."), "success")
        return redirect(url_for("agenda.workshop", appointment_id=form.result), 303)
    if not form.is_submitted() and types:
        form.seats.data = types[0].seats
    page = render_template("agenda/workshop_form.html", form=form, types=types, desks=desks, desk_id=desk_id)
    return page, form.status


@bp.get("/agenda/ateliers/<int:appointment_id>")
@requires(VIEW, appointment="appointment_id")
def workshop(appointment_id: int) -> ResponseReturnValue:
    """Show a workshop and who comes."""
    rows = queries.list_appointments(Appointment.id == appointment_id, known=access.may_know_names(actor()))
    row = rows[0]
    return render_template(
        "agenda/workshop.html",
        row=row,
        begun=row.starts_at <= now(),
        cancelled=row.state is AppointmentState.CANCELLED,
        may_cancel=row.state is AppointmentState.PLANNED and row.starts_at > now() and actor().permits(BOOK),
    )


@bp.route("/agenda/ateliers/<int:appointment_id>/annuler", methods=["GET", "POST"])
@requires(BOOK, appointment="appointment_id")
def cancel_workshop(appointment_id: int) -> ResponseReturnValue:
    """Cancel a workshop for everybody."""
    row = queries.list_appointments(Appointment.id == appointment_id, known=access.may_know_names(actor()))[0]
    back = url_for("agenda.workshop", appointment_id=appointment_id)
    form = CancelForm()
    if form.submits(
        lambda: services.cancel_workshop(
            appointment_id=appointment_id, reason=form.reason.data, actor_id=actor().user_id, now=now()
        )
    ):
        told = int(form.result)
        flash(
            ngettext(
                "L’atelier est annulé : %(num)s personne est prévenue.",
                "L’atelier est annulé : %(num)s personnes sont prévenues.",
                told,
            ),
            "success",
        )
        return redirect(back, 303)
    if row.state is not AppointmentState.PLANNED or row.kind is not MeetingKind.WORKSHOP:
        flash(_("Cet atelier ne peut plus être annulé."), "info")
        return redirect(back, 303)
    return render_template("agenda/workshop_cancel.html", form=form, row=row, back=back), form.status
