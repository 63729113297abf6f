"""What the pathway refuses."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class RosterInvalid(RuleViolation):
    """The roster cannot be read, or contradicts itself."""

    code = "roster_invalid"
    field = "pattern"
    template = "Ces horaires ne peuvent pas être lus. Vérifiez les jours et les heures."


class PeriodInvalid(RuleViolation):
    """The end comes before the beginning, or the period is longer than any real one."""

    code = "period_invalid"
    field = "ends_on"
    template = "La fin doit venir après le début. Vérifiez les deux dates."


class ObjectiveClosed(RuleViolation):
    """The objective is reached or dropped: nothing is changed on it any more."""

    code = "objective_closed"
    template = "Cet objectif est clos. Rouvrez-le pour le modifier."


class NothingToConfirm(RuleViolation):
    """The working days are known: there is nothing to renew."""

    code = "nothing_to_confirm"
    template = "Les jours de travail sont déjà connus : il n’y a rien à confirmer."


class NothingTried(RuleViolation):
    """A trial without anything to try."""

    code = "nothing_tried"
    field = "act"
    template = "Choisissez au moins une chose à essayer : une aide qui change, une aide en plus ou d’autres horaires."


class StepOfAnother(RuleViolation):
    """The aid's row already stands on the pathway of somebody else, or the objective is another's."""

    code = "step_of_another"
    template = "Cette étape appartient au parcours d’une autre personne."


class StepAlreadyOpened(RuleViolation):
    """The step has become a row of its aid already, or was given up."""

    code = "step_already_opened"
    template = "Cette étape a déjà une suite, ou elle a été abandonnée. Rechargez la page."


class EmployerUnknown(RuleViolation):
    """The organisation chosen as employer is not in the list."""

    code = "employer_unknown"
    field = "employer_id"
    template = "Cet employeur n’est plus dans la liste. Choisissez-en un autre, ou écrivez son nom."


class MeansInvalid(RuleViolation):
    """An own means that carries nobody on no day."""

    code = "means_invalid"
