"""Who is erased leaves no trace of where and when they travel; two files of one person become one member."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.carpool import acts
from mobility.carpool.kinds import LIVING_STATES, JourneyState, MatchState, MemberAction, MemberState
from mobility.carpool.models import (
    CarpoolBlock,
    CarpoolBooking,
    CarpoolEvent,
    CarpoolException,
    CarpoolMatch,
    CarpoolMember,
    CarpoolMessage,
    CarpoolOffer,
    CarpoolReport,
    CarpoolRequest,
    CarpoolRide,
)
from mobility.carpool.services.journeys import close_all
from mobility.carpool.services.members import move
from mobility.core.db import Base, lock, transaction
from mobility.core.retry import retried
from mobility.notifications import services as notifications
from mobility.people import hooks as people_hooks
from mobility.people.models import Person

_PLACE: dict[str, Any] = {
    "origin_label": "",
    "origin_insee": None,
    "origin_latitude": None,
    "origin_longitude": None,
    "destination_label": "",
    "destination_insee": None,
    "destination_latitude": None,
    "destination_longitude": None,
    "pattern": {},
    "hub_id": None,
    "shared": False,
}
_ABOUT: dict[str, Any] = {
    "name": "",
    "car": "",
    "is_woman": None,
    "fiscal_power_cv": None,
    "smokes_in_car": False,
    "electric": False,
    "declared_at": None,
    "checked_at": None,
    "checked_by_id": None,
    "shared_at": None,
    "hub_id": None,
    "state": MemberState.LEFT,
}
_NO_POINT: dict[str, Any] = {"pickup_label": "", "pickup_latitude": None, "pickup_longitude": None}
# Somebody who came by a poster and never opened the link; somebody who left, and whose contact nobody needs any more.
UNCONFIRMED_KEPT = timedelta(days=30)
LEFT_KEPT = timedelta(days=365)


@retried
def erase_member(*, member_id: int, actor_id: int | None, now: datetime) -> None:
    """End all that a member offers and asks, and erase who, where and when; ids, states, amounts and dates stay.

    Called again on an erased member, it changes nothing.
    """
    with transaction() as session:
        member = lock(CarpoolMember, member_id)
        if member.erased_at is not None:
            return
        close_all(session, member, actor_id=actor_id, now=now)
        session.flush()
        offers = _ids(session, CarpoolOffer, member_id)
        requests = _ids(session, CarpoolRequest, member_id)
        _erase_journeys(session, offers, requests, now)
        _erase_words(session, member_id)
        erase_messages(session, member_id, now)
        for name, value in _ABOUT.items():
            setattr(member, name, value)
        member.link_serial += 1
        member.erased_at = now
        session.flush()
        if member.person_id is None:  # a person's contacts are erased with their file
            notifications.erase_recipient(recipient_id=member.recipient_id, now=now)
        for kind, ids in ((acts.SUBJECT_MEMBER, [member_id]), ("carpool_offer", offers), ("carpool_request", requests)):
            audit.erase_values_of(subject_kind=kind, subject_ids=ids, now=now)
        if member.person_id is None:
            audit.record(
                actor_id=actor_id, action="carpool.member_erased", subject_kind=acts.SUBJECT_MEMBER,
                subject_id=member_id, now=now,
            )  # fmt: skip


def _ids(session: Session, model: type[CarpoolOffer | CarpoolRequest], member_id: int) -> list[int]:
    return list(session.scalars(select(model.id).where(model.member_id == member_id)))


def _erase_journeys(session: Session, offers: list[int], requests: list[int], now: datetime) -> None:
    """Erase places and days of journeys, of what was matched to them, and of the days on the road."""
    closed = {"state": JourneyState.CLOSED, "updated_at": now}
    for model, ids in ((CarpoolOffer, offers), (CarpoolRequest, requests)):
        session.execute(update(model).where(model.id.in_(ids)).values(**_PLACE, **closed))
    session.execute(
        delete(CarpoolException).where(
            or_(CarpoolException.offer_id.in_(offers), CarpoolException.request_id.in_(requests))
        )
    )
    own = or_(CarpoolMatch.offer_id.in_(offers), CarpoolMatch.request_id.in_(requests))
    matches = select(CarpoolMatch.id).where(own)
    # Whoever follows journeys has ended them; one that nobody followed ends here.
    session.execute(
        update(CarpoolMatch)
        .where(own, CarpoolMatch.state.in_(LIVING_STATES))
        .values(state=MatchState.ENDED, ended_at=now)
    )
    session.execute(update(CarpoolMatch).where(own).values(legs={}, score={}, days={}, end_reason=""))
    session.execute(update(CarpoolRide).where(CarpoolRide.match_id.in_(matches)).values(**_NO_POINT))
    session.execute(update(CarpoolEvent).where(CarpoolEvent.match_id.in_(matches)).values(facts={}))
    session.execute(update(CarpoolReport).where(CarpoolReport.match_id.in_(matches)).values(text="", answer=""))


def _erase_words(session: Session, member_id: int) -> None:
    session.execute(
        delete(CarpoolBlock).where(
            or_(CarpoolBlock.by_member_id == member_id, CarpoolBlock.other_member_id == member_id)
        )
    )
    own = CarpoolReport.by_member_id == member_id
    session.execute(update(CarpoolReport).where(own).values(text="", answer=""))


def erase_of_person(*, person_id: int, now: datetime) -> None:
    """Erase the member that a person is, if any. Joins the transaction."""
    with transaction() as session:
        member_id = session.scalar(select(CarpoolMember.id).where(CarpoolMember.person_id == person_id))
        if member_id is not None:
            erase_member(member_id=member_id, actor_id=None, now=now)


def merge_members(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the carpooling of one file that of the other (ids of persons). Joins the transaction.

    Where both take part, the kept file's member stands, and what the other offers, asks and shared is theirs.
    """
    with transaction() as session:
        rows = {
            row.person_id: row
            for row in session.scalars(
                select(CarpoolMember).where(CarpoolMember.person_id.in_([kept_id, merged_id])).with_for_update()
            )
        }
        merged, kept = rows.get(merged_id), rows.get(kept_id)
        if merged is None:
            return
        person = session.get_one(Person, kept_id)
        if kept is None:
            merged.person_id, merged.recipient_id, merged.desk_id = kept_id, person.recipient_id, person.desk_id
            return
        _hand_over(session, from_id=merged.id, to_id=kept.id, now=now)
        # The stronger wish of both holds: whoever left has left, whoever did not share does not.
        if merged.shared_at is None:
            kept.shared_at = None
        session.flush()
        session.delete(merged)
        session.flush()
        if kept.state is not MemberState.ACTIVE:
            close_all(session, kept, actor_id=None, now=now)


