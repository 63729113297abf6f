"""Offers and requests are proposed to each other: both directions, shared days, what keeps people apart, who is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from mobility.accounts.policy import Role
from mobility.carpool import candidates, indexing, parameters
from mobility.carpool.days import horizon
from mobility.carpool.kinds import JourneyState, Luggage, MatchState, MemberState, Timing
from mobility.carpool.models import (
    CarpoolBlock,
    CarpoolException,
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
)
from mobility.carpool.rules.ranking import Ranking
from mobility.carpool.services import agreeing, matching, planning
from mobility.carpool.services.matching import look_again, propose_matches
from mobility.carpool.states import Side as MatchSide
from mobility.core import jobs
from mobility.core.clock import day_of
from mobility.core.db import db, transaction
from mobility.notifications.models import OutboxMessage
from mobility.pathway.patterns import parse_hours, to_json
from mobility.pathway.roster import DayHours, Weekly
from mobility.people.models import Person
from tests.factories.accounts import make_user
from tests.factories.carpool import a_colleague, a_match, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.parameters import make_value
from tests.factories.pathway import a_roster, an_objective
from tests.factories.people import make_person

# A Monday, on the eve of the usual week of the factories.
NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


def week(hours: str, days: str = "01234") -> dict[str, Any]:
    found: list[DayHours] = [parse_hours(hours) if str(day) in days else () for day in range(7)]
    return to_json(Weekly(tuple(found)))


def proposed(**values: Any) -> list[CarpoolMatch]:
    db.session.expire_all()
    return list(db.session.scalars(select(CarpoolMatch).filter_by(**values).order_by(CarpoolMatch.id)))


@pytest.fixture
def driver(app: Flask) -> CarpoolMember:
    return a_colleague(make_desk("Denain"), is_woman=True)


@pytest.fixture
def rider(driver: CarpoolMember) -> CarpoolMember:
    return a_member(make_person())


def test_a_request_meets_an_offer_both_ways_and_says_why(driver: CarpoolMember, rider: CarpoolMember) -> None:
    offer = an_offer(driver, price_per_km_cents=10)
    request = a_request(rider, max_walk_metres=800)
    looked = propose_matches(request_id=request.id, now=NOW)
    (match,) = proposed()
    assert looked.new == (match.id,)
    assert (match.offer_id, match.request_id, match.state) == (offer.id, request.id, MatchState.PROPOSED)
    assert match.there
    assert match.back
    # Monday to Friday over eight weeks, but for two public holidays.
    assert match.days == {"asked": 38, "shared": 38, "ways_asked": 76, "ways_shared": 76}
    for way in ("there", "back"):
        leg = match.legs[way]
        assert 0 <= leg["detour_seconds"] <= 600
        assert leg["trip_metres"] >= leg["metres"] > 1000
        assert leg["pickup_minutes"] < leg["dropoff_minutes"]
    assert match.legs["there"]["dropoff_minutes"] <= 0 <= match.legs["back"]["pickup_minutes"]
    assert match.contribution_cents > 0
    codes = {part["code"] for part in match.score["parts"]}
    assert codes == {"detour", "wait", "walk", "days", "cost", "trust"}
    assert match.score["total"] == sum(part["points"] for part in match.score["parts"])
    # Asked again, nothing is written twice.
    assert propose_matches(request_id=request.id, now=NOW).new == ()
    assert len(proposed()) == 1


def test_days_and_ways_are_those_that_both_make(driver: CarpoolMember, rider: CarpoolMember) -> None:
    an_offer(driver, pattern=week("5h-13h", "0134"))
    request = a_request(rider, pattern=week("5h-16h"))
    propose_matches(request_id=request.id, now=NOW)
    (match,) = proposed()
    assert match.there
    assert not match.back
    assert match.days == {"asked": 38, "shared": 30, "ways_asked": 76, "ways_shared": 30}


@pytest.mark.parametrize(
    ("offered", "asked", "of_driver", "of_rider"),
    [
        ({}, {"women_only": True}, {"is_woman": False}, {"is_woman": True}),
        ({"women_only": True}, {}, {"is_woman": True}, {"is_woman": None}),
        ({}, {}, {"smokes_in_car": True}, {}),
        ({"non_smoking": False}, {}, {}, {}),
        ({}, {"assistance_animal": True}, {}, {}),
        ({}, {"child_seats": 1}, {}, {}),
        ({}, {"luggage": Luggage.LARGE}, {}, {}),
        ({"seats": 1}, {"seats": 2}, {}, {}),
        ({"state": JourneyState.PAUSED}, {}, {}, {}),
        ({}, {"state": JourneyState.PAUSED}, {}, {}),
        ({}, {}, {"state": MemberState.PAUSED}, {}),
        ({}, {}, {}, {"state": MemberState.PAUSED}),
        ({"max_detour_minutes": 0, "origin_latitude": 50.3, "origin_longitude": 3.4}, {}, {}, {}),
    ],
)
def test_who_does_not_fit_is_left_out(
    app: Flask, offered: dict[str, Any], asked: dict[str, Any], of_driver: dict[str, Any], of_rider: dict[str, Any]
) -> None:
    an_offer(a_colleague(make_desk("Denain"), **of_driver), **offered)
    request = a_request(a_member(make_person(), **of_rider), **asked)
    assert propose_matches(request_id=request.id, now=NOW).fitting == 0
    assert proposed() == []


def test_protected_erased_and_restricted_files_are_out_of_bounds_on_both_sides(driver: CarpoolMember) -> None:
    person = make_person()
    member = a_member(person)
    offer, request = an_offer(member), a_request(member)
    an_offer(driver)
    a_request(a_member(make_person()))
    assert propose_matches(request_id=request.id, now=NOW).fitting == 1
    assert propose_matches(offer_id=offer.id, now=NOW).fitting == 1
    with transaction() as session:
        session.get_one(Person, person.id).protected = True
    propose_matches(request_id=request.id, now=NOW)
    propose_matches(offer_id=offer.id, now=NOW)
    # What was proposed before the file was protected goes as well.
    assert {match.state for match in proposed()} == {MatchState.EXPIRED}
    assert propose_matches(request_id=request.id, now=NOW).fitting == 0


def test_blocked_pairs_refused_ones_and_oneself_are_not_proposed(driver: CarpoolMember, rider: CarpoolMember) -> None:
    offer, request = an_offer(driver), a_request(rider)
    an_offer(rider)  # one's own
    with transaction() as session:
        block = CarpoolBlock(by_member_id=driver.id, other_member_id=rider.id, at=NOW)
        session.add(block)
    assert propose_matches(request_id=request.id, now=NOW).fitting == 0
    with transaction() as session:
        session.delete(session.merge(block))
    a_match(offer, request, state=MatchState.REFUSED, ended_at=NOW)
    assert propose_matches(request_id=request.id, now=NOW).fitting == 0
    assert len(proposed()) == 1


def test_what_nobody_answered_is_not_asked_again_for_weeks(driver: CarpoolMember, rider: CarpoolMember) -> None:
    offer, request = an_offer(driver), a_request(rider)
    a_match(offer, request, state=MatchState.EXPIRED, ended_at=NOW - timedelta(days=5))
    assert propose_matches(request_id=request.id, now=NOW).fitting == 0
    assert propose_matches(request_id=request.id, now=NOW + timedelta(days=56)).fitting == 1


def test_a_full_car_takes_nobody_on_the_days_on_which_it_is_full(driver: CarpoolMember, rider: CarpoolMember) -> None:
    offer = an_offer(driver, seats=1)
    other = a_request(a_member(make_person()), pattern=week("5h-13h", "012"))
    a_match(offer, other, state=MatchState.CONFIRMED)
    request = a_request(rider)
    propose_matches(request_id=request.id, now=NOW)
    (match,) = proposed(request_id=request.id)
    # Thursdays and Fridays remain, but for two public holidays on a Friday.
    assert match.days["shared"] == 14


def test_what_changed_is_brought_up_and_what_fits_no_more_expires(driver: CarpoolMember, rider: CarpoolMember) -> None:
    offer, request = an_offer(driver), a_request(rider)
    propose_matches(request_id=request.id, now=NOW)
    with transaction() as session:
        session.add(CarpoolException(offer_id=offer.id, day_on=date(2026, 11, 24), at=NOW))
    propose_matches(offer_id=offer.id, now=NOW)
    (match,) = proposed()
    assert match.days["shared"] == 37
    with transaction() as session:
        session.get_one(CarpoolOffer, offer.id).state = JourneyState.PAUSED
    propose_matches(offer_id=offer.id, now=NOW)
    (match,) = proposed()
    assert (match.state, match.ended_at) == (MatchState.EXPIRED, NOW)


def test_what_somebody_agreed_to_is_left_alone(driver: CarpoolMember, rider: CarpoolMember) -> None:
    offer, request = an_offer(driver), a_request(rider)
    match = a_match(offer, request, state=MatchState.PASSENGER_AGREED, passenger_agreed_at=NOW)
    propose_matches(request_id=request.id, now=NOW)
    propose_matches(offer_id=offer.id, now=NOW)
    (kept,) = proposed()
    assert (kept.id, kept.state, kept.score) == (match.id, MatchState.PASSENGER_AGREED, {"parts": []})


def test_five_stand_at_a_time_the_best_first(rider: CarpoolMember) -> None:
    desk = make_desk("Lille")
    offers = [an_offer(a_colleague(desk), price_per_km_cents=price) for price in (70, 60, 50, 40, 30, 20, 10)]
    request = a_request(rider)
    looked = propose_matches(request_id=request.id, now=NOW)
    assert looked.fitting == 7
    assert [match.offer_id for match in proposed()] == [offer.id for offer in reversed(offers[2:])]


def test_a_standing_request_hears_of_a_new_offer_at_once_and_once(driver: CarpoolMember, rider: CarpoolMember) -> None:
    request = a_request(rider, created_at=NOW, updated_at=NOW)
    assert jobs.run("carpool_look", now=NOW).ok
    assert proposed() == []
    an_offer(driver, created_at=NOW + timedelta(minutes=1), updated_at=NOW + timedelta(minutes=1))
    counts = look_again(now=NOW + timedelta(minutes=2))
    assert (counts["offers"], counts["requests"], counts["proposed"]) == (1, 0, 1)
    (message,) = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "carpool_found"))
    assert message.recipient_id == rider.recipient_id
    assert message.params["words"].startswith("Une conductrice ")
    assert message.params["words"].endswith("tous les jours")
    assert f"/mon-espace/covoiturage/demandes/{request.id}/propositions" in message.params["link"]
    later = look_again(now=NOW + timedelta(minutes=3))
    assert set(later.values()) == {0}
    # Days move on: both are looked at again the next day, and nobody is told twice.
    tomorrow = look_again(now=NOW + timedelta(days=1, minutes=5))
    assert (tomorrow["offers"], tomorrow["requests"], tomorrow["proposed"]) == (1, 1, 0)
    assert len(db.session.scalars(select(OutboxMessage)).all()) == 1


def test_nobody_is_named_in_what_is_kept(driver: CarpoolMember, rider: CarpoolMember) -> None:
    an_offer(driver)
    request = a_request(rider)
    propose_matches(request_id=request.id, now=NOW)
    (match,) = proposed()
    person = db.session.scalars(select(Person).join(CarpoolMember, CarpoolMember.person_id == Person.id)).one()
    kept = str((match.legs, match.days, match.score))
    assert "Lemaire" not in kept
    assert person.last_name not in kept
    assert db.session.scalars(select(CarpoolRequest.matched_at)).one() == NOW


@pytest.mark.parametrize("by_index", [False, True])
def test_a_search_asks_the_database_as_often_among_many_offers_as_among_few(
    rider: CarpoolMember, count_queries: Any, monkeypatch: pytest.MonkeyPatch, *, by_index: bool
) -> None:
    if by_index:
        monkeypatch.setattr(matching, "ASKED_ONE_BY_ONE", 0)
    desk = make_desk("Lille")
    request = a_request(rider)

    def more(number: int) -> int:
        """Add drivers, each with a passenger, by roster and by pattern; return how many queries a search asks."""
        ids = []
        for price in range(number):
            person = make_person(desk=desk)
            objective_id = an_objective(person.id, starts_on=NOW.date())
            a_roster(objective_id)
            roster = {"timing": Timing.ROSTER, "pattern": {}, "objective_id": objective_id}
            for offer in (an_offer(a_colleague(desk), price_per_km_cents=price), an_offer(a_member(person), **roster)):
                a_match(offer, a_request(a_member(make_person(desk=desk))), state=MatchState.CONFIRMED)
                ids.append(offer.id)
        indexing.index_offers(offer_ids=ids, now=NOW)
        with transaction() as session:
            session.execute(update(CarpoolOffer).values(matched_at=NOW + timedelta(days=2)))
        matching.seek(request_id=request.id, now=NOW)
        with count_queries() as seen:
            found = matching.seek(request_id=request.id, now=NOW)
        assert len(found.found[request.id].fitting) >= 2 * number
        return int(seen.total)

    few = more(1)
    assert more(7) == few


def test_what_stands_before_the_passenger_stays_though_five_are_better(rider: CarpoolMember) -> None:
    desk = make_desk("Lille")
    dear = an_offer(a_colleague(desk), price_per_km_cents=70)
    request = a_request(rider)
    propose_matches(request_id=request.id, now=NOW)
    for _ in range(6):
        an_offer(a_colleague(desk))
    propose_matches(request_id=request.id, now=NOW)
    found = proposed()
    assert len(found) == matching.MOST
    assert (found[0].offer_id, found[0].state) == (dear.id, MatchState.PROPOSED)


def test_a_proposal_that_the_search_did_not_know_of_yet_stays_where_it_fits(rider: CarpoolMember) -> None:
    desk = make_desk("Lille")
    dear = an_offer(a_colleague(desk), price_per_km_cents=70)
    for _ in range(matching.MOST):
        an_offer(a_colleague(desk))
    request = a_request(rider)
    seen = matching.seek(request_id=request.id, now=NOW)
    # While the roads are asked, a search from the driver's side proposes them.
    propose_matches(offer_id=dear.id, now=NOW)
    matching.write(seen)
    assert {match.state for match in proposed(offer_id=dear.id)} == {MatchState.PROPOSED}


def test_the_days_that_are_promised_are_those_on_which_places_are_made(
    driver: CarpoolMember, rider: CarpoolMember
) -> None:
    # On Thursdays and Fridays the driver begins half an hour later: near enough for the road to be asked, too late for
    # the one moment that is promised for every day.
    week_of_driver = Weekly((*[parse_hours("5h-13h")] * 3, *[parse_hours("5h40-13h40")] * 2, (), ()))
    offer = an_offer(driver, pattern=to_json(week_of_driver), early_minutes=20, late_minutes=20)
    request = a_request(rider, early_minutes=20, late_minutes=20)
    propose_matches(request_id=request.id, now=NOW)
    (match,) = proposed()
    assert 0 < match.days["ways_shared"] < match.days["ways_asked"]
    first_on, last_on = horizon(day_of(NOW))
    promised = planning.shared_legs(match, first_on=first_on, last_on=last_on)
    assert len(promised) == match.days["ways_shared"]
    for side in MatchSide:
        agreeing.accept(match_id=match.id, side=side, actor_id=None, now=NOW)
    rides = db.session.scalars(select(CarpoolRide)).all()
    within = {(leg.asked.shift_on, leg.asked.direction) for leg in promised}
    assert {(ride.shift_on, ride.direction) for ride in rides} <= within
    # On the days on which nobody rides, the seat is free for others.
    (candidate,) = candidates.open_offers(day_of(NOW), ids=[offer.id])
    taken = candidates.taken_seats([candidate], day_of(NOW))[offer.id]
    # (The search looks a day further on either side.)
    assert {key for key, seats in taken.items() if seats and first_on <= key[0] <= last_on} == within


def test_what_a_desk_ranks_by_is_a_dated_setting(rider: CarpoolMember) -> None:
    desk = make_desk("Lille")
    known = an_offer(
        a_colleague(desk, checked_at=NOW, checked_by_id=make_user(Role.MANAGER, desk_id=desk.id).id),
        price_per_km_cents=30,
    )
    cheap = an_offer(a_colleague(desk))
    request = a_request(rider)

    def best_first() -> list[int]:
        found = matching.seek(request_id=request.id, now=NOW).found[request.id]
        return [one.offer_id for one in found.proposals]

    assert best_first() == [cheap.id, known.id]
    # For this person's desk, papers that were seen weigh more than euros, from today on.
    make_value("carpool.rank_unchecked_minutes", 60, valid_from_on=day_of(NOW), desk_id=request.desk_id)
    make_value("carpool.rank_euro_minutes", 0, valid_from_on=day_of(NOW) + timedelta(days=1), desk_id=request.desk_id)
    assert best_first() == [known.id, cheap.id]
    assert parameters.ranking(on=day_of(NOW), desk_id=None) == Ranking()


def test_how_much_of_the_days_is_a_help_is_a_dated_setting(driver: CarpoolMember, rider: CarpoolMember) -> None:
    an_offer(driver, pattern=week("5h-13h", "01"))
    request = a_request(rider)
    assert propose_matches(request_id=request.id, now=NOW).fitting == 1
    make_value("carpool.rank_least_percent", 60, valid_from_on=day_of(NOW))
    assert propose_matches(request_id=request.id, now=NOW).fitting == 0
