"""How dossiers write themselves: kind of aid, journal kinds. No database."""

from __future__ import annotations

from typing import Any

from mobility.journal import kinds
from mobility.microcredit.rules.states import Action
from mobility.notifications import templates

AID_KIND = "microcredit"
AID_LABEL = "Micro-crédit"
AID_ICON = "bank"
SUBJECT = "microcredit"
OWNER = "microcredit"
PAPER_KIND = "microcredit_dossier"
# What proves a step: the offer that was signed, the payment to the seller.
OFFER_KIND, PAYMENT_KIND = "microcredit_offer", "microcredit_payment"
LINK_PURPOSE = "microcredit-answer"

JOURNAL: dict[Action, tuple[str, str]] = {
    Action.START: ("Dossier de micro-crédit ouvert", "folder-plus"),
    Action.COMPLETE: ("Dossier de micro-crédit complet", "folder-check"),
    Action.REOPEN: ("Dossier de micro-crédit repris", "pencil"),
    Action.TO_COMMITTEE: ("Dossier de micro-crédit présenté en commission", "people"),
    Action.COMMITTEE_YES: ("Avis favorable de la commission", "hand-thumbs-up"),
    Action.COMMITTEE_NO: ("Dossier renvoyé par la commission", "arrow-return-left"),
    Action.TRANSMIT: ("Dossier de micro-crédit envoyé à la banque", "send"),
    Action.ASK_MORE: ("La banque demande un complément", "question-circle"),
    Action.GRANT: ("Micro-crédit accordé par la banque", "check-circle"),
    Action.REFUSE: ("Micro-crédit refusé par la banque", "x-circle"),
    Action.REWORK: ("Dossier de micro-crédit repris après le refus", "arrow-repeat"),
    Action.SIGN: ("Offre de micro-crédit signée", "pen"),
    Action.DISBURSE: ("Micro-crédit versé au vendeur", "cash-stack"),
    Action.BEGIN: ("Première mensualité du micro-crédit reçue", "check2-circle"),
    Action.MISS: ("Mensualité du micro-crédit non reçue", "exclamation-triangle"),
    Action.CURE: ("Retard du micro-crédit rattrapé", "check2-circle"),
    Action.AGREE_PLAN: ("Plan amiable du micro-crédit convenu", "check2-circle"),
    Action.BREAK_PLAN: ("Plan amiable du micro-crédit non tenu", "exclamation-triangle"),
    Action.REPAY_EARLY: ("Micro-crédit remboursé avant la fin", "check2-square"),
    Action.RESCHEDULE: ("Micro-crédit rééchelonné", "calendar-range"),
    Action.CLOSE: ("Micro-crédit terminé", "check2-square"),
    Action.WITHDRAW: ("Micro-crédit abandonné", "x-circle"),
}
BUDGET_KIND = "microcredit_dossiers.budget"
PAID_KIND = "microcredit.paid"
SIGNAL_KIND = "microcredit.signal"
LOSS_KIND = "microcredit.loss"
GONE_KIND = "microcredit.gone"
DEBTS_BEGUN_KIND = "microcredit.debts_begun"
DEBTS_REVIEWED_KIND = "microcredit.debts_reviewed"
DEBTS_ENDED_KIND = "microcredit.debts_ended"
RECEIVED_KIND = "microcredit.received_by_bank"
RENEWED_KIND = "microcredit.link_renewed"
TO_BANK, REMIND_BANK = "credit_to_bank", "credit_bank_reminder"
_BANK: dict[str, Any] = {
    "place": "Denain",
    "phone": "03 27 39 81 02",
    "number": 12,
    "link": "https://mobilite.example/banque/dossier/eyJwIjp7InQiOjEyfSwiZSI6MX0.abcdefghijklmnopqrstuvwxyz0",
    "until": "mardi 22 décembre",
}


def declare_journal() -> None:
    """Declare how the journal reads."""
    for action, (label, icon) in JOURNAL.items():
        kinds.declare(f"microcredit.{action.value}", label, icon)
    kinds.declare(BUDGET_KIND, "Budget du foyer noté", "calculator")
    kinds.declare(SIGNAL_KIND, "Changement de budget signalé", "exclamation-triangle")
    kinds.declare(LOSS_KIND, "Perte du micro-crédit notée", "cash-stack")
    kinds.declare(GONE_KIND, "Véhicule du micro-crédit jamais venu ou perdu", "x-circle")
    kinds.declare(RENEWED_KIND, "Lien de la banque renouvelé", "link-45deg")
    kinds.declare(DEBTS_BEGUN_KIND, "Dossier de micro-crédit en attente : les dettes d’abord", "pause-circle")
    kinds.declare(DEBTS_REVIEWED_KIND, "Point fait sur les dettes", "calendar-check")
    kinds.declare(DEBTS_ENDED_KIND, "Dossier de micro-crédit repris après les dettes", "play-circle")
    kinds.declare(RECEIVED_KIND, "La banque a reçu le dossier", "envelope-check")
    kinds.declare(PAID_KIND, "Mensualité du micro-crédit reçue", "cash-coin")


def declare_messages() -> None:
    """Declare what the bank is written; it names nobody: the link shows the rest."""
    templates.declare(TO_BANK, "Dossier de micro-crédit envoyé (à la banque)", _BANK)
    templates.declare(REMIND_BANK, "Dossier de micro-crédit : rappel (à la banque)", _BANK)
