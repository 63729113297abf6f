"""A dossier from the budget to the first instalment; the bank alone decides, once."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from mobility.core.db import db
from mobility.core.errors import ForbiddenTransition, NotFound, StaleVersion
from mobility.funding.errors import StackExceeds
from mobility.funding.queries import get_stack
from mobility.funding.rules import LineState
from mobility.microcredit.dossiers import lifecycle, queries, services
from mobility.microcredit.dossiers.aid import AID
from mobility.microcredit.dossiers.errors import (
    AlreadyAnswered,
    BudgetFrozen,
    DossierInvalid,
    PaymentInvalid,
    ReasonMissing,
    StepNotReady,
)
from mobility.microcredit.dossiers.models import Budget, MicrocreditDossier
from mobility.microcredit.dossiers.services import BudgetDetails, Disbursement, Request
from mobility.microcredit.dossiers.services.bank import Answer
from mobility.microcredit.rules.budget import Item, ItemKind
from mobility.microcredit.rules.states import Action, State
from mobility.pathway.models import Step
from mobility.pathway.rules import StepState
from mobility.people.kinds import LegalProtection
from mobility.people.models import Person
from tests.factories.dossiers import (
    NOW,
    TODAY,
    a_bank,
    a_budget,
    a_dossier,
    a_project,
    answered,
    disbursed,
    rendered,
    sent,
)
from tests.factories.organisations import make_organisation
from tests.factories.pathway import a_person

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}
FRESH: dict[str, Any] = {"version": None, **ACTS}


def row(dossier_id: int) -> MicrocreditDossier:
    db.session.expire_all()
    return queries.get_dossier(dossier_id)


def state(dossier_id: int) -> State:
    return row(dossier_id).state


def pay(dossier_id: int, on: date, cents: int = 8857, **values: Any) -> bool:
    facts: dict[str, Any] = {"now": NOW + timedelta(days=800), "actor_id": None, **values}
    return services.note_payment(dossier_id=dossier_id, on=on, amount_cents=cents, **facts)


def test_the_whole_way_from_the_budget_to_the_first_instalment(app: Flask) -> None:
    person_id = a_person()
    dossier_id = a_dossier(person_id)
    assert state(dossier_id) is State.INSTRUCTION
    transmission_id = sent(dossier_id)
    project_id = row(dossier_id).project_id
    assert get_stack(project_id).lines[0].state is LineState.ASKED
    answered(transmission_id, words="Assurance obligatoire")
    assert (state(dossier_id), row(dossier_id).conditions) == (State.GRANTED, "Assurance obligatoire")
    services.sign(dossier_id=dossier_id, on=TODAY, **FRESH)
    with pytest.raises(StepNotReady, match="1er décembre"):
        services.disburse(
            dossier_id=dossier_id,
            details=Disbursement(TODAY + timedelta(days=7), "Garage"),
            version=None,
            actor_id=None,
            now=NOW + timedelta(days=7),
        )
    later = NOW + timedelta(days=8)
    details = Disbursement(later.date(), "Garage Martin", date(2027, 1, 1))
    services.disburse(dossier_id=dossier_id, details=details, version=None, actor_id=None, now=later)
    assert get_stack(project_id).lines[0].state is LineState.PAID
    assert sum(due.amount_cents for due in queries.dues_of(dossier_id)) == 300_000 + 18_859
    paid_at = NOW + timedelta(days=43)
    assert pay(dossier_id, date(2027, 1, 5), now=paid_at) is True
    assert state(dossier_id) is State.REPAYING
    assert [one.action for one in queries.log_of(dossier_id)] == [
        Action.START, Action.COMPLETE, Action.TRANSMIT, Action.GRANT, Action.SIGN, Action.DISBURSE, Action.BEGIN,
    ]  # fmt: skip
    step = db.session.query(Step).filter_by(aid_kind="microcredit", aid_ref=dossier_id).one()
    assert step.state is StepState.ACTIVE


def test_a_dossier_is_sent_only_once_it_is_whole(app: Flask) -> None:
    person_id = a_person()
    dossier_id = a_dossier(person_id, bank_id=None, opinion="")
    with pytest.raises(StepNotReady, match=r"Choisissez la banque\. Écrivez votre avis\."):
        services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    request = Request(200_000, 24, Decimal("3.5"), a_bank().id, "Bon dossier")
    services.change_request(dossier_id=dossier_id, request=request, **FRESH)
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    with pytest.raises(DossierInvalid, match="Reprenez"):
        services.change_request(dossier_id=dossier_id, request=request, **FRESH)
    assert get_stack(row(dossier_id).project_id).totals.lent == 200_000


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"amount_cents": 800_001}, DossierInvalid),
        ({"months": 85}, DossierInvalid),
        ({"amount_cents": 300_001}, StackExceeds),
    ],
)
def test_what_no_micro_credit_is_is_refused(app: Flask, values: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        a_dossier(a_person(), **values)


def test_a_project_has_one_dossier_at_a_time_and_a_bank_is_a_bank(app: Flask) -> None:
    person_id = a_person()
    project_id = a_project(person_id, cents=600_000)
    a_dossier(person_id, project_id=project_id)
    with pytest.raises(DossierInvalid, match="déjà un dossier"):
        a_dossier(person_id, project_id=project_id)
    with pytest.raises(NotFound):
        a_dossier(person_id, project_id=project_id, bank_id=make_organisation().id)


def test_the_first_answer_of_the_bank_counts(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    transmission_id = sent(dossier_id)
    answered(transmission_id, Action.REFUSE, "Capacité trop faible")
    with pytest.raises(AlreadyAnswered):
        answered(transmission_id, Action.GRANT)
    assert (state(dossier_id), row(dossier_id).reason) == (State.REFUSED, "Capacité trop faible")
    assert get_stack(row(dossier_id).project_id).totals.missing == 300_000


def test_a_refusal_and_a_question_say_why_and_who(app: Flask) -> None:
    transmission_id = sent(a_dossier(a_person()))
    for action in (Action.REFUSE, Action.ASK_MORE):
        with pytest.raises(ReasonMissing):
            answered(transmission_id, action, "  ")
    with pytest.raises(DossierInvalid, match="nom"):
        services.answer(transmission_id=transmission_id, said=Answer(Action.GRANT, "", " "), now=NOW)
    with pytest.raises(ValueError, match="grants"):
        services.answer(transmission_id=transmission_id, said=Answer(Action.SIGN, "", "x"), now=NOW)


def test_what_was_asked_for_is_answered_by_a_second_transmission(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    first = sent(dossier_id)
    answered(first, Action.ASK_MORE, "Un relevé de plus")
    second = services.transmit(dossier_id=dossier_id, **FRESH)
    with pytest.raises(AlreadyAnswered):
        answered(first, Action.GRANT)
    answered(second, Action.GRANT)
    assert state(dossier_id) is State.GRANTED


def test_a_refused_dossier_is_worked_over_and_asks_again(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    answered(sent(dossier_id), Action.REFUSE, "Trop long")
    services.move(dossier_id=dossier_id, action=Action.REWORK, **ACTS)
    request = Request(250_000, 24, Decimal(3), a_bank("Autre banque").id, "Moins long")
    services.change_request(dossier_id=dossier_id, request=request, **FRESH)
    answered(sent(dossier_id))
    assert (state(dossier_id), row(dossier_id).months) == (State.GRANTED, 24)


@pytest.mark.parametrize("protection", [LegalProtection.CURATORSHIP, LegalProtection.GUARDIANSHIP])
def test_a_curator_or_guardian_signs_too(app: Flask, protection: LegalProtection) -> None:
    person_id = a_person(legal_protection=protection)
    dossier_id = a_dossier(person_id)
    answered(sent(dossier_id))
    with pytest.raises(StepNotReady, match="protection"):
        services.sign(dossier_id=dossier_id, on=TODAY, **FRESH)
    assert row(dossier_id).signed_on is None


def test_the_person_steps_back_within_the_days_of_the_law_and_not_later(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    paid_at = disbursed(dossier_id)
    with pytest.raises(ReasonMissing):
        services.move(dossier_id=dossier_id, action=Action.WITHDRAW, actor_id=None, now=paid_at)
    late = NOW + timedelta(days=15)
    with pytest.raises(StepNotReady, match="délai de rétractation"):
        services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Non", actor_id=None, now=late)
    last = NOW + timedelta(days=14)
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Non", actor_id=None, now=last)
    assert state(dossier_id) is State.WITHDRAWN


def test_a_withdrawal_counts_from_the_day_on_which_it_was_sent(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    disbursed(dossier_id)
    late = NOW + timedelta(days=16)
    step: dict[str, Any] = {"dossier_id": dossier_id, "action": Action.WITHDRAW, "actor_id": None, "now": late}
    for days, said in ((15, "délai"), (-1, "après la signature"), (17, "pas encore")):
        with pytest.raises(StepNotReady, match=said) as caught:
            services.move(reason="Non", said_on=TODAY + timedelta(days=days), **step)
        assert caught.value.field == "said_on"
    services.move(reason="J’ai changé d’avis", said_on=TODAY + timedelta(days=14), **step)
    assert state(dossier_id) is State.WITHDRAWN
    assert row(dossier_id).reason == "Le 7 décembre : J’ai changé d’avis"


@pytest.mark.parametrize(
    ("at", "fine"),
    [
        # Signed on 23 November: seven days without payment end with the 30th, in Paris.
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), True),
    ],
)
def test_the_days_of_the_law_end_at_midnight_in_paris(app: Flask, at: datetime, fine: bool) -> None:
    dossier_id = a_dossier(a_person())
    answered(sent(dossier_id))
    services.sign(dossier_id=dossier_id, on=TODAY, **FRESH)
    pays: dict[str, Any] = {"dossier_id": dossier_id, "version": None, "actor_id": None, "now": at}
    first = Disbursement(date(2026, 12, 1), "Garage")
    if fine:
        services.disburse(details=first, **pays)
        assert state(dossier_id) is State.DISBURSED
        return
    with pytest.raises(StepNotReady, match="pas encore"):
        services.disburse(details=first, **pays)
    with pytest.raises(StepNotReady, match="premiers jours"):
        services.disburse(details=Disbursement(date(2026, 11, 30), "Garage"), **pays)


def test_the_last_instalment_comes_within_the_months_of_the_law(app: Flask) -> None:
    dossier_id = a_dossier(a_person(), amount_cents=300_000, months=84)
    answered(sent(dossier_id))
    services.sign(dossier_id=dossier_id, on=TODAY, **FRESH)
    later: dict[str, Any] = {"version": None, "actor_id": None, "now": NOW + timedelta(days=9)}
    paid_on = date(2026, 12, 1)
    with pytest.raises(DossierInvalid, match="84 mois au plus") as caught:
        services.disburse(dossier_id=dossier_id, details=Disbursement(paid_on, "Garage", date(2027, 1, 2)), **later)
    assert caught.value.field == "first_due_on"
    services.disburse(dossier_id=dossier_id, details=Disbursement(paid_on, "Garage", date(2027, 1, 1)), **later)
    assert queries.dues_of(dossier_id)[-1].due_on == date(2033, 12, 1)


def test_dates_that_cannot_be_are_refused(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    answered(sent(dossier_id))
    for on, said in ((TODAY + timedelta(days=1), "pas encore"), (TODAY - timedelta(days=1), "après l’accord")):
        with pytest.raises(StepNotReady, match=said):
            services.sign(dossier_id=dossier_id, on=on, **FRESH)
    services.sign(dossier_id=dossier_id, on=TODAY, **FRESH)
    later: dict[str, Any] = {"version": None, "actor_id": None, "now": NOW + timedelta(days=9)}
    with pytest.raises(StepNotReady, match="vendeur"):
        services.disburse(dossier_id=dossier_id, details=Disbursement(date(2026, 12, 1), " "), **later)
    early = Disbursement(date(2026, 12, 1), "Garage", date(2026, 12, 1))
    with pytest.raises(DossierInvalid, match="après le versement"):
        services.disburse(dossier_id=dossier_id, details=early, **later)


def test_a_missed_instalment_is_an_incident_until_it_is_paid(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    disbursed(dossier_id)
    first, second = [due.due_on for due in queries.dues_of(dossier_id)[:2]]
    at = NOW + timedelta(days=80)  # both instalments are due by then
    pay(dossier_id, first, now=at)
    assert state(dossier_id) is State.INCIDENT
    pay(dossier_id, second, now=at)
    assert state(dossier_id) is State.REPAYING


def test_the_last_instalment_closes_the_dossier_and_the_same_line_counts_once(app: Flask) -> None:
    dossier_id = a_dossier(a_person(), amount_cents=30_000, months=6, rate=Decimal("1.5"))
    disbursed(dossier_id)
    dues = queries.dues_of(dossier_id)
    for due in dues:
        assert pay(dossier_id, due.due_on, due.amount_cents)
    assert state(dossier_id) is State.CLOSED
    with pytest.raises(PaymentInvalid, match="en cours"):
        pay(dossier_id, dues[0].due_on)


def test_a_loan_is_closed_by_hand_only_with_a_reason(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    paid_at = disbursed(dossier_id)
    pay(dossier_id, paid_at.date(), 8_857, now=paid_at)
    close: dict[str, Any] = {"dossier_id": dossier_id, "action": Action.CLOSE, "actor_id": None, "now": paid_at}
    with pytest.raises(ReasonMissing):
        services.move(**close)
    services.move(reason="Remboursé par anticipation", **close)
    assert state(dossier_id) is State.CLOSED


def test_payments_that_cannot_be_are_refused(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    paid_at = disbursed(dossier_id)
    assert pay(dossier_id, paid_at.date(), 100, now=paid_at)
    assert not pay(dossier_id, paid_at.date(), 100, now=paid_at)
    for on, cents in ((TODAY, 100), (paid_at.date() + timedelta(days=1), 100), (paid_at.date(), 0)):
        with pytest.raises(PaymentInvalid):
            pay(dossier_id, on, cents, now=paid_at)


def test_the_budget_that_a_bank_has_seen_stays(app: Flask) -> None:
    person_id = a_person()
    dossier_id = a_dossier(person_id)
    sent(dossier_id)
    budget_id = row(dossier_id).budget_id
    details = BudgetDetails(items=[Item(ItemKind.RSA, 65_169)])
    with pytest.raises(BudgetFrozen):
        services.write_budget(person_id=person_id, details=details, budget_id=budget_id, **ACTS)
    fresh = services.write_budget(person_id=person_id, details=details, **ACTS)
    found = queries.find_budget(person_id)
    assert found is not None
    assert found.id == fresh != budget_id


def test_a_budget_is_written_over_by_whoever_saw_it_last(app: Flask) -> None:
    person_id = a_person()
    budget_id = a_budget(person_id)
    seen = db.session.get_one(Budget, budget_id).version
    details = BudgetDetails(items=[Item(ItemKind.RSA, 65_169)], children=2)
    write: dict[str, Any] = {"details": details, "budget_id": budget_id, **ACTS}
    services.write_budget(person_id=person_id, version=seen, **write)
    with pytest.raises(StaleVersion):
        services.write_budget(person_id=person_id, version=seen, **write)
    with pytest.raises(NotFound):
        services.write_budget(person_id=a_person(), **write)
    assert [one.kind for one in queries.rows_of(budget_id)] == [ItemKind.RSA]


def test_the_paper_says_what_is_asked_and_why(app: Flask) -> None:
    dossier_id = a_dossier(a_person(last_name="Benali"), opinion="Embauche le 1er décembre.")
    pages = PdfReader(io.BytesIO(rendered(dossier_id))).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())
    for words in ("Benali", "3 000,00 €", "88,57", "4,0741 %", "Embauche le 1er décembre", "doit être remboursé"):
        assert words in said.replace("\u202f", " ").replace("\u00a0", " "), words


def test_steps_of_others_are_not_taken_by_hand(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    for action in (Action.GRANT, Action.MISS, Action.SIGN, Action.TRANSMIT):
        with pytest.raises(ValueError, match="use case"):
            services.move(dossier_id=dossier_id, action=action, **ACTS)
    with pytest.raises(ForbiddenTransition):
        services.move(dossier_id=dossier_id, action=Action.REOPEN, **ACTS)


def test_merging_exporting_and_erasing_keep_the_amounts(app: Flask) -> None:
    person_id, kept = a_person(), a_person()
    dossier_id = a_dossier(person_id, opinion="Dit par Mme Martin")
    disbursed(dossier_id)
    lifecycle.merge(kept_id=kept, merged_id=person_id, now=NOW)
    db.session.expire_all()
    budgets, credits_, _waited = lifecycle.export(person_id=kept)
    assert (budgets.rows[0]["kind"], credits_.rows[0]["state"]) == ("Salaire", "Versé")
    assert lifecycle.keep_until(person_id=kept, on=TODAY) == date(2034, 12, 1)
    assert lifecycle.keep_until(person_id=person_id, on=TODAY) is None
    for _again in range(2):
        lifecycle.erase(person_id=kept, now=NOW)
    found = row(dossier_id)
    assert (found.opinion, found.paid_to, found.amount_cents) == ("Effacé", "Effacé", 300_000)
    assert queries.rows_of(found.budget_id or 0) == []


def test_the_aid_says_what_stands_against_a_second_dossier(app: Flask) -> None:
    person_id = a_person()
    assert AID._against(person_id, NOW) == ()
    a_budget(person_id, items=[Item(ItemKind.RENT, 50_000)])
    assert "ne laisse rien" in AID._against(person_id, NOW)[0]
    a_dossier(person_id)
    assert "déjà en cours" in AID._against(person_id, NOW)[0]


def test_a_refused_loan_is_none_in_progress_and_what_the_project_brings_counts(app: Flask) -> None:
    person_id = a_person()
    answered(sent(a_dossier(person_id)), Action.REFUSE, "Trop cher")
    assert AID._against(person_id, NOW) == ()
    a_budget(person_id, items=[Item(ItemKind.RENT, 50_000)], gained_cents=50_001)
    assert AID._against(person_id, NOW) == ()


def test_a_budget_without_a_line_proves_nothing(app: Flask) -> None:
    person_id = a_person()
    dossier_id = a_dossier(person_id)
    a_budget(person_id, items=[])
    with pytest.raises(StepNotReady, match="budget, avec ses revenus"):
        services.move(dossier_id=dossier_id, action=Action.COMPLETE, actor_id=None, now=NOW)


def test_the_aid_offers_each_purpose(app: Flask) -> None:
    person_id = a_person()
    assert AID.menu(desk_id=db.session.get_one(Person, person_id).desk_id, on=TODAY)[0][0] == "licence"
