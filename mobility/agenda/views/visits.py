"""One appointment of one person: seen, moved, cancelled, closed with what follows."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.queries import names_of, staff_of_desks
from mobility.agenda import offers, queries, services
from mobility.agenda.forms import CancelForm, CloseForm, DeskSlotForm, PlainForm, read_slot, slot_choices
from mobility.agenda.models import MeetingType
from mobility.agenda.queries import Visit
from mobility.agenda.queries.resources import held_by
from mobility.agenda.rules import (
    FOLLOWING_LABELS,
    ORIGIN_LABELS,
    AttendanceState,
    Following,
    MeetingKind,
    Origin,
    Place,
    next_is_due,
)
from mobility.agenda.services import Next
from mobility.agenda.services.messages import where_of
from mobility.agenda.views.blueprints import bp
from mobility.agenda.views.doors import show_all
from mobility.agenda.views.earlier import may_wait
from mobility.core.clock import day_of, now
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires
from mobility.people.models import Person
from mobility.people.queries import current_id, family_ids, get_person_card

VIEW, BOOK = Permission.AGENDA_VIEW, Permission.AGENDA_BOOK


@bp.get("/personnes/<int:person_id>/rendez-vous")
@requires(VIEW, person="person_id")
def of_person(person_id: int) -> ResponseReturnValue:
    """List a person's appointments, those to come first."""
    card = get_person_card(current_id(person_id))
    visits = queries.visits_of(family_ids(card.id))
    instant = now()
    return render_template(
        "agenda/of_person.html",
        card=card,
        ahead=[visit for visit in reversed(visits) if visit.is_ahead and visit.attendance.ends_at > instant],
        to_close=[visit for visit in visits if visit.is_ahead and visit.attendance.ends_at <= instant],
        past=[visit for visit in visits if not visit.is_ahead],
    )


@bp.get("/rendez-vous/<int:attendance_id>")
@requires(VIEW, visit="attendance_id")
def visit(attendance_id: int) -> ResponseReturnValue:
    """Show one appointment."""
    found = queries.get_visit(attendance_id)
    card = get_person_card(found.attendance.person_id)
    return render_template(
        "agenda/visit.html",
        visit=found,
        card=card,
        where=where_of(found.meeting, found.desk),
        origin=ORIGIN_LABELS[found.attendance.origin],
        following=FOLLOWING_LABELS[found.attendance.following] if found.attendance.following else "",
        begun=found.appointment.starts_at <= now(),
        movable=found.meeting.kind is not MeetingKind.WORKSHOP,
        may_book=actor().permits(BOOK),
        may_wait=may_wait(found),
        wish=services.find_wish(found.attendance.person_id, found.meeting.id) if may_wait(found) else None,
        plain=PlainForm(),
        held=held_by(found.appointment),
        language=card.language_label if card.language != "fr" else "",
        at_home=found.meeting.place is Place.HOME and found.appointment.starts_at <= now(),
    )


@bp.route("/rendez-vous/<int:attendance_id>/deplacer", methods=["GET", "POST"])
@requires(BOOK, visit="attendance_id")
def move(attendance_id: int) -> ResponseReturnValue:
    """Give the appointment another hour."""
    found = queries.get_visit(attendance_id)
    if not found.is_ahead or found.meeting.kind is MeetingKind.WORKSHOP:
        flash(_("Ce rendez-vous ne peut plus être déplacé."), "info")
        return redirect(url_for("agenda.visit", attendance_id=attendance_id), 303)
    form = DeskSlotForm()
    desk_id = found.appointment.desk_id
    team = staff_of_desks([desk_id])
    offered = offers.at_desk(
        found.meeting,
        desk_id=desk_id,
        now=now(),
        from_on=offers.read_day(request.args.get("des")),
        favour=found.appointment.adviser_id,
        except_id=found.appointment.id,
        person=None if show_all() else load(Person, found.attendance.person_id),
    )
    form.vehicle_id.choices = []
    form.adviser_id.choices = [("", _("Choisissez")), *((user.id, user.display_name) for user in team)]
    form.offer(slot_choices(offered.slots, names_of([slot.adviser_id for slot in offered.slots])))

    def act() -> None:
        starts_at, adviser_id, _desk_id = form.chosen(desk_id)
        services.move(
            attendance_id=attendance_id,
            adviser_id=adviser_id,
            starts_at=starts_at,
            origin=Origin.STAFF,
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )

    if form.submits(act):
        flash(_("Le rendez-vous est déplacé : la personne est prévenue."), "success")
        return redirect(url_for("agenda.visit", attendance_id=attendance_id), 303)
    form.hide_taken()
    if not form.is_submitted():
        form.adviser_id.data = found.appointment.adviser_id
        form.show_version(found.attendance)
    page = render_template(
        "agenda/move.html",
        form=form,
        visit=found,
        found=offered,
        card=get_person_card(found.attendance.person_id),
        all=show_all(),
    )
    return page, form.status


