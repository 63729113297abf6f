"""Lists of members, offers and requests that an actor may see."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select

from mobility.carpool import access
from mobility.carpool.kinds import JourneyState, MemberKind, MemberState, Side
from mobility.carpool.models import CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.services.journeys import MODELS
from mobility.core.db import db
from mobility.core.web.access import Actor
from mobility.organisations.models import Organisation
from mobility.people.models import Person


def select_journeys(
    actor: Actor, side: Side, *, desk_id: int | None = None, state: JourneyState | None = None
) -> Select[Any]:
    """Return the query of offers or requests that the actor may see, the latest first."""
    model: Any = MODELS[side]
    query = (
        select(model, CarpoolMember, Person.first_name, Person.last_name)
        .join(CarpoolMember, CarpoolMember.id == model.member_id)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(access.visible_members(actor))
        .order_by(model.updated_at.desc(), model.id.desc())
    )
    if desk_id is not None:
        query = query.where(model.desk_id == desk_id)
    return query.where(model.state == state) if state is not None else query


def select_members(actor: Actor, *, desk_id: int | None = None, kind: MemberKind | None = None) -> Any:
    """Return the query of members that the actor may see, by state, then the latest first."""
    query = (
        select(CarpoolMember, Person.first_name, Person.last_name, Organisation.name.label("employer"))
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .outerjoin(Organisation, Organisation.id == CarpoolMember.organisation_id)
        .where(access.visible_members(actor))
        .order_by(CarpoolMember.state == MemberState.LEFT, CarpoolMember.id.desc())
    )
    if desk_id is not None:
        query = query.where(CarpoolMember.desk_id == desk_id)
    return query if kind is None else query.where(CarpoolMember.kind == kind)


def standing_counts(member_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return by member how many offers and requests stand (two queries)."""
    found: dict[int, list[int]] = {member_id: [0, 0] for member_id in member_ids}
    models: tuple[Any, ...] = (CarpoolOffer, CarpoolRequest)
    for place, model in enumerate(models):
        rows = db.session.execute(
            select(model.member_id, func.count())
            .where(model.member_id.in_(list(member_ids)), model.state != JourneyState.CLOSED)
            .group_by(model.member_id)
        )
        for member_id, count in rows:
            found[member_id][place] = count
    return {member_id: (offers, requests) for member_id, (offers, requests) in found.items()}
