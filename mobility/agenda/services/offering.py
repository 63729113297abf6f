"""What has fallen free is offered to those who wait, a few at a time; what nobody answered is taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from mobility.agenda import earlier, parameters, queries, words
from mobility.agenda.earlier import OfferAction, OfferState, Waiting, WishEnd
from mobility.agenda.errors import TypeUnknown
from mobility.agenda.models import Appointment, Attendance, EarlierOffer, EarlierWish, MeetingType
from mobility.agenda.queries import ways
from mobility.agenda.reach import Reach, why_not
from mobility.agenda.rules import AttendanceState, Place
from mobility.agenda.services import messages
from mobility.agenda.services.earlier import answer, end, note
from mobility.agenda.slots import Slot, Span
from mobility.core.clock import day_of
from mobility.core.db import db, transaction
from mobility.core.retry import retried
from mobility.notifications import facts, timing
from mobility.notifications import queries as notifications
from mobility.people.models import Person

# Whoever was invited and has chosen nothing since is not followed for ever.
FORGET_AFTER = timedelta(days=90)
# So many hours of one type and desk are looked at in one run: nobody waits for those that are farther.
SLOTS_AT_ONCE = 500


def offer_earlier(*, now: datetime, limit: int = 200) -> dict[str, int]:
    """Take back what nobody answered, and offer what has fallen free to those who wait. Returns counts."""
    expired = _expire(now=now)
    ended = _end_those_over(now=now)
    counts = {"expired": expired, "ended": ended, "offered": 0}
    windows = timing.open_windows(quiet=facts.quiet_hours(), safe=None)
    places = db.session.execute(
        select(EarlierWish.desk_id, EarlierWish.type_id)
        .where(EarlierWish.ended_at.is_(None))
        .group_by(EarlierWish.desk_id, EarlierWish.type_id)
        .order_by(EarlierWish.desk_id, EarlierWish.type_id)
    ).all()
    for desk_id, type_id in places[:limit]:
        pace = parameters.pace(on=day_of(now), desk_id=desk_id)
        if earlier.awake(now, answer=pace.answer, windows=windows):
            counts["offered"] += _offer_at(desk_id, type_id, pace=pace, now=now)
    return counts


@retried
def _expire(*, now: datetime) -> int:
    with transaction() as session:
        late = session.scalars(
            select(EarlierOffer)
            .where(EarlierOffer.state == OfferState.OPEN, EarlierOffer.expires_at <= now)
            .order_by(EarlierOffer.id)
            .with_for_update(skip_locked=True)
        ).all()
        for offer in late:
            answer(offer, OfferAction.EXPIRE, now=now)
        return len(late)


@retried
def _end_those_over(*, now: datetime) -> int:
    """End the wishes whose appointment is over, or made meanwhile, and those of files that are closed."""
    with transaction() as session:
        chosen = (
            select(Attendance.id)
            .join(Appointment, Appointment.id == Attendance.appointment_id)
            .where(
                Attendance.person_id == EarlierWish.person_id,
                Appointment.type_id == EarlierWish.type_id,
                Attendance.booked_at > EarlierWish.created_at,
                Attendance.state != AttendanceState.CANCELLED,
            )
            .exists()
        )
        over = session.scalars(
            select(EarlierWish)
            .join(Person, Person.id == EarlierWish.person_id)
            .outerjoin(Attendance, Attendance.id == EarlierWish.attendance_id)
            .where(
                EarlierWish.ended_at.is_(None),
                or_(
                    Person.erased_at.is_not(None),
                    Person.restricted_at.is_not(None),
                    and_(
                        EarlierWish.attendance_id.is_not(None),
                        or_(Attendance.state != AttendanceState.EXPECTED, Attendance.starts_at <= now),
                    ),
                    and_(
                        EarlierWish.attendance_id.is_(None),
                        or_(EarlierWish.created_at <= now - FORGET_AFTER, chosen),
                    ),
                ),
            )
            .order_by(EarlierWish.id)
            .with_for_update(of=EarlierWish, skip_locked=True)
        ).all()
        for wish in over:
            end(session, wish, WishEnd.OVER, now=now)
        return len(over)


@retried
def _offer_at(desk_id: int, type_id: int, *, pace: earlier.Pace, now: datetime) -> int:
    with transaction() as session:
        # Held: two runs of the job look at the same queue one after the other.
        wishes = session.scalars(
            select(EarlierWish)
            .where(EarlierWish.desk_id == desk_id, EarlierWish.type_id == type_id, EarlierWish.ended_at.is_(None))
            .order_by(EarlierWish.id)
            .with_for_update()
        ).all()
        try:
            meeting = queries.get_type(type_id, desk_id=desk_id)
        except TypeUnknown:
            return 0
        waiting = _waiting(session, wishes)
        slots = _free(meeting, desk_id, waiting, pace=pace, now=now)
        out = _open_offers(session, {slot.adviser_id for slot in slots})
        by_id = {wish.id: wish for wish in wishes}
        suits = _suits(session, wishes, desk_id) if meeting.place is Place.DESK else _suits_all
        chosen = earlier.choose(slots, waiting, pace=pace, now=now, out=out, suits=suits)
        for one, slot in chosen:
            _offer(session, by_id[one.wish_id], slot, pace=pace, now=now)
        return len(chosen)


def _suits_all(_waiting: Waiting, _slot: Slot) -> bool:
    return True


def _suits(session: Session, wishes: Sequence[EarlierWish], desk_id: int) -> Callable[[Waiting, Slot], bool]:
    """Return whether a person can be there: what they said is read and their way computed once, when first asked."""
    rows = session.execute(
        select(EarlierWish.id, Person)
        .join(Person, Person.id == EarlierWish.person_id)
        .where(EarlierWish.id.in_([wish.id for wish in wishes]))
    )
    people: dict[int, Person] = {row.id: row.Person for row in rows}
    said: dict[int, tuple[Reach, timedelta | None] | None] = {}

    def suits(one: Waiting, slot: Slot) -> bool:
        if one.wish_id not in said:
            said[one.wish_id] = ways.sieve(people[one.wish_id], desk_id)
        known = said[one.wish_id]
        return known is None or why_not(slot.starts_at, slot.ends_at, *known) is None

    return suits


def _free(
    meeting: MeetingType, desk_id: int, waiting: Sequence[Waiting], *, pace: earlier.Pace, now: datetime
) -> list[Slot]:
    _from, until_at = queries.online_window(meeting, desk_id=desk_id, now=now)
    held = [one.held_at for one in waiting if one.held_at is not None]
    if held and len(held) == len(waiting):
        until_at = max(held)
    from_at = now + pace.notice
    if from_at >= until_at:
        return []
    return queries.offered_slots(meeting, [desk_id], from_at=from_at, until_at=until_at)[:SLOTS_AT_ONCE]


def _waiting(session: Session, wishes: Sequence[EarlierWish]) -> list[Waiting]:
    """Return the facts behind the wishes of those whom a message reaches, in four queries."""
    recipients: dict[int, int] = {
        row.id: row.recipient_id
        for row in session.execute(
            select(Person.id, Person.recipient_id).where(Person.id.in_([wish.person_id for wish in wishes]))
        )
    }
    reached = notifications.reachable(recipients.values())
    # An offer lives some hours: it is no use to somebody whom only a letter reaches.
    wishes = [wish for wish in wishes if recipients[wish.person_id] in reached]
    ids = [wish.id for wish in wishes]
    told: dict[int, list[EarlierOffer]] = defaultdict(list)
    for offer in session.scalars(select(EarlierOffer).where(EarlierOffer.wish_id.in_(ids))):
        told[offer.wish_id].append(offer)
    held: dict[int, datetime] = {
        row.id: row.starts_at
        for row in session.execute(
            select(Attendance.id, Attendance.starts_at).where(
                Attendance.id.in_([wish.attendance_id for wish in wishes if wish.attendance_id])
            )
        )
    }
    return [
        replace(
            _told(wish, told.get(wish.id, ())),
            held_at=held[wish.attendance_id] if wish.attendance_id is not None else None,
        )
        for wish in wishes
    ]


def _told(wish: EarlierWish, offers: Collection[EarlierOffer]) -> Waiting:
    return Waiting(
        wish_id=wish.id,
        since=wish.created_at,
        offers=len(offers),
        last_offer_at=max((offer.offered_at for offer in offers), default=None),
        has_open=any(offer.state is OfferState.OPEN for offer in offers),
        offered=frozenset((offer.adviser_id, offer.starts_at) for offer in offers),
        known=tuple(Span(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in wish.known),
    )


def _open_offers(session: Session, adviser_ids: Iterable[int]) -> list[tuple[int, Span]]:
    rows = session.execute(
        select(EarlierOffer.adviser_id, EarlierOffer.starts_at, EarlierOffer.ends_at).where(
            EarlierOffer.state == OfferState.OPEN, EarlierOffer.adviser_id.in_(list(adviser_ids))
        )
    )
    return [(row.adviser_id, Span(row.starts_at, row.ends_at)) for row in rows]


def _offer(session: Session, wish: EarlierWish, slot: Slot, *, pace: earlier.Pace, now: datetime) -> None:
    offer = EarlierOffer(
        wish_id=wish.id,
        adviser_id=slot.adviser_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        offered_at=now,
        expires_at=earlier.answer_until(slot, pace=pace, now=now),
    )
    session.add(offer)
    session.flush()
    messages.tell_offer(session, wish, offer, now=now)
    note(wish, words.EARLIER_OFFERED, actor_id=None, now=now, starts_at=slot.starts_at)
