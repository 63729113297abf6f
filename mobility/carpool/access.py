"""Who may touch what of carpooling.

- Staff: whoever may touch the file of the person who takes part (a protected file: its named staff only); volunteers
  and staff of employers, who have no file: the desk that accompanies them.
- The person: what is theirs, for what the portal asks. A match is theirs from either side.
- Members without account act by signed link, which names them (``carpool/links.py``): no row is asked here.
- Reports, trips and rides: as for their match or offer; a report is never shown in the portal, the other side is in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select, true

from mobility.carpool.models import (
    CarpoolBooking,
    CarpoolHub,
    CarpoolMatch,
    CarpoolMember,
    CarpoolMessage,
    CarpoolOffer,
    CarpoolReport,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.core.web.access import ALL_DESKS, Actor, Permission
from mobility.people import access as people
from mobility.people.models import Person

PORTAL = frozenset({Permission.PORTAL_VIEW, Permission.PORTAL_BOOK})


def may_touch_member(actor: Actor, permission: Permission, member_id: int) -> bool:
    """Answer for rows of kind « carpool_member ». Raises NotFound."""
    member = load(CarpoolMember, member_id)
    if member.person_id is not None:
        return people.may_touch(actor, permission, member.person_id)
    if member.erased_at is not None or permission in PORTAL:
        return False
    return actor.permits(permission) and member.desk_id in actor.desk_ids(permission)


def may_touch_hub(actor: Actor, permission: Permission, hub_id: int) -> bool:
    """Answer for rows of kind « carpool_hub »: its desk. Raises NotFound."""
    return actor.permits(permission) and load(CarpoolHub, hub_id).desk_id in actor.desk_ids(permission)


def may_touch_offer(actor: Actor, permission: Permission, offer_id: int) -> bool:
    """Answer for rows of kind « carpool_offer ». Raises NotFound."""
    return may_touch_member(actor, permission, load(CarpoolOffer, offer_id).member_id)


def may_touch_request(actor: Actor, permission: Permission, request_id: int) -> bool:
    """Answer for rows of kind « carpool_request ». Raises NotFound."""
    return may_touch_member(actor, permission, load(CarpoolRequest, request_id).member_id)


def may_touch_match(actor: Actor, permission: Permission, match_id: int) -> bool:
    """Answer for rows of kind « carpool_match »: whoever may touch one of its sides, and its protected file.

    Raises NotFound.
    """
    sides = sides_of(match_id)
    return any(may_touch_member(actor, permission, member_id) for member_id in sides) and all(
        may_touch_member(actor, permission, member_id) for member_id in _protected(sides)
    )


def _protected(member_ids: Sequence[int]) -> Sequence[int]:
    """Return those members whose file is protected."""
    return db.session.scalars(
        select(CarpoolMember.id)
        .join(Person, Person.id == CarpoolMember.person_id)
        .where(CarpoolMember.id.in_(member_ids), Person.protected)
    ).all()


def may_touch_trip(actor: Actor, permission: Permission, trip_id: int) -> bool:
    """Answer for rows of kind « carpool_trip »: as for its offer. Raises NotFound."""
    return may_touch_offer(actor, permission, load(CarpoolTrip, trip_id).offer_id)


def may_touch_ride(actor: Actor, permission: Permission, ride_id: int) -> bool:
    """Answer for rows of kind « carpool_ride »: as for its match. Raises NotFound."""
    return may_touch_match(actor, permission, load(CarpoolRide, ride_id).match_id)


def may_touch_report(actor: Actor, permission: Permission, report_id: int) -> bool:
    """Answer for rows of kind « carpool_report »: whoever may touch the member who tells. Raises NotFound."""
    if permission in PORTAL:
        return False
    return may_touch_member(actor, permission, load(CarpoolReport, report_id).by_member_id)


def may_touch_booking(actor: Actor, permission: Permission, booking_id: int) -> bool:
    """Answer for rows of kind « carpool_booking »: staff who may touch our member. Raises NotFound."""
    return permission not in PORTAL and may_touch_member(actor, permission, load(CarpoolBooking, booking_id).member_id)


def may_touch_message(actor: Actor, permission: Permission, message_id: int) -> bool:
    """Answer for rows of kind « carpool_message »: staff who may touch our member. Raises NotFound."""
    return permission not in PORTAL and may_touch_member(actor, permission, load(CarpoolMessage, message_id).member_id)


def sides_of(match_id: int) -> tuple[int, int]:
    """Return the ids of the members who drive and ride in a match. Raises NotFound."""
    row = db.session.execute(
        select(CarpoolOffer.member_id.label("driver_id"), CarpoolRequest.member_id.label("passenger_id"))
        .select_from(CarpoolMatch)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .where(CarpoolMatch.id == match_id)
    ).one_or_none()
    if row is None:
        raise NotFound("carpool_match")
    return row.driver_id, row.passenger_id


def visible_members(actor: Actor, permission: Permission = Permission.CARPOOL_VIEW) -> ColumnElement[bool]:
    """Return the condition on ``CarpoolMember`` « the actor may see them in lists »; ``Person`` must be outer-joined."""
    desks = actor.desk_ids(permission)
    here = true() if desks is ALL_DESKS else CarpoolMember.desk_id.in_(desks)
    return or_(
        and_(CarpoolMember.person_id.is_(None), CarpoolMember.erased_at.is_(None), here),
        and_(CarpoolMember.person_id.is_not(None), people.visible_persons(actor, permission)),
    )


def person_of_member(member_id: int) -> int | None:
    """Return whose file the member is part of, or None."""
    return db.session.scalar(select(CarpoolMember.person_id).where(CarpoolMember.id == member_id))


def person_of_offer(offer_id: int) -> int | None:
    """Return the person who offers, or None."""
    return _person_through(CarpoolOffer, offer_id)


def person_of_request(request_id: int) -> int | None:
    """Return the person who asks, or None."""
    return _person_through(CarpoolRequest, request_id)


def _person_through(
    model: type[CarpoolOffer | CarpoolRequest | CarpoolBooking | CarpoolMessage], identity: int
) -> int | None:
    return db.session.scalar(
        select(CarpoolMember.person_id).join(model, model.member_id == CarpoolMember.id).where(model.id == identity)
    )


def person_of_booking(booking_id: int) -> int | None:
    """Return the person with whom another service books, or None."""
    return _person_through(CarpoolBooking, booking_id)


def person_of_message(message_id: int) -> int | None:
    """Return the person to whom somebody of another service writes, or None."""
    return _person_through(CarpoolMessage, message_id)


def person_of_match(match_id: int) -> int | None:
    """Return the person who rides in a match, or None."""
    return db.session.scalar(
        select(CarpoolMember.person_id)
        .join(CarpoolRequest, CarpoolRequest.member_id == CarpoolMember.id)
        .join(CarpoolMatch, CarpoolMatch.request_id == CarpoolRequest.id)
        .where(CarpoolMatch.id == match_id)
    )


def person_of_trip(trip_id: int) -> int | None:
    """Return the person who drives on a day, or None."""
    return db.session.scalar(
        select(CarpoolMember.person_id)
        .join(CarpoolOffer, CarpoolOffer.member_id == CarpoolMember.id)
        .join(CarpoolTrip, CarpoolTrip.offer_id == CarpoolOffer.id)
        .where(CarpoolTrip.id == trip_id)
    )


def person_of_ride(ride_id: int) -> int | None:
    """Return the person who rides on a day, or None."""
    match_id = db.session.scalar(select(CarpoolRide.match_id).where(CarpoolRide.id == ride_id))
    return None if match_id is None else person_of_match(match_id)


def person_of_report(report_id: int) -> int | None:
    """Return the person who tells of a problem, or None."""
    return db.session.scalar(
        select(CarpoolMember.person_id)
        .join(CarpoolReport, CarpoolReport.by_member_id == CarpoolMember.id)
        .where(CarpoolReport.id == report_id)
    )
