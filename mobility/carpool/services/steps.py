"""The pathway follows: one step a request, which carries the days that an agreed driver truly makes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from mobility.carpool.kinds import AGREED_STATES, JourneyState, MatchState
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolRequest, CarpoolRide
from mobility.carpool.services.planning import AHEAD, HELD, RIDING, shared_legs
from mobility.core.clock import at_paris, day_of
from mobility.core.db import db, load, transaction
from mobility.pathway.coverage import Certainty, LegKey
from mobility.pathway.models import Step
from mobility.pathway.rules import Direction, StepState
from mobility.pathway.services import put_step, reexpand

AID_KIND = "carpool"
AID_LABEL = "Covoiturage"
AID_ICON = "people"
# Days at the far end of the horizon may wait for the next run of the job.
_SURELY_PLANNED = AHEAD - timedelta(days=2)


def follow(*, request_id: int, now: datetime) -> None:
    """Bring the step of a request, and the legs that it carries, up to date. Joins the caller's transaction."""
    with transaction() as session:
        session.flush()
        request = load(CarpoolRequest, request_id)
        member = load(CarpoolMember, request.member_id)
        if member.person_id is None or request.objective_id is None:
            return
        step = session.scalar(select(Step).where(Step.aid_kind == AID_KIND, Step.aid_ref == request_id))
        matches = session.scalars(
            select(CarpoolMatch).where(CarpoolMatch.request_id == request_id, CarpoolMatch.starts_on.is_not(None))
        ).all()
        state = _state(request, matches, known=step is not None)
        if state is None:
            return
        first_on = min((match.starts_on for match in matches if match.starts_on is not None), default=request.starts_on)
        put_step(
            person_id=member.person_id,
            objective_id=request.objective_id,
            aid_kind=AID_KIND,
            aid_ref=request_id,
            title=AID_LABEL,
            state=state,
            starts_at=at_paris(first_on, time(0)),
            ends_at=None if request.ends_on is None else at_paris(request.ends_on + timedelta(days=1), time(12)),
            cost_cents=None,
            covers=True,
            now=now,
        )
        # A day that was cancelled changes neither the window nor the state.
        reexpand(objective_id=request.objective_id, now=now)


def _state(request: CarpoolRequest, matches: Sequence[CarpoolMatch], *, known: bool) -> StepState | None:
    states = {match.state for match in matches}
    if states & {MatchState.TRIAL, MatchState.CONFIRMED}:
        return StepState.ACTIVE
    if not known:
        return None
    return (
        StepState.DONE
        if request.state is JourneyState.CLOSED and not states & set(AGREED_STATES)
        else StepState.SUSPENDED
    )


def carried(request_id: int, legs: Collection[LegKey], now: datetime) -> frozenset[LegKey]:
    """Return which of the legs of one objective the agreed drivers of a request carry.

    Of the coming weeks those with a place in a car; beyond them those that both rosters share.
    """
    if not legs:
        return frozenset()
    first_on, last_on = min(leg.shift_on for leg in legs), max(leg.shift_on for leg in legs)
    planned_until = day_of(now) + _SURELY_PLANNED
    objective_id = next(iter(legs)).objective_id
    held = held_ways([request_id], first_on=first_on, last_on=last_on)
    found = {LegKey(objective_id, shift_on, direction) for _request, shift_on, direction in held}
    if last_on > planned_until:
        standing = db.session.scalars(
            select(CarpoolMatch).where(CarpoolMatch.request_id == request_id, CarpoolMatch.state.in_(RIDING))
        ).all()
        for match in standing:
            for leg in shared_legs(match, first_on=max(first_on, planned_until + timedelta(days=1)), last_on=last_on):
                found.add(LegKey(objective_id, leg.asked.shift_on, leg.asked.direction))
    return frozenset(found) & frozenset(legs)


def grades(legs: Mapping[int, Collection[LegKey]]) -> dict[int, dict[LegKey, Certainty]]:
    """Return how surely requests carry legs: by a place that is held, else by what was agreed alone; one query."""
    days = [key.shift_on for of_request in legs.values() for key in of_request]
    if not days:
        return {}
    held = held_ways(list(legs), first_on=min(days), last_on=max(days))
    return {
        request_id: {
            key: Certainty.CONFIRMED if (request_id, key.shift_on, key.direction) in held else Certainty.AGREED
            for key in of_request
        }
        for request_id, of_request in legs.items()
    }


def held_ways(request_ids: Collection[int], *, first_on: date, last_on: date) -> frozenset[tuple[int, date, Direction]]:
    """Return the ways on which a place in a car is held, by request, day and direction; one query."""
    rows = db.session.execute(
        select(CarpoolMatch.request_id, CarpoolRide.shift_on, CarpoolRide.direction)
        .join(CarpoolMatch, CarpoolMatch.id == CarpoolRide.match_id)
        .where(
            CarpoolMatch.request_id.in_(request_ids),
            CarpoolRide.state.in_(HELD),
            CarpoolRide.shift_on.between(first_on, last_on),
        )
    )
    return frozenset((request_id, shift_on, direction) for request_id, shift_on, direction in rows)
