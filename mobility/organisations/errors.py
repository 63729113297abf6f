"""What the organisations refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class InvalidSiret(RuleViolation):
    """The number is no SIRET."""

    code = "invalid_siret"
    field = "siret"
    template = "Ce numéro n’est pas un SIRET : il faut 14 chiffres, vérifiez-les un par un."


class SiretTaken(RuleViolation):
    """Another organisation of the same kind bears it."""

    code = "siret_taken"
    field = "siret"
    template = "Une organisation du même type porte déjà ce SIRET."


class UnknownCommune(RuleViolation):
    """The commune is not in the list."""

    code = "unknown_commune"
    field = "insee_code"
    template = "Cette commune n’est pas connue. Choisissez-la dans la liste."


class InvalidAgreementPeriod(RuleViolation):
    """The agreement would end before it begins."""

    code = "invalid_agreement_period"
    field = "valid_until_on"
    template = "La convention ne peut pas finir avant d’avoir commencé."
