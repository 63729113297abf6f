"""What staff type from papers: licences, consents, representatives, the papers themselves."""

from __future__ import annotations

from typing import Any

from babel import Locale

from mobility.core import clock
from mobility.core.web.forms import Form, day, line, phone_line, radios, select, tick
from mobility.documents.uploads import file_field
from mobility.people.forms import VersionedForm, choices
from mobility.people.kinds import (
    CONSENT_LABELS,
    LICENCE_LABELS,
    MANNER_LABELS,
    REPRESENTATIVE_LABELS,
    LicenceCategory,
    RepresentativeKind,
)
from mobility.people.names import NAME_MAX
from mobility.people.papers import PAPER_LABELS
from mobility.people.services import Licence, Signatory


def countries() -> list[tuple[str, str]]:
    """Return the countries by their French names, France first."""
    territories = Locale("fr").territories
    named = [(code, name) for code, name in territories.items() if len(code) == 2 and code.isalpha()]
    return [("FR", "France"), *sorted((c for c in named if c[0] != "FR"), key=lambda c: c[1])]


class LicenceForm(VersionedForm):
    """A licence, as read on the paper."""

    category = select("Catégorie", choices(LICENCE_LABELS))
    number = line("Numéro du permis", required=False, limit=30)
    issued_on = day("Obtenu le", hint="Date de la catégorie, au dos du permis.")
    valid_until_on = day("Valable jusqu’au", required=False)
    codes = line("Codes", required=False, limit=60, hint="Par exemple : 01.06, 78 (boîte automatique seulement).")
    probation_until_on = day("Permis probatoire jusqu’au", required=False)
    suspended_from_on = day("Suspendu du", required=False)
    suspended_until_on = day("Suspendu jusqu’au", required=False)
    country = select("Pays", default="FR")
    exchange_due_on = day("À échanger avant le", required=False, hint="Permis étranger, hors Union européenne.")
    ads_until_on = day(
        "Attestation de demande d’échange valable jusqu’au",
        required=False,
        hint="Elle permet de conduire en attendant.",
    )
    seen = tick("J’ai le permis sous les yeux")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = countries()

    def licence(self) -> Licence:
        """Return what was typed."""
        return Licence(
            category=LicenceCategory(self.category.data),
            number=self.number.data,
            issued_on=self.issued_on.data,
            valid_until_on=self.valid_until_on.data,
            codes=self.codes.data or "",
            country=self.country.data,
            exchange_due_on=self.exchange_due_on.data,
            ads_until_on=self.ads_until_on.data,
            suspended_from_on=self.suspended_from_on.data,
            suspended_until_on=self.suspended_until_on.data,
            probation_until_on=self.probation_until_on.data,
        )


class ConsentForm(Form):
    """An agreement of the person."""

    kind = select("La personne accepte", choices(CONSENT_LABELS))
    manner = radios("Elle l’a dit", choices(MANNER_LABELS), default="spoken")


class RepresentativeForm(VersionedForm):
    """Somebody who signs for the person."""

    kind = select("Qualité", choices(REPRESENTATIVE_LABELS))
    last_name = line("Nom", required=False, limit=NAME_MAX)
    first_name = line("Prénom", required=False, limit=NAME_MAX)
    organisation_name = line("Service", required=False, hint="Association tutélaire, aide sociale à l’enfance…")
    phone = phone_line()
    email = line("E-mail", required=False, limit=254)
    valid_from_on = day("Depuis le", default=clock.today)
    valid_until_on = day("Jusqu’au", required=False, hint="Vide : sans date de fin connue.")

    def signatory(self) -> Signatory:
        """Return what was typed."""
        return Signatory(
            kind=RepresentativeKind(self.kind.data),
            last_name=self.last_name.data,
            first_name=self.first_name.data,
            organisation_name=self.organisation_name.data,
            phone=self.phone.data,
            email=self.email.data,
            valid_from_on=self.valid_from_on.data,
            valid_until_on=self.valid_until_on.data,
        )


class EndForm(VersionedForm):
    """The last day of a mandate."""

    on = day("Dernier jour", default=clock.today)


class PaperForm(Form):
    """A paper that the person brought."""

    kind = select("Quelle pièce ?", list(PAPER_LABELS.items()))
    file = file_field("Photo ou PDF", hint="Sans numéro de sécurité sociale : cachez-le avant de prendre la photo.")
    valid_until_on = day("Valable jusqu’au", required=False, hint="Si une date est écrite sur la pièce.")
