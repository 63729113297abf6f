"""Objectives, rosters, steps and coverage on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts.models import AuditEntry, AuditValue
from mobility.core.db import db, transaction
from mobility.core.errors import ForbiddenTransition, NotFound, StaleVersion
from mobility.journal.models import JournalEntry
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.pathway import hooks, jobs, lifecycle, queries, services
from mobility.pathway.errors import (
    EmployerUnknown,
    MeansInvalid,
    NothingToConfirm,
    ObjectiveClosed,
    PeriodInvalid,
    StepOfAnother,
)
from mobility.pathway.models import Coverage, Objective, OwnMeans, Roster, Step
from mobility.pathway.patterns import parse_dates, parse_hours
from mobility.pathway.roster import Unknown, Weekly
from mobility.pathway.rules import (
    Direction,
    MeansKind,
    ObjectiveAction,
    ObjectiveKind,
    ObjectiveState,
    RosterKind,
    StepState,
)
from tests.factories.pathway import MONDAY, NOW, OFFICE, a_person, a_roster, a_step, an_objective

TUESDAY, WEDNESDAY, FRIDAY = MONDAY + timedelta(1), MONDAY + timedelta(2), MONDAY + timedelta(4)


def covered(objective_id: int) -> list[str]:
    rows = db.session.execute(
        select(Coverage.shift_on, Coverage.direction)
        .where(Coverage.objective_id == objective_id)
        .order_by(Coverage.shift_on, Coverage.direction.desc())
    )
    return [f"{day:%d} {direction.value}" for day, direction in rows]


def journal_kinds(person_id: int) -> list[str]:
    return list(
        db.session.scalars(
            select(JournalEntry.kind).where(JournalEntry.person_id == person_id).order_by(JournalEntry.id)
        )
    )


def edit(objective_id: int, **values: Any) -> None:
    facts: dict[str, Any] = {
        "version": None,
        "kind": ObjectiveKind.JOB,
        "title": "Cariste",
        "starts_on": MONDAY,
        "ends_on": None,
        "actor_id": None,
        "now": NOW,
    }
    services.edit_objective(objective_id=objective_id, **{**facts, **values})


@pytest.fixture
def heard() -> Iterator[list[hooks.ObjectiveMoved]]:
    events: list[hooks.ObjectiveMoved] = []
    hooks.on_objective_moved(events.append)
    yield events
    hooks.forget_listener(events.append)


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
        (StepState.OPEN, True),
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
    a_step(person_id, None, state=StepState.OPEN)
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


def test_a_new_roster_writes_the_coverage_anew_at_once(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id)
    a_roster(objective_id, Weekly(((), parse_hours("8h-12h"), (), (), (), (), ())))
    assert covered(objective_id) == ["24 there", "24 back"]


def test_a_mission_of_one_day_leaves_the_usual_weeks_around_it(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_roster(objective_id, parse_dates("24/11/2026 13h-21h"))
    rosters = queries.get_objective(objective_id).rosters
    assert [(row.kind, row.valid_from_on, row.valid_until_on) for row in rosters] == [
        (RosterKind.WEEKLY, MONDAY, MONDAY),
        (RosterKind.DATES, TUESDAY, TUESDAY),
        (RosterKind.WEEKLY, WEDNESDAY, None),
    ]


def test_moving_the_end_of_an_objective_tells_the_aids_and_cuts_the_coverage(
    app: Flask, heard: list[hooks.ObjectiveMoved]
) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id)
    edit(objective_id, ends_on=TUESDAY)
    assert covered(objective_id) == ["23 there", "23 back", "24 there", "24 back"]
    assert [(event.objective_id, event.ends_before_on, event.ends_on) for event in heard] == [
        (objective_id, None, TUESDAY)
    ]
    edit(objective_id, ends_on=TUESDAY, title="Autre titre")
    assert len(heard) == 1


def test_a_listener_that_refuses_refuses_the_whole(app: Flask) -> None:
    def refuse(_event: hooks.ObjectiveMoved) -> None:
        raise PeriodInvalid

    objective_id = an_objective(a_person())
    hooks.on_objective_moved(refuse)
    try:
        with pytest.raises(PeriodInvalid):
            edit(objective_id, ends_on=TUESDAY)
    finally:
        hooks.forget_listener(refuse)
    assert queries.get_objective(objective_id).ends_on is None


def test_a_dropped_objective_ends_today_and_needs_no_more_journeys(
    app: Flask, heard: list[hooks.ObjectiveMoved]
) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id)
    on_tuesday = datetime(2026, 11, 24, 18, tzinfo=UTC)
    services.change_objective_state(
        objective_id=objective_id, action=ObjectiveAction.DROP, version=None, actor_id=None, now=on_tuesday
    )
    assert covered(objective_id) == ["23 there", "23 back", "24 there", "24 back"]
    assert heard[0].ends_on == TUESDAY
    with pytest.raises(ObjectiveClosed):
        edit(objective_id)
    with pytest.raises(ObjectiveClosed):
        a_roster(objective_id)
    with pytest.raises(ObjectiveClosed):
        services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=NOW)
    with pytest.raises(ForbiddenTransition):
        services.change_objective_state(
            objective_id=objective_id, action=ObjectiveAction.REACH, version=None, actor_id=None, now=NOW
        )
    services.change_objective_state(
        objective_id=objective_id, action=ObjectiveAction.REOPEN, version=None, actor_id=None, now=NOW
    )
    assert queries.get_objective(objective_id).state is ObjectiveState.OPEN


def test_concurrent_edits_are_noticed(app: Flask) -> None:
    objective_id = an_objective(a_person())
    seen = queries.get_objective(objective_id).version
    edit(objective_id, version=seen, title="Le premier")
    with pytest.raises(StaleVersion):
        edit(objective_id, version=seen, title="Le second")
    with pytest.raises(StaleVersion):
        a_roster(objective_id, version=seen)
    assert queries.get_objective(objective_id).title == "Le premier"


def test_a_roster_that_was_set_meanwhile_is_noticed_even_within_the_same_instant(app: Flask) -> None:
    objective_id = an_objective(a_person())
    seen = queries.get_objective(objective_id).version
    a_roster(objective_id, version=seen)
    with pytest.raises(StaleVersion):
        a_roster(objective_id, Unknown(), version=seen)


def test_one_tap_says_again_that_nobody_knows(app: Flask) -> None:
    objective_id = an_objective(a_person())
    a_roster(objective_id, Unknown(14))
    later = NOW + timedelta(days=20)
    (row,) = queries.get_objective(objective_id).rosters
    assert queries.plan_of(row).needs_confirmation(later.date())
    for _ in range(2):
        until = services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=later)
    assert until == date(2026, 12, 26)
    (row,) = queries.get_objective(objective_id).rosters
    assert not queries.plan_of(row).needs_confirmation(later.date())
    person_id = queries.person_of_objective(objective_id)
    assert person_id is not None
    assert journal_kinds(person_id).count("pathway.roster_confirmed") == 1


def test_one_tap_on_an_objective_without_roster_writes_one_that_says_so(app: Flask) -> None:
    objective_id = an_objective(a_person())
    services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=NOW)
    (row,) = queries.get_objective(objective_id).rosters
    assert row.kind is RosterKind.UNKNOWN


def test_days_that_are_known_are_not_confirmed(app: Flask) -> None:
    objective_id = an_objective(a_person())
    a_roster(objective_id)
    with pytest.raises(NothingToConfirm):
        services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=NOW)


def means(objective_id: int, **values: Any) -> int:
    facts: dict[str, Any] = {
        "kind": MeansKind.BUS,
        "weekdays": [0, 1],
        "there": True,
        "back": True,
        "starts_on": MONDAY,
        "actor_id": None,
        "now": NOW,
    }
    return services.add_own_means(objective_id=objective_id, **{**facts, **values})


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"weekdays": []}, MeansInvalid, "weekdays"),
        ({"weekdays": [7]}, MeansInvalid, "weekdays"),
        ({"there": False, "back": False}, MeansInvalid, "directions"),
        ({"ends_on": MONDAY - timedelta(days=1)}, PeriodInvalid, "ends_on"),
        ({"starts_on": date(1900, 1, 1)}, PeriodInvalid, "starts_on"),
    ],
)
def test_own_means_that_carry_nobody_are_refused(
    app: Flask, values: dict[str, object], error: type[MeansInvalid], field: str
) -> None:
    objective_id = an_objective(a_person())
    with pytest.raises(error) as refusal:
        means(objective_id, **values)
    assert refusal.value.field == field


def test_own_means_are_added_and_taken_away(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    first = means(objective_id, note="Ligne 14, toutes les heures")
    assert services.remove_own_means(own_means_id=first, actor_id=None, now=NOW) == objective_id
    with pytest.raises(NotFound):
        services.remove_own_means(own_means_id=first, actor_id=None, now=NOW)
    assert journal_kinds(person_id) == ["pathway.objective_opened", "pathway.means_added", "pathway.means_removed"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": MONDAY - timedelta(days=1)}, "ends_on"),
        ({"ends_on": date(2099, 1, 1)}, "ends_on"),
        ({"starts_on": date(1226, 1, 1)}, "starts_on"),
    ],
)
def test_an_impossible_period_is_refused(app: Flask, values: dict[str, date], field: str) -> None:
    with pytest.raises(PeriodInvalid) as refusal:
        an_objective(a_person(), **values)
    assert refusal.value.field == field


def test_an_employer_is_chosen_from_the_list(app: Flask) -> None:
    person_id = a_person()
    with transaction() as session:
        employer = Organisation(kind=OrganisationKind.EMPLOYER, name="Usine d’Onnaing", search_key="usine")
        session.add(employer)
    objective_id = an_objective(person_id, employer_id=employer.id, employer_name=None, title=None)
    objective = queries.get_objective(objective_id)
    assert (objective.employer_name, objective.title) == ("Usine d’Onnaing", "Emploi – Usine d’Onnaing")
    assert queries.list_employers() == [(employer.id, "Usine d’Onnaing")]
    with transaction() as session:
        session.get_one(Organisation, employer.id).archived_at = NOW
    edit(objective_id, employer_id=employer.id)
    with pytest.raises(EmployerUnknown):
        an_objective(person_id, employer_id=employer.id)
    with pytest.raises(EmployerUnknown):
        an_objective(person_id, employer_id=999_999)


def test_every_change_is_in_the_audit_log_with_before_and_after(app: Flask) -> None:
    objective_id = an_objective(a_person(), title="Avant")
    edit(objective_id, title="Après")
    a_roster(objective_id)
    values = db.session.execute(
        select(AuditEntry.action, AuditValue.field, AuditValue.before, AuditValue.after)
        .join(AuditValue, AuditValue.entry_id == AuditEntry.id)
        .where(AuditEntry.subject_kind == "objective", AuditValue.field.in_(["title", "roster"]))
        .order_by(AuditValue.id)
    ).all()
    assert [tuple(row)[:3] for row in values] == [
        ("create", "title", None),
        ("update", "title", "Avant"),
        ("update", "roster", None),
    ]
    assert "Du lundi au vendredi" in values[2].after


BREACHES: list[tuple[str, Any]] = [
    ("an objective without title", lambda o, p: Objective(**_objective(p), title="")),
    ("an objective that runs backwards", lambda o, p: Objective(**_objective(p), title="x", ends_on=date(2020, 1, 1))),
    ("an objective closed while open", lambda o, p: Objective(**_objective(p), title="x", closed_at=NOW)),
    (
        "a reached objective that is not closed",
        lambda o, p: Objective(**_objective(p), title="x", state=ObjectiveState.REACHED),
    ),
    ("half a position", lambda o, p: Objective(**_objective(p), title="x", latitude=50.0)),
    ("a roster that runs backwards", lambda o, p: _roster(o, valid_until_on=date(2020, 1, 1))),
    ("two rosters from one day", lambda o, p: _roster(o)),
    ("means that carry no way", lambda o, p: _means(o, there=False, back=False)),
    ("means that run backwards", lambda o, p: _means(o, ends_on=date(2020, 1, 1))),
    ("a step without aid", lambda o, p: _step(p, aid_kind="")),
    ("an open step without its row", lambda o, p: _step(p, aid_ref=None)),
    ("a step of the same row", lambda o, p: _step(p, aid_ref=1)),
    ("a step that runs backwards", lambda o, p: _step(p, starts_at=NOW, ends_at=NOW - timedelta(hours=1))),
    ("a step that pays", lambda o, p: _step(p, cost_cents=-1)),
]


def _objective(person_id: int) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "kind": ObjectiveKind.JOB,
        "starts_on": MONDAY,
        "created_at": NOW,
        "updated_at": NOW,
    }


def _roster(objective_id: int, **values: Any) -> Roster:
    facts = {
        "objective_id": objective_id,
        "kind": RosterKind.UNKNOWN,
        "pattern": {},
        "valid_from_on": MONDAY,
        "confirmed_on": MONDAY,
    }
    return Roster(**{**facts, **values})


def _means(objective_id: int, **values: Any) -> OwnMeans:
    facts: dict[str, Any] = {"objective_id": objective_id, "kind": MeansKind.BUS, "weekdays": [0], "starts_on": MONDAY}
    return OwnMeans(**{**facts, **values})


def _step(person_id: int, **values: Any) -> Step:
    facts: dict[str, Any] = {
        "person_id": person_id,
        "aid_kind": "test_aid",
        "aid_ref": 2,
        "title": "x",
        "state": StepState.OPEN,
        "updated_at": NOW,
    }
    return Step(**{**facts, **values})


@pytest.mark.parametrize("make", [case[1] for case in BREACHES], ids=[case[0] for case in BREACHES])
def test_the_database_refuses_what_must_never_be(app: Flask, make: Any) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id, OFFICE)
    a_step(person_id, objective_id)
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(make(objective_id, person_id))


def test_a_leg_is_written_once_for_a_step(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    step_id = a_step(person_id, objective_id)
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(Coverage(step_id=step_id, objective_id=objective_id, shift_on=MONDAY, direction=Direction.THERE))


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


def test_a_merge_brings_objectives_and_steps(app: Flask) -> None:
    kept, merged = a_person(), a_person()
    objective_id = an_objective(merged)
    step_id = a_step(merged, objective_id)
    with transaction():
        lifecycle.merge(kept_id=kept, merged_id=merged, now=NOW)
    assert queries.person_of_objective(objective_id) == kept
    assert queries.person_of_step(step_id) == kept


def test_an_erasure_takes_words_and_places_and_keeps_the_counts(app: Flask) -> None:
    person_id, other = a_person(), a_person()
    objective_id = an_objective(person_id, street="3 rue du Bac", city="Onnaing", latitude=50.4, longitude=3.6)
    others = an_objective(other)
    a_roster(objective_id)
    means(objective_id, note="Avec Julie")
    a_step(person_id, objective_id)
    lifecycle.erase(person_id=person_id, now=NOW)
    lifecycle.erase(person_id=person_id, now=NOW)
    objective = queries.get_objective(objective_id)
    assert (objective.title, objective.employer_name, objective.street, objective.city) == ("Emploi", "", "", "")
    assert (objective.latitude, objective.own_means[0].note) == (None, "")
    assert len(covered(objective_id)) == 6
    assert queries.get_objective(others).employer_name


def test_the_export_tells_all_in_french(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    means(objective_id)
    a_step(person_id, objective_id)
    objectives, own, steps = list(lifecycle.export(person_id=person_id))
    assert objectives.rows[0]["hours"].startswith("Du lundi au vendredi")
    assert own.rows[0]["days"] == "lundi et mardi"
    assert steps.rows[0]["state"] == "Demandé"
    assert all(set(row) == set(export.columns) for export in (objectives, own, steps) for row in export.rows)
