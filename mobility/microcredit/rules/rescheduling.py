"""A new schedule beside the old one: what is still owed, what each costs, its annual rate. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mobility.microcredit.rules.apr import Flow, annual_rate, in_percent
from mobility.microcredit.rules.calendar import Basis
from mobility.microcredit.rules.repayment import Due
from mobility.microcredit.rules.schedule import Row, Terms, interest_cents, schedule


@dataclass(frozen=True, slots=True)
class Owed:
    """What a loan still owes on a day: capital, interest and insurance fallen due unpaid, and what was paid in advance.

    ``ahead_cents`` (part of an instalment that is not whole) counts on the first new instalment.
    """

    capital_cents: int
    interest_cents: int
    ahead_cents: int
    insurance_cents: int = 0

    @property
    def cents(self) -> int:
        """What a new schedule pays back."""
        return self.capital_cents + self.interest_cents + self.insurance_cents


def owed(rows: Sequence[Row], paid_cents: int, *, due: int, asked: Sequence[int] = ()) -> Owed:
    """Return what is owed of a schedule of which so much was paid and so many instalments have fallen due.

    ``asked``: what each instalment asks in cents where an insurance comes on top of it.
    """
    amounts = asked or [row.payment_cents for row in rows]
    whole, left = 0, paid_cents
    while whole < len(rows) and left >= amounts[whole]:
        left -= amounts[whole]
        whole += 1
    capital = rows[0].balance_cents + rows[0].capital_cents if whole == 0 else rows[whole - 1].balance_cents
    interest = sum(row.interest_cents for row in rows[whole:due])
    insurance = sum(asked - row.payment_cents for asked, row in zip(amounts[whole:due], rows[whole:due], strict=True))
    return Owed(capital, interest, left if whole < len(rows) else 0, insurance)


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What a bank agrees to: the sum owed on a day, at a rate (per cent a year), over months, from a first due day."""

    capital_cents: int
    rate: Decimal
    months: int
    from_on: date
    first_on: date


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison."""

    months: int
    instalment_cents: int
    last_on: date
    total_cents: int
    cost_cents: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Old and new side by side, the new rows, and the new annual rate. ``premiums``: the insurance of each instalment."""

    old: Side
    new: Side
    rows: tuple[Row, ...]
    apr_percent: Decimal
    premiums: tuple[int, ...]

    @property
    def dues(self) -> tuple[Due, ...]:
        """What each new instalment asks, insurance included."""
        return tuple(
            Due(row.number, row.due_on, row.payment_cents + premium)
            for row, premium in zip(self.rows, self.premiums, strict=True)
            if row.due_on is not None
        )

    @property
    def more_cents(self) -> int:
        """What the new schedule costs beyond the old one; below zero where it is cheaper."""
        return self.new.total_cents - self.old.total_cents


def compare(
    left: Sequence[Due], plan: NewPlan, *, insure: Callable[[Sequence[Row]], tuple[int, ...]] | None = None
) -> Compared:
    """Lay a new plan beside the instalments that are left. Raises TermsImpossible, NoRate, ValueError for none left.

    ``insure``: what insurance the bank requires with each instalment of a schedule, in cents; the rate holds it.
    """
    if not left:
        raise ValueError("nothing is left to reschedule")
    drawn = (Flow(plan.from_on, plan.capital_cents),)
    rows = schedule(Terms(drawn, plan.rate, plan.months, plan.first_on))
    days = [row.due_on for row in rows if row.due_on is not None]
    premiums = (0,) * len(rows) if insure is None else insure(rows)
    asked = [row.payment_cents + premium for row, premium in zip(rows, premiums, strict=True)]
    paid = [Flow(day, cents) for day, cents in zip(days, asked, strict=True)]
    apr = in_percent(annual_rate(drawn, paid, Basis.MONTHS))
    old_total, new_total = sum(one.amount_cents for one in left), sum(asked)
    return Compared(
        old=Side(len(left), left[0].amount_cents, left[-1].due_on, old_total, max(old_total - plan.capital_cents, 0)),
        new=Side(len(rows), asked[0], days[-1], new_total, interest_cents(rows) + sum(premiums)),
        rows=tuple(rows),
        apr_percent=apr,
        premiums=premiums,
    )
