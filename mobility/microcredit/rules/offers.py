"""What a bank lends and on which terms: whether a request fits, in words, and what it would cost. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from mobility.core.money import format_cents, share_of
from mobility.funding.rules import PURPOSE_LABELS, Purpose
from mobility.microcredit.rules.apr import Flow, annual_rate, in_percent
from mobility.microcredit.rules.calendar import Basis, years_between
from mobility.microcredit.rules.schedule import Row, Terms, Waiting, half_up, interest_cents, schedule


class InsuranceKind(StrEnum):
    """On what a borrower's insurance is counted."""

    NONE = "none"
    INITIAL = "initial"
    BALANCE = "balance"
    FIXED = "fixed"


INSURANCE_LABELS: dict[InsuranceKind, str] = {
    InsuranceKind.NONE: "Pas d’assurance",
    InsuranceKind.INITIAL: "Un pourcentage par an du montant prêté",
    InsuranceKind.BALANCE: "Un pourcentage par an de ce qui reste dû",
    InsuranceKind.FIXED: "Une somme par mois",
}


@dataclass(frozen=True, slots=True)
class Insurance:
    """A borrower's insurance. One that the bank requires counts in the annual rate; a free one does not (L314-1)."""

    kind: InsuranceKind = InsuranceKind.NONE
    percent: Decimal = Decimal(0)
    monthly_cents: int = 0
    required: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A nominal rate (per cent a year) for loans up to an amount and up to a duration; None: any."""

    percent: Decimal
    up_to_cents: int | None = None
    up_to_months: int | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a bank lends. No purpose or no commune named: all of them. ``fee_percent`` is of the amount, once."""

    amount_min_cents: int
    amount_max_cents: int
    months_min: int
    months_max: int
    bands: tuple[Band, ...]
    purposes: frozenset[Purpose] = frozenset()
    communes: frozenset[str] = frozenset()
    fee_cents: int = 0
    fee_percent: Decimal = Decimal(0)
    insurance: Insurance = Insurance()
    waiting: Waiting = Waiting.SPREAD
    most_wait_months: int = 3


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody would borrow. ``first_on``: the day of the first instalment; ``insee_code`` None: not known."""

    amount_cents: int
    months: int
    purpose: Purpose
    starts_on: date
    first_on: date
    insee_code: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request would cost. ``month_cents``: the dearest month to come, insurance that is required with it."""

    rate_percent: Decimal
    rows: tuple[Row, ...]
    insurance_cents: tuple[int, ...]
    fee_cents: int
    apr_percent: Decimal
    insured_percent: Decimal | None
    required: bool

    @property
    def instalment_cents(self) -> int:
        """The level instalment: the last but one, as a first one may carry the interest of a wait."""
        return self.rows[-2 if len(self.rows) > 1 else -1].payment_cents

    @property
    def last_cents(self) -> int:
        """The last instalment."""
        return self.rows[-1].payment_cents

    @property
    def interest_cents(self) -> int:
        """All interest."""
        return interest_cents(self.rows)

    @property
    def insurance_total_cents(self) -> int:
        """All premiums, whether the insurance is required or free."""
        return sum(self.insurance_cents)

    @property
    def cost_cents(self) -> int:
        """The total cost of the credit for the borrower: interest, fees, and the insurance where it is required."""
        return self.interest_cents + self.fee_cents + (self.insurance_total_cents if self.required else 0)

    @property
    def due_cents(self) -> int:
        """All that is paid back: capital and cost."""
        return sum(row.capital_cents for row in self.rows) + self.cost_cents

    @property
    def month_cents(self) -> int:
        """The level instalment with the premium that is required, which a budget must bear."""
        return month_cents(self.rows, self.insurance_cents, required=self.required)

    @property
    def payments_cents(self) -> tuple[int, ...]:
        """What is paid at each instalment, insurance that is required with it."""
        extra = self.insurance_cents if self.required else (0,) * len(self.rows)
        return tuple(row.payment_cents + premium for row, premium in zip(self.rows, extra, strict=True))

    @property
    def taea_percent(self) -> Decimal | None:
        """The annual rate of the insurance alone (TAEA): the rate with it less the rate without (L313-8)."""
        without = self.apr_percent
        return None if self.insured_percent is None else self.insured_percent - without


def rate_for(conditions: Conditions, amount_cents: int, months: int) -> Decimal | None:
    """Return the rate of the narrowest band that holds the amount and the duration; None where none does."""
    fitting = [
        band
        for band in conditions.bands
        if (band.up_to_cents is None or amount_cents <= band.up_to_cents)
        and (band.up_to_months is None or months <= band.up_to_months)
    ]
    if not fitting:
        return None
    return min(
        fitting,
        key=lambda band: (
            band.up_to_cents is None,
            band.up_to_cents or 0,
            band.up_to_months is None,
            band.up_to_months or 0,
        ),
    ).percent


