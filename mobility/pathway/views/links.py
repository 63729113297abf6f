"""The page behind the signed link of a message about hours: the link shows, a button acts."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from mobility.core import links
from mobility.core.clock import now, today
from mobility.core.db import load
from mobility.core.links import LinkInvalid
from mobility.core.web.access import signed_link
from mobility.core.web.forms import Form
from mobility.desks.models import Desk
from mobility.pathway import messages, queries, services
from mobility.pathway.services import warnings
from mobility.pathway.views.blueprint import bp
from mobility.people.models import Person


@bp.route("/h/<token>", methods=["GET", "POST"])
@signed_link
def hours_link(token: str) -> ResponseReturnValue:
    """Ask whether the hours are known; one tap says « not yet ». The page tells nothing of the objective."""
    payload = links.read(messages.HOURS_LINK, token[:400], now=now())
    objective = queries.find_objective(int(payload["o"]))
    if objective is None:
        raise LinkInvalid
    asks = warnings.asks_for_hours(objective, today=today())
    objective_id, desk_id = objective.id, load(Person, objective.person_id).desk_id
    form = Form()
    done = asks and form.submits(
        lambda: services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=now()).isoformat()
    )
    page = render_template(
        "pathway/link_hours.html", form=form, asks=asks, done=done, objective_id=objective_id, desk=load(Desk, desk_id)
    )
    return page, form.status
