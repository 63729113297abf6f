"""The end of an accompaniment: outcome, proof, return, and the question asked some months later. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mobility.participation.errors import LaterTooEarly, LeftOnImpossible, ReturnImpossible
from mobility.people.rules import add_months

NOTE_LENGTH = 500


class Outcome(StrEnum):
    """What the person left for, as far as it is known on the day."""

    WORK = "work"
    TRAINING = "training"
    QUALIFICATION = "qualification"
    OTHER = "other"
    MOVED = "moved"
    LOST_CONTACT = "lost_contact"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.WORK: "Emploi",
    Outcome.TRAINING: "Formation",
    Outcome.QUALIFICATION: "Diplôme ou qualification obtenu",
    Outcome.OTHER: "Autre sortie",
    Outcome.MOVED: "Déménagement",
    Outcome.LOST_CONTACT: "Plus de nouvelles",
}
# What somebody else can certify; nobody proves that they moved or that they do not answer.
NEEDS_PROOF = frozenset({Outcome.WORK, Outcome.TRAINING, Outcome.QUALIFICATION})


class Proof(StrEnum):
    """What shows that the outcome is true."""

    CONTRACT = "contract"
    PAYSLIP = "payslip"
    EMPLOYER = "employer"
    TRAINING = "training"
    DIPLOMA = "diploma"
    STATEMENT = "statement"
    OTHER = "other"


PROOF_LABELS: dict[Proof, str] = {
    Proof.CONTRACT: "Contrat de travail",
    Proof.PAYSLIP: "Fiche de paie",
    Proof.EMPLOYER: "Attestation de l’employeur",
    Proof.TRAINING: "Attestation d’entrée en formation",
    Proof.DIPLOMA: "Diplôme, titre ou certificat",
    Proof.STATEMENT: "Déclaration signée de la personne",
    Proof.OTHER: "Autre justificatif",
}


class Later(StrEnum):
    """What the person says some months after the exit."""

    WORK = "work"
    TRAINING = "training"
    SEEKING = "seeking"
    OTHER = "other"
    REFUSED = "refused"


LATER_LABELS: dict[Later, str] = {
    Later.WORK: "En emploi",
    Later.TRAINING: "En formation",
    Later.SEEKING: "Cherche un emploi",
    Later.OTHER: "Autre situation",
    Later.REFUSED: "Ne souhaite pas répondre",
}
LATER_BUTTONS: dict[Later, tuple[str, str]] = {
    Later.WORK: ("Je travaille", "briefcase"),
    Later.TRAINING: ("Je suis en formation", "mortarboard"),
    Later.SEEKING: ("Je cherche un emploi", "search"),
    Later.OTHER: ("Autre", "three-dots"),
    Later.REFUSED: ("Je ne veux pas répondre", "x-circle"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """The dated settings that hold for an exit: months and days after it."""

    data_days: int = 28
    later_months: int = 6
    later_days: int = 28
    reminder_days: int = 7


def check_left_on(left_on: date, *, known_since: date, today: date) -> None:
    """Raise LeftOnImpossible for a day before the file was opened or in the future."""
    if not known_since <= left_on <= today:
        raise LeftOnImpossible(first_on=known_since)


def check_returned_on(returned_on: date, *, left_on: date, today: date) -> None:
    """Raise ReturnImpossible for a return before the exit or in the future."""
    if not left_on <= returned_on <= today:
        raise ReturnImpossible(left_on=left_on)


def lacks_proof(outcome: Outcome, proof: Proof | None) -> bool:
    """Tell whether the outcome still has to be proven."""
    return outcome in NEEDS_PROOF and proof is None


def data_due_on(left_on: date, clock: Clock) -> date:
    """Return the last day on which exit data are in time (four weeks, facts §7)."""
    return left_on + timedelta(days=clock.data_days)


def later_from_on(left_on: date, clock: Clock) -> date:
    """Return the day on which the person is asked what became of them."""
    return add_months(left_on, clock.later_months)


def later_until_on(left_on: date, clock: Clock) -> date:
    """Return the last day on which the answer counts."""
    return later_from_on(left_on, clock) + timedelta(days=clock.later_days)


def check_may_answer(left_on: date, *, today: date, clock: Clock) -> None:
    """Raise LaterTooEarly before the question is asked: an answer of the first weeks tells nothing of later."""
    from_on = later_from_on(left_on, clock)
    if today < from_on:
        raise LaterTooEarly(from_on=from_on)


class Asking(StrEnum):
    """What is to be done about the question on a day."""

    WAIT = "wait"
    ASK = "ask"
    REMIND = "remind"
    CALL = "call"
    OVER = "over"


def asking(
    left_on: date,
    *,
    asked_on: date | None,
    reminded_on: date | None,
    reachable: bool,
    today: date,
    clock: Clock,
) -> Asking:
    """Say what is to be done for an exit that has no answer yet: a message, one reminder, then a call.

    Whoever no message reaches is called at once. After the last day nothing is asked any more.
    """
    if today < later_from_on(left_on, clock):
        return Asking.WAIT
    if today > later_until_on(left_on, clock):
        return Asking.OVER
    if asked_on is None:
        return Asking.ASK if reachable else Asking.CALL
    waited = timedelta(days=clock.reminder_days)
    if reminded_on is None:
        if today < asked_on + waited:
            return Asking.WAIT
        return Asking.REMIND if reachable else Asking.CALL
    return Asking.CALL if today >= reminded_on + waited else Asking.WAIT


def is_positive(outcome: Outcome, positive: Collection[Outcome]) -> bool:
    """Tell whether an exit counts as positive, by the definition of the agreement (a dated setting)."""
    return outcome in positive


def parse_outcomes(codes: str) -> frozenset[Outcome]:
    """Return the outcomes named by codes between commas. Raises ValueError for an unknown or empty list."""
    found = frozenset(Outcome(code.strip()) for code in codes.split(",") if code.strip())
    if not found:
        raise ValueError(codes)
    return found
