"""A person's life in the journal: nothing moves in a merge, notes are emptied by an erasure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from mobility.core import clock
from mobility.journal import queries, services
from mobility.people import lifecycle

EXPORT_LIMIT = 100_000


def export(*, person_id: int) -> Iterable[lifecycle.Export]:
    """Give every entry, with the note and the masked name of whoever wrote it."""
    entries = queries.list_entries(person_id=person_id, limit=EXPORT_LIMIT, now=clock.now())
    yield lifecycle.Export(
        title="Historique",
        columns={"at": "Date", "label": "Événement", "note": "Note", "actor": "Noté par"},
        rows=[
            {
                "at": entry.at,
                "label": entry.label,
                "note": entry.note or "",
                "actor": lifecycle.mask_name(entry.actor_name or ""),
            }
            for entry in reversed(entries)
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:
    """Empty the notes; ids, codes, numbers and dates stay."""
    services.erase_notes(person_id=person_id, now=now)


PART = lifecycle.Part(room="journal", export=export, erase=erase)
