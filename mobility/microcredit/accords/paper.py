"""An agreement on paper, to be read, printed and signed by hand, or kept with its signatures: PDF."""

from __future__ import annotations

from typing import Any

from mobility.core import pdf
from mobility.core.clock import day_of, format_date, format_time, in_paris
from mobility.core.money import format_cents
from mobility.microcredit import parameters as room
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.accords.shown import Box, Shown, boxes_of, shown
from mobility.microcredit.rules.accords import KIND_LABELS
from mobility.microcredit.rules.rescheduling import Side
from mobility.microcredit.rules.words import percent_fr
from mobility.pathway.plan.rules.signature import HEIGHT, WIDTH, strokes_of


def render(row: CreditAccord, *, desk: str, phone: str) -> bytes:
    """Return the paper of an agreement that was not erased; the same row gives the same bytes."""
    said = shown(row)
    assert said is not None  # noqa: S101 - the pages answer that an erased one is gone
    title = KIND_LABELS[row.kind]
    data = {
        "kind": row.kind.value,
        "heading": title,
        "person": said.person,
        "bank": said.bank,
        "desk": desk,
        "phone": phone,
        "number": row.number,
        "made_on": format_date(day_of(row.laid_at), weekday=False, year=0),
        "sha256": row.sha256,
        "reason": row.reason,
        "arrears": format_cents(said.arrears_cents),
        "lines": [[format_date(one.due_on, year=0), format_cents(one.amount_cents)] for one in said.lines],
        "months": [
            [
                one.label,
                format_cents(one.current_cents),
                format_cents(one.arrears_cents),
                format_cents(one.paid_cents),
                "—" if one.left_cents is None else format_cents(one.left_cents),
            ]
            for one in said.months
        ],
        "sides": _sides(said),
        "bank_agreed": "" if row.bank_agreed_on is None else format_date(row.bank_agreed_on, weekday=False, year=0),
        "sentence": room.legal_sentence(on=day_of(row.laid_at)),
        "signatures": [_signature(one) for one in boxes_of(row)],
        "pad": [WIDTH, HEIGHT],
    }
    return pdf.render("credit_accord", data, title=f"{title} – {said.person}", now=row.laid_at)


def _sides(said: Shown) -> list[list[str]]:
    if said.old is None or said.new is None:
        return []

    def pair(label: str, name: str) -> list[str]:
        return [label, *(format_cents(getattr(side, name)) for side in (said.old, said.new))]

    def last(side: Side) -> str:
        return format_date(side.last_on, weekday=False, year=0)

    return [
        pair("Mensualité", "instalment_cents"),
        ["Nombre de mensualités", str(said.old.months), str(said.new.months)],
        ["Dernière mensualité", last(said.old), last(said.new)],
        pair("Total à payer", "total_cents"),
        pair("dont coût du crédit", "cost_cents"),
        ["TAEG", "—", percent_fr(said.apr)],
    ]


def _signature(box: Box) -> dict[str, Any]:
    given = box.signature
    if given is None:
        return {"label": box.label, "name": None, "quality": "", "when": "", "strokes": []}
    local = in_paris(given.at)
    when = f"Signé {given.where} le {format_date(local.date(), weekday=False, year=0)} à {format_time(local)}"
    return {
        "label": box.label,
        "name": given.name,
        "quality": given.quality,
        "when": when,
        "strokes": strokes_of(given.ink),
    }
