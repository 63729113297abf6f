"""Which rows somebody sees: those of their desks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute

from mobility.core.web.access import ALL_DESKS


def in_desks(column: InstrumentedAttribute[Any], desk_ids: frozenset[int]) -> ColumnElement[bool]:
    """Return the condition that keeps a query within the desks (all of them for ``ALL_DESKS``)."""
    return true() if desk_ids is ALL_DESKS else column.in_(sorted(desk_ids))
