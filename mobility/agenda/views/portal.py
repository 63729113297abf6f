"""The person's own appointments."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda import offers, queries, services
from mobility.agenda.forms import PlainForm, SlotForm, read_slot, slot_choices
from mobility.agenda.rules import MEETING_KIND_ICONS, MeetingKind, Origin, Place
from mobility.agenda.services.messages import where_of
from mobility.agenda.views.blueprints import portal_bp
from mobility.agenda.views.links import show_all
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires
from mobility.desks.queries import get_desk
from mobility.people.access import own_file
from mobility.people.models import Person
from mobility.people.queries import family_ids

VIEW, BOOK = Permission.PORTAL_VIEW, Permission.PORTAL_BOOK


def own_person() -> Person:
    """Return whose portal it is."""
    return load(Person, own_file())


@portal_bp.get("/mon-espace/rendez-vous")
@requires(VIEW)
def index() -> ResponseReturnValue:
    """List one's appointments, and what can be booked."""
    person = own_person()
    visits = queries.visits_of(family_ids(person.id))
    instant = now()
    return render_template(
        "agenda/portal_list.html",
        ahead=[visit for visit in reversed(visits) if visit.is_ahead and visit.attendance.ends_at > instant],
        past=[visit for visit in visits if not visit.is_ahead or visit.attendance.ends_at <= instant][:20],
        types=[
            one
            for one in queries.list_types(desk_id=person.desk_id)
            if one.by_person and one.kind is not MeetingKind.WORKSHOP
        ],
        icons=MEETING_KIND_ICONS,
    )


@portal_bp.route("/mon-espace/rendez-vous/nouveau/<int:type_id>", methods=["GET", "POST"])
@requires(BOOK)
def book(type_id: int) -> ResponseReturnValue:
    """Choose an hour."""
    person = own_person()
    meeting = queries.get_online_type(type_id, desk_id=person.desk_id)
    form = SlotForm()
    found = offers.online(
        meeting,
        desk_id=person.desk_id,
        now=now(),
        from_on=offers.read_day(request.args.get("des")),
        favour=person.referent_user_id,
        person=None if show_all() else person,
    )
    form.offer(slot_choices(found.slots))

    def act() -> int:
        starts_at, adviser_id, _desk = read_slot(form.slot.data)
        return services.book(
            person_id=person.id,
            type_id=meeting.id,
            desk_id=person.desk_id,
            adviser_id=adviser_id,
            starts_at=starts_at,
            origin=Origin.PERSON,
            actor_id=actor().user_id,
            now=now(),
        )

    if form.submits(act):
        flash(_("Votre rendez-vous est noté."), "success")
        return redirect(url_for("my_agenda.show", attendance_id=form.result), 303)
    form.hide_taken()
    desk = get_desk(person.desk_id)
    wish = services.find_wish(person.id, meeting.id)
    page = render_template(
        "agenda/portal_book.html",
        form=form,
        meeting=meeting,
        found=found,
        desk=desk,
        wish=wish,
        all=show_all(),
        at_desk=meeting.place is Place.DESK,
    )
    return page, form.status


@portal_bp.get("/mon-espace/rendez-vous/<int:attendance_id>")
@requires(VIEW, visit="attendance_id")
def show(attendance_id: int) -> ResponseReturnValue:
    """Show one appointment: when, where, with whom, what to bring."""
    found = queries.get_visit(attendance_id)
    return render_template(
        "agenda/portal_show.html",
        visit=found,
        where=where_of(found.meeting, found.desk),
        changeable=found.is_ahead and found.appointment.starts_at > now(),
        movable=found.meeting.kind is not MeetingKind.WORKSHOP,
        wish=services.find_wish(found.attendance.person_id, found.meeting.id),
    )


@portal_bp.route("/mon-espace/rendez-vous/<int:attendance_id>/changer", methods=["GET", "POST"])
@requires(BOOK, visit="attendance_id")
def move(attendance_id: int) -> ResponseReturnValue:
    """Choose another hour."""
    found = queries.get_visit(attendance_id)
    form = SlotForm()
    every = show_all()
    person = load(Person, found.attendance.person_id)
    offered = offers.instead(
        found, now=now(), from_on=offers.read_day(request.args.get("des")), person=None if every else person
    )
    form.offer(slot_choices(offered.slots))

    def act() -> None:
        starts_at, adviser_id, _desk = read_slot(form.slot.data)
        services.move(
            attendance_id=attendance_id,
            adviser_id=adviser_id,
            starts_at=starts_at,
            origin=Origin.PERSON,
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )

    if form.submits(act):
        flash(_("Votre rendez-vous est changé."), "success")
        return redirect(url_for("my_agenda.show", attendance_id=attendance_id), 303)
    form.hide_taken()
    if not form.is_submitted():
        form.show_version(found.attendance)
    page = render_template(
        "agenda/portal_move.html",
        form=form,
        visit=found,
        found=offered,
        all=every,
        at_desk=found.meeting.place is Place.DESK,
    )
    return page, form.status


@portal_bp.route("/mon-espace/rendez-vous/<int:attendance_id>/annuler", methods=["GET", "POST"])
@requires(BOOK, visit="attendance_id")
def cancel(attendance_id: int) -> ResponseReturnValue:
    """Cancel, and be offered another date at once."""
    found = queries.get_visit(attendance_id)
    form = PlainForm()
    if form.submits(
        lambda: services.cancel(attendance_id=attendance_id, by_person=True, actor_id=actor().user_id, now=now())
    ):
        flash(_("Votre rendez-vous est annulé. Vous pouvez choisir une autre date."), "success")
        if found.meeting.by_person and found.meeting.kind is not MeetingKind.WORKSHOP:
            return redirect(url_for("my_agenda.book", type_id=found.meeting.id), 303)
        return redirect(url_for("my_agenda.index"), 303)
    if not found.is_ahead or found.appointment.starts_at <= now():
        flash(_("Ce rendez-vous ne peut plus être annulé ici. Appelez votre antenne."), "info")
        return redirect(url_for("my_agenda.show", attendance_id=attendance_id), 303)
    return render_template("agenda/portal_cancel.html", form=form, visit=found), form.status
