"""A person at the door: the same acts in their portal and behind a signed link. The door says where each leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from mobility.agenda import offers, queries, services
from mobility.agenda.forms import PlainForm, SlotForm, WorkshopSeatForm, read_slot, slot_choices
from mobility.agenda.models import MeetingType
from mobility.agenda.queries import Visit
from mobility.agenda.rules import MeetingKind, Origin, Place
from mobility.core.clock import format_instant, now
from mobility.desks.queries import get_desk
from mobility.people.models import Person
from mobility.people.queries import family_ids

Done = Callable[[str, int], ResponseReturnValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How a person comes in. Addresses may be empty where there is nothing to go to.

    ``done``: what is answered to an act (« booked », « moved », « cancelled ») on an attendance; ``show``: the address of
    one's appointment.
    """

    person: Person
    actor_id: int | None
    done: Done
    back: tuple[str, str] | None = None
    reach: str = ""
    wait: str = ""
    move: str = ""
    show: Callable[[Visit], str] = lambda _visit: ""


def show_all() -> bool:
    """Tell whether the hours that cannot be reached are asked for too."""
    return bool(request.args.get("toutes"))


def choose_page(door: Door, meeting: MeetingType, *, desk_id: int) -> ResponseReturnValue:
    """Let the person choose an hour, or a workshop; what they have of that type already stands above."""
    if meeting.kind is MeetingKind.WORKSHOP:
        return _workshop_page(door, meeting, desk_id=desk_id)
    form = SlotForm()
    found = offers.online(
        meeting,
        desk_id=desk_id,
        now=now(),
        from_on=offers.read_day(request.args.get("des")),
        favour=door.person.referent_user_id,
        person=None if show_all() else door.person,
    )
    form.offer(slot_choices(found.slots))

    def act() -> int:
        starts_at, adviser_id, _desk = read_slot(form.slot.data)
        return services.book(
            person_id=door.person.id,
            type_id=meeting.id,
            desk_id=desk_id,
            adviser_id=adviser_id,
            starts_at=starts_at,
            origin=Origin.PERSON,
            actor_id=door.actor_id,
            now=now(),
        )

    if form.submits(act):
        return door.done("booked", int(form.result))
    form.hide_taken()
    known = queries.next_visit_of(family_ids(door.person.id), now=now(), type_id=meeting.id)
    page = render_template(
        "agenda/person_choose.html",
        door=door,
        form=form,
        meeting=meeting,
        found=found,
        desk=get_desk(desk_id),
        known=known,
        wish=services.find_wish(door.person.id, meeting.id),
        all=show_all(),
        at_desk=meeting.place is Place.DESK,
    )
    return page, form.status


def _workshop_page(door: Door, meeting: MeetingType, *, desk_id: int) -> ResponseReturnValue:
    """Let the person take a seat in a workshop to come."""
    rows = queries.open_workshops(meeting, desk_id=desk_id, family=family_ids(door.person.id), now=now())
    form = WorkshopSeatForm()
    sent = form.appointment_id.data or ""
    offered = [(str(row.id), format_instant(row.starts_at)) for row in rows]
    # One that is full since still reaches the service, which says so.
    gone = [(sent, "")] if sent.isdecimal() and len(sent) < 10 and sent not in dict(offered) else []
    form.appointment_id.choices = [*offered, *gone]

    def act() -> int:
        return services.join(
            appointment_id=int(sent),
            person_id=door.person.id,
            origin=Origin.PERSON,
            actor_id=door.actor_id,
            now=now(),
            offered=(meeting.id, desk_id),
        )

    if form.submits(act):
        return door.done("booked", int(form.result))
    form.appointment_id.choices = offered
    desk = get_desk(desk_id)
    return render_template(
        "agenda/person_workshop.html", door=door, form=form, meeting=meeting, rows=rows, desk=desk
    ), form.status


def move_page(door: Door, visit: Visit) -> ResponseReturnValue:
    """Let the person give their appointment another hour."""
    form = SlotForm()
    offered = offers.instead(
        visit,
        now=now(),
        from_on=offers.read_day(request.args.get("des")),
        person=None if show_all() else door.person,
    )
    form.offer(slot_choices(offered.slots))

    def act() -> None:
        starts_at, adviser_id, _desk = read_slot(form.slot.data)
        services.move(
            attendance_id=visit.attendance.id,
            adviser_id=adviser_id,
            starts_at=starts_at,
            origin=Origin.PERSON,
            actor_id=door.actor_id,
            now=now(),
            version=form.typed_version(),
        )

    if form.submits(act):
        return door.done("moved", visit.attendance.id)
    form.hide_taken()
    if not form.is_submitted():
        form.show_version(visit.attendance)
    page = render_template(
        "agenda/person_move.html",
        door=door,
        form=form,
        visit=visit,
        found=offered,
        all=show_all(),
        at_desk=visit.meeting.place is Place.DESK,
    )
    return page, form.status


def cancel_page(door: Door, visit: Visit) -> ResponseReturnValue:
    """Let the person say that they cannot come; another hour is offered before and after."""
    form = PlainForm()
    if form.submits(
        lambda: services.cancel(attendance_id=visit.attendance.id, by_person=True, actor_id=door.actor_id, now=now())
    ):
        return door.done("cancelled", visit.attendance.id)
    return render_template("agenda/person_cancel.html", door=door, form=form, visit=visit), form.status
