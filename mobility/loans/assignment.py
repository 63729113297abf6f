"""Which vehicle a loan gets: interval packing, best fit.

Among the vehicles that are free and fit, the one whose gap the loan fills best is taken: the less
time remains before and after it, the less is broken into pieces that nobody can use. Equal gaps go
to the lowest odometer, so that kilometres spread over the fleet, then to the lowest id, so that the
choice is the same each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mobility.core.clock import day_of
from mobility.fleet.kinds import EQUIPMENT_LABELS, Category, Equipment
from mobility.loans.rules.licences import Driver
from mobility.loans.rules.reasons import Reason

# Beyond this, free time is free time: gaps are measured within it.
HORIZON = timedelta(days=60)


@dataclass(frozen=True, order=True)
class Span:
    """A half-open stretch of time."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share an instant."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Candidate:
    """A vehicle as the assignment sees it; ``busy`` holds blocked ranges, buffers included.

    ``lendable_until_on`` is the last day of a loan that begins on the wanted day (None: no limit).
    """

    vehicle_id: int
    desk_id: int
    category: Category
    name: str
    odometer_km: int = 0
    busy: tuple[Span, ...] = ()
    lendable_until_on: date | None = None
    manual: bool = False
    equipment: frozenset[str] = frozenset()
    min_age_years: int | None = None
    min_seniority_months: int | None = None

    def is_free(self, wanted: Span) -> bool:
        """Tell whether nothing blocks the vehicle in that time."""
        return not any(span.overlaps(wanted) for span in self.busy)


def fit_reasons(candidate: Candidate, *, driver: Driver, needs: Iterable[str], last_on: date) -> list[Reason]:
    """Return why the vehicle does not suit: its papers, its gearbox, its equipment, its insurer."""
    reasons = []
    if candidate.lendable_until_on is not None and candidate.lendable_until_on < last_on:
        reasons.append(
            Reason(
                "vehicle_papers",
                "Le contrôle technique ou l’assurance du véhicule ne va pas jusqu’à la fin du prêt.",
                "Renouveler le papier, ou choisir un autre véhicule.",
                overridable=False,
            )
        )
    if candidate.manual and driver.automatic_only:
        reasons.append(
            Reason(
                "automatic_only",
                "Le permis (code 78) ne vaut que pour une boîte automatique.",
                "Choisir un véhicule à boîte automatique.",
                overridable=False,
            )
        )
    for need in sorted(set(needs) - candidate.equipment):
        label = EQUIPMENT_LABELS[Equipment(need)].lower() if need in set(Equipment) else need
        reasons.append(
            Reason("equipment_missing", f"Il manque l’équipement demandé : {label}.", "Choisir un véhicule équipé.")
        )
    reasons += _insurer_reasons(candidate, driver)
    return reasons


def _insurer_reasons(candidate: Candidate, driver: Driver) -> list[Reason]:
    reasons = []
    if candidate.min_age_years is not None and (driver.age_years is None or driver.age_years < candidate.min_age_years):
        reasons.append(
            Reason(
                "insurer_age",
                f"L’assureur demande d’avoir au moins {candidate.min_age_years} ans pour ce véhicule.",
                "Choisir un autre type de véhicule, ou attendre l’âge demandé.",
                overridable=False,
            )
        )
    if (
        candidate.min_seniority_months
        and driver.seniority_months is not None
        and driver.seniority_months < candidate.min_seniority_months
    ):
        reasons.append(
            Reason(
                "insurer_seniority",
                f"L’assureur demande {candidate.min_seniority_months} mois de permis pour ce véhicule.",
                "Choisir un autre type de véhicule, ou attendre l’ancienneté demandée.",
                overridable=False,
            )
        )
    return reasons


def remaining_slack(candidate: Candidate, wanted: Span) -> timedelta | None:
    """Return the free time left around the loan, within the horizon; None when it does not fit."""
    if not candidate.is_free(wanted):
        return None
    gap_starts = max(
        [span.ends_at for span in candidate.busy if span.ends_at <= wanted.starts_at],
        default=wanted.starts_at - HORIZON,
    )
    gap_ends = min(
        [span.starts_at for span in candidate.busy if span.starts_at >= wanted.ends_at],
        default=wanted.ends_at + HORIZON,
    )
    before = min(wanted.starts_at - gap_starts, HORIZON)
    after = min(gap_ends - wanted.ends_at, HORIZON)
    return before + after


def rank(candidates: Sequence[Candidate], wanted: Span) -> list[Candidate]:
    """Return the free vehicles, best fit first."""
    fitting = [
        (slack, candidate.odometer_km, candidate.vehicle_id, candidate)
        for candidate in candidates
        if (slack := remaining_slack(candidate, wanted)) is not None
    ]
    return [candidate for *_, candidate in sorted(fitting, key=lambda item: item[:3])]


def suitable(
    candidates: Sequence[Candidate], *, driver: Driver, needs: Iterable[str], due_at: datetime
) -> list[Candidate]:
    """Return the vehicles that suit the person, free or not."""
    wanted = tuple(needs)
    last_on = day_of(due_at)
    return [c for c in candidates if not fit_reasons(c, driver=driver, needs=wanted, last_on=last_on)]


def shared_reasons(
    candidates: Sequence[Candidate], *, driver: Driver, needs: Iterable[str], due_at: datetime
) -> list[Reason]:
    """Return why none of the vehicles suits: the reasons of the one that comes nearest; empty if one suits."""
    wanted = tuple(needs)
    each = [fit_reasons(c, driver=driver, needs=wanted, last_on=day_of(due_at)) for c in candidates]
    return min(each, key=len, default=[])
