"""What the funding of a project refuses."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class ProjectInvalid(RuleViolation):
    """A project that does not hold together."""

    code = "project_invalid"
    field = "title"
    template = "Donnez un nom au projet."


class AmountMissing(RuleViolation):
    """A project without an amount finances nothing."""

    code = "project_amount_missing"
    field = "amount_cents"
    template = "Écrivez combien coûte le projet."


class StackExceeds(RuleViolation):
    """More money than the project costs: some euro would be paid twice."""

    code = "stack_exceeds"
    field = "line_cents"
    template = "Il reste %(left)s à financer : un financement plus grand paierait deux fois la même chose."


class SourceRefused(RuleViolation):
    """The source does not pay this, not that much, or not beside another."""

    code = "source_refused"
    field = "code"
    template = "%(why)s"


class QuoteInvalid(RuleViolation):
    """A quote that does not hold together."""

    code = "quote_invalid"
    field = "seller"
    template = "Écrivez qui a fait le devis."


class ReasonMissing(RuleViolation):
    """A refusal says why."""

    code = "reason_missing"
    field = "reason"
    template = "Écrivez pourquoi, en quelques mots."
