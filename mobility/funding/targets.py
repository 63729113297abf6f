"""Prices to be obtained: what takes their place, and when they are no more. Call in the caller's transaction."""

from __future__ import annotations

from mobility.funding.models import ProjectQuote
from mobility.funding.queries import awaited_quote, get_stack


def answer_target(written: ProjectQuote) -> None:
    """Let a new quote take the place of the price to be obtained: its seller's, or the only one of the project."""
    target = awaited_quote(written.project_id)
    if target is None:
        return
    others = [one for one in get_stack(written.project_id).quotes if one.chosen and one is not target]
    if not others or _one_name(target.seller) == _one_name(written.seller):
        target.chosen, written.replaces_id = False, target.replaces_id


def leave_target(quote: ProjectQuote) -> None:
    """Forget the price to be obtained in the place of a quote that is chosen again after all."""
    target = awaited_quote(quote.project_id)
    if target is not None and target.replaces_id == quote.id:
        target.chosen = False


def _one_name(seller: str) -> str:
    return " ".join(seller.casefold().split())
