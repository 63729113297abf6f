"""Local aids: the catalogue, requests to partners, and the pathway that follows them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.core.db import db, transaction
from mobility.core.errors import ForbiddenTransition, StaleVersion
from mobility.local_aids import lifecycle, queries, services
from mobility.local_aids.aid import AID
from mobility.local_aids.errors import EntryGone, EntryInvalid, ReasonMissing
from mobility.local_aids.models import LocalAid, LocalAidUse
from mobility.local_aids.rules import LicenceRule, UseAction, UseState
from mobility.pathway.aid import menu_of
from mobility.pathway.models import Coverage, Step
from mobility.pathway.plan.rules.terms import Doer, StepKind
from mobility.pathway.rules import StepState
from mobility.people.models import Person
from tests.factories.pathway import MONDAY, NOW, a_person, a_roster
from tests.integration.pathway.planning_scene import PlanScene, a_plan

SHUTTLE: dict[str, Any] = {
    "label": "Navette",
    "lifts": ["vehicle", "territory"],
    "carries": True,
    "delay_days": 2,
    "duration_days": 30,
    "person_monthly_cents": 2000,
    "valid_from_on": date(2026, 1, 1),
}


def an_entry(**values: Any) -> int:
    desk_id = values.pop("desk_id", None)
    return services.write_entry(facts={**SHUTTLE, **values}, desk_id=desk_id, actor_id=None, now=NOW)


def a_request(scene: PlanScene, entry_id: int) -> tuple[int, int]:
    step_id = scene.step(
        "Navette",
        kind=StepKind.AID,
        aid_kind="local_aid",
        option_key=str(entry_id),
        doer=Doer.ADVISER,
        planned_from_on=MONDAY,
    )
    return step_id, AID.open(step_id=step_id, actor_id=None, now=NOW)


def legs() -> int:
    return len(db.session.scalars(select(Coverage.id)).all())


def test_the_pathway_follows_a_request_and_carries_only_once_granted(app: Flask) -> None:
    scene = a_plan()
    a_roster(scene.objective_id)
    step_id, use_id = a_request(scene, an_entry())
    assert (scene.of(step_id).state, scene.of(step_id).aid_ref, legs()) == (StepState.AGREED, use_id, 0)
    services.move(use_id=use_id, action=UseAction.GRANT, actor_id=None, now=NOW)
    assert legs() > 10
    services.move(use_id=use_id, action=UseAction.BEGIN, actor_id=None, now=NOW)
    assert scene.of(step_id).state is StepState.ACTIVE
    services.move(use_id=use_id, action=UseAction.FINISH, actor_id=None, now=NOW + timedelta(days=9))
    assert scene.of(step_id).state is StepState.DONE
    assert queries.get_use(use_id)[0].state is UseState.DONE


def test_a_refusal_says_why_and_takes_the_journeys_away(app: Flask) -> None:
    scene = a_plan()
    a_roster(scene.objective_id)
    step_id, use_id = a_request(scene, an_entry())
    with pytest.raises(ReasonMissing):
        services.move(use_id=use_id, action=UseAction.REFUSE, reason=" ", actor_id=None, now=NOW)
    services.move(use_id=use_id, action=UseAction.REFUSE, reason="Plus de place", actor_id=None, now=NOW)
    assert (scene.of(step_id).state, legs()) == (StepState.DROPPED, 0)
    with pytest.raises(ForbiddenTransition):
        services.move(use_id=use_id, action=UseAction.GRANT, actor_id=None, now=NOW)


def test_whoever_looked_at_an_older_state_is_told(app: Flask) -> None:
    scene = a_plan()
    _step_id, use_id = a_request(scene, an_entry())
    seen = queries.get_use(use_id)[0].version
    services.move(use_id=use_id, action=UseAction.GRANT, version=seen, actor_id=None, now=NOW)
    with pytest.raises(StaleVersion):
        services.move(use_id=use_id, action=UseAction.BEGIN, version=seen, actor_id=None, now=NOW)


def test_an_entry_that_is_gone_is_not_asked_for(app: Flask) -> None:
    scene = a_plan()
    with pytest.raises(EntryGone):
        a_request(scene, 404)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"label": ""}, "label"),
        ({"lifts": []}, "lifts"),
        ({"lifts": ["rien"]}, "lifts"),
        ({"min_age": 30, "max_age": 20}, "max_age"),
        ({"valid_until_on": date(2025, 1, 1)}, "valid_until_on"),
    ],
)
def test_an_entry_that_does_not_hold_together_is_refused(app: Flask, values: dict[str, Any], field: str) -> None:
    with pytest.raises(EntryInvalid) as caught:
        an_entry(**values)
    assert caught.value.field == field


def test_two_entries_of_one_name_and_day_are_refused(app: Flask) -> None:
    an_entry()
    with pytest.raises(EntryInvalid, match="porte déjà ce nom"):
        an_entry()


def test_the_usual_entries_are_written_once(app: Flask) -> None:
    first = services.write_defaults(valid_from_on=MONDAY, actor_id=None, now=NOW)
    assert first == len(services.read_defaults())
    assert services.write_defaults(valid_from_on=MONDAY, actor_id=None, now=NOW) == 0


def test_the_menu_of_a_plan_shows_what_is_in_force_at_the_desk(app: Flask) -> None:
    person = db.session.get_one(Person, a_person())
    desk_id = person.desk_id
    here = an_entry(label="Ici", desk_id=desk_id)
    an_entry(label="Finie", valid_until_on=date(2026, 2, 1))
    an_entry(label="D’une aide qui a sa maison", family="loan")
    assert [(kind, key) for kind, key, _label in menu_of(desk_id=desk_id, on=MONDAY) if kind == "local_aid"] == [
        ("local_aid", str(here))
    ]


def test_a_merge_and_an_erasure_keep_the_counts(app: Flask) -> None:
    scene = a_plan()
    _step_id, use_id = a_request(scene, an_entry())
    services.move(use_id=use_id, action=UseAction.REFUSE, reason="Dit par Mme Martin", actor_id=None, now=NOW)
    kept = a_person()
    lifecycle.merge(kept_id=kept, merged_id=scene.person_id, now=NOW)
    db.session.expire_all()
    assert queries.person_of_use(use_id) == kept
    (export,) = lifecycle.export(person_id=kept)
    assert export.rows[0]["state"] == "Refusée par le partenaire"
    lifecycle.erase(person_id=kept, now=NOW)
    db.session.expire_all()
    assert queries.get_use(use_id)[0].reason == "Effacé"


BREACHES: list[tuple[str, dict[str, Any]]] = [
    ("no name", {"label": ""}),
    ("a delay of years", {"delay_days": 9999}),
    ("no duration", {"duration_days": 0}),
    ("a gift of money", {"person_once_cents": -1}),
    ("ages turned round", {"min_age": 9, "max_age": 8}),
    ("a period that runs backwards", {"valid_until_on": date(2025, 1, 1)}),
]


@pytest.mark.parametrize("values", [case[1] for case in BREACHES], ids=[case[0] for case in BREACHES])
def test_the_database_refuses_what_must_never_be(app: Flask, values: dict[str, Any]) -> None:
    facts = {**SHUTTLE, "licence": LicenceRule.ANY, "updated_at": NOW, **values}
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(LocalAid(**facts))


def test_a_refusal_without_reason_is_refused_by_the_database_too(app: Flask) -> None:
    scene = a_plan()
    use = LocalAidUse(
        local_aid_id=an_entry(), person_id=scene.person_id, state=UseState.REFUSED, starts_on=MONDAY, asked_at=NOW,
        updated_at=NOW,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(use)
    assert db.session.scalars(select(Step).where(Step.aid_kind == "local_aid")).all() == []
