"""A person's life in the ledger: nothing is ever changed; the accounts' own clock holds the file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mobility.core.clock import day_of
from mobility.ledger import parameters, queries
from mobility.ledger.rules import LABELS
from mobility.people import lifecycle


def export(*, person_id: int) -> Iterable[lifecycle.Export]:
    """Give the statement."""
    yield lifecycle.Export(
        title="Compte",
        columns={
            "at": "Date",
            "kind": "Nature",
            "label": "Libellé",
            "amount_cents": "Montant (centimes)",
            "owed_after_cents": "Reste à payer (centimes)",
            "deposit_after_cents": "Dépôt gardé (centimes)",
        },
        rows=[
            {
                "at": line.at,
                "kind": LABELS[line.kind],
                "label": line.label,
                "amount_cents": line.amount_cents,
                "owed_after_cents": line.owed_after_cents,
                "deposit_after_cents": line.deposit_after_cents,
            }
            for line in queries.get_statement(person_id)
        ],
    )


def keep_until(*, person_id: int, on: date) -> date | None:
    """Hold the file for the years that the setting asks for after its last entry."""
    last = queries.last_entry_at(person_id)
    if last is None:
        return None
    day = day_of(last)
    until = date(day.year + parameters.keep_years(on=on), day.month, 28 if (day.month, day.day) == (2, 29) else day.day)
    return until if until >= on else None


PART = lifecycle.Part(room="ledger", export=export, keep_until=keep_until)
