"""What a loan costs, and who pays it.

Days are the *calendar days of Paris begun*: a vehicle taken on Monday evening and brought back on
Tuesday morning is two days. Each day has one price; the funder pays its rate of it, rounded half-up
to the cent once a day, up to its cap a day, its cap a calendar month and its number of days; the
person pays the rest, so that both parts always make the total exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from mobility.core.clock import day_of
from mobility.core.money import share_of
from mobility.loans.rules.policy import FunderShare, Terms


@dataclass(frozen=True)
class FunderUse:
    """What the funder has already paid for the person in other loans."""

    days: int = 0
    months: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Quote:
    """The price of a loan in cents, its two shares, its deposit and its kilometres."""

    days: int
    total_cents: int
    person_cents: int
    funder_cents: int
    funded_days: int
    funder_months: Mapping[str, int]
    deposit_cents: int
    km_allowance: int | None
    extra_km_cents: int


def days_begun(start_at: datetime, due_at: datetime) -> int:
    """Count the calendar days of Paris that the period touches; at least one."""
    return (day_of(due_at) - day_of(start_at)).days + 1


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def _funder_parts(
    share: FunderShare, days: Collection[date], price_cents: int, used: FunderUse
) -> tuple[int, dict[str, int]]:
    """Return the number of days that the funder helps with, and its cents by month."""
    rate = Decimal(share.rate_bp) / 10_000
    a_day = share_of(price_cents, rate)
    if share.day_cap_cents is not None:
        a_day = min(a_day, share.day_cap_cents)
    funded_days = 0
    months: dict[str, int] = {}
    for day in days:
        if share.max_days is not None and used.days + funded_days >= share.max_days:
            break
        month = f"{day:%Y-%m}"
        part = a_day
        if share.month_cap_cents is not None:
            spent = used.months.get(month, 0) + months.get(month, 0)
            part = min(part, max(share.month_cap_cents - spent, 0))
        if part > 0:
            funded_days += 1
            months[month] = months.get(month, 0) + part
    return funded_days, months


def quote_days(terms: Terms, *, first_on: date, days: int, used: FunderUse | None = None, free_days: int = 0) -> Quote:
    """Return the quote of a number of paid days from a first one on; days given count in the kilometres alone."""
    total = terms.price_per_day_cents * days
    funded_days, months = 0, dict[str, int]()
    if terms.funder is not None and terms.price_per_day_cents:
        funded_days, months = _funder_parts(
            terms.funder, _days(first_on, days), terms.price_per_day_cents, used or FunderUse()
        )
    funder_cents = sum(months.values())
    return Quote(
        days=days,
        total_cents=total,
        person_cents=total - funder_cents,
        funder_cents=funder_cents,
        funded_days=funded_days,
        funder_months=months,
        deposit_cents=terms.deposit_cents,
        km_allowance=None if terms.km_per_day is None else terms.km_per_day * (days + free_days),
        extra_km_cents=terms.extra_km_cents,
    )


def quote(terms: Terms, *, start_at: datetime, due_at: datetime, used: FunderUse | None = None) -> Quote:
    """Return the quote of a period under the terms."""
    return quote_days(terms, first_on=day_of(start_at), days=days_begun(start_at, due_at), used=used)


def days_to_pay(
    *,
    start_at: datetime,
    due_at: datetime,
    returned_at: datetime,
    closed_days: Collection[date] = (),
    free_days: int = 0,
) -> int:
    """Count the days that a loan costs in the end.

    Days given back by an earlier return are not paid; days after the due one are, except those on
    which the desk was closed, since nobody could bring the vehicle back. ``free_days`` of the agreed period
    were given, because the desk had moved an end of it.
    """
    first, due, back = day_of(start_at), day_of(due_at), day_of(returned_at)
    agreed = max((due - first).days + 1 - free_days, 1)
    if back <= due:
        return max(min((back - first).days + 1, agreed), 1)
    late = [due + timedelta(days=number) for number in range(1, (back - due).days + 1)]
    return agreed + sum(1 for day in late if day not in closed_days)


def extra_km_due_cents(*, driven_km: int, allowance_km: int | None, extra_km_cents: int) -> int:
    """Return the price of the kilometres beyond the allowance; none when there is no allowance."""
    if allowance_km is None:
        return 0
    return max(driven_km - allowance_km, 0) * extra_km_cents
