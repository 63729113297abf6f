"""The page behind the signed link of the later question: the link shows, a button acts. No sign-in.

Whoever opens it may be somebody who shares the phone: the page names nobody.
"""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from mobility.core import links
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import signed_link
from mobility.desks.models import Desk
from mobility.participation import queries, services
from mobility.participation.forms import LaterForm
from mobility.participation.models import Departure
from mobility.participation.rules.exits import LATER_BUTTONS, Later
from mobility.participation.services.later import LINK_PURPOSE
from mobility.participation.views.blueprints import links_bp
from mobility.people.models import Person

TOKEN_MAX = 400


def _asked(token: str) -> tuple[Departure, Person]:
    payload = links.read(LINK_PURPOSE, token[:TOKEN_MAX], now=now())
    try:
        row = queries.get_departure(int(payload["d"]))
    except NotFound:
        raise LinkInvalid from None
    person = load(Person, row.person_id)
    if person.erased_at is not None or person.restricted_at is not None:
        raise LinkInvalid
    return row, person


@links_bp.route("/six-mois/<token>", methods=["GET", "POST"])
@signed_link
def question(token: str) -> ResponseReturnValue:
    """Ask one question, answered by one button."""
    row, person = _asked(token)
    departure_id, desk_id = row.id, person.desk_id
    asks = row.later is None and row.returned_at is None
    answered = row.later is not None
    form = LaterForm()
    done = asks and form.submits(
        lambda: services.answer(departure_id=departure_id, later=Later(form.answer.data), actor_id=None, now=now())
    )
    page = render_template(
        "participation/link_later.html",
        form=form,
        asks=asks and not done,
        thanks=done or answered,
        buttons=LATER_BUTTONS,
        desk=load(Desk, desk_id),
    )
    return page, form.status
