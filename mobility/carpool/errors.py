"""What can go wrong with carpooling."""

from __future__ import annotations

from mobility.core.errors import MobilityError


class BadMatchFile(MobilityError):
    """The file of offers and requests cannot be read; the message names the item and the field, in English."""
