"""What other carpooling services ask of our members: answered by the member's own link, or by the staff for them."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.carpool import access
from mobility.carpool.models import CarpoolBooking, CarpoolMember, CarpoolMessage
from mobility.carpool.rules.bookings import BOOKING_STATUS_LABELS
from mobility.carpool.services.telling import name_of
from mobility.carpool.standard import bookings, listing, mailbox, outward, telling
from mobility.carpool.standard.forms import AnswerForm, LetterForm, StaffAnswerForm
from mobility.carpool.views.blueprints import bp, links_bp
from mobility.carpool.views.doors import note_view
from mobility.core import links
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import Permission, actor, requires, signed_link


@links_bp.route("/covoiturage/r/<token>", methods=["GET", "POST"])
@signed_link
def outside_booking(token: str) -> ResponseReturnValue:
    """Show our member who asks, and take their yes or no."""
    payload = links.read(telling.PURPOSE, token[:400], now=now())
    try:
        card = listing.get_booking(int(payload["b"]))
    except NotFound:
        raise LinkInvalid from None
    form = AnswerForm()
    if form.submits(lambda: bookings.answer(booking_id=card.id, accepts=form.accepts, actor_id=None, now=now())):
        return redirect(url_for("carpool_links.outside_booking", token=token), 303)
    return render_template("carpool/outside_answer.html", card=card, form=form, at=now()), form.status


# ---- the staff


@bp.get("/covoiturage/autres-services")
@requires(Permission.CARPOOL_EDIT)
def outside() -> ResponseReturnValue:
    """List what other services ask of the members of a desk, and what their users write."""
    visible, instant = access.visible_members(actor(), Permission.CARPOOL_EDIT), now()
    return render_template(
        "carpool/outside.html",
        bookings=listing.list_bookings(visible, now=instant),
        letters=mailbox.list_letters(visible),
        labels=BOOKING_STATUS_LABELS,
        tones=listing.TONES,
        at=instant,
    )


@bp.route("/covoiturage/autres-services/places/<int:booking_id>", methods=["GET", "POST"])
@requires(Permission.CARPOOL_EDIT, carpool_booking="booking_id")
def outside_place(booking_id: int) -> ResponseReturnValue:
    """Show what another service asks for, and answer for whoever telephones."""
    member = load(CarpoolMember, load(CarpoolBooking, booking_id).member_id)
    note_view(member)
    form, instant = StaffAnswerForm(), now()
    if form.submits(
        lambda: bookings.answer(booking_id=booking_id, accepts=form.accepts, actor_id=actor().user_id, now=instant)
    ):
        flash(_("La réponse est notée. L’autre service l’apprend dans la minute."), "success")
        return redirect(url_for("carpool.outside"), 303)
    card = listing.get_booking(booking_id)
    return render_template(
        "carpool/outside_place.html",
        card=card,
        name=name_of(load(CarpoolMember, card.member_id)),
        form=form,
        at=instant,
        label=BOOKING_STATUS_LABELS[card.status],
        tone=listing.TONES[card.status],
    ), form.status


@bp.route("/covoiturage/autres-services/messages/<int:message_id>", methods=["GET", "POST"])
@requires(Permission.CARPOOL_EDIT, carpool_message="message_id")
def outside_letter(message_id: int) -> ResponseReturnValue:
    """Show what somebody of another service writes to a member, and answer in the member's name."""
    note_view(load(CarpoolMember, load(CarpoolMessage, message_id).member_id))
    form, user_id = LetterForm(), actor().user_id or 0
    if form.submits(
        lambda: mailbox.note_read(message_id=message_id, answer=form.answer.data or "", actor_id=user_id, now=now())
    ):
        flash(_("C’est noté."), "success")
        return redirect(url_for("carpool.outside"), 303)
    return render_template(
        "carpool/outside_letter.html",
        letter=mailbox.get_letter(message_id),
        form=form,
        most_tries=outward.MOST_TRIES,
    ), form.status
