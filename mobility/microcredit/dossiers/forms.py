"""What is typed about budgets and dossiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request
from wtforms import HiddenField, ValidationError

from mobility.core import clock
from mobility.core.web.forms import Form, VersionedForm, day, euros, integer, line, radios, select, text, tick
from mobility.documents.uploads import file_field
from mobility.microcredit.dossiers.models import Budget, BudgetItem, MicrocreditDossier
from mobility.microcredit.dossiers.services import BudgetDetails, Disbursement, Request
from mobility.microcredit.dossiers.services.budgets import MOST_ITEMS
from mobility.microcredit.dossiers.services.opening import OPINION_MAX
from mobility.microcredit.dossiers.services.steps import REASON_MAX
from mobility.microcredit.rules.budget import (
    DEBTS_LABELS,
    EVERY_LABELS,
    ITEM_LABELS,
    WHOSE_LABELS,
    Debts,
    Every,
    Item,
    ItemKind,
    Whose,
)
from mobility.microcredit.rules.running_cost import ENERGY_LABELS, Energy
from mobility.microcredit.rules.states import Action

MOST_CENTS = 1_000_000_00
_FILE = {"yes": True, "no": False, "": None}


class BudgetForm(VersionedForm):
    """A budget whole: one row for each line that is known, and one for each usual kind that is not."""

    budget_id = HiddenField()
    kinds = HiddenField()
    others = integer("Autres personnes de 14 ans ou plus", high=20, default=0)
    children = integer("Enfants de moins de 14 ans", high=20, default=0)
    debts = select("Surendettement", [(one.value, label) for one, label in DEBTS_LABELS.items()], default="none")
    in_file = select("Inscription au FICP", [("", "non demandé"), ("no", "non"), ("yes", "oui")], required=False)
    account_cents = euros(
        "Sur le compte aujourd’hui",
        required=False,
        low=-MOST_CENTS,
        high=MOST_CENTS,
        hint="Un signe − pour un découvert.",
    )
    energy = select("Le véhicule roule", [(one.value, label) for one, label in ENERGY_LABELS.items()], default="petrol")
    insurance_cents = euros("Assurance du véhicule, par mois", required=False, high=1_000_00)
    commute_km = line("Trajet domicile – travail, aller", required=False, limit=8, hint="En km, par la route.")
    days_a_week = integer("Jours de trajet par semaine", high=7, default=5)
    other_km_a_week = integer("Autres kilomètres par semaine", required=False, high=5000)
    replaced_cents = euros(
        "Ce que le véhicule remplace, par mois", required=False, high=10_000_00, hint="Abonnement de bus, taxis…"
    )

    def __init__(self, known: Sequence[BudgetItem] = (), **kwargs: Any) -> None:
        typed = request.form.get("kinds", "") if request.method == "POST" else ""
        self.row_kinds = _kinds(typed) if typed else _usual(known)
        super().__init__(**kwargs)
        self.kinds.data = ",".join(kind.value for kind in self.row_kinds)
        if not self.is_submitted():
            self._show_items(known)

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

    def rows(self) -> list[tuple[ItemKind, Any, Any, Any, Any]]:
        """Return the fields of each row, in the order of the page."""
        return [
            (kind, self[f"amount_{number}"], self[f"every_{number}"], self[f"whose_{number}"], self[f"until_{number}"])
            for number, kind in enumerate(self.row_kinds)
        ]

    def _show_items(self, known: Sequence[BudgetItem]) -> None:
        waiting = list(known)
        for kind, amount, every, whose, until in self.rows():
            found = next((item for item in waiting if item.kind is kind), None)
            if found is None:
                continue
            waiting.remove(found)
            amount.data, every.data, whose.data = found.amount_cents, found.every.value, found.whose.value
            until.data = found.ends_on

    def show(self, row: Budget) -> None:
        """Fill in from a budget."""
        self.show_version(row)
        self.budget_id.data = str(row.id)
        for name in (
            "others",
            "children",
            "account_cents",
            "insurance_cents",
            "days_a_week",
            "other_km_a_week",
            "replaced_cents",
        ):
            self[name].data = getattr(row, name)
        self.debts.data, self.energy.data = row.debts.value, row.energy.value
        self.in_file.data = {True: "yes", False: "no", None: ""}[row.in_file]
        self.commute_km.data = f"{Decimal(row.commute_tenths) / 10:f}".replace(".", ",")

    def details(self) -> BudgetDetails:
        """Return what was typed; rows without an amount are left out."""
        return BudgetDetails(
            items=[
                Item(kind, amount.data, Every(every.data), Whose(whose.data), until.data)
                for kind, amount, every, whose, until in self.rows()
                if amount.data
            ],
            others=self.others.data,
            children=self.children.data,
            debts=Debts(self.debts.data),
            in_file=_FILE[self.in_file.data or ""],
            account_cents=self.account_cents.data or 0,
            energy=Energy(self.energy.data),
            insurance_cents=self.insurance_cents.data or 0,
            commute_tenths=self._tenths() or 0,
            days_a_week=self.days_a_week.data,
            other_km_a_week=self.other_km_a_week.data or 0,
            replaced_cents=self.replaced_cents.data or 0,
        )

    def typed_budget(self) -> int | None:
        """Return the budget that the page was made from."""
        raw = str(self.budget_id.data or "")
        return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 10 else None


def _kinds(typed: str) -> list[ItemKind]:
    known = set(ItemKind)
    return [ItemKind(part) for part in typed.split(",")[:MOST_ITEMS] if part in known]


def _usual(known: Sequence[BudgetItem]) -> list[ItemKind]:
    """Return a row for each line, and a free one for each kind that may come again or is not there yet."""
    again = {ItemKind.WAGE, ItemKind.LOAN, ItemKind.OTHER_INCOME, ItemKind.OTHER_CHARGE}
    found: list[ItemKind] = []
    for kind in ItemKind:
        there = [kind for item in known if item.kind is kind]
        found += [*there, kind] if kind in again or not there else there
    return found[:MOST_ITEMS]


def budget_form(known: Sequence[BudgetItem] = ()) -> BudgetForm:
    """Return the form of a budget, with as many rows as it needs."""
    typed = request.form.get("kinds", "") if request.method == "POST" else ""
    kinds = _kinds(typed) if typed else _usual(known)
    fields: dict[str, Any] = {}
    for number, kind in enumerate(kinds):
        label = ITEM_LABELS[kind]
        fields[f"amount_{number}"] = euros(label, required=False, high=MOST_CENTS)
        fields[f"every_{number}"] = select(
            f"{label} : tous les combien", [(one.value, said) for one, said in EVERY_LABELS.items()], default="month"
        )
        fields[f"whose_{number}"] = select(
            f"{label} : qui", [(one.value, said) for one, said in WHOSE_LABELS.items()], default="borrower"
        )
        fields[f"until_{number}"] = day(f"{label} : jusqu’au", required=False)
    made: type[BudgetForm] = type("BudgetRowsForm", (BudgetForm,), fields)
    return made(known)


class RequestForm(VersionedForm):
    """What is asked of the bank."""

    project_id = select("Projet", ids=True)
    offer_id = select(
        "Offre",
        required=False,
        ids=True,
        hint="Les conditions en vigueur d’une banque partenaire : elles disent le taux.",
    )
    bank_id = select("Banque", required=False, ids=True)
    amount_cents = euros("Montant demandé", low=1_00, high=100_000_00)
    months = integer("Durée en mois", low=1, high=600)
    rate = line("Taux nominal de la banque", required=False, limit=8, hint="En % par an, par exemple 3,5.")
    opinion = text("Votre avis", limit=OPINION_MAX, hint="La banque le lit : le projet, l’emploi, ce qui rassure.")
    cosigner_id = select("Qui signe avec la personne ?", required=False, ids=True, hint="Curatelle, tutelle.")

    def validate_rate(self, field: Any) -> None:
        """Refuse what is no rate."""
        if field.data and self._rate() is None:
            raise ValidationError("Écrivez un taux entre 0 et 25, par exemple 3,5.")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask for a rate where no offer says it."""
        fine = super().validate(*args, **kwargs)
        if not self.offer_id.data and not (self.rate.data or "").strip() and not self.rate.errors:
            self.rate.errors = [*self.rate.errors, "Choisissez une offre, ou écrivez le taux de la banque."]
            return False
        return bool(fine)

    def _rate(self) -> Decimal | None:
        try:
            rate = Decimal((self.rate.data or "").replace(",", ".").replace("%", "").strip())
        except InvalidOperation:
            return None
        if not rate.is_finite() or not 0 <= rate <= 25:
            return None
        return rate.quantize(Decimal("0.0001")).normalize()

    def show(self, row: MicrocreditDossier) -> None:
        """Fill in from a dossier."""
        self.show_version(row)
        for name in ("project_id", "offer_id", "bank_id", "amount_cents", "months", "opinion", "cosigner_id"):
            self[name].data = getattr(row, name)
        self.rate.data = row.rate.replace(".", ",")

    def begin(self, asked: Mapping[str, str]) -> None:
        """Fill in the offer, the amount and the months that an address names, as the simulator does."""
        for name, low, high in (("offer_id", 1, 2**31 - 1), ("amount_cents", 1_00, 100_000_00), ("months", 1, 600)):
            typed = asked.get(name, "")
            if typed.isascii() and typed.isdecimal() and len(typed) < 11 and low <= int(typed) <= high:
                self[name].data = int(typed)

    def asked(self) -> Request:
        """Return what was typed."""
        return Request(
            amount_cents=self.amount_cents.data,
            months=self.months.data,
            rate=self._rate() or Decimal(0),
            bank_id=self.bank_id.data,
            offer_id=self.offer_id.data,
            opinion=self.opinion.data or "",
            cosigner_id=self.cosigner_id.data,
        )


