"""What is typed about loans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import request

from mobility.core.clock import at_paris, day_of, in_paris
from mobility.core.web.forms import (
    Form,
    VersionedForm,
    checkboxes,
    clock_time,
    day,
    euros,
    integer,
    line,
    radios,
    select,
    text,
    tick,
)
from mobility.fleet.kinds import CATEGORY_LABELS, CYCLES, EQUIPMENT_LABELS, Category
from mobility.loans.errors import BadPeriod
from mobility.loans.models import Loan, LoanInspection
from mobility.loans.rules.policy import DEPOSIT_LABELS, DepositKind

REASON_MAX = 2000
CATEGORY_CHOICES = [(category.value, label) for category, label in CATEGORY_LABELS.items()]
NEED_CHOICES = [(equipment.value, label) for equipment, label in EQUIPMENT_LABELS.items()]
CATEGORY_ICONS = {
    "car": "car-front",
    "light_car": "car-front-fill",
    "moped": "scooter",
    "ebike": "lightning-charge",
    "bike": "bicycle",
    "adapted": "person-wheelchair",
}


def from_query(form_class: type[Form], **kwargs: Any) -> Form:
    """Return a form filled in from the address: it only shows, and so carries no token."""
    return form_class(formdata=request.args, meta={"csrf": False}, **kwargs)


class ActForm(VersionedForm):
    """A plain yes."""


class ReasonForm(VersionedForm):
    """An act with its reason."""

    reason = text("Raison", required=True, limit=REASON_MAX, hint="Elle est envoyée à la personne, telle quelle.")


class CancelForm(VersionedForm):
    """A cancellation; the reason stays in the file."""

    reason = text("Raison", limit=REASON_MAX)


class PortalCancelForm(Form):
    """A cancellation by the borrower."""


class ContractForm(VersionedForm):
    """The contract is signed."""

    deposit_kind = radios("Dépôt de garantie reçu sous forme de", required=False)
    signed_by = line(
        "Signé par (représentant)",
        required=False,
        hint="À remplir si la personne est mineure ou protégée : le nom de la personne qui signe pour elle.",
    )

    def allow(self, loan: Loan) -> None:
        """Offer the kinds that the loan's terms accept."""
        kinds = [DepositKind(kind) for kind in loan.deposit_kinds] or list(DepositKind)
        self.deposit_kind.choices = [(kind.value, DEPOSIT_LABELS[kind]) for kind in kinds]

    def typed_kind(self) -> DepositKind | None:
        """Return the kind chosen."""
        return DepositKind(self.deposit_kind.data) if self.deposit_kind.data else None


class DepartForm(VersionedForm):
    """The vehicle leaves."""

    odometer_km = integer("Kilomètres au compteur", required=False, hint="Rien pour un vélo.", high=2_000_000)
    energy_percent = integer("Niveau de carburant ou de batterie", required=False, hint="En %.", high=100)
    remarks = text("Remarques", limit=REASON_MAX, hint="Traces, rayures, accessoires remis.")


class ReturnForm(DepartForm):
    """The vehicle comes back."""

    in_key_box = tick("Laissé dans la boîte à clés", hint="L’état des lieux et le compteur seront notés plus tard.")
    returned_on = day("Jour du retour", required=False, hint="Seulement si ce n’est pas maintenant.")
    returned_time = clock_time("Heure du retour", required=False)

    def returned_at(self) -> datetime | None:
        """Return the instant typed; None means now."""
        if self.returned_on.data is None:
            return None
        wall = self.returned_time.data
        return at_paris(self.returned_on.data, wall) if wall is not None else None


class CheckForm(DepartForm):
    """The desk confirms or corrects what was noted through the key box."""

    remarks = text("Remarques de l’antenne", limit=REASON_MAX, hint="Elles s’ajoutent à celles de la personne.")

    def show(self, noted: LoanInspection) -> None:
        """Begin with what was noted."""
        self.odometer_km.data, self.energy_percent.data = noted.odometer_km, noted.energy_percent


ENERGY_LEVELS = [
    ("100", "Plein"),
    ("75", "Trois quarts"),
    ("50", "La moitié"),
    ("25", "Un quart"),
    ("5", "Presque vide"),
]


class AloneForm(Form):
    """Portal: what the borrower reads on the vehicle, alone at the key box."""

    odometer_km = integer(
        "Combien de kilomètres au compteur ?",
        required=False,
        hint="Le grand nombre, près du volant. Recopiez-le.",
        high=2_000_000,
    )
    unreadable = tick("Je ne peux pas lire le compteur", hint="L’antenne le lira.")
    level = radios("Carburant ou batterie", ENERGY_LEVELS, required=False)
    remarks = text(
        "Y a-t-il un problème ?", limit=REASON_MAX, hint="Rayure, bruit, voyant allumé… Sinon, n’écrivez rien."
    )

    def suit(self, category: Category) -> None:
        """Ask only for what such a vehicle has."""
        if category in CYCLES:
            del self.odometer_km, self.unreadable
        if category is Category.BIKE:
            del self.level

    def reading(self) -> dict[str, Any]:
        """Return what the services take."""
        typed = self.values()
        level = typed.get("level")
        return {
            "odometer_km": typed.get("odometer_km"),
            "unreadable": bool(typed.get("unreadable")),
            "energy_percent": int(level) if level else None,
            "remarks": typed["remarks"],
        }


class PaymentForm(Form):
    """A payment received."""

    paid_cents = euros("Somme reçue", low=1)


