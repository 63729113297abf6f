"""Use cases of entries and exits; each is one transaction."""

from mobility.participation.services.departures import come_back, leave, prove

__all__ = ["come_back", "leave", "prove"]
