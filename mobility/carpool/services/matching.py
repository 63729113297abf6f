"""Look for matches and propose them; tell somebody whose standing request has met an offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mobility.carpool import candidates, indexing, links, parameters, words
from mobility.carpool import found as messages
from mobility.carpool.candidates import Candidate
from mobility.carpool.kinds import LIVING_STATES, JourneyState, MatchState
from mobility.carpool.models import CarpoolEvent, CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.proposals import Metres, Proposal, proposal_of, ranked
from mobility.carpool.rules.fitting import against
from mobility.carpool.search import find, may_meet
from mobility.carpool.spoken import Names
from mobility.carpool.states import MATCHES, MatchAction
from mobility.core.clock import day_of
from mobility.core.db import db, end_read, load, lock, transaction
from mobility.core.jobs import stopping
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.geo import engines
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass

# So many stand before somebody at a time: more than that is no choice.
MOST = 5
# Days move on and rosters change: each is looked for again once a day.
LOOKED_AGAIN = timedelta(days=1)
# So few offers are read and compared sooner than the index is asked for each pair of stops.
ASKED_ONE_BY_ONE = 100
_AT_ONCE = 200


@dataclass(frozen=True)
class Found:
    """What fits a request: the best of it and what stands before the passenger already, and the offers of all of it."""

    proposals: Sequence[Proposal] = ()
    fitting: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Seen:
    """What a search saw at an instant: for each request, the best first; nothing for one that is met no more."""

    request_id: int | None
    offer_id: int | None
    found: Mapping[int, Found]
    now: datetime


@dataclass(frozen=True)
class Looked:
    """What a search did: the matches that are new, and how many pairs fit."""

    new: tuple[int, ...]
    fitting: int


def propose_matches(
    *,
    now: datetime,
    request_id: int | None = None,
    offer_id: int | None = None,
    actor_id: int | None = None,
    tell: bool = False,
) -> Looked:
    """Look for whom a request or an offer fits, and write what is new as proposals.

    What was proposed and not answered is brought up to date, and expires where it fits no more; what somebody has
    answered stays as it is. ``tell``: the people whose requests are met hear of it. Protected files and whoever may
    not be matched are not looked at, on either side.
    """
    return write(seek(now=now, request_id=request_id, offer_id=offer_id), actor_id=actor_id, tell=tell)


def seek(*, now: datetime, request_id: int | None = None, offer_id: int | None = None) -> Seen:
    """Look for whom a request or an offer fits; nothing is written and nothing held while the road is asked."""
    today = day_of(now)
    requests = candidates.open_requests(today, ids=None if request_id is None else [request_id])
    offers = candidates.open_offers(today, ids=offers_to_ask(requests, request_id) if offer_id is None else [offer_id])
    found_now = _proposals(offers, requests, now=now)
    known = candidates.asked_before(
        request_ids=[] if request_id is None else [request_id],
        offer_ids=[] if offer_id is None else [offer_id],
        now=now,
    )
    waiting = {asked for (_, asked), row in known.items() if row.state is MatchState.PROPOSED}
    end_read()
    return Seen(request_id, offer_id, {one: found_now.get(one, Found()) for one in sorted({*found_now, *waiting})}, now)


def offers_to_ask(requests: Sequence[Candidate], request_id: int | None) -> set[int] | None:
    """Return the offers to look at for a request; None for all: they are few, or the index is not ready."""
    if request_id is None or not requests or candidates.count_open_offers() <= ASKED_ONE_BY_ONE:
        return None
    near = indexing.offers_near(requests[0].traveller)
    return None if near is None else near | candidates.offers_beside_the_index(request_id)


def write(seen: Seen, *, actor_id: int | None = None, tell: bool = False) -> Looked:
    """Write what ``seek`` saw, a transaction for each request."""
    new: list[int] = []
    for request_id, one in seen.found.items():
        new += _write(request_id, one, offer_id=seen.offer_id, actor_id=actor_id, now=seen.now, tell=tell)
    _note_looked(request_id=seen.request_id, offer_id=seen.offer_id, now=seen.now)
    return Looked(tuple(new), sum(len(one.fitting) for one in seen.found.values()))


def _proposals(offers: Sequence[Candidate], requests: Sequence[Candidate], *, now: datetime) -> dict[int, Found]:
    """Return what could be proposed for each request, the best first.

    All that fits is ranked; made ready to be read are those alone that may be written.
    """
    if not offers or not requests:
        return {}
    engine = engines.local()
    blocked = candidates.apart()
    taken = candidates.taken_seats(offers, day_of(now))
    trust = candidates.trust_of({offer.member.id for offer in offers})
    known = candidates.asked_before(
        request_ids=[one.row.id for one in requests], offer_ids=[one.row.id for one in offers], now=now
    )
    by_id = {offer.row.id: offer for offer in offers}
    answered = {pair for pair, row in known.items() if row.state is not MatchState.PROPOSED}
    result: dict[int, Found] = {}
    metres, names = Metres(engine), Names(engine.network, parameters.naming(on=day_of(now)))
    if len(offers) == 1:
        near = may_meet(engine, offers[0].traveller, [request.traveller for request in requests])
        requests = [request for request, meets in zip(requests, near, strict=True) if meets]
    today = day_of(now)
    rankings = {
        desk_id: parameters.ranking(on=today, desk_id=desk_id) for desk_id in {one.row.desk_id for one in requests}
    }
    for request in requests:
        drivers = [
            candidates.with_room(offer, request.seats, taken)
            for offer in offers
            if (offer.row.id, request.row.id) not in answered and not against(offer.party, request.party, blocked)
        ]
        ranking = rankings[request.row.desk_id]
        fits = [
            fit
            for fit in find(engine, request.traveller, drivers, ranking)
            if ranking.is_help(shared=fit.legs_shared, asked=fit.legs_asked)
        ]
        if fits:
            best = sorted(
                (
                    ranked(metres, fit, driver, request, trust[driver.member.id], ranking.measures)
                    for fit in fits
                    for driver in (by_id[fit.driver],)
                ),
                key=lambda one: (one.rank.total, one.fit.driver),
            )
            fresh = [one.fit.driver for one in best if (one.fit.driver, request.row.id) not in known]
            left_out = set(fresh[MOST:])
            result[request.row.id] = Found(
                [proposal_of(metres, names, one, request) for one in best if one.fit.driver not in left_out],
                frozenset(fit.driver for fit in fits),
            )
    return result


@retried
def _write(
    request_id: int,
    found: Found,
    *,
    offer_id: int | None,
    actor_id: int | None,
    now: datetime,
    tell: bool,
) -> list[int]:
    """Write what was found for one request; return the ids of the matches that are new."""
    with transaction() as session:
        request = lock(CarpoolRequest, request_id)
        living = {
            row.offer_id: row
            for row in session.scalars(
                select(CarpoolMatch)
                .where(
                    CarpoolMatch.request_id == request_id,
                    CarpoolMatch.only_on.is_(None),
                    CarpoolMatch.state.in_(LIVING_STATES),
                )
                .order_by(CarpoolMatch.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        }
        standing = request.state is JourneyState.OPEN
        wanted = {one.offer_id: one for one in found.proposals} if standing else {}
        for row in living.values():
            if row.state is not MatchState.PROPOSED or (offer_id is not None and row.offer_id != offer_id):
                continue
            if row.offer_id in wanted:
                _bring_up(row, wanted[row.offer_id])
            elif not standing or row.offer_id not in found.fitting:
                _expire(session, row, now)
        open_ones = sum(1 for row in living.values() if row.state is MatchState.PROPOSED)
        new: list[int] = []
        for one in wanted.values():
            if one.offer_id in living or open_ones + len(new) >= MOST:
                continue
            match_id = _insert(session, one, actor_id=actor_id, now=now)
            if match_id is not None:
                new.append(match_id)
        session.flush()
        if new and tell:
            _tell(session, request, load(CarpoolMatch, new[0]), now)
        return new


def _bring_up(row: CarpoolMatch, proposal: Proposal) -> None:
    for name, value in proposal.columns().items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _expire(session: Session, row: CarpoolMatch, now: datetime) -> None:
    row.state = MATCHES.after(row.state, MatchAction.EXPIRE)
    row.ended_at = now
    row.end_reason = candidates.FITS_NO_MORE
    session.add(
        CarpoolEvent(
            match_id=row.id, at=now, action=MatchAction.EXPIRE.value, from_state=MatchState.PROPOSED.value,
            to_state=row.state.value,
        )
    )  # fmt: skip


def _insert(session: Session, proposal: Proposal, *, actor_id: int | None, now: datetime) -> int | None:
    """Write a proposal; None where a search from the other side was faster."""
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    row = {
        **proposal.columns(),
        "offer_id": proposal.offer_id,
        "request_id": proposal.request_id,
        "state": MatchState.PROPOSED,
        "proposed_at": now,
        "proposed_by_id": actor_id,
        "end_reason": "",
        "version": 1,
    }
    statement = insert(CarpoolMatch).values(**row).on_conflict_do_nothing()
    match_id: int | None = session.execute(statement.returning(CarpoolMatch.id)).scalar_one_or_none()
    if match_id is not None:
        session.add(
            CarpoolEvent(
                match_id=match_id,
                at=now,
                action=MatchAction.PROPOSE.value,
                to_state=MatchState.PROPOSED.value,
                by_user_id=actor_id,
            )
        )
    return match_id


def _tell(session: Session, request: CarpoolRequest, match: CarpoolMatch, now: datetime) -> None:
    """Tell the passenger of the best of what is new."""
    member = load(CarpoolMember, request.member_id)
    driver = session.scalars(
        select(CarpoolMember)
        .join(CarpoolOffer, CarpoolOffer.member_id == CarpoolMember.id)
        .where(CarpoolOffer.id == match.offer_id)
    ).one()
    desk = load(Desk, member.desk_id)
    if member.person_id is None:
        path = f"/c/{links.make(member, now=now)}"
    else:
        path = f"/mon-espace/covoiturage/demandes/{request.id}/propositions"
    notifications.queue(
        recipient_id=member.recipient_id,
        template=messages.FOUND,
        params={
            "place": desk.name,
            "phone": desk.phone,
            "words": words.match_sentence(match.legs, match.days, is_woman=driver.is_woman, yours=True),
            "link": render.public_url(path),
        },
        message_class=MessageClass.NORMAL,
        dedup_key=f"{messages.FOUND}:{match.id}",
        now=now,
        person_id=member.person_id,
    )


def _note_looked(*, request_id: int | None, offer_id: int | None, now: datetime) -> None:
    """Write down that somebody was looked for; this is no change of the journey."""
    with transaction() as session:
        for model, identity in ((CarpoolRequest, request_id), (CarpoolOffer, offer_id)):
            if identity is not None:
                session.execute(update(model).where(model.id == identity).values(matched_at=now))


def look_again(*, now: datetime) -> Mapping[str, int]:
    """Look for everybody whose offer or request is new, was changed, or was not looked at for a day. Returns counts."""
    counts = {"offers": 0, "requests": 0, "proposed": 0, "indexed": 0}
    due = _due(CarpoolOffer, now)
    end_read()
    counts["indexed"] = indexing.index_offers(offer_ids=due, now=now)
    for offer_id in _until_stopped(due):
        counts["offers"] += 1
        counts["proposed"] += len(propose_matches(offer_id=offer_id, now=now, tell=True).new)
    for request_id in _until_stopped(_due(CarpoolRequest, now)):
        counts["requests"] += 1
        counts["proposed"] += len(propose_matches(request_id=request_id, now=now, tell=True).new)
    return counts


def _until_stopped(ids: Iterable[int]) -> Iterable[int]:
    for one in ids:
        if stopping():
            return
        yield one


def _due(model: type[CarpoolOffer | CarpoolRequest], now: datetime) -> list[int]:
    changed: ColumnElement[bool] = or_(model.matched_at.is_(None), model.matched_at < model.updated_at)
    old = and_(model.state == JourneyState.OPEN, model.matched_at < now - LOOKED_AGAIN)
    query = select(model.id).where(or_(changed, old)).order_by(model.updated_at, model.id).limit(_AT_ONCE)
    return list(db.session.scalars(query))
