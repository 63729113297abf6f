"""From a proposal to a carpool: each side accepts, a week to try, then confirmed, changed, suspended or ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobility.carpool import parameters
from mobility.carpool.errors import NoDayShared, NoSeatLeft, NotForEachOther, WayMissing
from mobility.carpool.kinds import LIVING_STATES, JourneyState, MatchState, MemberState, RideState
from mobility.carpool.messages import AGREED, ASKED, NEWS
from mobility.carpool.models import (
    CarpoolBlock,
    CarpoolEvent,
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
)
from mobility.carpool.rules.money import asked_cents
from mobility.carpool.rules.ways import way_of
from mobility.carpool.services import steps, telling
from mobility.carpool.services.planning import drop_rides, plan_rides, shared_legs
from mobility.carpool.services.resettling import resettle
from mobility.carpool.services.telling import match_path, other_of, side_ids
from mobility.carpool.states import AGREES, MATCHES, MatchAction, Side
from mobility.core.clock import day_of, format_date, format_instant
from mobility.core.db import check_version, db, end_read, load, lock, transaction
from mobility.core.jobs import stopping
from mobility.core.retry import retried
from mobility.core.text import clean_line
from mobility.journal import kinds
from mobility.journal import services as journal
from mobility.pathway.rules import Direction

REASON_MAX = 300
SUBJECT = "carpool_match"
_WAITING = (MatchState.PROPOSED, MatchState.DRIVER_AGREED, MatchState.PASSENGER_AGREED)
# What the other side is told of an act, in one sentence.
_NEWS = {
    MatchAction.CONFIRM: "L’essai est fini : votre covoiturage continue.",
    MatchAction.CHANGE: "Votre covoiturage a changé. Regardez les nouveaux jours.",
    MatchAction.SUSPEND: "Votre covoiturage est en pause. Il n’y a plus de trajet pour le moment.",
    MatchAction.RESUME: "Votre covoiturage reprend.",
    MatchAction.END: "Votre covoiturage s’arrête. Il n’y a plus de trajet.",
}


@retried
def accept(*, match_id: int, side: Side, actor_id: int | None, now: datetime, version: int | None = None) -> MatchState:
    """Note that one side says yes; the second yes makes the carpool, and its places in the coming weeks.

    ``actor_id``: the user who acts, staff in their name too; None by signed link. Raises NoSeatLeft, NoDayShared,
    NotForEachOther, ForbiddenTransition, StaleVersion, NotFound.
    """
    with transaction() as session:
        match = lock(CarpoolMatch, match_id)
        check_version(match, version)
        offer = lock(CarpoolOffer, match.offer_id)
        request = load(CarpoolRequest, match.request_id)
        target = MATCHES.after(match.state, AGREES[side])
        _check_available(session, offer, request)
        if side is Side.DRIVER:
            match.driver_agreed_at = now
        else:
            match.passenger_agreed_at = now
        if target is MatchState.TRIAL:
            _begin(session, match, offer, request, now)
        _move(session, match, AGREES[side], by=side, actor_id=actor_id, now=now)
        if target is MatchState.TRIAL:
            steps.follow(request_id=request.id, now=now)
            _tell_agreed(session, match, offer, request, now)
        else:
            _ask_other(match, side, now)
        return target


def _check_available(session: Session, offer: CarpoolOffer, request: CarpoolRequest) -> None:
    pair = (offer.member_id, request.member_id)
    members = [load(CarpoolMember, member_id) for member_id in pair]
    blocked = session.scalar(
        select(CarpoolBlock.id)
        .where(
            or_(
                (CarpoolBlock.by_member_id == pair[0]) & (CarpoolBlock.other_member_id == pair[1]),
                (CarpoolBlock.by_member_id == pair[1]) & (CarpoolBlock.other_member_id == pair[0]),
            )
        )
        .limit(1)
    )
    closed = any(row.state is not JourneyState.OPEN for row in (offer, request))
    if blocked is not None or closed or any(member.state is not MemberState.ACTIVE for member in members):
        raise NotForEachOther


def _begin(session: Session, match: CarpoolMatch, offer: CarpoolOffer, request: CarpoolRequest, now: datetime) -> None:
    """Set the days of the trial and hold the places. Raises NoSeatLeft, NoDayShared."""
    today = day_of(now)
    match.starts_on = max(today, offer.starts_on, request.starts_on)
    ends = [day for day in (offer.ends_on, request.ends_on, match.ends_on) if day is not None]
    match.ends_on = min(ends, default=None)
    match.trial_until_on = match.starts_on + timedelta(days=parameters.trial_days(on=today, desk_id=request.desk_id))
    if match.only_on is not None:
        match.starts_on = match.trial_until_on = match.ends_on = match.only_on
    ways = [way for direction in Direction if (way := way_of(match.legs, direction)) is not None]
    most = max((asked_cents(way.metres, offer.price_per_km_cents, seats=request.seats) for way in ways), default=0)
    match.contribution_cents = most
    session.flush()
    planned = plan_rides(session, match, now=now)
    if not planned.made:
        raise planned.against()


@retried
def move(
    *,
    match_id: int,
    action: MatchAction,
    side: Side | None,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> MatchState:
    """Refuse, confirm, suspend, resume or end a match; ``side`` None: staff, for both.

    Places that were held are freed, or made again; the pathway follows; the other side is told, without the reason.
    Raises NoSeatLeft, NoDayShared, NotForEachOther, ForbiddenTransition, StaleVersion, NotFound.
    """
    with transaction() as session:
        match = lock(CarpoolMatch, match_id)
        check_version(match, version)
        MATCHES.after(match.state, action)
        offer, request = lock(CarpoolOffer, match.offer_id), load(CarpoolRequest, match.request_id)
        if action in {MatchAction.REFUSE, MatchAction.END, MatchAction.EXPIRE}:
            match.end_reason = (clean_line(reason or "") or "")[:REASON_MAX]
            # Nobody is asked any more for an answer that no longer matters.
            telling.forget(match.id, now=now)
        if action in {MatchAction.SUSPEND, MatchAction.END}:
            by_driver = side is Side.DRIVER
            state = RideState.CANCELLED_BY_DRIVER if by_driver else RideState.CANCELLED_BY_PASSENGER
            freed = drop_rides(session, match, state=state, now=now)
            resettle(session, match, freed, now=now)
        if action is MatchAction.RESUME:
            _check_available(session, offer, request)
            drop_unridden(session, match)
            planned = plan_rides(session, match, now=now)
            if not planned.made:
                raise planned.against()
        _move(session, match, action, by=side, actor_id=actor_id, now=now)
        steps.follow(request_id=request.id, now=now)
        if action in _NEWS and not (match.only_on is not None and side is None and actor_id is None):
            _tell_news(match, _NEWS[action], to=_told(side), now=now)
        return match.state


def drop_unridden(session: Session, match: CarpoolMatch) -> None:
    """Take away the places that a pause cancelled, so that they can be made again."""
    session.flush()
    for ride in session.scalars(
        select(CarpoolRide).where(
            CarpoolRide.match_id == match.id,
            CarpoolRide.state.in_((RideState.CANCELLED_BY_DRIVER, RideState.CANCELLED_BY_PASSENGER)),
            CarpoolRide.told_at.is_(None),
        )
    ):
        session.delete(ride)
    session.flush()


@retried
def change(
    *,
    match_id: int,
    there: bool,
    back: bool,
    ends_on: date | None,
    side: Side | None,
    actor_id: int | None,
    now: datetime,
    version: int | None = None,
) -> None:
    """Change which ways are made, and until when. Raises WayMissing, NoSeatLeft, ForbiddenTransition, StaleVersion."""
    with transaction() as session:
        match = lock(CarpoolMatch, match_id)
        check_version(match, version)
        MATCHES.after(match.state, MatchAction.CHANGE)
        lock(CarpoolOffer, match.offer_id)
        known = {direction: way_of(match.legs, direction) is not None for direction in Direction}
        if not (there or back) or (there and not known[Direction.THERE]) or (back and not known[Direction.BACK]):
            raise WayMissing(field="there")
        if ends_on is not None and ends_on < day_of(now):
            raise NoDayShared(field="ends_on")
        match.there, match.back, match.ends_on = there, back, ends_on
        session.flush()
        freed = drop_rides(session, match, state=RideState.CANCELLED_BY_PASSENGER, now=now)
        drop_unridden(session, match)
        planned = plan_rides(session, match, now=now)
        if not planned.made:
            raise planned.against(unless=NoSeatLeft)
        resettle(session, match, freed, now=now)
        _move(session, match, MatchAction.CHANGE, by=side, actor_id=actor_id, now=now)
        steps.follow(request_id=match.request_id, now=now)
        _tell_news(match, _NEWS[MatchAction.CHANGE], to=_told(side), now=now)


def _told(side: Side | None) -> tuple[Side, ...]:
    return tuple(Side) if side is None else (other_of(side),)


def _move(
    session: Session,
    match: CarpoolMatch,
    action: MatchAction,
    *,
    by: Side | None,
    actor_id: int | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Take a match along its table, and write it into its log and into the journals of those who have a file."""
    before = match.state
    match.state = MATCHES.after(before, action)
    if match.state not in LIVING_STATES:
        match.ended_at = now
    session.flush()
    note(session, match, action, by=by, actor_id=actor_id, now=now, before=before, facts=facts)


