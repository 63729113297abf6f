"""What budgets and dossiers refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class BudgetInvalid(RuleViolation):
    """A budget that does not hold together."""

    code = "budget_invalid"
    template = "Ce budget ne peut pas être enregistré."


class BudgetFrozen(RuleViolation):
    """The bank has seen this budget."""

    code = "budget_frozen"
    template = "La banque a reçu ce budget : faites-en un nouveau pour le changer."


class DossierInvalid(RuleViolation):
    """A dossier that does not hold together."""

    code = "dossier_invalid"
    template = "Ce dossier ne peut pas être enregistré."


class StepNotReady(RuleViolation):
    """A step that still needs something."""

    code = "step_not_ready"
    template = "%(why)s"


class ReasonMissing(RuleViolation):
    """A refusal, a question and a withdrawal say why."""

    code = "reason_missing"
    field = "reason"
    template = "Écrivez pourquoi, en quelques mots."


class AlreadyAnswered(RuleViolation):
    """The bank has answered, or the dossier was taken back."""

    code = "already_answered"
    template = "Ce dossier a déjà reçu une réponse, ou il n’attend plus la vôtre. Voici où il en est."


class PaymentInvalid(RuleViolation):
    """A payment that does not hold together."""

    code = "payment_invalid"
    field = "paid_cents"
    template = "Écrivez la somme reçue."


class PaperInvalid(RuleViolation):
    """A paper that cannot be kept."""

    code = "paper_invalid"
    template = "Cette pièce ne peut pas être enregistrée."
