"""What a loan costs, and who pays it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.loans.rules.policy import FunderShare, Terms
from mobility.loans.rules.quote import (
    FunderUse,
    days_begun,
    days_to_pay,
    extra_km_due_cents,
    quote,
    quote_days,
)
from tests.unit.loans.helpers import paris

# Ille-et-Vilaine: 90 %, up to 6 € a day, 180 € a month, 60 days.
ILLE = FunderShare(1, 9000, 600, 18000, 60)


@pytest.mark.parametrize(
    ("start", "due", "days"),
    [
        (("2026-11-24", "09:00"), ("2026-11-24", "17:00"), 1),
        (("2026-11-24", "17:00"), ("2026-11-25", "09:00"), 2),
        (("2026-11-24", "00:00"), ("2026-11-25", "00:00"), 2),
        (("2026-10-24", "23:30"), ("2026-10-25", "23:30"), 2),
        (("2027-03-27", "10:00"), ("2027-03-29", "10:00"), 3),
        (("2028-02-28", "10:00"), ("2028-03-01", "10:00"), 3),
    ],
)
def test_days_are_calendar_days_of_paris_begun(start: tuple[str, str], due: tuple[str, str], days: int) -> None:
    assert days_begun(paris(*start), paris(*due)) == days


def test_the_day_begins_at_midnight_of_paris_and_not_of_greenwich() -> None:
    assert days_begun(datetime(2026, 11, 24, 22, 30, tzinfo=UTC), datetime(2026, 11, 24, 23, 30, tzinfo=UTC)) == 2


@pytest.mark.parametrize(
    ("terms", "days", "total", "person", "funder", "funded_days"),
    [
        (Terms(), 10, 0, 0, 0, 0),
        (Terms(price_per_day_cents=400), 10, 4000, 4000, 0, 0),
        (Terms(price_per_day_cents=500, funder=ILLE), 10, 5000, 500, 4500, 10),
        # The cap of a day: 90 % of 8 € is 7,20 €, the funder gives 6 €.
        (Terms(price_per_day_cents=800, funder=ILLE), 10, 8000, 2000, 6000, 10),
        # Rounded half-up once a day: 90 % of 0,05 € is 4,5 cents, 5.
        (Terms(price_per_day_cents=5, funder=ILLE), 10, 50, 0, 50, 10),
        (Terms(price_per_day_cents=800, funder=FunderShare(1, 9000, 600, 1500, None)), 5, 4000, 2500, 1500, 3),
        (Terms(price_per_day_cents=500, funder=FunderShare(1, 9000, None, None, 3)), 10, 5000, 3650, 1350, 3),
        (Terms(price_per_day_cents=500, funder=FunderShare(1, 10000, None, None, None)), 10, 5000, 0, 5000, 10),
    ],
)
def test_the_funder_pays_its_share_up_to_its_caps(
    terms: Terms, days: int, total: int, person: int, funder: int, funded_days: int
) -> None:
    got = quote_days(terms, first_on=date(2026, 11, 2), days=days)
    assert (got.total_cents, got.person_cents, got.funder_cents, got.funded_days) == (
        total,
        person,
        funder,
        funded_days,
    )


def test_the_cap_of_a_month_starts_again_with_the_next_month() -> None:
    terms = Terms(price_per_day_cents=1000, funder=FunderShare(1, 9000, 600, 1200, None))
    got = quote_days(terms, first_on=date(2026, 11, 27), days=8)
    assert got.funder_months == {"2026-11": 1200, "2026-12": 1200}


def test_what_the_funder_gave_in_other_loans_counts() -> None:
    terms = Terms(price_per_day_cents=500, funder=ILLE)
    used = FunderUse(days=58, months={"2026-11": 17900})
    got = quote_days(terms, first_on=date(2026, 11, 2), days=10, used=used)
    assert got.funder_cents == 100
    got = quote_days(terms, first_on=date(2026, 12, 2), days=10, used=used)
    assert got.funded_days == 2


def test_kilometres_follow_the_days() -> None:
    terms = Terms(km_per_day=50, extra_km_cents=25)
    got = quote(terms, start_at=paris("2026-11-24"), due_at=paris("2026-11-26"))
    assert got.km_allowance == 150
    assert extra_km_due_cents(driven_km=180, allowance_km=150, extra_km_cents=25) == 750
    assert extra_km_due_cents(driven_km=150, allowance_km=150, extra_km_cents=25) == 0
    assert extra_km_due_cents(driven_km=9999, allowance_km=None, extra_km_cents=25) == 0
    assert quote(Terms(), start_at=paris("2026-11-24"), due_at=paris("2026-11-26")).km_allowance is None


@given(
    price=st.integers(0, 5000),
    days=st.integers(1, 200),
    rate=st.integers(0, 10000),
    day_cap=st.none() | st.integers(0, 2000),
    month_cap=st.none() | st.integers(0, 30000),
    max_days=st.none() | st.integers(0, 90),
    used_days=st.integers(0, 90),
    first=st.dates(date(2026, 1, 1), date(2029, 1, 1)),
)
def test_both_parts_always_make_the_total_and_no_cap_is_passed(
    price: int,
    days: int,
    rate: int,
    day_cap: int | None,
    month_cap: int | None,
    max_days: int | None,
    used_days: int,
    first: date,
) -> None:
    terms = Terms(price_per_day_cents=price, funder=FunderShare(1, rate, day_cap, month_cap, max_days))
    got = quote_days(terms, first_on=first, days=days, used=FunderUse(used_days))
    assert got.person_cents + got.funder_cents == got.total_cents == price * days
    assert got.person_cents >= 0
    assert got.funder_cents == sum(got.funder_months.values()) >= 0
    if month_cap is not None:
        assert all(cents <= month_cap for cents in got.funder_months.values())
    if max_days is not None:
        assert got.funded_days <= max(max_days - used_days, 0)
    if day_cap is not None:
        assert got.funder_cents <= day_cap * got.funded_days


@given(days=st.integers(1, 100), more=st.integers(0, 30), first=st.dates(date(2026, 1, 1), date(2029, 1, 1)))
def test_a_longer_loan_never_costs_anybody_less(days: int, more: int, first: date) -> None:
    terms = Terms(price_per_day_cents=700, funder=ILLE)
    short, long = (quote_days(terms, first_on=first, days=n) for n in (days, days + more))
    assert long.person_cents >= short.person_cents
    assert long.funder_cents >= short.funder_cents


@pytest.mark.parametrize(
    ("returned", "closed", "days"),
    [
        ("2026-11-27", (), 5),
        ("2026-11-25", (), 3),
        ("2026-11-23", (), 1),
        ("2026-11-28", (), 6),
        ("2026-11-30", ("2026-11-28", "2026-11-29"), 6),
        ("2026-11-30", (), 8),
    ],
)
def test_the_days_paid_end_with_the_return_but_closed_days_are_given(
    returned: str, closed: tuple[str, ...], days: int
) -> None:
    got = days_to_pay(
        start_at=paris("2026-11-23"),
        due_at=paris("2026-11-27", "17:00"),
        returned_at=paris(returned, "11:00"),
        closed_days={date.fromisoformat(day) for day in closed},
    )
    assert got == days


def test_a_vehicle_returned_before_its_start_costs_one_day() -> None:
    start = paris("2026-11-23")
    assert days_to_pay(start_at=start, due_at=start + timedelta(days=2), returned_at=start - timedelta(days=1)) == 1
