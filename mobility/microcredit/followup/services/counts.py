"""Freezing indicators: what was counted, small numbers hidden, with a sum that tells any change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mobility.accounts import audit
from mobility.core.db import transaction
from mobility.microcredit import parameters as room
from mobility.microcredit.followup.counting import Wanted, count
from mobility.microcredit.followup.models import CreditCount
from mobility.microcredit.rules.indicators import DEFINITIONS, Figure
from mobility.microcredit.rules.motives import label_of
from mobility.participation.rules.counts import check_span

SUBJECT = "credit_count"


def content_of(wanted: Wanted, *, small: int) -> dict[str, Any]:
    """Count, and return the table as it is kept and exported. Raises PeriodImpossible."""
    check_span(wanted.first_on, wanted.last_on)
    listed = room.motives(on=wanted.last_on)
    counted = count(wanted, small=small, motives=[one.code for one in listed])
    table, names, motives = counted.table, counted.names, counted.motives
    columns = list(Figure)
    return {
        "definitions": DEFINITIONS,
        "axis": wanted.axis.value,
        "small": small,
        "figures": [figure.value for figure in columns],
        "lines": [
            {"label": names.get(key, key), "numbers": None if line is None else [line[figure] for figure in columns]}
            for key, line in table.lines
        ],
        "total": None if table.total is None else [table.total[figure] for figure in columns],
        "motives": {
            "columns": [label_of(code, listed) for code in motives.codes],
            "lines": [
                {"label": names.get(key, key), "numbers": None if numbers is None else list(numbers)}
                for key, numbers in motives.lines
            ],
            "total": None if motives.total is None else list(motives.total),
        },
    }


def freeze(*, wanted: Wanted, small: int, actor_id: int | None, now: datetime) -> int:
    """Count, and keep the count for good; return its id. Raises PeriodImpossible."""
    with transaction() as session:
        content = content_of(wanted, small=small)
        only = next(iter(wanted.desk_ids)) if wanted.desk_ids is not None and len(wanted.desk_ids) == 1 else None
        row = CreditCount(
            desk_id=only,
            first_on=wanted.first_on,
            last_on=wanted.last_on,
            content=content,
            sha256=sum_of(content),
            taken_at=now,
            taken_by_id=actor_id,
        )
        session.add(row)
        session.flush()
        audit.record(
            actor_id=actor_id,
            action="credit_count.frozen",
            subject_kind=SUBJECT,
            subject_id=row.id,
            now=now,
            changes={"sha256": (None, row.sha256)},
        )
        return row.id


def sum_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a count, the same for the same content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()
