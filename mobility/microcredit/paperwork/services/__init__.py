"""Use cases of papers."""

from mobility.microcredit.paperwork.services.asking import ask_papers, link_of, revoke
from mobility.microcredit.paperwork.services.deciding import accept, refuse
from mobility.microcredit.paperwork.services.sending import send_page, take_back

__all__ = ["accept", "ask_papers", "link_of", "refuse", "revoke", "send_page", "take_back"]
