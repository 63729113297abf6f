"""From a proposal to a carpool: both say yes, places are held, the pathway follows, and it can stop at any time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from mobility.carpool.errors import NoDayShared, NoSeatLeft, NotForEachOther, WayMissing
from mobility.carpool.kinds import JourneyState, MatchState, RideState
from mobility.carpool.models import CarpoolBlock, CarpoolEvent, CarpoolMatch, CarpoolOffer, CarpoolRide, CarpoolTrip
from mobility.carpool.services import agreeing, complaints, following, planning
from mobility.carpool.states import MatchAction, Side
from mobility.core.db import db, end_read, load, transaction
from mobility.core.errors import ForbiddenTransition
from mobility.notifications.models import OutboxMessage
from mobility.pathway import queries as pathway
from mobility.pathway.models import Coverage, Step
from mobility.pathway.rules import Direction, StepState
from tests.integration.carpool.worlds import LEGS, MONDAY, NOW, PICKUP, World, a_world


@pytest.fixture
def world(app: Flask) -> World:
    """A driver and somebody who could ride with her."""
    return a_world()


def _rides(match_id: int, *states: RideState) -> int:
    end_read()
    wanted = states or tuple(RideState)
    query = select(func.count()).where(CarpoolRide.match_id == match_id, CarpoolRide.state.in_(wanted))
    return db.session.scalar(query) or 0


def _covered(world: World) -> set[tuple[date, Direction]]:
    end_read()
    rows = db.session.execute(select(Coverage.shift_on, Coverage.direction))
    return {(row.shift_on, row.direction) for row in rows}


def _messages(template: str) -> list[OutboxMessage]:
    end_read()
    query = select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id)
    return list(db.session.scalars(query))


def test_one_yes_asks_the_other_side_and_holds_nothing(world: World) -> None:
    agreeing.accept(match_id=world.match.id, side=Side.PASSENGER, actor_id=None, now=NOW)
    assert load(CarpoolMatch, world.match.id).state is MatchState.PASSENGER_AGREED
    assert _rides(world.match.id) == 0
    [asked] = _messages("carpool_asked")
    assert asked.recipient_id == world.driver.recipient_id
    assert "Nadia" not in str(asked.params)
    assert "Raismes" not in str(asked.params)


def test_two_yes_begin_a_trial_with_places_for_four_weeks(world: World) -> None:
    world.agree()
    match = load(CarpoolMatch, world.match.id)
    assert (match.state, match.starts_on, match.trial_until_on) == (MatchState.TRIAL, MONDAY, date(2026, 11, 30))
    # Twenty working days from Monday 23 November to Friday 18 December, there and back.
    assert _rides(match.id, RideState.PLANNED) == 40
    first = db.session.scalars(select(CarpoolRide).order_by(CarpoolRide.pickup_at)).first()
    assert first is not None
    assert (first.pickup_at, first.pickup_label, first.contribution_cents) == (PICKUP, "Mairie de Raismes", 45)
    trip = load(CarpoolTrip, first.trip_id)
    assert (trip.cost_cents, trip.metres, trip.seats) == (763, 12000, 3)


def test_both_are_told_of_each_other_only_then(world: World) -> None:
    world.agree()
    agreed = {row.recipient_id: row.params for row in _messages("carpool_agreed")}
    to_driver, to_passenger = agreed[world.driver.recipient_id], agreed[world.passenger.recipient_id]
    assert (to_driver["other"], to_driver["other_phone"], to_driver["drives"]) == ("Nadia Benali", "+33622222222", True)
    assert (to_passenger["other"], to_passenger["other_phone"]) == ("Sophie Lemaire", "+33611111111")
    assert to_passenger["where"] == "Mairie de Raismes"
    assert "4\u00a0h\u00a012" in to_passenger["when"] or "4 h 12" in to_passenger["when"]


def test_the_pathway_sees_the_days_carried_by_one_step(world: World) -> None:
    world.agree()
    [step] = db.session.scalars(select(Step)).all()
    assert (step.aid_kind, step.aid_ref, step.state) == ("carpool", world.request.id, StepState.ACTIVE)
    legs = pathway.legs_of(world.objective_id, from_on=MONDAY, until_on=MONDAY + timedelta(days=60))
    covered = _covered(world)
    assert {(leg.key.shift_on, leg.key.direction) for leg in legs} <= covered


def test_the_last_seat_goes_to_one_and_the_other_is_told_in_a_sentence(app: Flask) -> None:
    world = a_world(seats=1)
    _member, _request, second = world.another(first_name="Awa")
    world.agree()
    agreeing.accept(match_id=second.id, side=Side.DRIVER, actor_id=None, now=NOW)
    with pytest.raises(NoSeatLeft):
        agreeing.accept(match_id=second.id, side=Side.PASSENGER, actor_id=None, now=NOW)
    end_read()
    assert load(CarpoolMatch, second.id).state is MatchState.DRIVER_AGREED
    assert _rides(second.id) == 0


def test_contributions_of_a_full_car_never_exceed_its_cost(app: Flask) -> None:
    world = a_world(seats=3, price_per_km_cents=50)
    world.agree()
    for name in ("Awa", "Lina"):
        world.agree(world.another(first_name=name)[2])
    for trip in db.session.scalars(select(CarpoolTrip)).all():
        rides = db.session.scalars(select(CarpoolRide).where(CarpoolRide.trip_id == trip.id)).all()
        given = [ride.contribution_cents for ride in rides]
        assert len(given) == 3
        # The whole way is measured on the road once several ride: it costs more than the first match says.
        assert sum(given) <= trip.cost_cents
        assert trip.cost_cents >= 763


def test_a_match_that_was_refused_is_over_and_calls_its_question_back(world: World) -> None:
    agreeing.accept(match_id=world.match.id, side=Side.DRIVER, actor_id=None, now=NOW)
    agreeing.move(match_id=world.match.id, action=MatchAction.REFUSE, side=Side.PASSENGER, actor_id=None, now=NOW, reason="Trop tôt")  # fmt: skip
    match = load(CarpoolMatch, world.match.id)
    assert (match.state, match.ended_at, match.end_reason) == (MatchState.REFUSED, NOW, "Trop tôt")
    assert [row.state.value for row in _messages("carpool_asked")] == ["cancelled"]
    with pytest.raises(ForbiddenTransition):
        agreeing.accept(match_id=world.match.id, side=Side.PASSENGER, actor_id=None, now=NOW)


def test_a_pause_frees_the_places_and_uncovers_the_days_until_it_is_over(world: World) -> None:
    world.agree()
    agreeing.move(match_id=world.match.id, action=MatchAction.SUSPEND, side=Side.DRIVER, actor_id=None, now=NOW)
    assert _rides(world.match.id, RideState.PLANNED) == 0
    assert _covered(world) == set()
    [news] = _messages("carpool_news")
    assert news.recipient_id == world.passenger.recipient_id
    agreeing.move(match_id=world.match.id, action=MatchAction.RESUME, side=Side.DRIVER, actor_id=None, now=NOW)
    assert load(CarpoolMatch, world.match.id).state is MatchState.CONFIRMED
    assert _rides(world.match.id, RideState.PLANNED) == 40
    assert len(_covered(world)) > 40


def test_a_change_to_the_way_there_alone_uncovers_the_way_back(world: World) -> None:
    world.agree()
    agreeing.change(match_id=world.match.id, there=True, back=False, ends_on=None, side=None, actor_id=None, now=NOW)
    assert _rides(world.match.id, RideState.PLANNED) == 20
    assert {direction for _day, direction in _covered(world)} == {Direction.THERE}
    assert len(_messages("carpool_news")) == 2


@pytest.mark.parametrize(("there", "back"), [(False, False), (True, True)])
def test_a_change_keeps_to_the_ways_that_were_worked_out(app: Flask, there: bool, back: bool) -> None:
    world = a_world()
    with transaction():
        match = load(CarpoolMatch, world.match.id)
        match.legs, match.back = {"there": LEGS["there"]}, False
    world.agree()
    with pytest.raises(WayMissing):
        agreeing.change(
            match_id=world.match.id, there=there, back=back, ends_on=None, side=None, actor_id=None, now=NOW
        )


def test_an_end_frees_everything(world: World) -> None:
    world.agree()
    agreeing.move(match_id=world.match.id, action=MatchAction.END, side=Side.PASSENGER, actor_id=None, now=NOW)
    assert _rides(world.match.id, RideState.PLANNED) == 0
    assert _covered(world) == set()
    assert db.session.scalars(select(Step)).one().state is StepState.SUSPENDED


def test_a_trial_is_confirmed_when_its_week_is_over_and_an_old_proposal_expires(world: World) -> None:
    _member, _request, waiting = world.another()
    world.agree()
    later = NOW + timedelta(days=9)
    assert agreeing.confirm_tried(now=later) == {"ended": 0, "confirmed": 1}
    assert agreeing.expire_unanswered(now=later + timedelta(days=30)) == {"expired": 1}
    end_read()
    assert load(CarpoolMatch, world.match.id).state is MatchState.CONFIRMED
    assert load(CarpoolMatch, waiting.id).state is MatchState.EXPIRED
    assert agreeing.confirm_tried(now=later) == {"ended": 0, "confirmed": 0}


def test_a_carpool_ends_after_its_last_day(world: World) -> None:
    world.agree()
    agreeing.change(match_id=world.match.id, there=True, back=True, ends_on=MONDAY, side=None, actor_id=None, now=NOW)
    # On Tuesday the way home of a night that began on Monday is still to be made.
    assert agreeing.confirm_tried(now=NOW + timedelta(days=2)) == {"ended": 0, "confirmed": 0}
    assert agreeing.confirm_tried(now=NOW + timedelta(days=3)) == {"ended": 1, "confirmed": 0}


def test_the_horizon_moves_on_each_day(world: World) -> None:
    world.agree()
    assert planning.roll(now=NOW) == {"made": 0, "full": 0}
    assert planning.roll(now=NOW + timedelta(days=3))["made"] == 4


def test_whoever_is_blocked_or_closed_cannot_be_agreed_with(world: World) -> None:
    with transaction() as session:
        session.add(CarpoolBlock(by_member_id=world.passenger.id, other_member_id=world.driver.id, at=NOW))
    with pytest.raises(NotForEachOther):
        agreeing.accept(match_id=world.match.id, side=Side.DRIVER, actor_id=None, now=NOW)


def test_a_closed_offer_cannot_be_agreed_with(world: World) -> None:
    with transaction():
        offer = load(CarpoolOffer, world.offer.id)
        offer.state, offer.closed_at = JourneyState.CLOSED, NOW
    with pytest.raises(NotForEachOther):
        agreeing.accept(match_id=world.match.id, side=Side.PASSENGER, actor_id=None, now=NOW)


def test_two_who_share_no_day_cannot_begin(world: World) -> None:
    with transaction():
        load(CarpoolOffer, world.offer.id).ends_on = date(2026, 11, 23)
    agreeing.accept(match_id=world.match.id, side=Side.DRIVER, actor_id=None, now=NOW)
    with pytest.raises(NoDayShared):
        agreeing.accept(match_id=world.match.id, side=Side.PASSENGER, actor_id=None, now=NOW + timedelta(days=3))


def test_to_block_somebody_ends_what_one_shares_with_them_and_says_nothing_of_it(world: World) -> None:
    world.agree()
    complaints.block(match_id=world.match.id, side=Side.PASSENGER, actor_id=None, now=NOW)
    end_read()
    assert load(CarpoolMatch, world.match.id).state is MatchState.ENDED
    assert load(CarpoolMatch, world.match.id).end_reason == ""
    assert "bloqu" not in str([row.params for row in _messages("carpool_news")])
    complaints.block(match_id=world.match.id, side=Side.PASSENGER, actor_id=None, now=NOW)
    assert len(db.session.scalars(select(CarpoolBlock)).all()) == 1


def test_matches_follow_an_offer_that_is_paused_taken_up_and_closed(world: World) -> None:
    world.agree()
    facts = {"side": Side.DRIVER, "journey_ids": [world.offer.id], "actor_id": None, "now": NOW}
    assert following.suspend_matches(**facts) == 1
    assert following.resume_matches(**facts) == 1
    assert following.end_matches(**facts) == 1
    assert load(CarpoolMatch, world.match.id).state is MatchState.ENDED


def test_every_act_is_in_the_log_of_the_match(world: World) -> None:
    world.agree()
    rows = db.session.scalars(select(CarpoolEvent).order_by(CarpoolEvent.id)).all()
    assert [(row.action, row.to_state, row.by_member_id) for row in rows] == [
        ("driver_agrees", "driver_agreed", world.driver.id),
        ("passenger_agrees", "trial", world.passenger.id),
    ]
