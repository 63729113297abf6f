"""What can go wrong with carpooling."""

from __future__ import annotations

from mobility.core.errors import MobilityError, RuleViolation


class BadMatchFile(MobilityError):
    """The file of offers and requests cannot be read; the message names the item and the field, in English."""


class TripsNotReady(RuleViolation):
    """The offered trips are being laid on new roads, and there is no index yet to answer meanwhile."""

    code = "trips_not_ready"
    template = "Les trajets proposés sont en préparation. Réessayez dans quelques minutes."
