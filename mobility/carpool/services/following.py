"""What becomes of matches and of their days when their offer or request is changed, paused or closed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from mobility.carpool.hooks import JourneyTold
from mobility.carpool.kinds import LIVING_STATES, JourneyAction, MatchState, RideState
from mobility.carpool.kinds import Side as Journeys
from mobility.carpool.models import CarpoolMatch, CarpoolOffer, CarpoolRide
from mobility.carpool.services import cancelling, steps
from mobility.carpool.services.agreeing import move
from mobility.carpool.services.complaints import ending
from mobility.carpool.services.planning import AHEAD, RIDING, plan_rides, shared_legs
from mobility.carpool.states import MATCHES, MatchAction, Side
from mobility.core.clock import day_of
from mobility.core.db import lock, transaction
from mobility.core.errors import RuleViolation

_SIDES = {Journeys.OFFER: Side.DRIVER, Journeys.REQUEST: Side.PASSENGER}


def follow(told: JourneyTold) -> None:
    """Follow an offer or a request, in the transaction of its change (``carpool/hooks.py``)."""
    side, ids = _SIDES[told.side], [told.journey_id]
    if told.action is JourneyAction.CLOSE:
        end_matches(side=side, journey_ids=ids, actor_id=told.actor_id, now=told.now)
    elif told.action is JourneyAction.PAUSE:
        suspend_matches(side=side, journey_ids=ids, actor_id=told.actor_id, now=told.now)
    elif told.action is JourneyAction.RESUME:
        resume_matches(side=side, journey_ids=ids, actor_id=told.actor_id, now=told.now)
    elif told.action in {JourneyAction.CHANGE, JourneyAction.EXCEPT}:
        keep_days(side=side, journey_ids=ids, actor_id=told.actor_id, now=told.now)


def end_matches(*, side: Side, journey_ids: Collection[int], actor_id: int | None, now: datetime) -> int:
    """End every living match of offers (driver) or requests (passenger) that are closed. Returns how many."""
    return _each(side, journey_ids, ending, actor_id=actor_id, now=now)


def suspend_matches(*, side: Side, journey_ids: Collection[int], actor_id: int | None, now: datetime) -> int:
    """Suspend the agreed matches of offers or requests that are paused. Returns how many."""
    return _each(side, journey_ids, lambda _state: MatchAction.SUSPEND, actor_id=actor_id, now=now)


def resume_matches(*, side: Side, journey_ids: Collection[int], actor_id: int | None, now: datetime) -> int:
    """Take up the matches again that a pause suspended; those without a seat any more stay as they are."""
    return _each(side, journey_ids, lambda _state: MatchAction.RESUME, actor_id=actor_id, now=now)


def _each(
    side: Side,
    journey_ids: Collection[int],
    action_of: Callable[[MatchState], MatchAction],
    *,
    actor_id: int | None,
    now: datetime,
) -> int:
    done = 0
    with transaction():
        for match_id, state in _living(side, journey_ids):
            action = action_of(state)
            if not MATCHES.allows(state, action):
                continue
            try:
                move(match_id=match_id, action=action, side=side, actor_id=actor_id, now=now)
            except RuleViolation:
                if action is not MatchAction.RESUME:
                    raise
                continue
            done += 1
    return done


def _living(side: Side, journey_ids: Collection[int]) -> list[tuple[int, MatchState]]:
    column = CarpoolMatch.offer_id if side is Side.DRIVER else CarpoolMatch.request_id
    with transaction() as session:
        session.flush()
        rows = session.execute(
            select(CarpoolMatch.id, CarpoolMatch.state)
            .where(column.in_(list(journey_ids)), CarpoolMatch.state.in_(LIVING_STATES))
            .order_by(CarpoolMatch.id)
        )
        return [(row.id, row.state) for row in rows]


def keep_days(*, side: Side, journey_ids: Collection[int], actor_id: int | None, now: datetime) -> int:
    """Cancel the days that no longer hold, telling whoever counted on them, and make those that do. Returns the first.

    ``side``: who changed their days.
    """
    lost = 0
    with transaction() as session:
        for match_id, state in _living(side, journey_ids):
            if state not in RIDING:
                continue
            match = lock(CarpoolMatch, match_id)
            lock(CarpoolOffer, match.offer_id)
            today = day_of(now)
            legs = shared_legs(match, first_on=today - timedelta(days=1), last_on=today + AHEAD + timedelta(days=1))
            standing = {(leg.asked.shift_on, leg.asked.direction) for leg in legs}
            rides = session.scalars(
                select(CarpoolRide)
                .where(
                    CarpoolRide.match_id == match_id,
                    CarpoolRide.state == RideState.PLANNED,
                    CarpoolRide.pickup_at > now,
                )
                .order_by(CarpoolRide.id)
            ).all()
            for ride in [one for one in rides if (one.shift_on, one.direction) not in standing]:
                lost += cancelling.drop_day(ride, side=side, actor_id=actor_id, now=now)
            plan_rides(session, match, now=now)
            steps.follow(request_id=match.request_id, now=now)
    return lost
