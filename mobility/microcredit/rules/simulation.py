"""Offers side by side for one request: what each costs, whether the budget bears it, why the others do not fit. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mobility.microcredit.errors import NoRate, TermsImpossible
from mobility.microcredit.rules.budget import Figures
from mobility.microcredit.rules.capacity import Light, Verdict, judge
from mobility.microcredit.rules.changes import Bank, Bounds, Case, Change, best_by_kind
from mobility.microcredit.rules.offers import Ask, Quote, announced_percent, quote, refusals
from mobility.microcredit.rules.usury import Ceiling, UsuryCheck, check_usury


@dataclass(frozen=True, slots=True)
class Offered:
    """A bank that may lend what is asked. ``verdict`` None: no budget was typed."""

    bank: Bank
    quote: Quote
    usury: UsuryCheck
    verdict: Verdict | None

    @property
    def stands(self) -> bool:
        """Tell whether nothing speaks against it: the rate is no usury, and the budget bears it where one is known."""
        return not self.usury.exceeded and (self.verdict is None or self.verdict.light is not Light.RED)


@dataclass(frozen=True, slots=True)
class Refused:
    """A bank that does not lend what is asked, and why."""

    bank: Bank
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Who may lend (the cheapest first), who does not, and what would turn the light where nobody stands."""

    offered: tuple[Offered, ...]
    refused: tuple[Refused, ...]
    changes: tuple[Change, ...]

    @property
    def stands(self) -> bool:
        """Tell whether one offer at least stands."""
        return any(one.stands for one in self.offered)


def simulate(
    ask: Ask,
    banks: Sequence[Bank],
    *,
    budget: Figures | None,
    bounds: Bounds,
    ceilings: Sequence[Ceiling],
    ceilings_since_on: date | None,
) -> Simulation:
    """Hold a request against the terms of all banks."""
    offered, refused = [], []
    for bank in banks:
        reasons = refusals(bank.conditions, ask, most_cents=bounds.most_cents, most_months=bounds.most_months)
        if reasons:
            refused.append(Refused(bank, reasons))
            continue
        try:
            found = quote(bank.conditions, ask)
        except TermsImpossible as error:
            refused.append(Refused(bank, (error.message,)))
            continue
        except NoRate:
            refused.append(Refused(bank, ("Ces conditions ne donnent pas de taux annuel.",)))
            continue
        usury = check_usury(
            announced_percent(found), ask.amount_cents, ceilings, since_on=ceilings_since_on, on=ask.starts_on
        )
        verdict = None
        if budget is not None:
            verdict = judge(budget, found.month_cents, floor_cents=bounds.floor_cents, most_percent=bounds.most_percent)
        offered.append(Offered(bank, found, usury, verdict))
    offered.sort(key=lambda one: (not one.stands, one.quote.cost_cents, one.bank.name, one.bank.key))
    changes: tuple[Change, ...] = ()
    if not any(one.stands for one in offered):
        asked = (*(one.bank for one in offered), *(one.bank for one in refused))
        changes = best_by_kind(Case(ask, asked[0], budget, bounds), asked) if asked else ()
    return Simulation(tuple(offered), tuple(refused), changes)
