"""« Décomptes »: on demand, each person once, frozen for good, taken away without a formula."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from mobility.accounts.policy import Role
from mobility.core.db import db, transaction
from mobility.organisations.rules import OrganisationKind
from mobility.parameters.services import set_value
from mobility.participation import services
from mobility.participation.models import CountSnapshot, ParticipationAnswer
from mobility.participation.parameters import POSITIVE
from mobility.participation.queries import Wanted, count_people
from mobility.participation.rules.counts import By, Measure
from mobility.participation.rules.exits import Later, Outcome
from mobility.people import services as people
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import a_past_visit, paris
from tests.factories.desks import make_desk
from tests.factories.organisations import make_agreement, make_organisation
from tests.factories.participation import NOW, a_departure, a_participation
from tests.factories.people import make_person
from tests.integration.loans.pages import ok

pytestmark = pytest.mark.usefixtures("at_now")
TODAY = date(2026, 11, 24)
YEAR = {"first_on": date(2026, 1, 1), "last_on": TODAY}
USUAL = frozenset({Outcome.WORK, Outcome.TRAINING})


class Scene:
    """Two desks, a manager of the first, an operation, and people who came, entered and left."""

    def __init__(self) -> None:
        self.desk, self.other = make_desk("Denain"), make_desk("Caudry")
        self.desk_id = self.desk.id
        self.manager = make_user(Role.MANAGER, desk_id=self.desk.id, name="Marc Roussel")
        self.operation = make_agreement(make_organisation(OrganisationKind.FUNDER).id, name="FSE+ 2026", fse_plus=True)
        self.first = make_person("Amel", "Benali", desk=self.desk, insee_code="59172")
        self.second = make_person("Paul", "Carlier", desk=self.desk, insee_code="59172")
        elsewhere = make_person("Zoé", "Ailleurs", desk=self.other)
        entry = a_participation(self.first.id, self.operation.id, entered_on=date(2026, 3, 2))
        with transaction() as session:
            session.add(
                ParticipationAnswer(participation_id=entry.id, item="priority_district", value="yes", answered_at=NOW)
            )
        a_departure(self.first.id, left_on=date(2026, 5, 4), later=Later.WORK, later_at=NOW)
        a_departure(self.second.id, left_on=date(2026, 2, 1), returned_on=date(2026, 3, 1), returned_at=NOW)
        a_departure(self.second.id, left_on=date(2026, 6, 1), outcome=Outcome.MOVED)
        a_departure(elsewhere.id, left_on=date(2026, 6, 1))

    def count(self, by: By = By.DESK, **values: Any) -> Any:
        """Count the first desk over the year."""
        wanted: dict[str, Any] = {**YEAR, "by": by, "desk_ids": frozenset([self.desk_id])}
        return count_people(Wanted(**{**wanted, **values}), positive=USUAL)

    def freeze(self, **values: Any) -> int:
        """Freeze the count of the first desk."""
        wanted: dict[str, Any] = {**YEAR, "by": By.AGE, "desk_ids": frozenset([self.desk_id])}
        return services.freeze(wanted=Wanted(**{**wanted, **values}), actor_id=self.manager.id, now=NOW)


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene()


def row() -> CountSnapshot:
    db.session.expire_all()
    return db.session.scalars(select(CountSnapshot)).one()


def test_each_person_is_counted_once(app: Flask, scene: Scene) -> None:
    found = scene.count()
    assert [label for label, _line in found.lines] == ["Denain"]
    counted = {measure: number for measure, number in found.total.items() if number}
    assert counted == {
        Measure.ENTERED: 1, Measure.EXIT: 2, Measure.EXIT_WORK: 1, Measure.EXIT_MOVED: 1, Measure.POSITIVE: 1,
        Measure.LATER: 1, Measure.LATER_POSITIVE: 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("by", "labels"),
    [
        (By.DESK, ["Denain"]),
        (By.DISTRICT, ["Non renseigné", "En quartier prioritaire"]),
        (By.AGE, ["30 à 54 ans"]),
        (By.PRESCRIBER, ["Non renseigné"]),
        (By.MONTH, ["03/2026", "05/2026", "06/2026", "11/2026"]),
    ],
)
def test_lines_by_what_is_asked(app: Flask, scene: Scene, by: By, labels: list[str]) -> None:
    assert [label for label, _line in scene.count(by).lines] == labels


def test_whoever_came_is_counted_once_and_by_month_once_in_each_of_paris(app: Flask, scene: Scene) -> None:
    came = {
        scene.first: ["2026-01-31 23:30", "2026-02-01 00:30", "2026-02-03 10:00", "2025-12-31 23:30"],
        scene.second: ["2026-02-03 14:00", "2026-11-24 22:00", "2026-11-25 00:10"],
    }
    for person, hours in came.items():
        for text_of in hours:
            a_past_visit(person, scene.manager, paris(*text_of.split()))
    assert scene.count().total[Measure.MET] == 2
    by_month = {label: line[Measure.MET] for label, line in scene.count(By.MONTH).lines if line[Measure.MET]}
    assert by_month == {"01/2026": 1, "02/2026": 2, "11/2026": 1}
    assert scene.count(first_on=date(2026, 2, 4), last_on=TODAY).total[Measure.MET] == 1
    part = scene.count(By.MONTH, first_on=date(2026, 2, 2), last_on=date(2026, 2, 10))
    assert [(label, line[Measure.MET]) for label, line in part.lines] == [("02/2026", 2)]


def test_a_commune_is_named(app: Flask, scene: Scene) -> None:
    assert "Denain" in scene.count(By.COMMUNE).lines[0][0]


def test_a_period_holds_its_own_days_alone(app: Flask, scene: Scene) -> None:
    assert scene.count(first_on=date(2026, 5, 4), last_on=date(2026, 5, 4)).total[Measure.EXIT] == 1
    assert scene.count(first_on=date(2026, 5, 5), last_on=date(2026, 5, 31)).total[Measure.EXIT] == 0
    # By the end of February the second person had not come back yet.
    assert scene.count(last_on=date(2026, 2, 28)).total[Measure.EXIT] == 1


def test_an_operation_counts_its_own_people(app: Flask, scene: Scene) -> None:
    found = scene.count(operation_id=scene.operation.id)
    assert (found.total[Measure.EXIT], found.total[Measure.ENTERED]) == (1, 1)


def test_merged_and_erased_people_are_still_counted_once(app: Flask, scene: Scene) -> None:
    people.merge_persons(kept_id=scene.first.id, merged_id=scene.second.id, actor_id=scene.manager.id, now=NOW)
    found = scene.count()
    assert (found.total[Measure.EXIT], found.total[Measure.EXIT_MOVED]) == (1, 1)
    people.erase_person(person_id=scene.first.id, actor_id=scene.manager.id, now=NOW + timedelta(hours=1))
    assert scene.count().total[Measure.EXIT] == 1


def test_the_funder_says_what_is_positive(app: Flask, scene: Scene) -> None:
    set_value(
        key=POSITIVE, value="moved", valid_from_on=TODAY, organisation_id=scene.operation.organisation_id,
        actor_id=None, now=NOW,
    )  # fmt: skip
    scene.freeze(operation_id=scene.operation.id)
    assert row().filters["positive"] == ["moved"]
    assert row().content["total"][list(Measure).index(Measure.POSITIVE)] == 0


def test_a_manager_counts_and_freezes_and_takes_it_away(app: Flask, scene: Scene) -> None:
    client = signed_in(app, scene.manager)
    page = ok(client.get("/decomptes?du=2026-01-01&au=2026-11-24&par=age"))
    assert "30 à 54 ans" in page
    assert "Caudry" not in page
    sent = client.post("/decomptes/figer", data={"du": "2026-01-01", "au": "2026-11-24", "par": "age"})
    assert sent.status_code == 303
    page = ok(client.get(sent.location))
    assert "Intact" in page
    assert "Marc Roussel" in page
    assert row().sha256 in page
    a_departure(make_person(desk=scene.desk).id, left_on=TODAY)
    assert row().content["total"][list(Measure).index(Measure.EXIT)] == 2, "it stays as it was"
    assert sent.location.rsplit("/", 1)[1] in ok(client.get("/decomptes"))
    sheet = load_workbook(BytesIO(client.get(f"{sent.location}/export.xlsx").data)).active
    assert sheet is not None
    assert sheet["A2"].value == "30 à 54 ans"
    assert row().sha256 in client.get(f"{sent.location}/export.csv").data.decode("utf-8-sig")


@pytest.mark.parametrize("query", ["du=2026-05-01&au=2026-04-01", "du=2001-01-01&au=2026-01-01"])
def test_a_period_that_makes_no_sense_gets_a_sentence(app: Flask, scene: Scene, query: str) -> None:
    client = signed_in(app, scene.manager)
    assert "Choisissez une période de dix ans au plus" in ok(client.get(f"/decomptes?{query}"))
    sent = client.post("/decomptes/figer", data=dict(part.split("=") for part in query.split("&")))
    assert sent.status_code == 422
    assert db.session.scalar(select(CountSnapshot.id)) is None


def test_no_line_becomes_a_formula(app: Flask, scene: Scene) -> None:
    with transaction():
        scene.desk.name = "=1+1"
    number = scene.freeze(by=By.DESK)
    client = signed_in(app, scene.manager)
    assert "'=1+1" in client.get(f"/decomptes/{number}/export.csv").data.decode("utf-8-sig")
    sheet = load_workbook(BytesIO(client.get(f"/decomptes/{number}/export.xlsx").data)).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")


@pytest.mark.parametrize(
    "statement", ["UPDATE count_snapshot SET sha256 = sha256", "DELETE FROM count_snapshot"], ids=["update", "delete"]
)
def test_the_database_lets_nobody_change_a_frozen_count(app: Flask, scene: Scene, statement: str) -> None:
    scene.freeze()
    with pytest.raises(DatabaseError, match="count_snapshot_frozen"), transaction() as session:
        session.execute(text(statement))
    assert services.is_whole(row())


def test_another_desks_manager_sees_neither_the_count_nor_the_people(app: Flask, scene: Scene) -> None:
    number = scene.freeze()
    elsewhere = signed_in(app, make_user(Role.MANAGER, desk_id=scene.other.id))
    for path in (f"/decomptes/{number}", f"/decomptes/{number}/export.csv"):
        assert elsewhere.get(path).status_code == 404, path
    page = ok(elsewhere.get(f"/decomptes?antenne={scene.desk.id}&par=desk"))
    assert "Denain" not in page
    assert "Caudry" in page
    adviser = signed_in(app, make_user(Role.ADVISER, desk_id=scene.desk.id))
    assert adviser.get("/decomptes").status_code == 403


def test_a_count_asks_the_same_number_of_questions_whatever_it_counts(
    app: Flask, scene: Scene, count_queries: Any
) -> None:
    for by in By:
        with count_queries() as few:
            scene.count(by)
        for _number in range(5):
            a_departure(make_person(desk_id=scene.desk_id, insee_code="59172").id, left_on=TODAY)
        with count_queries() as many:
            scene.count(by)
        assert many.total == few.total, by
        assert many.total <= 10
