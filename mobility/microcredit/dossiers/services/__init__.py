"""Use cases of budgets and dossiers."""

from mobility.microcredit.dossiers.services.bank import acknowledge, answer, note_view, transmit
from mobility.microcredit.dossiers.services.bank_mail import link_of, remind_banks, renew_link
from mobility.microcredit.dossiers.services.budget_lines import Home, Vehicle, begin, put_line, remove_line, write_part
from mobility.microcredit.dossiers.services.budgets import BudgetDetails, write_budget
from mobility.microcredit.dossiers.services.changing import take_change, take_offer
from mobility.microcredit.dossiers.services.debts import begin_debts, end_debts, review_debts
from mobility.microcredit.dossiers.services.opening import Request, change_request, open_dossier
from mobility.microcredit.dossiers.services.papers import bring_paper
from mobility.microcredit.dossiers.services.repaying import Disbursement, disburse, note_payment, sign
from mobility.microcredit.dossiers.services.steps import move
from mobility.microcredit.dossiers.services.watching import watch_due

__all__ = [
    "BudgetDetails",
    "Disbursement",
    "Home",
    "Request",
    "Vehicle",
    "acknowledge",
    "answer",
    "begin",
    "begin_debts",
    "bring_paper",
    "change_request",
    "disburse",
    "end_debts",
    "link_of",
    "move",
    "note_payment",
    "note_view",
    "open_dossier",
    "put_line",
    "remind_banks",
    "remove_line",
    "renew_link",
    "review_debts",
    "sign",
    "take_change",
    "take_offer",
    "transmit",
    "watch_due",
    "write_budget",
    "write_part",
]
