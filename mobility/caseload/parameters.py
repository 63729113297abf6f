"""The dated settings of the caseload: the target of an adviser, and how much each phase weighs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope
from mobility.people.kinds import PHASE_LABELS, Phase

TARGET = "caseload.target"
# Facts §7: 1 adviser for 90 people in Seine-Saint-Denis; a desk sets its own.
_TARGET = 90
_WEIGHTS = {Phase.WELCOME: 100, Phase.DIAGNOSIS: 150, Phase.COACHING: 200, Phase.FOLLOW_UP: 100, Phase.WATCH: 30}


def target(*, on: date, desk_id: int | None) -> int:
    """Return how many people an adviser of the desk should follow, weighed."""
    return int(queries.value(TARGET, on=on, desk_id=desk_id))


def weights(*, on: date, desk_id: int | None) -> Mapping[Phase, int]:
    """Return how much somebody weighs by phase, in per cents of one person."""
    found = {phase: int(queries.value(_key(phase), on=on, desk_id=desk_id)) for phase in _WEIGHTS}
    return {**found, Phase.LEFT: 0}


def _key(phase: Phase) -> str:
    return f"caseload.weight_{phase.value}"


def declare() -> None:
    """Declare the settings."""
    by_desk = (Scope.EVERYWHERE, Scope.DESK)
    registry.declare(
        Parameter(
            TARGET,
            "Nombre de personnes suivies par conseiller",
            Kind.INTEGER,
            _TARGET,
            "personnes",
            "La charge de chaque conseiller est comparée à ce nombre, selon le poids de chaque phase.",
            low=1,
            high=500,
            scopes=by_desk,
        ),
        *(
            Parameter(
                _key(phase),
                f"Poids d’une personne : {PHASE_LABELS[phase].lower()}",
                Kind.INTEGER,
                weight,
                "%",
                "100 : une personne compte pour une. 200 : elle compte pour deux.",
                low=0,
                high=1000,
                scopes=by_desk,
            )
            for phase, weight in _WEIGHTS.items()
        ),
    )
