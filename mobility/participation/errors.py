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


class EnteredOnImpossible(RuleViolation):
    """The entry lies before the file or the operation, after it, or in the future."""

    code = "entered_on_impossible"
    field = "entered_on"
    template = "Choisissez une date où la fiche et l’opération étaient ouvertes, au plus tard aujourd’hui."


class OperationUnknown(RuleViolation):
    """The agreement is no operation in force at the person's desk."""

    code = "operation_unknown"
    field = "agreement_id"
    template = "Choisissez une opération de la liste."


class AlreadyEntered(RuleViolation):
    """Once per operation, even after a return."""

    code = "already_entered"
    field = "agreement_id"
    template = "La personne est déjà entrée dans cette opération : complétez ce qui manque, rien n’est à refaire."


class ReturnFirst(RuleViolation):
    """Nobody enters who has left."""

    code = "return_first"
    template = "Une sortie est notée. Si la personne revient, notez d’abord son retour."


class AnswerUnknown(RuleViolation):
    """An answer that the list does not know."""

    code = "answer_unknown"
    template = "Choisissez les réponses dans la liste."


class PeriodImpossible(RuleViolation):
    """The period to count makes no sense."""

    code = "period_impossible"
    field = "last_on"
    template = "Choisissez une période de dix ans au plus, qui finit après son début."


class DatedOnImpossible(RuleViolation):
    """A paper from the future."""

    code = "dated_on_impossible"
    field = "dated_on"
    template = "La date du justificatif ne peut pas être dans le futur."
