"""What is typed about bank partners, their terms, and a simulation."""

from __future__ import annotations

from typing import Any

from mobility.core.clock import today
from mobility.core.web.forms import (
    Form,
    VersionedForm,
    checkboxes,
    day,
    euros,
    integer,
    line,
    phone_line,
    radios,
    select,
    text,
    tick,
)
from mobility.funding.rules import PURPOSE_LABELS, Purpose
from mobility.geo import communes
from mobility.microcredit import services, tables
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.budget import Figures, Household
from mobility.microcredit.rules.offers import INSURANCE_LABELS, Ask, InsuranceKind
from mobility.microcredit.rules.papers import keep_papers
from mobility.microcredit.rules.schedule import WAITING_LABELS, Waiting
from mobility.parameters import rules
from mobility.parameters.errors import UnreadableValue
from mobility.parameters.rules import Kind, Shape

_PARTNER = ("contact", "email", "phone", "committee", "decides_days", "note")
_OFFER = (
    "label", "valid_from_on", "valid_until_on", "amount_min_cents", "amount_max_cents", "months_min", "months_max",
    "purposes", "insurance_required", "most_wait_months",
)  # fmt: skip
_PERCENT = Shape(Kind.PERCENT)
_CHOICES_PURPOSE = [(code.value, label) for code, label in PURPOSE_LABELS.items()]
LISTS_MAX = 8000


def _percent(label: str, hint: str = "") -> Any:
    return line(label, required=False, hint=hint, limit=12, render_kw={"inputmode": "decimal"})


def _check(field: Any, read: Any) -> Any:
    """Read a typed field; what cannot be read stands beside it. Return None then."""
    try:
        return read(field.data or "")
    except UnreadableValue as error:
        field.errors = [*field.errors, str(error.params["reason"])]
    except ValueError as error:
        field.errors = [*field.errors, str(error)]
    return None


class PartnerForm(VersionedForm):
    """A bank partner."""

    organisation_id = select("Banque", ids=True, hint="Elle doit être dans la liste des partenaires, comme banque.")
    desk_id = select("Antenne", required=False, ids=True, hint="Vide : toutes les antennes.")
    contact = line("Personne à contacter", required=False, limit=200)
    phone = phone_line("Téléphone", required=False)
    email = line("Adresse e-mail des dossiers", required=False, limit=254)
    committee = tick("Un comité de chez nous se prononce avant l’envoi")
    decides_days = integer("Réponse de la banque en", high=365, hint="En jours, d’habitude.")
    note = text("À savoir", limit=1000)

    def show(self, row: CreditPartner) -> None:
        """Fill in from a partner."""
        self.show_version(row)
        for name in _PARTNER:
            self[name].data = getattr(row, name)

    def facts(self) -> dict[str, Any]:
        """Return the values as columns of a partner."""
        return {
            name: self[name].data if name in {"committee", "decides_days"} else self[name].data or ""
            for name in _PARTNER
        }


