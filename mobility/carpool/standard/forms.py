"""What is typed about other services."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app
from wtforms import ValidationError

from mobility.carpool.models import CarpoolOperator
from mobility.carpool.standard.mailbox import LONGEST
from mobility.carpool.standard.operators import LONGEST_KEY, Details
from mobility.core.web.forms import Form, VersionedForm, line, radios, text, tick

_HOST = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
_DOMAIN = re.compile(_HOST, re.IGNORECASE | re.ASCII)
_PATH = r"(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?"
_ADDRESS = re.compile(rf"https://{_HOST}{_PATH}", re.IGNORECASE | re.ASCII)
_INNER = re.compile(rf"http://127\.0\.0\.1{_PATH}", re.ASCII)
_KEY = re.compile(r"[!-~]{1,200}")
YES, NO = "yes", "no"


class AnswerForm(Form):
    """Yes or no to what somebody of another service asks."""

    answer = radios("Votre réponse", [(YES, "Oui, je suis d’accord"), (NO, "Non")])

    @property
    def accepts(self) -> bool:
        """Tell whether it is yes."""
        return bool(self.answer.data == YES)


class StaffAnswerForm(AnswerForm):
    """The same, by whoever answers for a member."""

    answer = radios("La réponse de la personne", [(YES, "Oui, elle est d’accord"), (NO, "Non")])


class LetterForm(Form):
    """An answer to what somebody of another service writes; nothing where none is needed."""

    answer = text(
        "Réponse, au nom du membre",
        required=False,
        limit=LONGEST,
        hint="L’autre service la remet à la personne. N’y écrivez pas d’adresse. Laissez vide s’il n’y a rien à répondre.",
    )


class OperatorForm(VersionedForm):
    """Another carpooling service."""

    name = line("Nom du service", limit=120)
    domain = line(
        "Nom de domaine",
        limit=253,
        hint="Celui que le service écrit dans ses messages, par exemple covoiturage.example.",
    )
    base_url = line(
        "Adresse de son API",
        required=False,
        limit=300,
        hint="Elle commence par https://. Laissez vide s’il ne fait que nous interroger.",
    )
    key = line(
        "Clé qu’il nous a donnée",
        required=False,
        limit=LONGEST_KEY,
        hint="Elle est gardée chiffrée. Laissez vide pour garder celle qui est connue.",
    )
    asked = tick("L’interroger quand une personne cherche un covoiturage")

    def validate_domain(self, field: Any) -> None:
        """Refuse what is no domain."""
        if not _DOMAIN.fullmatch(field.data or ""):
            raise ValidationError("Écrivez un nom de domaine, par exemple covoiturage.example.")

    def validate_base_url(self, field: Any) -> None:
        """Refuse an address that is not https, or that holds more than a host and a path."""
        text = field.data or ""
        if (
            text
            and not _ADDRESS.fullmatch(text)
            and not (current_app.config["CARPOOL_PRIVATE_SERVICES"] and _INNER.fullmatch(text))
        ):
            raise ValidationError("Écrivez une adresse qui commence par https://, sans mot de passe ni « ? ».")

    def validate_asked(self, field: Any) -> None:
        """Refuse to ask a service that has no address."""
        if field.data and not self.base_url.data:
            raise ValidationError("Pour l’interroger, il faut son adresse.")

    def validate_key(self, field: Any) -> None:
        """Refuse a key that no header can carry."""
        if field.data and not _KEY.fullmatch(field.data):
            raise ValidationError("Une clé n’a ni espace ni accent.")

    def show(self, row: CarpoolOperator) -> None:
        """Show what is known; never the key."""
        self.show_version(row)
        self.name.data, self.domain.data = row.name, row.domain
        self.base_url.data, self.asked.data = row.base_url, row.asked

    def details(self) -> Details:
        """Return what was typed."""
        return Details(
            name=self.name.data, domain=self.domain.data, base_url=self.base_url.data or "", key=self.key.data or "",
            asked=bool(self.asked.data),
        )  # fmt: skip


class ActForm(Form):
    """Nothing to type: only the will to act."""