def note(
    session: Session,
    match: CarpoolMatch,
    action: MatchAction,
    *,
    by: Side | None,
    actor_id: int | None,
    now: datetime,
    before: MatchState | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write an act into the log of a match, the audit log and the journals of those who have a file."""
    members = side_ids(match)
    session.add(
        CarpoolEvent(
            match_id=match.id,
            at=now,
            action=action.value,
            from_state=(before or match.state).value,
            to_state=match.state.value,
            by_member_id=None if by is None else members[by],
            by_user_id=actor_id,
            facts=kinds.clean_facts(facts),
        )
    )
    for member_id in members.values():
        person_id = load(CarpoolMember, member_id).person_id
        if person_id is not None:
            journal.write_act(
                person_id=person_id,
                subject_kind=SUBJECT,
                subject_id=match.id,
                action="update",
                now=now,
                actor_id=actor_id,
                changes={"state": ((before or match.state).value, match.state.value)},
                kind=f"carpool.{action.value}",
                facts=facts,
            )


def _ask_other(match: CarpoolMatch, side: Side, now: datetime) -> None:
    """Tell the side that has not answered that somebody would travel with them."""
    other = other_of(side)
    expires_at = match.proposed_at + timedelta(
        days=parameters.answer_days(on=day_of(now), desk_id=load(CarpoolRequest, match.request_id).desk_id)
    )
    pickup_at = _only_pickup(match)
    telling.tell(
        side_ids(match)[other],
        ASKED,
        {"drives": side is Side.DRIVER, "when": "" if pickup_at is None else format_instant(pickup_at)},
        path=match_path(match.id),
        key=f"match:{match.id}:asked",
        now=now,
        urgent=pickup_at is not None and pickup_at - now <= telling.SOON,
        expires_at=pickup_at or max(expires_at, now + timedelta(days=1)),
    )


def _only_pickup(match: CarpoolMatch) -> datetime | None:
    """Return when the passenger would first get in, of a match for one day."""
    if match.only_on is None:
        return None
    legs = shared_legs(match, first_on=match.only_on, last_on=match.only_on)
    ways = [(leg, way) for leg in legs if (way := way_of(match.legs, leg.asked.direction)) is not None]
    return min((way.times(leg.asked.at)[0] for leg, way in ways), default=None)


def _tell_agreed(
    session: Session, match: CarpoolMatch, offer: CarpoolOffer, request: CarpoolRequest, now: datetime
) -> None:
    """Tell both whom they travel with, where and when the first time."""
    first = session.scalars(
        select(CarpoolRide).where(CarpoolRide.match_id == match.id).order_by(CarpoolRide.pickup_at).limit(1)
    ).one()
    for side, member_id in side_ids(match).items():
        other = load(CarpoolMember, request.member_id if side is Side.DRIVER else offer.member_id)
        telling.tell(
            member_id,
            AGREED,
            {
                "drives": side is Side.DRIVER,
                "other": telling.name_of(other),
                "other_phone": telling.phone_of(other),
                "when": format_instant(first.pickup_at),
                "where": first.pickup_label,
                "until": ""
                if match.only_on is not None
                else format_date(match.trial_until_on or first.shift_on, weekday=False),
            },
            path=match_path(match.id),
            key=f"match:{match.id}:agreed",
            now=now,
            urgent=first.pickup_at - now <= telling.SOON,
        )


def _tell_news(match: CarpoolMatch, what: str, *, to: tuple[Side, ...], now: datetime) -> None:
    members = side_ids(match)
    for side in to:
        telling.tell(
            members[side],
            NEWS,
            {"what": what},
            path=match_path(match.id),
            key=f"match:{match.id}:{match.state.value}:{match.version}",
            now=now,
            urgent=match.state in {MatchState.SUSPENDED, MatchState.ENDED},
        )


def expire_unanswered(*, now: datetime) -> dict[str, int]:
    """End the proposals that did not get both answers in time. Returns counts."""
    rows = db.session.execute(
        select(CarpoolMatch.id, CarpoolMatch.proposed_at, CarpoolMatch.only_on, CarpoolRequest.desk_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .where(CarpoolMatch.state.in_(_WAITING))
        .order_by(CarpoolMatch.id)
    ).all()
    today = day_of(now)
    delays = {desk: parameters.answer_days(on=today, desk_id=desk) for desk in {row.desk_id for row in rows}}
    due = [
        row.id
        for row in rows
        if row.proposed_at + timedelta(days=delays[row.desk_id]) <= now
        or (row.only_on is not None and row.only_on < today)
    ]
    end_read()
    return {"expired": sum(_by_job(match_id, MatchAction.EXPIRE, now) for match_id in due if not stopping())}


def confirm_tried(*, now: datetime) -> dict[str, int]:
    """Confirm the carpools whose trial is over, and end those whose last day has gone. Returns counts."""
    today = day_of(now)
    over = db.session.scalars(
        select(CarpoolMatch.id).where(
            CarpoolMatch.state.in_((MatchState.TRIAL, MatchState.CONFIRMED, MatchState.SUSPENDED)),
            # The way home of a night shift is made on the day after it.
            CarpoolMatch.ends_on < today - timedelta(days=1),
        )
    ).all()
    tried = db.session.scalars(
        select(CarpoolMatch.id).where(
            CarpoolMatch.state == MatchState.TRIAL,
            CarpoolMatch.trial_until_on < today,
            CarpoolMatch.only_on.is_(None),
            or_(CarpoolMatch.ends_on.is_(None), CarpoolMatch.ends_on >= today),
        )
    ).all()
    end_read()
    return {
        "ended": sum(_by_job(match_id, MatchAction.END, now) for match_id in over if not stopping()),
        "confirmed": sum(_by_job(match_id, MatchAction.CONFIRM, now) for match_id in tried if not stopping()),
    }


def _by_job(match_id: int, action: MatchAction, now: datetime) -> bool:
    """Move a match as time goes by, unless somebody was faster."""
    with transaction():
        if not MATCHES.allows(lock(CarpoolMatch, match_id).state, action):
            return False
        move(match_id=match_id, action=action, side=None, actor_id=None, now=now)
        return True
