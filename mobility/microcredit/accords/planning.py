"""A plan of arrears before it is signed: what is late, what the budget bears, what each month then leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import parameters, queries
from mobility.microcredit.dossiers.models import Budget, MicrocreditDossier
from mobility.microcredit.rules.arrears import (
    Line,
    PlanMonth,
    Suggestion,
    bearable,
    last_day,
    months_of,
    suggest,
    under_plan,
)
from mobility.microcredit.rules.budget import Household, figures
from mobility.microcredit.rules.repayment import Due, Ledger
from mobility.people.rules import add_months


@dataclass(frozen=True)
class Arrears:
    """Where a loan stands that is late, whatever plan is in force, and what a new plan of it is bound by.

    ``rest``: what a month leaves before any instalment, by its first day; None without a budget. ``floor_cents``: the
    least to live on, for the whole household.
    """

    ledger: Ledger
    paid_cents: int
    most_months: int
    last_on: date
    rest: Callable[[date], int] | None
    floor_cents: int

    @property
    def cents(self) -> int:
        """What is late."""
        return self.ledger.late_cents

    @property
    def ahead(self) -> list[Due]:
        """The instalments that go on beside a plan."""
        return [
            Due(row.due.number, row.due.due_on, row.missing_cents)
            for row in self.ledger.rows
            if row.missing_cents and row not in self.ledger.late
        ]

    def months(self, lines: Sequence[Line]) -> tuple[PlanMonth, ...]:
        """Return what each month of a plan takes and leaves."""
        return months_of(self.ahead, lines, rest=self.rest)

    def expected(self, lines: Sequence[Line]) -> list[Due]:
        """Return what is expected under a plan. Raises ValueError where its lines are not the arrears."""
        dues = [row.due for row in self.ledger.rows]
        return under_plan(dues, lines, base_cents=self.paid_cents, arrears_cents=self.cents)


def arrears_of(row: MicrocreditDossier, *, on: date, desk_id: int) -> Arrears:
    """Return what is late of a loan on a day (some queries, whatever the loan)."""
    ledger = queries.ledger_of(row.id, on=on, in_force=False)
    budget = queries.find_budget(row.person_id)
    assert row.disbursed_on is not None  # noqa: S101 - the database refuses a running loan without it
    most = room.limits(on=row.signed_on or on).months
    floor = room.thresholds(on=on, desk_id=desk_id).floor_cents
    return Arrears(
        ledger=ledger,
        paid_cents=queries.paid_of([row.id]).get(row.id, 0),
        most_months=parameters.plan_months(on=on, bank_id=row.bank_id),
        last_on=last_day(row.disbursed_on, most),
        rest=None if budget is None else _rest_of(budget, on=on, desk_id=desk_id),
        floor_cents=0 if budget is None else int(Household(budget.others, budget.children).units * floor),
    )


def _rest_of(budget: Budget, *, on: date, desk_id: int) -> Callable[[date], int]:
    told = queries.tell(budget, on=on, desk_id=desk_id)
    items = queries.items_of(told.rows)

    def rest(day: date) -> int:
        return figures(items, told.household, on=day, change=told.change).rest

    return rest


def first_day(found: Arrears, *, on: date) -> date:
    """Return the day from which arrears are best paid: that of the next instalment, or a month from today."""
    return next((due.due_on for due in found.ahead if due.due_on > on), add_months(on, 1))


def suggestion(found: Arrears, *, first_on: date, months: int | None = None) -> Suggestion:
    """Return the plan that the budget bears, from a first day on. Raises ValueError where nothing is late."""
    room_cents = None
    if found.rest is not None:
        days = [add_months(first_on.replace(day=1), number) for number in range(found.most_months)]
        current = max((due.amount_cents for due in found.ahead), default=0)
        room_cents = bearable(
            [found.rest(day) for day in days], floor_cents=found.floor_cents, instalment_cents=current
        )
    return suggest(
        found.cents, first_on=first_on, bearable_cents=room_cents, most_months=found.most_months, months=months
    )
