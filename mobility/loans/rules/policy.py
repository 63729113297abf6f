"""Loan policies: which one applies, and the terms that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Self

from mobility.fleet.kinds import Category
from mobility.people.kinds import PersonStatus

Scope = tuple[int | None, Category, PersonStatus | None]


class HandoverMode(StrEnum):
    """How a vehicle is taken and brought back."""

    OPENING_HOURS = "opening_hours"
    KEY_BOX = "key_box"


HANDOVER_LABELS = {
    HandoverMode.OPENING_HOURS: "Pendant l’ouverture de l’antenne",
    HandoverMode.KEY_BOX: "Par la boîte à clés, l’état des lieux étant fait plus tard",
}


class DepositKind(StrEnum):
    """The form of a deposit (« dépôt de garantie »)."""

    CHEQUE = "cheque"
    CASH = "cash"
    CARD_HOLD = "card_hold"
    WAIVER = "waiver"


DEPOSIT_LABELS = {
    DepositKind.CHEQUE: "Chèque non encaissé",
    DepositKind.CASH: "Espèces",
    DepositKind.CARD_HOLD: "Empreinte de carte",
    DepositKind.WAIVER: "Dispense",
}


@dataclass(frozen=True)
class Blackout:
    """Days on which nothing begins or ends; both included."""

    starts_on: date
    ends_on: date
    reason: str = ""

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> Self:
        """Read the form in which a policy stores it."""
        return cls(date.fromisoformat(value["from"]), date.fromisoformat(value["until"]), value.get("reason", ""))

    def to_json(self) -> dict[str, str]:
        """Write the form in which a policy stores it."""
        return {"from": self.starts_on.isoformat(), "until": self.ends_on.isoformat(), "reason": self.reason}

    def covers(self, day: date) -> bool:
        """Tell whether the day is one of them."""
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class FunderShare:
    """What a funder pays: a rate, capped by day, by calendar month, and in days.

    ``rate_bp`` in basis points (9000 = 90 %). The days (« 60 jours fractionnables ») and the month's
    cap run over all the loans of a person.
    """

    organisation_id: int
    rate_bp: int
    day_cap_cents: int | None = None
    month_cap_cents: int | None = None
    max_days: int | None = None


@dataclass(frozen=True)
class Terms:
    """What a policy says, or what a loan has kept of it."""

    price_per_day_cents: int = 0
    deposit_cents: int = 0
    deposit_kinds: tuple[DepositKind, ...] = ()
    min_days: int = 1
    max_days: int = 30
    max_renewals: int = 1
    lead_time_hours: int = 0
    buffer_minutes: int = 60
    km_per_day: int | None = None
    extra_km_cents: int = 0
    handover: HandoverMode = HandoverMode.OPENING_HOURS
    needs_approval: bool = True
    needs_objective: bool = True
    probation_allowed: bool = True
    max_simultaneous: int = 1
    max_loans_per_year: int | None = None
    max_days_per_year: int | None = None
    required_papers: tuple[str, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    funder: FunderShare | None = None


@dataclass(frozen=True)
class PolicyFacts:
    """One row of policy: its scope, its date, its terms."""

    id: int
    desk_id: int | None
    category: Category
    status: PersonStatus | None
    valid_from_on: date
    applies: bool = True
    terms: Terms = field(default_factory=Terms)

    @property
    def scope(self) -> Scope:
        """What the policy is about; one scope has one policy a day."""
        return (self.desk_id, self.category, self.status)

    def concerns(self, *, desk_id: int, category: Category, status: PersonStatus | None) -> bool:
        """Tell whether the policy speaks about this desk, category and status."""
        return (
            self.category == category
            and self.desk_id in (None, desk_id)
            and (self.status is None or self.status == status)
        )


def specificity(policy: PolicyFacts) -> int:
    """Rank: desk and status 3, desk 2, status 1, category alone 0."""
    return (2 if policy.desk_id is not None else 0) + (1 if policy.status is not None else 0)


def in_force(policies: Iterable[PolicyFacts], *, on: date) -> list[PolicyFacts]:
    """Return, for each scope, the policy of that day: the latest that has begun, unless it ends the scope."""
    latest: dict[Scope, PolicyFacts] = {}
    for policy in policies:
        if policy.valid_from_on > on:
            continue
        known = latest.get(policy.scope)
        if known is None or policy.valid_from_on > known.valid_from_on:
            latest[policy.scope] = policy
    return [policy for policy in latest.values() if policy.applies]


def choose_policy(
    policies: Iterable[PolicyFacts], *, desk_id: int, category: Category, status: PersonStatus | None, on: date
) -> PolicyFacts | None:
    """Return the most specific policy in force on the day, or None.

    The day is the one on which the loan is *made*, so that what was announced is what holds.
    """
    concerned = [
        policy
        for policy in in_force(policies, on=on)
        if policy.concerns(desk_id=desk_id, category=category, status=status)
    ]
    return max(concerned, key=specificity, default=None)


def terms_from(row: Any) -> Terms:
    """Read terms off a row of ``loan_policy``, or off a ``loan`` (which keeps only what lives on)."""
    funder = None
    if row.funder_organisation_id is not None and row.funder_rate_bp:
        funder = FunderShare(
            organisation_id=row.funder_organisation_id,
            rate_bp=row.funder_rate_bp,
            day_cap_cents=row.funder_day_cap_cents,
            month_cap_cents=row.funder_month_cap_cents,
            max_days=row.funder_max_days,
        )
    return Terms(
        price_per_day_cents=row.price_per_day_cents,
        deposit_cents=row.deposit_cents,
        deposit_kinds=tuple(DepositKind(kind) for kind in row.deposit_kinds),
        min_days=row.min_days,
        max_days=row.max_days,
        max_renewals=row.max_renewals,
        lead_time_hours=getattr(row, "lead_time_hours", 0),
        buffer_minutes=row.buffer_minutes,
        km_per_day=row.km_per_day,
        extra_km_cents=row.extra_km_cents,
        handover=row.handover,
        needs_approval=getattr(row, "needs_approval", True),
        needs_objective=getattr(row, "needs_objective", True),
        probation_allowed=getattr(row, "probation_allowed", True),
        max_simultaneous=getattr(row, "max_simultaneous", 1),
        max_loans_per_year=getattr(row, "max_loans_per_year", None),
        max_days_per_year=getattr(row, "max_days_per_year", None),
        required_papers=tuple(getattr(row, "required_papers", ()) or ()),
        blackouts=tuple(Blackout.from_json(value) for value in getattr(row, "blackouts", ()) or ()),
        funder=funder,
    )
