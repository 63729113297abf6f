"""What the person has agreed that the prescriber is told."""

from __future__ import annotations

from sqlalchemy import select

from mobility.core.db import db
from mobility.people.kinds import ConsentKind
from mobility.people.models import Person, PersonConsent
from mobility.prescriptions.models import Prescription


def may_tell_details(row: Prescription) -> bool:
    """Tell whether the prescriber may know more than « reçue, commencée, terminée ».

    Once there is a file, its own consents decide: what was agreed to at first may have been taken back.
    """
    return row.shares_back if row.person_id is None else person_shares(row.person_id)


def person_shares(person_id: int) -> bool:
    """Tell whether the person of a file agrees now that whoever sent them knows more; never a protected one."""
    agreed = select(PersonConsent.id).where(
        PersonConsent.person_id == Person.id,
        PersonConsent.kind == ConsentKind.SHARE_WITH_PRESCRIBER,
        PersonConsent.withdrawn_at.is_(None),
    )
    return bool(
        db.session.scalar(
            select(Person.id).where(
                Person.id == person_id,
                Person.protected.is_(False),
                Person.restricted_at.is_(None),
                Person.erased_at.is_(None),
                agreed.exists(),
            )
        )
    )
