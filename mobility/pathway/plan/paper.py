"""The « plan d’action mobilité » on paper: the frozen content with its signatures, as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mobility.core import pdf
from mobility.core.clock import day_of, format_date, format_time, in_paris
from mobility.core.money import format_cents
from mobility.pathway.plan.rules.signature import HEIGHT, WIDTH, strokes_of

TITLE = "Plan d’action mobilité"


@dataclass(frozen=True)
class Signature:
    """What one side left: the name, when, where, the strokes if there are any, and in which quality they sign."""

    name: str
    at: datetime
    where: str
    ink: str = ""
    quality: str = ""


def render(
    content: Mapping[str, Any],
    *,
    number: int,
    sha256: str,
    made_at: datetime,
    signatures: Sequence[tuple[str, Signature | None]],
    changes: Sequence[str] = (),
) -> bytes:
    """Return the paper, with a box for each (label, signature); the same arguments give the same bytes."""
    objectives = {row["id"]: row for row in content["objectives"]}
    groups = [
        {**row, "steps": [_step(step) for step in content["steps"] if step["objective_id"] == key]}
        for key, row in objectives.items()
    ]
    others = [_step(step) for step in content["steps"] if step["objective_id"] not in objectives]
    budget = content["monthly_budget_cents"]
    data = {
        "person": content["person"],
        "adviser": content["adviser"],
        "desk": content["desk"],
        "desk_address": content["desk_address"],
        "desk_phone": content["desk_phone"],
        "number": number,
        "made_on": format_date(day_of(made_at), weekday=False, year=0),
        "sha256": sha256,
        "groups": groups,
        "others": others,
        "person_commitment": content["person_commitment"],
        "desk_commitment": content["desk_commitment"],
        "budget": None if budget is None else format_cents(budget),
        "changes": list(changes),
        "represented": [f"{one['name']} ({one['quality']})" for one in content["representatives"]],
        "signatures": [_signature(label, signature) for label, signature in signatures],
        "pad": [WIDTH, HEIGHT],
    }
    return pdf.render("plan", data, title=f"{TITLE} – {content['person']}", now=made_at)


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    who = str(step["who"])
    return {**step, "who": who[:1].upper() + who[1:]}


def _signature(label: str, signature: Signature | None) -> dict[str, Any]:
    if signature is None:
        return {"label": label, "name": None, "quality": "", "when": "", "strokes": []}
    local = in_paris(signature.at)
    when = f"Signé {signature.where} le {format_date(local.date(), weekday=False, year=0)} à {format_time(local)}"
    return {
        "label": label,
        "name": signature.name,
        "quality": signature.quality,
        "when": when,
        "strokes": strokes_of(signature.ink),
    }
