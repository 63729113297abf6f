"""What agreements refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class NothingLate(RuleViolation):
    """A plan of arrears without arrears."""

    code = "credit_nothing_late"
    template = "Rien n’est en retard : il n’y a pas de plan à faire."


class LinesInvalid(RuleViolation):
    """Lines that are no plan of these arrears."""

    code = "credit_lines_invalid"
    template = "%(why)s"


class AccordOver(RuleViolation):
    """The agreement is no longer to be signed."""

    code = "credit_accord_over"
    template = "Ce papier n’est plus à signer : un autre le remplace, ou il est déjà décidé."


class AccordOutdated(RuleViolation):
    """What is owed has changed since the agreement was laid before the person."""

    code = "credit_accord_outdated"
    template = "La somme due a changé depuis : préparez un nouveau papier à signer."


class BankPaperMissing(RuleViolation):
    """An agreement of the bank without its paper."""

    code = "credit_bank_paper"
    template = "Joignez l’accord écrit de la banque."
    field = "file"
