"""A person's life: erased, they leave no trace; merged, they are one; exported, others are initials."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from mobility.carpool import lifecycle, links
from mobility.carpool.indexing import key_of
from mobility.carpool.kinds import JourneyState, MatchState, MemberKind, MemberState
from mobility.carpool.models import (
    CarpoolBlock,
    CarpoolEvent,
    CarpoolException,
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolReport,
    CarpoolRequest,
    CarpoolRide,
)
from mobility.carpool.services import put_trips
from mobility.carpool.services.forgetting import LEFT_KEPT, UNCONFIRMED_KEPT, erase_member
from mobility.carpool.services.members import Self, join, register
from mobility.core import jobs
from mobility.core.db import Base, db, end_read, transaction
from mobility.core.links import LinkExpired
from mobility.pathway.rules import Direction
from mobility.people import services as people
from mobility.people.kinds import ConsentKind, ConsentManner
from mobility.people.models import PersonConsent
from mobility.people.services.erasure import erase_person
from mobility.people.services.protection import protect
from tests.conftest import empty_tables
from tests.factories.carpool import NOW, a_colleague, a_day, a_match, a_member, a_request, a_trip, an_offer
from tests.factories.desks import make_desk
from tests.factories.people import make_adviser, make_person

SECRET = "Zélindor"
LATITUDE, LONGITUDE = 50.391234, 3.481234
HOME = {"origin_label": f"3 rue {SECRET}", "origin_latitude": LATITUDE, "origin_longitude": LONGITUDE}


def _traces() -> set[str]:
    """Return the tables in which something of the person still stands."""
    end_read()
    found = set()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(text(f'SELECT * FROM "{table.name}"')):
            said = repr(tuple(row))
            if any(mark in said for mark in (SECRET, SECRET.lower(), "50.391234", "3.481234", "Z\\u00e9lindor")):
                found.add(table.name)
    end_read()
    return found


def _world(kind: MemberKind, offers: int, requests: int, state: MatchState, days: int) -> CarpoolMember:
    """A member with journeys, matches on both sides, days on the road, days off, reports and blocks."""
    desk = make_desk()
    if kind is MemberKind.PERSON:
        member = a_member(make_person(SECRET, SECRET, desk=desk), car=f"Clio {SECRET}")
    else:
        values: dict[str, Any] = {"organisation_id": None} if kind is MemberKind.VOLUNTEER else {}
        member = a_colleague(desk, kind=kind, name=SECRET, car=f"Clio {SECRET}", **values)
    other = a_member(make_person(desk=desk))
    point = {"pickup_label": f"Place {SECRET}", "pickup_latitude": LATITUDE, "pickup_longitude": LONGITUDE}
    leg = {"pickup": {"label": SECRET, "latitude": LATITUDE, "longitude": LONGITUDE}}
    for number in range(offers + requests):
        offer = an_offer(member, **HOME) if number < offers else an_offer(other)
        request = a_request(member, **HOME) if number >= offers else a_request(other)
        if number < offers:
            key = key_of(offer.id, Direction.THERE)
            put_trips(trips=[a_trip(key, origin=(LONGITUDE, LATITUDE))])
        match = a_match(offer, request, state=state, legs={"there": leg}, score={"near": SECRET})
        with transaction() as session:
            for later in range(days):
                trip = a_day(offer, shift_on=date(2026, 11, 24) + timedelta(days=later))
                session.add(
                    CarpoolRide(
                        trip_id=trip.id, match_id=match.id, shift_on=trip.shift_on, direction=trip.direction, pickup_at=NOW,
                        dropoff_at=NOW + timedelta(minutes=10), **point,
                    )
                )  # fmt: skip
            own = {"offer_id": offer.id} if number < offers else {"request_id": request.id}
            session.add(CarpoolException(**own, day_on=date(2026, 12, 24), at=NOW))
            session.add(CarpoolEvent(match_id=match.id, at=NOW, action="note", facts={"near": SECRET}))
            session.add(
                CarpoolReport(desk_id=desk.id, match_id=match.id, by_member_id=other.id, text=f"{SECRET} tarde", at=NOW)
            )
    with transaction() as session:
        session.add(CarpoolBlock(by_member_id=other.id, other_member_id=member.id, at=NOW))
    return member


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(MemberKind),
    offers=st.integers(0, 2),
    requests=st.integers(0, 2),
    state=st.sampled_from(MatchState).filter(
        lambda one: one not in {MatchState.REFUSED, MatchState.EXPIRED, MatchState.ENDED}
    ),
    days=st.integers(0, 2),
)
def test_whoever_is_erased_leaves_no_trace(
    app: Flask, kind: MemberKind, offers: int, requests: int, state: MatchState, days: int
) -> None:
    empty_tables()
    member = _world(kind, offers, requests, state, days)
    token = links.make(member, now=NOW)
    assert _traces()
    if member.person_id is not None:
        erase_person(person_id=member.person_id, actor_id=None, now=NOW)
    else:
        erase_member(member_id=member.id, actor_id=None, now=NOW)
    assert _traces() == set()
    db.session.expire_all()
    gone = db.session.get_one(CarpoolMember, member.id)
    assert (gone.state, gone.erased_at, gone.name) == (MemberState.LEFT, NOW, "")
    standing = select(func.count()).where(CarpoolMatch.ended_at.is_(None))
    assert db.session.scalar(standing) == 0
    assert db.session.scalar(select(func.count(CarpoolBlock.id))) == 0
    with pytest.raises(LinkExpired):
        links.read(token, now=NOW)
    # What others offer and ask stands.
    assert all(
        row.state is JourneyState.OPEN and row.origin_label == "Raismes"
        for model in (CarpoolOffer, CarpoolRequest)
        for row in db.session.scalars(select(model).where(model.member_id != member.id))
    )
    before = gone.version
    erase_member(member_id=member.id, actor_id=None, now=NOW + timedelta(days=1))
    assert db.session.get_one(CarpoolMember, member.id).version == before


def test_two_files_of_one_person_become_one_member(app: Flask) -> None:
    desk = make_desk()
    kept, merged = make_person(desk=desk), make_person(desk=desk)
    one, two, third = a_member(kept), a_member(merged, shared_at=NOW), a_member(make_person(desk=desk))
    offer, request, foreign = an_offer(two), a_request(one), a_request(third)
    own, other = a_match(offer, request), a_match(offer, foreign)
    with transaction() as session:
        session.add(CarpoolBlock(by_member_id=third.id, other_member_id=one.id, at=NOW))
        session.add(CarpoolBlock(by_member_id=third.id, other_member_id=two.id, at=NOW))
        session.add(CarpoolBlock(by_member_id=one.id, other_member_id=two.id, at=NOW))
    people.merge_persons(kept_id=kept.id, merged_id=merged.id, actor_id=make_adviser(desk).id, now=NOW)
    db.session.expire_all()
    assert db.session.scalars(select(CarpoolMember.id).order_by(CarpoolMember.id)).all() == [one.id, third.id]
    assert db.session.get_one(CarpoolOffer, offer.id).member_id == one.id
    assert db.session.get_one(CarpoolMatch, own.id).state is MatchState.ENDED
    assert db.session.get_one(CarpoolMatch, other.id).state is MatchState.PROPOSED
    blocks = db.session.execute(select(CarpoolBlock.by_member_id, CarpoolBlock.other_member_id)).all()
    assert blocks == [(third.id, one.id)]


def test_the_member_of_a_merged_file_becomes_that_of_the_kept_one(app: Flask) -> None:
    desk = make_desk()
    kept, merged = make_person(desk=desk), make_person(desk=desk)
    member = a_member(merged)
    lifecycle.merge(kept_id=kept.id, merged_id=merged.id, now=NOW)
    db.session.expire_all()
    row = db.session.get_one(CarpoolMember, member.id)
    assert (row.person_id, row.recipient_id) == (kept.id, kept.recipient_id)


def test_an_export_tells_all_of_oneself_and_initials_of_others(app: Flask) -> None:
    desk = make_desk()
    person = make_person(desk=desk)
    member = a_member(person)
    a_match(an_offer(a_colleague(desk, name="Sophie Lemaire")), a_request(member, **HOME))
    exports = {one.title: one for one in lifecycle.export(person_id=person.id)}
    assert f"3 rue {SECRET}" in {row["from"] for row in exports["Trajets proposés et cherchés"].rows}
    assert [row["with"] for row in exports["Covoiturages proposés"].rows] == ["S. L."]
    assert "Sophie" not in repr(exports)
    assert list(lifecycle.export(person_id=make_person().id)) == []


def test_a_file_that_becomes_protected_leaves_carpooling(app: Flask) -> None:
    desk = make_desk()
    adviser = make_adviser(desk)
    person = make_person(desk=desk)
    member_id = join(person_id=person.id, about=Self(), manner=ConsentManner.SPOKEN, actor_id=adviser.id, now=NOW)
    request = a_request(db.session.get_one(CarpoolMember, member_id))
    protect(person_id=person.id, user_ids=[adviser.id], reason=None, actor_id=adviser.id, now=NOW)
    db.session.expire_all()
    assert db.session.get_one(CarpoolMember, member_id).state is MemberState.LEFT
    assert db.session.get_one(CarpoolRequest, request.id).state is JourneyState.CLOSED
    consent = db.session.scalars(select(PersonConsent).where(PersonConsent.kind == ConsentKind.CARPOOL_MATCHING)).one()
    assert consent.withdrawn_at is not None


def test_those_who_never_confirmed_and_those_who_left_are_forgotten_in_time(app: Flask) -> None:
    desk = make_desk()
    waiting = a_colleague(desk, state=MemberState.WAITING)
    left = a_colleague(desk, state=MemberState.LEFT, left_at=NOW)
    here = register(
        kind=MemberKind.VOLUNTEER, desk_id=desk.id, name="Luc", phone=None, email="luc@exemple.fr", about=Self(),
        actor_id=None, now=NOW,
    )  # fmt: skip
    past = an_offer(db.session.get_one(CarpoolMember, here), starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 2))
    run = jobs.run("carpool_close_past", now=NOW + timedelta(hours=1))
    assert run.counts == {"closed": 1, "erased": 0}
    db.session.expire_all()
    assert db.session.get_one(CarpoolOffer, past.id).state is JourneyState.CLOSED
    assert jobs.run("carpool_close_past", now=NOW + UNCONFIRMED_KEPT + timedelta(hours=1)).counts["erased"] == 1
    assert jobs.run("carpool_close_past", now=NOW + LEFT_KEPT + timedelta(hours=1)).counts["erased"] == 1
    db.session.expire_all()
    assert db.session.get_one(CarpoolMember, here).erased_at is None
    assert {db.session.get_one(CarpoolMember, one.id).name for one in (waiting, left)} == {""}
