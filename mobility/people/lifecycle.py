"""A person's life, for the rooms: what merges, what is exported, what vanishes, how long it must stay.

Each room that keeps rows about persons writes a ``lifecycle.py`` with one ``Part`` and registers it in
its ``room.py``::

    lifecycle.register(Part(room="loans", merge=merge, export=export, erase=erase, keep_until=keep_until))

Everything runs inside the caller's transaction; a part opens none of its own that would commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Export:
    """What one room holds about a person, for the person: rows of plain values under a French title.

    Third parties are masked by the room (``mask_name``): initials instead of names, no contact.
    ``columns`` maps each key of the rows to its French heading.
    """

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]


class Merge(Protocol):
    """Make the rows of one file those of the other."""

    def __call__(self, *, kept_id: int, merged_id: int, now: datetime) -> None: ...


class Exporter(Protocol):
    """Give what the room holds about the person."""

    def __call__(self, *, person_id: int) -> Iterable[Export]: ...


class Erase(Protocol):
    """Erase the identity and every free text; called again on an erased file, change nothing."""

    def __call__(self, *, person_id: int, now: datetime) -> None: ...


class KeepUntil(Protocol):
    """Give the date until which identified evidence must stay, or None."""

    def __call__(self, *, person_id: int, on: date) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """What one room answers; None where the question does not concern it.

    ``merge``: an append-only table leaves its rows as they are and reads ``people.queries.family_ids``.
    ``erase``: counts, amounts, dates, states and ids stay. ``keep_until``: the longer clocks (loans,
    accounts); until then retention restricts the file instead of erasing it.
    """

    room: str
    merge: Merge | None = None
    export: Exporter | None = None
    erase: Erase | None = None
    keep_until: KeepUntil | None = None


_PARTS: dict[str, Part] = {}


def register(part: Part) -> None:
    """Add a room's part; a second one of the same room replaces it (several applications in one process)."""
    _PARTS[part.room] = part


def parts() -> tuple[Part, ...]:
    """Return every part, in the order of registration (the lower rooms first)."""
    return tuple(_PARTS.values())


def mask_name(name: str) -> str:
    """Return the initials of a third party: « Jeanne Martin » → « J. M. »."""
    return " ".join(f"{word[0].upper()}." for word in name.replace("-", " ").split() if word)


def longest_clock(*, person_id: int, on: date) -> date | None:
    """Return the latest date that any room claims, or None where nothing holds the file."""
    claims = [part.keep_until(person_id=person_id, on=on) for part in parts() if part.keep_until]
    return max((claim for claim in claims if claim is not None), default=None)
