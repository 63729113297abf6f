"""Carpooling as an aid: what it could carry, what stands against it, what steps in when a driver does not come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.carpool.aid import AID
from mobility.carpool.services import cancelling
from mobility.core.clock import end_of, start_of
from mobility.core.db import db, end_read, load
from mobility.core.errors import RuleViolation
from mobility.diagnosis.barriers import Limits
from mobility.notifications.models import OutboxMessage
from mobility.pathway import fallbacks, trying
from mobility.pathway import queries as pathway
from mobility.pathway.aid import Period
from mobility.pathway.coverage import DayState, LegKey
from mobility.pathway.jobs import warn_of_gaps
from mobility.pathway.models import Step
from mobility.pathway.plan.rules.options import Request
from mobility.pathway.rules import Direction, StepState
from mobility.pathway.trying import Trial
from mobility.people.kinds import ConsentKind, ConsentManner
from mobility.people.models import Person
from mobility.people.services import give_consent
from tests.factories.pathway import a_step, an_objective
from tests.factories.people import make_person
from tests.integration.carpool.test_cancelling import EVENING, first_ride
from tests.integration.carpool.worlds import MONDAY, NOW, World, a_world

WEEK = Period(start_of(MONDAY), end_of(MONDAY + timedelta(days=4)))


@pytest.fixture
def world(app: Flask) -> World:
    """A proposed match of somebody who said yes to carpooling."""
    world = a_world()
    give_consent(
        person_id=world.passenger.person_id or 0, kind=ConsentKind.CARPOOL_MATCHING, manner=ConsentManner.SPOKEN,
        actor_id=None, now=NOW,
    )  # fmt: skip
    return world


def _person(world: World) -> int:
    assert world.passenger.person_id is not None
    return world.passenger.person_id


def test_it_offers_the_days_that_a_driver_shares(app: Flask, world: World) -> None:
    with app.test_request_context():
        offer = AID.assess(person_id=_person(world), objective_id=world.objective_id, period=WEEK, now=NOW)
    assert offer.possible
    assert len(offer.covers) == 10
    assert offer.url == f"/covoiturage/demandes/{world.request.id}/trajets"


def test_without_consent_or_driver_it_says_what_is_missing(app: Flask, world: World) -> None:
    stranger = make_person(desk=world.desk)
    objective_id = an_objective(stranger.id)
    asked = AID.assess(person_id=stranger.id, objective_id=objective_id, period=WEEK, now=NOW)
    assert [reason.code for reason in asked.reasons] == ["consent"]
    give_consent(
        person_id=stranger.id, kind=ConsentKind.CARPOOL_MATCHING, manner=ConsentManner.SPOKEN, actor_id=None, now=NOW
    )
    alone = AID.assess(person_id=stranger.id, objective_id=objective_id, period=WEEK, now=NOW)
    assert [reason.code for reason in alone.reasons] == ["none"]


def test_a_driver_who_is_not_agreed_yet_steps_in_for_lost_legs(app: Flask, world: World) -> None:
    legs = [LegKey(world.objective_id, MONDAY, Direction.THERE)]
    with app.test_request_context():
        [offer] = AID.fallback(objective_id=world.objective_id, legs=legs, now=NOW)
        assert offer.covers == frozenset(legs)
        assert AID.fallback(objective_id=world.objective_id, legs=[], now=NOW) == []
        assert any(one.kind == "carpool" for one in fallbacks.offers_for(world.objective_id, legs, now=NOW))
        world.agree()
        assert AID.fallback(objective_id=world.objective_id, legs=legs, now=NOW) == []


def test_a_plan_can_name_it_and_its_step_becomes_the_request(app: Flask, world: World) -> None:
    assert AID.menu(desk_id=world.desk.id, on=MONDAY) == [("carpool", "Covoiturage")]
    [option] = AID.plan_options(
        person_id=_person(world), objective_id=world.objective_id,
        request=Request(today=MONDAY, needs=(), limits=Limits()), now=NOW,
    )  # fmt: skip
    assert (option.carries, option.reasons, option.ready_on) == (True, (), MONDAY + timedelta(days=2))
    step_id = a_step(
        _person(world), world.objective_id, None, aid_kind="carpool", title="Covoiturage", state=StepState.PROPOSED
    )
    assert AID.open(step_id=step_id, actor_id=None, now=NOW) == world.request.id
    world.agree()
    end_read()
    [step] = db.session.scalars(select(Step)).all()
    assert (step.id, step.state, step.aid_ref) == (step_id, StepState.ACTIVE, world.request.id)


def test_a_step_without_a_request_says_what_to_do_first(app: Flask, world: World) -> None:
    person = make_person(desk=world.desk)
    step_id = a_step(person.id, an_objective(person.id), None, aid_kind="carpool", state=StepState.PROPOSED)
    with pytest.raises(RuleViolation, match=r"."):
        AID.open(step_id=step_id, actor_id=None, now=NOW)


def test_a_drivers_absence_opens_a_gap_that_the_pathway_announces(app: Flask, world: World) -> None:
    world.agree()

    def days() -> dict[object, DayState]:
        end_read()
        objective = pathway.get_objective(world.objective_id)
        calendar = pathway.calendars([objective], from_on=MONDAY, until_on=MONDAY + timedelta(days=4), today=MONDAY)
        return {day.day_on: day.state for day in calendar[world.objective_id]}

    assert set(days().values()) == {DayState.COVERED}
    cancelling.cancel_trip(trip_id=first_ride(world).trip_id, actor_id=None, now=EVENING)
    assert days()[MONDAY] is DayState.PARTLY
    assert days()[MONDAY + timedelta(days=1)] is DayState.COVERED
    end_read()
    warn_of_gaps(EVENING)
    end_read()
    person = load(Person, _person(world))
    gaps = db.session.scalars(
        select(OutboxMessage).where(
            OutboxMessage.template == "pathway_gap", OutboxMessage.recipient_id == person.recipient_id
        )
    ).all()
    assert [message.params["what"] for message in gaps], "the pathway says the day that is lost"
    assert "lundi 23 novembre" in gaps[0].params["what"]


def test_what_if_counts_on_the_days_that_the_driver_really_makes(app: Flask, world: World) -> None:
    world.agree()
    cancelling.cancel_trip(trip_id=first_ride(world).trip_id, actor_id=None, now=EVENING)
    a_step(
        _person(world), world.objective_id, 77, title="Voiture", starts_at=start_of(MONDAY),
        ends_at=end_of(MONDAY + timedelta(days=1)),
    )  # fmt: skip
    end_read()
    objective = pathway.get_objective(world.objective_id)
    steps = trying.list_carrying(objective.id, now=EVENING)
    loan = next(step for step in steps if step.title == "Voiture")
    with app.test_request_context():
        answer = trying.try_out(objective, steps, Trial(loan.id, "remove"), now=EVENING)
    assert [day.day_on for day in answer.outcome.opened] == [MONDAY], "nobody drives there on that Monday"
    assert [leg.direction for leg in answer.outcome.lost] == [Direction.THERE]
