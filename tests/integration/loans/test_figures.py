"""What a funder sees: counts of its own agreements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.services.passwords import find_by_email
from mobility.core import clock
from mobility.demo.load import load
from mobility.loans import figures as loans
from mobility.loans.models import Loan
from mobility.organisations.figures import Window
from mobility.pathway import figures as pathway
from mobility.people.models import Person
from tests.factories.accounts import signed_in


def _windows() -> list[Window]:
    today = clock.today()
    everything = Window(1, 1, today - timedelta(days=400), today, None)
    one_desk = Window(2, 1, today - timedelta(days=400), today, frozenset({1}))
    before = Window(3, 1, today - timedelta(days=900), today - timedelta(days=800), None)
    return [everything, one_desk, before]


def test_a_funder_sees_the_counts_of_its_agreements_and_no_name(
    app: Flask, session: Session, count_queries: Any
) -> None:
    load(now=clock.now(), people_count=18, past_days=20)
    departed = session.scalars(select(Loan).where(Loan.departed_at.is_not(None))).all()
    assert departed
    windows = _windows()
    assert loans.loans_made(windows) == {1: len(departed), 2: sum(loan.desk_id == 1 for loan in departed), 3: 0}
    assert loans.people_helped(windows)[1] == len({loan.person_id for loan in departed})
    assert loans.days_lent(windows)[1] == sum(loan.days for loan in departed)
    people = session.scalars(select(Person)).all()
    past = [person for person in people if clock.day_of(person.created_at) <= clock.today()]
    assert pathway.people_met(windows)[1] == len(past)
    assert pathway.objectives_reached(windows) == {1: 0, 2: 0, 3: 0}
    funder = find_by_email("financeur@demo.example")
    assert funder is not None
    page = signed_in(app, funder).get("/financeur")
    assert page.status_code == 200
    assert "Véhicules prêtés" in page.text
    assert not any(person.last_name in page.text for person in people)
