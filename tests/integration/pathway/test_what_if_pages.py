"""« Et si… ? »: tried out on a page that works without scripts, and that writes nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from mobility.core.db import db
from mobility.pathway import queries, trying
from mobility.pathway.models import Coverage, Objective, Roster, Step
from mobility.people.models import Person
from tests.factories.pathway import MONDAY, NOW, a_roster, a_step, an_objective
from tests.integration.pathway.pages import text

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def objective_id(person: Person) -> int:
    """Nadia works on weekday mornings; a car carries her for a fortnight."""
    objective_id = an_objective(person.id)
    a_roster(objective_id)
    a_step(person.id, objective_id, ends_at=datetime(2026, 12, 5, 16, tzinfo=UTC))
    return objective_id


@pytest.fixture
def step_id(objective_id: int) -> int:
    return int(db.session.scalars(select(Step.id).where(Step.objective_id == objective_id)).one())


def ask(staff: FlaskClient, objective_id: int, **data: Any) -> Any:
    return staff.post(f"/objectifs/{objective_id}/et-si", data=data)


def test_a_loan_that_ends_on_the_25th_leaves_days_open(staff: FlaskClient, objective_id: int, step_id: int) -> None:
    answer = ask(staff, objective_id, step_id=step_id, act="end", ends_on="2026-11-25")
    page = text(answer)
    assert answer.status_code == 200
    for words in (
        "7 jours resteraient sans solution, du 26 novembre au 4 décembre.",
        "Avec ce changement",
        "Les jours qui changent",
        "rien pour aller au travail",
        "Pas encore possible",  # what the aid answers about these days
        "/essais/1",  # the row itself
        "/essais/nouveau",  # another one
        f"/objectifs/{objective_id}/horaires",
    ):
        assert words in page, words


def test_trying_writes_nothing(staff: FlaskClient, objective_id: int, step_id: int) -> None:
    def everything() -> list[Any]:
        db.session.rollback()
        return [db.session.execute(select(*model.__table__.columns).order_by(model.id)).all()
                for model in (Step, Coverage, Objective, Roster)]  # fmt: skip

    before, written = everything(), []

    def seen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    event.listen(db.engine, "before_cursor_execute", seen)
    try:
        for data in (
            {"step_id": step_id, "act": "remove"},
            {"step_id": step_id, "act": "move", "starts_on": "2026-11-24", "ends_on": "2026-11-27"},
            {"added_from_on": "2026-12-07", "added_until_on": "2026-12-11"},
            {"days": ["0", "1"], "starts": "21:00", "ends": "05:00"},
        ):
            assert ask(staff, objective_id, **data).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", seen)
    # Who looked at whose page is noted, as on every page; nothing else is written anywhere.
    tables = {re.split(r"[\s(]+", re.sub(r"INSERT INTO|UPDATE|DELETE FROM", "", line).strip())[0] for line in written}
    assert tables <= {"audit_entry", '"user"'}
    assert everything() == before


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choisissez au moins une chose à essayer"),
        ({"act": "end"}, "Choisissez l’aide et ce qui lui arrive."),
        ({"step_id": "mine", "act": "end"}, "Indiquez le jour où cette aide finirait."),
        ({"step_id": "mine", "act": "move", "ends_on": "2026-11-30"}, "Indiquez le jour où cette aide commencerait."),
        ({"step_id": "mine", "act": "end", "ends_on": "2026-11-01"}, "La fin doit venir après le début."),
        ({"added_from_on": "2026-11-30"}, "Indiquez le premier et le dernier jour."),
        ({"added_from_on": "2026-11-30", "added_until_on": "2026-11-29"}, "La fin doit venir après le début."),
        ({"days": ["0"]}, "Indiquez les jours et les heures."),
        ({"days": ["0"], "starts": "05:00"}, "Ajoutez l’heure de fin."),
        ({"step_id": "4000000", "act": "remove"}, "Choisissez"),
    ],
)
def test_what_cannot_be_tried_is_said_and_what_was_typed_stays(
    staff: FlaskClient, objective_id: int, step_id: int, data: dict[str, Any], words: str
) -> None:
    typed = {key: step_id if value == "mine" else value for key, value in data.items()}
    answer = ask(staff, objective_id, **typed)
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert all(str(value) in text(answer) for key, value in typed.items() if key.endswith("_on"))


def test_other_hours_may_leave_days_open(staff: FlaskClient, objective_id: int) -> None:
    page = text(ask(staff, objective_id, days=["5", "6"], starts="21:00", ends="05:00", pattern_from_on="2026-12-03"))
    assert "resteraient sans solution, du 5 décembre" in page


def test_the_link_from_a_step_fills_it_in(staff: FlaskClient, objective_id: int, step_id: int) -> None:
    page = text(staff.get(f"/objectifs/{objective_id}/et-si?etape={step_id}"))
    assert f'<option selected value="{step_id}"' in page or f'value="{step_id}" selected' in page


def test_what_is_tried_without_a_change_is_what_the_calendar_shows(objective_id: int) -> None:
    """The pure rule and the rows that aids write agree."""
    objective = queries.get_objective(objective_id)
    steps = trying.list_carrying(objective_id, now=NOW)
    trial = trying.Trial(added_from_on=MONDAY.replace(year=2028), added_until_on=MONDAY.replace(year=2028))
    found = trying.try_out(objective, steps, trial, now=NOW).outcome.before
    stored = queries.calendars([objective], from_on=found[0].day_on, until_on=found[-1].day_on, today=found[0].day_on)
    assert [(day.day_on, day.state) for day in found] == [(day.day_on, day.state) for day in stored[objective_id]]


def test_another_cycle_is_tried(staff: FlaskClient, objective_id: int) -> None:
    """Two weeks of mornings and afternoons: the car carries the same days, and those of the weekend fall open."""
    page = text(ask(staff, objective_id, cycle="4-2", cycle_starts_on="2026-11-23", pattern_from_on="2026-11-23"))
    assert "sans solution" in page
    assert "samedi 5 décembre" in page or "dimanche" in page
    own = text(ask(staff, objective_id, cycle="own", sequence="MMMMMRR", cycle_starts_on="2026-11-23"))
    assert "Rien ne changerait" in own


def test_dates_one_by_one_are_tried(staff: FlaskClient, objective_id: int) -> None:
    answer = ask(staff, objective_id, dates="24/11/2026 5h-13h\n12/12/2026 9h-17h", pattern_from_on="2026-11-23")
    assert answer.status_code == 200
    page = text(answer)
    assert "1 jour resterait sans solution : samedi 12 décembre." in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"cycle": "2x8"}, "Indiquez le premier jour du cycle."),
        ({"sequence": "MMRR"}, "Choisissez le cycle."),
        ({"cycle": "own", "sequence": "XYZ", "cycle_starts_on": "2026-11-23"}, "XYZ"),
        ({"cycle": "2x8", "cycle_starts_on": "2026-11-23", "dates": "24/11/2026 5h-13h"}, "une seule sorte"),
        ({"dates": "demain"}, "demain"),
    ],
)
def test_other_hours_that_cannot_be_read_are_refused_and_kept(
    staff: FlaskClient, objective_id: int, typed: dict[str, str], words: str
) -> None:
    answer = ask(staff, objective_id, **typed)
    assert answer.status_code == 422
    page = text(answer)
    assert words in page
    for value in typed.values():
        assert value in page
