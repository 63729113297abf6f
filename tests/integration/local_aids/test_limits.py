"""A shuttle that goes only so far, on some days, at some hours: the plan says why not, the calendar shows the gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.core.clock import day_of
from mobility.core.db import db, load, transaction
from mobility.diagnosis.barriers import Limits
from mobility.geo.geocoding import Precision
from mobility.local_aids import services
from mobility.local_aids.aid import AID
from mobility.local_aids.errors import EntryInvalid
from mobility.local_aids.models import LocalAid
from mobility.local_aids.rules import UseAction
from mobility.pathway.aid import Period
from mobility.pathway.models import Coverage, Objective
from mobility.pathway.plan.rules.options import Request
from mobility.pathway.rules import Direction
from mobility.people.models import Person
from tests.factories.pathway import MONDAY, NOW, a_roster
from tests.integration.local_aids.test_requests import a_request, an_entry
from tests.integration.pathway.planning_scene import PlanScene, a_plan

# The roster of the factories: from Monday to Friday, 5 h to 13 h.
LATE_MORNING: dict[str, Any] = {"serves_from": time(6, 30), "serves_until": time(20)}


@pytest.fixture
def scene(app: Flask) -> PlanScene:
    scene = a_plan()
    a_roster(scene.objective_id)
    return scene


def placed(scene: PlanScene, *, km: float) -> None:
    """Put the workplace so many kilometres north of home."""
    with transaction():
        for row, latitude in (
            (load(Person, scene.person_id), 50.3),
            (load(Objective, scene.objective_id), 50.3 + km / 111.2),
        ):
            row.latitude, row.longitude, row.position_precision = latitude, 3.4, Precision.HOUSE


def refused(scene: PlanScene) -> Sequence[str]:
    (option,) = AID.plan_options(
        person_id=scene.person_id, objective_id=scene.objective_id, request=Request(day_of(NOW), (), Limits()), now=NOW
    )
    return option.reasons


def carried() -> list[tuple[int, Direction]]:
    rows = db.session.execute(select(Coverage.shift_on, Coverage.direction)).all()
    return sorted({(day.weekday(), direction) for day, direction in rows})


def granted(scene: PlanScene, entry_id: int) -> int:
    _step_id, use_id = a_request(scene, entry_id)
    services.move(use_id=use_id, action=UseAction.GRANT, actor_id=None, now=NOW)
    return use_id


def test_a_place_too_far_is_refused_in_words_and_carries_nobody(scene: PlanScene) -> None:
    entry_id = an_entry(max_km=15)
    assert refused(scene) == ()
    placed(scene, km=22)
    assert refused(scene) == ("Le lieu est à 22 km à vol d’oiseau ; cette aide va jusqu’à 15 km.",)
    granted(scene, entry_id)
    assert carried() == []


def test_a_place_within_reach_is_carried(scene: PlanScene) -> None:
    placed(scene, km=10)
    granted(scene, an_entry(max_km=15))
    assert len(carried()) == 10


def test_only_the_journeys_of_its_days_and_hours_are_carried(scene: PlanScene) -> None:
    granted(scene, an_entry(serves_weekdays=[0, 2], **LATE_MORNING))
    assert carried() == [(0, Direction.BACK), (2, Direction.BACK)]
    assert refused(scene) == ()


def test_hours_that_meet_no_journey_are_a_reason(scene: PlanScene) -> None:
    an_entry(serves_weekdays=[5, 6])
    assert refused(scene) == ("Ne fonctionne pas aux heures de ces trajets (samedi, dimanche).",)


def test_an_offer_covers_what_it_serves_and_says_why_not(scene: PlanScene) -> None:
    entry_id = an_entry(delay_days=0, **LATE_MORNING)
    monday = datetime.combine(MONDAY, time(), NOW.tzinfo)
    period = Period(monday, monday + timedelta(days=7))

    def offer() -> Any:
        return AID.assess(person_id=scene.person_id, objective_id=scene.objective_id, period=period, now=NOW)

    with db_request():
        assert {key.direction for key in offer().covers} == {Direction.BACK}
        assert len(offer().covers) == 5
        services.write_entry(
            facts={"label": "Navette", "lifts": ["vehicle"], "serves_weekdays": [6], "valid_from_on": date(2026, 1, 1)},
            desk_id=None, actor_id=None, now=NOW, entry_id=entry_id,
        )  # fmt: skip
        assert "Ne fonctionne pas aux heures de ces trajets" in offer().reasons[0].text


def db_request() -> Any:
    from flask import current_app

    return current_app.test_request_context()


def test_half_an_hour_span_is_refused(app: Flask) -> None:
    with pytest.raises(EntryInvalid) as caught:
        an_entry(serves_from=time(7))
    assert caught.value.field == "serves_until"


@pytest.mark.parametrize(
    "values",
    [{"max_km": 0}, {"serves_from": time(7)}, {"carries": False, "max_km": 5}],
    ids=["reach", "hours", "still"],
)
def test_the_database_refuses_limits_of_nothing(app: Flask, values: dict[str, Any]) -> None:
    entry_id = an_entry()
    with pytest.raises(IntegrityError), transaction():
        row = load(LocalAid, entry_id)
        for name, value in values.items():
            setattr(row, name, value)
