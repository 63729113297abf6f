"""What happens to the person's file elsewhere is followed: the prescriptions that stand go where the file goes."""

from __future__ import annotations

from sqlalchemy import select

from mobility.accounts.queries import staff_of_desks
from mobility.agenda.services import letters
from mobility.core.db import load, transaction
from mobility.desks.models import Desk
from mobility.people.hooks import DeskChanged
from mobility.people.models import Person
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import OPEN, Action
from mobility.prescriptions.services.common import log, tell_step
from mobility.prescriptions.words import SUBJECT


def follow_desk(event: DeskChanged) -> None:
    """Let the open prescriptions of a person follow their file to another desk. Joins the transaction.

    The person's new adviser has them, where they work there; the target stays, and the prescriber hears of it where the
    person agrees.
    """
    with transaction() as session:
        rows = session.scalars(
            select(Prescription)
            .where(
                Prescription.person_id == event.person_id,
                Prescription.state.in_(list(OPEN)),
                Prescription.desk_id == event.from_desk_id,
            )
            .order_by(Prescription.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        if not rows:
            return
        referent_id = load(Person, event.person_id).referent_user_id
        has_it = referent_id if referent_id in {user.id for user in staff_of_desks([event.to_desk_id])} else None
        for row in rows:
            before = row.desk_id, row.assignee_id
            row.desk_id, row.assignee_id, row.touched_at = event.to_desk_id, has_it, event.now
            row.transferred_from_id, row.transfer_note = event.from_desk_id, event.reason
            log(
                session,
                row,
                Action.FOLLOW_DESK,
                actor_id=event.actor_id,
                now=event.now,
                from_state=row.state,
                facts={"desk_id": event.to_desk_id, "from_desk_id": event.from_desk_id},
                changes={"desk_id": (before[0], row.desk_id), "assignee_id": (before[1], row.assignee_id)},
            )
            letters.give_to_desk(subject=(SUBJECT, row.id), desk_id=event.to_desk_id)
            detail = f"suivie maintenant par {session.get_one(Desk, event.to_desk_id).name}"
            tell_step(
                session, row, detail, key=f"step:desk:{event.to_desk_id}:{int(event.now.timestamp())}", now=event.now
            )
