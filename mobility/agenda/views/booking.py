"""The desk books an appointment for a person, invites them to choose one, or gives them a seat in a workshop."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.queries import names_of, staff_of_desks
from mobility.agenda import access, offers, queries, services
from mobility.agenda.forms import DeskSlotForm, PlainForm, WorkshopSeatForm, slot_choices
from mobility.agenda.models import Appointment, MeetingType
from mobility.agenda.queries import resources
from mobility.agenda.rules import MEETING_KIND_ICONS, AppointmentState, MeetingKind, Origin, Place
from mobility.agenda.views.blueprints import bp
from mobility.agenda.views.doors import show_all
from mobility.core.clock import format_instant, now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.desks.queries import desk_choices
from mobility.people.models import Person
from mobility.people.queries import PersonCard, current_id, get_person_card

P = Permission.AGENDA_BOOK


def asked_desk(desk_ids: list[int], own: int) -> int:
    """Return the desk that the address asks for, else the person's own."""
    asked = request.args.get("antenne", type=int)
    return asked if asked in desk_ids and asked is not None else own


@bp.route("/personnes/<int:person_id>/rendez-vous/nouveau", methods=["GET", "POST"])
@requires(P, person="person_id")
def book(person_id: int) -> ResponseReturnValue:
    """Choose what for, then when."""
    card = get_person_card(current_id(person_id))
    desks = desk_choices()
    desk_id = asked_desk([identity for identity, _name in desks], card.desk_id)
    types = queries.list_types(desk_id=desk_id)
    asked = request.args.get("type", type=int)
    meeting = next((one for one in types if one.id == asked), None)
    page = {
        "card": card,
        "types": types,
        "meeting": meeting,
        "desks": desks,
        "desk_id": desk_id,
        "icons": MEETING_KIND_ICONS,
    }
    if meeting is None:
        return render_template("agenda/book_type.html", form=PlainForm(), **page)
    if meeting.kind is MeetingKind.WORKSHOP:
        return _seat(card, meeting, page)
    return _hour(card, meeting, desk_id, page)


def _hour(card: PersonCard, meeting: MeetingType, desk_id: int, page: dict[str, object]) -> ResponseReturnValue:
    form = DeskSlotForm()
    team = staff_of_desks([desk_id])
    asked = request.args.get("avec", type=int)
    adviser_id = asked if asked in {user.id for user in team} else None
    found = offers.at_desk(
        meeting,
        desk_id=desk_id,
        now=now(),
        from_on=offers.read_day(request.args.get("des")),
        adviser_id=adviser_id,
        favour=card.referent_user_id,
        person=None if show_all() else load(Person, card.id),
    )
    form.adviser_id.choices = [("", _("Choisissez")), *((user.id, user.display_name) for user in team)]
    vehicles = resources.list_vehicles(desk_id) if meeting.needs_vehicle else []
    form.vehicle_id.choices = [
        ("", _("aucun, je viens autrement")),
        *((row.id, resources.vehicle_name(row)) for row in vehicles),
    ]
    form.offer(slot_choices(found.slots, names_of([slot.adviser_id for slot in found.slots])))

    def act() -> int:
        starts_at, chosen_id, chosen_desk = form.chosen(desk_id)
        return services.book(
            person_id=card.id,
            type_id=meeting.id,
            desk_id=chosen_desk,
            adviser_id=chosen_id,
            starts_at=starts_at,
            origin=Origin.STAFF,
            actor_id=actor().user_id,
            now=now(),
            note=form.note.data,
            vehicle_id=form.vehicle_id.data,
        )

    if form.submits(act):
        flash(_("Le rendez-vous est pris : la personne reçoit un message."), "success")
        return redirect(url_for("agenda.visit", attendance_id=form.result), 303)
    form.hide_taken()
    if not form.is_submitted():
        form.adviser_id.data = adviser_id or _usual(card.referent_user_id, [user.id for user in team])
    shown = render_template(
        "agenda/book_slot.html",
        form=form,
        found=found,
        team=team,
        adviser_id=adviser_id,
        all=show_all(),
        at_desk=meeting.place is Place.DESK,
        **page,
    )
    return shown, form.status


def _usual(referent_id: int | None, team: list[int]) -> int | None:
    own_id = actor().user_id
    return next((user_id for user_id in (referent_id, own_id) if user_id in team), None)


def _seat(card: PersonCard, meeting: MeetingType, page: dict[str, object]) -> ResponseReturnValue:
    who = actor()
    rows = queries.list_appointments(
        (Appointment.type_id == meeting.id)
        & (Appointment.desk_id == page["desk_id"])
        & (Appointment.state == AppointmentState.PLANNED)
        & (Appointment.starts_at > now()),
        known=access.may_know_names(who),
        limit=offers.SHOWN,
    )
    form = WorkshopSeatForm()
    form.appointment_id.choices = [
        (str(row.id), f"{format_instant(row.starts_at)} – {_('%(number)s places libres', number=row.seats_left)}")
        for row in rows
        if row.seats_left > 0
    ]

    def act() -> int:
        return services.join(
            appointment_id=int(form.appointment_id.data),
            person_id=card.id,
            origin=Origin.STAFF,
            actor_id=who.user_id,
            now=now(),
        )

    if form.submits(act):
        flash(_("La place est réservée : la personne reçoit un message."), "success")
        return redirect(url_for("agenda.visit", attendance_id=form.result), 303)
    return render_template("agenda/book_seat.html", form=form, rows=rows, **page), form.status


@bp.post("/personnes/<int:person_id>/rendez-vous/inviter/<int:type_id>")
@requires(P, person="person_id")
def invite(person_id: int, type_id: int) -> ResponseReturnValue:
    """Send the person a link to choose an hour."""
    card = get_person_card(current_id(person_id))
    meeting = next((one for one in queries.list_types(desk_id=card.desk_id) if one.id == type_id), None)
    if meeting is None or not meeting.by_person:
        raise NotFound("meeting type")
    form = PlainForm()
    if form.submits(
        lambda: services.invite_person(
            person_id=card.id, type_id=type_id, desk_id=card.desk_id, actor_id=actor().user_id, now=now()
        )
    ):
        sent = _("L’invitation est envoyée : la personne choisit elle-même son heure.")
        flash(sent if form.result else _("Une invitation est déjà partie aujourd’hui."), "success")
        return redirect(url_for("pathway.person", person_id=card.id), 303)
    return redirect(url_for("agenda.book", person_id=card.id), 303)
