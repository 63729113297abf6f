"""Answers: what an item allows, and how an answer reads. Pure.

As kept: a choice is its code, several a list of codes, a number and an amount (cents) whole numbers, a date its ISO
text, a text itself; None is no answer.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from mobility.core.clock import format_date
from mobility.core.money import format_cents
from mobility.diagnosis.errors import AnswerInvalid, NoneOrSome
from mobility.diagnosis.questionnaire import Item, ItemKind

TEXT_MAX = 1000


def field_of(code: str) -> str:
    """Return the name of an item's field in forms."""
    return f"q_{code}"


def check(item: Item, value: Any) -> Any:
    """Return the answer as it is kept, None where there is none. Raises AnswerInvalid, NoneOrSome."""
    if value is None or value in ("", []):
        return None
    match item.kind:
        case ItemKind.CHOICE:
            return _choice(item, value)
        case ItemKind.SEVERAL:
            return _several(item, value)
        case ItemKind.NUMBER | ItemKind.MONEY:
            return _number(item, value)
        case ItemKind.DATE:
            return _date(item, value)
        case ItemKind.TEXT:
            return _text(item, value)


def _choice(item: Item, value: Any) -> str:
    if not isinstance(value, str) or value not in item.choices:
        raise AnswerInvalid(field=field_of(item.code))
    return value


def _several(item: Item, value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise AnswerInvalid(field=field_of(item.code))
    chosen = {_choice(item, code) for code in value}
    if item.none_of_these in chosen and len(chosen) > 1:
        raise NoneOrSome(field=field_of(item.code), none=item.choices[item.none_of_these or ""])
    return [code for code in item.choices if code in chosen]


def _number(item: Item, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not item.low <= value <= item.high:
        raise AnswerInvalid(field=field_of(item.code))
    return value


def _date(item: Item, value: Any) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise AnswerInvalid(field=field_of(item.code)) from None
    return day.isoformat()


def _text(item: Item, value: Any) -> str | None:
    if not isinstance(value, str):
        raise AnswerInvalid(field=field_of(item.code))
    return value.strip()[:TEXT_MAX] or None


def say(item: Item, value: Any) -> str:
    """Return an answer in words; empty where there is none. A code of an older day reads as itself."""
    if value is None:
        return ""
    match item.kind:
        case ItemKind.SEVERAL:
            said = ", ".join(item.choices.get(code, str(code)) for code in value)
        case ItemKind.NUMBER:
            said = f"{value} {item.unit}".strip()
        case ItemKind.MONEY:
            said = format_cents(value)
        case ItemKind.DATE:
            said = format_date(date.fromisoformat(value), weekday=False, year=0)
        case _:
            said = item.choices.get(value, str(value))
    return said
