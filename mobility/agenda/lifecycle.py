"""A person's life, for their appointments: how they merge, what is exported, what vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mobility.agenda.earlier import OFFER_LABELS, WishEnd
from mobility.agenda.letter_models import AgendaLetter
from mobility.agenda.letters import LETTER_LABELS
from mobility.agenda.models import AgendaReach, Appointment, Attendance, EarlierOffer, EarlierWish, MeetingType
from mobility.agenda.reach import MEANS_LABELS
from mobility.agenda.rules import ATTENDANCE_LABELS, FOLLOWING_LABELS, MeetingKind
from mobility.agenda.services.earlier import end
from mobility.agenda.services.letters import drop
from mobility.agenda.services.messages import forget_reminders
from mobility.core.clock import WEEKDAYS
from mobility.core.db import db, transaction
from mobility.people.lifecycle import Export, Part

ERASED = "effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the visits of one file those of the other.

    Where both have one at the same hour, that of the merged file stays with it: pages read the family of files.
    """
    with transaction() as session:
        kept = session.scalars(select(Attendance).where(Attendance.person_id == kept_id)).all()
        for visit in session.scalars(select(Attendance).where(Attendance.person_id == merged_id)).all():
            meets = any(
                other.appointment_id == visit.appointment_id
                or (other.starts_at < visit.ends_at and visit.starts_at < other.ends_at)
                for other in kept
            )
            if meets:
                forget_reminders(visit, now=now)
            else:
                visit.person_id = kept_id
        session.flush()
        _merge_wishes(session, kept_id, merged_id, now=now)
        _merge_reach(session, kept_id, merged_id)
        session.execute(update(AgendaLetter).where(AgendaLetter.person_id == merged_id).values(person_id=kept_id))


def _merge_wishes(session: Session, kept_id: int, merged_id: int, *, now: datetime) -> None:
    """Let the kept file wait for what the merged one waited for; where both do, the kept one's wish stays."""
    waits = {
        wish.type_id
        for wish in session.scalars(
            select(EarlierWish).where(EarlierWish.person_id == kept_id, EarlierWish.ended_at.is_(None))
        )
    }
    for wish in session.scalars(select(EarlierWish).where(EarlierWish.person_id == merged_id)).all():
        if wish.ended_at is None and wish.type_id in waits:
            end(session, wish, WishEnd.OVER, now=now)
        wish.person_id = kept_id
    session.flush()


def _merge_reach(session: Session, kept_id: int, merged_id: int) -> None:
    """Keep what was said last about when and how the person can come."""
    rows = session.scalars(select(AgendaReach).where(AgendaReach.person_id.in_([kept_id, merged_id]))).all()
    if len(rows) == 2:
        session.delete(min(rows, key=lambda row: row.said_at))
        session.flush()
    session.execute(update(AgendaReach).where(AgendaReach.person_id == merged_id).values(person_id=kept_id))


def export(*, person_id: int) -> Iterable[Export]:
    """Return the person's appointments."""
    rows = db.session.execute(
        select(Attendance, MeetingType.label)
        .join(Appointment, Appointment.id == Attendance.appointment_id)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .where(Attendance.person_id == person_id)
        .order_by(Attendance.starts_at, Attendance.id)
    ).all()
    yield Export(
        title="Rendez-vous",
        columns={"kind": "Rendez-vous", "at": "Date", "state": "Présence", "next": "Suite", "on": "Le", "note": "Note"},
        rows=[
            {
                "kind": row.label,
                "at": row.Attendance.starts_at,
                "state": ATTENDANCE_LABELS[row.Attendance.state],
                "next": FOLLOWING_LABELS[row.Attendance.following] if row.Attendance.following else "",
                "on": row.Attendance.next_on,
                "note": row.Attendance.next_reason,
            }
            for row in rows
        ],
    )
    yield Export(
        title="Courriers",
        columns={"kind": "Courrier", "on": "Fait le", "posted": "Posté le"},
        rows=[
            {"kind": LETTER_LABELS[row.kind], "on": row.made_at, "posted": row.posted_at}
            for row in db.session.scalars(
                select(AgendaLetter).where(AgendaLetter.person_id == person_id).order_by(AgendaLetter.id)
            )
        ],
    )
    yield Export(
        title="Quand et comment vous pouvez venir",
        columns={"means": "Comment", "days": "Jours impossibles", "from": "Départ", "by": "Retour", "bus": "Bus"},
        rows=[
            {
                "means": MEANS_LABELS[row.means] if row.means else "",
                "days": ", ".join(WEEKDAYS[day] for day in row.no_days),
                "from": str(row.leave_from or ""),
                "by": str(row.home_by or ""),
                "bus": " – ".join(str(hour) for hour in (row.first_bus, row.last_bus) if hour),
            }
            for row in db.session.scalars(select(AgendaReach).where(AgendaReach.person_id == person_id))
        ],
    )
    offers = db.session.execute(
        select(EarlierOffer, MeetingType.label)
        .join(EarlierWish, EarlierWish.id == EarlierOffer.wish_id)
        .join(MeetingType, MeetingType.id == EarlierWish.type_id)
        .where(EarlierWish.person_id == person_id)
        .order_by(EarlierOffer.id)
    ).all()
    yield Export(
        title="Heures plus tôt proposées",
        columns={"kind": "Rendez-vous", "at": "Heure proposée", "on": "Le", "state": "Réponse"},
        rows=[
            {
                "kind": row.label,
                "at": row.EarlierOffer.starts_at,
                "on": row.EarlierOffer.offered_at,
                "state": OFFER_LABELS[row.EarlierOffer.state],
            }
            for row in offers
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:
    """Erase every free text, wait for nothing any more; dates and states stay."""
    with transaction() as session:
        own = select(Attendance.appointment_id).where(Attendance.person_id == person_id)
        alone = select(MeetingType.id).where(MeetingType.kind != MeetingKind.WORKSHOP)
        session.execute(
            update(Attendance)
            .where(Attendance.person_id == person_id, Attendance.next_reason != "")
            .values(next_reason=ERASED)
        )
        drop(AgendaLetter.person_id == person_id, now=now)
        session.execute(update(AgendaLetter).where(AgendaLetter.person_id == person_id).values(params={}, receiver={}))
        session.execute(delete(AgendaReach).where(AgendaReach.person_id == person_id))
        open_wishes = select(EarlierWish).where(EarlierWish.person_id == person_id, EarlierWish.ended_at.is_(None))
        for wish in session.scalars(open_wishes).all():
            end(session, wish, WishEnd.OVER, now=now)
        session.execute(
            update(Appointment)
            .where(Appointment.id.in_(own), Appointment.type_id.in_(alone))
            .values(note="", companion="", companion_adult=False)
        )


PART = Part(room="agenda", merge=merge, export=export, erase=erase)
