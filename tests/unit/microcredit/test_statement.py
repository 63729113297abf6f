"""A bank's file held against the loans: what each line is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.rules.repayment import Due
from mobility.microcredit.rules.statement import Fit, Loan, Told, fold, key_of, match, reference_of

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


def test_what_is_noted_already_is_known() -> None:
    known = Loan(7, running=True, disbursed_on=None, dues=DUES, keys=frozenset({"2027-01-05 8857", "op A1"}))
    assert fits(line(2), line(3, operation="A1"), line(4), loan=known) == [Fit.KNOWN, Fit.KNOWN, Fit.EXACT]


def test_what_was_noted_by_hand_some_days_before_is_asked_about_once() -> None:
    by_hand = Loan(7, running=True, disbursed_on=None, dues=DUES, by_hand=((FIRST - timedelta(days=3), 8_857),))
    assert fits(line(2), line(3, on=FIRST + timedelta(days=1)), loan=by_hand) == [Fit.TWIN, Fit.EXACT]
    far = Loan(7, running=True, disbursed_on=None, dues=DUES, by_hand=((FIRST - timedelta(days=8), 8_857),))
    assert fits(line(2), loan=far) == [Fit.EXACT]


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
    noted = Loan(7, running=True, disbursed_on=None, dues=DUES, keys=frozenset(keys))
    assert {verdict.fit for verdict in match(told, {"MC7": [noted]}, today=TODAY)} <= {Fit.KNOWN}
