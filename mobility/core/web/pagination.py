"""Pages of a list, cut on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import Select, func, select

from mobility.core.db import db

T = TypeVar("T")
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its rows, its number from 1, the size and the total."""

    rows: Sequence[T]
    number: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least 1."""
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        """Return the rank of the first row, from 1; 0 for an empty list."""
        return (self.number - 1) * self.per_page + 1 if self.total else 0

    @property
    def last(self) -> int:
        """Return the rank of the last row shown."""
        return min(self.number * self.per_page, self.total)


def page_number() -> int:
    """Return the page that the request asks for; 1 for anything unreadable."""
    return max(1, min(request.args.get("page", 1, type=int) or 1, 100_000))


def paginate(query: Select[Any], *, number: int, per_page: int = PER_PAGE, scalars: bool = True) -> Page[Any]:
    """Run the query for one page, in two queries (the count and the rows)."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(number, max(1, -(-total // per_page)))
    result = db.session.execute(query.limit(per_page).offset((number - 1) * per_page))
    rows = result.scalars().all() if scalars else result.all()
    return Page(rows, number, per_page, total)
