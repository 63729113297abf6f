"""The dated settings of the diagnosis."""

from __future__ import annotations

from datetime import date

from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

LINK_DAYS = "diagnosis.link_days"


def link_days(*, on: date, desk_id: int | None) -> int:
    """Return for how many days the link to the person's part holds."""
    return int(queries.value(LINK_DAYS, on=on, desk_id=desk_id))


def declare() -> None:
    """Declare the settings."""
    registry.declare(
        Parameter(
            LINK_DAYS,
            "Validité du lien pour préparer son diagnostic",
            Kind.INTEGER,
            14,
            "jours",
            "Le lien envoyé par SMS ou e-mail ; il s’arrête aussi quand le diagnostic est terminé.",
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        )
    )
