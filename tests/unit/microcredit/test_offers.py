"""What a bank lends, why not, and what it costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.documents.rules import is_kind
from mobility.funding.rules import Purpose
from mobility.microcredit.rules.offers import (
    Band,
    Insurance,
    InsuranceKind,
    announced_percent,
    quote,
    rate_for,
    refusals,
)
from mobility.microcredit.rules.papers import file_kind, keep_papers, papers_for, read_papers
from mobility.microcredit.rules.schedule import Waiting
from mobility.microcredit.rules.words import percent_fr
from mobility.microcredit.services import usual_papers
from mobility.microcredit.tables import parse_bands, parse_papers, show_bands, show_papers
from mobility.people.kinds import PersonStatus
from tests.unit.microcredit.scene import LAW, START, asks, terms


@pytest.mark.parametrize(
    ("bank", "asked", "said"),
    [
        ({}, {}, ""),
        ({}, {"amount_cents": 299_99}, "à partir de"),
        ({}, {"amount_cents": 8000_01}, "Un micro-crédit accompagné est de"),
        ({"amount_max_cents": 2000_00}, {}, "jusqu’à"),
        ({}, {"months": 5}, "6 mois au moins"),
        ({"months_max": 24}, {}, "24 mois au plus"),
        ({}, {"months": 84, "first_on": date(2027, 2, 1)}, "84 mois au plus après le versement"),
        ({"purposes": frozenset({Purpose.LICENCE})}, {}, "ne prête pas pour : achat d’un véhicule"),
        ({"communes": frozenset({"59172"})}, {}, "indiquez celle"),
        ({"communes": frozenset({"59172"})}, {"insee_code": "59606"}, "dans la commune de la personne"),
        ({"communes": frozenset({"59172"})}, {"insee_code": "59172"}, ""),
        ({}, {"first_on": START}, "après le versement"),
        ({}, {"first_on": date(2027, 3, 2)}, "dans les 3 mois"),
        ({}, {"first_on": date(2027, 3, 1)}, ""),
        ({"bands": (Band(Decimal(4), up_to_cents=2000_00),)}, {}, "pas de taux"),
    ],
)  # fmt: skip
def test_a_bank_that_does_not_lend_says_why(bank: dict[str, Any], asked: dict[str, Any], said: str) -> None:
    reasons = refusals(terms(**bank), asks(**asked), **LAW)
    assert (not said and reasons == ()) or said in " ".join(reasons)


BANDS = (
    Band(Decimal("1.5"), up_to_cents=1000_00, up_to_months=12),
    Band(Decimal(2), up_to_cents=1000_00),
    Band(Decimal(3), up_to_months=24),
    Band(Decimal(4)),
)


@pytest.mark.parametrize(
    ("amount", "months", "rate"),
    [(1000_00, 12, "1.5"), (1000_00, 13, "2"), (1000_01, 12, "3"), (1000_01, 25, "4"), (500_00, 24, "2")],
)
def test_the_rate_is_that_of_the_narrowest_band(amount: int, months: int, rate: str) -> None:
    assert rate_for(terms(bands=BANDS[::-1]), amount, months) == Decimal(rate)


def test_a_quote_without_a_band_is_an_error() -> None:
    with pytest.raises(ValueError, match="band"):
        quote(terms(bands=()), asks())


def test_a_plain_quote_is_the_worked_loan() -> None:
    found = quote(terms(), asks())
    assert (found.instalment_cents, found.last_cents, found.interest_cents) == (88_57, 88_64, 188_59)
    assert (str(found.apr_percent), found.insured_percent, found.taea_percent) == ("4.0741", None, None)
    assert (found.cost_cents, found.due_cents, found.month_cents) == (188_59, 3188_59, 88_57)
    assert announced_percent(found) == found.apr_percent


@pytest.mark.parametrize(
    ("insurance", "first", "last", "total"),
    [
        (Insurance(InsuranceKind.INITIAL, Decimal("0.36")), 90, 90, 32_40),
        (Insurance(InsuranceKind.FIXED, monthly_cents=1_50), 1_50, 1_50, 54_00),
        # 0.36 % a year of what is owed: 90 cents of 3 000 euros, 3 of the last 88.34.
        (Insurance(InsuranceKind.BALANCE, Decimal("0.36")), 90, 3, 16_99),
    ],
)
def test_each_kind_of_insurance_is_counted_to_the_cent(insurance: Insurance, first: int, last: int, total: int) -> None:
    found = quote(terms(insurance=insurance), asks())
    assert (found.insurance_cents[0], found.insurance_cents[-1]) == (first, last)
    assert abs(found.insurance_total_cents - total) <= 20
    assert found.taea_percent is not None
    assert found.taea_percent > 0
    assert (found.cost_cents, announced_percent(found)) == (188_59, found.apr_percent)


def test_an_insurance_that_the_bank_requires_is_part_of_the_cost_and_of_the_rate() -> None:
    free = Insurance(InsuranceKind.FIXED, monthly_cents=1_50)
    required = Insurance(InsuranceKind.FIXED, monthly_cents=1_50, required=True)
    found, without = quote(terms(insurance=required), asks()), quote(terms(insurance=free), asks())
    assert found.cost_cents == without.cost_cents + 36 * 1_50
    assert found.month_cents == without.month_cents + 1_50
    assert announced_percent(found) == found.insured_percent == without.insured_percent
    assert announced_percent(found) > without.apr_percent


def test_fees_are_a_sum_and_a_share_paid_once() -> None:
    found = quote(terms(fee_cents=10_00, fee_percent=Decimal("0.5")), asks())
    assert found.fee_cents == 25_00
    assert found.cost_cents == 188_59 + 25_00
    assert found.apr_percent > Decimal("4.0741")


def test_a_loan_of_one_instalment_is_quoted() -> None:
    found = quote(terms(months_min=1), asks(months=1))
    assert found.instalment_cents == found.last_cents == 3010_00


@given(
    st.integers(300_00, 8000_00),
    st.integers(6, 84),
    st.dates(date(2027, 1, 2), date(2027, 2, 28)),
    st.sampled_from(Waiting),
    st.sampled_from([Insurance(), Insurance(InsuranceKind.BALANCE, Decimal("0.5"), required=True)]),
    st.integers(0, 100_00),
)
def test_a_quote_holds_together(
    amount: int, months: int, first_on: date, waiting: Waiting, insurance: Insurance, fee: int
) -> None:
    asked = asks(amount_cents=amount, months=months, first_on=first_on)
    found = quote(terms(waiting=waiting, insurance=insurance, fee_cents=fee), asked)
    assert found.due_cents == amount + found.cost_cents
    assert found.apr_percent >= quote(terms(waiting=waiting), asked).apr_percent
    assert len(found.insurance_cents) == len(found.rows)
    assert announced_percent(found) >= found.apr_percent


def test_papers_follow_purpose_and_situation() -> None:
    papers = usual_papers()
    car = {p.code for p in papers_for(papers, purpose=Purpose.PURCHASE, status=PersonStatus.EMPLOYEE)}
    assert {"roadworthiness", "payslips", "seller_rib", "identity"} <= car
    lessons = {p.code for p in papers_for(papers, purpose=Purpose.LICENCE, status=PersonStatus.RSA)}
    assert "identity" in lessons
    assert not {"roadworthiness", "payslips", "registration"} & lessons
    ages = {p.code: p.most_months for p in papers}
    assert (ages["roadworthiness"], ages["payslips"], ages["identity"]) == (6, 3, None)


def test_lists_are_typed_and_shown_there_and_back() -> None:
    kept = keep_papers(usual_papers())
    assert parse_papers(show_papers(kept), usual_papers()) == kept
    assert [paper.code for paper in read_papers(kept)] == [paper.code for paper in usual_papers()]
    bands = parse_bands("3000 ; 36 ; 3,5\n ; ; 4")
    assert parse_bands(show_bands(bands)) == bands
    own = parse_papers("Lettre du garage ; ; En emploi / Autre situation ;", usual_papers())
    assert own[0]["code"] == "own_lettre du garage"
    assert own[0]["statuses"] == ["employee", "other"]


def test_two_long_names_that_begin_alike_are_two_papers_with_files_of_their_own() -> None:
    night, day = (f"Attestation de l’employeur sur les horaires de travail de {when}" for when in ("nuit", "jour"))
    codes = [one["code"] for one in parse_papers(f"{night} ; ; ;\n{day} ; ; ;", usual_papers())]
    assert codes == [one["code"] for one in parse_papers(f"{night} ; ; ;\n{day} ; ; ;", ())]  # always the same
    foreign = ["own_справка", "own_паспорт"]
    assert len(set(codes)) == 2
    assert all(len(code) <= 60 for code in codes)
    kinds = [file_kind(code) for code in (*codes, *foreign, "own_lettre du garage", "identity")]
    assert len(set(kinds)) == 6
    assert all(is_kind(kind) for kind in kinds)
    assert kinds[-2:] == ["paper_own_lettre_du_garage", "paper_identity"]


@pytest.mark.parametrize(
    ("value", "decimals", "said"),
    [
        ("4.0741", 2, "4,07\u00a0%"),
        ("4.075", 2, "4,08\u00a0%"),
        ("3", None, "3\u00a0%"),
        ("3.50", None, "3,5\u00a0%"),
        ("100", None, "100\u00a0%"),
    ],
)
def test_per_cents_are_said_in_french(value: str, decimals: int | None, said: str) -> None:
    assert percent_fr(Decimal(value), decimals) == said
