"""What would change it: the smallest changes that turn a red light, searched, held against the rules again, ranked. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from mobility.core.money import format_cents
from mobility.funding.rules import Purpose
from mobility.microcredit.errors import NoRate, TermsImpossible
from mobility.microcredit.rules.budget import Figures
from mobility.microcredit.rules.capacity import Light, judge
from mobility.microcredit.rules.motives import ELSEWHERE, About
from mobility.microcredit.rules.offers import Ask, Conditions, Quote, instalments, month_cents, quote, refusals

STEP_CENTS = 10_00
STRIDE_CENTS = 100_00
MONTHS_RANGE = 84


class ChangeKind(StrEnum):
    """What is changed."""

    OTHER_BANK = "other_bank"
    LONGER = "longer"
    SHORTER = "shorter"
    CONTRIBUTION = "contribution"
    CHEAPER = "cheaper"
    LONGER_AND_LESS = "longer_and_less"
    DEBT_FIRST = "debt_first"


CHANGE_LABELS: dict[ChangeKind, str] = {
    ChangeKind.OTHER_BANK: "Une autre banque",
    ChangeKind.LONGER: "Plus longtemps",
    ChangeKind.SHORTER: "Moins longtemps",
    ChangeKind.CONTRIBUTION: "Un apport, une aide",
    ChangeKind.CHEAPER: "Un achat moins cher",
    ChangeKind.LONGER_AND_LESS: "Plus longtemps et un apport",
    ChangeKind.DEBT_FIRST: "Les dettes d’abord",
}
# What each costs the person before its size counts: asking another bank is little, changing one's debts is much.
_EFFORT: dict[ChangeKind, float] = {
    ChangeKind.OTHER_BANK: 0.05,
    ChangeKind.LONGER: 0.10,
    ChangeKind.SHORTER: 0.10,
    ChangeKind.CONTRIBUTION: 0.20,
    ChangeKind.CHEAPER: 0.25,
    ChangeKind.LONGER_AND_LESS: 0.30,
    ChangeKind.DEBT_FIRST: 1.00,
}


# What answers which motive of a bank; it comes first, whatever its effort.
ANSWERS: dict[About, frozenset[ChangeKind]] = {
    About.BUDGET: frozenset(
        {ChangeKind.LONGER, ChangeKind.CONTRIBUTION, ChangeKind.CHEAPER, ChangeKind.LONGER_AND_LESS}
    ),
    About.DEBTS: frozenset({ChangeKind.DEBT_FIRST, ChangeKind.CONTRIBUTION, ChangeKind.CHEAPER}),
    About.FICP: frozenset({ChangeKind.DEBT_FIRST}),
    About.INCOME: frozenset({ChangeKind.CONTRIBUTION, ChangeKind.CHEAPER}),
    About.PROJECT: frozenset({ChangeKind.OTHER_BANK}),
    About.AREA: frozenset({ChangeKind.OTHER_BANK}),
}
# Debts that a bank names want an outcome, also where the budget bears their instalments.
_WANTS_OUTCOME = frozenset({About.DEBTS, About.FICP})


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank's conditions, by the key and the name that its offer has."""

    key: int
    name: str
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Bounds:
    """The dated settings that decide: legal bounds, the floor left to live on, the highest debt."""

    most_cents: int
    most_months: int
    floor_cents: int
    most_percent: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What the thing costs that may be had cheaper; ``seller``: whose quote was chosen, nobody's for an estimate."""

    cents: int
    seller: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A request at a bank, with the budget that must bear it (None: nobody has typed one).

    ``price`` None: it is not known what the thing costs.
    """

    ask: Ask
    bank: Bank
    budget: Figures | None
    bounds: Bounds
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change that turns the light green: at which bank, what would be asked then, and what it costs the person.

    ``effort`` ranks: the smaller the better. ``credits_cents``: to what the other instalments must come down;
    ``price_cents``: to what the thing must (None: it is not that which changes, or it is not known).
    """

    kind: ChangeKind
    sentence: str
    bank: Bank
    ask: Ask
    month_cents: int
    cost_cents: int
    effort: float
    credits_cents: int | None = None
    price_cents: int | None = None


