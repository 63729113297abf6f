"""What the database refuses of partners and terms; what services refuse; the demo's banks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mobility.core.db import db, transaction
from mobility.demo import credit
from mobility.funding.rules import Purpose
from mobility.microcredit import queries, services
from mobility.microcredit.errors import OfferInvalid, PartnerInvalid
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.offers import Ask, Conditions, InsuranceKind, quote, refusals
from tests.factories.desks import make_desk
from tests.factories.microcredit import AT, make_offer, make_partner, offer_facts

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "values",
    [
        {"label": ""},
        {"amount_min_cents": 0},
        {"amount_min_cents": 9000_00},
        {"amount_max_cents": 10_000_000_01},
        {"months_min": 0},
        {"months_min": 90},
        {"months_max": 601},
        {"fee_cents": -1},
        {"insurance_cents": -1},
        {"insurance_required": True},
        {"most_wait_months": 0},
        {"most_wait_months": 25},
        {"valid_until_on": date(2025, 12, 31)},
        {"insurance_kind": "other"},
        {"waiting": "other"},
    ],
    ids=lambda values: next(iter(values.items())).__repr__(),
)
def test_the_database_refuses_terms_that_must_never_be(app: Flask, values: dict[str, Any]) -> None:
    offer_id = make_offer()
    columns = ", ".join(f"{name} = :{name}" for name in values)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(f"UPDATE credit_offer SET {columns} WHERE id = :id"), {**values, "id": offer_id})


def test_the_database_refuses_an_implausible_delay_of_a_partner(app: Flask) -> None:
    partner_id = make_partner()
    with pytest.raises(IntegrityError), transaction() as session:
        session.get_one(CreditPartner, partner_id).decides_days = 366


def test_the_database_refuses_a_bank_twice_at_one_desk_and_allows_it_at_two(app: Flask) -> None:
    first = db.session.get_one(CreditPartner, make_partner(desk_id=make_desk().id))
    rows = {"organisation_id": first.organisation_id, "updated_at": AT}
    with transaction() as session:
        session.add(CreditPartner(**rows))
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(CreditPartner(**rows))
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(CreditPartner(**rows, desk_id=first.desk_id))


def test_the_database_refuses_terms_of_one_name_and_day_twice(app: Flask) -> None:
    partner_id = make_partner()
    make_offer(partner_id)
    with pytest.raises(IntegrityError), transaction() as session:
        facts = offer_facts()
        session.add(CreditOffer(partner_id=partner_id, updated_at=AT, **facts))


def test_services_refuse_what_is_no_bank_and_terms_that_do_not_hold(app: Flask) -> None:
    with pytest.raises(PartnerInvalid):
        services.write_partner(facts={}, organisation_id=None, actor_id=None, now=AT)
    with pytest.raises(OfferInvalid):
        make_offer(bands=[])
    with pytest.raises(OfferInvalid):
        make_offer(insurance_required=True)


def test_the_terms_of_a_desk_are_its_own_and_those_of_all_desks(app: Flask) -> None:
    here, there = make_desk(), make_desk("Ailleurs")
    make_offer(make_partner("Partout"))
    make_offer(make_partner("Ici", desk_id=here.id))
    make_offer(make_partner("Là-bas", desk_id=there.id))
    assert [card.name for card in queries.offers_in_force(desk_id=here.id, on=TODAY)] == ["Ici", "Partout"]
    assert [card.name for card in queries.offers_in_force(desk_id=None, on=TODAY)] == ["Partout"]
    assert [card.name for card in queries.list_partners(desk_ids=[here.id])] == ["Ici", "Partout"]
    assert len(queries.list_partners()) == 3


def test_conditions_are_read_as_they_were_written(app: Flask) -> None:
    make_offer(
        purposes=["licence"], communes=["59172"], fee_percent="1.5", insurance_kind=InsuranceKind.BALANCE,
        insurance_percent="0.36", insurance_required=True,
    )  # fmt: skip
    (card,) = queries.offers_in_force(desk_id=None, on=TODAY)
    read: Conditions = card.bank.conditions
    assert read.purposes == {Purpose.LICENCE}
    assert (str(read.fee_percent), str(read.insurance.percent), read.insurance.required) == ("1.5", "0.36", True)
    assert read.communes == {"59172"}


def test_the_demos_banks_differ_and_lend(app: Flask) -> None:
    credit.build(since_on=date(2026, 8, 1), now=datetime(2026, 8, 1, 9, tzinfo=UTC))
    banks = [card.bank for card in queries.offers_in_force(desk_id=None, on=TODAY)]
    ask = Ask(2000_00, 24, Purpose.REPAIR, TODAY, date(2026, 12, 24))
    assert [refusals(bank.conditions, ask, most_cents=8000_00, most_months=84) for bank in banks] == [()] * 3
    assert len({quote(bank.conditions, ask).cost_cents for bank in banks}) == 3
