"""An offer says the rate of a dossier; a red light and a refusal show what would change it, taken in one act."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.funding import services as funding
from mobility.funding.models import FundingLine, Project
from mobility.funding.queries import get_stack
from mobility.funding.rules import Source
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.errors import DossierInvalid, StepNotReady
from mobility.microcredit.dossiers.services import Disbursement, Request
from mobility.microcredit.dossiers.services.changing import TO_FIND
from mobility.microcredit.dossiers.standing import standing_of
from mobility.microcredit.models import CreditOffer
from mobility.microcredit.rules.budget import Item, ItemKind
from mobility.microcredit.rules.changes import ChangeKind
from mobility.microcredit.rules.schedule import Waiting
from mobility.microcredit.rules.states import Action, State
from mobility.microcredit.services import write_offer, write_partner
from mobility.organisations.models import Organisation
from mobility.pathway.models import Step
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.dossiers import ITEMS, NOW, TODAY, a_bank, a_budget, a_dossier, a_project, answered, sent
from tests.factories.pathway import a_person

TIGHT = (Item(ItemKind.WAGE, 110_000), Item(ItemKind.RENT, 50_000))


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


def an_offer(bank: Organisation | None = None, **values: Any) -> int:
    """Terms of a partner: 300 to 8 000 euros over 6 to 84 months at 4 per cent."""
    facts = {"contact": "", "email": "", "phone": "", "committee": False, "decides_days": 15, "note": ""}
    partner_id = write_partner(facts=facts, organisation_id=(bank or a_bank()).id, actor_id=None, now=NOW)
    terms: dict[str, Any] = {
        "label": "Prêt mobilité", "valid_from_on": TODAY, "valid_until_on": None, "amount_min_cents": 300_00,
        "amount_max_cents": 8000_00, "months_min": 6, "months_max": 84,
        "bands": [{"up_to_cents": None, "up_to_months": None, "percent": "4"}], "purposes": [], "communes": [],
        "insurance_required": False, "insurance_kind": "none", "most_wait_months": 3, "papers": [],
    }  # fmt: skip
    return write_offer(facts={**terms, **values}, partner_id=partner_id, actor_id=None, now=NOW)


def a_request(offer_id: int, **values: Any) -> Request:
    return Request(**{"amount_cents": 300_000, "months": 36, "offer_id": offer_id, "opinion": "CDI.", **values})


def opened(person_id: int, request: Request, project_id: int | None = None) -> int:
    return services.open_dossier(
        project_id=project_id or a_project(person_id), request=request, actor_id=None, now=NOW
    )  # fmt: skip


def kinds(dossier_id: int) -> list[ChangeKind]:
    return [change.kind for change in standing_of(queries.get_dossier(dossier_id), on=TODAY).changes]


def take(dossier_id: int, kind: ChangeKind, key: int) -> int:
    return services.take_change(
        dossier_id=dossier_id, kind=kind, bank_key=key, version=None, actor_id=None, now=NOW
    )  # fmt: skip


def test_an_offer_says_the_bank_and_the_rate(person_id: int) -> None:
    bank = a_bank()
    offer_id = an_offer(bank)
    row = queries.get_dossier(opened(person_id, a_request(offer_id)))
    assert (row.bank_id, row.rate, row.offer_id) == (bank.id, "4", offer_id)


def test_an_offer_that_does_not_lend_this_or_is_over_is_refused_in_words(person_id: int) -> None:
    offer_id = an_offer(months_max=24)
    with pytest.raises(DossierInvalid, match="24 mois au plus") as refused:
        opened(person_id, a_request(offer_id))
    assert refused.value.field == "offer_id"
    with transaction() as session:
        session.get_one(CreditOffer, offer_id).valid_until_on = TODAY.replace(day=22)
        session.get_one(CreditOffer, offer_id).valid_from_on = TODAY.replace(day=1)
    with pytest.raises(DossierInvalid, match="plus en vigueur"):
        opened(person_id, a_request(offer_id, months=12))


def test_the_terms_of_another_desk_are_not_offered(person_id: int) -> None:
    from tests.factories.desks import make_desk

    facts = {"contact": "", "email": "", "phone": "", "committee": False, "decides_days": 15, "note": ""}
    other = write_partner(
        facts=facts, organisation_id=a_bank("Ailleurs").id, desk_id=make_desk("Ailleurs").id, actor_id=None, now=NOW
    )  # fmt: skip
    offer_id = an_offer()
    with transaction() as session:
        session.get_one(CreditOffer, offer_id).partner_id = other
    with pytest.raises(DossierInvalid, match="plus en vigueur"):
        opened(person_id, a_request(offer_id))


def test_a_budget_that_is_written_later_goes_with_the_dossier_that_is_open(person_id: int) -> None:
    dossier_id = opened(person_id, a_request(an_offer()))
    assert standing_of(queries.get_dossier(dossier_id), on=TODAY).verdict is None
    budget_id = a_budget(person_id)
    assert queries.get_dossier(dossier_id).budget_id == budget_id


def test_a_red_light_is_turned_by_one_act_on_the_request(app: Flask, person_id: int) -> None:
    a_budget(person_id, items=TIGHT, insurance_cents=0, commute_tenths=0, children=1)
    offer_id = an_offer()
    dossier_id = opened(person_id, a_request(offer_id, months=12))
    assert standing_of(queries.get_dossier(dossier_id), on=TODAY).is_red
    assert kinds(dossier_id)[0] is ChangeKind.LONGER
    desk_id = db.session.get_one(Person, person_id).desk_id
    staff = signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))
    page = staff.get(f"/micro-credits/{dossier_id}").text
    assert "Ce qui changerait la réponse" in page
    assert f'value="longer:{offer_id}"' in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    data = {"act": "change", "version": version[1]}
    url = f"/micro-credits/{dossier_id}"
    for wrong in ("", "longer", "nothing:1", "longer:x", "longer:99999999999"):
        assert staff.post(url, data={**data, "change": wrong}).status_code == 400, wrong
    stale = staff.post(url, data={**data, "change": "longer:999"})
    assert (stale.status_code, "relisez" in stale.text) == (422, True)
    assert staff.post(url, data={**data, "change": f"longer:{offer_id}"}).location.endswith(url)
    row = queries.get_dossier(dossier_id)
    assert row.months > 12
    found = standing_of(row, on=TODAY)
    assert (found.is_red, found.changes) == (False, ())
    old = staff.post(url, data={**data, "change": f"longer:{offer_id}"})
    assert (old.status_code, "entre-temps" in old.text) == (422, True)


def test_less_leaves_a_part_to_be_found_in_the_project(person_id: int) -> None:
    a_budget(person_id, items=TIGHT, insurance_cents=0, commute_tenths=0, children=1)
    offer_id = an_offer(months_max=12)
    project_id = a_project(person_id)
    dossier_id = opened(person_id, a_request(offer_id, months=12), project_id)
    assert {ChangeKind.CONTRIBUTION, ChangeKind.CHEAPER} <= set(kinds(dossier_id))
    assert take(dossier_id, ChangeKind.CONTRIBUTION, offer_id) == dossier_id
    lines = {row.source: row for row in db.session.scalars(select(FundingLine).filter_by(project_id=project_id))}
    assert lines[Source.OTHER].label == TO_FIND
    assert lines[Source.OTHER].amount_cents + lines[Source.MICROCREDIT].amount_cents == 300_000


def test_cheaper_takes_it_off_the_estimate(person_id: int) -> None:
    a_budget(person_id, items=TIGHT, insurance_cents=0, commute_tenths=0, children=1)
    offer_id = an_offer(months_max=12)
    project_id = a_project(person_id)
    dossier_id = opened(person_id, a_request(offer_id, months=12), project_id)
    take(dossier_id, ChangeKind.CHEAPER, offer_id)
    assert (
        db.session.get_one(Project, project_id).amount_cents == queries.get_dossier(dossier_id).amount_cents < 300_000
    )


def test_cheaper_sets_a_price_to_obtain_in_the_place_of_the_chosen_quote(app: Flask, person_id: int) -> None:
    a_budget(person_id, items=TIGHT, insurance_cents=0, commute_tenths=0, children=1)
    offer_id, project_id = an_offer(months_max=12), a_project(person_id)
    acts: dict[str, Any] = {"project_id": project_id, "actor_id": None, "now": NOW}
    first = funding.add_quote(quote=funding.Quote("Garage Martin", 300_000, TODAY, "Clio"), **acts)
    dossier_id = opened(person_id, a_request(offer_id, months=12), project_id)
    change = next(
        one for one in standing_of(queries.get_dossier(dossier_id), on=TODAY).changes if one.kind is ChangeKind.CHEAPER
    )
    assert change.sentence.startswith("Faire baisser le devis de Garage Martin à ")
    take(dossier_id, ChangeKind.CHEAPER, offer_id)
    old, target = get_stack(project_id).quotes
    assert (old.id, old.chosen, old.amount_cents) == (first, False, 300_000)
    assert (target.chosen, target.target, target.replaces_id) == (True, True, first)
    asked = queries.get_dossier(dossier_id).amount_cents
    assert target.amount_cents == change.price_cents == asked == db.session.get_one(Project, project_id).amount_cents
    with pytest.raises(StepNotReady, match=r"nouveau prix .*Garage Martin"):
        services.move(dossier_id=dossier_id, action=Action.COMPLETE, actor_id=None, now=NOW)
    desk_id = db.session.get_one(Person, person_id).desk_id
    staff = signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))
    assert "Prix à obtenir" in staff.get(f"/projets/{project_id}").text
    # Another seller's car at that price, or Martin's new quote: either takes its place.
    funding.add_quote(quote=funding.Quote("Autre garage", asked, TODAY), **acts)
    kept = [(one.seller, one.chosen, one.target) for one in get_stack(project_id).quotes]
    assert kept == [("Garage Martin", False, False), ("Garage Martin", False, True), ("Autre garage", True, False)]
    assert db.session.get_one(Project, project_id).amount_cents == asked
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, actor_id=None, now=NOW)


def test_a_price_to_obtain_goes_with_its_quote_and_beside_others(person_id: int) -> None:
    project_id = a_project(person_id)
    acts: dict[str, Any] = {"project_id": project_id, "actor_id": None, "now": NOW}
    assert funding.aim_lower(by_cents=10_00, **acts) is None
    car = funding.add_quote(quote=funding.Quote("Garage Martin", 300_000, TODAY), **acts)
    cover = funding.add_quote(quote=funding.Quote("Assureur", 40_000, TODAY), **acts)
    assert funding.aim_lower(by_cents=300_000, **acts) is None
    once = funding.aim_lower(by_cents=50_000, **acts)
    twice = funding.aim_lower(by_cents=10_000, **acts)
    assert once is not None

    def chosen() -> dict[int, int]:
        db.session.expire_all()
        return {one.id: one.amount_cents for one in get_stack(project_id).quotes if one.chosen}

    assert chosen() == {twice: 240_000, cover: 40_000}
    # Another part's new quote leaves it; the seller's own, however it is written, takes its place.
    glass = funding.add_quote(quote=funding.Quote("Vitrier", 5_000, TODAY), **acts)
    assert chosen() == {twice: 240_000, cover: 40_000, glass: 5_000}
    new = funding.add_quote(quote=funding.Quote(" garage  MARTIN", 239_000, TODAY), **acts)
    assert chosen() == {new: 239_000, cover: 40_000, glass: 5_000}
    assert next(one for one in get_stack(project_id).quotes if one.id == new).replaces_id == car
    third = funding.aim_lower(by_cents=9_000, **acts)
    assert third in chosen()
    funding.choose_quote(quote_id=new, chosen=True, **acts)
    assert chosen() == {new: 239_000, cover: 40_000, glass: 5_000}
    with pytest.raises(IntegrityError, match="target_has_no_paper"), transaction() as session:
        session.execute(text("UPDATE project_quote SET target = true, replaces_id = NULL WHERE NOT target"))


def test_debts_first_are_the_persons_act_not_ours(person_id: int) -> None:
    items = (*TIGHT, Item(ItemKind.LOAN, 30_000))
    a_budget(person_id, items=items, insurance_cents=0, commute_tenths=0)
    offer_id = an_offer()
    dossier_id = opened(person_id, a_request(offer_id))
    assert ChangeKind.DEBT_FIRST in kinds(dossier_id)
    with pytest.raises(DossierInvalid, match="leur page"):
        take(dossier_id, ChangeKind.DEBT_FIRST, offer_id)


def test_after_a_refusal_one_act_prepares_a_new_dossier_and_keeps_the_old(app: Flask, person_id: int) -> None:
    first_bank, other = a_bank("Banque du Refus"), a_bank("Banque Ouverte")
    first, second = (
        an_offer(first_bank),
        an_offer(other, bands=[{"up_to_cents": None, "up_to_months": None, "percent": "3"}]),
    )
    a_budget(person_id, items=ITEMS)
    dossier_id = opened(person_id, a_request(first))
    assert kinds(dossier_id) == []
    step_id = db.session.scalar(select(Step.id).where(Step.aid_kind == "microcredit", Step.aid_ref == dossier_id))
    transmission_id = sent(dossier_id)
    answered(transmission_id, Action.REFUSE, "Pas de prêt à ce nom cette année")
    assert kinds(dossier_id)[0] is ChangeKind.OTHER_BANK
    desk_id = db.session.get_one(Person, person_id).desk_id
    staff = signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))
    url = f"/micro-credits/{dossier_id}"
    assert "Préparer un nouveau dossier ainsi" in staff.get(url).text
    version = queries.get_dossier(dossier_id).version
    made = staff.post(url, data={"act": "change", "version": version, "change": f"other_bank:{second}"})
    new_id = int(made.location.rpartition("/")[2])
    assert new_id != dossier_id
    old, new = queries.get_dossier(dossier_id), queries.get_dossier(new_id)
    assert (old.state, old.reason) == (State.REFUSED, "Pas de prêt à ce nom cette année")
    assert (new.state, new.bank_id, new.rate, new.previous_id) == (State.INSTRUCTION, other.id, "3", dossier_id)
    assert new.opinion == old.opinion
    assert "Banque Ouverte" in queries.log_of(new_id)[0].words
    assert db.session.get_one(Step, step_id).aid_ref == new_id
    assert "Un nouveau dossier a suivi" in staff.get(url).text
    assert "Ce dossier suit un refus" in staff.get(made.location).text
    with pytest.raises(StepNotReady, match="autre dossier"):
        services.move(dossier_id=dossier_id, action=Action.REWORK, actor_id=None, now=NOW)
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Remplacé", actor_id=None, now=NOW)
    assert db.session.scalars(select(Step).where(Step.aid_kind == "microcredit")).one().aid_ref == new_id


def test_a_refusal_of_a_budget_that_holds_just_so_asks_for_more_room(person_id: int) -> None:
    a_budget(
        person_id,
        items=(Item(ItemKind.WAGE, 117_000), Item(ItemKind.RENT, 60_000)),
        insurance_cents=0,
        commute_tenths=0,
    )
    dossier_id = a_typed_dossier(person_id, months=12)
    answered(sent(dossier_id), Action.REFUSE, "Trop juste")
    found = standing_of(queries.get_dossier(dossier_id), on=TODAY)
    assert not found.is_red
    assert ChangeKind.LONGER in {change.kind for change in found.changes}
    change = next(one for one in found.changes if one.kind is ChangeKind.LONGER)
    new_id = take(dossier_id, change.kind, change.bank.key)
    row = queries.get_dossier(new_id)
    assert (row.rate, row.offer_id, row.previous_id, row.months) == ("4", None, dossier_id, change.ask.months)


def a_typed_dossier(person_id: int, **values: Any) -> int:
    """A dossier at a bank whose terms nobody has entered."""
    request = Request(300_000, values["months"], Decimal(4), a_bank("Banque Saisie").id, opinion="CDI.")
    return opened(person_id, request)


def test_what_a_bank_has_in_hands_is_not_changed(person_id: int) -> None:
    dossier_id = a_dossier(person_id)
    sent(dossier_id)
    with pytest.raises(DossierInvalid, match="Reprenez"):
        take(dossier_id, ChangeKind.LONGER, 0)


def test_an_offer_of_the_simulator_is_taken_into_the_dossier(app: Flask, person_id: int) -> None:
    a_budget(person_id)
    offer_id = an_offer(bands=[{"up_to_cents": None, "up_to_months": None, "percent": "2.5"}])
    dossier_id = a_typed_dossier(person_id, months=24)
    desk_id = db.session.get_one(Person, person_id).desk_id
    staff = signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))
    page = staff.get(f"/personnes/{person_id}/micro-credit/simulateur?amount=2800&months=30").text
    assert "Prendre cette offre : " in page
    url, version = f"/micro-credits/{dossier_id}/offre", queries.get_dossier(dossier_id).version
    asked = {"offer_id": offer_id, "amount_cents": 280_000, "months": 30, "version": version}
    assert staff.post(url, data={**asked, "months": "x"}).status_code == 400
    assert staff.post(url, data=asked).status_code == 303
    row = queries.get_dossier(dossier_id)
    assert (row.rate, row.amount_cents, row.months, row.offer_id) == ("2.5", 280_000, 30, offer_id)
    assert row.opinion == "CDI."
    again = staff.post(url, data=asked, follow_redirects=True)
    assert "entre-temps" in again.text


def test_without_a_dossier_the_offer_opens_one(app: Flask, person_id: int) -> None:
    offer_id, project_id = an_offer(), a_project(person_id)
    desk_id = db.session.get_one(Person, person_id).desk_id
    staff = signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))
    page = staff.get(f"/personnes/{person_id}/micro-credit/simulateur?amount=2800&months=30").text
    link = re.search(r'href="([^"]+)"[^>]*>Ouvrir un dossier avec cette offre', page)
    assert link
    opening = link[1].replace("&amp;", "&")
    shown = staff.get(opening).text
    assert re.search(rf'<option selected value="{offer_id}">', shown)
    assert re.search(r'name="months"[^>]*value="30"', shown)
    strange = staff.get(f"/personnes/{person_id}/micro-credit?offer_id=x&amount_cents=-1&months=999")
    assert strange.status_code == 200
    nothing = {"project_id": project_id, "amount_cents": "2800", "months": "30"}
    refused = staff.post(opening, data=nothing)
    assert (refused.status_code, "Choisissez une offre, ou écrivez le taux" in refused.text) == (422, True)
    made = staff.post(opening, data={**nothing, "offer_id": offer_id})
    assert queries.get_dossier(int(made.location.rpartition("/")[2])).rate == "4"


def test_a_loan_that_is_paid_out_expects_what_its_terms_say(person_id: int) -> None:
    """A first instalment after 45 days carries the interest of the wait; the insurance that is required comes with each."""
    a_budget(person_id)
    offer_id = an_offer(
        insurance_kind="fixed", insurance_cents=250, insurance_required=True, waiting=Waiting.WITH_FIRST
    )  # fmt: skip
    dossier_id = opened(person_id, a_request(offer_id))
    answered(sent(dossier_id))
    acts: dict[str, Any] = {"dossier_id": dossier_id, "version": None, "actor_id": None}
    services.sign(on=TODAY, now=NOW, **acts)
    later = NOW.replace(month=12, day=1)
    plain = queries.schedule_of(queries.get_dossier(dossier_id))
    assert plain[0].payment_cents == 8857
    services.disburse(details=Disbursement(date(2026, 12, 1), "Garage", date(2027, 1, 15)), now=later, **acts)
    dues = queries.dues_of(dossier_id)
    # 3 000 € × 4 % × 14 days beyond the month, of the 365 of the year that ends then: 4.60 €.
    assert [one.amount_cents for one in dues[:2]] == [8857 + 460 + 250, 8857 + 250]
    assert (dues[0].due_on, dues[-1].due_on, len(dues)) == (date(2027, 1, 15), date(2029, 12, 15), 36)
