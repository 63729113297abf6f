"""How arrears are paid beside the instalments that go on: what a budget can bear, and how payments are laid. Pure.

Payments go to what falls due first; on one day the instalment comes before the line of the plan: a new instalment that
is missed is what may lead to the FICP, the arrears are already agreed on with the bank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from mobility.core.clock import MONTHS, format_date
from mobility.core.money import format_cents
from mobility.microcredit.rules.repayment import Due, DueKind, Ledger
from mobility.people.rules import add_months

EURO = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One sum of a plan of arrears, in cents."""

    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A plan that a budget bears, or not; ``fits`` is None where no budget says it."""

    lines: tuple[Line, ...]
    fits: bool | None


@dataclass(frozen=True, slots=True)
class PlanMonth:
    """One month of a plan, in cents: instalments, arrears, and what is left to live on (None without a budget)."""

    first_on: date
    current_cents: int
    arrears_cents: int
    left_cents: int | None

    @property
    def label(self) -> str:
        """« mars 2027 »."""
        return f"{MONTHS[self.first_on.month - 1]} {self.first_on.year}"

    @property
    def paid_cents(self) -> int:
        """What is paid in all."""
        return self.current_cents + self.arrears_cents


def suggest(
    arrears_cents: int, *, first_on: date, bearable_cents: int | None, most_months: int, months: int | None = None
) -> Suggestion:
    """Spread arrears over as few months as a budget bears, in whole euros, the rest in the last sum.

    ``bearable_cents``: what is left of a month beyond the least to live on, once the instalment is paid; None without
    a budget. ``months``: asked for, instead of worked out. Raises ValueError for nothing to spread.
    """
    if arrears_cents < 1 or most_months < 1:
        raise ValueError("there is nothing to spread")
    wanted = months if months is not None else _months_borne(arrears_cents, bearable_cents, most_months)
    count = min(max(wanted, 1), most_months, arrears_cents)
    each = -(-arrears_cents // count)
    each = min(-(-each // EURO) * EURO, arrears_cents)
    lines, left = list[Line](), arrears_cents
    while left:
        amount = min(each, left)
        lines.append(Line(add_months(first_on, len(lines)), amount))
        left -= amount
    fits = None if bearable_cents is None else max(one.amount_cents for one in lines) <= bearable_cents
    return Suggestion(tuple(lines), fits)


def _months_borne(arrears_cents: int, bearable_cents: int | None, most_months: int) -> int:
    if bearable_cents is None or bearable_cents < EURO:
        return most_months
    return -(-arrears_cents // (bearable_cents // EURO * EURO))


def problems(lines: Sequence[Line], arrears_cents: int, *, today: date, last_on: date, most: int) -> tuple[str, ...]:
    """Say in French what keeps lines from being a plan; nothing where they are one.

    ``last_on``: the last day on which the loan may be paid back; ``most``: how many lines a plan has at most.
    """
    if not lines:
        return ("Écrivez au moins une somme avec sa date.",)
    said = []
    if any(one.amount_cents < 1 for one in lines):
        said.append("Chaque somme est d’un centime au moins.")
    if len(lines) > most:
        said.append(f"Un plan a {most} sommes au plus.")
    if lines[0].due_on < today:
        said.append("La première date est passée.")
    if any(before.due_on >= after.due_on for before, after in pairwise(lines)):
        said.append("Les dates se suivent : une somme par date, de la plus proche à la plus lointaine.")
    if max(one.due_on for one in lines) > last_on:
        said.append(f"Le crédit se rembourse au plus tard le {format_date(last_on, weekday=False, year=0)}.")
    total = sum(one.amount_cents for one in lines)
    if total != arrears_cents:
        much = format_cents(abs(total - arrears_cents))
        is_less = total < arrears_cents
        said.append(
            f"Les sommes font {format_cents(total)} pour un retard de {format_cents(arrears_cents)} : "
            + (f"il manque {much}." if is_less else f"{much} de trop.")
        )
    return tuple(said)


def last_day(disbursed_on: date, most_months: int) -> date:
    """Return the last day on which a loan may be paid back: so many months after its payment (CMF R518-61)."""
    return add_months(disbursed_on, most_months)


def under_plan(dues: Sequence[Due], lines: Sequence[Line], *, base_cents: int, arrears_cents: int) -> list[Due]:
    """Put a plan's lines in the place of what was late: what is expected from then on, the oldest first.

    ``base_cents``: what was paid when the plan was made; ``arrears_cents``: what was late then. What was paid of an
    instalment whose rest the plan takes on stays as a part of its own. The sum does not change.
    Raises ValueError where the lines are not the arrears.
    """
    if sum(one.amount_cents for one in lines) != arrears_cents:
        raise ValueError("the lines of a plan sum to its arrears")
    found, until, passed = list[Due](), base_cents + arrears_cents, 0
    for due in sorted(dues, key=Due.order):
        start, passed = passed, passed + due.amount_cents
        kept = max(min(passed, base_cents) - start, 0) + max(passed - max(start, until), 0)
        if kept == due.amount_cents:
            found.append(due)
        elif kept:
            found.append(Due(due.number, due.due_on, kept, DueKind.PART))
    found += [Due(number, one.due_on, one.amount_cents, DueKind.PLAN) for number, one in enumerate(lines, 1)]
    return sorted(found, key=Due.order)


def months_of(
    dues: Sequence[Due],
    lines: Sequence[Line],
    *,
    rest: Callable[[date], int] | None,
) -> tuple[PlanMonth, ...]:
    """Return month by month what is paid until the last line, and what is left to live on.

    ``dues``: the instalments that go on; ``rest``: what a month leaves before any instalment, by its first day.
    """
    first, last = min(one.due_on for one in lines), max(one.due_on for one in lines)
    current = _by_month([(one.due_on, one.amount_cents) for one in dues])
    arrears = _by_month([(one.due_on, one.amount_cents) for one in lines])
    found, day = [], first.replace(day=1)
    while day <= last:
        pays = (current.get(day, 0), arrears.get(day, 0))
        found.append(PlanMonth(day, *pays, None if rest is None else rest(day) - sum(pays)))
        day = add_months(day, 1)
    return tuple(found)


def _by_month(sums: Sequence[tuple[date, int]]) -> Mapping[date, int]:
    found: dict[date, int] = {}
    for on, cents in sums:
        day = on.replace(day=1)
        found[day] = found.get(day, 0) + cents
    return found


def bearable(rests: Sequence[int], *, floor_cents: int, instalment_cents: int) -> int:
    """Return what the tightest of some months can pay beyond the least to live on and the instalment; never below zero."""
    return max(min(rests) - floor_cents - instalment_cents, 0)


def is_kept(ledger: Ledger) -> bool:
    """Tell whether every line of the plan is paid."""
    return not ledger.in_plan


def is_broken(ledger: Ledger, *, on: date, misses: int, days: int) -> bool:
    """Tell whether a plan is not kept: so many sums are late together, or one for more than so many days."""
    late = ledger.late
    return len(late) >= misses or any((on - row.due.due_on).days > days for row in late)
