"""Earlier hours: asking to be told of them (portal, link, desk), and taking one by the link of its message."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda import queries, services
from mobility.agenda.earlier import OfferState
from mobility.agenda.errors import CannotWait, OfferOver
from mobility.agenda.forms import PlainForm
from mobility.agenda.models import Attendance, EarlierWish, MeetingType
from mobility.agenda.queries import Visit
from mobility.agenda.rules import MeetingKind
from mobility.agenda.services.messages import INVITATION_PURPOSE, LINK_PURPOSE, OFFER_PURPOSE, where_of
from mobility.agenda.views.blueprints import bp, links_bp, portal_bp
from mobility.agenda.views.links import TOKEN_MAX
from mobility.agenda.views.portal import own_person
from mobility.core import links
from mobility.core.clock import now
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.desks.queries import get_desk
from mobility.people.models import Person
from mobility.people.queries import current_id

BOOK, PORTAL = Permission.AGENDA_BOOK, Permission.PORTAL_BOOK


def may_wait(visit: Visit) -> bool:
    """Tell whether an earlier hour can be asked for in place of this appointment."""
    return visit.is_ahead and visit.meeting.kind is not MeetingKind.WORKSHOP and visit.appointment.starts_at > now()


def _ask_page(
    *, person_id: int, meeting: MeetingType, desk_id: int, visit: Visit | None, back: str, actor_id: int | None
) -> ResponseReturnValue:
    """Ask to be told, or no more: the same page behind a link and in the portal."""
    if visit is not None and not (may_wait(visit) and meeting.movable):
        flash(CannotWait().message, "info")
        return redirect(back, 303)
    form = PlainForm()
    wish = services.find_wish(person_id, meeting.id)
    if form.submits(lambda: _turn(wish, person_id, meeting.id, desk_id, visit, actor_id=actor_id)):
        flash(_stopped() if wish is not None else _("C’est noté : nous vous prévenons."), "success")
        return redirect(back, 303)
    page = render_template("agenda/earlier_ask.html", form=form, meeting=meeting, visit=visit, wish=wish, back=back)
    return page, form.status


def _stopped() -> str:
    return str(_("C’est noté : nous ne vous prévenons plus."))


def _turn(
    wish: EarlierWish | None,
    person_id: int,
    type_id: int,
    desk_id: int,
    visit: Visit | None,
    *,
    actor_id: int | None,
) -> None:
    if wish is not None:
        services.stop_waiting(wish_id=wish.id, actor_id=actor_id, now=now())
        return
    services.ask_earlier(
        person_id=person_id,
        type_id=type_id,
        desk_id=desk_id,
        attendance_id=visit.attendance.id if visit is not None else None,
        actor_id=actor_id,
        now=now(),
    )


@links_bp.route("/rdv/<token>/prevenez-moi", methods=["GET", "POST"])
@signed_link
def ask_by_link(token: str) -> ResponseReturnValue:
    """Ask to be told of an hour earlier than the appointment of the link."""
    payload = links.read(LINK_PURPOSE, token[:TOKEN_MAX], now=now())
    try:
        visit = queries.get_visit(int(payload["a"]))
    except NotFound:
        raise LinkInvalid from None
    return _ask_page(
        person_id=visit.attendance.person_id,
        meeting=visit.meeting,
        desk_id=visit.appointment.desk_id,
        visit=visit,
        back=url_for("agenda_links.show", token=token),
        actor_id=None,
    )


@links_bp.route("/rdv/choisir/<token>/prevenez-moi", methods=["GET", "POST"])
@signed_link
def ask_by_invitation(token: str) -> ResponseReturnValue:
    """Ask to be told of hours that fall free, before one has any."""
    payload = links.read(INVITATION_PURPOSE, token[:TOKEN_MAX], now=now())
    person = load(Person, current_id(int(payload["p"])))
    if person.erased_at is not None or person.restricted_at is not None:
        raise LinkInvalid
    desk_id = int(payload["d"])
    return _ask_page(
        person_id=person.id,
        meeting=queries.get_online_type(int(payload["t"]), desk_id=desk_id),
        desk_id=desk_id,
        visit=None,
        back=url_for("agenda_links.choose", token=token),
        actor_id=None,
    )


@portal_bp.route("/mon-espace/rendez-vous/<int:attendance_id>/prevenez-moi", methods=["GET", "POST"])
@requires(PORTAL, visit="attendance_id")
def ask(attendance_id: int) -> ResponseReturnValue:
    """Ask to be told of an hour earlier than this appointment."""
    visit = queries.get_visit(attendance_id)
    return _ask_page(
        person_id=visit.attendance.person_id,
        meeting=visit.meeting,
        desk_id=visit.appointment.desk_id,
        visit=visit,
        back=url_for("my_agenda.show", attendance_id=attendance_id),
        actor_id=actor().user_id,
    )


@portal_bp.route("/mon-espace/rendez-vous/nouveau/<int:type_id>/prevenez-moi", methods=["GET", "POST"])
@requires(PORTAL)
def ask_for_type(type_id: int) -> ResponseReturnValue:
    """Ask to be told of hours that fall free, before one has any."""
    person = own_person()
    return _ask_page(
        person_id=person.id,
        meeting=queries.get_online_type(type_id, desk_id=person.desk_id),
        desk_id=person.desk_id,
        visit=None,
        back=url_for("my_agenda.book", type_id=type_id),
        actor_id=actor().user_id,
    )


@bp.post("/rendez-vous/<int:attendance_id>/prevenir")
@requires(BOOK, visit="attendance_id")
def turn_earlier(attendance_id: int) -> ResponseReturnValue:
    """Put the person on the list for earlier hours, or take them off it."""
    visit = queries.get_visit(attendance_id)
    wish = services.find_wish(visit.attendance.person_id, visit.meeting.id)
    form = PlainForm()
    if form.submits(
        lambda: _turn(
            wish,
            visit.attendance.person_id,
            visit.meeting.id,
            visit.appointment.desk_id,
            visit,
            actor_id=actor().user_id,
        )
    ):
        stopped, asked = _("La personne n’est plus prévenue."), _("La personne sera prévenue si une heure se libère.")
        flash(stopped if wish is not None else asked, "success")
    return redirect(url_for("agenda.visit", attendance_id=attendance_id), 303)


@links_bp.route("/rdv/plus-tot/<token>", methods=["GET", "POST"])
@signed_link
def offer(token: str) -> ResponseReturnValue:
    """Show the hour that fell free; the first who takes it has it."""
    offer_id = _offer_id(token)
    found, wish = services.get_offer(offer_id)
    form = PlainForm()
    if form.submits(lambda: services.accept_offer(offer_id=offer_id, actor_id=None, now=now())):
        visit = queries.get_visit(int(form.result))
        return render_template("agenda/link_done.html", visit=visit, token="", act="moved", other="")
    if isinstance(form.violation, OfferOver):
        services.withdraw_offer(offer_id=offer_id, now=now())
        found, wish = services.get_offer(offer_id)
    meeting, desk = load(MeetingType, wish.type_id), get_desk(wish.desk_id)
    page = render_template(
        "agenda/earlier_offer.html",
        form=form,
        offer=found,
        open=found.state is OfferState.OPEN and found.expires_at > now(),
        held=db.session.get(Attendance, wish.attendance_id) if wish.attendance_id else None,
        waits=wish.ended_at is None,
        meeting=meeting,
        desk=desk,
        where=where_of(meeting, desk),
        token=token,
    )
    return page, form.status


def _offer_id(token: str) -> int:
    return int(links.read(OFFER_PURPOSE, token[:TOKEN_MAX], now=now())["o"])


@links_bp.post("/rdv/plus-tot/<token>/non")
@signed_link
def decline(token: str) -> ResponseReturnValue:
    """Keep one's hour, and stay on the list."""
    offer_id = _offer_id(token)
    form = PlainForm()
    if form.submits(lambda: services.decline_offer(offer_id=offer_id, now=now())):
        flash(_("C’est noté : vous gardez votre rendez-vous. Nous vous préviendrons d’une autre heure."), "success")
    return redirect(url_for("agenda_links.offer", token=token), 303)


@links_bp.post("/rdv/plus-tot/<token>/stop")
@signed_link
def stop(token: str) -> ResponseReturnValue:
    """Be told of earlier hours no more."""
    _offer, wish = services.get_offer(_offer_id(token))
    form = PlainForm()
    if form.submits(lambda: services.stop_waiting(wish_id=wish.id, actor_id=None, now=now())):
        flash(_stopped(), "success")
    return redirect(url_for("agenda_links.offer", token=token), 303)
