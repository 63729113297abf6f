"""Values of parameters, past ones included, which the services refuse to write."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from mobility.core.db import transaction
from mobility.parameters.models import ParameterValue


def make_value(
    key: str,
    kept: Any,
    *,
    valid_from_on: date = date(2026, 1, 1),
    desk_id: int | None = None,
    organisation_id: int | None = None,
    author_id: int | None = None,
) -> ParameterValue:
    """A value in its JSON form, from a day on."""
    with transaction() as session:
        row = ParameterValue(
            key=key,
            value=kept,
            valid_from_on=valid_from_on,
            desk_id=desk_id,
            organisation_id=organisation_id,
            author_id=author_id,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        session.add(row)
        session.flush()
        return row
