"""The page of a site's crews: who could ride with whom on a day, and how many cars stay at home."""

from __future__ import annotations

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from mobility.carpool import access, crews
from mobility.carpool.cards import name_of
from mobility.carpool.models import CarpoolHub, CarpoolMember
from mobility.carpool.views.blueprints import bp
from mobility.core.clock import today
from mobility.core.db import db, load
from mobility.core.web.access import Permission, actor, requires
from mobility.people.models import Person


@bp.get("/covoiturage/lieux/<int:hub_id>/equipages")
@requires(Permission.CARPOOL_MANAGE, carpool_hub="hub_id")
def hub_crews(hub_id: int) -> ResponseReturnValue:
    """Show the best crews of a day; the next one on which somebody travels, unless told otherwise."""
    hub = load(CarpoolHub, hub_id)
    days = crews.days_of(hub, today=today())
    wanted = _day(request.args.get("jour", ""))
    day = wanted if wanted in days else next(iter(days), None)
    found = crews.plan_day(hub, day) if day is not None else None
    return render_template(
        "carpool/crews.html",
        hub=hub,
        days=days,
        day=day,
        found=found,
        view=crews.picture(found) if found is not None else None,
        names=_names([person.member_id for person in found.people]) if found is not None else {},
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _names(member_ids: list[int]) -> dict[int, str]:
    """Return the names of those whom the actor may see; others of the site belong to another desk (one query)."""
    rows = db.session.execute(
        select(CarpoolMember, Person.first_name, Person.last_name)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(CarpoolMember.id.in_(member_ids), access.visible_members(actor(), Permission.CARPOOL_MANAGE))
    )
    return {member.id: name_of(member, first, last) for member, first, last in rows}
