"""Rights, policies, a person's life, and loans as an aid of the pathway."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.core.db import db, transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.fleet.kinds import Category
from mobility.journal.models import JournalEntry
from mobility.loans import lifecycle, services
from mobility.loans.aid import AID, fit_to_opening
from mobility.loans.errors import NotEligible, PolicyConflict, PolicyInUse, RightInvalid, TextTooLong
from mobility.loans.models import Loan, LoanInspection, LoanPolicy, LoanRight
from mobility.loans.queries.facts import find_policy
from mobility.loans.rules.policy import Blackout, DepositKind, FunderShare, Terms
from mobility.pathway.aid import Period, find_aid
from mobility.pathway.coverage import LegKey
from mobility.pathway.errors import StepAlreadyOpened, StepOfAnother
from mobility.pathway.models import Coverage, Objective, Step
from mobility.pathway.rules import Direction, StepState
from mobility.pathway.services import set_roster
from tests.factories.desks import make_desk
from tests.factories.loans import DUE, NOW, START, Scene, a_borrower, get_loan, make_scene, paris, with_person
from tests.factories.pathway import OFFICE, a_step
from tests.unit.loans.helpers import calendar

pytestmark = pytest.mark.usefixtures("app")
TODAY = date(2026, 11, 24)


def open_right(scene: Scene, **values: Any) -> int:
    known: dict[str, Any] = {
        "person_id": scene.person.id,
        "categories": [Category.BIKE, Category.EBIKE],
        "starts_on": TODAY,
        "ends_on": date(2027, 5, 1),
        "days_allowed": 30,
        "actor_id": scene.adviser.id,
        "now": NOW,
    }
    return services.open_right(**{**known, **values})


def test_a_right_is_opened_and_told() -> None:
    scene = make_scene()
    right = db.session.get_one(LoanRight, open_right(scene, note="Reprise d’emploi"))
    assert right.categories == ["bike", "ebike"]
    assert db.session.scalars(select(JournalEntry.kind)).all() == ["loan.right_opened"]
    assert db.session.scalars(select(AuditEntry.action)).all() == ["loan.right_opened"]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"categories": []}, RightInvalid),
        ({"ends_on": TODAY - timedelta(days=1)}, RightInvalid),
        ({"ends_on": date(2036, 1, 1)}, RightInvalid),
        ({"days_allowed": 0}, RightInvalid),
        ({"days_allowed": 1001}, RightInvalid),
        ({"note": "é" * 10_000}, TextTooLong),
        ({"person_id": 2**40}, NotFound),
    ],
)
def test_a_right_that_makes_no_sense_is_refused(values: dict[str, Any], error: type[Exception]) -> None:
    scene = make_scene()
    with pytest.raises(error):
        open_right(scene, **values)


def test_a_closed_right_lends_no_more_but_its_loans_stay() -> None:
    scene = make_scene()
    loan_id = scene.book()
    right_id = get_loan(loan_id).right_id
    assert right_id is not None
    services.close_right(right_id=right_id, actor_id=scene.adviser.id, now=NOW)
    services.close_right(right_id=right_id, actor_id=scene.adviser.id, now=NOW)
    with pytest.raises(NotEligible) as refused:
        scene.book(start_at=paris("2026-12-14"), due_at=paris("2026-12-15"))
    assert [reason.code for reason in refused.value.reasons] == ["no_right"]
    scene.sign(loan_id)


def add(scene: Scene, terms: Terms | None = None, **values: Any) -> int:
    known: dict[str, Any] = {
        "desk_id": scene.desk.id,
        "category": Category.CAR,
        "status": None,
        "valid_from_on": TODAY,
        "actor_id": scene.manager.id,
        "now": NOW,
    }
    return services.add_policy(**{**known, **values}, terms=terms or Terms(price_per_day_cents=100))


def current(scene: Scene, on: date = TODAY) -> int | None:
    found = find_policy(desk_id=scene.desk.id, category=Category.CAR, status=None, on=on)
    return None if found is None else found.id


def test_a_later_policy_takes_over_on_its_day_and_may_give_the_word_back() -> None:
    scene = make_scene()
    own = add(scene)
    assert current(scene) == own
    add(scene, valid_from_on=date(2026, 12, 1), applies=False)
    assert current(scene, date(2026, 11, 30)) == own
    assert current(scene, date(2026, 12, 1)) == scene.policy_id


def test_a_policy_keeps_all_that_was_typed() -> None:
    scene = make_scene()
    terms = Terms(
        price_per_day_cents=350,
        deposit_cents=1000,
        deposit_kinds=(DepositKind.CASH,),
        required_papers=("identity",),
        blackouts=(Blackout(date(2026, 12, 24), date(2027, 1, 2), "Fermeture"),),
    )
    policy_id = add(scene, terms)
    found = find_policy(desk_id=scene.desk.id, category=Category.CAR, status=None, on=TODAY)
    assert found is not None
    assert (found.id, found.terms) == (policy_id, terms)


@pytest.mark.parametrize(
    ("terms", "values", "error"),
    [
        (None, {"valid_from_on": TODAY - timedelta(days=1)}, RuleViolation),
        (Terms(min_days=5, max_days=4), {}, RuleViolation),
        (Terms(deposit_cents=1), {}, RuleViolation),
        (Terms(required_papers=("nir",)), {}, RuleViolation),
        (Terms(blackouts=(Blackout(date(2026, 12, 2), date(2026, 12, 1)),)), {}, RuleViolation),
        (Terms(funder=FunderShare(1, 0)), {}, RuleViolation),
        (Terms(funder=FunderShare(999, 9000)), {}, NotFound),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(
    terms: Terms | None, values: dict[str, Any], error: type[Exception]
) -> None:
    scene = make_scene()
    with pytest.raises(error):
        add(scene, terms, **values)


def test_one_scope_has_one_policy_a_day() -> None:
    scene = make_scene()
    add(scene)
    with pytest.raises(PolicyConflict):
        add(scene)


def test_only_rules_that_have_not_begun_are_taken_away() -> None:
    scene = make_scene()
    coming = add(scene, valid_from_on=date(2026, 12, 1))
    services.withdraw_policy(policy_id=coming, actor_id=scene.manager.id, now=NOW)
    assert db.session.get(LoanPolicy, coming) is None
    with pytest.raises(PolicyInUse):
        services.withdraw_policy(policy_id=scene.policy_id, actor_id=scene.manager.id, now=NOW)


def test_a_merge_keeps_loans_and_rights() -> None:
    scene = make_scene()
    loan_id = scene.book()
    other = a_borrower(scene.desk, scene.adviser)
    lifecycle.merge(kept_id=other.id, merged_id=scene.person.id, now=NOW)
    assert get_loan(loan_id).person_id == other.id
    assert db.session.query(LoanRight).filter_by(person_id=scene.person.id).count() == 0


def test_an_erasure_takes_every_free_text_and_keeps_the_counts() -> None:
    scene = make_scene(cars=2, policy={"max_simultaneous": 5})
    loan_id = scene.out()
    scene.give_back(loan_id, remarks="A laissé son sac")
    services.settle(loan_id=loan_id, paid_cents=4500, actor_id=scene.adviser.id, now=DUE)
    refused = scene.book(by_person=True, start_at=paris("2026-12-14"), due_at=paris("2026-12-15"))
    services.refuse(loan_id=refused, reason="Raison personnelle", actor_id=scene.adviser.id, now=NOW)
    for _ in range(2):
        lifecycle.erase(person_id=scene.person.id, now=NOW)
    db.session.expire_all()
    texts = list(db.session.scalars(select(LoanInspection.remarks)))
    assert texts == ["", ""]
    assert get_loan(refused).decision_reason == "effacé"
    assert get_loan(loan_id).total_cents == 4500


def test_the_export_tells_the_person_what_we_hold_and_masks_others() -> None:
    scene = make_scene()
    loan_id = scene.book()
    scene.sign(loan_id, signed_by="Jeanne Martin")
    rights, loans = lifecycle.export(person_id=scene.person.id)
    assert len(rights.rows) == 1
    assert loans.rows[0]["signed_by"] == "J. M."
    assert set(loans.rows[0]) == set(loans.columns)


def test_a_loan_s_evidence_has_a_longer_clock() -> None:
    scene = make_scene()
    assert lifecycle.keep_until(person_id=scene.person.id, on=TODAY) is None
    loan_id = scene.out()
    assert lifecycle.keep_until(person_id=scene.person.id, on=TODAY) == date(2031, 12, 11)
    scene.give_back(loan_id)
    services.settle(loan_id=loan_id, paid_cents=4500, actor_id=scene.adviser.id, now=DUE)
    assert lifecycle.keep_until(person_id=scene.person.id, on=date(2028, 2, 29)) == date(2031, 12, 11)


def test_the_pathway_knows_loans_as_an_aid() -> None:
    assert find_aid("loan") is AID


def assess(app: Flask, scene: Scene, **values: Any) -> Any:
    known: dict[str, Any] = {
        "person_id": scene.person.id,
        "objective_id": None,
        "period": Period(START, DUE),
        "now": NOW,
    }
    with app.test_request_context():
        return AID.assess(**{**known, **values})


def test_an_offer_says_what_it_costs_and_whom(app: Flask) -> None:
    scene = make_scene()
    offer = assess(app, scene)
    assert offer.possible
    assert (offer.person_cost_cents, offer.delay_days) == (4500, 3)
    assert offer.url.endswith(f"/prets/personnes/{scene.person.id}/reserver")


def test_an_offer_that_is_not_possible_says_what_would_lift_it(app: Flask) -> None:
    scene = make_scene()
    with transaction() as session:
        session.query(LoanRight).delete()
    offer = assess(app, scene)
    assert [(reason.code, bool(reason.lift)) for reason in offer.reasons] == [("no_right", True)]


def test_an_offer_without_any_vehicle_says_so(app: Flask) -> None:
    scene = make_scene(cars=0)
    assert [reason.code for reason in assess(app, scene).reasons] == ["no_vehicle"]
    busy = make_scene(cars=1)
    busy.book(person_id=busy.another().id)
    assert [reason.code for reason in assess(app, busy).reasons] == ["no_vehicle"]


def test_a_proposed_step_becomes_a_loan(app: Flask) -> None:
    scene = make_scene()
    step_id = a_proposal(scene)
    with app.test_request_context():
        loan_id = AID.open(step_id=step_id, actor_id=scene.adviser.id, now=NOW)
        assert AID.url(loan_id).endswith(f"/prets/{loan_id}")
    assert get_loan(loan_id).start_at == START
    step = db.session.scalars(select(Step)).one()
    assert (step.id, step.aid_ref, step.state) == (step_id, loan_id, StepState.AGREED)
    scene.sign(loan_id)
    scene.depart(loan_id)
    step = db.session.scalars(select(Step)).one()
    assert (step.id, step.state) == (step_id, StepState.ACTIVE)


def a_proposal(scene: Scene, **values: Any) -> int:
    wanted = {"aid_ref": None, "aid_kind": "loan", "state": StepState.PROPOSED, "starts_at": START, "ends_at": DUE}
    return a_step(scene.person.id, None, **{**wanted, **values})


def test_a_proposed_step_is_opened_once(app: Flask) -> None:
    scene = make_scene(cars=2, policy={"max_simultaneous": 5})
    step_id = a_proposal(scene)
    with app.test_request_context():
        AID.open(step_id=step_id, actor_id=scene.adviser.id, now=NOW)
        with pytest.raises(StepAlreadyOpened):
            AID.open(step_id=step_id, actor_id=scene.adviser.id, now=NOW)
    with pytest.raises(StepAlreadyOpened):
        scene.book(step_id=step_id)
    assert db.session.query(Loan).count() == db.session.query(Step).count() == 1


def test_a_loan_takes_no_step_of_somebody_else_or_of_another_aid() -> None:
    scene = make_scene()
    for step_id in (a_proposal(with_person(scene, scene.another())), a_proposal(scene, aid_kind="test_aid")):
        with pytest.raises(StepOfAnother):
            scene.book(step_id=step_id)
    assert db.session.query(Loan).count() == 0


def test_two_people_may_have_a_proposal_of_the_same_aid() -> None:
    scene = make_scene()
    first, second = a_proposal(scene), a_proposal(with_person(scene, scene.another()))
    assert first != second


def test_a_loan_steps_in_for_legs_that_lost_their_aid(app: Flask) -> None:
    scene = make_scene()
    objective = db.session.scalars(select(Objective)).one()
    set_roster(
        objective_id=objective.id,
        version=None,
        pattern=OFFICE,
        valid_from_on=objective.starts_on,
        actor_id=None,
        now=NOW,
    )
    legs = [LegKey(objective.id, date(2026, 11, 30), direction) for direction in Direction]
    with app.test_request_context():
        offers = AID.fallback(objective_id=objective.id, legs=legs, now=NOW)
        assert len(offers) == 1
        assert set(legs) <= offers[0].covers
        assert AID.fallback(objective_id=objective.id, legs=legs, now=paris("2027-01-05")) == []
    assert scene.person.id == objective.person_id


def test_a_loan_covers_the_legs_of_its_window() -> None:
    scene = make_scene()
    objective = db.session.scalars(select(Objective)).one()
    set_roster(
        objective_id=objective.id,
        version=None,
        pattern=OFFICE,
        valid_from_on=objective.starts_on,
        actor_id=None,
        now=NOW,
    )
    loan_id = scene.book()
    assert db.session.query(Coverage).count() == 20
    services.extend(loan_id=loan_id, new_due_at=paris("2026-12-04", "17:00"), actor_id=None, now=NOW)
    assert db.session.query(Coverage).count() == 10
    services.cancel(loan_id=loan_id, actor_id=None, now=NOW)
    assert db.session.query(Coverage).count() == 0


def test_a_period_is_stretched_to_the_hours_of_the_desk() -> None:
    # From Sunday evening to Saturday: taken on Friday morning, returned on Monday morning.
    got = fit_to_opening(calendar(), Period(paris("2026-11-29", "20:00"), paris("2026-12-05", "12:00")), now=NOW)
    assert got == Period(paris("2026-11-27", "09:00"), paris("2026-12-07", "09:00"))
    inside = Period(START, DUE)
    assert fit_to_opening(calendar(), inside, now=NOW) == inside


def test_another_desk_s_rules_are_not_ours() -> None:
    scene = make_scene()
    add(scene)
    other = make_desk()
    found = find_policy(desk_id=other.id, category=Category.CAR, status=None, on=TODAY)
    assert found is not None
    assert found.id == scene.policy_id
