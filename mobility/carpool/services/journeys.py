"""Offers and requests: kept, changed, paused, ended; their days off. Whoever follows them is told (``carpool/hooks.py``)."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from mobility.accounts import audit
from mobility.carpool import acts, hooks
from mobility.carpool.errors import (
    JourneyClosed,
    JourneyInvalid,
    LicenceUndeclared,
    NoCarpoolForProtected,
    NotAMember,
    TooManyJourneys,
)
from mobility.carpool.kinds import JOURNEYS, JourneyAction, JourneyState, MemberAction, MemberState, Side, Timing
from mobility.carpool.models import CarpoolException, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.rules.journeys import JourneyFacts, check
from mobility.core.clock import day_of
from mobility.core.db import check_version, lock, transaction
from mobility.core.retry import retried
from mobility.journal import services as journal
from mobility.pathway import patterns
from mobility.pathway.models import Objective
from mobility.pathway.rules import Direction
from mobility.people.models import Person

HOUR = timedelta(hours=1)
MOST = 10
MOST_EXCEPTIONS = 200
MODELS: dict[Side, type[CarpoolOffer] | type[CarpoolRequest]] = {
    Side.OFFER: CarpoolOffer,
    Side.REQUEST: CarpoolRequest,
}
_OWN = {Side.OFFER: ("max_detour_minutes", "price_per_km_cents"), Side.REQUEST: ("max_walk_metres",)}
_ENDS = {"label": "label", "insee_code": "insee", "latitude": "latitude", "longitude": "longitude"}


def subject_of(side: Side) -> str:
    """Return the kind of row, as the audit log and row access name it."""
    return f"carpool_{side.value}"


@retried
def open_journey(*, side: Side, member_id: int, facts: JourneyFacts, actor_id: int | None, now: datetime) -> int:
    """Keep an offer or a request; return its id. Somebody who waits or pauses gets it on hold.

    Raises JourneyInvalid, NotAMember, NoCarpoolForProtected, LicenceUndeclared, TooManyJourneys.
    """
    model = MODELS[side]
    with transaction() as session:
        member = lock(CarpoolMember, member_id)
        _check_member(session, member, side)
        standing = select(func.count()).where(model.member_id == member_id, model.state != JourneyState.CLOSED)
        if (session.scalar(standing) or 0) >= MOST:
            raise TooManyJourneys(most=MOST)
        row = model(member_id=member_id, desk_id=member.desk_id, created_at=now)
        _fill(session, row, side, member, facts, now=now)
        row.state = JourneyState.OPEN if member.state is MemberState.ACTIVE else JourneyState.PAUSED
        session.add(row)
        session.flush()
        _tell(row, side, member, JourneyAction.OPEN, actor_id=actor_id, now=now)
        return row.id


@retried
def change_journey(
    *, side: Side, journey_id: int, facts: JourneyFacts, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Change an offer or a request. Raises JourneyInvalid, JourneyClosed, StaleVersion and what ``open_journey`` does."""
    with transaction() as session:
        row, member = hold(session, side, journey_id)
        check_version(row, version)
        _check_member(session, member, side)
        _fill(session, row, side, member, facts, now=now)
        session.flush()
        _tell(row, side, member, JourneyAction.CHANGE, actor_id=actor_id, now=now)


@retried
def move_journey(
    *, side: Side, journey_id: int, action: JourneyAction, actor_id: int | None, now: datetime
) -> JourneyState:
    """Pause, resume or close; return the state that follows. Raises ForbiddenTransition, NotAMember."""
    with transaction() as session:
        row, member = hold(session, side, journey_id, closed_too=True)
        state = JOURNEYS.after(row.state, action)
        if action is JourneyAction.RESUME:
            _check_member(session, member, side)
            if member.state is not MemberState.ACTIVE:
                raise NotAMember("Cette personne est en pause. Reprenez d’abord sa participation.")
        _move(row, side, member, action, state, actor_id=actor_id, now=now)
        session.flush()
        return state


