"""What accounts refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class WeakPassword(RuleViolation):
    """The password does not reach the CNIL's rules."""

    code = "weak_password"
    field = "password"


class SignInRefused(RuleViolation):
    """Name or password is wrong; which of them is not told."""

    code = "sign_in_refused"
    template = "L’adresse e-mail ou le mot de passe ne va pas. Vérifiez-les, puis réessayez."


class TooManyAttempts(RuleViolation):
    """Too many failures in a short time."""

    code = "too_many_attempts"
    template = "Trop d’essais. Attendez %(minutes)s minutes, puis réessayez."


class CodeRefused(RuleViolation):
    """The code is wrong, used or too old."""

    code = "code_refused"
    field = "code"
    template = "Ce code ne va pas. Vérifiez les chiffres, ou demandez un nouveau code."


class SecondSecretNeeded(RuleViolation):
    """The phone is shared: the person's own secret is needed too."""

    code = "second_secret_needed"
    field = "secret"
    template = "Ce téléphone sert à plusieurs personnes. Écrivez aussi votre code personnel."


class EmailTaken(RuleViolation):
    """Another account has this address."""

    code = "email_taken"
    field = "email"
    template = "Un compte existe déjà avec cette adresse e-mail."


class GrantUnscoped(RuleViolation):
    """The role needs a desk or an organisation."""

    code = "grant_unscoped"


class LastAdministrator(RuleViolation):
    """The platform would be left without an administrator."""

    code = "last_administrator"
    template = "C’est le dernier compte d’administration. Créez-en un autre avant de le retirer."


class UnknownScope(RuleViolation):
    """A token was asked for with a scope that does not exist."""

    code = "unknown_scope"
    template = "La portée « %(scope)s » n’existe pas. Les portées sont : %(known)s."
