"""A bank's file held against the loans: what each line is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.rules.repayment import Due
from mobility.microcredit.rules.statement import Fit, Loan, Noted, Told, Way, fold, key_of, match, reference_of, way_of

TODAY = date(2027, 6, 1)
FIRST = date(2027, 1, 5)
DUES = tuple(Due(number, date(2027, number, 5), 8_857) for number in range(1, 4))
LOAN = Loan(7, running=True, disbursed_on=date(2026, 12, 5), dues=DUES)


def line(number: int, cents: int | None = 8_857, on: date | None = FIRST, **values: str) -> Told:
    return Told(number, values.get("reference", "MC-000007"), on, cents, values.get("operation", ""))


def fits(*lines: Told, loan: Loan = LOAN) -> list[Fit]:
    return [verdict.fit for verdict in match(lines, {"MC7": [loan]}, today=TODAY)]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("MC-000123", "MC123"), ("mc 123", "MC123"), ("MC123", "MC123"), (" 4459-07 b ", "445907B"), ("MCX1", "MCX1"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_reference_is_the_same_however_it_is_written(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.integers(1, 10**8))
def test_our_reference_names_its_dossier(number: int) -> None:
    assert fold(reference_of(number)) == f"MC{number}"


@pytest.mark.parametrize(
    ("told", "fit", "words"),
    [
        (line(2), Fit.EXACT, "attendue"),
        (line(2, 5_000), Fit.DIFFERS, "il manque"),
        (line(2, 9_000), Fit.DIFFERS, "de plus"),
        (line(2, reference="MC-9"), Fit.UNKNOWN, "Aucun"),
        (line(2, reference=" "), Fit.UNREADABLE, "référence"),
        (line(2, on=None), Fit.UNREADABLE, "date"),
        (line(2, on=TODAY + timedelta(days=1)), Fit.UNREADABLE, "pas encore"),
        (line(2, None), Fit.UNREADABLE, "somme"),
        (line(2, 0), Fit.UNREADABLE, "Rien n’est payé"),
        (line(2, -8_857), Fit.UNREADABLE, "Rien n’est payé"),
        (line(2, on=date(2026, 12, 1)), Fit.UNREADABLE, "plus ancien"),
    ],
)
def test_each_line_says_what_it_is(told: Told, fit: Fit, words: str) -> None:
    (verdict,) = match([told], {"MC7": [LOAN]}, today=TODAY)
    assert verdict.fit is fit
    assert words in verdict.words


def test_two_loans_of_one_number_are_nobodys() -> None:
    (verdict,) = match([line(2)], {"MC7": [LOAN, LOAN]}, today=TODAY)
    assert verdict.fit is Fit.AMBIGUOUS


def test_a_loan_that_is_over_takes_nothing() -> None:
    assert fits(line(2), loan=Loan(7, running=False, disbursed_on=None, dues=DUES)) == [Fit.STOPPED]


def test_lines_of_one_loan_follow_one_another() -> None:
    lines = [line(2), line(3, 4_000), line(4, 4_857), line(5, 8_857, FIRST + timedelta(days=60)), line(6, 10)]
    assert fits(*lines) == [Fit.EXACT, Fit.DIFFERS, Fit.EXACT, Fit.EXACT, Fit.DIFFERS]


def noted(*payments: Noted) -> Loan:
    return Loan(7, running=True, disbursed_on=None, dues=DUES, noted=payments)


def payment(key: str, way: Way, on: date = FIRST, cents: int = 8_857) -> Noted:
    return Noted(key, on, cents, way)


PLAIN = payment("2027-01-05 8857", Way.PLAIN)
NUMBERED = payment("op A1", Way.NUMBERED)


def test_what_is_noted_already_is_known() -> None:
    known = noted(PLAIN, NUMBERED)
    assert fits(line(2), line(3, operation="A1"), line(4), loan=known) == [Fit.KNOWN, Fit.KNOWN, Fit.EXACT]


@pytest.mark.parametrize("days", [-7, -3, 0, 7])
@pytest.mark.parametrize(
    ("before", "told"),
    [
        (payment("main x", Way.HAND), line(2)),
        (payment("A1", Way.HAND), line(2, operation="A1")),
        (PLAIN, line(2, operation="A1")),
        (NUMBERED, line(2, on=FIRST)),
    ],
)
def test_an_equal_sum_that_was_noted_another_way_is_always_asked_about(before: Noted, told: Told, days: int) -> None:
    near = noted(Noted(before.key, FIRST + timedelta(days=days), before.cents, before.way))
    (verdict,) = match([told], {"MC7": [near]}, today=TODAY)
    assert verdict.fit is Fit.TWIN
    assert f"{near.noted[0].on:%d/%m/%Y}" in verdict.words
    assert verdict.key


def test_a_payment_is_asked_about_once_and_not_when_it_is_far() -> None:
    assert fits(line(2, operation="A1"), line(3, operation="A2"), loan=noted(PLAIN)) == [Fit.TWIN, Fit.EXACT]
    far = noted(payment("2026-12-28 8857", Way.PLAIN, FIRST - timedelta(days=8)))
    assert fits(line(2, operation="A1"), loan=far) == [Fit.EXACT]
    assert fits(line(2, 8_856, operation="A1"), loan=noted(PLAIN)) == [Fit.DIFFERS]


def test_two_numbers_are_two_payments_and_a_known_line_stands_for_its_own() -> None:
    assert fits(line(2, operation="A2"), loan=noted(NUMBERED)) == [Fit.EXACT]
    assert fits(line(2), line(3, operation="A2"), loan=noted(PLAIN)) == [Fit.KNOWN, Fit.EXACT]


def test_two_lines_of_one_file_written_two_ways_are_asked_about() -> None:
    assert fits(line(2, operation="A1"), line(3)) == [Fit.EXACT, Fit.TWIN]


@pytest.mark.parametrize(
    ("key", "from_bank", "way"),
    [("op A1", True, Way.NUMBERED), ("2027-01-05 8857", True, Way.PLAIN), ("op A1", False, Way.HAND)],
)
def test_the_key_says_how_a_payment_was_noted(key: str, from_bank: bool, way: Way) -> None:
    assert way_of(key, from_bank=from_bank) is way


def test_the_key_is_the_banks_own_where_it_has_one() -> None:
    assert key_of(line(2, operation="A1"), 3) == "op A1"
    assert key_of(line(2), 1) == "2027-01-05 8857"
    assert key_of(line(2), 2) == "2027-01-05 8857 n2"


@given(st.lists(st.tuples(st.integers(1, 20_000), st.integers(0, 100)), max_size=20))
def test_a_file_read_again_after_it_was_noted_has_nothing_new(lines: list[tuple[int, int]]) -> None:
    told = [line(number, cents, FIRST + timedelta(days=days)) for number, (cents, days) in enumerate(lines)]
    first = match(told, {"MC7": [LOAN]}, today=TODAY)
    keys = [verdict.key for verdict in first]
    assert len(set(keys)) == len(keys)
    again = noted(*(payment(one.key, Way.PLAIN, one.told.paid_on or FIRST, one.told.cents or 0) for one in first))
    assert {verdict.fit for verdict in match(told, {"MC7": [again]}, today=TODAY)} <= {Fit.KNOWN}


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.booleans())
def test_a_month_brought_again_with_or_without_its_numbers_is_asked_about_whole(
    days: list[int], numbered: bool
) -> None:
    def told(*, named: bool) -> list[Told]:
        return [
            line(number, 100, FIRST + timedelta(days=day), operation=f"A{number}" if named else "")
            for number, day in enumerate(days)
        ]

    first = match(told(named=numbered), {"MC7": [LOAN]}, today=TODAY)
    assert not any(one.fit is Fit.TWIN for one in first)
    kept = noted(
        *(
            Noted(one.key, one.told.paid_on or FIRST, one.told.cents or 0, way_of(one.key, from_bank=True))
            for one in first
        )
    )
    assert {one.fit for one in match(told(named=not numbered), {"MC7": [kept]}, today=TODAY)} == {Fit.TWIN}
