"""What a diagnosis finds: barriers, strengths and limits, as values that other rooms read.

The families follow the field's own words (material, financial, physical, cognitive, …); a severity is ours: 1 is felt,
2 is heavy, 3 blocks. Capabilities alone are known here (« pas la nuit »), never the state of somebody's health.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Barrier(StrEnum):
    """What stands between a person and where they must go."""

    MONEY = "money"
    LICENCE = "licence"
    VEHICLE = "vehicle"
    RELIABILITY = "reliability"
    PHYSICAL = "physical"
    COGNITIVE = "cognitive"
    ADMINISTRATIVE = "administrative"
    CONFIDENCE = "confidence"
    READING = "reading"
    DIGITAL = "digital"
    LOCAL_KNOWLEDGE = "local_knowledge"
    TERRITORY = "territory"
    CHILDCARE = "childcare"
    HOURS = "hours"


LABELS = {
    Barrier.MONEY: "Argent",
    Barrier.LICENCE: "Permis",
    Barrier.VEHICLE: "Pas de véhicule",
    Barrier.RELIABILITY: "Véhicule peu fiable",
    Barrier.PHYSICAL: "Capacités pour se déplacer",
    Barrier.COGNITIVE: "Se repérer, sortir du quartier",
    Barrier.ADMINISTRATIVE: "Démarches et papiers",
    Barrier.CONFIDENCE: "Confiance",
    Barrier.READING: "Lecture",
    Barrier.DIGITAL: "Téléphone et internet",
    Barrier.LOCAL_KNOWLEDGE: "Connaissance des transports",
    Barrier.TERRITORY: "Pas de transport près de chez soi",
    Barrier.CHILDCARE: "Garde d’enfants",
    Barrier.HOURS: "Horaires décalés",
}
SEVERITY_LABELS = {1: "Gêne", 2: "Frein important", 3: "Bloque aujourd’hui"}


@dataclass(frozen=True, slots=True)
class FoundBarrier:
    """A barrier, how heavy it is (1 to 3), and the sentence that says why."""

    barrier: Barrier
    severity: int
    because: str

    def __post_init__(self) -> None:
        if not 1 <= self.severity <= 3:
            raise ValueError(f"severity {self.severity}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a solution must respect; None and False where nothing was said."""

    no_night: bool = False
    max_minutes: int | None = None
    max_walk_minutes: int | None = None
    no_motorway: bool = False
    monthly_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a finished diagnosis found. Barriers stand from the heaviest to the lightest."""

    diagnosis_id: int
    closed_at: datetime
    questionnaire: str
    barriers: tuple[FoundBarrier, ...]
    strengths: tuple[str, ...]
    limits: Limits


def to_json(barriers: tuple[FoundBarrier, ...], strengths: tuple[str, ...], limits: Limits) -> dict[str, Any]:
    """Return what a row keeps of the findings."""
    return {
        "barriers": [
            {"barrier": one.barrier.value, "severity": one.severity, "because": one.because} for one in barriers
        ],
        "strengths": list(strengths),
        "limits": {
            "no_night": limits.no_night,
            "max_minutes": limits.max_minutes,
            "max_walk_minutes": limits.max_walk_minutes,
            "no_motorway": limits.no_motorway,
            "monthly_cents": limits.monthly_cents,
        },
    }


def from_json(kept: Mapping[str, Any], *, diagnosis_id: int, closed_at: datetime, questionnaire: str) -> Findings:
    """Return the findings that a row keeps; the reverse of ``to_json``."""
    return Findings(
        diagnosis_id=diagnosis_id,
        closed_at=closed_at,
        questionnaire=questionnaire,
        barriers=tuple(
            FoundBarrier(Barrier(one["barrier"]), int(one["severity"]), str(one["because"])) for one in kept["barriers"]
        ),
        strengths=tuple(kept["strengths"]),
        limits=Limits(**kept["limits"]),
    )
