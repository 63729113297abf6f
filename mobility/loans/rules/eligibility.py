"""May this person have this loan? Each rule answers with a reason, and with what would lift it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self

from mobility.core.clock import day_of, format_date
from mobility.core.money import format_cents
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.loans.rules.licences import LicenceFacts, full_years, licence_reasons
from mobility.loans.rules.periods import Setting, Wish, opening_reasons, period_reasons
from mobility.loans.rules.reasons import Reason

ADULT_YEARS = 18
MIN_AGE_YEARS = 16
# A vehicle is fetched on the last open day before the first shift, and returned after the last.
OBJECTIVE_MARGIN_BEFORE = timedelta(days=7)
OBJECTIVE_MARGIN_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class RightFacts:
    """A right to loans; ``days_used`` by the loans that draw on it."""

    id: int
    categories: frozenset[Category]
    starts_on: date
    ends_on: date
    days_allowed: int
    days_used: int = 0

    @property
    def days_left(self) -> int:
        """The days that remain."""
        return max(self.days_allowed - self.days_used, 0)

    def covers_dates(self, wish: Wish) -> bool:
        """Tell whether the whole loan lies within the right."""
        return self.starts_on <= wish.starts_on and wish.ends_on <= self.ends_on


@dataclass(frozen=True)
class ObjectiveFacts:
    """The period of an open objective."""

    id: int
    starts_on: date
    ends_on: date | None

    def covers(self, wish: Wish) -> bool:
        """Tell whether the loan serves the objective: its days, with a margin to fetch and return."""
        first = self.starts_on - OBJECTIVE_MARGIN_BEFORE
        last = None if self.ends_on is None else self.ends_on + OBJECTIVE_MARGIN_AFTER
        return first <= wish.starts_on and (last is None or wish.ends_on <= last)


@dataclass(frozen=True)
class LoanFacts:
    """Another loan of the person, for the limits."""

    category: Category
    start_at: datetime
    due_at: datetime
    days: int
    holding: bool


@dataclass(frozen=True)
class PersonFacts:
    """What the rules ask about the person.

    ``papers`` are the kinds held until the end of the wish. ``restricted`` is a file under rights
    restriction, ``protected_adult`` somebody under a measure of protection.
    """

    born_on: date | None
    licences: tuple[LicenceFacts, ...] = ()
    rights: tuple[RightFacts, ...] = ()
    objectives: tuple[ObjectiveFacts, ...] = ()
    loans: tuple[LoanFacts, ...] = ()
    papers: frozenset[str] = frozenset()
    balance_cents: int = 0
    restricted: bool = False
    protected_adult: bool = False
    represented: bool = False

    def with_days_used(self, right_id: int | None, days: int) -> Self:
        """Return the same person, ``days`` more drawn on one right."""
        rights = tuple(
            replace(right, days_used=right.days_used + days) if right.id == right_id else right for right in self.rights
        )
        return replace(self, rights=rights)

    def needs_representative(self, on: date) -> bool:
        """Tell whether somebody else signs."""
        minor = self.born_on is not None and full_years(self.born_on, on) < ADULT_YEARS
        return minor or self.protected_adult


def _day(day: date) -> str:
    return format_date(day, year=0)


def _person(wish: Wish, person: PersonFacts, _setting: Setting) -> list[Reason]:
    if person.restricted:
        return [
            Reason(
                "person_restricted",
                "Le dossier est en accès limité à la demande de la personne ou en fin de conservation.",
                "Rouvrir le dossier avec la personne.",
                overridable=False,
            )
        ]
    if person.born_on is not None and full_years(person.born_on, wish.starts_on) < MIN_AGE_YEARS:
        return [Reason("too_young", "Il faut avoir 16 ans.", "Attendre les 16 ans.", overridable=False)]
    if person.needs_representative(wish.starts_on) and not person.represented:
        return [
            Reason(
                "representative_missing",
                "La personne est mineure ou protégée : un représentant doit signer.",
                "Enregistrer le représentant dans le dossier.",
                overridable=False,
            )
        ]
    return []


def _licence(wish: Wish, person: PersonFacts, setting: Setting) -> list[Reason]:
    return licence_reasons(
        wish.category,
        person.licences,
        born_on=person.born_on,
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        probation_allowed=setting.terms.probation_allowed,
    )


def right_for(wish: Wish, rights: Sequence[RightFacts]) -> RightFacts | None:
    """Return the right that the loan draws on: the one that ends first among those that suffice."""
    fitting = [
        right
        for right in rights
        if wish.category in right.categories and right.covers_dates(wish) and right.days_left >= wish.days
    ]
    return min(fitting, key=lambda right: (right.ends_on, right.id), default=None)


def _right(wish: Wish, person: PersonFacts, _setting: Setting) -> list[Reason]:
    if right_for(wish, person.rights) is not None:
        return []
    current = [right for right in person.rights if right.ends_on >= wish.starts_on]
    if not current:
        return [
            Reason(
                "no_right",
                "Aucun droit au prêt n’est ouvert.",
                "En parler avec votre conseiller ou votre conseillère, qui peut ouvrir un droit.",
            )
        ]
    of_category = [right for right in current if wish.category in right.categories]
    if not of_category:
        label = CATEGORY_LABELS[wish.category].lower()
        return [
            Reason(
                "right_category",
                f"Le droit ouvert ne comprend pas ce type de véhicule ({label}).",
                "Choisir un autre type de véhicule, ou demander à l’élargir.",
            )
        ]
    in_dates = [right for right in of_category if right.covers_dates(wish)]
    if not in_dates:
        widest = max(of_category, key=lambda right: right.ends_on)
        return [
            Reason(
                "right_dates",
                f"Le droit va du {_day(widest.starts_on)} au {_day(widest.ends_on)}.",
                "Choisir des dates dans cette période, ou demander à la prolonger.",
            )
        ]
    left = max(right.days_left for right in in_dates)
    return [
        Reason(
            "right_days",
            f"Il reste {left} jour{'s' if left > 1 else ''} de prêt, la demande en compte {wish.days}.",
            "Choisir une durée plus courte, ou demander des jours de plus.",
        )
    ]


def assess_objective(wish: Wish, person: PersonFacts, setting: Setting) -> list[Reason]:
    """Return the lack of an objective that covers the dates."""
    if not setting.terms.needs_objective:
        return []
    asked = [o for o in person.objectives if wish.objective_id in (None, o.id)]
    if any(objective.covers(wish) for objective in asked):
        return []
    return [
        Reason(
            "no_objective",
            "Aucun emploi, aucune formation ni aucun entretien ne couvre ces dates.",
            "Ajouter l’objectif (emploi, formation, entretien) et ses dates dans le parcours.",
        )
    ]


def _balance(_wish: Wish, person: PersonFacts, setting: Setting) -> list[Reason]:
    if person.balance_cents <= setting.tolerated_balance_cents:
        return []
    return [
        Reason(
            "unpaid_balance",
            f"Il reste {format_cents(person.balance_cents)} à régler.",
            "Régler cette somme à l’antenne, ou convenir d’un échéancier.",
        )
    ]


def _papers(_wish: Wish, person: PersonFacts, setting: Setting) -> list[Reason]:
    labels = dict(setting.paper_labels)
    return [
        Reason(
            "paper_missing",
            f"Il manque un papier valable jusqu’à la fin du prêt : {labels.get(kind, kind)}.",
            "Apporter ce papier à l’antenne, ou l’envoyer par votre espace.",
        )
        for kind in setting.terms.required_papers
        if kind not in person.papers
    ]


def _limits(wish: Wish, person: PersonFacts, setting: Setting) -> list[Reason]:
    terms, reasons = setting.terms, []
    beside = [
        loan for loan in person.loans if loan.holding and loan.start_at < wish.due_at and loan.due_at > wish.start_at
    ]
    if len(beside) >= terms.max_simultaneous:
        reasons.append(
            Reason(
                "too_many_at_once",
                "Un autre prêt est déjà prévu à ces dates.",
                "Annuler ou finir l’autre prêt, ou choisir d’autres dates.",
            )
        )
    of_year = [
        loan
        for loan in person.loans
        if loan.category is wish.category and day_of(loan.start_at).year == wish.starts_on.year
    ]
    if terms.max_loans_per_year is not None and len(of_year) >= terms.max_loans_per_year:
        reasons.append(
            Reason(
                "too_many_this_year",
                f"Le nombre de prêts de l’année est atteint ({terms.max_loans_per_year}).",
                "Attendre l’année prochaine, ou en parler avec votre conseiller ou votre conseillère.",
            )
        )
    used = sum(loan.days for loan in of_year)
    if terms.max_days_per_year is not None and used + wish.days > terms.max_days_per_year:
        reasons.append(
            Reason(
                "days_this_year",
                f"Il reste {max(terms.max_days_per_year - used, 0)} jours de prêt cette année.",
                "Choisir une durée plus courte.",
            )
        )
    return reasons


_RULES: tuple[Callable[[Wish, PersonFacts, Setting], list[Reason]], ...] = (
    _person,
    _licence,
    _right,
    assess_objective,
    _balance,
    _papers,
    _limits,
    lambda wish, _person_facts, setting: period_reasons(wish, setting),
    lambda wish, _person_facts, setting: opening_reasons(wish, setting),
)


def assess(wish: Wish, person: PersonFacts, setting: Setting) -> list[Reason]:
    """Return every reason against the loan, in the order in which people can act on them; empty: eligible."""
    if wish.due_at <= wish.start_at:
        return period_reasons(wish, setting)
    return [reason for rule in _RULES for reason in rule(wish, person, setting)]
