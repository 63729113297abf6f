"""What may go wrong when something is put off."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class DelayTooLong(RuleViolation):
    """A task was put off for too long, or into the past."""

    def __init__(self, *, days: int) -> None:
        super().__init__(
            "Choisissez une date entre demain et dans %(days)s jours.",
            field="until_on",
            code="delay_too_long",
            days=days,
        )
