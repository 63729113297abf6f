"""Whether a dossier's request stands at its bank and in its budget, and what would change that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from mobility.core.clock import today
from mobility.core.db import load
from mobility.funding.models import Project
from mobility.funding.queries import dearest_quote
from mobility.funding.rules import Purpose
from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import queries
from mobility.microcredit.dossiers.models import Budget, MicrocreditDossier
from mobility.microcredit.errors import NoRate, TermsImpossible
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.queries import OfferCard, conditions_of, offers_in_force
from mobility.microcredit.rules.budget import Figures
from mobility.microcredit.rules.capacity import Light, Verdict, judge
from mobility.microcredit.rules.changes import (
    Bank,
    Bounds,
    Case,
    Change,
    Price,
    after_refusal,
    quoted,
    what_would_change_it,
)
from mobility.microcredit.rules.motives import about
from mobility.microcredit.rules.offers import Ask, Band, Conditions, Quote, announced_percent, refusals
from mobility.microcredit.rules.offers import quote as quote_at
from mobility.microcredit.rules.states import OPEN, State
from mobility.microcredit.rules.usury import UsuryCheck, check_usury
from mobility.organisations.models import Organisation
from mobility.people.models import Person
from mobility.people.rules import add_months

# From the request to the payment: the bank's answer and the days without payment after the signature.
USUAL_DELAY_DAYS = 15
# What stands for a bank whose terms nobody has entered: the rate that was typed.
TYPED_KEY = 0
LONGEST_WAIT_MONTHS = 24
# A refusal and a request that is still ours are worth a search; what the bank has, it decides.
SEARCHED = OPEN | {State.COMPLETE, State.REFUSED}


@dataclass(frozen=True)
class Standing:
    """A request held against its bank's terms and its budget.

    ``quote`` None: the bank does not lend it (``refused`` says why); ``verdict`` None: there is no budget yet.
    """

    bank: Bank
    refused: tuple[str, ...]
    quote: Quote | None
    usury: UsuryCheck | None
    verdict: Verdict | None
    changes: tuple[Change, ...]

    @property
    def is_red(self) -> bool:
        """Tell whether something speaks against it: the bank's terms, the usury ceiling or the budget."""
        return (
            self.quote is None
            or (self.usury is not None and self.usury.exceeded)
            or (self.verdict is not None and self.verdict.light is Light.RED)
        )


def ask_of(amount_cents: int, months: int, *, purpose: Purpose, person: Person, on: date) -> Ask:
    """Return a request as the rules see it, paid out after the usual delay. A protected file gives no commune."""
    starts_on = on + timedelta(days=USUAL_DELAY_DAYS)
    insee_code = None if person.protected else person.insee_code
    return Ask(amount_cents, months, purpose, starts_on, add_months(starts_on, 1), insee_code)


def bounds(*, on: date, desk_id: int) -> Bounds:
    """Return the dated settings that decide."""
    limits, thresholds = room.limits(on=on), room.thresholds(on=on, desk_id=desk_id)
    return Bounds(limits.cents, limits.months, thresholds.floor_cents, thresholds.debt_percent)


def bank_of(row: MicrocreditDossier, limits: Bounds) -> Bank:
    """Return the terms that a dossier was made on: those of its offer, else its typed rate."""
    name = load(Organisation, row.bank_id).name if row.bank_id is not None else "Cette banque"
    if row.offer_id is not None:
        return Bank(row.offer_id, name, conditions_of(load(CreditOffer, row.offer_id)))
    terms = Conditions(
        1, limits.most_cents, 1, limits.most_months, (Band(Decimal(row.rate)),), most_wait_months=LONGEST_WAIT_MONTHS
    )
    return Bank(TYPED_KEY, name, terms)


