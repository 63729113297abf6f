"""A questionnaire: blocks of items, and the rules that turn answers into scores, barriers, strengths and limits.

It is read from data (see ``loader``); a version that has been published never changes. Scores run from 0 (blocks
today) to 4 (no barrier); a score of 2 or less is a barrier, and how heavy it is follows from the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from mobility.diagnosis.barriers import Barrier
from mobility.diagnosis.conditions import Answers, Condition

BEST = 4


class ItemKind(StrEnum):
    """What an answer looks like."""

    CHOICE = "choice"
    SEVERAL = "several"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    TEXT = "text"


KIND_LABELS = {
    ItemKind.CHOICE: "Une réponse",
    ItemKind.SEVERAL: "Plusieurs réponses",
    ItemKind.NUMBER: "Nombre",
    ItemKind.MONEY: "Montant",
    ItemKind.DATE: "Date",
    ItemKind.TEXT: "Texte",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    ``about`` is what it means in a few words, the same in every version; ``ask`` is how the adviser puts it, ``tell``
    how the person reads it in their own part (None: only asked together).
    """

    code: str
    kind: ItemKind
    about: str
    ask: str
    tell: str | None = None
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    none_of_these: str | None = None
    """The code among several that excludes the others."""
    low: int = 0
    high: int = 10_000
    unit: str = ""
    source: str | None = None
    """What the file already knows: nothing is asked twice."""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A page of questions."""

    code: str
    title: str
    icon: str
    intro: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """When it holds, the dimension scores no more than this, for this reason."""

    score: int
    barrier: Barrier | None
    when: Condition
    because: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """An axis of the radar. The first of its barriers is the one that an overridden score stands for."""

    code: str
    label: str
    barriers: tuple[Barrier, ...]
    needs: tuple[str, ...]
    """The items without which nobody says that all is well."""
    fine: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Strength:
    """What the person can build on."""

    when: Condition
    because: str


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version, whole."""

    version: str
    title: str
    blocks: tuple[Block, ...]
    dimensions: tuple[Dimension, ...]
    strengths: tuple[Strength, ...]
    limits: Mapping[str, Condition | str]
    """By name of the limit: when it holds, or the item whose number it is."""

    @property
    def items(self) -> Mapping[str, Item]:
        """Return every item by its code, in the order of the questionnaire."""
        return {item.code: item for block in self.blocks for item in block.items}

    def block(self, code: str) -> Block | None:
        """Return the block of that code, or None."""
        return next((one for one in self.blocks if one.code == code), None)


def asked(questionnaire: Questionnaire, answers: Answers, *, today: date) -> tuple[Item, ...]:
    """Return the items that these answers leave to be asked, in order: an unknown condition hides its item."""
    return _asked(questionnaire, answers, today)[0]


def effective(questionnaire: Questionnaire, answers: Answers, *, today: date) -> dict[str, object]:
    """Return the answers that count: those to items that are asked. What was said before and is hidden now does not."""
    return _asked(questionnaire, answers, today)[1]


def _asked(questionnaire: Questionnaire, answers: Answers, today: date) -> tuple[tuple[Item, ...], dict[str, object]]:
    shown: list[Item] = []
    counted: dict[str, object] = {}
    # A condition looks only at earlier items: one pass settles all.
    for code, item in questionnaire.items.items():
        if item.when is not None and item.when.holds(counted, today) is not True:
            continue
        shown.append(item)
        if answers.get(code) is not None:
            counted[code] = answers[code]
    return tuple(shown), counted
