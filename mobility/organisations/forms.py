"""Forms of the organisations' pages."""

from __future__ import annotations

from typing import Any

from wtforms import Field, HiddenField, ValidationError

from mobility.core.clock import today
from mobility.core.web import forms
from mobility.desks.forms import one_commune
from mobility.geo import communes
from mobility.organisations import rules
from mobility.organisations.errors import InvalidSiret
from mobility.organisations.models import Organisation
from mobility.organisations.queries import AgreementCard
from mobility.organisations.rules import LABELS, OrganisationKind
from mobility.organisations.services import AgreementDetails, OrganisationDetails


class VersionedForm(forms.Form):
    """A form that remembers from which version of the row it was filled in."""

    version = HiddenField()

    def typed_version(self) -> int:
        """Return that version; 0, which no row has, for an unreadable one."""
        raw = str(self.values()["version"] or "")
        return int(raw) if raw.isdecimal() and len(raw) < 10 else 0


def _siret(_form: Any, field: Field) -> None:
    try:
        rules.clean_siret(field.data or "")
    except InvalidSiret as violation:
        raise ValidationError(violation.message) from None


class OrganisationForm(VersionedForm):
    """Who a partner is, and how to reach it."""

    kind = forms.select("Type", [(kind.value, LABELS[kind]) for kind in OrganisationKind])
    name = forms.line("Nom")
    siret = forms.line("SIRET", required=False, limit=40, hint="14 chiffres.", extra=[_siret])
    street = forms.line("Numéro et rue", required=False)
    commune = forms.line("Commune", required=False, limit=120, hint="Nom, code postal ou code INSEE.")
    phone = forms.phone_line()
    email = forms.line("E-mail", required=False, limit=254)

    def validate_commune(self, field: Field) -> None:
        """Refuse a text that is not exactly one commune."""
        if field.data:
            self.insee_code = one_commune(field.data).insee_code

    def show(self, row: Organisation) -> None:
        """Fill the form with an organisation."""
        commune = communes.find(row.insee_code)
        fields = ("name", "siret", "street", "phone", "email")
        data: dict[str, Any] = {name: getattr(row, name) or "" for name in fields}
        data |= {"kind": row.kind.value, "commune": commune.label if commune else "", "version": str(row.version)}
        self.process(data=data | self.values("once"))

    def details(self) -> OrganisationDetails:
        """Return what was typed."""
        typed = self.values()
        return OrganisationDetails(
            kind=OrganisationKind(typed["kind"]),
            name=typed["name"],
            siret=typed["siret"] or "",
            street=typed["street"] or "",
            insee_code=getattr(self, "insee_code", "") if typed["commune"] else "",
            phone=typed["phone"] or "",
            email=typed["email"] or "",
        )


class AgreementForm(VersionedForm):
    """An agreement: its dates and the desks that it covers."""

    name = forms.line("Nom de la convention", hint="Par exemple : Convention FSE+ 2026.")
    reference = forms.line("Référence", required=False, limit=80)
    valid_from_on = forms.day("Du", default=today)
    valid_until_on = forms.day("Au", required=False, hint="Laissez vide si la fin n’est pas connue.")
    desks = forms.checkboxes("Antennes couvertes", hint="Ne cochez rien si toutes le sont.")
    first_meeting_days = forms.integer(
        "Premier rendez-vous sous (jours)",
        low=1,
        high=365,
        required=False,
        hint="Pour les personnes orientées par cette structure. Vide : le délai habituel.",
    )
    fse_plus = forms.tick(
        "Opération du Fonds social européen (FSE+)",
        hint="Des données et des justificatifs sont alors demandés à l’entrée et à la sortie de chaque personne.",
    )

    def show(self, card: AgreementCard) -> None:
        """Fill the form with an agreement."""
        choices = self["desks"].choices
        data = {
            "name": card.name,
            "reference": card.reference,
            "valid_from_on": card.valid_from_on,
            "valid_until_on": card.valid_until_on,
            "desks": [str(desk_id) for desk_id in card.desk_ids],
            "first_meeting_days": card.first_meeting_days,
            "fse_plus": card.fse_plus,
            "version": str(card.version),
        }
        self.process(data=data | self.values("once"))
        self["desks"].choices = choices

    def details(self) -> AgreementDetails:
        """Return what was typed."""
        typed = self.values()
        return AgreementDetails(
            name=typed["name"],
            reference=typed["reference"] or "",
            valid_from_on=typed["valid_from_on"],
            valid_until_on=typed["valid_until_on"],
            desk_ids=frozenset(int(number) for number in typed["desks"] or ()),
            first_meeting_days=typed["first_meeting_days"],
            fse_plus=bool(typed["fse_plus"]),
        )


class ConfirmForm(forms.Form):
    """Nothing to fill in: only the will to act."""
