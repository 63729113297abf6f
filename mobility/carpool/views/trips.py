"""The days of carpools: what comes, who rides, what falls through, how it went. The same pages behind three doors."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.carpool import access, agreed, agreed_desk, fallback
from mobility.carpool.agreed import RideCard
from mobility.carpool.day_runs import runs_of
from mobility.carpool.kinds import MATCH_STATE_LABELS, RIDE_STATE_LABELS, TRIP_STATE_LABELS, RideState
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolRequest, CarpoolRide, CarpoolTrip
from mobility.carpool.services import attending, replies
from mobility.carpool.states import Side
from mobility.carpool.trip_forms import CancelForm
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp
from mobility.carpool.views.doors import Door, desk_door, link_door, linked, note_view, own_member, portal_door
from mobility.core.clock import end_of, now, start_of, today
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.core.web.forms import Form

AHEAD, BEHIND = timedelta(days=21), timedelta(days=7)


def days_page(door: Door, member: CarpoolMember | None) -> ResponseReturnValue:
    """List one's days: those to come, and those that are over and wait for a word."""
    if member is None:
        return redirect(door.url("home"), 303)
    instant = now()
    cards = agreed.list_rides([member.id], from_at=instant - BEHIND, until_at=instant + AHEAD)
    ahead = [card for card in cards if card.ride.pickup_at > instant]
    return render_template(
        "carpool/days.html",
        door=door,
        ahead=ahead,
        runs=runs_of(ahead),
        past=[card for card in reversed(cards) if card.ride.pickup_at <= instant],
        matches=agreed.matches_of(member.id),
        match_labels=MATCH_STATE_LABELS,
        match_tones=agreed.TONES,
        now=instant,
        form=Form(),
        Side=Side,
    )


def own_ride(member: CarpoolMember | None, ride_id: int) -> RideCard:
    """Return a day as its member sees it. Raises NotFound for somebody else's."""
    if member is None or not 0 <= ride_id < 2**31:
        raise NotFound("carpool_ride")
    match = load(CarpoolMatch, load(CarpoolRide, ride_id).match_id)
    return agreed.ride_card(ride_id, agreed.side_of(match, member.id))


def ride_page(door: Door, member: CarpoolMember | None, ride_id: int) -> ResponseReturnValue:
    """Show one day; where it fell through, what could carry the passenger instead."""
    card = own_ride(member, ride_id)
    instant = now()
    lost = card.side is Side.PASSENGER and card.ride.state is RideState.CANCELLED_BY_DRIVER
    instead = fallback.chain(card.ride, now=instant) if lost and card.ride.pickup_at > instant else []
    return render_template(
        "carpool/ride.html", door=door, card=card, instead=instead, lost=lost, now=instant, form=Form(), Side=Side
    )


def cancel_page(door: Door, member: CarpoolMember | None, ride_id: int) -> ResponseReturnValue:
    """Call a day off; the others are told at once."""
    card = own_ride(member, ride_id)
    form = CancelForm()
    instant = now()
    if not card.may_cancel(instant) and request.method == "GET":
        flash(_("Ce trajet ne peut plus être annulé ici. Appelez votre antenne."), "info")
        return redirect(door.url("ride", ride_id=ride_id), 303)
    if _calls_off(form, ride_id, card.side, door.actor_id, instant):
        flash(_("C’est annulé. Les personnes concernées sont prévenues."), "success")
        return redirect(door.url("ride", ride_id=ride_id), 303)
    return render_template(
        "carpool/cancel.html", door=door, card=own_ride(member, ride_id), form=form, Side=Side
    ), form.status


def _calls_off(form: CancelForm, ride_id: int, side: Side, actor_id: int | None, instant: datetime) -> bool:
    """Call a day off as a form says; who else could drive is looked for before anything is held."""
    whole_day = bool(form.whole_day.data)
    others = replies.look_ahead(ride_id, side, whole_day=whole_day, now=instant) if form.is_submitted() else {}
    return form.submits(
        lambda: replies.call_off(ride_id, side, whole_day=whole_day, actor_id=actor_id, now=instant, others=others)
    )


def attend_act(door: Door, member: CarpoolMember | None, ride_id: int) -> ResponseReturnValue:
    """Note by one tap how a day went."""
    card = own_ride(member, ride_id)
    answer = {"oui": True, "non": False}.get(request.form.get("fait", ""))
    if answer is None:
        abort(400)
    form = Form()
    side = card.side
    if form.submits(
        lambda: attending.attend(ride_id=ride_id, side=side, was_there=answer, actor_id=door.actor_id, now=now())
    ):
        flash(_("Merci, c’est noté."), "success")
        return redirect(door.url("days"), 303)
    flash(" ".join(message for _id, _label, message in form.errors_summary), "danger")
    return redirect(door.url("ride", ride_id=ride_id), 303)


