"""The errors of the application, one tree.

::

    MobilityError
    ├── RuleViolation        a rule of the domain says no; carries a code and the field it concerns
    │   ├── ForbiddenTransition   the state machine has no such step
    │   └── StaleVersion          somebody else changed the row in between
    ├── NotFound             no such row, or none that this person may know of
    ├── AccessRefused        known, but not for this person
    └── ConfigError          a setting is missing or unreadable

Business errors carry no HTTP status: ``core.web.handlers`` alone maps them.
"""

from __future__ import annotations

from typing import ClassVar


class MobilityError(Exception):
    """The root of every error that the application raises on purpose."""


class RuleViolation(MobilityError):
    """A rule of the domain refuses the act; the message says in French what to do.

    ``message`` is a ``%``-template over ``params`` so that it can be translated before the values
    are put in. Subclasses set ``code`` (stable, for the API) and, where it concerns one input,
    ``field``; both can be overridden by instance.
    """

    code: ClassVar[str] = "rule_violation"
    field: str | None = None
    template: ClassVar[str] = "Cette action n’est pas possible."

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        code: str | None = None,
        **params: object,
    ) -> None:
        self.message_template = message if message is not None else self.template
        self.params = params
        if field is not None:
            self.field = field
        self.error_code = code or self.code
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The French sentence, with its values."""
        return self.message_template % self.params if self.params else self.message_template


class ForbiddenTransition(RuleViolation):
    """The transition table has no such step."""

    code = "forbidden_transition"
    template = "Cette étape n’est pas possible maintenant. Rechargez la page pour voir où l’on en est."


class StaleVersion(RuleViolation):
    """The row was changed by somebody else since it was read."""

    code = "stale_version"
    template = (
        "Quelqu’un d’autre a modifié cette fiche entre-temps. Comparez les deux versions, puis enregistrez à nouveau."
    )


class NotFound(MobilityError):
    """No such row, or none that this person may know of."""


class AccessRefused(MobilityError):
    """This person may not do this."""


class ConfigError(MobilityError):
    """A setting is missing or unreadable."""