class OfferForm(VersionedForm):
    """The terms of a bank."""

    label = line("Nom de ces conditions", limit=120, hint="Par exemple : Micro-crédit mobilité 2026.")
    valid_from_on = day("À partir du")
    valid_until_on = day("Jusqu’au", required=False)
    amount_min_cents = euros("Montant le plus bas", low=1)
    amount_max_cents = euros("Montant le plus haut", low=1, high=10_000_000_00)
    months_min = integer("Durée la plus courte", low=1, high=600)
    months_max = integer("Durée la plus longue", low=1, high=600)
    bands = text(
        "Taux", required=True, limit=LISTS_MAX,
        hint="Une ligne par taux : jusqu’à quel montant ; jusqu’à combien de mois ; taux. Vide : quel qu’il soit. "
        "Exemples : « 3000 ; ; 4 » ou « ; 36 ; 3,5 ».",
    )  # fmt: skip
    fee_cents = euros("Frais de dossier, somme", required=False)
    fee_percent = _percent("Frais de dossier, part du montant", "En pourcentage, une seule fois.")
    insurance_kind = radios(
        "Assurance de l’emprunteur", [(code.value, label) for code, label in INSURANCE_LABELS.items()]
    )
    insurance_percent = _percent("Taux de l’assurance", "En pourcentage par an.")
    insurance_cents = euros("Assurance, somme par mois", required=False)
    insurance_required = tick("La banque exige l’assurance", hint="Elle compte alors dans le TAEG.")
    waiting = radios(
        "Intérêts avant la première mensualité", [(code.value, label) for code, label in WAITING_LABELS.items()]
    )
    most_wait_months = integer("Première mensualité dans les", low=1, high=24, hint="En mois après le versement.")
    purposes = checkboxes("Pour quoi", _CHOICES_PURPOSE, hint="Rien de coché : pour tout.")
    communes = text("Communes", limit=LISTS_MAX, hint="Codes INSEE, séparés par des virgules. Vide : partout.")
    papers = text(
        "Papiers demandés", limit=LISTS_MAX,
        hint="Une ligne par papier : nom ; pour quoi ; situations ; de moins de combien de mois. Plusieurs choix sont "
        "séparés par « / ». Vide : pour tous, sans limite.",
    )  # fmt: skip

    def validate_communes(self, field: Any) -> None:
        """Refuse a code that names no commune."""
        unknown = [code for code in self._codes() if communes.find(code) is None]
        if unknown:
            field.errors = [*field.errors, f"Ce code INSEE n’existe pas : {unknown[0][:10]}."]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Read the lists and the per cents too."""
        fine = super().validate(*args, **kwargs)
        self.read = {
            "bands": _check(self.bands, tables.parse_bands),
            "papers": _check(self.papers, lambda typed: tables.parse_papers(typed, services.usual_papers())),
            "fee_percent": _check(self.fee_percent, _read_percent),
            "insurance_percent": _check(self.insurance_percent, _read_percent),
        }
        return bool(fine) and None not in self.read.values() and not self.communes.errors

    def _codes(self) -> list[str]:
        return [part for part in (self.communes.data or "").replace(",", " ").replace(";", " ").split() if part]

    def begin(self) -> None:
        """Fill in what new terms usually are."""
        self.valid_from_on.data = today()
        self.amount_min_cents.data, self.amount_max_cents.data = 300_00, 8000_00
        self.months_min.data, self.months_max.data, self.most_wait_months.data = 6, 84, 3
        self.insurance_kind.data, self.waiting.data = InsuranceKind.NONE.value, Waiting.SPREAD.value
        self.papers.data = tables.show_papers(keep_papers(services.usual_papers()))

    def show(self, row: CreditOffer) -> None:
        """Fill in from terms."""
        self.show_version(row)
        for name in (*_OFFER, "fee_cents", "insurance_cents"):
            self[name].data = getattr(row, name)
        self.insurance_kind.data, self.waiting.data = row.insurance_kind.value, row.waiting.value
        self.fee_percent.data = rules.as_typed(_PERCENT, row.fee_percent)
        self.insurance_percent.data = rules.as_typed(_PERCENT, row.insurance_percent)
        self.bands.data, self.papers.data = tables.show_bands(row.bands), tables.show_papers(row.papers)
        self.communes.data = ", ".join(row.communes)

    def facts(self) -> dict[str, Any]:
        """Return the values as columns of terms."""
        return {
            **{name: self[name].data for name in _OFFER},
            **self.read,
            "purposes": list(self.purposes.data or ()),
            "fee_cents": self.fee_cents.data or 0,
            "insurance_cents": self.insurance_cents.data or 0,
            "insurance_kind": InsuranceKind(self.insurance_kind.data),
            "waiting": Waiting(self.waiting.data),
            "communes": self._codes(),
        }


def _read_percent(typed: str) -> str:
    return str(rules.parse(_PERCENT, typed)) if typed.strip() else "0"


class SimulatorForm(Form):
    """A simulation. It is asked for by its address: nothing is written, and it can be sent to a colleague."""

    amount = euros("Montant à emprunter", low=1_00, high=100_000_00)
    months = integer("Durée", low=1, high=600)
    purpose = select("Pour quoi ?", _CHOICES_PURPOSE)
    starts_on = day("Versement prévu le")
    first_on = day("Première mensualité le")
    income = euros("Revenus du foyer, par mois", required=False)
    charges = euros("Charges, par mois", required=False, hint="Logement, énergie, assurances, véhicule, pensions…")
    credits = euros("Mensualités des autres crédits", required=False)
    adults = integer("Personnes de 14 ans et plus au foyer", required=False, low=1, high=20)
    children = integer("Enfants de moins de 14 ans", required=False, high=20)

    class Meta(Form.Meta):
        """Asking writes nothing: no token."""

        csrf = False

    def ask(self, insee_code: str | None) -> Ask:
        """Return what is asked."""
        return Ask(
            amount_cents=self.amount.data,
            months=self.months.data,
            purpose=Purpose(self.purpose.data),
            starts_on=self.starts_on.data,
            first_on=self.first_on.data,
            insee_code=insee_code,
        )

    def budget(self) -> Figures | None:
        """Return the budget that was typed, None where no income was."""
        if self.income.data is None:
            return None
        home = Household(others=(self.adults.data or 1) - 1, children=self.children.data or 0)
        return Figures(self.income.data, self.charges.data or 0, self.credits.data or 0, home.units)
