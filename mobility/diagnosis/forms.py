"""What advisers and people type. The questions of a block become a form when they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from wtforms import HiddenField

from mobility.core.web.forms import Form, VersionedForm, checkboxes, day, euros, integer, radios, select, text
from mobility.diagnosis.answers import TEXT_MAX, field_of
from mobility.diagnosis.questionnaire import BEST, Item, ItemKind
from mobility.diagnosis.rules import ABANDON_LABELS, MOMENT_LABELS, AbandonReason, Moment

SCORE_WORDS = {
    0: "0 – bloque aujourd’hui",
    1: "1 – frein important",
    2: "2 – gêne",
    3: "3 – à surveiller",
    4: "4 – aucun frein",
}


class StartForm(Form):
    """Open a diagnosis."""

    moment = radios("Quand ?", [(one.value, label) for one, label in MOMENT_LABELS.items()], default=Moment.START.value)


class PlainForm(VersionedForm):
    """An act that needs no more than a button."""


class AbandonForm(VersionedForm):
    """Stop a diagnosis."""

    reason = radios(
        "Pourquoi ?",
        [(one.value, label) for one, label in ABANDON_LABELS.items() if one is not AbandonReason.MERGED],
    )
    note = text("Précisions", limit=500, hint="Pas de santé, pas de numéro de sécurité sociale.")


class OverrideForm(Form):
    """An adviser's own score."""

    score = select(
        "Votre note",
        [("", "Garder la note calculée"), *((str(value), SCORE_WORDS[value]) for value in range(BEST + 1))],
        required=False,
    )
    reason = text(
        "Pourquoi ?",
        limit=500,
        hint="La personne peut lire cette raison. Dites ce qui est possible, rien de la santé.",
    )


class _Block(Form):
    """The base of a block's form. ``seen`` is the latest answer that its page was made from."""

    seen = HiddenField()

    def seen_id(self) -> int:
        """Return the id of that answer; 0 for anything unreadable."""
        raw = str(self.seen.data or "")
        return int(raw) if raw.isdecimal() and len(raw) < 10 else 0

    def answers(self) -> dict[str, Any]:
        """Return what was typed, by item."""
        prefix = field_of("")
        return {
            name.removeprefix(prefix): field.data for name, field in self._fields.items() if name.startswith(prefix)
        }


def block_form(items: Sequence[Item], *, alone: bool, shown: Mapping[str, Any] | None = None) -> _Block:
    """Return the form of some items. ``alone``: in the words for the person; ``shown``: the answers so far."""
    fields = {field_of(item.code): _field(item, alone=alone) for item in items}
    kind = type("BlockForm", (_Block,), fields)
    data = {field_of(code): _shown(value, items, code) for code, value in (shown or {}).items()}
    return cast("_Block", kind(data=data))


def _shown(value: Any, items: Sequence[Item], code: str) -> Any:
    item = next((one for one in items if one.code == code), None)
    return date.fromisoformat(value) if item is not None and item.kind is ItemKind.DATE and value else value


def _field(item: Item, *, alone: bool) -> Any:
    label = (item.tell or item.ask) if alone else item.ask
    match item.kind:
        case ItemKind.CHOICE:
            return radios(label, list(item.choices.items()), required=False, hint=item.hint)
        case ItemKind.SEVERAL:
            return checkboxes(label, list(item.choices.items()), hint=item.hint)
        case ItemKind.NUMBER:
            return integer(label, required=False, hint=item.hint, low=item.low, high=item.high)
        case ItemKind.MONEY:
            return euros(label, required=False, hint=item.hint, low=item.low, high=item.high)
        case ItemKind.DATE:
            return day(label, required=False, hint=item.hint)
        case ItemKind.TEXT:
            return text(label, hint=item.hint, limit=TEXT_MAX)
