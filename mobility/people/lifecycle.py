"""A person's life, for the rooms: what merges, what is exported, what vanishes, how long it must stay.

Each room that keeps rows about persons writes a ``lifecycle.py`` with one ``Part`` and registers it in
its ``room.py``::

    lifecycle.register(Part(room="loans", merge=merge, export=export, erase=erase, keep_until=keep_until))

Everything runs inside the caller's transaction; a part opens none of its own that would commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Export:
    """What one room holds about a person, for the person: rows of plain values under a French title.

    Third parties are masked by the room (``mask_name``): initials instead of names, no contact.
    ``columns`` maps each key of the rows to its French heading.
    """

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]


def _nothing_to_merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    return None


def _nothing_to_export(*, person_id: int) -> Iterable[Export]:
    return ()


def _nothing_to_erase(*, person_id: int, now: datetime) -> None:
    return None


def _no_clock(*, person_id: int, on: date) -> date | None:
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """What one room answers.

    ``merge`` makes the rows of ``merged_id`` those of ``kept_id`` (an append-only table leaves them and
    reads ``people.queries.family_ids``). ``erase`` takes the identity and every free text, and keeps
    counts, amounts, dates and states. ``keep_until`` gives the date until which the room must keep
    identified evidence about the person, or None.
    """

    room: str
    merge: Callable[..., None] = field(default=_nothing_to_merge)
    export: Callable[..., Iterable[Export]] = field(default=_nothing_to_export)
    erase: Callable[..., None] = field(default=_nothing_to_erase)
    keep_until: Callable[..., date | None] = field(default=_no_clock)


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
    claims = [part.keep_until(person_id=person_id, on=on) for part in parts()]
    return max((claim for claim in claims if claim is not None), default=None)
