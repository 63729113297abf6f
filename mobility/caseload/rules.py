"""Phases proposed by what has happened, and how heavy a caseload is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mobility.core.clock import format_date
from mobility.people.kinds import Phase
from mobility.people.rules import add_months

NOTE_LENGTH = 4000
REASON_LENGTH = 500


class Coming(StrEnum):
    """What becomes of the appointments ahead of somebody who changes desk."""

    KEEP = "keep"
    INVITE = "invite"


COMING_LABELS: dict[Coming, str] = {
    Coming.KEEP: "Les garder comme ils sont",
    Coming.INVITE: "Les annuler, et inviter la personne à choisir une date à la nouvelle antenne",
}


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    """What a proposal follows from; dates of Paris."""

    phase: Phase
    since_on: date
    first_met_on: date | None = None
    diagnosed_on: date | None = None
    coaching_months: int = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A phase that the facts speak for, and why, in plain words."""

    phase: Phase
    because: str


def propose(facts: PhaseFacts, *, today: date) -> Proposal | None:
    """Return the phase that comes next by what has happened, or None."""
    diagnosed = facts.diagnosed_on
    if diagnosed is not None and facts.phase in {Phase.WELCOME, Phase.DIAGNOSIS}:
        return Proposal(Phase.COACHING, f"le diagnostic est terminé depuis le {format_date(diagnosed, weekday=False)}")
    if facts.first_met_on is not None and facts.phase is Phase.WELCOME:
        on = format_date(facts.first_met_on, weekday=False)
        return Proposal(Phase.DIAGNOSIS, f"le premier rendez-vous a eu lieu le {on}")
    if facts.phase is Phase.COACHING and add_months(facts.since_on, facts.coaching_months) <= today:
        return Proposal(Phase.FOLLOW_UP, f"l’accompagnement renforcé dure depuis {facts.coaching_months} mois")
    return None


def weigh(counts: Mapping[Phase, int], weights: Mapping[Phase, int]) -> int:
    """Return how heavy it is to follow so many people, in hundredths of a person; weights are per cents by phase."""
    return sum(number * weights.get(phase, 0) for phase, number in counts.items())
