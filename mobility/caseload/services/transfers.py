"""Another adviser, another desk: one file, one history, everybody told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.models import User
from mobility.accounts.queries import staff_of_desks
from mobility.agenda import services as agenda
from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import AttendanceState, MeetingKind
from mobility.caseload import words
from mobility.caseload.errors import AdviserUnfit, ReasonMissing, ReferentMoved, SameDesk
from mobility.caseload.models import DeskMove
from mobility.caseload.rules import REASON_LENGTH, Coming
from mobility.caseload.services.handover import write_handover
from mobility.core.db import load, transaction
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.people import services as people
from mobility.people.hooks import DeskChanged
from mobility.people.models import Person, PersonStaff
from mobility.people.services.common import assign, lock_living

CANCEL_REASON = "Vous changez d’antenne : choisissez une nouvelle date."


def note_desk_move(event: DeskChanged) -> None:
    """Keep from which desk to which a file went, and when (listens to ``people.hooks``)."""
    with transaction() as session:
        session.add(
            DeskMove(
                person_id=event.person_id,
                from_desk_id=event.from_desk_id,
                to_desk_id=event.to_desk_id,
                reason=event.reason[:REASON_LENGTH],
                moved_by_id=event.actor_id,
                moved_at=event.now,
            )
        )
        session.flush()
        _journal(event.person_id, words.MOVED_DESK, event.actor_id, event.now, desk_id=event.to_desk_id)


@retried
def transfer(
    *,
    person_id: int,
    desk_id: int,
    referent_user_id: int,
    reason: str | None,
    coming: Coming,
    actor_id: int | None,
    now: datetime,
    note: str | None = None,
    version: int | None = None,
) -> None:
    """Give a person to another desk (or adviser): one act, with what their appointments ahead become.

    Raises SameDesk, ReasonMissing, AdviserUnfit, StaleVersion, FileErased, FileMerged, NotFound.
    """
    why = (reason or "").strip()[:REASON_LENGTH]
    with transaction() as session:
        person = lock_living(person_id)
        before_desk, before = person.desk_id, person.referent_user_id
        if (before_desk, before) == (desk_id, referent_user_id):
            raise SameDesk
        if before_desk != desk_id and not why:
            raise ReasonMissing
        _check_adviser(session, person, desk_id, referent_user_id)
        people.set_follow_up(
            person_id=person_id,
            desk_id=desk_id,
            referent_user_id=referent_user_id,
            version=version,
            actor_id=actor_id,
            now=now,
            reason=why,
        )
        if before != referent_user_id:
            _journal(person_id, words.REFERENT, actor_id, now, user_id=referent_user_id)
        if (note or "").strip():
            write_handover(person_id=person_id, to_user_id=referent_user_id, text=note, actor_id=actor_id, now=now)
        if coming is Coming.INVITE and before_desk != desk_id:
            _invite_anew(session, person_id, desk_id, actor_id=actor_id, now=now)
        _tell(session, person, before, referent_user_id, now=now)


@retried
def reassign(*, person_id: int, from_user_id: int | None, to_user_id: int, actor_id: int | None, now: datetime) -> None:
    """Give a person to a colleague of the same desk. Raises ReferentMoved, AdviserUnfit, FileErased, FileMerged."""
    with transaction() as session:
        person = lock_living(person_id)
        if person.referent_user_id != from_user_id:
            raise ReferentMoved
        _check_adviser(session, person, person.desk_id, to_user_id)
        changes = assign(person, {"referent_user_id": to_user_id})
        session.flush()
        journal.write_act(
            person_id=person_id,
            subject_kind=words.SUBJECT,
            subject_id=person_id,
            action="person.follow_up_changed",
            now=now,
            actor_id=actor_id,
            changes=changes,
            kind=words.REFERENT,
            facts={"user_id": to_user_id},
        )
        _tell(session, person, from_user_id, to_user_id, now=now)


def _check_adviser(session: Session, person: Person, desk_id: int, user_id: int) -> None:
    """Refuse somebody who does not work there; for a protected file, whoever is not named in it."""
    if user_id not in {user.id for user in staff_of_desks([desk_id])}:
        raise AdviserUnfit
    if person.protected:
        named = select(PersonStaff.user_id).where(PersonStaff.person_id == person.id, PersonStaff.user_id == user_id)
        if session.scalar(named) is None:
            raise AdviserUnfit


def _invite_anew(session: Session, person_id: int, desk_id: int, *, actor_id: int | None, now: datetime) -> None:
    rows = session.execute(
        select(Attendance.id, MeetingType.id)
        .join(Appointment, Appointment.id == Attendance.appointment_id)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .where(
            Attendance.person_id == person_id,
            Attendance.state == AttendanceState.EXPECTED,
            Attendance.starts_at > now,
            MeetingType.kind != MeetingKind.WORKSHOP,
        )
        .order_by(Attendance.starts_at)
    ).all()
    for attendance_id, type_id in rows:
        agenda.cancel(attendance_id=attendance_id, by_person=False, actor_id=actor_id, now=now, reason=CANCEL_REASON)
        meeting = load(MeetingType, type_id)
        if meeting.desk_id is None and meeting.by_person and meeting.archived_at is None:
            agenda.invite_person(person_id=person_id, type_id=type_id, desk_id=desk_id, actor_id=actor_id, now=now)


def _tell(session: Session, person: Person, before: int | None, after: int, *, now: datetime) -> None:
    """Tell the person who accompanies them now, and both advisers."""
    desk = session.get_one(Desk, person.desk_id)
    stamp = int(now.timestamp())
    notifications.queue(
        recipient_id=person.recipient_id,
        template=words.REFERENT_MESSAGE,
        params={
            "adviser": session.get_one(User, after).display_name,
            "place": desk.name,
            "address": desk.address,
            "phone": desk.phone,
        },
        message_class=MessageClass.NORMAL,
        dedup_key=f"referent:{person.id}:{after}:{stamp}",
        now=now,
        person_id=person.id,
    )
    url = render.public_url(f"/personnes/{person.id}")
    for user_id, title, text in (
        (after, "Une personne vous est confiée", "Vous êtes maintenant son référent."),
        (before, "Une personne change de référent", "Un collègue prend la suite. Laissez-lui une note si besoin."),
    ):
        if user_id is not None:
            people.tell_staff(
                person_id=person.id,
                user_ids=[user_id],
                key=f"referent:{person.id}:{user_id}:{stamp}",
                title=title,
                text=text,
                url=url,
                now=now,
            )


def _journal(person_id: int, kind: str, actor_id: int | None, now: datetime, **facts: object) -> None:
    journal.write(
        person_id=person_id,
        kind=kind,
        now=now,
        actor_id=actor_id,
        subject_kind=words.SUBJECT,
        subject_id=person_id,
        facts=facts,
    )
