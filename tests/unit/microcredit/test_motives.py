"""Why a bank says no: the list, how it reads, and what is proposed first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.funding.rules import Purpose
from mobility.microcredit.rules.budget import Figures
from mobility.microcredit.rules.changes import ANSWERS, Case, ChangeKind, Price, after_refusal, what_would_change_it
from mobility.microcredit.rules.motives import (
    ABOUT_ADVICE,
    ABOUT_LABELS,
    About,
    Motive,
    about,
    label_of,
    read_motives,
)
from mobility.microcredit.rules.offers import Band
from tests.unit.microcredit.scene import BOUNDS, asks, bank

TIGHT = Figures(900_00, 500_00)
RED = Case(asks(months=24), bank(), TIGHT, BOUNDS)
OTHER = bank("Banque B", 2)


def test_each_motive_that_the_rules_know_reads_and_says_what_to_do() -> None:
    assert set(ABOUT_LABELS) == set(ABOUT_ADVICE) == set(About)
    assert all(said.endswith(".") for said in ABOUT_ADVICE.values())


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ([("budget", "Trop juste"), ("other", "Autre")], ["budget", "other"]),
        ([("budget", "Trop juste")], ["budget", "other"]),
        ([("Cosigner ", "  Pas de\nco-emprunteur ")], ["cosigner", "other"]),
        ([("budget", "Un"), ("budget", "Deux")], ["budget", "other"]),
        (
            [("sans-caution", "X"), ("À côté", "X"), ("x_y", "X"), ("x y", "Y")],
            ["sans_caution", "a_cote", "x_y", "other"],
        ),
        ([("справка", "X"), ("-", "X"), ("vide", "  "), ("", "X"), ("x" * 41, "X")], ["other"]),
        ([], ["other"]),
    ],
)
def test_the_list_is_read_and_a_bank_can_always_say_no(rows: list[tuple[str, str]], codes: list[str]) -> None:
    found = read_motives({"code": code, "label": label} for code, label in rows)
    assert [one.code for one in found] == codes
    assert all(one.label == " ".join(one.label.split()) for one in found)


@pytest.mark.parametrize(
    ("code", "label"),
    [("budget", "Trop juste"), ("area", ABOUT_LABELS[About.AREA]), ("cosigner", "cosigner"), ("", "")],
)
def test_a_code_reads_as_the_list_says_else_as_it_ships(code: str, label: str) -> None:
    assert label_of(code, [Motive("budget", "Trop juste")]) == label


@given(st.text(max_size=12))
def test_a_code_of_the_operators_own_is_about_something_else(code: str) -> None:
    assert about(code) is (About(code) if code in set(About) else About.OTHER)
    assert Motive(code, "x").about is about(code)


@pytest.mark.parametrize("motive", list(About))
def test_what_answers_the_motive_comes_first(motive: About) -> None:
    budget = Figures(1000_00, 500_00, 120_00)
    for case in (RED, replace(RED, budget=budget), replace(RED, budget=Figures(2000_00, 0, 100_00))):
        found = after_refusal(case, [OTHER], motive)
        answers = [change.kind in ANSWERS.get(motive, ()) for change in found]
        assert answers == sorted(answers, reverse=True)
        ranks = [(change.kind not in ANSWERS.get(motive, ()), change.effort) for change in found]
        assert ranks == sorted(ranks)


def test_a_no_that_nothing_here_turns_asks_the_others_alone() -> None:
    comfortable = replace(RED, budget=Figures(2000_00))
    assert [one.bank.key for one in after_refusal(comfortable, [OTHER], About.AREA)] == [2]
    found = after_refusal(RED, [OTHER], About.PROJECT)
    assert found
    assert {one.bank.key for one in found} == {2}
    assert all("Banque B" in one.sentence for one in found)
    assert after_refusal(RED, [], About.AREA) == ()


@pytest.mark.parametrize("motive", [About.DEBTS, About.FICP])
def test_a_debt_that_the_bank_names_wants_an_outcome_though_the_budget_bears_it(motive: About) -> None:
    case = replace(RED, budget=Figures(2000_00))
    first = after_refusal(case, [OTHER], motive)[0]
    assert (first.kind, first.credits_cents) == (ChangeKind.DEBT_FIRST, None)
    assert "Banque de France" in first.sentence
    # Where its instalments must come down for the budget, by how much is said instead, once.
    heavy = replace(RED, ask=asks(), budget=Figures(1000_00, 300_00, 450_00))
    debts = [one for one in after_refusal(heavy, [OTHER], motive) if one.kind is ChangeKind.DEBT_FIRST]
    assert [one.credits_cents is not None for one in debts] == [True]
    # A bank that does not lend this at all says nothing about debts.
    small = replace(case, bank=bank(amount_max_cents=1))
    assert ChangeKind.DEBT_FIRST not in {one.kind for one in after_refusal(small, [], motive)}


@pytest.mark.parametrize(
    ("price", "purpose", "said"),
    [
        (None, Purpose.PURCHASE, "Chercher un véhicule à"),
        (Price(3500_00), Purpose.PURCHASE, "Chercher un véhicule à"),
        (Price(3500_00), Purpose.REPAIR, "Chercher un devis à"),
        (Price(3500_00, "Garage Martin"), Purpose.PURCHASE, "Faire baisser le devis de Garage Martin à"),
        (Price(3500_00, "Garage Martin"), Purpose.REPAIR, "Faire baisser le devis de Garage Martin à"),
    ],
)
def test_cheaper_says_to_what_the_price_must_come_down(price: Price | None, purpose: Purpose, said: str) -> None:
    case = replace(RED, ask=asks(months=24, purpose=purpose), price=price)
    (cheaper,) = [one for one in what_would_change_it(case, []) if one.kind is ChangeKind.CHEAPER]
    assert cheaper.sentence.startswith(said)
    assert ("autre véhicule" in cheaper.sentence) is (bool(price and price.seller) and purpose is Purpose.PURCHASE)
    missing = case.ask.amount_cents - cheaper.ask.amount_cents
    assert cheaper.price_cents == (None if price is None else price.cents - missing)


def test_a_price_that_would_come_down_to_nothing_is_not_named() -> None:
    case = replace(RED, price=Price(100_00, "Garage Martin"))
    (cheaper,) = [one for one in what_would_change_it(case, []) if one.kind is ChangeKind.CHEAPER]
    assert (cheaper.price_cents, "Martin" in cheaper.sentence) == (None, False)


def test_a_dearer_bank_is_proposed_where_the_first_may_not_lend_there() -> None:
    dear = bank("Banque chère", 3, bands=(Band(Decimal(9)),))
    found = after_refusal(replace(RED, budget=Figures(2000_00)), [dear, OTHER], About.AREA)
    assert [one.bank.key for one in found] == [2, 3]
