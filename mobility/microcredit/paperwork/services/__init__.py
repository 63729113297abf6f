"""Use cases of papers."""

from mobility.microcredit.paperwork.services.asking import ask_papers, link_of, revoke
from mobility.microcredit.paperwork.services.deciding import accept, refuse
from mobility.microcredit.paperwork.services.preparing import ask_file, ask_sending, call_off, join_due
from mobility.microcredit.paperwork.services.sending import forget_pages, send_page, take_back

__all__ = [
    "accept",
    "ask_file",
    "ask_papers",
    "ask_sending",
    "call_off",
    "forget_pages",
    "join_due",
    "link_of",
    "refuse",
    "revoke",
    "send_page",
    "take_back",
]
