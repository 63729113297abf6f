"""What is typed about a budget: one line, the household, the vehicle. Each is saved by itself."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import ValidationError

from mobility.core.web.forms import Form, VersionedForm, day, euros, integer, line, select
from mobility.documents.uploads import file_field
from mobility.microcredit.dossiers.models import Budget, BudgetItem
from mobility.microcredit.dossiers.services import Home, Vehicle
from mobility.microcredit.rules.budget import (
    DEBTS_LABELS,
    EVERY_LABELS,
    ITEM_LABELS,
    SIDE_LABELS,
    WHOSE_LABELS,
    Debts,
    Every,
    Item,
    ItemKind,
    Side,
    Whose,
    side_of,
)
from mobility.microcredit.rules.running_cost import ENERGY_LABELS, Energy

MOST_CENTS = 1_000_000_00
# What is asked first, by side; the rest is added line by line.
BEGIN_SIDES: dict[Side, tuple[ItemKind, ...]] = {
    Side.INCOME: (ItemKind.WAGE, ItemKind.UNEMPLOYMENT, ItemKind.RSA, ItemKind.FAMILY, ItemKind.HOUSING_AID),
    Side.CHARGE: (ItemKind.RENT, ItemKind.ENERGY, ItemKind.PHONE, ItemKind.HOME_INSURANCE, ItemKind.HEALTH),
    Side.CREDIT: (ItemKind.LOAN,),
}
_FILE = {"yes": True, "no": False, "": None}


class LineForm(Form):
    """One line of a budget, with what proves it."""

    kind = select(
        "Quoi ?", [(kind.value, f"{SIDE_LABELS[side_of(kind)]} : {label}") for kind, label in ITEM_LABELS.items()]
    )
    amount_cents = euros("Montant", low=1, high=MOST_CENTS)
    every = select("Tous les combien ?", [(one.value, said) for one, said in EVERY_LABELS.items()], default="month")
    whose = select("Pour qui ?", [(one.value, said) for one, said in WHOSE_LABELS.items()], default="borrower")
    until = day("Jusqu’au", required=False, hint="Si une fin est connue : fin de contrat, dernière mensualité.")
    file = file_field("Justificatif, photo ou PDF", required=False, hint="Sans numéro de sécurité sociale.")

    def show(self, row: BudgetItem) -> None:
        """Fill in from a line."""
        self.kind.data, self.amount_cents.data, self.every.data = row.kind.value, row.amount_cents, row.every.value
        self.whose.data, self.until.data = row.whose.value, row.ends_on

    def item(self) -> Item:
        """Return what was typed."""
        return Item(
            ItemKind(self.kind.data),
            self.amount_cents.data,
            Every(self.every.data),
            Whose(self.whose.data),
            self.until.data,
        )


class BeginForm(Form):
    """What most households live on, typed in one go: sums a month, one field a kind (below)."""

    first_others = integer("Autres personnes de 14 ans ou plus", high=20, default=0)
    first_children = integer("Enfants de moins de 14 ans", high=20, default=0)

    def of(self, side: Side) -> list[Any]:
        """Return the fields of a side."""
        return [self[_name(kind)] for kind in BEGIN_SIDES[side]]

    def items(self) -> list[Item]:
        """Return the sums that were typed, each as a line."""
        kinds = [kind for side in BEGIN_SIDES.values() for kind in side]
        return [Item(kind, self[_name(kind)].data) for kind in kinds if self[_name(kind)].data]


def _name(kind: ItemKind) -> str:
    return f"first_{kind.value}"


for _kind in (kind for side in BEGIN_SIDES.values() for kind in side):
    setattr(BeginForm, _name(_kind), euros(ITEM_LABELS[_kind], required=False, high=MOST_CENTS))


class HomeForm(VersionedForm):
    """The household."""

    others = integer("Autres personnes de 14 ans ou plus", high=20, default=0)
    children = integer("Enfants de moins de 14 ans", high=20, default=0)
    account_cents = euros(
        "Sur le compte aujourd’hui",
        required=False,
        low=-MOST_CENTS,
        high=MOST_CENTS,
        hint="Un signe − pour un découvert.",
    )
    debts = select("Surendettement", [(one.value, label) for one, label in DEBTS_LABELS.items()], default="none")
    in_file = select("Inscription au FICP", [("", "non demandé"), ("no", "non"), ("yes", "oui")], required=False)

    def show(self, row: Budget) -> None:
        """Fill in from a budget."""
        self.show_version(row)
        for name in ("others", "children", "account_cents"):
            self[name].data = getattr(row, name)
        self.debts.data = row.debts.value
        self.in_file.data = {True: "yes", False: "no", None: ""}[row.in_file]

    def home(self) -> Home:
        """Return what was typed."""
        return Home(
            self.others.data,
            self.children.data,
            Debts(self.debts.data),
            _FILE[self.in_file.data or ""],
            self.account_cents.data or 0,
        )


class VehicleForm(VersionedForm):
    """How the project's vehicle is used."""

    energy = select("Le véhicule roule", [(one.value, label) for one, label in ENERGY_LABELS.items()], default="petrol")
    insurance_cents = euros("Assurance du véhicule, par mois", required=False, high=1_000_00)
    commute_km = line("Trajet domicile – travail, aller", required=False, limit=8, hint="En km, par la route.")
    days_a_week = integer("Jours de trajet par semaine", high=7, default=5)
    other_km_a_week = integer("Autres kilomètres par semaine", required=False, high=5000)
    replaced_cents = euros(
        "Ce que le véhicule remplace, par mois", required=False, high=10_000_00, hint="Abonnement de bus, taxis…"
    )
    gained_cents = euros(
        "Ce que le projet apporte en plus, par mois",
        required=False,
        high=10_000_00,
        hint="Salaire net de l’emploi qui commence, moins les aides qui baissent. Joignez la promesse d’embauche.",
    )

    def validate_commute_km(self, field: Any) -> None:
        """Refuse what is no distance."""
        if field.data and self._tenths() is None:
            raise ValidationError("Écrivez une distance en km, par exemple 12,5.")

    def _tenths(self) -> int | None:
        raw = (self.commute_km.data or "0").replace(",", ".").strip()
        try:
            km = Decimal(raw)
        except InvalidOperation:
            return None
        return int(km * 10) if km.is_finite() and 0 <= km <= 500 else None

    def show(self, row: Budget) -> None:
        """Fill in from a budget."""
        self.show_version(row)
        for name in ("insurance_cents", "days_a_week", "other_km_a_week", "replaced_cents", "gained_cents"):
            self[name].data = getattr(row, name)
        self.energy.data = row.energy.value
        self.commute_km.data = f"{Decimal(row.commute_tenths) / 10:f}".replace(".", ",")

    def vehicle(self, known: Budget | None) -> Vehicle:
        """Return what was typed; a distance that was not touched keeps where it comes from."""
        tenths, days = self._tenths() or 0, self.days_a_week.data
        kept = known is not None and (known.commute_tenths, known.days_a_week) == (tenths, days)
        return Vehicle(
            energy=Energy(self.energy.data),
            insurance_cents=self.insurance_cents.data or 0,
            commute_tenths=tenths,
            days_a_week=days,
            other_km_a_week=self.other_km_a_week.data or 0,
            replaced_cents=self.replaced_cents.data or 0,
            gained_cents=self.gained_cents.data or 0,
            commute_source=known.commute_source if known is not None and kept else "",
        )


class CommuteForm(VersionedForm):
    """Nothing is typed: the road and the roster say it."""


class RemoveForm(Form):
    """Nothing is typed: the button says which line."""
