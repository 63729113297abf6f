"""What users of other services write to our members, for the staff of their desk: read, answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from mobility.accounts.audit import record
from mobility.carpool.models import CarpoolMember, CarpoolMessage, CarpoolOperator
from mobility.carpool.rules.standard import user
from mobility.carpool.services.telling import name_of, names_of
from mobility.carpool.states import Side
from mobility.core.db import db, load, lock, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.core.text import clean_text
from mobility.people.models import Person

# The standard bears no more.
LONGEST = 500
MOST = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with the name of our member and of the other service."""

    row: CarpoolMessage
    member: str
    service: str


def list_letters(visible: ColumnElement[bool], *, waiting: bool = False, most: int = MOST) -> list[Letter]:
    """Return the messages to members whom the actor may see, the unread first, then the latest (two queries)."""
    query = (
        select(CarpoolMessage, CarpoolMember, CarpoolOperator.name)
        .join(CarpoolMember, CarpoolMember.id == CarpoolMessage.member_id)
        .join(CarpoolOperator, CarpoolOperator.id == CarpoolMessage.operator_id)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(visible, CarpoolMessage.text != "")
        .order_by(CarpoolMessage.read_at.is_not(None), CarpoolMessage.at.desc(), CarpoolMessage.id.desc())
        .limit(most)
    )
    if waiting:
        query = query.where(CarpoolMessage.read_at.is_(None))
    rows = db.session.execute(query).all()
    names = names_of([row[1] for row in rows])
    return [Letter(message, names[member.id], service) for message, member, service in rows]


def get_letter(message_id: int) -> Letter:
    """Return a message (three queries). Raises NotFound, for one that was erased too."""
    row = load(CarpoolMessage, message_id)
    if not row.text:
        raise NotFound("carpool_message")
    return Letter(row, name_of(load(CarpoolMember, row.member_id)), load(CarpoolOperator, row.operator_id).name)


@retried
def note_read(*, message_id: int, answer: str, actor_id: int, now: datetime) -> None:
    """Note that staff has seen a message, and answer it in the member's name; ``answer`` empty: nothing is to be said.

    The job ``carpool_tell_operators`` brings the answer to the other service. An answer that was given stays.
    """
    said = (clean_text(answer) or "")[:LONGEST]
    with transaction():
        row = lock(CarpoolMessage, message_id)
        if not row.text:
            raise NotFound("carpool_message")
        if row.answer:
            return
        row.read_at, row.read_by_id = row.read_at or now, row.read_by_id or actor_id
        if said:
            row.answer, row.to_tell, row.tell_at, row.tries = said, True, now, 0
        record(
            actor_id=actor_id, action="carpool.message_answered" if said else "carpool.message_read",
            subject_kind="carpool_message", subject_id=row.id, now=now,
            person_id=load(CarpoolMember, row.member_id).person_id,
        )  # fmt: skip


def body_of(
    row: CarpoolMessage, operator: CarpoolOperator, *, domain: str, public_id: str, booking: str | None
) -> dict[str, Any]:
    """Return an answer as the standard writes it: from our member, whom nothing names, to whoever wrote."""
    other = Side.PASSENGER if row.our_side is Side.DRIVER else Side.DRIVER
    return {
        "from": user(public_id, domain),
        "to": {"id": row.from_id, "operator": operator.domain, "alias": row.from_alias},
        "message": row.answer,
        "recipientCarpoolerType": other.name,
        **({"bookingId": booking} if booking else {}),
    }
