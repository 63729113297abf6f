"""What can go wrong with places and roads."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class TooFarFromRoad(RuleViolation):
    """A point lies in the middle of nowhere: no road where a car can stop is near enough."""

    code = "too_far_from_road"
    template = "Ce lieu est trop loin d’une route (%(metres)d m). Choisissez un point plus près d’une rue."

    def __init__(self, *, index: int, metres: float, field: str | None = None) -> None:
        super().__init__(field=field, metres=round(metres))
        # Which of the points that were given.
        self.index = index
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
