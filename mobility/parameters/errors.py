"""What the parameters refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class UnreadableValue(RuleViolation):
    """The value is not of the parameter's kind, or out of its bounds."""

    code = "unreadable_value"
    field = "value"
    template = "%(reason)s"


class ValueInThePast(RuleViolation):
    """A value cannot begin in the past: what was decided with the old one stands."""

    code = "value_in_the_past"
    field = "valid_from_on"
    template = "Une valeur prend effet aujourd’hui ou plus tard : ce qui a été décidé avant reste comme il était."


class ValueAlreadyScheduled(RuleViolation):
    """Another value begins on the same day for the same scope."""

    code = "value_already_scheduled"
    field = "valid_from_on"
    template = "Une valeur est déjà prévue à cette date. Annulez-la d’abord, ou choisissez une autre date."


class ScopeNotAllowed(RuleViolation):
    """The parameter has no values of its own for desks or organisations."""

    code = "scope_not_allowed"
    field = "scope"
    template = "Ce réglage ne se change pas pour %(scope)s."


class ValueInForce(RuleViolation):
    """A value that has begun stays in the history."""

    code = "value_in_force"
    template = "Cette valeur a déjà pris effet : elle reste dans l’historique. Prévoyez-en une nouvelle."


class NothingToReset(RuleViolation):
    """The scope has no value of its own to give up."""

    code = "nothing_to_reset"
    field = "scope"
    template = "Aucune valeur particulière n’est en place ici : la valeur générale s’applique déjà."
