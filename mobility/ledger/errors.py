"""What the ledger refuses."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class AmountNotPositive(RuleViolation):
    """An amount is more than nothing, and less than what any aid costs."""

    code = "amount_not_positive"
    field = "amount_cents"
    template = "Le montant doit être plus grand que zéro."


class FunderNeeded(RuleViolation):
    """A share that nobody pays."""

    code = "funder_needed"
    field = "organisation_id"
    template = "Choisissez le financeur qui prend cette part en charge."


class AlreadyReversed(RuleViolation):
    """The entry was reversed before."""

    code = "already_reversed"
    template = "Cette écriture est déjà annulée."


class ReversalNotReversible(RuleViolation):
    """A reversal stays; the entry is posted anew instead."""

    code = "reversal_not_reversible"
    template = "Une annulation ne s’annule pas : passez une nouvelle écriture."
