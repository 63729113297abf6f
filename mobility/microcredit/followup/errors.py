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