@bp.route("/rendez-vous/<int:attendance_id>/annuler", methods=["GET", "POST"])
@requires(BOOK, visit="attendance_id")
def cancel(attendance_id: int) -> ResponseReturnValue:
    """Cancel the appointment."""
    found = queries.get_visit(attendance_id)
    form = CancelForm()
    if form.submits(
        lambda: services.cancel(
            attendance_id=attendance_id,
            by_person=False,
            actor_id=actor().user_id,
            now=now(),
            reason=form.reason.data,
            version=form.typed_version(),
        )
    ):
        flash(_("Le rendez-vous est annulé : la personne est prévenue, et peut choisir une autre date."), "success")
        return redirect(url_for("agenda.visit", attendance_id=attendance_id), 303)
    if not found.is_ahead:
        flash(_("Ce rendez-vous ne peut plus être annulé."), "info")
        return redirect(url_for("agenda.visit", attendance_id=attendance_id), 303)
    if not form.is_submitted():
        form.show_version(found.attendance)
    card = get_person_card(found.attendance.person_id)
    return render_template("agenda/cancel.html", form=form, visit=found, card=card), form.status


@bp.route("/rendez-vous/<int:attendance_id>/bilan", methods=["GET", "POST"])
@requires(BOOK, visit="attendance_id")
def close(attendance_id: int) -> ResponseReturnValue:
    """Say who came, and give the next appointment: nobody leaves without it."""
    found = queries.get_visit(attendance_id)
    if found.attendance.state is AttendanceState.CANCELLED:
        flash(_("Ce rendez-vous est annulé."), "info")
        return redirect(url_for("agenda.visit", attendance_id=attendance_id), 303)
    types = [
        one
        for one in queries.list_types(desk_id=found.appointment.desk_id)
        if one.kind not in {MeetingKind.WORKSHOP, MeetingKind.FIRST}
    ]
    asked = request.args.get("type", type=int)
    meeting = next((one for one in types if one.id == asked), None) or _usual_next(found, types)
    form = CloseForm()
    offered = _proposals(found, meeting)
    form.offer(slot_choices(offered.slots, names_of([slot.adviser_id for slot in offered.slots])))

    def act() -> None:
        services.close(
            attendance_id=attendance_id,
            state=AttendanceState(form.attendance.data),
            following=_next(form, meeting),
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )

    if form.submits(act):
        flash(_("Le bilan est enregistré."), "success")
        return redirect(url_for("pathway.person", person_id=found.attendance.person_id), 303)
    form.hide_taken()
    if not form.is_submitted():
        form.show_version(found.attendance)
        form.attendance.data = AttendanceState.PRESENT.value
        form.following.data = Following.MEETING.value if offered.slots else None
    page = render_template(
        "agenda/close.html",
        form=form,
        visit=found,
        found=offered,
        types=types,
        meeting=meeting,
        all=show_all(),
        card=get_person_card(found.attendance.person_id),
    )
    return page, form.status


def _usual_next(found: Visit, types: list[MeetingType]) -> MeetingType | None:
    """Return what usually follows: the diagnosis after a first meeting, coaching after coaching, else a follow-up."""
    after = {MeetingKind.FIRST: MeetingKind.DIAGNOSIS, MeetingKind.COACHING: MeetingKind.COACHING}
    wanted = after.get(found.meeting.kind, MeetingKind.FOLLOW_UP)
    return next((one for one in types if one.kind is wanted), types[0] if types else None)


def _proposals(found: Visit, meeting: MeetingType | None) -> offers.Offer:
    """Return hours around the day by which the person should be seen again."""
    if meeting is None:
        return offers.Offer((), None)
    instant = now()
    desk_id = found.appointment.desk_id
    days = queries.cadence_of(
        found.attendance.person_id, on=day_of(instant), coached=meeting.kind is MeetingKind.COACHING
    )
    from_on = offers.read_day(request.args.get("des")) or next_is_due(day_of(instant), cadence_days=max(days - 7, 1))
    return offers.at_desk(
        meeting,
        desk_id=desk_id,
        now=instant,
        from_on=from_on,
        favour=found.appointment.adviser_id,
        shown=8,
        person=None if show_all() else load(Person, found.attendance.person_id),
    )


def _next(form: CloseForm, meeting: MeetingType | None) -> Next:
    wanted = form.wanted()
    if wanted is not Following.MEETING or meeting is None:
        return Next(wanted, on=form.next_on.data, reason=form.next_reason.data)
    if not form.slot.data:
        return Next(wanted, reason=form.next_reason.data)
    starts_at, adviser_id, desk_id = read_slot(form.slot.data)
    return Next(wanted, meeting.id, desk_id, adviser_id, starts_at, reason=form.next_reason.data)
