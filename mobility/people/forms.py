"""What staff type about a person. Empty means None; a NIR is refused in every text by the fields themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from flask import request
from wtforms import HiddenField
from wtforms.validators import ValidationError

from mobility.core import clock
from mobility.core.web.forms import Form, checkboxes, clock_time, day, line, phone_line, radios, select, text, tick
from mobility.geo import communes, pins
from mobility.geo.geocoding import Place, find_place
from mobility.notifications.kinds import CHANNEL_LABELS, HOLDER_LABELS, Holder
from mobility.people.kinds import (
    CHANNEL_LABELS as REQUEST_CHANNEL_LABELS,
)
from mobility.people.kinds import (
    LANGUAGES,
    NOTE_LABELS,
    PROTECTION_LABELS,
    READING_LABELS,
    RIGHTS_LABELS,
    STATUS_LABELS,
    LegalProtection,
    NoteKind,
    PersonStatus,
    ReadingEase,
    RequestChannel,
)
from mobility.people.names import NAME_MAX
from mobility.people.services import Address, Identity


def choices(labels: Mapping[Any, str]) -> list[tuple[str, str]]:
    """Return the choices of a StrEnum's labels, as values that forms compare."""
    return [(key.value if isinstance(key, StrEnum) else str(key), label) for key, label in labels.items()]


class VersionedForm(Form):
    """A form that remembers which version of the row it was filled in from."""

    version = HiddenField()

    @property
    def read_version(self) -> int:
        """Return the version, 0 for anything unreadable (no row has it)."""
        given = str(self.version.data or "")
        return int(given) if given.isdecimal() and len(given) < 10 else 0


class IdentityForm(VersionedForm):
    """Who the person is."""

    last_name = line("Nom d’usage", limit=NAME_MAX)
    first_name = line("Prénom", limit=NAME_MAX)
    birth_name = line("Nom de naissance", required=False, limit=NAME_MAX, hint="S’il est différent du nom d’usage.")
    born_on = day("Date de naissance")
    # Not « status »: that is what the form itself answers with.
    situation = select("Situation", choices(STATUS_LABELS), default=PersonStatus.JOB_SEEKER.value)
    france_travail_id = line(
        "Identifiant France Travail",
        required=False,
        limit=20,
        hint="7 chiffres puis une lettre ou un chiffre, ou 11 chiffres. Jamais le numéro de sécurité sociale.",
    )
    neph = line("Numéro NEPH", required=False, limit=20, hint="12 chiffres, sur le dossier d’inscription au permis.")
    language = select("Langue", choices(LANGUAGES), default="fr")
    reading_ease = select("Lecture", choices(READING_LABELS), default=ReadingEase.EASY.value)
    legal_protection = select(
        "Mesure de protection juridique",
        choices(PROTECTION_LABELS),
        default=LegalProtection.NONE.value,
        hint="Une personne protégée signe avec un représentant, ou par lui.",
    )

    def identity(self) -> Identity:
        """Return what was typed."""
        return Identity(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            birth_name=self.birth_name.data,
            born_on=self.born_on.data,
            status=PersonStatus(self.situation.data),
            language=self.language.data,
            reading_ease=ReadingEase(self.reading_ease.data),
            legal_protection=LegalProtection(self.legal_protection.data),
            france_travail_id=self.france_travail_id.data,
            neph=self.neph.data,
        )


class CommuneForm(VersionedForm):
    """A commune typed by its name, its postcode or its code; « commune_code » is what it means."""

    commune_code: str | None = None

    def find_place(self, *, outside: bool) -> Place | None:
        """Return where the address lies, before the transaction; None for a form that is not sent or not right."""
        if not self.validate_on_submit():
            return None
        return find_place(self.street.data, insee_code=self.commune_code, outside=outside)

    def validate_commune(self, field: Any) -> None:
        """Find the commune; where several fit, ask which, by listing them."""
        if not field.data:
            return
        found = communes.match(field.data)
        if len(found) == 1:
            self.commune_code = found[0].insee_code
            return
        if not found:
            found = communes.search(field.data, limit=5)
            if not found:
                raise ValidationError("Cette commune n’est pas connue. Vérifiez l’orthographe ou le code postal.")
        names = ", ".join(commune.label for commune in found[:5])
        raise ValidationError(f"Plusieurs communes sont possibles. Écrivez l’une d’elles : {names}.")


