"""How loans write themselves: journal kinds, titles of steps, messages. No database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mobility.core.clock import format_instant
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.journal import kinds
from mobility.loans.rules.states import LoanAction
from mobility.notifications import templates

AID_KIND = "loan"
SUBJECT = "loan"
AID_LABEL = "Prêt de véhicule"
AID_ICON = "car-front"

JOURNAL: dict[LoanAction, tuple[str, str]] = {
    LoanAction.REQUEST: ("Prêt demandé, du %(start_at)s au %(due_at)s", "calendar-plus"),
    LoanAction.APPROVE: ("Prêt accepté, du %(start_at)s au %(due_at)s", "calendar-check"),
    LoanAction.REFUSE: ("Prêt refusé (départ demandé : %(start_at)s)", "calendar-x"),
    LoanAction.CANCEL: ("Prêt annulé (départ prévu : %(start_at)s)", "calendar-x"),
    LoanAction.CONTRACT: ("Contrat signé", "pen"),
    LoanAction.DEPART: ("Véhicule remis ; retour prévu %(due_at)s", "key"),
    LoanAction.RETURN: ("Véhicule rendu", "box-arrow-in-down"),
    LoanAction.SETTLE: ("Prêt soldé", "check2-circle"),
    LoanAction.EXTEND: ("Retour du véhicule maintenant prévu %(due_at)s", "calendar-range"),
    LoanAction.SWAP: ("Le prêt a reçu un autre véhicule", "arrow-left-right"),
    LoanAction.RESCHEDULE: ("Rendez-vous du prêt déplacé : du %(start_at)s au %(due_at)s", "calendar-range"),
    LoanAction.MARK_OVERDUE: ("Retour du véhicule en retard (prévu %(due_at)s)", "exclamation-triangle"),
    LoanAction.NO_SHOW: ("Personne non venue au départ du prêt (%(start_at)s)", "person-x"),
    LoanAction.OVERRIDE: ("Dérogation accordée pour un prêt", "shield-check"),
    LoanAction.CONFIRM_RETURN: ("La personne confirme son retour à l’heure (%(due_at)s)", "hand-thumbs-up"),
    LoanAction.ASK_EXTENSION: ("Autre date de retour demandée : %(new_due_at)s", "question-circle"),
    LoanAction.REFUSE_EXTENSION: ("Autre date de retour refusée ; retour prévu %(due_at)s", "calendar-x"),
    LoanAction.CHECK: ("Relevé de la boîte à clés vérifié par l’antenne", "clipboard-check"),
    LoanAction.PAY: ("Paiement reçu pour un prêt : %(paid_cents)s", "cash-coin"),
}
RIGHT_OPENED = "loan.right_opened"
RIGHT_CLOSED = "loan.right_closed"


def journal_kind(action: LoanAction) -> str:
    """Return the kind under which the journal keeps an action."""
    return f"loan.{action.value}"


def declare_journal() -> None:
    """Declare how the journal's kinds read."""
    for action, (label, icon) in JOURNAL.items():
        kinds.declare(journal_kind(action), label, icon)
    kinds.declare(RIGHT_OPENED, "Droit au prêt ouvert du %(starts_on)s au %(ends_on)s : %(days)s jours", "unlock")
    kinds.declare(RIGHT_CLOSED, "Droit au prêt fermé", "lock")


def vehicle_word(category: Category) -> str:
    """Return « la voiture », « le vélo électrique »: how a message names the vehicle."""
    label = CATEGORY_LABELS[category]
    article = "la" if category in {Category.CAR, Category.LIGHT_CAR} else "le"
    return f"{article} {label[0].lower()}{label[1:]}"


def step_title(category: Category) -> str:
    """Return the title of a loan in the pathway."""
    return f"Prêt : {CATEGORY_LABELS[category].lower()}"


def when(instant: datetime) -> str:
    """Return an instant as messages say it."""
    return format_instant(instant)


_SAMPLE: dict[str, Any] = {
    "vehicle": "la voiture",
    "place": "Denain",
    "address": "12 rue de Villars, 59220 Denain",
    "phone": "03 27 00 00 00",
    "start": "vendredi 27 novembre à 9 h",
    "due": "vendredi 11 décembre à 18 h",
    "url": "https://mobilite.example/mon-espace/prets/12",
}
_LINK = "https://mobilite.example/r/eyJwIjp7ImwiOjEyMzQsImQiOjE3OTU2MDAwMDB9LCJlIjoxNzk1NjAwMDAwfQ.abcdefghijklmnopqrstuvw_x"


def declare_messages() -> None:
    """Declare the messages of loans."""
    declare = templates.declare
    declare("loan_requested", "Demande de prêt reçue", _SAMPLE)
    declare("loan_approved", "Prêt accepté", {**_SAMPLE, "price": "12,00 €", "deposit": "150,00 €"})
    declare(
        "loan_key_box", "Véhicule à prendre à la boîte à clés", {**_SAMPLE, "opens": "vendredi 27 novembre à 8 h 30"}
    )
    declare("loan_refused", "Prêt refusé", {**_SAMPLE, "reason": "Le permis n’a pas pu être vérifié."}, long_sms=True)
    declare("loan_cancelled", "Prêt annulé", _SAMPLE)
    declare("loan_moved", "Rendez-vous déplacé par l’antenne", _SAMPLE)
    declare("loan_extended", "Date de retour changée", _SAMPLE)
    declare(
        "loan_extension_refused",
        "Changement de date refusé",
        {**_SAMPLE, "reason": "Le véhicule est promis à une autre personne."},
        long_sms=True,  # the reason is the desk's own words
    )
    declare("loan_end_proposed", "Nouvelle date de retour proposée", {**_SAMPLE, "new_due": "lundi 4 janvier à 18 h"})
    declare("loan_next_blocked", "Véhicule pas encore disponible", _SAMPLE)
    reminder = {**_SAMPLE, "link": _LINK, "yes": f"{_LINK}/a-l-heure", "more": f"{_LINK}/plus-de-temps"}
    declare("loan_return_before", "Rappel avant le retour", reminder)
    declare("loan_return_due", "Retour attendu", reminder)
    declare("loan_return_late", "Retour en retard", reminder)
