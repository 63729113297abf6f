"""What is there of a bank's list, what is too old, what is missing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.rules.completeness import Brought, Checked, Holding, ageing, check, lacking, too_old_by
from mobility.microcredit.rules.papers import Paper

TODAY = date(2026, 11, 23)
NOTICE = 21
PAYSLIPS = Paper("payslips", "3 fiches de paie", most_months=3)
IDENTITY = Paper("identity", "Pièce d’identité")


def held(paper: Paper, *brought: Brought) -> Checked:
    (found,) = check([paper], brought, on=TODAY, notice_days=NOTICE)
    return found


@pytest.mark.parametrize(
    ("dated_on", "holding"),
    [
        (date(2026, 11, 1), Holding.THERE),
        (date(2026, 8, 23), Holding.SOON_OLD),
        (date(2026, 8, 22), Holding.OLD),
        (None, Holding.NOT_NEEDED),
    ],
)
def test_a_paper_grows_old_as_its_bank_says(dated_on: date | None, holding: Holding) -> None:
    assert held(PAYSLIPS, Brought("payslips", dated_on, 1)).holding is holding


def test_a_paper_without_age_never_grows_old() -> None:
    found = held(IDENTITY, Brought("identity", date(1999, 1, 1), 1))
    assert (found.holding, found.good_until_on) == (Holding.THERE, None)


def test_of_one_paper_the_newest_counts_and_others_do_not() -> None:
    old, new = Brought("payslips", date(2026, 1, 1), 1), Brought("payslips", date(2026, 11, 2), 2)
    assert held(PAYSLIPS, new, old).brought == new
    assert held(PAYSLIPS, Brought("payslips", None), old).brought == old
    assert held(PAYSLIPS, Brought("identity", TODAY, 1)).holding is Holding.MISSING


def test_what_lacks_is_named() -> None:
    checked = check([PAYSLIPS, IDENTITY], [Brought("payslips", date(2020, 1, 1), 1)], on=TODAY, notice_days=0)
    assert lacking(checked) == ("3 fiches de paie", "Pièce d’identité")
    assert lacking(check([PAYSLIPS], [Brought("payslips", None)], on=TODAY, notice_days=0)) == ()


def test_what_ages_is_named_the_most_pressing_first() -> None:
    inspection = Paper("inspection", "Contrôle technique", most_months=6)
    brought = [Brought("payslips", date(2026, 8, 30), 1), Brought("inspection", date(2026, 5, 1), 2)]
    checked = check([PAYSLIPS, IDENTITY, inspection], brought, on=TODAY, notice_days=NOTICE)
    assert [(one.paper.code, one.holding) for one in ageing(checked)] == [
        ("inspection", Holding.OLD),
        ("payslips", Holding.SOON_OLD),
    ]


def test_what_ages_before_a_day_to_come_is_told_today() -> None:
    checked = check([PAYSLIPS, IDENTITY], [Brought("payslips", date(2026, 9, 10), 1)], on=TODAY, notice_days=1)
    assert [one.paper.code for one in too_old_by(checked, date(2026, 12, 11))] == ["payslips"]
    assert too_old_by(checked, date(2026, 12, 10)) == ()
    gone = check([PAYSLIPS], [Brought("payslips", date(2026, 1, 1), 1)], on=TODAY, notice_days=1)
    assert too_old_by(gone, date(2026, 12, 11)) == (), "it is lacking already"


@given(st.integers(0, 400), st.integers(1, 18), st.integers(0, 90))
def test_a_paper_is_good_exactly_until_its_last_day(age: int, months: int, notice: int) -> None:
    paper = Paper("x", "x", most_months=months)
    (found,) = check([paper], [Brought("x", TODAY - timedelta(days=age), 1)], on=TODAY, notice_days=notice)
    assert found.good_until_on is not None
    left = (found.good_until_on - TODAY).days
    assert (found.holding is Holding.OLD) is (left < 0)
    assert (found.holding is Holding.SOON_OLD) is (0 <= left < notice)
