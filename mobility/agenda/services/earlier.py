"""The waiting list for earlier hours: who asks to be told, who takes an hour that was offered."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.agenda import earlier, queries, words
from mobility.agenda.earlier import OFFERS, OfferAction, OfferState, WishEnd
from mobility.agenda.errors import CannotWait, InterpreterTaken, OfferOver, SlotNotOffered, SlotTaken
from mobility.agenda.models import Attendance, EarlierOffer, EarlierWish, MeetingType
from mobility.agenda.rules import AttendanceState, MeetingKind, Origin
from mobility.agenda.services import messages
from mobility.agenda.services.booking import book, move
from mobility.core.db import db, load, lock, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.journal import services as journal
from mobility.people.models import Person
from mobility.people.queries import family_ids


@retried
def ask_earlier(
    *, person_id: int, type_id: int, desk_id: int, attendance_id: int | None, actor_id: int | None, now: datetime
) -> int:
    """Note that the person wants an earlier hour; return the wish's id, that of the open one where there is one.

    ``attendance_id``: the appointment that an earlier hour would replace; None for somebody who has none yet. Raises
    CannotWait, TypeUnknown, NotFound.
    """
    with transaction() as session:
        person = lock(Person, person_id)
        if person.erased_at is not None or person.restricted_at is not None:
            raise CannotWait
        meeting = queries.get_type(type_id, desk_id=desk_id)
        if meeting.kind is MeetingKind.WORKSHOP:
            raise CannotWait
        if attendance_id is not None:
            held = load(Attendance, attendance_id)
            if held.state is not AttendanceState.EXPECTED or held.starts_at <= now:
                raise CannotWait
        known = session.scalar(
            select(EarlierWish).where(
                EarlierWish.person_id == person_id, EarlierWish.type_id == type_id, EarlierWish.ended_at.is_(None)
            )
        )
        if known is not None:
            known.attendance_id = attendance_id or known.attendance_id
            return known.id
        wish = EarlierWish(
            person_id=person_id,
            type_id=type_id,
            desk_id=desk_id,
            attendance_id=attendance_id,
            known=_seen_now(meeting, desk_id, now=now),
            created_at=now,
            created_by_id=actor_id,
        )
        session.add(wish)
        session.flush()
        note(wish, words.EARLIER_ASKED, actor_id=actor_id, now=now)
        return wish.id


def _seen_now(meeting: MeetingType, desk_id: int, *, now: datetime) -> list[list[int]]:
    _from, until_at = queries.online_window(meeting, desk_id=desk_id, now=now)
    slots = queries.offered_slots(meeting, [desk_id], from_at=now, until_at=until_at)
    spans = earlier.seen(slots, pause=timedelta(minutes=meeting.pause_minutes))
    return [[int(span.starts_at.timestamp()), int(span.ends_at.timestamp())] for span in spans]


@retried
def stop_waiting(*, wish_id: int, actor_id: int | None, now: datetime) -> None:
    """Tell the person of earlier hours no more; twice changes nothing. Raises NotFound."""
    with transaction() as session:
        wish = lock(EarlierWish, wish_id)
        if wish.ended_at is None:
            end(session, wish, WishEnd.STOPPED, now=now)
            note(wish, words.EARLIER_STOPPED, actor_id=actor_id, now=now)


def accept_offer(*, offer_id: int, actor_id: int | None, now: datetime) -> int:
    """Take the hour that was offered; return the attendance's id. The appointment that it replaces moves to it.

    Whoever comes first has it: the database refuses the others, whose offer is then for ``withdraw_offer``: what a
    refusal finds out is undone with the transaction that was refused. Raises OfferOver, NotFound, and what a move
    refuses.
    """
    try:
        return _accept(offer_id, actor_id=actor_id, now=now)
    except (SlotTaken, SlotNotOffered, InterpreterTaken):
        raise OfferOver from None


@retried
def withdraw_offer(*, offer_id: int, now: datetime) -> None:
    """Take back an offer whose hour is gone; one that is answered or over stays as it is. Raises NotFound."""
    with transaction():
        offer = lock(EarlierOffer, offer_id)
        if offer.state is OfferState.OPEN and now < offer.expires_at:
            answer(offer, OfferAction.WITHDRAW, now=now)


@retried
def _accept(offer_id: int, *, actor_id: int | None, now: datetime) -> int:
    with transaction() as session:
        offer = load(EarlierOffer, offer_id)
        wish = lock(EarlierWish, offer.wish_id)
        offer = lock(EarlierOffer, offer_id)
        if offer.state is not OfferState.OPEN or wish.ended_at is not None or offer.expires_at <= now:
            raise OfferOver
        attendance_id = _take(wish, offer, actor_id=actor_id, now=now)
        answer(offer, OfferAction.ACCEPT, now=now)
        end(session, wish, WishEnd.SERVED, now=now)
        rivals = session.scalars(
            select(EarlierOffer)
            .where(
                EarlierOffer.adviser_id == offer.adviser_id,
                EarlierOffer.state == OfferState.OPEN,
                EarlierOffer.starts_at < offer.ends_at,
                EarlierOffer.ends_at > offer.starts_at,
            )
            .order_by(EarlierOffer.id)
            # Whoever answers at this very moment finds out by the adviser's hour; nobody waits for them here.
            .with_for_update(skip_locked=True)
        )
        for rival in rivals:
            answer(rival, OfferAction.WITHDRAW, now=now)
            session.flush()
        return attendance_id


def _take(wish: EarlierWish, offer: EarlierOffer, *, actor_id: int | None, now: datetime) -> int:
    if wish.attendance_id is None:
        return book(
            person_id=wish.person_id,
            type_id=wish.type_id,
            desk_id=wish.desk_id,
            adviser_id=offer.adviser_id,
            starts_at=offer.starts_at,
            origin=Origin.PERSON,
            actor_id=actor_id,
            now=now,
            promised=True,
        )
    move(
        attendance_id=wish.attendance_id,
        adviser_id=offer.adviser_id,
        starts_at=offer.starts_at,
        origin=Origin.PERSON,
        actor_id=actor_id,
        now=now,
        promised=True,
    )
    return wish.attendance_id


@retried
def decline_offer(*, offer_id: int, now: datetime) -> None:
    """Keep one's hour; one that was answered already stays as it is. Raises NotFound."""
    with transaction():
        offer = lock(EarlierOffer, offer_id)
        if offer.state is OfferState.OPEN:
            answer(offer, OfferAction.DECLINE, now=now)


