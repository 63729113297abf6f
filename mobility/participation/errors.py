"""What entries and exits refuse, in words for people."""

from __future__ import annotations

from datetime import date

from mobility.core.clock import format_date
from mobility.core.errors import RuleViolation


class LeftOnImpossible(RuleViolation):
    """The exit lies before the file, or in the future."""

    def __init__(self, *, first_on: date) -> None:
        super().__init__(
            "Choisissez une date entre l’ouverture de la fiche (%(first)s) et aujourd’hui.",
            field="left_on",
            code="left_on_impossible",
            first=format_date(first_on, weekday=False),
        )


class ReturnImpossible(RuleViolation):
    """The return lies before the exit, or in the future."""

    def __init__(self, *, left_on: date) -> None:
        super().__init__(
            "Choisissez une date entre la sortie (%(left)s) et aujourd’hui.",
            field="returned_on",
            code="return_impossible",
            left=format_date(left_on, weekday=False),
        )


class AlreadyLeft(RuleViolation):
    """An exit stands."""

    code = "already_left"
    template = "Une sortie est déjà notée. Si la personne est revenue, notez d’abord son retour."


class NotLeft(RuleViolation):
    """The person came back: the exit is history."""

    code = "not_left"
    template = "La personne est revenue depuis : cette sortie ne change plus."


class ProofNamed(RuleViolation):
    """A file without the name of what it proves."""

    code = "proof_named"
    field = "proof"
    template = "Dites quel justificatif c’est."


class LaterTooEarly(RuleViolation):
    """The question is asked some months after the exit, not before."""

    def __init__(self, *, from_on: date) -> None:
        super().__init__(
            "Cette question se pose à partir du %(day)s.",
            code="later_too_early",
            day=format_date(from_on, weekday=False),
        )


class LaterAnswered(RuleViolation):
    """The question was answered."""

    code = "later_answered"
    template = "La réponse est déjà notée."
