"""Who may touch what of carpooling, and whose link is whose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.carpool import access, links
from mobility.carpool.kinds import MemberState
from mobility.carpool.models import CarpoolMember
from mobility.core.db import db, transaction
from mobility.core.errors import NotFound
from mobility.core.links import LinkExpired, LinkInvalid
from mobility.core.web.access import Permission
from mobility.people.models import Person
from tests.factories.accounts import make_actor, make_user
from tests.factories.carpool import NOW, a_colleague, a_day, a_match, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.people import make_person

VIEW, EDIT, PORTAL = Permission.CARPOOL_VIEW, Permission.CARPOOL_EDIT, Permission.PORTAL_BOOK
pytestmark = pytest.mark.usefixtures("app")


def test_members_are_touched_by_the_staff_of_their_desk_alone() -> None:
    desk = make_desk()
    person = a_member(make_person(desk=desk))
    colleague = a_colleague(desk)
    here, elsewhere = make_actor(Role.ADVISER, desk_id=desk.id), make_actor(Role.ADVISER, desk_id=make_desk().id)
    for member in (person, colleague):
        assert access.may_touch_member(here, EDIT, member.id)
        assert not access.may_touch_member(elsewhere, EDIT, member.id)
        assert not access.may_touch_member(make_actor(Role.PRESCRIBER), VIEW, member.id)
        assert not access.may_touch_member(make_actor(Role.ADMINISTRATOR), EDIT, member.id)


def test_a_protected_file_is_touched_by_its_named_staff_alone() -> None:
    desk = make_desk()
    named = make_user(Role.ADVISER, desk_id=desk.id)
    member = a_member(make_person(desk=desk, protected_for=[named]))
    assert access.may_touch_member(make_actor(Role.ADVISER, desk_id=desk.id, user_id=named.id), VIEW, member.id)
    assert not access.may_touch_member(make_actor(Role.MANAGER, desk_id=desk.id), VIEW, member.id)


def test_a_person_touches_what_is_theirs_from_either_side_of_a_match() -> None:
    driver, rider = a_member(make_person()), a_member(make_person())
    match = a_match(an_offer(driver), a_request(rider))
    stranger = make_actor(None, person_id=make_person().id)
    for member in (driver, rider):
        own = make_actor(None, person_id=member.person_id)
        assert access.may_touch_match(own, PORTAL, match.id)
        assert not access.may_touch_match(own, EDIT, match.id)
    assert not access.may_touch_match(stranger, PORTAL, match.id)
    assert not access.may_touch_offer(make_actor(None, person_id=rider.person_id), PORTAL, match.offer_id)
    assert access.sides_of(match.id) == (driver.id, rider.id)
    assert access.person_of_match(match.id) == access.person_of_request(match.request_id) == rider.person_id
    with pytest.raises(NotFound):
        access.sides_of(2**30)


def test_days_are_touched_as_their_offer_is() -> None:
    desk = make_desk()
    trip = a_day(an_offer(a_colleague(desk)))
    assert access.may_touch_trip(make_actor(Role.ADVISER, desk_id=desk.id), EDIT, trip.id)
    assert not access.may_touch_trip(make_actor(Role.ADVISER, desk_id=make_desk().id), EDIT, trip.id)


def test_lists_show_what_single_rows_do() -> None:
    desk, other = make_desk(), make_desk()
    named = make_user(Role.ADVISER, desk_id=desk.id)
    members = [
        a_member(make_person(desk=desk)),
        a_colleague(desk),
        a_member(make_person(desk=desk, protected_for=[named])),
        a_member(make_person(desk=other)),
        a_colleague(other),
        a_member(make_person(desk=desk, archived=True)),
    ]
    for actor in (
        make_actor(Role.ADVISER, desk_id=desk.id),
        make_actor(Role.ADVISER, desk_id=desk.id, user_id=named.id),
        make_actor(Role.MANAGER, desk_id=other.id),
        make_actor(Role.PRESCRIBER),
    ):
        seen = set(
            db.session.scalars(
                select(CarpoolMember.id)
                .outerjoin(Person, Person.id == CarpoolMember.person_id)
                .where(access.visible_members(actor))
            )
        )
        assert seen == {member.id for member in members if access.may_touch_member(actor, VIEW, member.id)}


def test_a_link_opens_for_its_member_until_it_is_revoked_or_they_leave() -> None:
    member = a_colleague(make_desk())
    token = links.make(member, now=NOW)
    assert links.read(token, now=NOW).id == member.id
    with pytest.raises(LinkInvalid):
        links.read(token[:-2], now=NOW)
    with pytest.raises(LinkExpired):
        links.read(token, now=NOW + links.LIFETIME + timedelta(seconds=1))
    with transaction():
        db.session.get_one(CarpoolMember, member.id).link_serial = 2
    with pytest.raises(LinkExpired):
        links.read(token, now=NOW)
    renewed = links.make(db.session.get_one(CarpoolMember, member.id), now=NOW)
    with transaction():
        db.session.get_one(CarpoolMember, member.id).state = MemberState.LEFT
    with pytest.raises(LinkExpired):
        links.read(renewed, now=NOW)