def answer(offer: EarlierOffer, action: OfferAction, *, now: datetime) -> None:
    """Bring an offer to its end; a message that has not left stays."""
    offer.state, offer.ended_at = OFFERS.after(offer.state, action), now
    messages.forget_offer(offer, now=now)


def end(session: Session, wish: EarlierWish, reason: WishEnd, *, now: datetime) -> None:
    """End a wish, and take back what was offered for it."""
    wish.ended_at, wish.end_reason = now, reason
    left = select(EarlierOffer).where(EarlierOffer.wish_id == wish.id, EarlierOffer.state == OfferState.OPEN)
    for offer in session.scalars(left.with_for_update()):
        answer(offer, OfferAction.WITHDRAW, now=now)
    session.flush()


def note(wish: EarlierWish, kind: str, *, actor_id: int | None, now: datetime, **said: object) -> None:
    """Write an act into the person's journal and the audit log."""
    journal.write_act(
        person_id=wish.person_id,
        subject_kind="earlier_wish",
        subject_id=wish.id,
        action=kind,
        now=now,
        actor_id=actor_id,
        kind=kind,
        facts=said or None,
    )


def find_wish(person_id: int, type_id: int) -> EarlierWish | None:
    """Return the open wish of a person (or of the files merged into theirs) for that type, or None."""
    return db.session.scalar(
        select(EarlierWish)
        .where(
            EarlierWish.person_id.in_(family_ids(person_id)),
            EarlierWish.type_id == type_id,
            EarlierWish.ended_at.is_(None),
        )
        .limit(1)
    )


def get_offer(offer_id: int) -> tuple[EarlierOffer, EarlierWish]:
    """Return an offer and whose it is. Raises NotFound."""
    offer = load(EarlierOffer, offer_id)
    wish = load(EarlierWish, offer.wish_id)
    if load(Person, wish.person_id).erased_at is not None:
        raise NotFound(f"earlier_offer {offer_id}")
    return offer, wish
