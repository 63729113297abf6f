"""The parameters of rooms that stand lower than this one, and so cannot declare them."""

from __future__ import annotations

from mobility.parameters.registry import Parameter, declare
from mobility.parameters.rules import Kind, Scope

DESKS_REACH_KM = "desks.reach_km"


def declare_house_parameters() -> None:
    """Declare them."""
    declare(
        Parameter(
            DESKS_REACH_KM,
            "Distance jusqu’à laquelle une antenne est proposée",
            Kind.INTEGER,
            30,
            "km",
            "À vol d’oiseau depuis l’adresse ou la commune. Une antenne qui sert la commune est proposée toujours.",
            low=1,
            high=200,
            scopes=(Scope.EVERYWHERE,),
        )
    )
