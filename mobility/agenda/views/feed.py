"""The adviser's calendar in their telephone: its address, and what stands behind it."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda import parameters
from mobility.agenda.forms import PlainForm
from mobility.agenda.services import feed
from mobility.agenda.views.blueprints import bp, links_bp
from mobility.agenda.views.links import TOKEN_MAX
from mobility.core.clock import day_of, now
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires, signed_link

PLAN = Permission.AGENDA_PLAN


def _own() -> int:
    user_id = actor().user_id
    if user_id is None:
        raise NotFound("user")
    return user_id


@bp.get("/agenda/telephone")
@requires(PLAN)
def feed_page() -> ResponseReturnValue:
    """Show the address of one's own calendar."""
    known = feed.find_feed(_own())
    return render_template(
        "agenda/feed.html",
        address=feed.address_of(known) if known is not None else "",
        feed=known,
        initials=parameters.feed_initials(on=day_of(now())),
        form=PlainForm(),
    )


@bp.post("/agenda/telephone/adresse")
@requires(PLAN)
def make_feed() -> ResponseReturnValue:
    """Make the address, or make it anew."""
    form = PlainForm()
    if form.submits(lambda: feed.make_feed(user_id=_own(), now=now())):
        flash(_("L’adresse est prête. Une adresse plus ancienne ne répond plus."), "success")
    return redirect(url_for("agenda.feed_page"), 303)


@bp.post("/agenda/telephone/arreter")
@requires(PLAN)
def revoke_feed() -> ResponseReturnValue:
    """Take the address back."""
    form = PlainForm()
    if form.submits(lambda: feed.revoke_feed(user_id=_own(), now=now())):
        flash(_("L’adresse ne répond plus."), "success")
    return redirect(url_for("agenda.feed_page"), 303)


@links_bp.get("/agenda/ical/<token>.ics")
@signed_link
def calendar(token: str) -> ResponseReturnValue:
    """Answer a telephone that asks for its calendar."""
    answer = Response(feed.read_feed(token[:TOKEN_MAX], now=now()), mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, max-age=300"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
