"""What is typed about budgets and dossiers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import HiddenField, ValidationError

from mobility.core import clock
from mobility.core.web.forms import (
    Form,
    VersionedForm,
    checkboxes,
    day,
    euros,
    integer,
    line,
    radios,
    select,
    text,
    tick,
)
from mobility.documents.uploads import file_field
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.services import Disbursement, Request
from mobility.microcredit.dossiers.services.bank import Answer
from mobility.microcredit.dossiers.services.opening import OPINION_MAX
from mobility.microcredit.dossiers.services.steps import REASON_MAX
from mobility.microcredit.rules.debts import DEBT_WAY_LABELS
from mobility.microcredit.rules.states import Action


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


class DebtsForm(VersionedForm):
    """Debts first: by which way, and when it is looked at again."""

    way = radios("Par quel chemin ?", [(way.value, label) for way, label in DEBT_WAY_LABELS.items()])
    review_on = day("Faire le point le")


class ReviewForm(VersionedForm):
    """It was looked at; when next."""

    note = text("Où en est-on ?", required=False, limit=REASON_MAX, hint="L’équipe le lit dans le suivi.")
    review_on = day("Prochain point le")


class EndDebtsForm(VersionedForm):
    """How it ended."""

    end_note = text(
        "Ce qui est convenu", required=False, limit=REASON_MAX, hint="Le plan, l’accord, ou pourquoi on reprend."
    )


class TakeOfferForm(VersionedForm):
    """An offer of the simulator, with the amount (cents) and the months that were tried; nothing of it is typed."""

    offer_id = HiddenField()
    amount_cents = HiddenField()
    months = HiddenField()

    def numbers(self) -> dict[str, int] | None:
        """Return what the page sent, None where somebody changed it into no numbers."""
        found = {name: str(self[name].data or "") for name in ("offer_id", "amount_cents", "months")}
        if not all(raw.isascii() and raw.isdecimal() and len(raw) < 10 for raw in found.values()):
            return None
        return {name: int(raw) for name, raw in found.items()}


class StepForm(VersionedForm):
    """A step that needs no more than a word."""

    reason = text("Pourquoi ?", limit=REASON_MAX)
    said_on = day(
        "Renonciation envoyée le",
        required=False,
        hint="La date du courrier ou du formulaire, pour un abandon après la signature. Vide : aujourd’hui.",
    )


class SignForm(VersionedForm):
    """The signature of the offer."""

    on = day("Offre signée le", default=clock.today)
    cosigner_id = select("Qui signe avec la personne ?", required=False, ids=True, hint="Curatelle, tutelle.")
    file = file_field("L’offre signée", required=False, hint="Photo ou PDF, sans numéro de sécurité sociale.")


class DisburseForm(VersionedForm):
    """The payment to the seller."""

    on = day("Versé le", default=clock.today)
    paid_to = line("À qui ?", limit=160, hint="Le vendeur, le garage, l’auto-école.")
    first_due_on = day("Première mensualité le", required=False, hint="Vide : un mois après le versement.")

    contract_number = line(
        "Numéro du prêt à la banque", required=False, limit=40, hint="Il relie les relevés au dossier."
    )
    file = file_field(
        "La preuve du paiement", required=False, hint="Photo ou PDF : facture acquittée, avis de virement."
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
    conditions = text(
        "Conditions de l’accord",
        required=False,
        limit=REASON_MAX,
        hint="S’il y en a. La personne les lit avec l’antenne.",
    )
    motive = select(
        "Motif du refus", required=False, hint="Obligatoire pour un refus : le principal. Il est compté, sans nom."
    )
    reason = text(
        "Expliquez en quelques mots",
        required=False,
        limit=REASON_MAX,
        hint="Obligatoire pour un refus ou un complément. La personne peut le lire.",
    )
    codes = checkboxes("Papiers à refaire ou à compléter", required=False, hint="Pour un complément seulement.")
    name = line("Votre nom", limit=120)

    def said(self) -> Answer:
        """Return what was typed; of the fields those that belong to the decision."""
        action = Action(self.action.data)
        words = self.conditions.data if action is Action.GRANT else self.reason.data
        return Answer(action, words or "", self.name.data, tuple(self.codes.data or ()), self.motive.data or "")


class ReceiptForm(Form):
    """The bank has the dossier in hands."""

    receiver = line("Votre nom", limit=120)
