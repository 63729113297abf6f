"""A household's budget: what comes in, what is fixed, what is left to live on, now and with the project. Pure.

Reste à vivre = income − fixed charges − instalments; per consumption unit (OECD-modified scale, as INSEE counts: 1 for
the first adult, 0.5 for each other person of 14 or more, 0.3 for each younger child). Debt ratio = instalments ÷ income.
What holds it against thresholds stands in ``capacity``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction


class Side(StrEnum):
    """Which way money goes."""

    INCOME = "income"
    CHARGE = "charge"
    CREDIT = "credit"


SIDE_LABELS: dict[Side, str] = {Side.INCOME: "Revenus", Side.CHARGE: "Charges fixes", Side.CREDIT: "Crédits en cours"}


class ItemKind(StrEnum):
    """What a line of a budget is."""

    WAGE = "wage"
    UNEMPLOYMENT = "unemployment"
    RSA = "rsa"
    FAMILY = "family"
    HOUSING_AID = "housing_aid"
    DISABILITY = "disability"
    PENSION = "pension"
    ALIMONY_IN = "alimony_in"
    OTHER_INCOME = "other_income"
    RENT = "rent"
    ENERGY = "energy"
    WATER = "water"
    PHONE = "phone"
    HOME_INSURANCE = "home_insurance"
    HEALTH = "health"
    TRANSPORT = "transport"
    CHILDCARE = "childcare"
    TAXES = "taxes"
    ALIMONY_OUT = "alimony_out"
    OTHER_CHARGE = "other_charge"
    LOAN = "loan"
    DEBT_PLAN = "debt_plan"
    OVERDRAFT = "overdraft"


ITEM_LABELS: dict[ItemKind, str] = {
    ItemKind.WAGE: "Salaire",
    ItemKind.UNEMPLOYMENT: "Allocation chômage",
    ItemKind.RSA: "RSA",
    ItemKind.FAMILY: "Prestations familiales, prime d’activité",
    ItemKind.HOUSING_AID: "Aide au logement",
    ItemKind.DISABILITY: "AAH, pension d’invalidité",
    ItemKind.PENSION: "Retraite",
    ItemKind.ALIMONY_IN: "Pension alimentaire reçue",
    ItemKind.OTHER_INCOME: "Autre revenu",
    ItemKind.RENT: "Loyer et charges",
    ItemKind.ENERGY: "Électricité, gaz, chauffage",
    ItemKind.WATER: "Eau",
    ItemKind.PHONE: "Téléphone, Internet",
    ItemKind.HOME_INSURANCE: "Assurance du logement",
    ItemKind.HEALTH: "Mutuelle",
    ItemKind.TRANSPORT: "Transports d’aujourd’hui",
    ItemKind.CHILDCARE: "Garde, cantine",
    ItemKind.TAXES: "Impôts",
    ItemKind.ALIMONY_OUT: "Pension alimentaire versée",
    ItemKind.OTHER_CHARGE: "Autre charge",
    ItemKind.LOAN: "Crédit",
    ItemKind.DEBT_PLAN: "Plan de surendettement",
    ItemKind.OVERDRAFT: "Découvert remboursé",
}
_INCOME_UNTIL = list(ItemKind).index(ItemKind.OTHER_INCOME)
_CHARGE_UNTIL = list(ItemKind).index(ItemKind.OTHER_CHARGE)


def side_of(kind: ItemKind) -> Side:
    """Return which way the money of a line goes."""
    place = list(ItemKind).index(kind)
    if place <= _INCOME_UNTIL:
        return Side.INCOME
    return Side.CHARGE if place <= _CHARGE_UNTIL else Side.CREDIT


class Every(StrEnum):
    """How often an amount comes."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


EVERY_LABELS: dict[Every, str] = {
    Every.MONTH: "par mois",
    Every.WEEK: "par semaine",
    Every.QUARTER: "par trimestre",
    Every.YEAR: "par an",
}
_MONTHLY: dict[Every, Fraction] = {
    Every.WEEK: Fraction(52, 12),
    Every.MONTH: Fraction(1),
    Every.QUARTER: Fraction(1, 3),
    Every.YEAR: Fraction(1, 12),
}


class Whose(StrEnum):
    """Who of the household has the income or pays the charge."""

    BORROWER = "borrower"
    PARTNER = "partner"
    BOTH = "both"


WHOSE_LABELS: dict[Whose, str] = {
    Whose.BORROWER: "la personne",
    Whose.PARTNER: "son conjoint ou sa conjointe",
    Whose.BOTH: "le foyer",
}


