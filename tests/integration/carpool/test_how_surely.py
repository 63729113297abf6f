"""How surely a carpool carries: a place that is held is booked, a day that was only agreed is likely."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from mobility.accounts.policy import Role
from mobility.carpool.services import cancelling, planning
from mobility.core.db import end_read
from mobility.pathway import queries, trying
from mobility.pathway.coverage import Certainty, DayState
from mobility.pathway.journeys import JourneyRow, journeys_of
from tests.factories.accounts import make_user, signed_in
from tests.integration.carpool.test_cancelling import EVENING, first_ride
from tests.integration.carpool.worlds import MONDAY, NOW, World, a_world
from tests.integration.pathway.pages import text

# Places are held four weeks ahead: nobody holds one yet in the sixth.
FAR = MONDAY + timedelta(weeks=6)


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """Both said yes on Sunday at noon: the week to try has begun."""
    with time_machine.travel(NOW, tick=False):
        world = a_world()
        world.agree()
        end_read()
        yield world


def rows_of(app: Flask, world: World, start: date) -> list[JourneyRow]:
    """The journeys of a week as their page shows them."""
    end_read()
    with app.test_request_context():
        found = journeys_of(world.objective_id, person_id=world.passenger.person_id or 0, now=NOW, start=start, weeks=1)
    return list(found.rows)


def said(rows: list[JourneyRow]) -> set[str]:
    return {row.certainty for row in rows}


def test_a_place_that_is_held_is_booked_and_an_agreed_day_further_ahead_is_not_yet(app: Flask, world: World) -> None:
    near, far = rows_of(app, world, MONDAY), rows_of(app, world, FAR)
    assert (len(near), said(near)) == (5, {"Réservé"})
    assert said(far) == {"Convenu, pas réservé"}
    assert {row.day.state for row in far} == {DayState.COVERED}, "it carries all the same"
    planning.roll(now=NOW + timedelta(weeks=5))
    assert said(rows_of(app, world, FAR)) == {"Réservé"}, "the place is held by now"


def test_a_day_that_is_called_off_is_neither(app: Flask, world: World) -> None:
    cancelling.cancel_trip(trip_id=first_ride(world).trip_id, actor_id=None, now=EVENING)
    monday, *others = rows_of(app, world, MONDAY)
    assert (monday.day.state, monday.there, monday.certainty) == (DayState.PARTLY, "", "")
    assert said(others) == {"Réservé"}


def test_the_calendar_and_the_day_by_day_page_say_so_to_staff_and_person(app: Flask, world: World) -> None:
    person = world.passenger.person_id
    staff = signed_in(app, make_user(Role.ADVISER, desk_id=world.desk.id))
    own = signed_in(app, make_user(person_id=person, recipient_id=world.passenger.recipient_id))
    for browser, address in ((staff, "/objectifs"), (own, "/mon-espace/objectifs")):
        near = text(browser.get(f"{address}/{world.objective_id}/trajets?du={MONDAY.isoformat()}"))
        far = text(browser.get(f"{address}/{world.objective_id}/trajets?du={FAR.isoformat()}"))
        assert "Réservé" in near
        assert "Convenu, pas réservé" in far
        assert "<span>Prévu</span>" in far


def test_what_if_grades_as_the_calendar_does(app: Flask, world: World) -> None:
    objective = queries.get_objective(world.objective_id)
    steps = trying.list_carrying(objective.id, now=NOW)
    trial = trying.Trial(added_from_on=date(2028, 1, 3), added_until_on=date(2028, 1, 3))
    with app.test_request_context():
        days = {day.day_on: day for day in trying.try_out(objective, steps, trial, now=NOW).outcome.before}
    assert days[MONDAY].certainty is Certainty.CONFIRMED
    assert days[FAR].certainty is Certainty.AGREED


def test_the_grades_of_many_requests_are_asked_at_once(app: Flask, world: World, count_queries: Any) -> None:
    ids = [world.objective_id]

    def asked() -> int:
        end_read()
        with count_queries() as seen:
            queries.carriers_of(ids, from_on=MONDAY, until_on=FAR, icons={}, graded=True)
        return int(seen.total)

    assert asked() == 2
    _member, request, match = world.another(first_name="Karim")
    world.agree(match)
    ids.append(request.objective_id or 0)
    assert asked() == 2