def refusals(conditions: Conditions, ask: Ask, *, most_cents: int, most_months: int) -> tuple[str, ...]:
    """Say why a bank does not lend what is asked; nothing where it may. The legal bounds are arguments (R518-61)."""
    said = [*_amount_refusals(conditions, ask, most_cents), *_months_refusals(conditions, ask, most_months)]
    if conditions.purposes and ask.purpose not in conditions.purposes:
        said.append(f"Cette banque ne prête pas pour : {PURPOSE_LABELS[ask.purpose].lower()}.")
    if conditions.communes and ask.insee_code is None:
        said.append("Cette banque prête dans certaines communes : indiquez celle de la personne.")
    elif conditions.communes and ask.insee_code not in conditions.communes:
        said.append("Cette banque ne prête pas dans la commune de la personne.")
    if ask.first_on <= ask.starts_on:
        said.append("La première mensualité vient après le versement.")
    elif years_between(ask.starts_on, ask.first_on, Basis.MONTHS) > Fraction(conditions.most_wait_months, 12):
        said.append(f"Cette banque demande la première mensualité dans les {conditions.most_wait_months} mois.")
    if not said and rate_for(conditions, ask.amount_cents, ask.months) is None:
        said.append("Cette banque n’a pas de taux pour ce montant et cette durée.")
    return tuple(said)


def _amount_refusals(conditions: Conditions, ask: Ask, most_cents: int) -> list[str]:
    if ask.amount_cents < conditions.amount_min_cents:
        return [f"Cette banque prête à partir de {format_cents(conditions.amount_min_cents)}."]
    if ask.amount_cents > most_cents:
        return [f"Un micro-crédit accompagné est de {format_cents(most_cents)} au plus."]
    if ask.amount_cents > conditions.amount_max_cents:
        return [f"Cette banque prête jusqu’à {format_cents(conditions.amount_max_cents)}."]
    return []


def _months_refusals(conditions: Conditions, ask: Ask, most_months: int) -> list[str]:
    if ask.months < conditions.months_min:
        return [f"Cette banque prête sur {conditions.months_min} mois au moins."]
    if ask.months > conditions.months_max:
        return [f"Cette banque prête sur {conditions.months_max} mois au plus."]
    if ask.first_on > ask.starts_on:
        length = years_between(ask.starts_on, ask.first_on, Basis.MONTHS) + Fraction(ask.months - 1, 12)
        if length > Fraction(most_months, 12):
            return [f"Un micro-crédit se rembourse en {most_months} mois au plus après le versement."]
    return []


def instalments(conditions: Conditions, ask: Ask) -> tuple[Decimal, list[Row], tuple[int, ...]]:
    """Return the rate, the schedule and the premium of each instalment.

    Raises ValueError where no band holds the request, TermsImpossible.
    """
    rate = rate_for(conditions, ask.amount_cents, ask.months)
    if rate is None:
        raise ValueError("no band holds this request")
    terms = Terms((Flow(ask.starts_on, ask.amount_cents),), rate, ask.months, ask.first_on, conditions.waiting)
    rows = schedule(terms)
    return rate, rows, premiums(conditions.insurance, ask.amount_cents, rows)


def quote(conditions: Conditions, ask: Ask) -> Quote:
    """Return what a request would cost. Raises ValueError where no band holds it, TermsImpossible, NoRate."""
    rate, rows, paid = instalments(conditions, ask)
    drawn = (Flow(ask.starts_on, ask.amount_cents),)
    fee = fee_of(conditions, ask.amount_cents)
    insured = _apr(drawn, rows, fee, paid) if any(paid) else None
    return Quote(
        rate_percent=rate,
        rows=tuple(rows),
        insurance_cents=paid,
        fee_cents=fee,
        apr_percent=_apr(drawn, rows, fee, ()),
        insured_percent=insured,
        required=conditions.insurance.required and insured is not None,
    )


def fee_of(conditions: Conditions, amount_cents: int) -> int:
    """Return what a bank takes once for a loan of an amount, in cents."""
    return conditions.fee_cents + share_of(amount_cents, conditions.fee_percent / 100)


def month_cents(rows: Sequence[Row], premiums: Sequence[int], *, required: bool) -> int:
    """Return the level instalment with the dearest premium where it is required: what a budget must bear."""
    level = rows[-2 if len(rows) > 1 else -1].payment_cents
    return level + (max(premiums, default=0) if required else 0)


def announced_percent(found: Quote) -> Decimal:
    """Return the annual rate (TAEG) that is announced and held against usury: with the insurance where it is required."""
    return found.insured_percent if found.required and found.insured_percent is not None else found.apr_percent


def premiums(insurance: Insurance, amount_cents: int, rows: Sequence[Row]) -> tuple[int, ...]:
    """Return the premium of each instalment, rounded half-up to the cent."""
    monthly = Fraction(insurance.percent) / 1200
    if insurance.kind is InsuranceKind.BALANCE:
        return tuple(half_up((row.balance_cents + row.capital_cents) * monthly) for row in rows)
    level = {
        InsuranceKind.NONE: 0,
        InsuranceKind.FIXED: insurance.monthly_cents,
        InsuranceKind.INITIAL: half_up(amount_cents * monthly),
    }
    return (level[insurance.kind],) * len(rows)


def _apr(drawn: tuple[Flow, ...], rows: Sequence[Row], fee_cents: int, premiums: Sequence[int]) -> Decimal:
    extra = premiums or (0,) * len(rows)
    payments = [
        Flow(row.due_on, row.payment_cents + premium) for row, premium in zip(rows, extra, strict=True) if row.due_on
    ]
    return in_percent(annual_rate(drawn, [Flow(drawn[0].on, fee_cents), *payments], Basis.MONTHS))
