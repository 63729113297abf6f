"""Who stands behind a phone, a mailbox or a card: the answers to the questions of sign-in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from mobility.accounts.hooks import Candidate
from mobility.core.db import db
from mobility.notifications.kinds import Holder
from mobility.notifications.models import ContactPoint
from mobility.people.cards import read_code
from mobility.people.models import Person
from mobility.people.services.contacts import card_hash, secret_matches

# A phone that others answer too: their code alone must not open somebody's file.
ASKS_SECRET = frozenset({Holder.SHARED, Holder.RELATIVE, Holder.PROFESSIONAL})


def _candidate(person: Person, *, needs_second_secret: bool) -> Candidate:
    return Candidate(
        person_id=person.id,
        recipient_id=person.recipient_id,
        display_name=f"{person.first_name} {person.last_name}",
        needs_second_secret=needs_second_secret,
    )


class PeopleDirectory:
    """Answers ``accounts.hooks.Directory`` from the files of living, unmerged people."""

    def by_contact_points(self, contact_point_ids: Sequence[int]) -> list[Candidate]:
        """Return the people behind contact points, oldest file first.

        A phone shared in a file, or standing in several files, asks for the second secret.
        """
        rows = db.session.execute(
            select(Person, ContactPoint.holder)
            .join(ContactPoint, ContactPoint.recipient_id == Person.recipient_id)
            .where(
                ContactPoint.id.in_(list(contact_point_ids)),
                ContactPoint.archived_at.is_(None),
                Person.erased_at.is_(None),
                Person.merged_into_id.is_(None),
            )
            .order_by(Person.id, ContactPoint.id)
        ).all()
        shared = {person.id for person, holder in rows if holder in ASKS_SECRET}
        people = {person.id: person for person, _holder in rows}
        return [
            _candidate(person, needs_second_secret=person.id in shared or len(people) > 1) for person in people.values()
        ]

    def by_card(self, code: str) -> Candidate | None:
        """Return whose paper card this is. A card may be found by anybody, so it always asks for the secret."""
        read = read_code(code)
        if read is None:
            return None
        person = db.session.scalar(
            select(Person).where(
                Person.card_code_hash == card_hash(read), Person.erased_at.is_(None), Person.merged_into_id.is_(None)
            )
        )
        return None if person is None else _candidate(person, needs_second_secret=True)

    def second_secret_matches(self, person_id: int, secret: str) -> bool:
        """Tell whether this is the person's own secret; False where none was chosen."""
        stored = db.session.scalar(select(func.max(Person.second_secret_hash)).where(Person.id == person_id))
        return secret_matches(stored, secret)
