"""The pages behind the signed links of messages: a link shows, a button acts. No sign-in."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda import queries, services
from mobility.agenda.queries import Visit
from mobility.agenda.services.messages import INVITATION_PURPOSE, LINK_PURPOSE, change_link, invitation_link, where_of
from mobility.agenda.views.blueprints import links_bp
from mobility.agenda.views.doors import Door, cancel_page, choose_page, move_page
from mobility.core import links
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import signed_link
from mobility.people.models import Person
from mobility.people.queries import current_id, family_ids

TOKEN_MAX = 400


def _visit(token: str) -> Visit:
    payload = links.read(LINK_PURPOSE, token[:TOKEN_MAX], now=now())
    try:
        return queries.get_visit(int(payload["a"]))
    except NotFound:
        raise LinkInvalid from None


@links_bp.get("/rdv/<token>")
@signed_link
def show(token: str) -> ResponseReturnValue:
    """Show the appointment, and what can be done about it."""
    visit = _visit(token)
    return render_template(
        "agenda/link_show.html",
        visit=visit,
        token=token,
        where=where_of(visit.meeting, visit.desk),
        changeable=visit.is_ahead and visit.appointment.starts_at > now(),
        movable=visit.meeting.movable,
        other=_other(visit),
        wish=services.find_wish(visit.attendance.person_id, visit.meeting.id),
    )


def _other(visit: Visit) -> str:
    """Return the address under which another date is chosen; empty where the person books none online."""
    if not visit.meeting.by_person:
        return ""
    return invitation_link(
        person_id=visit.attendance.person_id, type_id=visit.meeting.id, desk_id=visit.appointment.desk_id, now=now()
    )


def _door(visit: Visit, token: str) -> Door:
    def done(act: str, attendance_id: int) -> ResponseReturnValue:
        after = queries.get_visit(attendance_id)
        other = _other(after) if act == "cancelled" else ""
        return render_template("agenda/link_done.html", visit=after, token=token, act=act, other=other)

    return Door(
        person=load(Person, visit.attendance.person_id),
        actor_id=None,
        done=done,
        back=(_("Mon rendez-vous"), url_for("agenda_links.show", token=token)),
        reach=url_for("agenda_links.reach_by_link", token=token),
        move=url_for("agenda_links.move", token=token) if visit.meeting.movable else "",
    )


@links_bp.route("/rdv/<token>/changer", methods=["GET", "POST"])
@signed_link
def move(token: str) -> ResponseReturnValue:
    """Choose another hour."""
    visit = _visit(token)
    return move_page(_door(visit, token), visit)


@links_bp.route("/rdv/<token>/annuler", methods=["GET", "POST"])
@signed_link
def cancel(token: str) -> ResponseReturnValue:
    """Cancel, and be offered another date at once."""
    visit = _visit(token)
    return cancel_page(_door(visit, token), visit)


@links_bp.route("/rdv/choisir/<token>", methods=["GET", "POST"])
@signed_link
def choose(token: str) -> ResponseReturnValue:
    """Choose an hour (or a workshop) after an invitation; whoever has an hour already is shown it."""
    payload = links.read(INVITATION_PURPOSE, token[:TOKEN_MAX], now=now())
    person_id, desk_id = current_id(int(payload["p"])), int(payload["d"])
    person = load(Person, person_id)
    if person.erased_at is not None or person.restricted_at is not None:
        raise LinkInvalid
    meeting = queries.get_online_type(int(payload["t"]), desk_id=desk_id)
    known = queries.next_visit_of(family_ids(person_id), now=now(), type_id=meeting.id)
    if known is not None:
        where = where_of(known.meeting, known.desk)
        link = change_link(known.attendance, now=now())
        return render_template("agenda/link_known.html", visit=known, where=where, link=link)

    def done(act: str, attendance_id: int) -> ResponseReturnValue:
        visit = queries.get_visit(attendance_id)
        return render_template("agenda/link_done.html", visit=visit, token="", act=act, other="")

    door = Door(
        person=person,
        actor_id=None,
        done=done,
        reach=url_for("agenda_links.reach_by_invitation", token=token),
        wait=url_for("agenda_links.ask_by_invitation", token=token),
    )
    return choose_page(door, meeting, desk_id=desk_id)