class AddressForm(CommuneForm):
    """Where the person lives."""

    street = line("Numéro et rue", required=False)
    postcode = line("Code postal", required=False, limit=10)
    commune = line("Commune", required=False, limit=100, hint="Par exemple : Denain (59220).")
    address_note = text("Pour trouver", required=False, limit=500, hint="Étage, hébergé chez…, boîte aux lettres.")
    pin = pins.pin_field()
    pin_known: pins.PinKnown | None = None
    chosen: Place | None = None

    def validate_pin(self, field: Any) -> None:
        """Judge the place that was chosen on the map."""
        self.chosen = pins.check(
            field.data, street=self.street.data, insee_code=self.commune_code, known=self.pin_known
        )

    def find_place(self, *, outside: bool) -> Place | None:
        """Return the place that was chosen on the map, else where the address lies."""
        place = super().find_place(outside=outside)
        return self.chosen or place

    def address(self, place: Place | None = None) -> Address:
        """Return what was typed, and where that is."""
        return Address(
            street=self.street.data,
            address_note=self.address_note.data,
            postcode=self.postcode.data,
            insee_code=self.commune_code,
            place=place,
        )


class PersonForm(CommuneForm, IdentityForm):
    """A new file: identity first, then how to reach the person; the rest can wait."""

    desk_id = select("Antenne", ids=True)
    phone = phone_line(hint="Celui de la personne elle-même.")
    email = line("E-mail", required=False, limit=254)
    street = line("Numéro et rue", required=False)
    commune = line("Commune", required=False, limit=100, hint="Par exemple : Denain (59220).")
    not_a_duplicate = tick("J’ai vérifié : c’est une autre personne")

    def address(self, place: Place | None = None) -> Address:
        """Return what was typed, and where that is."""
        return Address(street=self.street.data, insee_code=self.commune_code, place=place)


class FollowUpForm(VersionedForm):
    """Who accompanies the person."""

    desk_id = select("Antenne", ids=True)
    referent_user_id = select("Référent", ids=True, required=False)


class ContactUseForm(VersionedForm):
    """Whose phone or mailbox it is, and how to use it."""

    holder = radios("À qui est-ce ?", choices(HOLDER_LABELS), default=Holder.SELF.value)
    holder_name = line(
        "Nom de cette personne", required=False, limit=NAME_MAX, hint="Si ce n’est pas la personne elle-même."
    )
    safe_from = clock_time("On peut appeler à partir de", required=False)
    safe_until = clock_time("Jusqu’à", required=False)
    neutral = tick(
        "Messages neutres",
        hint="Rien sur le sujet : ni prêt, ni accompagnement. À cocher si quelqu’un d’autre peut lire.",
    )
    second_secret = line(
        "Code personnel",
        required=False,
        limit=60,
        hint="Pour un téléphone partagé : un mot ou un nombre connu de la personne seule, demandé à la connexion.",
        render_kw={"autocomplete": "off"},
    )

    def use(self) -> dict[str, Any]:
        """Return the values of the service."""
        return {
            "holder": Holder(self.holder.data),
            "holder_name": self.holder_name.data or "",
            "safe_from": self.safe_from.data,
            "safe_until": self.safe_until.data,
            "neutral": self.neutral.data,
            "second_secret": self.second_secret.data,
        }