@portal_bp.get("/mon-espace/covoiturage/trajets", endpoint="days")
@requires(Permission.PORTAL_VIEW)
def my_days() -> ResponseReturnValue:
    """List the person's days."""
    return days_page(portal_door(), own_member())


@portal_bp.get("/mon-espace/covoiturage/trajets/<int:ride_id>", endpoint="ride")
@requires(Permission.PORTAL_VIEW, carpool_ride="ride_id")
def my_ride(ride_id: int) -> ResponseReturnValue:
    """Show one day."""
    return ride_page(portal_door(), own_member(), ride_id)


@portal_bp.route("/mon-espace/covoiturage/trajets/<int:ride_id>/annuler", methods=["GET", "POST"], endpoint="cancel")
@requires(Permission.PORTAL_BOOK, carpool_ride="ride_id")
def my_cancel(ride_id: int) -> ResponseReturnValue:
    """Call one day off."""
    return cancel_page(portal_door(), own_member(), ride_id)


@portal_bp.post("/mon-espace/covoiturage/trajets/<int:ride_id>/presence", endpoint="attend")
@requires(Permission.PORTAL_BOOK, carpool_ride="ride_id")
def my_attend(ride_id: int) -> ResponseReturnValue:
    """Say how one day went."""
    return attend_act(portal_door(), own_member(), ride_id)


@links_bp.get("/c/<token>/trajets", endpoint="days")
@signed_link
def linked_days(token: str) -> ResponseReturnValue:
    """List the days of whoever has a link."""
    return days_page(link_door(token), linked(token))


@links_bp.get("/c/<token>/trajets/<int:ride_id>", endpoint="ride")
@signed_link
def linked_ride(token: str, ride_id: int) -> ResponseReturnValue:
    """Show one day, by link."""
    return ride_page(link_door(token), linked(token), ride_id)


@links_bp.route("/c/<token>/trajets/<int:ride_id>/annuler", methods=["GET", "POST"], endpoint="cancel")
@signed_link
def linked_cancel(token: str, ride_id: int) -> ResponseReturnValue:
    """Call one day off, by link."""
    return cancel_page(link_door(token), linked(token), ride_id)


@links_bp.post("/c/<token>/trajets/<int:ride_id>/presence", endpoint="attend")
@signed_link
def linked_attend(token: str, ride_id: int) -> ResponseReturnValue:
    """Say how one day went, by link."""
    return attend_act(link_door(token), linked(token), ride_id)


# ---- the staff


@bp.get("/covoiturage/jours")
@requires(Permission.CARPOOL_VIEW)
def days() -> ResponseReturnValue:
    """List the journeys of a day, with who rides in them."""
    day = _day(request.args.get("jour", ""))
    trips = agreed_desk.list_trips(access.visible_members(actor()), from_at=start_of(day), until_at=end_of(day))
    return render_template(
        "carpool/desk_days.html",
        day=day,
        trips=trips,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        ride_labels=RIDE_STATE_LABELS,
        ride_tones=agreed.RIDE_TONES,
        trip_labels=TRIP_STATE_LABELS,
        ways=agreed.WAY_LABELS,
        may_edit=actor().permits(Permission.CARPOOL_EDIT),
        moment=now(),
    )


def _day(typed: str) -> date:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return today()
    return found if abs((found - today()).days) <= 400 else today()


@bp.route("/covoiturage/trajets/<int:ride_id>/annuler", methods=["GET", "POST"], endpoint="cancel")
@requires(Permission.CARPOOL_EDIT, carpool_ride="ride_id")
def staff_cancel(ride_id: int) -> ResponseReturnValue:
    """Call a day off for whoever telephones: the driver or the passenger."""
    side = Side.DRIVER if request.args.get("qui") == Side.DRIVER.value else Side.PASSENGER
    form = CancelForm()
    instant = now()
    if _calls_off(form, ride_id, side, desk_door().actor_id, instant):
        flash(_("C’est annulé. Les personnes concernées sont prévenues."), "success")
        return redirect(url_for("carpool.match", match_id=load(CarpoolRide, ride_id).match_id), 303)
    card = agreed.ride_card(ride_id, side)
    trip = load(CarpoolTrip, card.ride.trip_id)
    return render_template(
        "carpool/desk_cancel.html", card=card, trip=trip, form=form, side=side, Side=Side
    ), form.status


@bp.get("/covoiturage/demandes/<int:request_id>/trajets")
@requires(Permission.CARPOOL_VIEW, carpool_request="request_id")
def request_trips(request_id: int) -> ResponseReturnValue:
    """Show the matches and the coming days of a request."""
    note_view(load(CarpoolMember, load(CarpoolRequest, request_id).member_id))
    found = agreed_desk.get_request_days(request_id, now=now())
    return render_template(
        "carpool/request_trips.html", found=found, match_labels=MATCH_STATE_LABELS, match_tones=agreed.TONES
    )
