"""The columns of a bank's file of payments, and how its cells are read. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from mobility.core import tables
from mobility.core.money import parse_euros
from mobility.core.text import clean_line
from mobility.microcredit.rules.statement import Told
from mobility.organisations.rules import search_key

ROWS_MAX = 500
COLUMNS = tables.Columns(
    headings={
        "reference": (
            "reference", "ref", "dossier", "reference du dossier", "numero de dossier", "no de dossier", "n de dossier",
            "pret", "numero de pret", "no de pret", "n de pret", "contrat", "numero de contrat", "n de contrat",
        ),
        "paid_on": ("date", "date de paiement", "date de reglement", "date d operation", "paye le", "regle le"),
        "amount": ("montant", "somme", "montant paye", "montant regle", "paye", "regle", "encaisse"),
        "operation": ("operation", "numero d operation", "no d operation", "n d operation", "identifiant", "id"),
    },
    titles={"reference": "Référence", "paid_on": "Date", "amount": "Montant", "operation": "Opération"},
    needed=("reference", "paid_on", "amount"),
    fold=search_key,
    rows_max=ROWS_MAX,
    no_line="Ce fichier n’a que sa première ligne. Ajoutez une ligne par paiement.",
)  # fmt: skip


def told(line: int, cells: Mapping[str, str]) -> Told:
    """Return what a line says."""
    try:
        cents = parse_euros(cells.get("amount", "").strip())
    except ValueError:
        cents = None
    return Told(
        line=line,
        reference=(clean_line(cells.get("reference")) or "")[:60],
        paid_on=tables.read_day(cells.get("paid_on", "")),
        cents=cents,
        operation=(clean_line(cells.get("operation")) or "")[:60],
    )