def _hand_over(session: Session, *, from_id: int, to_id: int, now: datetime) -> None:
    own = (CarpoolBlock.by_member_id == from_id, CarpoolBlock.other_member_id == from_id)
    pairs = {
        (to_id if row.by_member_id == from_id else row.by_member_id, to_id if row.other_member_id == from_id else row.other_member_id): row.at
        for row in session.scalars(select(CarpoolBlock).where(or_(*own)))
    }  # fmt: skip
    session.execute(delete(CarpoolBlock).where(or_(*own)))
    known = {
        (row.by_member_id, row.other_member_id)
        for row in session.scalars(
            select(CarpoolBlock).where(or_(CarpoolBlock.by_member_id == to_id, CarpoolBlock.other_member_id == to_id))
        )
    }
    session.add_all(
        CarpoolBlock(by_member_id=one, other_member_id=other, at=at)
        for (one, other), at in pairs.items()
        if one != other and (one, other) not in known
    )
    session.flush()
    # Every other table that names a member, whichever part of the room keeps it.
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == CarpoolMember.__tablename__ for key in column.foreign_keys):
                session.execute(update(table).where(column == from_id).values({column.name: to_id}))
    # Nobody rides with themselves.
    offers = select(CarpoolOffer.id).where(CarpoolOffer.member_id == to_id)
    requests = select(CarpoolRequest.id).where(CarpoolRequest.member_id == to_id)
    session.execute(
        update(CarpoolMatch)
        .where(
            CarpoolMatch.offer_id.in_(offers),
            CarpoolMatch.request_id.in_(requests),
            CarpoolMatch.state.in_(LIVING_STATES),
        )
        .values(state=MatchState.ENDED, ended_at=now)
        .execution_options(synchronize_session="fetch")
    )


def erase_messages(session: Session, member_id: int, now: datetime) -> None:
    """Erase what other services wrote to a member and booked with them. Joins the transaction."""
    session.execute(
        update(CarpoolMessage)
        .where(CarpoolMessage.member_id == member_id)
        .values(text="", from_alias="", answer="", to_tell=False, tell_at=None)
    )
    session.execute(
        update(CarpoolBooking)
        .where(CarpoolBooking.member_id == member_id)
        .values(content={}, to_tell=False, tell_at=None, erased_at=now)
    )


def leave_protected(event: people_hooks.Protected) -> None:
    """Take a file that becomes protected out of carpooling. Joins the transaction."""
    with transaction() as session:
        member = session.scalar(select(CarpoolMember).where(CarpoolMember.person_id == event.person_id))
        if member is not None and member.state is not MemberState.LEFT:
            move(member_id=member.id, action=MemberAction.LEAVE, actor_id=event.actor_id, now=event.now)


def follow_desk(event: people_hooks.DeskChanged) -> None:
    """Let the member and what stands follow the person to another desk. Joins the transaction."""
    with transaction() as session:
        member = session.scalar(select(CarpoolMember).where(CarpoolMember.person_id == event.person_id))
        if member is None:
            return
        member.desk_id = event.to_desk_id
        for model in (CarpoolOffer, CarpoolRequest):
            session.execute(
                update(model)
                .where(model.member_id == member.id, model.state != JourneyState.CLOSED)
                .values(desk_id=event.to_desk_id, updated_at=event.now, version=model.version + 1)
            )


def forget_gone(*, now: datetime) -> int:
    """Erase members without file who never confirmed, or left long ago. Returns how many."""
    gone = select(CarpoolMember.id).where(
        CarpoolMember.person_id.is_(None),
        CarpoolMember.erased_at.is_(None),
        or_(
            (CarpoolMember.state == MemberState.WAITING) & (CarpoolMember.created_at < now - UNCONFIRMED_KEPT),
            (CarpoolMember.state == MemberState.LEFT) & (CarpoolMember.left_at < now - LEFT_KEPT),
        ),
    )
    with transaction() as session:
        ids = list(session.scalars(gone.limit(200)))
        for member_id in ids:
            erase_member(member_id=member_id, actor_id=None, now=now)
    return len(ids)