def stands(case: Case) -> Quote | None:
    """Return what a request costs where the bank lends it and the budget bears it, else None."""
    return quoted(case) if _holds(case) else None


def _holds(case: Case) -> bool:
    """Tell the same without the annual rate: a search asks this hundreds of times."""
    conditions, bounds = case.bank.conditions, case.bounds
    # No level instalment is under the capital by the months, but for a cent of rounding: most are ruled out by that.
    if not _bears(case, max(case.ask.amount_cents // max(case.ask.months, 1) - 1, 0)):
        return False
    if refusals(conditions, case.ask, most_cents=bounds.most_cents, most_months=bounds.most_months):
        return False
    try:
        _, rows, premiums = instalments(conditions, case.ask)
    except TermsImpossible:
        return False
    return _bears(case, month_cents(rows, premiums, required=conditions.insurance.required))


def _bears(case: Case, month: int) -> bool:
    bounds = case.bounds
    return case.budget is None or (
        judge(case.budget, month, floor_cents=bounds.floor_cents, most_percent=bounds.most_percent).light
        is not Light.RED
    )


def quoted(case: Case) -> Quote | None:
    """Return what a request costs where the bank lends it, whatever the budget, else None."""
    bounds = case.bounds
    if refusals(case.bank.conditions, case.ask, most_cents=bounds.most_cents, most_months=bounds.most_months):
        return None
    try:
        return quote(case.bank.conditions, case.ask)
    except (TermsImpossible, NoRate):
        return None


def what_would_change_it(case: Case, banks: Sequence[Bank]) -> tuple[Change, ...]:
    """Return the changes that turn a red light, the least effort first; nothing where the light is green."""
    if stands(case) is not None:
        return ()
    found = list(_debt_first(case))
    if _bears(case, 0):  # else nothing that is borrowed holds, however little
        found += [*_other_banks(case, banks), *_durations(case), *_less(case)]
        if not any(change.kind in {ChangeKind.LONGER, ChangeKind.OTHER_BANK} for change in found):
            found += _longer_and_less(case)
    return _ranked(found)


def after_refusal(case: Case, banks: Sequence[Bank], about: About = About.OTHER) -> tuple[Change, ...]:
    """Return what to try after a bank's no, what answers its motive first, then the least effort.

    Where the budget did not bear the request: what makes it bear. Where it bore it just so: what gives it a tenth more
    room than the thresholds ask. Another bank that lends it all in both cases; ``banks`` are the others. Where nothing
    that changes here would turn the no (``ELSEWHERE``): the others alone, with a change where they need one.
    """
    if about in ELSEWHERE:
        whole = list(_other_banks(case, banks))
        return _ranked(whole or best_by_kind(case, banks), about)
    found = list(_here(case, banks))
    found += _other_banks(case, banks)
    if about in _WANTS_OUTCOME and not any(change.kind is ChangeKind.DEBT_FIRST for change in found):
        found += _outcome(case)
    return _ranked(found, about)


def _here(case: Case, banks: Sequence[Bank]) -> Iterator[Change]:
    """Yield what to try at the same bank."""
    bounds = case.bounds
    if stands(case) is not None:
        bounds = replace(
            bounds, floor_cents=bounds.floor_cents * 11 // 10, most_percent=bounds.most_percent * Decimal("0.9")
        )
    for change in what_would_change_it(replace(case, bounds=bounds), banks):
        if change.kind is not ChangeKind.OTHER_BANK:
            yield change


def best_by_kind(case: Case, banks: Sequence[Bank]) -> tuple[Change, ...]:
    """Return the least change of each kind at any of these banks, each with its bank's name, ranked."""
    best: dict[ChangeKind, Change] = {}
    for bank in banks:
        for change in what_would_change_it(replace(case, bank=bank), banks):
            known = best.get(change.kind)
            if known is None or change.effort < known.effort:
                best[change.kind] = change
    return _ranked(
        change
        if change.bank.name in change.sentence
        else replace(change, sentence=f"{change.bank.name} : {change.sentence[0].lower()}{change.sentence[1:]}")
        for change in best.values()
    )


def _ranked(found: Iterable[Change], about: About = About.OTHER) -> tuple[Change, ...]:
    first = ANSWERS.get(about, frozenset())
    return tuple(
        sorted(found, key=lambda change: (change.kind not in first, change.effort, change.kind, change.bank.name))
    )


def _made(kind: ChangeKind, case: Case, found: Quote, size: float, sentence: str) -> Change:
    return Change(
        kind=kind,
        sentence=sentence,
        bank=case.bank,
        ask=case.ask,
        month_cents=found.month_cents,
        cost_cents=found.cost_cents,
        effort=_EFFORT[kind] + size,
        credits_cents=None if kind is not ChangeKind.DEBT_FIRST or case.budget is None else case.budget.credits,
    )


def _other_banks(case: Case, banks: Sequence[Bank]) -> Iterator[Change]:
    before = quoted(case)
    for bank in banks:
        if bank.key == case.bank.key:
            continue
        found = stands(replace(case, bank=bank))
        if found is None:
            continue
        dearer = max(found.cost_cents - before.cost_cents, 0) if before else 0
        said = f"{bank.name} peut prêter cette somme : {format_cents(found.month_cents)} par mois."
        yield _made(
            ChangeKind.OTHER_BANK, replace(case, bank=bank), found, dearer / max(case.ask.amount_cents, 1), said
        )


def _first(case: Case, asks: Iterator[Ask]) -> tuple[Case, Quote] | None:
    for ask in asks:
        changed = replace(case, ask=ask)
        if _holds(changed) and (found := quoted(changed)) is not None:
            return changed, found
    return None


def _durations(case: Case) -> Iterator[Change]:
    ask, longest = case.ask, min(case.bank.conditions.months_max, case.bounds.most_months)
    before = quoted(case)
    longer = _first(case, (replace(ask, months=months) for months in range(ask.months + 1, longest + 1)))
    if longer is not None:
        changed, found = longer
        dearer = f", le crédit coûte {format_cents(found.cost_cents - before.cost_cents)} de plus" if before else ""
        said = f"Rembourser en {changed.ask.months} mois : {format_cents(found.month_cents)} par mois{dearer}."
        yield _made(ChangeKind.LONGER, changed, found, (changed.ask.months - ask.months) / MONTHS_RANGE, said)
    # A shorter loan has dearer months: it only helps where the bank refuses the length.
    shorter = None if before else _first(case, (replace(ask, months=months) for months in range(ask.months - 1, 0, -1)))
    if shorter is not None:
        changed, found = shorter
        said = f"Rembourser en {changed.ask.months} mois : {format_cents(found.month_cents)} par mois."
        yield _made(ChangeKind.SHORTER, changed, found, (ask.months - changed.ask.months) / MONTHS_RANGE, said)


def _less_of(case: Case) -> tuple[Case, Quote] | None:
    """Return the request with the largest smaller amount that stands: by hundreds down, then by tens up again."""

    def asks(amounts: range) -> Iterator[Ask]:
        return (replace(case.ask, amount_cents=amount) for amount in amounts)

    first = case.ask.amount_cents - 1
    first -= first % STEP_CENTS
    coarse = _first(case, asks(range(first, 0, -STRIDE_CENTS)))
    if coarse is None:
        return None
    reached = coarse[0].ask.amount_cents
    return _first(case, asks(range(min(reached + STRIDE_CENTS - STEP_CENTS, first), reached - 1, -STEP_CENTS)))


def _less(case: Case) -> Iterator[Change]:
    found = _less_of(case)
    if found is None:
        return
    changed, costs = found
    missing = case.ask.amount_cents - changed.ask.amount_cents
    share = missing / case.ask.amount_cents
    then = f"emprunter {format_cents(changed.ask.amount_cents)} suffit, {format_cents(costs.month_cents)} par mois"
    yield _made(
        ChangeKind.CONTRIBUTION, changed, costs, share,
        f"Trouver {format_cents(missing)} autrement (épargne, employeur, aide) : {then}.",
    )  # fmt: skip
    if case.ask.purpose in {Purpose.PURCHASE, Purpose.REPAIR, Purpose.EQUIPMENT}:
        price = None if case.price is None or case.price.cents <= missing else case.price.cents - missing
        said = f"{_cheaper(case, missing, price)} : {then}."
        yield replace(_made(ChangeKind.CHEAPER, changed, costs, share, said), price_cents=price)


def _cheaper(case: Case, missing: int, price: int | None) -> str:
    """Say to what the price must come down, and whose quote it is."""
    if case.price is None or price is None:
        what = "un véhicule" if case.ask.purpose is Purpose.PURCHASE else "un devis"
        return f"Chercher {what} à {format_cents(missing)} de moins"
    down = f"{format_cents(price)} au lieu de {format_cents(case.price.cents)}"
    if case.price.seller:
        other = " (ou un autre véhicule à ce prix)" if case.ask.purpose is Purpose.PURCHASE else ""
        return f"Faire baisser le devis de {case.price.seller} à {down}{other}"
    return f"Chercher {'un véhicule' if case.ask.purpose is Purpose.PURCHASE else 'un devis'} à {down}"


def _longer_and_less(case: Case) -> Iterator[Change]:
    alone, longest = _less_of(case), _longest(case)
    found = None if longest is None else _less_of(replace(case, ask=replace(case.ask, months=longest)))
    if found is None:
        return
    changed, costs = found
    missing = case.ask.amount_cents - changed.ask.amount_cents
    if alone is not None and case.ask.amount_cents - alone[0].ask.amount_cents <= missing:
        return
    said = (
        f"Rembourser en {changed.ask.months} mois et trouver {format_cents(missing)} autrement : "
        f"{format_cents(costs.month_cents)} par mois."
    )
    size = missing / case.ask.amount_cents + (changed.ask.months - case.ask.months) / MONTHS_RANGE
    yield _made(ChangeKind.LONGER_AND_LESS, changed, costs, size, said)


def _longest(case: Case) -> int | None:
    """Return the longest duration that the bank and the law allow, None where it is no longer than asked."""
    conditions, bounds = case.bank.conditions, case.bounds
    least = replace(case.ask, amount_cents=conditions.amount_min_cents)
    for months in range(min(conditions.months_max, bounds.most_months), case.ask.months, -1):
        asked = replace(least, months=months)
        if not refusals(conditions, asked, most_cents=bounds.most_cents, most_months=bounds.most_months):
            return months
    return None


def _debt_first(case: Case) -> Iterator[Change]:
    """Say how far the other instalments must come down; first of all where nothing holds even without the loan."""
    budget, costs = case.budget, quoted(case)
    if budget is None or costs is None or budget.credits <= 0:
        return

    def green(credits_cents: int) -> bool:
        return _bears(replace(case, budget=replace(budget, credits=credits_cents)), costs.month_cents)

    most = _largest(green, budget.credits)
    if most is None:
        return
    changed = replace(case, budget=replace(budget, credits=most))
    said = (
        f"Faire baisser les autres crédits de {format_cents(budget.credits)} à {format_cents(most)} par mois "
        "(rééchelonnement, plan de surendettement) avant de demander ce prêt."
    )
    size = (budget.credits - most) / budget.credits
    first = -_EFFORT[ChangeKind.DEBT_FIRST] if not _bears(case, 0) else 0.0
    yield _made(ChangeKind.DEBT_FIRST, changed, costs, size + first, said)


def _outcome(case: Case) -> Iterator[Change]:
    """Say that a debt that the bank names wants an outcome, where no lower instalment is needed for the budget."""
    costs = quoted(case)
    if costs is not None:
        said = "Donner d’abord une issue aux dettes (accord avec le créancier, plan, dossier à la Banque de France)."
        yield _made(ChangeKind.DEBT_FIRST, replace(case, budget=None), costs, 0.0, said)


def _largest(holds: Callable[[int], bool], below: int) -> int | None:
    """Return the largest number under ``below`` that holds, None where 0 does not; the smaller, the easier it holds."""
    if not holds(0):
        return None
    low, high = 0, below
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
