"""Use cases of entries and exits; each is one transaction."""

from mobility.participation.services.counts import freeze, is_whole
from mobility.participation.services.departures import come_back, leave, prove
from mobility.participation.services.entries import enter, give_answers, see_evidence
from mobility.participation.services.later import answer, ask_due

__all__ = [
    "answer",
    "ask_due",
    "come_back",
    "enter",
    "freeze",
    "give_answers",
    "is_whole",
    "leave",
    "prove",
    "see_evidence",
]
