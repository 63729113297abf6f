"""Freezing a count: what was counted, how, by whom and when, with a sum that tells any change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import transaction
from mobility.core.retry import retried
from mobility.organisations.queries import get_agreement
from mobility.participation import parameters, words
from mobility.participation.models import CountSnapshot
from mobility.participation.queries import Wanted, count_people
from mobility.participation.rules.counts import DEFINITIONS, Measure, check_span, shown
from mobility.participation.rules.exits import Outcome


def positive_of(wanted: Wanted, *, now: datetime) -> frozenset[Outcome]:
    """Return what is a positive exit for this count: the definition of the operation's funder where one is asked for."""
    funder = None if wanted.operation_id is None else get_agreement(wanted.operation_id).organisation_id
    return parameters.positive_outcomes(on=min(wanted.last_on, day_of(now)), organisation_id=funder)


@retried
def freeze(*, wanted: Wanted, actor_id: int | None, now: datetime) -> int:
    """Count, and keep the count for good. Returns its id. Raises PeriodImpossible, NotFound (the operation)."""
    check_span(wanted.first_on, wanted.last_on)
    with transaction() as session:
        positive = positive_of(wanted, now=now)
        table = count_people(wanted, positive=positive)
        filters: dict[str, Any] = {
            "first_on": wanted.first_on.isoformat(),
            "last_on": wanted.last_on.isoformat(),
            "by": wanted.by.value,
            "desk_ids": None if wanted.desk_ids is None else sorted(wanted.desk_ids),
            "operation_id": wanted.operation_id,
            "positive": sorted(outcome.value for outcome in positive),
            "definitions": DEFINITIONS,
        }
        content: dict[str, Any] = {
            "measures": [measure.value for measure in Measure],
            "lines": [{"label": label, "counts": list(shown(line))} for label, line in table.lines],
            "total": list(shown(table.total)),
        }
        only = next(iter(wanted.desk_ids)) if wanted.desk_ids is not None and len(wanted.desk_ids) == 1 else None
        row = CountSnapshot(
            desk_id=only,
            first_on=wanted.first_on,
            last_on=wanted.last_on,
            filters=filters,
            content=content,
            sha256=sum_of(filters, content),
            taken_at=now,
            taken_by_id=actor_id,
        )
        session.add(row)
        session.flush()
        audit.record(
            actor_id=actor_id,
            action=words.FROZEN,
            subject_kind=words.SNAPSHOT,
            subject_id=row.id,
            now=now,
            changes={"sha256": (None, row.sha256)},
        )
        return row.id


def sum_of(filters: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a count, the same for the same content."""
    whole = json.dumps({"filters": filters, "content": content}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(whole.encode("utf-8")).hexdigest()


def is_whole(row: CountSnapshot) -> bool:
    """Tell whether a frozen count is what it was."""
    return row.sha256 == sum_of(row.filters, row.content)
