"""The dated settings of the fleet: how long before a paper ends its officers are told."""

from __future__ import annotations

from datetime import date

from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

PAPERS_FIRST_DAYS = "fleet.papers_first_days"
PAPERS_LAST_DAYS = "fleet.papers_last_days"


def paper_notice_days(*, on: date, desk_id: int) -> tuple[int, int]:
    """Return how many days before the end of a paper the first and the last notice go out at a desk."""
    first = int(queries.value(PAPERS_FIRST_DAYS, on=on, desk_id=desk_id))
    return first, int(queries.value(PAPERS_LAST_DAYS, on=on, desk_id=desk_id))


def declare() -> None:
    """Declare the settings."""
    scopes = (Scope.EVERYWHERE, Scope.DESK)
    hint = "Contrôle technique et assurance : un message part aux responsables du parc de l’antenne."
    registry.declare(
        Parameter(
            PAPERS_FIRST_DAYS,
            "Papiers d’un véhicule : premier rappel avant l’échéance",
            Kind.INTEGER,
            30,
            "jours",
            hint,
            low=1,
            high=180,
            scopes=scopes,
        ),
        Parameter(
            PAPERS_LAST_DAYS,
            "Papiers d’un véhicule : dernier rappel avant l’échéance",
            Kind.INTEGER,
            7,
            "jours",
            hint,
            low=0,
            high=90,
            scopes=scopes,
        ),
    )
