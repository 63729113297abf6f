"""What the notifications refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class EmailInvalid(RuleViolation):
    """No mail server would take this address."""

    code = "email_invalid"
    field = "email"
    template = "Cette adresse e-mail n’est pas valable. Écrivez-la ainsi : prenom.nom@exemple.fr."


class PhoneInvalid(RuleViolation):
    """No phone has this number."""

    code = "phone_invalid"
    field = "phone"
    template = "Ce numéro de téléphone n’est pas valable. Écrivez-le ainsi : 06 39 98 12 34."


class ContactPointKnown(RuleViolation):
    """The recipient has this very number or address already."""

    code = "contact_point_known"
    template = "Ce numéro ou cette adresse est déjà dans la fiche."


class SafeHoursIncomplete(RuleViolation):
    """Safe hours need two different ends."""

    code = "safe_hours_incomplete"
    field = "safe_from"
    template = "Indiquez deux heures différentes : à partir de quand, et jusqu’à quand."


class CannotRetry(RuleViolation):
    """Only a message that failed can be sent again."""

    code = "cannot_retry"
    template = "Seul un message non remis peut être renvoyé. Rechargez la page pour voir où en est celui-ci."
