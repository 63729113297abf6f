"""What dossiers come to, by bank and by desk: counts, delays, shares, amounts, losses; small numbers hidden. Pure.

Definitions, of the dossiers opened in the period:
- sent: at least once to a bank; granted, refused: its last answer of these two;
- delay: days from the first sending to the first yes or no, the median (the lower of two);
- granted share: granted of those answered; repaid share: paid of what has fallen due;
- incident: at least one instalment was missed;
- motive: that of the last answer, where it is a no: the motives of a line sum to its refusals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from mobility.microcredit.rules.states import OVER, PAID_OUT, RUNNING, Action, State

DEFINITIONS = "2026-2"


class Figure(StrEnum):
    """One column."""

    OPENED = "opened"
    SENT = "sent"
    GRANTED = "granted"
    REFUSED = "refused"
    GRANTED_PERCENT = "granted_percent"
    DELAY_DAYS = "delay_days"
    AMOUNT = "amount"
    RUNNING = "running"
    INCIDENT = "incident"
    ENDED = "ended"
    REPAID_PERCENT = "repaid_percent"
    LOSS = "loss"
    FUND = "fund"


FIGURE_LABELS: dict[Figure, str] = {
    Figure.OPENED: "Dossiers ouverts",
    Figure.SENT: "Envoyés à une banque",
    Figure.GRANTED: "Accordés",
    Figure.REFUSED: "Refusés",
    Figure.GRANTED_PERCENT: "Part accordée",
    Figure.DELAY_DAYS: "Délai de réponse (médiane)",
    Figure.AMOUNT: "Montant accordé",
    Figure.RUNNING: "En remboursement",
    Figure.INCIDENT: "Avec un incident",
    Figure.ENDED: "Terminés ou abandonnés",
    Figure.REPAID_PERCENT: "Part remboursée de l’échu",
    Figure.LOSS: "Pertes",
    Figure.FUND: "dont fonds de garantie",
}
MONEY = frozenset({Figure.AMOUNT, Figure.LOSS, Figure.FUND})
PERCENT = frozenset({Figure.GRANTED_PERCENT, Figure.REPAID_PERCENT})


class Axis(StrEnum):
    """What a line is about."""

    BANK = "bank"
    DESK = "desk"


AXIS_LABELS: dict[Axis, str] = {Axis.BANK: "Banque", Axis.DESK: "Antenne"}


@dataclass(frozen=True, slots=True)
class Case:
    """One dossier as it counts. ``answer``: the last yes or no, ``motive``: of a no; ``wait_days``: up to the first."""

    key: str
    state: State
    amount_cents: int
    sent: bool = False
    answer: Action | None = None
    motive: str = ""
    wait_days: int | None = None
    missed: bool = False
    due_cents: int = 0
    paid_cents: int = 0
    loss_cents: int = 0
    fund_cents: int = 0


def _percent(part: int, whole: int) -> int | None:
    if not whole:
        return None
    return int((Decimal(100 * part) / whole).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def figures(cases: Sequence[Case]) -> dict[Figure, int | None]:
    """Return the figures of some dossiers; None where nothing can be said."""
    granted = [one for one in cases if one.answer is Action.GRANT]
    refused = sum(one.answer is Action.REFUSE for one in cases)
    waits = sorted(one.wait_days for one in cases if one.wait_days is not None)
    due = sum(one.due_cents for one in cases)
    return {
        Figure.OPENED: len(cases),
        Figure.SENT: sum(one.sent for one in cases),
        Figure.GRANTED: len(granted),
        Figure.REFUSED: refused,
        Figure.GRANTED_PERCENT: _percent(len(granted), len(granted) + refused),
        Figure.DELAY_DAYS: waits[(len(waits) - 1) // 2] if waits else None,
        Figure.AMOUNT: sum(one.amount_cents for one in granted),
        Figure.RUNNING: sum(one.state in RUNNING for one in cases),
        Figure.INCIDENT: sum(one.missed for one in cases if one.state in PAID_OUT),
        Figure.ENDED: sum(one.state in OVER for one in cases),
        Figure.REPAID_PERCENT: _percent(sum(min(one.paid_cents, one.due_cents) for one in cases), due),
        Figure.LOSS: sum(one.loss_cents for one in cases),
        Figure.FUND: sum(one.fund_cents for one in cases),
    }


@dataclass(frozen=True, slots=True)
class Table:
    """The lines by key, in the order of their keys, and the total; None: hidden, its numbers are too small."""

    lines: tuple[tuple[str, dict[Figure, int | None] | None], ...]
    total: dict[Figure, int | None] | None


def hidden(sizes: Mapping[str, int], *, small: int, also: Collection[str] = ()) -> frozenset[str]:
    """Return the lines that are hidden: fewer dossiers than ``small``, and where that leaves one alone, the next one.

    One hidden line beside a total would be the total less the others. ``also``: those that another table hides.
    """
    tiny = {key for key, size in sizes.items() if size < small or key in also}
    if len(tiny) == 1:
        others = sorted((size, key) for key, size in sizes.items() if key not in tiny)
        tiny |= {key for _size, key in others[:1]}
    return frozenset(tiny)


def tabulate(cases: Iterable[Case], *, small: int) -> Table:
    """Count by line and in all, small numbers hidden; the total too where it is small."""
    by_key: dict[str, list[Case]] = {}
    for one in cases:
        by_key.setdefault(one.key, []).append(one)
    tiny = hidden({key: len(held) for key, held in by_key.items()}, small=small)
    whole = [one for held in by_key.values() for one in held]
    lines = tuple((key, None if key in tiny else figures(held)) for key, held in sorted(by_key.items()))
    return Table(lines, figures(whole) if len(whole) >= small else None)


@dataclass(frozen=True, slots=True)
class Motives:
    """Refusals by motive: the codes in their order, and by line how many of each; None: hidden, they are too few."""

    codes: tuple[str, ...]
    lines: tuple[tuple[str, tuple[int, ...] | None], ...]
    total: tuple[int, ...] | None


def count_motives(cases: Sequence[Case], *, order: Sequence[str], small: int) -> Motives:
    """Count refusals by line and motive, few of them hidden, as are the lines that ``tabulate`` hides; the total too.

    ``order``: the list of the day; a code that it no longer has comes after, where somebody was refused for it.
    """
    by_key: dict[str, list[str]] = {}
    for one in cases:
        if one.answer is Action.REFUSE:
            by_key.setdefault(one.key, []).append(one.motive)
    given = [motive for held in by_key.values() for motive in held]
    codes = (*order, *sorted(set(given) - set(order)))
    elsewhere = hidden(Counter(one.key for one in cases), small=small)
    tiny = hidden({key: len(held) for key, held in by_key.items()}, small=small, also=elsewhere)
    lines = tuple((key, None if key in tiny else tuple(map(held.count, codes))) for key, held in sorted(by_key.items()))
    return Motives(codes, lines, tuple(map(given.count, codes)) if len(given) >= small else None)
