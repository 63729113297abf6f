"""The parameters of rooms that stand lower than this one, and so cannot declare them."""

from __future__ import annotations

from decimal import Decimal

from mobility.core.clock import today
from mobility.geo.network.calibration import DEFAULT_FACTOR, Factors
from mobility.geo.network.model import ROAD_LABELS, RoadClass
from mobility.parameters import queries
from mobility.parameters.registry import Parameter, declare
from mobility.parameters.rules import Kind, Scope

DESKS_REACH_KM = "desks.reach_km"


def road_factor_key(road_class: RoadClass) -> str:
    """Return the key of the calibration factor of a class of roads."""
    return f"roads.factor_{road_class.name.lower()}"


def road_factors() -> Factors:
    """Return by how much free-flow times are multiplied today, by class of roads."""
    day = today()
    return {road_class: float(queries.value(road_factor_key(road_class), on=day)) for road_class in RoadClass}


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
    declare(
        *(
            Parameter(
                road_factor_key(road_class),
                f"Durée réelle des trajets : {label}",
                Kind.DECIMAL,
                Decimal(str(DEFAULT_FACTOR)),
                "",
                "Par combien multiplier le temps calculé aux vitesses autorisées. Avec 1,25 un trajet d’une heure en "
                "compte 75 minutes. Un changement vaut dès la nuit suivante.",
                low=Decimal("0.5"),
                high=Decimal(5),
                scopes=(Scope.EVERYWHERE,),
            )
            for road_class, label in ROAD_LABELS.items()
        )
    )
