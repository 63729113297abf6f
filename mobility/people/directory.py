"""What sign-in asks: who stands behind a contact point or a paper card."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, select

from mobility.accounts.hooks import Candidate
from mobility.core.db import db
from mobility.notifications.kinds import Holder
from mobility.notifications.models import ContactPoint
from mobility.people import cards
from mobility.people.models import Person
from mobility.people.services.contacts import secret_matches


def _standing() -> ColumnElement[bool]:
    return and_(Person.erased_at.is_(None), Person.merged_into_id.is_(None), Person.restricted_at.is_(None))


class PeopleDirectory:
    """Answers for files that stand: neither erased, merged nor archived."""

    def by_contact_points(self, contact_point_ids: Sequence[int]) -> list[Candidate]:
        """Return the people behind contact points.

        Whoever holds somebody else's phone could read the code: such a contact asks for the second
        secret, and signs nobody in where there is none.
        """
        rows = db.session.execute(
            select(Person.id, Person.recipient_id, Person.first_name, Person.last_name, ContactPoint.holder)
            .join(ContactPoint, ContactPoint.recipient_id == Person.recipient_id)
            .where(ContactPoint.id.in_(contact_point_ids), ContactPoint.archived_at.is_(None), _standing())
            .order_by(Person.id)
        )
        return [
            Candidate(
                person_id=row.id,
                recipient_id=row.recipient_id,
                display_name=f"{row.first_name} {row.last_name}",
                needs_second_secret=row.holder is not Holder.SELF,
            )
            for row in rows
        ]

    def by_card(self, code: str) -> Candidate | None:
        """Return whose paper card bears the code, or None."""
        read = cards.read_code(code)
        if read is None:
            return None
        person = db.session.scalar(select(Person).where(Person.card_code_hash == cards.card_hash(read), _standing()))
        if person is None:
            return None
        return Candidate(
            person_id=person.id,
            recipient_id=person.recipient_id,
            display_name=person.full_name,
            needs_second_secret=True,
        )

    def names_of(self, person_ids: Collection[int]) -> dict[int, str]:
        """Return the names of files by id, in one query; those without a name any more are left out."""
        rows = db.session.execute(
            select(Person.id, Person.first_name, Person.last_name).where(
                Person.id.in_(list(person_ids)), Person.erased_at.is_(None)
            )
        )
        return {row.id: f"{row.first_name} {row.last_name}" for row in rows}

    def second_secret_matches(self, person_id: int, secret: str) -> bool:
        """Tell whether this is the person's own secret."""
        stored = db.session.scalar(select(Person.second_secret_hash).where(Person.id == person_id, _standing()))
        return secret_matches(stored, secret)
