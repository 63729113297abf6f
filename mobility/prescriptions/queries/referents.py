"""The professionals outside of the platform who follow a person too."""

from __future__ import annotations

from sqlalchemy import select

from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.prescriptions.models import OutsideReferent
from mobility.prescriptions.rules.referents import Sees


def list_referents(person_id: int, *, with_ended: bool = False) -> list[OutsideReferent]:
    """Return the referents of a person, the latest first; one query."""
    query = select(OutsideReferent).where(OutsideReferent.person_id == person_id, OutsideReferent.erased_at.is_(None))
    if not with_ended:
        query = query.where(OutsideReferent.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(OutsideReferent.ended_at.is_not(None), OutsideReferent.id.desc())))


def get_referent(referent_id: int, *, person_id: int) -> OutsideReferent:
    """Return a standing referent of that person. Raises NotFound."""
    row = load(OutsideReferent, referent_id)
    if row.person_id != person_id or row.ended_at is not None:
        raise NotFound(f"outside referent {referent_id}")
    return row


def told_of(person_id: int) -> list[OutsideReferent]:
    """Return the referents of a person who are told something; one query."""
    return [row for row in list_referents(person_id) if row.sees is not Sees.NOTHING]
