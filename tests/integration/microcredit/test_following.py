"""Early signals, messages before a second miss, a new schedule, a loss, the vehicle that carries."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from mobility.accounts.policy import Role
from mobility.agenda.hooks import VisitEvent, tell
from mobility.agenda.rules import MeetingKind, Origin, VisitAct
from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.core.errors import ForbiddenTransition
from mobility.microcredit import parameters
from mobility.microcredit.accords.errors import AccordOutdated
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.errors import ReasonMissing
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditInstalment
from mobility.microcredit.followup.errors import LossInvalid, NotRepaying, PlanInvalid
from mobility.microcredit.followup.models import CreditLoss, CreditPlan, CreditSignal
from mobility.microcredit.followup.services import following, losses, plans
from mobility.microcredit.rules.accords import AccordState
from mobility.microcredit.rules.offers import InsuranceKind
from mobility.microcredit.rules.rescheduling import NewPlan
from mobility.microcredit.rules.signals import SignalKind
from mobility.microcredit.rules.states import State
from mobility.notifications.models import OutboxMessage
from mobility.pathway.models import Coverage, Step
from mobility.people.kinds import LicenceCategory
from mobility.people.models import Person, PersonLicence
from tests.factories.accords import a_schedule, agreed, bank_agreed, signed
from tests.factories.accounts import make_user, signed_in
from tests.factories.documents import PDF
from tests.factories.dossiers import NOW, TODAY, a_dossier, a_project, answered, disbursed, sent
from tests.factories.microcredit import make_offer
from tests.factories.parameters import make_value
from tests.factories.pathway import a_person, an_objective

# The first instalment is due on 1 January, and counts as missed after five days.
LATE = NOW + timedelta(days=45)


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


@pytest.fixture
def dossier_id(person_id: int) -> int:
    made = a_dossier(person_id)
    disbursed(made)
    return made


@pytest.fixture
def staff(app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(clock, "source", lambda: LATE)
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))


def row(dossier_id: int) -> MicrocreditDossier:
    db.session.expire_all()
    return queries.get_dossier(dossier_id)


def signals(dossier_id: int) -> list[SignalKind]:
    kept = select(CreditSignal.kind).where(CreditSignal.dossier_id == dossier_id).order_by(CreditSignal.id)
    return list(db.session.scalars(kept))


def messages(person_id: int) -> list[str]:
    kept = select(OutboxMessage.template).where(OutboxMessage.person_id == person_id).order_by(OutboxMessage.id)
    return [one for one in db.session.scalars(kept) if one == "credit_call_us"]


def watch(at: Any) -> None:
    services.watch_due(now=at)
    following.follow_loans(now=at)


def test_a_miss_is_a_fact_once_and_told_before_the_second(person_id: int, dossier_id: int) -> None:
    watch(LATE - timedelta(days=5))
    assert signals(dossier_id) == []
    watch(LATE)
    watch(LATE)
    assert signals(dossier_id) == [SignalKind.MISSED]
    assert len(messages(person_id)) == 1
    # Seven days before the second instalment, once more; and never again.
    for days in (0, 1, 3):
        watch(NOW + timedelta(days=65 + days))
    assert len(messages(person_id)) == 2
    services.note_payment(
        dossier_id=dossier_id, on=date(2027, 1, 28), amount_cents=8_857, actor_id=None, now=NOW + timedelta(days=68)
    )
    watch(NOW + timedelta(days=68))
    assert signals(dossier_id) == [SignalKind.MISSED, SignalKind.LATE]
    assert row(dossier_id).state is State.REPAYING


def test_the_message_names_no_loan(person_id: int, dossier_id: int) -> None:
    watch(LATE)
    params = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "credit_call_us")).one()
    assert set(params) == {"place", "phone", "until"}
    assert params["until"].startswith("lundi 1er février")


def visit(person_id: int, act: VisitAct) -> None:
    with transaction():
        tell(
            VisitEvent(
                act=act, attendance_id=7, person_id=person_id, desk_id=1, kind=next(iter(MeetingKind)), starts_at=LATE,
                origin=next(iter(Origin)), actor_id=None, now=LATE,
            )
        )  # fmt: skip


def test_a_missed_meeting_is_a_signal_until_it_was_held_after_all(person_id: int, dossier_id: int) -> None:
    visit(person_id, VisitAct.BOOKED)
    assert signals(dossier_id) == []
    visit(person_id, VisitAct.MISSED)
    visit(person_id, VisitAct.MISSED)
    assert signals(dossier_id) == [SignalKind.MEETING]
    visit(person_id, VisitAct.HELD)
    assert signals(dossier_id) == []


def test_a_change_of_the_budget_is_told_and_seen(staff: FlaskClient, person_id: int, dossier_id: int) -> None:
    url = f"/micro-credits/{dossier_id}/suivi"
    assert staff.post(url, data={"act": "change", "said": " "}).status_code == 422
    assert staff.post(url, data={"act": "change", "said": "Fin du CDD"}).status_code == 303
    assert "Fin du CDD" in staff.get(url).text
    assert "Le budget a changé" in staff.get("/a-faire").text
    signal = db.session.scalars(select(CreditSignal)).one()
    assert staff.post(url, data={"act": "seen", "signal": str(signal.id)}).status_code == 303
    assert "Vu par" in staff.get(url).text
    assert "Fin du CDD" not in staff.get("/a-faire").text
    for wrong, status in (("x", 400), ("99999", 404)):
        assert staff.post(url, data={"act": "seen", "signal": wrong}).status_code == status
    assert staff.post(url, data={"act": "nothing"}).status_code == 400


def test_the_person_tells_of_a_change_themselves(
    app: Flask, person_id: int, dossier_id: int, staff: FlaskClient
) -> None:
    own = signed_in(app, make_user(role=Role.BENEFICIARY, person_id=person_id))
    assert "Ma situation a changé" in own.get("/mon-espace/micro-credit").text
    assert own.post("/mon-espace/micro-credit/changement", data={"said": "Moins d’heures"}).status_code == 303
    assert signals(dossier_id) == [SignalKind.BUDGET]
    with pytest.raises(NotRepaying):
        following.declare_change(dossier_id=a_dossier(a_person()), said="x", actor_id=None, now=LATE)


NEW: dict[str, Any] = {"rate": Decimal(4), "months": 60, "from_on": LATE.date(), "first_on": date(2027, 2, 5)}


def new_plan(dossier_id: int, **values: Any) -> NewPlan:
    owed = plans.standing_of(row(dossier_id), on=LATE.date()).owed.cents
    return NewPlan(**{"capital_cents": owed, **NEW, **values})


def keep(dossier_id: int) -> None:
    agreed(a_schedule(dossier_id, new_plan(dossier_id), now=LATE), now=LATE)


def test_a_new_schedule_replaces_what_is_not_paid_and_keeps_every_version(dossier_id: int) -> None:
    services.note_payment(dossier_id=dossier_id, on=date(2027, 1, 1), amount_cents=9_857, actor_id=None, now=LATE)
    standing = plans.standing_of(row(dossier_id), on=LATE.date())
    assert (standing.owed.capital_cents, standing.owed.interest_cents, standing.owed.ahead_cents) == (292_143, 0, 1_000)
    assert len(standing.left) == 35
    keep(dossier_id)
    assert row(dossier_id).state is State.RESCHEDULED
    ledger = queries.ledger_of(dossier_id, on=LATE.date())
    assert len(ledger.rows) == 61
    # What was paid in advance counts on the first new instalment.
    assert ledger.rows[1].paid_cents == 1_000
    plan = db.session.scalars(select(CreditPlan)).one()
    assert (plan.number, plan.capital_cents, plan.months) == (2, 292_143, 60)
    replaced = select(func.count()).where(MicrocreditInstalment.replaced_at.is_not(None))
    assert db.session.scalar(replaced) == 35
    keep(dossier_id)
    assert [one.number for one in db.session.scalars(select(CreditPlan).order_by(CreditPlan.id))] == [2, 3]


@pytest.mark.parametrize(
    ("values", "refused", "words"),
    [
        ({"rate": Decimal(25)}, PlanInvalid, "usure"),
        # 3 000 € lent on 1 December 2026 are paid back by 1 December 2033.
        ({"months": 84}, PlanInvalid, "au plus tard"),
    ],
)
def test_no_schedule_beyond_usury_or_the_legal_duration(
    dossier_id: int, values: dict[str, Any], refused: type[Exception], words: str
) -> None:
    services.watch_due(now=LATE)
    with pytest.raises(refused, match=words):
        a_schedule(dossier_id, new_plan(dossier_id, **values), now=LATE)
    with pytest.raises(ReasonMissing):
        a_schedule(dossier_id, new_plan(dossier_id), now=LATE, reason=" ")
    a_schedule(dossier_id, new_plan(dossier_id, months=82), now=LATE)


def test_no_schedule_without_both_agreements(dossier_id: int) -> None:
    accord_id = a_schedule(dossier_id, new_plan(dossier_id), now=LATE)
    assert bank_agreed(accord_id, now=LATE) is AccordState.WAITING
    assert row(dossier_id).state is State.DISBURSED
    assert signed(accord_id, now=LATE) is AccordState.APPLIED
    # Before any instalment: what is lent goes straight to the new schedule.
    assert row(dossier_id).state is State.RESCHEDULED


def test_a_payment_in_between_asks_for_a_new_paper(dossier_id: int) -> None:
    accord_id = a_schedule(dossier_id, new_plan(dossier_id), now=LATE)
    services.note_payment(dossier_id=dossier_id, on=date(2027, 1, 5), amount_cents=8_857, actor_id=None, now=LATE)
    with pytest.raises(AccordOutdated):
        signed(accord_id, now=LATE)


def test_the_insurance_that_the_bank_requires_goes_on(person_id: int) -> None:
    offer_id = make_offer(insurance_kind=InsuranceKind.FIXED, insurance_cents=200, insurance_required=True, papers=[])
    dossier_id = a_dossier(person_id, offer_id=offer_id)
    disbursed(dossier_id)
    standing = plans.standing_of(row(dossier_id), on=LATE.date())
    assert standing.owed.insurance_cents == 200
    plan = new_plan(dossier_id, months=24)
    seen = plans.preview(dossier_id=dossier_id, plan=plan)
    assert seen.insured
    assert seen.compared.new.cost_cents - sum(one.interest_cents for one in seen.compared.rows) == 24 * 200
    agreed(a_schedule(dossier_id, plan, now=LATE), now=LATE)
    assert sum(one.amount_cents for one in queries.dues_of(dossier_id)) == seen.compared.new.total_cents


def test_the_page_shows_both_sides_first(staff: FlaskClient, person_id: int, dossier_id: int) -> None:
    services.watch_due(now=LATE)
    url = f"/micro-credits/{dossier_id}/reechelonner"
    page = staff.get(url).text
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found
    typed = {"version": found[1], "capital_cents": "2900", "rate": "4", "months": "60", "first_on": "2027-02-05"}
    seen = staff.post(url, data={**typed, "act": "preview"})
    assert seen.status_code == 200
    for words in ("L’ancien et le nouveau", "TAEG", "sous le taux d’usure", "Préparer le papier à signer"):
        assert words in seen.text, words
    assert row(dossier_id).state is not State.RESCHEDULED
    assert "Écrivez un taux" in staff.post(url, data={**typed, "rate": "x", "act": "preview"}).text
    assert "dépasse" in staff.post(url, data={**typed, "rate": "30", "act": "preview"}).text
    assert staff.post(url, data={**typed, "act": "save"}).status_code == 422
    assert "au plus tard" in staff.post(url, data={**typed, "months": "84", "act": "preview"}).text
    saved = staff.post(url, data={**typed, "act": "save", "reason": "Moins d’heures"})
    assert saved.status_code == 303, saved.text
    assert "pas encore signé" in staff.get(saved.location).text
    signed(int(saved.location.rsplit("/", 1)[1]), now=LATE)
    with_bank = staff.post(
        saved.location,
        data={"act": "bank", "agreed_on": LATE.date().isoformat(), "file": (io.BytesIO(PDF), "accord.pdf")},
        content_type="multipart/form-data",
    )
    assert with_bank.status_code == 303, with_bank.text
    assert row(dossier_id).state is State.RESCHEDULED
    assert "accord de la banque" in staff.get(f"/micro-credits/{dossier_id}/suivi").text


def test_the_sentence_of_the_law_is_that_of_the_day(staff: FlaskClient, dossier_id: int) -> None:
    services.watch_due(now=LATE)
    make_value(parameters.LEGAL_SENTENCE, "La phrase de la nouvelle loi.", valid_from_on=TODAY)
    typed = {"capital_cents": "2900", "rate": "4", "months": "60", "first_on": "2027-02-05", "act": "preview"}
    seen = staff.post(f"/micro-credits/{dossier_id}/reechelonner", data=typed)
    assert "La phrase de la nouvelle loi." in seen.text


def test_a_loss_is_shared_between_the_fund_and_the_bank(staff: FlaskClient, dossier_id: int) -> None:
    services.watch_due(now=LATE)
    url = f"/micro-credits/{dossier_id}/suivi"
    found = re.search(r'name="version"[^>]*value="(\d+)"', staff.get(url).text)
    assert found
    typed = {"act": "loss", "version": found[1], "on": "2027-01-07", "reason": "Départ sans adresse"}
    assert staff.post(url, data={**typed, "loss_cents": "9999"}).status_code == 422
    assert staff.post(url, data={**typed, "loss_cents": "1001,01"}).status_code == 303
    loss = db.session.scalars(select(CreditLoss)).one()
    assert (loss.loss_cents, loss.fund_cents, loss.bank_cents) == (100_101, 50_051, 50_050)
    assert row(dossier_id).state is State.CLOSED
    assert "pour le fonds de garantie" in staff.get(url).text
    with pytest.raises(ForbiddenTransition):
        losses.close_with_loss(
            dossier_id=dossier_id, on=TODAY, loss_cents=1, reason="x", version=None, actor_id=None, now=LATE
        )


def test_a_loss_of_tomorrow_or_without_a_word_is_none(dossier_id: int) -> None:
    facts: dict[str, Any] = {"dossier_id": dossier_id, "version": None, "actor_id": None, "now": LATE}
    with pytest.raises(LossInvalid):
        losses.close_with_loss(on=LATE.date() + timedelta(days=1), loss_cents=1, reason="x", **facts)
    with pytest.raises(ReasonMissing):
        losses.close_with_loss(on=TODAY, loss_cents=1, reason=" ", **facts)


def test_the_database_refuses_shares_that_do_not_sum(dossier_id: int) -> None:
    with pytest.raises(IntegrityError, match="shares_sum_to_loss"), transaction() as session:
        session.add(
            CreditLoss(
                dossier_id=dossier_id, on=TODAY, loss_cents=10, fund_cents=5, bank_cents=6, percent="50", noted_at=NOW
            )
        )
        session.flush()


def test_a_granted_vehicle_carries_until_it_is_gone(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    with transaction() as session:
        session.add(PersonLicence(person_id=person_id, category=LicenceCategory.B, issued_on=date(2020, 1, 1)))
    dossier_id = a_dossier(person_id, project_id=a_project(person_id, objective_id=objective_id))
    step = select(Step).where(Step.aid_ref == dossier_id, Step.aid_kind == "microcredit")
    covered = select(func.count()).select_from(Coverage).join(Step, Step.id == Coverage.step_id).where(
        Step.aid_kind == "microcredit"
    )  # fmt: skip
    transmission_id = sent(dossier_id)
    assert not db.session.scalars(step).one().covers
    answered(transmission_id)
    db.session.expire_all()
    assert db.session.scalars(step).one().covers
    services.sign(dossier_id=dossier_id, on=TODAY, version=None, actor_id=None, now=NOW)
    later = NOW + timedelta(days=8)
    details = services.Disbursement(later.date(), "Garage Martin")
    services.disburse(dossier_id=dossier_id, details=details, version=None, actor_id=None, now=later)
    db.session.expire_all()
    assert db.session.scalars(step).one().covers
    # A licence that is suspended stops it, and one that is given back lets it go on.
    for since, until, carried in ((TODAY, None, False), (TODAY, later.date() - timedelta(days=1), True)):
        with transaction() as session:
            licence = session.scalars(select(PersonLicence)).one()
            licence.suspended_from_on, licence.suspended_until_on = since, until
        following.follow_loans(now=later)
        db.session.expire_all()
        assert db.session.scalars(step).one().covers is carried
    following.vehicle_gone(dossier_id=dossier_id, said="Vendeur disparu", actor_id=None, now=later)
    following.vehicle_gone(dossier_id=dossier_id, said="encore", actor_id=None, now=later)
    db.session.expire_all()
    assert not db.session.scalars(step).one().covers
    assert db.session.scalar(covered) == 0
    with pytest.raises(ReasonMissing):
        following.vehicle_gone(dossier_id=dossier_id, said=" ", actor_id=None, now=later)


def test_an_offer_that_lapsed_unsigned_carries_nobody(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    with transaction() as session:
        session.add(PersonLicence(person_id=person_id, category=LicenceCategory.B, issued_on=date(2020, 1, 1)))
    dossier_id = a_dossier(person_id, project_id=a_project(person_id, objective_id=objective_id))
    answered(sent(dossier_id))
    following.follow_loans(now=NOW + timedelta(days=10))
    assert db.session.scalars(select(Step.covers).where(Step.aid_ref == dossier_id)).one()
    following.follow_loans(now=NOW + timedelta(days=17))
    db.session.expire_all()
    assert not db.session.scalars(select(Step.covers).where(Step.aid_ref == dossier_id)).one()
