"""How entries read in French: every room declares its kinds. Pure.

A label is a ``%``-template over the facts of the entry: « Aide prolongée jusqu’au %(until_on)s ». The
suffix of a fact says how it is shown: ``_on`` a date, ``_at`` an instant, ``_cents`` an amount,
``_km`` a distance. Facts are ids, codes, numbers and dates only: words go into the note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mobility.core.clock import format_date, format_instant
from mobility.core.money import format_cents

# A code: no spaces, so that no sentence and no name with its first name ever lies in the facts.
_CODE = re.compile(r"[\w.:+/×-]{0,64}")
_PLACE = re.compile(r"%\((\w+)\)s")
_KIND = re.compile(r"[a-z_]+\.[a-z_]+")


@dataclass(frozen=True)
class Kind:
    """One kind of entry."""

    kind: str
    label_template: str
    icon: str


_KINDS: dict[str, Kind] = {}


def declare(kind: str, label_template: str, icon: str) -> None:
    """Declare how a kind reads; ``kind`` is « room.act ». Raises ValueError for another form."""
    if not _KIND.fullmatch(kind) or len(kind) > 60:
        raise ValueError(f"a kind is written room.act: {kind!r}")
    _KINDS[kind] = Kind(kind, label_template, icon)


def is_declared(kind: str) -> bool:
    """Tell whether some room has declared the kind."""
    return kind in _KINDS


def declared() -> tuple[Kind, ...]:
    """Return every kind."""
    return tuple(_KINDS.values())


def clean_facts(facts: Mapping[str, object] | None) -> dict[str, Any]:
    """Return the facts as JSON: dates become ISO texts. Raises ValueError for free text."""
    return {str(name): _clean(str(name), value) for name, value in (facts or {}).items()}


def _clean(name: str, value: object) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(name, item) for item in value]
    if isinstance(value, str) and _CODE.fullmatch(value):
        return str(value)
    raise ValueError(f"the fact {name} is no id, code, number or date; words go into the note")


def say(kind: str, facts: Mapping[str, Any], *, year: int | None = None) -> tuple[str, str]:
    """Return (French label, icon) of an entry; a kind that no room declares any more still reads."""
    known = _KINDS.get(kind)
    if known is None:
        return "Événement enregistré", "dot"
    return _PLACE.sub(lambda place: _show(place[1], facts.get(place[1]), year), known.label_template), known.icon


def _show(name: str, value: Any, year: int | None) -> str:
    if value is None:
        return "—"
    shown = _SUFFIXES.get(name.rpartition("_")[2])
    if shown is not None:
        try:
            return shown(value, year)
        except (TypeError, ValueError):
            return str(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_SUFFIXES: dict[str, Callable[[Any, int | None], str]] = {
    "on": lambda value, year: format_date(date.fromisoformat(value), year=year),
    "at": lambda value, year: format_instant(datetime.fromisoformat(value), year=year),
    "cents": lambda value, _year: format_cents(int(value)),
    "km": lambda value, _year: f"{int(value)}\u00a0km",
}