class ContactForm(ContactUseForm):
    """A new phone or mailbox."""

    channel = radios("Type", [("sms", "Téléphone"), ("email", "E-mail")], default="sms")
    value = line("Numéro ou adresse", limit=254)


class PreferencesForm(Form):
    """How the person wants to be written to."""

    preferred_channel = select("Message préféré", [("", "Sans préférence"), *choices(CHANNEL_LABELS)], required=False)
    digest = tick("Regrouper les messages d’une même journée")
    paused_until_on = day(
        "Suspendre les messages jusqu’au",
        required=False,
        hint="Les codes et ce qui est urgent partent quand même. Vide : pas de pause.",
    )


class SecretForm(Form):
    """The second secret."""

    second_secret = line("Code personnel", limit=60, hint="Au moins 6 caractères. La personne le choisit.")


class CardForm(Form):
    """A new paper card."""

    second_secret = line(
        "Code personnel", required=False, limit=60, hint="Il est demandé avec la carte. Au moins 6 caractères."
    )


class ProtectionForm(Form):
    """The named staff of a protected file."""

    user_ids = checkboxes("Qui garde l’accès ?", required=True)
    reason = text("Pourquoi", required=False, limit=500, hint="Lu par ces personnes seulement. Pas de détail inutile.")


class NoteForm(Form):
    """A call or a visit."""

    kind = radios("Comment", choices(NOTE_LABELS), default=NoteKind.CALL.value)
    caller_name = line("Qui", required=False, limit=NAME_MAX, hint="Même un prénom suffit.")
    caller_phone = phone_line()
    text = text("Ce qu’il faut savoir", required=False, limit=2000)
    callback_user_id = select("Qui rappelle ?", ids=True, required=False)
    callback_due_on = day("Pour le", required=False, hint="Vide : aujourd’hui.")
    desk_id = select("Antenne", ids=True)


class CallBackForm(Form):
    """What came of a call back."""

    outcome = text(
        "Ce qui s’est dit",
        required=True,
        limit=2000,
        hint="Ou : injoignable malgré plusieurs essais, ne donne pas suite.",
    )


class HandOverForm(Form):
    """Who calls back instead, and when."""

    callback_user_id = select("Qui rappelle ?", ids=True)
    callback_due_on = day("Pour le", default=clock.today)


class RightsForm(Form):
    """A rights request that came in at the desk."""

    kind = select("La personne demande", choices(RIGHTS_LABELS))
    channel = select(
        "Demande reçue",
        [c for c in choices(REQUEST_CHANNEL_LABELS) if c[0] != RequestChannel.PORTAL.value],
        default=RequestChannel.DESK.value,
    )
    received_on = day("Le", default=clock.today)
    wish = text("Ce qu’elle a demandé", required=False, limit=2000)


class OwnRightsForm(Form):
    """A rights request of the person herself, in the portal."""

    wish = text("Précisez si vous le voulez", required=False, limit=2000)


class ComplaintForm(Form):
    """What went wrong, in the person's own words."""

    wish = text("Que s’est-il passé ?", required=True, limit=2000)


class AnswerForm(Form):
    """The answer to a rights request."""

    answer = text("Réponse à la personne", required=False, limit=4000)
    decision = radios("Décision", [("fulfil", "C’est fait"), ("refuse", "Nous refusons")], default="fulfil")


class ExtendForm(Form):
    """The extension of a rights request."""

    reason = text("Pourquoi faut-il plus de temps ?", limit=1000, hint="La personne lira cette raison.")


class KeepForm(Form):
    """Why a file must stay."""

    reason = text("Pourquoi garder cette fiche ?", limit=500)


class MergeForm(Form):
    """Which values are the right ones of two files."""

    kept_version = HiddenField()
    merged_version = HiddenField()

    def taken(self, names: Sequence[str]) -> list[str]:
        """Return the fields whose value of the other file was chosen."""
        return [name for name in names if request.form.get(f"take_{name}") == "other"]
