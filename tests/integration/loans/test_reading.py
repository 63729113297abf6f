"""The form of departure shows the last reading of the odometer."""

from __future__ import annotations

from flask import Flask

from mobility.accounts.services.passwords import find_by_email
from mobility.core import clock
from mobility.core.db import db
from mobility.demo.load import load
from mobility.fleet.kinds import Category
from mobility.loans.models import Loan
from mobility.loans.rules.states import LoanState
from tests.factories.accounts import signed_in


def test_the_form_of_return_says_the_last_reading(app: Flask) -> None:
    load(now=clock.now(), people_count=18, past_days=20)
    loan = db.session.query(Loan).filter(Loan.state == LoanState.OUT, Loan.category == Category.CAR).first()
    assert loan is not None
    email = {1: "alix.carpentier", 2: "marion.delattre", 3: "theo.bricout"}[loan.desk_id]
    adviser = find_by_email(f"{email}@demo.example")
    assert adviser is not None
    page = signed_in(app, adviser).get(f"/prets/{loan.id}/retour").text
    assert "Dernier relevé" in page
