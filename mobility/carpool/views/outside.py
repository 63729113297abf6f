"""What other carpooling services ask of our members, answered by the member's own link."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mobility.carpool.standard import bookings, listing, telling
from mobility.carpool.standard.forms import AnswerForm
from mobility.carpool.views.blueprints import links_bp
from mobility.core import links
from mobility.core.clock import now
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import signed_link


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