def find_quote(row: MicrocreditDossier, *, on: date) -> Quote | None:
    """Return what a dossier's request costs at its rate on its bank's terms, as the simulator says (some five queries).

    Paid after the usual delay from a day, or as it was paid; None where the terms give no schedule or no annual rate.
    """
    person = load(Person, row.person_id)
    bank = bank_of(row, bounds(on=on, desk_id=person.desk_id))
    ask = ask_of(row.amount_cents, row.months, purpose=load(Project, row.project_id).purpose, person=person, on=on)
    if row.disbursed_on is not None and row.first_due_on is not None:
        ask = replace(ask, starts_on=row.disbursed_on, first_on=row.first_due_on)
    try:
        return quote_at(replace(bank.conditions, bands=(Band(Decimal(row.rate)),)), ask)
    except (TermsImpossible, NoRate):
        return None


def standing_of(row: MicrocreditDossier, *, on: date) -> Standing:
    """Hold a dossier's request against its bank and its budget, and search what would change a no (some ten queries)."""
    person = load(Person, row.person_id)
    limits = bounds(on=on, desk_id=person.desk_id)
    project = load(Project, row.project_id)
    ask = ask_of(row.amount_cents, row.months, purpose=project.purpose, person=person, on=on)
    budget = _budget(row, on=on, desk_id=person.desk_id)
    case = Case(ask, bank_of(row, limits), budget, limits, _price(project))
    refused = refusals(case.bank.conditions, ask, most_cents=limits.most_cents, most_months=limits.most_months)
    quote, usury, verdict = quoted(case), None, None
    if quote is not None:
        ceilings, since_on = room.usury_ceilings(on=ask.starts_on)
        usury = check_usury(announced_percent(quote), ask.amount_cents, ceilings, since_on=since_on, on=ask.starts_on)
        if budget is not None:
            verdict = judge(
                budget, quote.month_cents, floor_cents=limits.floor_cents, most_percent=limits.most_percent
            )  # fmt: skip
    found = Standing(case.bank, refused, quote, usury, verdict, ())
    if row.state not in SEARCHED or (row.state is not State.REFUSED and not found.is_red):
        return found
    others = _others(row, offers_in_force(desk_id=person.desk_id, on=on))
    if row.state is State.REFUSED:
        return replace(found, changes=after_refusal(case, others, about(row.motive)))
    return replace(found, changes=what_would_change_it(case, others))


def _price(project: Project) -> Price:
    """Return what the dearest quote that was chosen costs, or the estimate where there is none (one query)."""
    quoted_price = dearest_quote(project.id)
    if quoted_price is None:
        return Price(project.amount_cents)
    return Price(quoted_price.amount_cents, quoted_price.seller)


def _budget(row: MicrocreditDossier, *, on: date, desk_id: int) -> Figures | None:
    """Return the month without this loan, the vehicle that it pays with it; after a refusal that of the last budget."""
    if row.state is State.REFUSED:
        budget = queries.find_budget(row.person_id)
    else:
        budget = None if row.budget_id is None else load(Budget, row.budget_id)
    return None if budget is None else queries.tell(budget, on=on, desk_id=desk_id).after


def _others(row: MicrocreditDossier, cards: Sequence[OfferCard]) -> list[Bank]:
    """Return the terms of other banks; of one that has refused, none."""
    return [
        card.bank
        for card in cards
        if card.offer.id != row.offer_id
        and not (row.state is State.REFUSED and card.partner.organisation_id == row.bank_id)
    ]


def offer_at(offer_id: int, *, desk_id: int, on: date) -> tuple[CreditOffer, CreditPartner] | None:
    """Return terms that are in force at a desk on a day, or None (one query)."""
    found = next((card for card in offers_in_force(desk_id=desk_id, on=on) if card.offer.id == offer_id), None)
    return None if found is None else (found.offer, found.partner)


def offer_choices(person_id: int) -> list[tuple[int, str]]:
    """Return the terms in force at a person's desk, for a form (two queries)."""
    cards = offers_in_force(desk_id=load(Person, person_id).desk_id, on=today())
    return [(card.offer.id, f"{card.name} – {card.offer.label}") for card in cards]
