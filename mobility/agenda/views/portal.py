"""The person's own appointments."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda import queries, services
from mobility.agenda.queries import Visit
from mobility.agenda.rules import MEETING_KIND_ICONS
from mobility.agenda.services.messages import where_of
from mobility.agenda.views.blueprints import portal_bp
from mobility.agenda.views.doors import Door, cancel_page, choose_page, move_page
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires
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
        types=[one for one in queries.list_types(desk_id=person.desk_id) if one.by_person],
        icons=MEETING_KIND_ICONS,
    )


def _show(attendance_id: int) -> str:
    return url_for("my_agenda.show", attendance_id=attendance_id)


def _done(act: str, attendance_id: int) -> ResponseReturnValue:
    said = {
        "booked": _("Votre rendez-vous est noté."),
        "moved": _("Votre rendez-vous est changé."),
        "cancelled": _("Votre rendez-vous est annulé. Vous pouvez choisir une autre date."),
    }
    flash(said[act], "success")
    if act != "cancelled":
        return redirect(_show(attendance_id), 303)
    meeting = queries.get_visit(attendance_id).meeting
    if meeting.by_person:
        return redirect(url_for("my_agenda.book", type_id=meeting.id), 303)
    return redirect(url_for("my_agenda.index"), 303)


def _door(attendance_id: int) -> tuple[Door, Visit]:
    visit = queries.get_visit(attendance_id)
    return Door(
        person=load(Person, visit.attendance.person_id),
        actor_id=actor().user_id,
        done=_done,
        back=(_("Mon rendez-vous"), _show(attendance_id)),
        reach=url_for("my_agenda.reach"),
        move=url_for("my_agenda.move", attendance_id=attendance_id) if visit.meeting.movable else "",
    ), visit


@portal_bp.route("/mon-espace/rendez-vous/nouveau/<int:type_id>", methods=["GET", "POST"])
@requires(BOOK)
def book(type_id: int) -> ResponseReturnValue:
    """Choose an hour, or a workshop."""
    person = own_person()
    meeting = queries.get_online_type(type_id, desk_id=person.desk_id)
    door = Door(
        person=person,
        actor_id=actor().user_id,
        done=_done,
        back=(_("Mes rendez-vous"), url_for("my_agenda.index")),
        reach=url_for("my_agenda.reach"),
        wait=url_for("my_agenda.ask_for_type", type_id=meeting.id),
        show=lambda visit: _show(visit.attendance.id),
    )
    return choose_page(door, meeting, desk_id=person.desk_id)


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
        movable=found.meeting.movable,
        wish=services.find_wish(found.attendance.person_id, found.meeting.id),
    )


@portal_bp.route("/mon-espace/rendez-vous/<int:attendance_id>/changer", methods=["GET", "POST"])
@requires(BOOK, visit="attendance_id")
def move(attendance_id: int) -> ResponseReturnValue:
    """Choose another hour."""
    return move_page(*_door(attendance_id))


@portal_bp.route("/mon-espace/rendez-vous/<int:attendance_id>/annuler", methods=["GET", "POST"])
@requires(BOOK, visit="attendance_id")
def cancel(attendance_id: int) -> ResponseReturnValue:
    """Cancel, and be offered another date at once."""
    door, visit = _door(attendance_id)
    if request.method == "GET" and (not visit.is_ahead or visit.appointment.starts_at <= now()):
        flash(_("Ce rendez-vous ne peut plus être annulé ici. Appelez votre antenne."), "info")
        return redirect(_show(attendance_id), 303)
    return cancel_page(door, visit)
