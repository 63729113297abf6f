"""What passengers give is part of what their journeys cost: by day, by month, and ahead of the places held."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from mobility.carpool.models import CarpoolMatch, CarpoolRide
from mobility.carpool.services import cancelling
from mobility.core.db import db, end_read, transaction
from mobility.pathway import hooks, queries
from mobility.pathway.costs import Cost, by_day
from mobility.pathway.coverage import LegKey
from mobility.pathway.journeys import journeys_of
from mobility.pathway.rules import Direction
from tests.factories.pathway import a_step
from tests.integration.carpool.test_cancelling import EVENING, first_ride
from tests.integration.carpool.worlds import MONDAY, NOW, World, a_world

A_LEG = 45
FAR = MONDAY + timedelta(weeks=10)


@pytest.fixture
def world(app: Flask) -> World:
    """Nadia rides with Sophie both ways, from Monday to Friday."""
    world = a_world()
    with transaction() as session:
        session.execute(update(CarpoolMatch).values(contribution_cents=A_LEG))
    world.agree()
    end_read()
    return world


def _days(world: World) -> dict[object, Cost]:
    return dict(by_day(queries.step_costs([world.objective_id]).get(world.objective_id, [])))


def test_a_seat_in_a_car_costs_its_share_on_its_day_near_and_far(world: World) -> None:
    days = _days(world)
    assert days[MONDAY] == Cost(2 * A_LEG)
    # No place is held in ten weeks: what was agreed is what it will cost.
    assert db.session.scalar(select(CarpoolRide.id).where(CarpoolRide.shift_on == FAR)) is None
    assert days[FAR] == Cost(2 * A_LEG)
    assert MONDAY + timedelta(days=5) not in days


def test_the_share_that_is_really_paid_counts_not_what_was_asked(world: World) -> None:
    with transaction() as session:
        session.execute(update(CarpoolRide).where(CarpoolRide.shift_on == MONDAY).values(contribution_cents=30))
    assert _days(world)[MONDAY] == Cost(60)


def test_what_is_agreed_never_counts_above_what_the_journey_costs(world: World) -> None:
    with transaction() as session:
        session.execute(update(CarpoolMatch).values(contribution_cents=99_999))
    # 12 km of a car of 5 CV at 0.636 € a kilometre, each way.
    assert _days(world)[FAR] == Cost(2 * 763)


def test_a_day_without_the_driver_costs_nothing(world: World) -> None:
    cancelling.cancel_trip(trip_id=first_ride(world).trip_id, actor_id=None, now=EVENING)
    end_read()
    days = _days(world)
    assert days[MONDAY] == Cost(A_LEG), "the way back is still made"
    assert days[MONDAY + timedelta(days=1)] == Cost(2 * A_LEG)


def test_the_page_of_journeys_adds_it_up_by_day_and_month_beside_a_loan(world: World) -> None:
    person_id = world.passenger.person_id or 0
    a_step(person_id, world.objective_id, 77, cost_cents=900, funder_cents=3000)
    found = journeys_of(world.objective_id, person_id=person_id, now=NOW, start=MONDAY, weeks=1)
    carried = [row for row in found.rows if row.cost.total_cents]
    assert [row.cost.person_cents - 2 * A_LEG for row in carried[:3]] == [300, 300, 300]
    assert [row.cost for row in carried[3:]] == [Cost(2 * A_LEG), Cost(2 * A_LEG)]
    [month] = found.months
    assert month.cost == Cost(900 + 5 * 2 * A_LEG, 3000)


def test_it_takes_the_same_number_of_queries_for_one_passenger_or_many(world: World, count_queries: Any) -> None:
    with count_queries() as one:
        queries.step_costs([world.objective_id])
    ids = [world.objective_id]
    for name in ("Lina", "Omar"):
        _member, request, match = world.another(first_name=name)
        world.agree(match)
        assert request.objective_id is not None
        ids.append(request.objective_id)
    end_read()
    with count_queries() as three:
        costs = queries.step_costs(ids)
    assert set(costs) == set(ids)
    assert three.total == one.total


def test_an_aid_that_is_paid_as_a_whole_has_no_price_for_a_leg() -> None:
    key = LegKey(1, MONDAY, Direction.THERE)
    assert hooks.day_prices("loan", {1: [key]}) == {}
    assert hooks.day_prices("carpool", {}) == {}
    assert "carpool" in hooks.priced_kinds()
