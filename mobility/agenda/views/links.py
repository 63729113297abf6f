"""The pages behind the signed links of messages: a link shows, a button acts. No sign-in."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from mobility.agenda import offers, queries, services
from mobility.agenda.forms import PlainForm, SlotForm, read_slot, slot_choices
from mobility.agenda.queries import Visit
from mobility.agenda.rules import MeetingKind, Origin, Place
from mobility.agenda.services.messages import INVITATION_PURPOSE, LINK_PURPOSE, invitation_link, where_of
from mobility.agenda.views.blueprints import links_bp
from mobility.core import links
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import signed_link
from mobility.desks.queries import get_desk
from mobility.people.models import Person
from mobility.people.queries import current_id, family_ids

TOKEN_MAX = 400


def show_all() -> bool:
    """Tell whether the hours that cannot be reached are asked for too."""
    return bool(request.args.get("toutes"))


def _visit(token: str) -> Visit:
    payload = links.read(LINK_PURPOSE, token[:TOKEN_MAX], now=now())
    try:
        return queries.get_visit(int(payload["a"]))
    except NotFound:
        raise LinkInvalid from None


def _movable(visit: Visit) -> bool:
    return visit.meeting.by_person and visit.meeting.kind is not MeetingKind.WORKSHOP


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
        movable=_movable(visit),
        other=_other(visit),
        wish=services.find_wish(visit.attendance.person_id, visit.meeting.id),
    )


def _other(visit: Visit) -> str:
    """Return the address under which another date is chosen; empty where the person books none online."""
    if not _movable(visit):
        return ""
    return invitation_link(
        person_id=visit.attendance.person_id, type_id=visit.meeting.id, desk_id=visit.appointment.desk_id, now=now()
    )


@links_bp.route("/rdv/<token>/changer", methods=["GET", "POST"])
@signed_link
def move(token: str) -> ResponseReturnValue:
    """Choose another hour."""
    visit = _visit(token)
    form = SlotForm()
    every = show_all()
    person = load(Person, visit.attendance.person_id)
    offered = offers.instead(
        visit, now=now(), from_on=offers.read_day(request.args.get("des")), person=None if every else person
    )
    form.offer(slot_choices(offered.slots))

    def act() -> None:
        starts_at, adviser_id, _desk = read_slot(form.slot.data)
        services.move(
            attendance_id=visit.attendance.id,
            adviser_id=adviser_id,
            starts_at=starts_at,
            origin=Origin.PERSON,
            actor_id=None,
            now=now(),
            version=form.typed_version(),
        )

    if form.submits(act):
        return render_template("agenda/link_done.html", visit=_visit(token), token=token, act="moved", other="")
    form.hide_taken()
    if not form.is_submitted():
        form.show_version(visit.attendance)
    page = render_template(
        "agenda/link_move.html",
        form=form,
        visit=visit,
        found=offered,
        token=token,
        all=every,
        at_desk=visit.meeting.place is Place.DESK,
    )
    return page, form.status


@links_bp.route("/rdv/<token>/annuler", methods=["GET", "POST"])
@signed_link
def cancel(token: str) -> ResponseReturnValue:
    """Cancel, and be offered another date at once."""
    visit = _visit(token)
    form = PlainForm()
    if form.submits(
        lambda: services.cancel(attendance_id=visit.attendance.id, by_person=True, actor_id=None, now=now())
    ):
        visit = _visit(token)
        return render_template("agenda/link_done.html", visit=visit, token=token, act="cancelled", other=_other(visit))
    return render_template("agenda/link_cancel.html", form=form, visit=visit, token=token), form.status


@links_bp.route("/rdv/choisir/<token>", methods=["GET", "POST"])
@signed_link
def choose(token: str) -> ResponseReturnValue:
    """Choose an hour after an invitation; whoever has one already is shown it."""
    payload = links.read(INVITATION_PURPOSE, token[:TOKEN_MAX], now=now())
    person_id, desk_id = current_id(int(payload["p"])), int(payload["d"])
    person = load(Person, person_id)
    if person.erased_at is not None or person.restricted_at is not None:
        raise LinkInvalid
    meeting = queries.get_online_type(int(payload["t"]), desk_id=desk_id)
    form = SlotForm()
    known = queries.next_visit_of(family_ids(person_id), now=now(), type_id=meeting.id)
    if known is not None:
        return render_template("agenda/link_known.html", visit=known, where=where_of(known.meeting, known.desk))
    found = offers.online(
        meeting,
        desk_id=desk_id,
        now=now(),
        from_on=offers.read_day(request.args.get("des")),
        favour=person.referent_user_id,
        person=None if show_all() else person,
    )
    form.offer(slot_choices(found.slots))

    def act() -> int:
        starts_at, adviser_id, _desk = read_slot(form.slot.data)
        return services.book(
            person_id=person_id,
            type_id=meeting.id,
            desk_id=desk_id,
            adviser_id=adviser_id,
            starts_at=starts_at,
            origin=Origin.PERSON,
            actor_id=None,
            now=now(),
        )

    if form.submits(act):
        visit = queries.get_visit(int(form.result))
        return render_template("agenda/link_done.html", visit=visit, token="", act="booked", other="")
    form.hide_taken()
    desk = get_desk(desk_id)
    wish = services.find_wish(person_id, meeting.id)
    page = render_template(
        "agenda/link_choose.html",
        form=form,
        meeting=meeting,
        found=found,
        desk=desk,
        token=token,
        wish=wish,
        all=show_all(),
        at_desk=meeting.place is Place.DESK,
    )
    return page, form.status
