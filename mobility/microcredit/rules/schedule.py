"""The schedule of a loan, exact to the cent. Pure.

The rule: instalments are level, the level one is rounded half-up to the cent; the interest of each period is the exact
interest of what is owed, rounded half-up to the cent once; the last instalment takes what remains. A month is a twelfth
of a year; a period that is no whole number of months counts its days as ``calendar`` says. What is drawn on a due date
is drawn after that day's payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from mobility.core.money import MAX_CENTS
from mobility.microcredit.errors import TermsImpossible
from mobility.microcredit.rules.apr import Flow
from mobility.microcredit.rules.calendar import Basis, years_between
from mobility.people.rules import add_months

MAX_MONTHS = 600
MAX_RATE = Decimal(1000)
_MONTH = Fraction(1, 12)
_DIGITS = 60


class Waiting(StrEnum):
    """What becomes of the interest of the time before the month that ends with the first instalment."""

    SPREAD = "spread"
    WITH_FIRST = "with_first"
    MONTHLY = "monthly"


WAITING_LABELS: dict[Waiting, str] = {
    Waiting.SPREAD: "Réparti sur toutes les mensualités",
    Waiting.WITH_FIRST: "Payé avec la première mensualité",
    Waiting.MONTHLY: "Payé chaque mois en attendant",
}


class Row(NamedTuple):
    """One instalment: what is paid, the interest and the capital in it, and what is still owed after it."""

    number: int
    payment_cents: int
    interest_cents: int
    capital_cents: int
    balance_cents: int
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """The time up to one payment: its length in years and what is drawn within, each with its own time up to it.

    ``level``: its payment is the level one (else the interest alone); ``beyond``: the years of it of which the interest
    comes on top of the level payment.
    """

    years: Fraction
    drawn: tuple[tuple[int, Fraction], ...] = ()
    level: bool = True
    beyond: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """A loan: what is drawn when, at which nominal rate (in per cent a year), in how many instalments, from which day."""

    drawdowns: tuple[Flow, ...]
    rate: Decimal
    months: int
    first_on: date | None = None
    waiting: Waiting = Waiting.SPREAD

    @property
    def amount_cents(self) -> int:
        """All that is drawn."""
        return sum(flow.amount_cents for flow in self.drawdowns)

    @property
    def starts_on(self) -> date:
        """The day of the first drawdown."""
        return min(flow.on for flow in self.drawdowns)


def half_up(amount: Fraction) -> int:
    """Round an amount of at least 0 half-up to whole cents."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def check_terms(amount_cents: int, rate: Decimal, months: int) -> None:
    """Raise TermsImpossible for amounts, rates (per cent) or durations that no loan has."""
    if not 1 <= amount_cents <= MAX_CENTS:
        raise TermsImpossible("Écrivez un montant plus grand que zéro.", field="amount")
    if not rate.is_finite() or not 0 <= rate <= MAX_RATE:
        raise TermsImpossible("Écrivez un taux entre 0 et 1 000 %.", field="rate")
    if not 1 <= months <= MAX_MONTHS:
        raise TermsImpossible("Écrivez une durée entre 1 et %(most)s mois.", field="months", most=MAX_MONTHS)


def plain_schedule(amount_cents: int, rate: Decimal, months: int) -> list[Row]:
    """Return the schedule of a sum drawn at once and paid back in equal months, without dates. Raises TermsImpossible."""
    check_terms(amount_cents, rate, months)
    return _rows(amount_cents, Fraction(rate) / 100, [Period(_MONTH)] * months)


def schedule(terms: Terms) -> list[Row]:
    """Return the dated schedule: under MONTHLY, rows of interest alone come first. Raises TermsImpossible."""
    check_terms(terms.amount_cents, terms.rate, terms.months)
    first_on = terms.first_on or add_months(terms.starts_on, 1)
    if first_on <= terms.starts_on:
        raise TermsImpossible("La première mensualité vient après le versement.", field="first_on")
    days = _due_days(terms, first_on)
    early = sum(flow.amount_cents for flow in terms.drawdowns if flow.on == terms.starts_on)
    periods = list(_periods(terms, days, first_on))
    rows = _rows(early, Fraction(terms.rate) / 100, periods)
    return [
        Row(row.number, row.payment_cents, row.interest_cents, row.capital_cents, row.balance_cents, day)
        for row, day in zip(rows, days, strict=True)
    ]


