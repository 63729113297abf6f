"""Entries and exits as a funder sees them: those of its own agreements, and none by small numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from mobility.accounts.policy import Role
from mobility.core.db import db
from mobility.organisations.figures import Window
from mobility.organisations.rules import SMALL_NUMBER, OrganisationKind
from mobility.participation import figures
from mobility.participation.rules.exits import Outcome
from tests.factories.accounts import make_user, signed_in
from tests.factories.organisations import make_agreement, make_organisation
from tests.factories.participation import NOW, a_departure, a_participation
from tests.factories.people import make_person
from tests.integration.loans.pages import ok

pytestmark = pytest.mark.usefixtures("at_now")
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
MARCH = date(2026, 3, 2)


@dataclass
class Operation:
    """One funder with one operation."""

    funder_id: int
    agreement_id: int

    def window(self, first_on: date = YEAR[0], last_on: date = YEAR[1]) -> Window:
        return Window(self.agreement_id, self.funder_id, first_on, last_on, None)


def an_operation(name: str) -> Operation:
    funder_id = make_organisation(OrganisationKind.FUNDER, name).id
    return Operation(funder_id, make_agreement(funder_id, name=name, fse_plus=True).id)


def people(operation: Operation, count: int, *, outcome: Outcome | None = None, **values: Any) -> list[int]:
    """Let so many people enter in March, and leave in June if told so."""
    found = []
    for _number in range(count):
        person_id = make_person().id
        a_participation(person_id, operation.agreement_id, entered_on=MARCH)
        if outcome is not None:
            a_departure(person_id, outcome=outcome, left_on=date(2026, 6, 1), **values)
        found.append(person_id)
    return found


def test_each_agreement_counts_its_own_people_in_its_own_days(app: Flask) -> None:
    mine, other = an_operation("Nord"), an_operation("Aisne")
    people(mine, 2, outcome=Outcome.WORK)
    people(mine, 1, outcome=Outcome.MOVED)
    people(mine, 3)
    people(other, 4, outcome=Outcome.TRAINING)
    windows = [mine.window(), other.window()]
    ids = mine.agreement_id, other.agreement_id
    assert figures.entered(windows) == dict(zip(ids, (6, 4), strict=True))
    assert figures.left(windows) == dict(zip(ids, (3, 4), strict=True))
    assert figures.left_for_work(windows) == dict(zip(ids, (2, 4), strict=True))
    may = date(2026, 5, 31)
    assert figures.entered([mine.window(MARCH + timedelta(days=1))])[mine.agreement_id] == 0
    assert figures.left([mine.window(last_on=may), other.window()]) == dict(zip(ids, (0, 4), strict=True))


def test_who_came_back_or_left_before_is_no_exit(app: Flask) -> None:
    mine = an_operation("Nord")
    people(mine, 1, outcome=Outcome.WORK, returned_on=date(2026, 7, 1), returned_at=NOW)
    (early,) = people(mine, 1)
    a_departure(early, left_on=MARCH - timedelta(days=1))
    assert figures.left([mine.window()]) == {mine.agreement_id: 0}


def test_a_funder_reads_its_own_figures_and_small_ones_are_masked(app: Flask) -> None:
    mine, other = an_operation("Nord"), an_operation("Aisne")
    people(mine, SMALL_NUMBER + 8, outcome=Outcome.MOVED)
    people(other, SMALL_NUMBER + 20)
    funder = make_user(Role.FUNDER, organisation_id=mine.funder_id, name="Financeur")
    page = ok(signed_in(app, funder).get("/financeur"))
    assert "Personnes entrées dans l’opération" in page
    assert re.search(rf"\b{SMALL_NUMBER + 8}\b", page)
    assert not re.search(rf"\b{SMALL_NUMBER + 20}\b", page)
    assert "Aisne" not in page


@pytest.mark.parametrize("count", [1, 9])
def test_each_figure_is_one_query_whatever_the_agreements(app: Flask, count: int) -> None:
    windows = [an_operation(f"Opération {number}").window() for number in range(count)]
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for figure in (figures.entered, figures.left, figures.left_for_work):
            figure(windows)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 3
