"""Steps and the journeys that they cover."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from mobility.core.db import db
from mobility.core.errors import ForbiddenTransition, NotFound
from mobility.pathway import jobs, queries, services
from mobility.pathway.errors import StepOfAnother
from mobility.pathway.models import Step
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Weekly
from mobility.pathway.rules import StepState
from tests.factories.pathway import MONDAY, NOW, a_person, a_roster, a_step, an_objective
from tests.integration.pathway.acts import FRIDAY, TUESDAY, covered, means


def test_a_step_covers_every_leg_in_its_window(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id)
    assert covered(objective_id) == ["23 there", "23 back", "24 there", "24 back", "25 there", "25 back"]


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "expected"),
    [
        (datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 24, 8, tzinfo=UTC), ["23 back", "24 there"]),
        (datetime(2026, 11, 23, 4, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC), ["23 there", "23 back"]),
        (datetime(2026, 11, 28, 8, tzinfo=UTC), datetime(2026, 11, 29, 8, tzinfo=UTC), []),
        (None, datetime(2026, 11, 23, 12, tzinfo=UTC), ["23 there", "23 back"]),
    ],
)
def test_coverage_stops_at_the_edges_of_the_window(
    app: Flask, starts_at: datetime | None, ends_at: datetime, expected: list[str]
) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id, starts_at=starts_at, ends_at=ends_at)
    assert covered(objective_id) == expected


def test_the_way_back_of_a_night_is_covered_on_the_day_after(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id, Weekly((parse_hours("21h-5h"), (), (), (), (), (), ())))
    a_step(
        person_id,
        objective_id,
        starts_at=datetime(2026, 11, 24, 3, tzinfo=UTC),
        ends_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
    )
    assert covered(objective_id) == ["23 back"]


def test_a_step_without_end_covers_up_to_the_end_of_the_objective(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id, ends_on=TUESDAY)
    a_roster(objective_id)
    a_step(person_id, objective_id, ends_at=None)
    assert covered(objective_id) == ["23 there", "23 back", "24 there", "24 back"]


def test_the_nightly_job_moves_the_horizon_of_steps_without_end(app: Flask) -> None:
    person_id = a_person()
    endless, ended = an_objective(person_id), an_objective(person_id)
    for number, objective_id in enumerate((endless, ended)):
        a_roster(objective_id)
        a_step(person_id, objective_id, aid_ref=number, **({"ends_at": None} if objective_id == endless else {}))
    before, untouched = len(covered(endless)), covered(ended)
    assert jobs.extend_coverage(NOW + timedelta(days=7)) == {"objectives": 1}
    assert len(covered(endless)) == before + 10
    assert covered(ended) == untouched


@pytest.mark.parametrize(
    ("state", "carries"),
    [
        (StepState.PROPOSED, False),
        (StepState.AGREED, True),
        (StepState.ACTIVE, True),
        (StepState.DONE, True),
        (StepState.DROPPED, False),
    ],
)
def test_only_a_step_that_stands_carries(app: Flask, state: StepState, carries: bool) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id, state=state)
    assert bool(covered(objective_id)) is carries


def test_an_aid_that_does_not_carry_writes_no_coverage(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id, covers=False)
    assert covered(objective_id) == []


def test_putting_a_step_again_moves_it_and_its_coverage(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    first = a_step(person_id, objective_id)
    again = a_step(
        person_id, objective_id, state=StepState.ACTIVE, ends_at=datetime(2026, 11, 23, 16, tzinfo=UTC), title="Vélo"
    )
    assert first == again
    assert covered(objective_id) == ["23 there", "23 back"]
    step = db.session.get_one(Step, first)
    assert (step.title, step.state) == ("Vélo", StepState.ACTIVE)


def test_a_step_may_leave_its_objective(app: Flask) -> None:
    person_id = a_person()
    one, two = an_objective(person_id), an_objective(person_id)
    a_roster(one)
    a_roster(two)
    a_step(person_id, one)
    a_step(person_id, two)
    assert covered(one) == []
    assert len(covered(two)) == 6
    a_step(person_id, None)
    assert covered(two) == []


def test_dropping_a_step_takes_its_coverage_away_once(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id)
    for _ in range(2):
        services.drop_step(aid_kind="test_aid", aid_ref=1, now=NOW)
    services.drop_step(aid_kind="test_aid", aid_ref=404, now=NOW)
    assert covered(objective_id) == []


def test_a_step_that_is_done_is_not_dropped(app: Flask) -> None:
    person_id = a_person()
    a_step(person_id, None, state=StepState.AGREED)
    a_step(person_id, None, state=StepState.DONE)
    with pytest.raises(ForbiddenTransition):
        services.drop_step(aid_kind="test_aid", aid_ref=1, now=NOW)


def test_a_step_stays_with_its_person(app: Flask) -> None:
    one, other = a_person(), a_person()
    others_objective = an_objective(other)
    a_step(one, None)
    with pytest.raises(StepOfAnother):
        a_step(other, None)
    with pytest.raises(StepOfAnother):
        a_step(one, others_objective, aid_ref=2)
    with pytest.raises(NotFound):
        a_step(one, 999_999, aid_ref=3)


def test_reading_coverage_makes_as_many_queries_for_one_as_for_many(app: Flask, count_queries: Any) -> None:
    person_id = a_person()
    for number in range(5):
        objective_id = an_objective(person_id)
        a_roster(objective_id)
        means(objective_id)
        for ref in range(4):
            a_step(person_id, objective_id, aid_ref=number * 10 + ref)
    with count_queries() as seen:
        objectives = queries.list_objectives(person_id)
        ids = [row.id for row in objectives]
        found = queries.carriers_of(ids, from_on=MONDAY, until_on=FRIDAY, icons={})
        legs = [leg for row in objectives for leg in queries.objective_legs(row, from_on=MONDAY, until_on=FRIDAY)]
    assert seen.total == 4
    assert len(found) == 5 * 6
    assert len(legs) == 5 * 10
