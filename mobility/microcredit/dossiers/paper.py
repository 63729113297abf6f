"""The dossier as the bank reads it: summary, project, budget, schedule, the adviser's opinion, the numbered pieces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mobility.accounts.queries import names_of
from mobility.core import pdf
from mobility.core.clock import day_of, format_date
from mobility.core.db import end_read, load
from mobility.core.money import format_cents
from mobility.desks.models import Desk
from mobility.documents import storage
from mobility.funding.queries import get_stack
from mobility.funding.rules import GONE, LINE_STATE_LABELS, PURPOSE_LABELS, SOURCE_LABELS, Source
from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import queries
from mobility.microcredit.dossiers.errors import DossierInvalid
from mobility.microcredit.dossiers.models import Budget, MicrocreditDossier
from mobility.microcredit.dossiers.standing import find_quote
from mobility.microcredit.paperwork.joining import join
from mobility.microcredit.rules.budget import (
    DEBTS_LABELS,
    EVERY_LABELS,
    ITEM_LABELS,
    SIDE_LABELS,
    WHOSE_LABELS,
    Side,
    side_of,
)
from mobility.microcredit.rules.offers import Quote, announced_percent
from mobility.microcredit.rules.states import Action
from mobility.microcredit.rules.words import percent_fr
from mobility.organisations.queries import organisation_names
from mobility.people.models import Person

TITLE = "Dossier de micro-crédit accompagné"


def content(dossier_id: int, *, now: datetime) -> dict[str, Any]:
    """Return what the paper says, as plain texts (some ten queries). Raises DossierInvalid, NotFound."""
    row = queries.get_dossier(dossier_id)
    person = load(Person, row.person_id)
    desk = load(Desk, person.desk_id)
    today = day_of(now)
    found = find_quote(row, on=today)
    if found is None:
        raise DossierInvalid("Ces conditions ne donnent pas de taux annuel : choisissez une autre offre.")
    budget = None if row.budget_id is None else load(Budget, row.budget_id)
    told = (
        None
        if budget is None
        else queries.tell(
            budget,
            on=today,
            desk_id=desk.id,
            schedule=found.rows,
            premiums=found.insurance_cents if found.required else (),
        )
    )
    bank = organisation_names([row.bank_id]).get(row.bank_id, "") if row.bank_id else ""
    adviser = names_of([row.adviser_id]).get(row.adviser_id, "") if row.adviser_id else ""
    return {
        "person": f"{person.first_name} {person.last_name}",
        "born": "" if person.born_on is None else format_date(person.born_on, weekday=False, year=0),
        "city": person.city or "",
        "bank": bank,
        "adviser": adviser,
        "desk": desk.name,
        "phone": desk.phone,
        "made": format_date(today, weekday=False, year=0),
        "asked": _asked(row, found),
        "legal": room.legal_sentence(on=today),
        "project": _project(row),
        "budget": None if told is None else _budget(told),
        "opinion": row.opinion,
        "committee": _committee(row),
        "schedule": _schedule(found),
    }


def _committee(row: MicrocreditDossier) -> str:
    """Return what our committee said, where the agreement wanted its word (one query)."""
    if row.committee_on is None:
        return ""
    day = format_date(row.committee_on, weekday=False, year=0)
    said = [one.words for one in queries.log_of(row.id) if one.action is Action.COMMITTEE_YES]
    return f"Avis favorable le {day}." + (f"\n{said[-1]}" if said and said[-1] else "")


def _asked(row: MicrocreditDossier, found: Quote) -> list[list[str]]:
    """Return what is asked for and what it costs, insurance and fees with it."""
    insured = bool(found.insurance_total_cents)
    every = sorted(set(found.insurance_cents))
    premium = format_cents(every[-1]) if len(every) == 1 else f"{format_cents(every[-1])} au plus"
    lines = [
        ("Montant demandé", format_cents(row.amount_cents), True),
        ("Durée", f"{row.months} mois", True),
        ("Taux nominal", f"{percent_fr(found.rate_percent)} par an", True),
        ("TAEG", percent_fr(announced_percent(found)), True),
        ("Mensualité", format_cents(found.instalment_cents), True),
        ("Dernière mensualité", format_cents(found.last_cents), True),
        ("Assurance", f"{'exigée' if found.required else 'au choix'}, {premium} par mois", insured),
        ("Coût de l’assurance", format_cents(found.insurance_total_cents), insured),
        ("TAEA", percent_fr(found.taea_percent or Decimal(0)), insured),
        ("Mensualité avec l’assurance", format_cents(found.month_cents), found.required),
        ("Frais de dossier", format_cents(found.fee_cents), bool(found.fee_cents)),
        ("Coût des intérêts", format_cents(found.interest_cents), True),
        ("Coût total du crédit", format_cents(found.cost_cents), True),
        ("Total remboursé", format_cents(found.due_cents), True),
    ]
    return [[label, value] for label, value, said in lines if said]


def _schedule(found: Quote) -> dict[str, Any]:
    """Return the schedule as a table: a column for the insurance where there is one, and for what is paid with it."""
    insured = bool(found.insurance_total_cents)
    heads = ["N°", "Mensualité", "Capital", "Intérêts", "Reste dû"]
    rows = [
        [str(one.number), *map(format_cents, (one.payment_cents, one.capital_cents, one.interest_cents, one.balance_cents))]
        for one in found.rows
    ]  # fmt: skip
    if insured:
        heads += ["Assurance"] + (["À payer"] if found.required else [])
        for cells, premium, paid in zip(rows, found.insurance_cents, found.payments_cents, strict=True):
            cells.extend([format_cents(premium)] + ([format_cents(paid)] if found.required else []))
    notes = []
    if found.fee_cents:
        notes.append(f"Frais de dossier : {format_cents(found.fee_cents)}, payés au versement.")
    if insured and not found.required:
        notes.append("L’assurance est au choix : elle n’est pas dans le TAEG ni dans le coût total.")
    return {"heads": heads, "rows": rows, "notes": notes}


def _project(row: MicrocreditDossier) -> dict[str, Any]:
    stack = get_stack(row.project_id)
    return {
        "title": stack.project.title,
        "purpose": PURPOSE_LABELS[stack.project.purpose],
        "cost": format_cents(stack.project.amount_cents),
        "missing": format_cents(stack.totals.missing) if stack.totals.missing else "",
        "lines": [
            [
                line.label or SOURCE_LABELS[line.source],
                format_cents(line.amount_cents),
                "Demandé ici" if line.source is Source.MICROCREDIT else LINE_STATE_LABELS[line.state],
            ]
            for line in stack.lines
            if line.state not in GONE
        ],
        "quotes": [
            [
                f"{quote.seller}{', ' if quote.label else ''}{quote.label}{' (prix à obtenir)' if quote.target else ''}",
                format_cents(quote.amount_cents),
            ]
            for quote in stack.quotes
            if quote.chosen
        ],
    }


def _budget(told: queries.Told) -> dict[str, Any]:
    def of(side: Side) -> list[list[str]]:
        return [
            [f"{ITEM_LABELS[one.kind]} ({WHOSE_LABELS[one.whose]})", f"{format_cents(one.amount_cents)} {EVERY_LABELS[one.every]}"]
            for one in told.rows
            if side_of(one.kind) is side
        ]  # fmt: skip

    household = [f"{1 + told.household.others} personne(s) de 14 ans ou plus"]
    if told.household.children:
        household.append(f"{told.household.children} enfant(s) de moins de 14 ans")
    return {
        "household": ", ".join(household),
        "debts": DEBTS_LABELS[told.budget.debts],
        "file": {True: "oui", False: "non", None: "non demandé"}[told.budget.in_file],
        "sides": [{"title": SIDE_LABELS[side], "rows": of(side)} for side in Side],
        "cost": [[part.label, format_cents(part.cents), part.sentence] for part in told.cost],
        "figures": [[one.label, one.now, one.after, one.sentence] for one in told.said],
    }


@contextmanager
def made(dossier_id: int, *, now: datetime) -> Iterator[Path]:
    """Make the paper with every piece behind it, outside of any transaction; give its file, gone at the end unless adopted.

    Takes seconds, and a process of its own. Raises StepNotReady, NotFound, PaperNotMade.
    """
    joined = join(queries.get_dossier(dossier_id), on=day_of(now))
    data = {**content(dossier_id, now=now), "pieces": joined.pieces, "not_needed": joined.not_needed}
    end_read()
    title = f"{TITLE} – {data['person']}"
    with TemporaryDirectory(dir=storage.workshop()) as folder:
        target = Path(folder) / "dossier.pdf"
        pdf.render_apart("microcredit_dossier", data, title=title, now=now, files=joined.files, target=target)
        yield target
