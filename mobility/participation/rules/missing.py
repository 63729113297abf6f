"""What is missing, until when it can still be had, and when to warn. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from mobility.participation.rules.exits import Clock, data_due_on, later_until_on
from mobility.people.rules import add_months


class Missing(StrEnum):
    """What somebody still lacks."""

    ANSWERS = "answers"
    EVIDENCE = "evidence"
    EXIT = "exit"
    PROOF = "proof"
    LATER = "later"


MISSING_LABELS: dict[Missing, str] = {
    Missing.ANSWERS: "Réponses à l’entrée",
    Missing.EVIDENCE: "Justificatif d’éligibilité",
    Missing.EXIT: "Sortie à noter",
    Missing.PROOF: "Sortie à justifier",
    Missing.LATER: "Réponse six mois après",
}
MISSING_ACTS: dict[Missing, str] = {
    Missing.ANSWERS: "Poser les questions",
    Missing.EVIDENCE: "Noter un justificatif",
    Missing.EXIT: "Noter la sortie",
    Missing.PROOF: "Justifier la sortie",
    Missing.LATER: "Noter la réponse",
}


@dataclass(frozen=True, slots=True)
class Delays:
    """The dated settings: days after the entry, those of an exit, and how many days ahead to warn."""

    entry_days: int = 28
    warn_days: int = 10
    clock: Clock = field(default_factory=Clock)


class Pressure(StrEnum):
    """How pressing it is."""

    LATE = "late"
    SOON = "soon"
    CALM = "calm"


PRESSURE_LABELS: dict[Pressure, str] = {
    Pressure.LATE: "Trop tard",
    Pressure.SOON: "Bientôt trop tard",
    Pressure.CALM: "Dans les temps",
}


def due_on(kind: Missing, base_on: date, delays: Delays) -> date:
    """Return the last day; ``base_on`` is the entry, the end of the operation, or the exit."""
    if kind in {Missing.ANSWERS, Missing.EVIDENCE}:
        return base_on + timedelta(days=delays.entry_days)
    if kind is Missing.LATER:
        return later_until_on(base_on, delays.clock)
    return data_due_on(base_on, delays.clock)


def pressure(due: date, *, today: date, delays: Delays) -> Pressure:
    """Say how pressing a last day is; on that day it can still be done."""
    if due < today:
        return Pressure.LATE
    return Pressure.SOON if due <= today + timedelta(days=delays.warn_days) else Pressure.CALM


def first_open_base(kind: Missing, *, today: date, delays: Delays) -> date:
    """Return the earliest base whose last day has not passed, so that the database can sort and page."""
    if kind in {Missing.ANSWERS, Missing.EVIDENCE}:
        return today - timedelta(days=delays.entry_days)
    if kind is not Missing.LATER:
        return today - timedelta(days=delays.clock.data_days)
    base = add_months(today - timedelta(days=delays.clock.later_days), -delays.clock.later_months)
    # Months are unequal: some days either side may end on the same one.
    base -= timedelta(days=4)
    while due_on(kind, base, delays) < today:
        base += timedelta(days=1)
    return base
