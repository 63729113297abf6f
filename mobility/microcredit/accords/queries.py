"""Reading agreements; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from mobility.core.db import db, load
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.rules.accords import AccordState
from mobility.people.models import Person


def get_accord(accord_id: int) -> CreditAccord:
    """Return an agreement. Raises NotFound."""
    return load(CreditAccord, accord_id)


def find_accord(accord_id: int) -> CreditAccord | None:
    """Return an agreement, or None (one query)."""
    return db.session.get(CreditAccord, accord_id)


def accords_of(dossier_id: int) -> Sequence[CreditAccord]:
    """Return the agreements of a loan, the newest first (one query)."""
    return db.session.scalars(
        select(CreditAccord).where(CreditAccord.dossier_id == dossier_id).order_by(CreditAccord.number.desc())
    ).all()


def waiting_of(dossier_id: int) -> CreditAccord | None:
    """Return the agreement that waits for a signature or for the bank, or None (one query)."""
    return db.session.scalars(
        select(CreditAccord).where(CreditAccord.dossier_id == dossier_id, CreditAccord.state == AccordState.WAITING)
    ).first()


def waiting_of_person(person_id: int) -> CreditAccord | None:
    """Return the newest agreement that a person has to read and sign, or has just signed; or None (one query)."""
    return db.session.scalars(
        select(CreditAccord)
        .join(MicrocreditDossier, MicrocreditDossier.id == CreditAccord.dossier_id)
        .where(
            MicrocreditDossier.person_id == person_id,
            CreditAccord.state.in_([AccordState.WAITING, AccordState.IN_FORCE]),
            CreditAccord.erased_at.is_(None),
        )
        .order_by(CreditAccord.id.desc())
        .limit(1)
    ).first()


def person_of_accord(accord_id: int) -> int | None:
    """Return whose agreement it is, or None (one query)."""
    return db.session.scalar(
        select(MicrocreditDossier.person_id)
        .join(CreditAccord, CreditAccord.dossier_id == MicrocreditDossier.id)
        .where(CreditAccord.id == accord_id)
    )


def next_number(dossier_id: int) -> int:
    """Return the number of the next agreement of a loan (one query)."""
    last = db.session.scalar(select(func.max(CreditAccord.number)).where(CreditAccord.dossier_id == dossier_id))
    return (last or 0) + 1


def owner_of(row: CreditAccord) -> Person:
    """Return whose agreement it is (two queries at most)."""
    return load(Person, load(MicrocreditDossier, row.dossier_id).person_id)
