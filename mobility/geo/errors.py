"""What can go wrong with places and roads."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class TooFarFromRoad(RuleViolation):
    """A point lies in the middle of nowhere: no road where a car can stop is near enough."""

    code = "too_far_from_road"
    template = "Ce lieu est trop loin d’une route (%(metres)d m). Choisissez un point plus près d’une rue."

    def __init__(self, *, index: int, metres: float, field: str | None = None, array: str = "points") -> None:
        super().__init__(field=field, metres=round(metres))
        # Which of the points that were given, and in which array where there were two: "sources", "targets".
        self.index = index
        self.array = array
        self.metres = metres


class Unreachable(RuleViolation):
    """No road leads from one point to the other."""

    code = "unreachable"
    template = "Aucune route ne relie ces deux lieux en voiture."


class BadNetworkFile(RuleViolation):
    """A file holds no road network that could be used; the message says why, in one sentence."""

    code = "bad_network_file"


class EngineDown(RuleViolation):
    """A routing server did not answer in time, or answered nonsense."""

    code = "engine_down"
    template = "Le calcul des trajets ne répond pas. Réessayez dans un moment."

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        # For logs and metrics: a short code without anything that was asked.
        self.reason = reason


class TooFarApart(RuleViolation):
    """Points lie farther from one another than the routing server goes."""

    code = "too_far_apart"
    template = "Ces lieux sont trop éloignés l’un de l’autre pour calculer un trajet."
