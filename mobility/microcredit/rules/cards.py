"""What a person sees of each paper that is asked from them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mobility.microcredit.rules.completeness import AGEING, LACKING, Checked, Holding


class PageState(StrEnum):
    """What became of a page that a person sent."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class CardState(StrEnum):
    """Where one paper stands for the person."""

    REFUSED = "refused"
    OLD = "old"
    SOON_OLD = "soon_old"
    TO_SEND = "to_send"
    SENT = "sent"
    DONE = "done"


CARD_LABELS: dict[CardState, str] = {
    CardState.REFUSED: "À refaire",
    CardState.OLD: "Trop ancien",
    CardState.SOON_OLD: "Bientôt trop ancien",
    CardState.TO_SEND: "À envoyer",
    CardState.SENT: "Envoyé",
    CardState.DONE: "C’est bon",
}
CARD_TONES: dict[CardState, str] = {
    CardState.REFUSED: "danger",
    CardState.OLD: "warning",
    CardState.SOON_OLD: "warning",
    CardState.TO_SEND: "accent",
    CardState.SENT: "info",
    CardState.DONE: "success",
}
# What is asked of the person comes first, what is over last.
_ORDER = list(CardState)


@dataclass(frozen=True, slots=True)
class SentRow:
    """A page that was sent: of which paper, what became of it, why it was refused."""

    code: str
    state: PageState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One paper as its card shows it. ``pages``: how many wait to be looked at."""

    code: str
    label: str
    state: CardState
    pages: int = 0
    reason: str = ""
    most_months: int | None = None

    @property
    def wants(self) -> bool:
        """Tell whether the person still has something to send."""
        return self.state not in {CardState.SENT, CardState.DONE}


def cards(listed: Iterable[Checked], sent: Sequence[SentRow]) -> tuple[Card, ...]:
    """Return the cards of papers, what is to be sent first; ``sent`` in the order in which it came."""
    found = [_card(one, [row for row in sent if row.code == one.paper.code]) for one in listed]
    return tuple(sorted(found, key=lambda card: _ORDER.index(card.state)))


def _card(one: Checked, sent: Sequence[SentRow]) -> Card:
    waiting = sum(row.state is PageState.WAITING for row in sent)
    state, reason = CardState.TO_SEND, ""
    if waiting:
        state = CardState.SENT
    elif one.holding not in LACKING | AGEING:
        state = CardState.DONE
    elif sent and sent[-1].state is PageState.REFUSED:
        state, reason = CardState.REFUSED, sent[-1].reason
    elif one.holding in AGEING:
        state = CardState.OLD if one.holding is Holding.OLD else CardState.SOON_OLD
    return Card(one.paper.code, one.paper.label, state, waiting, reason, one.paper.most_months)
