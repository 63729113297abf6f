"""An agreement as pages and its paper show it: what was frozen, and who has signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.rules.accords import AccordKind, missing_signers, sides
from mobility.microcredit.rules.arrears import Line, PlanMonth
from mobility.microcredit.rules.rescheduling import Side
from mobility.pathway.plan.paper import Signature
from mobility.pathway.plan.rules.signers import box_label
from mobility.pathway.plan.rules.terms import MANNER_LABELS, Party


@dataclass(frozen=True)
class Shown:
    """What was laid before the person. Of a plan: its lines and months; of a schedule: both sides and the rate."""

    person: str
    bank: str
    arrears_cents: int = 0
    lines: tuple[Line, ...] = ()
    months: tuple[PlanMonth, ...] = ()
    old: Side | None = None
    new: Side | None = None
    capital_cents: int = 0
    first_on: date | None = None
    rate: Decimal = Decimal(0)
    apr: Decimal = Decimal(0)
    insured: bool = False


@dataclass(frozen=True)
class Box:
    """One who signs, as the page and the paper show them."""

    party: Party
    label: str
    signature: Signature | None
    needed: bool


def shown(row: CreditAccord) -> Shown | None:
    """Return what an agreement says; None once it was erased."""
    told: Mapping[str, Any] = row.content
    if not told:
        return None
    if row.kind is AccordKind.SCHEDULE:
        return Shown(
            person=told["person"],
            bank=told["bank"],
            old=_side(told["old"]),
            new=_side(told["new"]),
            capital_cents=told["plan"]["capital_cents"],
            first_on=date.fromisoformat(told["plan"]["first_on"]),
            rate=Decimal(told["plan"]["rate"]),
            apr=Decimal(told["apr"]),
            insured=told["insured"],
        )
    return Shown(
        person=told["person"],
        bank=told["bank"],
        arrears_cents=told["arrears_cents"],
        lines=tuple(Line(date.fromisoformat(one["on"]), one["cents"]) for one in told["lines"]),
        months=tuple(
            PlanMonth(date.fromisoformat(one["on"]), one["current_cents"], one["arrears_cents"], one["left_cents"])
            for one in told["months"]
        ),
    )


def _side(told: Mapping[str, Any]) -> Side:
    return Side(**{**told, "last_on": date.fromisoformat(told["last_on"])})


def signatures_of(row: CreditAccord) -> dict[Party, Signature]:
    """Return what each side left."""
    found: dict[Party, Signature] = {}
    if row.person_signed_at is not None and row.person_manner is not None:
        where = MANNER_LABELS[row.person_manner]
        found[Party.PERSON] = Signature(row.person_name, row.person_signed_at, where, row.person_ink)
    if row.representative_signed_at is not None and row.representative_manner is not None:
        found[Party.REPRESENTATIVE] = Signature(
            row.representative_name,
            row.representative_signed_at,
            MANNER_LABELS[row.representative_manner],
            row.representative_ink,
            row.representative_quality,
        )
    return found


def boxes_of(row: CreditAccord) -> list[Box]:
    """Return who signs, with what they left, in the order of the paper."""
    given, needed = signatures_of(row), missing_signers(row.signs_with, ())
    return [
        Box(party, box_label(party, row.signs_with), given.get(party), party in needed)
        for party in sides(row.signs_with)
    ]
