"""Forms of sign-in and of user management."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from wtforms import PasswordField, StringField, validators

from mobility.accounts.policy import GRANTABLE, ROLE_LABELS, Role
from mobility.core.errors import RuleViolation
from mobility.core.web import forms
from mobility.notifications.kinds import Channel


def read_contact(text: str) -> tuple[Channel, str]:
    """Return the channel and the normalised value of a typed phone number or address.

    Raises RuleViolation (field ``contact``) with what to write instead.
    """
    if "@" in text:
        return Channel.EMAIL, read_email(text, field="contact")
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise RuleViolation(
            "Écrivez un numéro de téléphone, par exemple 06 39 98 12 34, ou une adresse e-mail.",
            field="contact",
            code="contact_unreadable",
        )
    return Channel.SMS, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_email(text: str, *, field: str = "email") -> str:
    """Return the normalised address. Raises RuleViolation beside the field."""
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise RuleViolation(
            "Cette adresse e-mail n’est pas complète. Écrivez-la ainsi : nom@exemple.fr.",
            field=field,
            code="email_unreadable",
        ) from None
    return checked.normalized.lower()


def _password(label: str, *, autocomplete: str, hint: str = "") -> Any:
    return PasswordField(
        label,
        description=hint,
        validators=[validators.InputRequired("Écrivez votre mot de passe.")],
        render_kw={"autocomplete": autocomplete},
    )


def _code(label: str, *, hint: str = "", autocomplete: str = "one-time-code", required: bool = True) -> Any:
    rules = [
        validators.InputRequired("Écrivez le code.") if required else validators.Optional(),
        validators.Length(max=40, message="Ce code est trop long."),
    ]
    return StringField(
        label, description=hint, validators=rules, render_kw={"autocomplete": autocomplete, "inputmode": "numeric"}
    )


class ContactForm(forms.Form):
    """Where to send the code."""

    contact = forms.line(
        "Votre numéro de téléphone ou votre adresse e-mail",
        message="Écrivez votre numéro de téléphone ou votre adresse e-mail.",
        render_kw={"autocomplete": "username"},
    )


class CodeForm(forms.Form):
    """The code that was received; the personal code too, for a shared phone."""

    code = _code("Code reçu (6 chiffres)")
    secret = _code(
        "Votre code personnel",
        hint="Seulement si votre téléphone sert à plusieurs personnes.",
        autocomplete="off",
        required=False,
    )


class LinkForm(forms.Form):
    """The button of the page behind a sign-in link."""

    secret = _code(
        "Votre code personnel",
        hint="Seulement si votre téléphone sert à plusieurs personnes.",
        autocomplete="off",
        required=False,
    )


class CardForm(forms.Form):
    """A paper card."""

    card: Any = StringField(
        "Code de la carte",
        validators=[
            validators.InputRequired("Écrivez le code qui est sur votre carte."),
            validators.Length(max=40, message="Ce code est trop long."),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "characters"},
    )
    secret = _code(
        "Votre code personnel",
        hint="Celui que vous avez choisi avec votre conseiller ou conseillère.",
        autocomplete="off",
    )


class PasswordForm(forms.Form):
    """E-mail and password."""

    email = forms.line("Adresse e-mail", limit=254, render_kw={"autocomplete": "username", "type": "email"})
    password = _password("Mot de passe", autocomplete="current-password")


class SecondFactorForm(forms.Form):
    """The code of the authenticator app, or a recovery code."""

    code = _code("Code de votre application", hint="6 chiffres, ou un code de secours.")


class EnrolForm(forms.Form):
    """The first code of a new second factor."""

    code = _code("Code affiché par l’application")


class NewPasswordForm(forms.Form):
    """A new password."""

    password = _password(
        "Nouveau mot de passe",
        autocomplete="new-password",
        hint="12 caractères avec majuscule, minuscule, chiffre et signe ; ou 14 avec trois de ces types ; ou 7 mots.",
    )


class ForgottenForm(forms.Form):
    """Where to send the link for a new password."""

    email = forms.line("Adresse e-mail", limit=254, render_kw={"autocomplete": "username", "type": "email"})


class UserForm(forms.Form):
    """A new user."""

    display_name = forms.line("Prénom et nom")
    email = forms.line("Adresse e-mail", limit=254, render_kw={"type": "email"})
    role = forms.select("Rôle", [(role.value, ROLE_LABELS[role]) for role in GRANTABLE])
    desk_id = forms.select("Antenne", ids=True, required=False, hint="Pour les rôles d’antenne.")
    organisation_id = forms.select(
        "Organisme", ids=True, required=False, hint="Pour un prescripteur, un garage ou un financeur."
    )

    def offer(self, desks: Sequence[tuple[int, str]], organisations: Sequence[tuple[int, str]]) -> None:
        """Fill in the choices."""
        self.desk_id.choices = [("", "Aucune"), *desks]
        self.organisation_id.choices = [("", "Aucun"), *organisations]


class GrantForm(forms.Form):
    """One more role for a user."""

    role = forms.select("Rôle", [(role.value, ROLE_LABELS[role]) for role in GRANTABLE])
    desk_id = forms.select("Antenne", ids=True, required=False)
    organisation_id = forms.select("Organisme", ids=True, required=False)

    offer = UserForm.offer

    def chosen_role(self) -> Role:
        """Return the role."""
        return Role(self.role.data)
