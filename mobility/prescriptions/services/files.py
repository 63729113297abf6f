"""A prescription is accepted: the person's file is made, or the one that is there is linked."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from mobility.agenda.services import letters
from mobility.core.db import load, transaction
from mobility.core.retry import retried
from mobility.documents import services as documents
from mobility.geo.geocoding import Place
from mobility.notifications.kinds import Channel
from mobility.notifications.models import OutboxMessage
from mobility.people import services as people
from mobility.people.duplicates import Facts
from mobility.people.errors import ConsentStands, NoteClosed
from mobility.people.kinds import ConsentKind, ConsentManner
from mobility.people.models import Person
from mobility.people.queries.duplicates import Match, Scope, find_duplicates
from mobility.people.queries.family import current_id
from mobility.prescriptions.errors import FileChoiceNeeded, FileUnknown
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.meetings import prescriber_type
from mobility.prescriptions.rules.states import PRESCRIPTIONS, Action, State
from mobility.prescriptions.services.common import hold, move, received_on, tell_person, tell_step
from mobility.prescriptions.services.inbox import take_if_free
from mobility.prescriptions.services.intake import OWNER
from mobility.prescriptions.services.meetings import tie_known
from mobility.prescriptions.words import SUBJECT


def facts_of(row: Prescription) -> Facts:
    """Return what the prescription tells of the person, to compare with files."""
    return Facts(
        first_name=row.first_name,
        last_name=row.last_name,
        born_on=row.born_on,
        phones=frozenset([row.phone] if row.phone else ()),
        emails=frozenset([row.email.lower()] if row.email else ()),
    )


def matches_of(row: Prescription, *, scope: Scope | None) -> list[Match]:
    """Return the files that look like the person; of others' only the desk is told. Two queries."""
    return find_duplicates(facts_of(row), scope=scope) if row.erased_at is None else []


@retried
def accept(
    *,
    prescription_id: int,
    actor_id: int,
    now: datetime,
    scope: Scope,
    person_id: int | None = None,
    new_file: bool = False,
    place: Place | None = None,
    version: int | None = None,
) -> int:
    """Accept: link the file ``person_id``, or open a new one; return the file's id.

    Without a choice a new file is opened only where none looks like the person. ``scope`` is what the actor may
    open: of a linked file, no more is taken than what it lacks. Raises FileChoiceNeeded, FileUnknown,
    ForbiddenTransition.
    """
    with transaction() as session:
        row = hold(prescription_id, version=version)
        take_if_free(session, row, actor_id=actor_id, now=now)
        if row.state is State.WAITING_INFO:
            move(session, row, Action.RESUME, actor_id=actor_id, now=now)
        PRESCRIPTIONS.after(row.state, Action.ACCEPT)
        if person_id is not None:
            row.person_id = _linked(row, person_id, scope=scope)
        else:
            if not new_file and any(match.score.shown for match in matches_of(row, scope=scope)):
                raise FileChoiceNeeded
            row.person_id = _opened(row, actor_id=actor_id, place=place, now=now)
        _give_messages(session, row)
        letters.give_to_person(subject=(SUBJECT, row.id), person_id=row.person_id)
        documents.give_to_person(owner_kind=OWNER, owner_id=row.id, person_id=row.person_id)
        _share(row, actor_id=actor_id, now=now)
        _give_contact(row, actor_id=actor_id, now=now)
        move(
            session,
            row,
            Action.ACCEPT,
            actor_id=actor_id,
            now=now,
            facts={"received_on": received_on(row), "new": person_id is None},
            note=_first_words(row),
        )
        tell_person(session, row, "prescription_accepted", key=f"accepted:{int(now.timestamp())}", now=now)
        tie_known(session, row, actor_id=actor_id, now=now)
        if row.state is State.ACCEPTED:
            may_book = prescriber_type(row) is not None
            detail = "acceptée. Fixez le premier rendez-vous avec la personne" if may_book else "acceptée"
            tell_step(session, row, detail, key=f"step:accepted:{int(now.timestamp())}", now=now)
        return row.person_id


def _give_messages(session: Session, row: Prescription) -> None:
    """Make the messages that were sent before there was a file part of it: whoever may not see it sees none."""
    if row.person_recipient_id is None:
        return
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.recipient_id == row.person_recipient_id, OutboxMessage.person_id.is_(None))
        .values(person_id=row.person_id)
        .execution_options(synchronize_session=False)
    )


def _linked(row: Prescription, person_id: int, *, scope: Scope) -> int:
    """Return the standing file, which must be open to the actor. What the file lacks of contacts is not added."""
    standing = current_id(person_id)
    person = load(Person, standing)
    known = scope.holds(desk_id=person.desk_id, referent_user_id=person.referent_user_id, protected=person.protected)
    seen = {match.person_id for match in matches_of(row, scope=scope) if match.visible}
    if person.erased_at is not None or not known or standing not in seen:
        raise FileUnknown
    return standing


def _opened(row: Prescription, *, actor_id: int, place: Place | None, now: datetime) -> int:
    identity = people.Identity(
        first_name=row.first_name,
        last_name=row.last_name,
        born_on=row.born_on or received_on(row),
        language=row.language,
    )
    # A discreet contact is added after: nothing on the subject may ever stand in a message to it.
    contacts: dict[str, Any] = {} if row.discreet else {"phone": row.phone, "email": row.email}
    assert row.desk_id is not None  # noqa: S101 - the database holds it for every state but the draft
    person_id = people.create_person(
        desk_id=row.desk_id,
        identity=identity,
        address=people.Address(street=row.street, insee_code=row.insee_code, place=place),
        referent_user_id=row.assignee_id,
        actor_id=actor_id,
        not_a_duplicate=True,
        now=now,
        **contacts,
    )
    if row.discreet:
        for channel, value in ((Channel.SMS, row.phone), (Channel.EMAIL, row.email)):
            if value:
                people.add_contact(
                    person_id=person_id, channel=channel, value=value, neutral=True, actor_id=actor_id, now=now
                )
    return person_id


def _share(row: Prescription, *, actor_id: int, now: datetime) -> None:
    """Keep in the file that the prescriber may be told more."""
    if not row.shares_back or row.person_id is None:
        return
    try:
        people.give_consent(
            person_id=row.person_id,
            kind=ConsentKind.SHARE_WITH_PRESCRIBER,
            manner=row.consent_manner or ConsentManner.SPOKEN,
            actor_id=actor_id,
            now=now,
        )
    except ConsentStands:
        return


def _give_contact(row: Prescription, *, actor_id: int, now: datetime) -> None:
    """Put the call or visit that it was made from into the file."""
    if row.contact_note_id is not None and row.person_id is not None:
        with suppress(NoteClosed):  # it is in a file already, or erased
            people.attach_note(note_id=row.contact_note_id, person_id=row.person_id, actor_id=actor_id, now=now)


def _first_words(row: Prescription) -> str:
    """Return what the journal keeps of why the person was sent."""
    return "\n\n".join(text for text in (row.need_text, row.constraints_text) if text)[:4000]