class ChangeForm(VersionedForm):
    """A change that is proposed; which one, its button says."""


class StepForm(VersionedForm):
    """A step that needs no more than a word."""

    reason = text("Pourquoi ?", limit=REASON_MAX)


class SignForm(VersionedForm):
    """The signature of the offer."""

    on = day("Offre signée le", default=clock.today)
    cosigner_id = select("Qui signe avec la personne ?", required=False, ids=True, hint="Curatelle, tutelle.")


class DisburseForm(VersionedForm):
    """The payment to the seller."""

    on = day("Versé le", default=clock.today)
    paid_to = line("À qui ?", limit=160, hint="Le vendeur, le garage, l’auto-école.")
    first_due_on = day("Première mensualité le", required=False, hint="Vide : un mois après le versement.")

    contract_number = line(
        "Numéro du prêt à la banque", required=False, limit=40, hint="Il relie les relevés au dossier."
    )

    def details(self) -> Disbursement:
        """Return what was typed."""
        number = self.contract_number.data or ""
        return Disbursement(self.on.data, self.paid_to.data, self.first_due_on.data, number)


class PaymentForm(Form):
    """Money that the bank got."""

    paid_on = day("Reçue le", default=clock.today)
    paid_cents = euros("Somme", low=1, high=100_000_00)
    reference = line("Référence", required=False, limit=80, hint="Celle du relevé de la banque, si vous l’avez.")


class PaperForm(Form):
    """A paper of the bank's list."""

    code = select("Quelle pièce ?")
    dated_on = day("Date écrite sur la pièce", required=False)
    file = file_field(
        "Photo ou PDF", required=False, hint="Sans numéro de sécurité sociale : cachez-le avant de prendre la photo."
    )
    waived = tick("Cette pièce ne concerne pas la personne")


class AnswerForm(Form):
    """What the bank answers."""

    action = radios(
        "Votre décision",
        [
            (Action.GRANT.value, "Nous accordons ce micro-crédit"),
            (Action.ASK_MORE.value, "Il nous faut un complément"),
            (Action.REFUSE.value, "Nous refusons ce micro-crédit"),
        ],
    )
    reason = text(
        "Conditions, complément attendu ou motif", limit=REASON_MAX, hint="Obligatoire pour un refus ou un complément."
    )
    name = line("Votre nom", limit=120)


class ReceiptForm(Form):
    """The bank has the dossier in hands."""

    receiver = line("Votre nom", limit=120)