class SettleForm(VersionedForm):
    """The accounts are closed."""

    paid_cents = euros("Somme reçue aujourd’hui", required=False)
    retained_cents = euros(
        "Retenu sur le dépôt de garantie", required=False, hint="Le reste du dépôt est rendu à la personne."
    )
    extra_cents = euros("Frais en plus", required=False, hint="Nettoyage, dégât, franchise d’assurance.")
    extra_reason = line("Raison de ces frais", required=False)

    def amounts(self) -> dict[str, Any]:
        """Return what the service takes."""
        return {
            "paid_cents": self.paid_cents.data or 0,
            "retained_cents": self.retained_cents.data or 0,
            "extra_cents": self.extra_cents.data or 0,
            "extra_reason": self.extra_reason.data,
        }


class EndForm(VersionedForm):
    """Another end."""

    due_on = day("Nouveau jour de retour")
    due_time = clock_time("Heure")
    override_reason = text(
        "Raison d’une dérogation",
        limit=REASON_MAX,
        hint="Seulement si les règles ne le permettent pas. Elle est gardée.",
    )

    def propose(self, loan: Loan, on: date | None = None) -> None:
        """Show the day asked for, or the end as it is, a week later."""
        self.due_on.data = on or day_of(loan.due_at) + timedelta(days=7)
        self.due_time.data = in_paris(loan.due_at).time()

    def new_due_at(self) -> datetime:
        """Return the instant typed."""
        return at_paris(self.due_on.data, self.due_time.data)


class MoveForm(VersionedForm):
    """Another time for a pickup or a return that the desk does not keep."""

    on = day("Nouveau jour")
    at = clock_time("Heure")

    def propose(self, instant: datetime) -> None:
        """Begin with a time."""
        local = in_paris(instant)
        self.on.data, self.at.data = local.date(), local.time().replace(second=0, microsecond=0)

    def instant(self) -> datetime:
        """Return the instant typed."""
        return at_paris(self.on.data, self.at.data)


class DeskForm(VersionedForm):
    """The desk that takes a loan over."""

    desk_id = select("Antenne qui prend la suite", ids=True)


class AskEndForm(Form):
    """The borrower asks for another end."""

    due_on = day("Quel jour pouvez-vous rendre le véhicule ?")
    note = text("Pourquoi ?", limit=REASON_MAX, hint="Quelques mots suffisent.")

    def new_due_at(self, loan_due_at: datetime) -> datetime:
        """Return the day typed, at the hour that was agreed."""
        return at_paris(self.due_on.data, in_paris(loan_due_at).time())


class DecideEndForm(Form):
    """The answer to a request for another end."""

    answer = radios("Votre réponse", [("accept", "Accepter la nouvelle date"), ("refuse", "Refuser")])
    reason = text("Raison du refus", limit=REASON_MAX, hint="Elle est envoyée à la personne.")
    override_reason = text(
        "Raison d’une dérogation",
        limit=REASON_MAX,
        hint="Seulement si les règles ne le permettent pas. Elle est gardée.",
    )


class SwapForm(VersionedForm):
    """Another vehicle."""

    vehicle_id = select("Véhicule", ids=True)
    reason = text("Raison", limit=REASON_MAX)


class RightForm(Form):
    """A right to loans."""

    categories = checkboxes("Types de véhicules", CATEGORY_CHOICES, required=True)
    starts_on = day("À partir du")
    ends_on = day("Jusqu’au")
    days_allowed = integer("Nombre de jours de prêt", low=1, high=1000)
    note = text("Note", limit=REASON_MAX)


class PeriodForm(Form):
    """When: shared by the desk's booking and the portal's."""

    start_on = day("Jour de départ")
    start_time = clock_time("Heure de départ")
    due_on = day("Jour de retour")
    due_time = clock_time("Heure de retour")

    def period(self) -> tuple[datetime, datetime]:
        """Return both instants. Raises BadPeriod."""
        start = at_paris(self.start_on.data, self.start_time.data)
        due = at_paris(self.due_on.data, self.due_time.data)
        if due <= start:
            raise BadPeriod(field="due_on")
        return start, due


class NeedForm(PeriodForm):
    """Need and dates, at the desk."""

    needs = checkboxes("Équipement nécessaire", NEED_CHOICES)
    objective_id = select("Pour quel objectif ?", ids=True, required=False)

    def offer_objectives(self, objectives: Sequence[tuple[int, str]]) -> None:
        """Offer the person's open objectives."""
        self.objective_id.choices = [("", "Celui qui couvre ces dates"), *objectives]


class BookForm(Form):
    """The last page of a booking at the desk."""

    override_reason = text(
        "Raison d’une dérogation",
        limit=REASON_MAX,
        hint="Seulement si les règles ne le permettent pas. Elle est gardée.",
    )


class ConfirmForm(Form):
    """A plain yes, without a version."""


class CategoryForm(Form):
    """Portal: the kind of vehicle."""

    category = radios("De quoi avez-vous besoin ?", CATEGORY_CHOICES)


class StartForm(Form):
    """Portal: where and when the vehicle is taken."""

    place = select("Dans quelle antenne ?", ids=True, required=False)
    start_on = day("Quel jour prenez-vous le véhicule ?")
    start_time = select("À quelle heure ?")


class DueForm(Form):
    """Portal: when it comes back."""

    due_on = day("Quel jour rendez-vous le véhicule ?")
    due_time = select("À quelle heure ?")
