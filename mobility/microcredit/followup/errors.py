"""What the follow-up refuses."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class NothingChosen(RuleViolation):
    """No line of a bank's file was ticked, or it was decided already."""

    code = "credit_statement_nothing"
    field = "lines"
    template = "Cochez au moins une ligne."


class LineUnfit(RuleViolation):
    """A line of a bank's file cannot be noted any more."""

    code = "credit_statement_line"
    field = "lines"
    template = "Ligne %(line)s : %(why)s"


class NotRepaying(RuleViolation):
    """The loan is not being paid back."""

    code = "credit_not_repaying"
    template = "Ce micro-crédit n’est pas en cours de remboursement."


class PlanInvalid(RuleViolation):
    """A new schedule that cannot be kept."""

    code = "credit_plan_invalid"
    template = "Ce nouvel échéancier ne peut pas être enregistré."


class PayoffInvalid(RuleViolation):
    """A repayment in full that cannot be noted."""

    code = "credit_payoff_invalid"
    template = "Ce remboursement ne peut pas être noté."


class LossInvalid(RuleViolation):
    """A loss that does not hold together."""

    code = "credit_loss_invalid"
    field = "loss_cents"
    template = "Cette perte ne peut pas être notée."