@retried
def add_exception(
    *,
    side: Side,
    journey_id: int,
    day_on: date,
    direction: Direction | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Say that a journey does not hold on a day, one way or both. Said twice, it is said. Raises JourneyInvalid."""
    with transaction() as session:
        row, member = hold(session, side, journey_id)
        if not day_of(now) <= day_on <= day_of(now) + timedelta(days=366):
            raise JourneyInvalid("Choisissez un jour à venir, dans l’année.", field="day_on")
        if day_on < row.starts_on or (row.ends_on is not None and day_on > row.ends_on):
            raise JourneyInvalid("Ce trajet n’a pas lieu ce jour-là.", field="day_on")
        own = _exceptions_of(side, journey_id)
        known = session.scalars(select(CarpoolException).where(own)).all()
        if any(one.day_on == day_on and one.direction in {None, direction} for one in known):
            return
        if len(known) >= MOST_EXCEPTIONS:
            raise JourneyInvalid(
                "Il y a déjà beaucoup de jours notés. Mettez plutôt le trajet en pause.", field="day_on"
            )
        if direction is None:
            session.execute(delete(CarpoolException).where(own, CarpoolException.day_on == day_on))
        key = {"offer_id": journey_id} if side is Side.OFFER else {"request_id": journey_id}
        session.add(CarpoolException(**key, day_on=day_on, direction=direction, at=now))
        _touch(row, now)
        session.flush()
        _tell(row, side, member, JourneyAction.EXCEPT, actor_id=actor_id, now=now)


@retried
def remove_exception(*, side: Side, journey_id: int, exception_id: int, actor_id: int | None, now: datetime) -> None:
    """Let a journey hold again on a day; unknown ones are no error."""
    with transaction() as session:
        row, member = hold(session, side, journey_id)
        found = session.scalar(
            select(CarpoolException).where(CarpoolException.id == exception_id, _exceptions_of(side, journey_id))
        )
        if found is None:
            return
        session.delete(found)
        _touch(row, now)
        session.flush()
        _tell(row, side, member, JourneyAction.EXCEPT, actor_id=actor_id, now=now)


def follow_member(
    session: Session, member: CarpoolMember, *, action: MemberAction, actor_id: int | None, now: datetime
) -> None:
    """Put what a member offers and asks on hold with them, and take it up again. Joins the transaction."""
    moved = JourneyAction.PAUSE if action is MemberAction.PAUSE else JourneyAction.RESUME
    for side, row in _standing(session, member.id):
        if JOURNEYS.allows(row.state, moved):
            _move(row, side, member, moved, JOURNEYS.after(row.state, moved), actor_id=actor_id, now=now)


def close_all(session: Session, member: CarpoolMember, *, actor_id: int | None, now: datetime) -> None:
    """End all that a member offers and asks. Joins the transaction."""
    for side, row in _standing(session, member.id):
        _move(row, side, member, JourneyAction.CLOSE, JourneyState.CLOSED, actor_id=actor_id, now=now)


def close_past(*, now: datetime) -> int:
    """End the offers and requests of which the last day has passed. Returns how many."""
    closed = 0
    with transaction() as session:
        for side, model in MODELS.items():
            past = select(model.id).where(model.state != JourneyState.CLOSED, model.ends_on < day_of(now)).limit(500)
            for journey_id in session.scalars(past).all():
                row, member = hold(session, side, journey_id)
                _move(row, side, member, JourneyAction.CLOSE, JourneyState.CLOSED, actor_id=None, now=now)
                closed += 1
    return closed


def hold(
    session: Session, side: Side, journey_id: int, *, closed_too: bool = False
) -> tuple[CarpoolOffer | CarpoolRequest, CarpoolMember]:
    """Return a journey and its member, both held until the transaction ends. Raises NotFound, JourneyClosed."""
    row = lock(MODELS[side], journey_id)
    if row.state is JourneyState.CLOSED and not closed_too:
        raise JourneyClosed
    return row, session.get_one(CarpoolMember, row.member_id)


def _standing(session: Session, member_id: int) -> list[tuple[Side, CarpoolOffer | CarpoolRequest]]:
    found: list[tuple[Side, CarpoolOffer | CarpoolRequest]] = []
    model: Any
    for side, model in MODELS.items():
        rows = session.scalars(
            select(model)
            .where(model.member_id == member_id, model.state != JourneyState.CLOSED)
            .order_by(model.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.extend((side, row) for row in rows.all())
    return found


def _check_member(session: Session, member: CarpoolMember, side: Side) -> None:
    if member.state is MemberState.LEFT:
        raise NotAMember
    if member.person_id is not None and session.get_one(Person, member.person_id).protected:
        raise NoCarpoolForProtected
    if side is Side.OFFER and member.declared_at is None:
        raise LicenceUndeclared


def _fill(
    session: Session,
    row: CarpoolOffer | CarpoolRequest,
    side: Side,
    member: CarpoolMember,
    facts: JourneyFacts,
    *,
    now: datetime,
) -> None:
    check(facts, side, is_woman=member.is_woman, smokes=member.smokes_in_car, today=day_of(now))
    if facts.timing is Timing.ROSTER:
        objective = session.get(Objective, facts.objective_id)
        if objective is None or objective.person_id != member.person_id:
            raise JourneyInvalid("Choisissez un objectif de cette personne.", field="timing")
    else:
        patterns.from_json(dict(facts.pattern))  # whatever the page did, the row can be read again
    for name, end in (("origin", facts.origin), ("destination", facts.destination)):
        for part, column in _ENDS.items():
            setattr(row, f"{name}_{column}", getattr(end, part))
    others = _OWN[Side.REQUEST if side is Side.OFFER else Side.OFFER]
    for one in fields(facts):
        if one.name not in {"origin", "destination", "pattern", *others}:
            setattr(row, one.name, getattr(facts, one.name))
    row.pattern = {} if facts.timing is Timing.ROSTER else dict(facts.pattern)
    _touch(row, now)


def _touch(row: CarpoolOffer | CarpoolRequest, now: datetime) -> None:
    row.updated_at = now
    if row.id is not None:
        flag_modified(row, "updated_at")  # the version rises even when two changes fall on one instant


def _exceptions_of(side: Side, journey_id: int) -> ColumnElement[bool]:
    column = CarpoolException.offer_id if side is Side.OFFER else CarpoolException.request_id
    return column == journey_id


def _move(
    row: CarpoolOffer | CarpoolRequest,
    side: Side,
    member: CarpoolMember,
    action: JourneyAction,
    state: JourneyState,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    row.state = state
    row.closed_at = now if state is JourneyState.CLOSED else None
    _touch(row, now)
    _tell(row, side, member, action, actor_id=actor_id, now=now)


_KINDS = {
    (Side.OFFER, JourneyAction.OPEN): acts.OFFERED,
    (Side.REQUEST, JourneyAction.OPEN): acts.ASKED,
    (Side.OFFER, JourneyAction.CLOSE): acts.CLOSED,
    (Side.REQUEST, JourneyAction.CLOSE): acts.CLOSED,
}


def _tell(
    row: CarpoolOffer | CarpoolRequest,
    side: Side,
    member: CarpoolMember,
    action: JourneyAction,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    named = f"{subject_of(side)}.{action.value}"
    if member.person_id is None:
        audit.record(actor_id=actor_id, action=named, subject_kind=subject_of(side), subject_id=row.id, now=now)
    else:
        journal.write_act(
            person_id=member.person_id, subject_kind=subject_of(side), subject_id=row.id, action=named, now=now,
            actor_id=actor_id, kind=_KINDS.get((side, action)),
        )  # fmt: skip
    hooks.tell(
        hooks.JourneyTold(side=side, journey_id=row.id, member_id=member.id, action=action, now=now, actor_id=actor_id)
    )
