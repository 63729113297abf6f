"""A gap after a loan: the loan is prolonged first, as far as the rules and the vehicle allow."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.fleet.kinds import ReservationKind
from mobility.fleet.services import reserve
from mobility.loans.aid import AID
from mobility.pathway.coverage import LegKey
from mobility.pathway.models import Objective
from mobility.pathway.rules import Direction
from mobility.pathway.services import set_roster
from tests.factories.loans import NOW, Scene, get_loan, make_scene
from tests.factories.pathway import OFFICE


def scene_with_hours() -> tuple[Scene, int, int]:
    """Somebody who works on weekdays, with a loan granted; returns the scene, the objective, the loan."""
    scene = make_scene()
    objective = db.session.scalars(select(Objective)).one()
    set_roster(
        objective_id=objective.id, version=None, pattern=OFFICE, valid_from_on=objective.starts_on, actor_id=None, now=NOW
    )  # fmt: skip
    return scene, objective.id, scene.book(objective_id=objective.id)


def legs_after(objective_id: int, day: date) -> list[LegKey]:
    """Both ways of the first working day after a day."""
    on = day + timedelta(days=1)
    while on.weekday() > 4:
        on += timedelta(days=1)
    return [LegKey(objective_id, on, direction) for direction in Direction]


def test_the_loan_that_ends_just_before_is_prolonged(app: Flask) -> None:
    _scene, objective_id, loan_id = scene_with_hours()
    legs = legs_after(objective_id, day_of(get_loan(loan_id).due_at))
    with app.test_request_context():
        (offer,) = AID.fallback(objective_id=objective_id, legs=legs, now=NOW)
    assert offer.label.startswith("Prolonger : prêt")
    assert set(legs) <= offer.covers
    assert f"/prets/{loan_id}/prolonger?fin=" in str(offer.url)


def test_a_vehicle_that_is_promised_elsewhere_stays_promised(app: Flask) -> None:
    _scene, objective_id, loan_id = scene_with_hours()
    loan = get_loan(loan_id)
    legs = legs_after(objective_id, day_of(loan.due_at))
    start = loan.due_at + timedelta(hours=3)
    reserve(
        vehicle_id=loan.vehicle_id, kind=ReservationKind.MAINTENANCE, starts_at=start, ends_at=start + timedelta(days=9),
        buffer_minutes=0, label="Révision", now=NOW,
    )  # fmt: skip
    with app.test_request_context():
        offers = AID.fallback(objective_id=objective_id, legs=legs, now=NOW)
    assert not any(offer.label.startswith("Prolonger") for offer in offers)


def test_a_loan_long_over_is_not_prolonged(app: Flask) -> None:
    _scene, objective_id, loan_id = scene_with_hours()
    legs = legs_after(objective_id, day_of(get_loan(loan_id).due_at) + timedelta(days=7))
    with app.test_request_context():
        offers = AID.fallback(objective_id=objective_id, legs=legs, now=NOW)
    assert not any(offer.label.startswith("Prolonger") for offer in offers)