def _due_days(terms: Terms, first_on: date) -> list[date]:
    before: list[date] = []
    if terms.waiting is Waiting.MONTHLY:
        while (day := add_months(first_on, -len(before) - 1)) > terms.starts_on:
            before.append(day)
    days = [*reversed(before), *(add_months(first_on, number) for number in range(terms.months))]
    if max(flow.on for flow in terms.drawdowns) >= days[-1]:
        raise TermsImpossible("Tout est versé avant la dernière mensualité.", field="first_on")
    return days


def _periods(terms: Terms, days: Sequence[date], first_on: date) -> Iterable[Period]:
    since = terms.starts_on
    for day in days:
        years = years_between(since, day, Basis.MONTHS)
        drawn = tuple(
            (flow.amount_cents, years_between(flow.on, day, Basis.MONTHS))
            for flow in terms.drawdowns
            if since <= flow.on < day and flow.on != terms.starts_on
        )
        beyond = Fraction(0)
        if terms.waiting is Waiting.WITH_FIRST and day == first_on:
            beyond = max(years - _MONTH, Fraction(0))
        yield Period(years, drawn, level=day >= first_on, beyond=beyond)
        since = day


def _rows(opening_cents: int, yearly: Fraction, periods: Sequence[Period]) -> list[Row]:
    level_cents = _level(opening_cents, yearly, periods)
    balance, rows, years, top, bottom = opening_cents, [], None, 0, 1
    for number, period in enumerate(periods, start=1):
        if period.years is not years:
            years = period.years
            top, bottom = 2 * yearly.numerator * years.numerator, yearly.denominator * years.denominator
        if period.drawn:
            interest = half_up(
                balance * yearly * period.years + sum(amount * yearly * rest for amount, rest in period.drawn)
            )
        else:
            interest = (balance * top + bottom) // (2 * bottom)
        on_top = half_up(balance * yearly * period.beyond) if period.beyond else 0
        balance += sum(amount for amount, _ in period.drawn)
        if number == len(periods):
            paid = balance + interest
        elif period.level:
            paid = min(level_cents + on_top, balance + interest)
        else:
            paid = interest
        if paid < interest:
            raise TermsImpossible(
                "La première mensualité ne couvre pas les intérêts de l’attente : rapprochez-la, ou faites payer ces "
                "intérêts autrement.",
                field="first_on",
            )
        capital = paid - interest
        balance -= capital
        rows.append(Row(number, paid, interest, capital, balance))
    return rows


def _level(opening_cents: int, yearly: Fraction, periods: Sequence[Period]) -> int:
    """Return the level payment, rounded half-up: what is owed at the end is linear in it, so two sums give it."""
    with localcontext() as context:
        context.prec = _DIGITS
        rate = Decimal(yearly.numerator) / yearly.denominator
        owed, taken = Decimal(opening_cents), Decimal(0)
        for period, alike in groupby(periods):
            if not period.level:
                # The interest is paid as it comes: what is owed grows by what is drawn alone.
                owed += sum(amount for _ in alike for amount, _ in period.drawn)
                continue
            length = period.years - period.beyond
            growth, times = 1 + rate * length.numerator / length.denominator, len(list(alike))
            over_all = growth**times
            gained = Decimal(times) if growth == 1 else (over_all - 1) / (growth - 1)
            drawn = sum(amount * (1 + rate * years.numerator / years.denominator) for amount, years in period.drawn)
            owed, taken = owed * over_all + drawn * gained, taken * over_all + gained
        return int((owed / taken).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def principal_cents(rows: Sequence[Row]) -> int:
    """Return the capital that a schedule pays back."""
    return sum(row.capital_cents for row in rows)


def interest_cents(rows: Sequence[Row]) -> int:
    """Return the interest that a schedule costs."""
    return sum(row.interest_cents for row in rows)
