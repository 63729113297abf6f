"""Files that were merged: which one stands, and which ones it has taken in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.people.models import Person, display_name


def family_ids(person_id: int) -> tuple[int, ...]:
    """Return the id and those of the files merged into it, over generations. One query."""
    family = select(Person.id).where(Person.id == person_id).cte("family", recursive=True)
    family = family.union(select(Person.id).where(Person.merged_into_id == family.c.id))
    return tuple(db.session.scalars(select(family.c.id).order_by(family.c.id)))


def current_id(person_id: int) -> int:
    """Return the file that stands for this one today: itself, or what it was merged into. Raises NotFound."""
    if not 0 <= person_id < 2**31:
        raise NotFound("person")
    chain = select(Person.id, Person.merged_into_id).where(Person.id == person_id).cte("chain", recursive=True)
    parent = select(Person.id, Person.merged_into_id).join(chain, Person.id == chain.c.merged_into_id)
    chain = chain.union(parent)
    standing = db.session.scalar(select(chain.c.id).where(chain.c.merged_into_id.is_(None)))
    if standing is None:
        raise NotFound("person")
    return int(standing)


def names_of(person_ids: Iterable[int]) -> Mapping[int, str]:
    """Return the names of many persons by id, in one query; unknown ids are left out."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(Person.id, Person.first_name, Person.last_name).where(Person.id.in_(wanted)))
    return {row.id: display_name(row.id, row.first_name, row.last_name) for row in rows}