class Debts(StrEnum):
    """Where the household stands with over-indebtedness."""

    NONE = "none"
    FILED = "filed"
    PLAN = "plan"
    RECOVERY = "recovery"


DEBTS_LABELS: dict[Debts, str] = {
    Debts.NONE: "Aucun dossier de surendettement",
    Debts.FILED: "Dossier de surendettement déposé",
    Debts.PLAN: "Plan de surendettement en cours",
    Debts.RECOVERY: "Rétablissement personnel",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a budget. ``ends_on``: the last day on which it is paid or comes in, None for no known end."""

    kind: ItemKind
    amount_cents: int
    every: Every = Every.MONTH
    whose: Whose = Whose.BORROWER
    ends_on: date | None = None

    @property
    def side(self) -> Side:
        """Which way its money goes."""
        return side_of(self.kind)

    @property
    def monthly(self) -> Fraction:
        """What it comes to in a month, exactly, in cents."""
        return self.amount_cents * _MONTHLY[self.every]

    def runs_on(self, day: date) -> bool:
        """Tell whether it still comes on a day."""
        return self.ends_on is None or self.ends_on >= day


@dataclass(frozen=True, slots=True)
class Household:
    """Who lives on the budget. ``others``: people of 14 or more beside the person; ``children``: those under 14."""

    others: int = 0
    children: int = 0

    @property
    def units(self) -> Decimal:
        """Return the consumption units."""
        return Decimal(1) + Decimal("0.5") * self.others + Decimal("0.3") * self.children


@dataclass(frozen=True, slots=True)
class Change:
    """What a project does to a month, in cents: an instalment, what the vehicle costs, what it replaces, what it earns."""

    instalment_cents: int = 0
    vehicle_cents: int = 0
    replaced_cents: int = 0
    income_cents: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a budget comes to in a month, in cents, for a household of so many consumption units."""

    income: int
    charges: int = 0
    credits: int = 0
    units: Decimal = Decimal(1)

    @property
    def rest(self) -> int:
        """What is left to live on (reste à vivre)."""
        return self.income - self.charges - self.credits

    @property
    def rest_per_unit(self) -> int:
        """The same by consumption unit, rounded half-up."""
        return _cents(Fraction(self.rest) / Fraction(self.units))

    @property
    def debt_percent(self) -> Decimal | None:
        """The instalments in per cent of income, to one decimal; None without income."""
        if self.income <= 0:
            return None
        return (Decimal(self.credits) * 100 / self.income).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)

    def plus(self, change: Change) -> Figures:
        """Return the figures with a project."""
        return Figures(
            self.income + change.income_cents,
            self.charges + change.vehicle_cents - change.replaced_cents,
            self.credits + change.instalment_cents,
            self.units,
        )


def _cents(amount: Fraction) -> int:
    """Round half away from zero, once."""
    return int((Decimal(amount.numerator) / amount.denominator).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def month_of(items: Iterable[Item], side: Side, *, on: date) -> int:
    """Return what one side comes to in a month, in cents, rounded once."""
    return _cents(sum((item.monthly for item in items if item.side is side and item.runs_on(on)), Fraction(0)))


def figures(items: Sequence[Item], household: Household, *, on: date, change: Change | None = None) -> Figures:
    """Return what the budget comes to on a day, with the project where there is one."""
    income, charges, credits_ = (month_of(items, side, on=on) for side in (Side.INCOME, Side.CHARGE, Side.CREDIT))
    return Figures(income, charges, credits_, household.units).plus(change or Change())


def warnings(debts: Debts, *, in_file: bool | None, items: Sequence[Item]) -> tuple[str, ...]:
    """Say what the adviser has to think of before asking a bank. An entry in the FICP is no refusal by itself."""
    said = []
    if debts is Debts.FILED:
        said.append("Un dossier de surendettement est déposé : un nouveau crédit demande l’accord de la commission.")
    if debts is Debts.PLAN:
        said.append("Un plan de surendettement court : joindre l’accord de la commission ou de la banque.")
    if debts is Debts.RECOVERY:
        said.append(
            "Un rétablissement personnel est en cours ou récent : parler à la banque avant de monter le dossier."
        )
    if in_file:
        said.append("Inscription au FICP : ce n’est pas un refus en soi, la banque la regarde avec le reste.")
    if debts is Debts.PLAN and not any(item.kind is ItemKind.DEBT_PLAN for item in items):
        said.append("Le plan de surendettement n’est pas dans les crédits : ajoutez sa mensualité.")
    return tuple(said)
