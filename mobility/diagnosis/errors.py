"""What a diagnosis refuses, in words for people."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class AlreadyOpen(RuleViolation):
    """A person has one diagnosis in hand at a time."""

    code = "diagnosis_already_open"
    template = "Un diagnostic est déjà en cours pour cette personne. Continuez celui-là, ou arrêtez-le avec une raison."


class NotOpen(RuleViolation):
    """A diagnosis that has ended takes no more answers."""

    code = "diagnosis_not_open"
    template = "Ce diagnostic est terminé ou arrêté. Rouvrez-le pour changer une réponse."


class AnswerInvalid(RuleViolation):
    """The answer is none that the question allows."""

    code = "answer_invalid"
    template = "Cette réponse n’est pas possible. Choisissez dans la liste."


class NoneOrSome(RuleViolation):
    """« None of these » stands alone."""

    code = "none_or_some"
    template = "Choisissez « %(none)s », ou les autres réponses, pas les deux."


class NotForPerson(RuleViolation):
    """Some questions are asked together only."""

    code = "asked_together"
    template = "Cette question se pose avec le conseiller ou la conseillère."


class NothingAnswered(RuleViolation):
    """A diagnosis without answers finds nothing."""

    code = "nothing_answered"
    template = "Il n’y a pas encore assez de réponses pour terminer. Répondez au moins à un thème."


class ReasonNeeded(RuleViolation):
    """An act needs its reason."""

    code = "reason_needed"
    field = "reason"
    template = "Écrivez la raison en quelques mots."


class NotTheLast(RuleViolation):
    """Only the last diagnosis is reopened: earlier ones are compared with it."""

    code = "not_the_last"
    template = "Seul le dernier diagnostic peut être rouvert."
