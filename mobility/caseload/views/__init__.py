"""The pages of the room."""

from mobility.caseload.views import absences, balance, people
from mobility.caseload.views.blueprint import bp

__all__ = ["absences", "balance", "bp", "people"]
