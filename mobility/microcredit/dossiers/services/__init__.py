"""Use cases of budgets and dossiers."""

from mobility.microcredit.dossiers.services.bank import acknowledge, answer, link_of, transmit
from mobility.microcredit.dossiers.services.budgets import BudgetDetails, write_budget
from mobility.microcredit.dossiers.services.changing import take_change
from mobility.microcredit.dossiers.services.opening import Request, change_request, open_dossier
from mobility.microcredit.dossiers.services.papers import bring_paper
from mobility.microcredit.dossiers.services.repaying import Disbursement, disburse, note_payment, sign
from mobility.microcredit.dossiers.services.steps import move
from mobility.microcredit.dossiers.services.watching import watch_due

__all__ = [
    "BudgetDetails",
    "Disbursement",
    "Request",
    "acknowledge",
    "answer",
    "bring_paper",
    "change_request",
    "disburse",
    "link_of",
    "move",
    "note_payment",
    "open_dossier",
    "sign",
    "take_change",
    "transmit",
    "watch_due",
    "write_budget",
]
