"""What the two sides of a match are told. Before both have agreed, nothing names or places the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from mobility.carpool import links
from mobility.carpool.kinds import MemberKind
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.states import Side
from mobility.core.db import db, load
from mobility.desks.models import Desk
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import Channel, Holder, MessageClass
from mobility.notifications.models import ContactPoint
from mobility.people.models import Person

SOON = timedelta(hours=24)


def side_ids(match: CarpoolMatch) -> dict[Side, int]:
    """Return the members of a match by their side (rows of the session, or two queries)."""
    return {
        Side.DRIVER: load(CarpoolOffer, match.offer_id).member_id,
        Side.PASSENGER: load(CarpoolRequest, match.request_id).member_id,
    }


def other_of(side: Side) -> Side:
    """Return the side opposite."""
    return Side.PASSENGER if side is Side.DRIVER else Side.DRIVER


def name_of(member: CarpoolMember) -> str:
    """Return how a member is called: by their file, or by what they said."""
    if member.kind is not MemberKind.PERSON or member.person_id is None:
        return member.name
    return load(Person, member.person_id).full_name


def names_of(members: Iterable[CarpoolMember]) -> dict[int, str]:
    """Return how members are called, by their id; one query."""
    wanted = list(members)
    ids = {member.person_id for member in wanted if member.person_id is not None}
    people = {row.id: row for row in db.session.scalars(select(Person).where(Person.id.in_(ids)))} if ids else {}
    return {
        member.id: member.name if member.person_id is None else people[member.person_id].full_name for member in wanted
    }


def phone_of(member: CarpoolMember) -> str:
    """Return the number that a member is called by; nothing where it is somebody else's, or is to stay discreet."""
    return phones_of([member.recipient_id]).get(member.recipient_id, "")


def phones_of(recipient_ids: Collection[int]) -> dict[int, str]:
    """Return the numbers by which members may be called, by recipient; one query."""
    rows = db.session.execute(
        select(ContactPoint.recipient_id, ContactPoint.value)
        .where(
            ContactPoint.recipient_id.in_(list(recipient_ids)),
            ContactPoint.channel == Channel.SMS,
            ContactPoint.holder == Holder.SELF,
            ContactPoint.neutral.is_(False),
            ContactPoint.archived_at.is_(None),
            ContactPoint.bounced_at.is_(None),
        )
        .order_by(ContactPoint.id.desc())
    )
    return {row.recipient_id: row.value for row in rows}


def tell(
    member_id: int,
    template: str,
    params: Mapping[str, Any],
    *,
    path: str,
    key: str,
    now: datetime,
    urgent: bool = False,
    expires_at: datetime | None = None,
) -> None:
    """Queue a message to a member, with the desk's number and the signed link to their page ``path``."""
    member = load(CarpoolMember, member_id)
    if member.erased_at is not None:
        return
    desk = load(Desk, member.desk_id)
    notifications.queue(
        recipient_id=member.recipient_id,
        template=template,
        params={
            **params,
            "place": desk.name,
            "phone": desk.phone,
            "link": render.public_url(f"/c/{links.make(member, now=now)}{path}"),
        },
        message_class=MessageClass.URGENT if urgent else MessageClass.NORMAL,
        dedup_key=f"carpool:{key}:{member_id}",
        now=now,
        person_id=member.person_id,
        expires_at=expires_at,
    )


def match_path(match_id: int) -> str:
    """Return the page of a match, behind a member's link."""
    return f"/accords/{match_id}"


def ride_path(ride_id: int) -> str:
    """Return the page of one day, behind a member's link."""
    return f"/trajets/{ride_id}"


def forget(match_id: int, *, now: datetime) -> None:
    """Call back what was to be told of a match and has not left."""
    notifications.cancel(dedup_prefix=f"carpool:match:{match_id}:", now=now)
