"""Who may be proposed to whom: open offers and requests of people who can be matched, in a constant number of queries.

Protected files are left out entirely, as is whoever was erased, restricted or merged into another file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from mobility.carpool.booked import booked_seats
from mobility.carpool.days import DayLeg, horizon
from mobility.carpool.kinds import (
    AGREED_STATES,
    LIVING_STATES,
    JourneyState,
    MatchState,
    MemberState,
    RideState,
)
from mobility.carpool.legs import legs_in
from mobility.carpool.models import (
    CarpoolBlock,
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolReport,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.promised import promised_legs
from mobility.carpool.rules.fitting import Party
from mobility.carpool.rules.ranking import Trust
from mobility.carpool.search import Traveller
from mobility.core.db import db
from mobility.pathway.rules import Direction
from mobility.people.models import Person

DAY = timedelta(days=1)
FITS_NO_MORE = "Les deux trajets ne vont plus ensemble."
ASKED_AGAIN = timedelta(days=60)
# What was answered is not asked again.
_ASKED_BEFORE = (*LIVING_STATES, MatchState.REFUSED, MatchState.ENDED)


@dataclass(frozen=True)
class Candidate:
    """An open offer or request, what its search needs, and who is behind it."""

    row: CarpoolOffer | CarpoolRequest
    member: CarpoolMember
    party: Party
    traveller: Traveller

    @property
    def seats(self) -> int:
        """The seats of the car, or those that are needed."""
        return self.row.seats


def may_be_matched() -> ColumnElement[bool]:
    """Return the condition on ``CarpoolMember``, ``Person`` outer-joined: active, and no file that is out of bounds."""
    return and_(
        CarpoolMember.state == MemberState.ACTIVE,
        CarpoolMember.erased_at.is_(None),
        or_(
            CarpoolMember.person_id.is_(None),
            and_(
                Person.protected.is_(False),
                Person.erased_at.is_(None),
                Person.restricted_at.is_(None),
                Person.merged_into_id.is_(None),
            ),
        ),
    )


def open_offers(today: date, *, ids: Collection[int] | None = None) -> list[Candidate]:
    """Return the offers that may be matched, with their ways of the coming eight weeks (five queries)."""
    query = (
        select(CarpoolOffer, CarpoolMember)
        .join(CarpoolMember, CarpoolMember.id == CarpoolOffer.member_id)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(CarpoolOffer.state == JourneyState.OPEN, may_be_matched(), CarpoolOffer.origin_latitude.is_not(None))
        .order_by(CarpoolOffer.id)
    )
    if ids is not None:
        query = query.where(CarpoolOffer.id.in_(ids))
    rows = [(offer, member) for offer, member in db.session.execute(query)]
    first_on, last_on = horizon(today)
    # The night before the first day ends on it.
    legs = legs_in([offer for offer, _ in rows], first_on=first_on - DAY, last_on=last_on + DAY)
    return [
        Candidate(
            offer,
            member,
            Party(
                member_id=member.id,
                is_woman=member.is_woman,
                women_only=offer.women_only,
                smoking=member.smokes_in_car or not offer.non_smoking,
                animal=offer.assistance_animal,
                child_seats=offer.child_seats,
                luggage=offer.luggage,
                seats=offer.seats,
            ),
            _traveller(offer, legs[offer.id], offer.max_detour_minutes * 60),
        )
        for offer, member in rows
    ]


def count_open_offers() -> int:
    """Return how many offers stand, whoever is behind them (one query)."""
    standing = select(func.count()).select_from(CarpoolOffer).where(CarpoolOffer.state == JourneyState.OPEN)
    return db.session.scalar(standing) or 0


def offers_beside_the_index(request_id: int) -> set[int]:
    """Return the offers that a search by the index would not bring (two queries).

    Those that are new or were changed since they were indexed, and those that stand before the passenger already.
    """
    fresh = select(CarpoolOffer.id).where(
        CarpoolOffer.state == JourneyState.OPEN,
        or_(CarpoolOffer.matched_at.is_(None), CarpoolOffer.matched_at < CarpoolOffer.updated_at),
    )
    before = select(CarpoolMatch.offer_id).where(
        CarpoolMatch.request_id == request_id, CarpoolMatch.state.in_(LIVING_STATES)
    )
    return {*db.session.scalars(fresh), *db.session.scalars(before)}


def open_requests(today: date, *, ids: Collection[int] | None = None) -> list[Candidate]:
    """Return the requests that may be matched, with their ways of the coming eight weeks (five queries)."""
    query = (
        select(CarpoolRequest, CarpoolMember)
        .join(CarpoolMember, CarpoolMember.id == CarpoolRequest.member_id)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(CarpoolRequest.state == JourneyState.OPEN, may_be_matched(), CarpoolRequest.origin_latitude.is_not(None))
        .order_by(CarpoolRequest.id)
    )
    if ids is not None:
        query = query.where(CarpoolRequest.id.in_(ids))
    rows = [(request, member) for request, member in db.session.execute(query)]
    first_on, last_on = horizon(today)
    legs = legs_in([request for request, _ in rows], first_on=first_on, last_on=last_on)
    return [
        Candidate(
            request,
            member,
            Party(
                member_id=member.id,
                is_woman=member.is_woman,
                women_only=request.women_only,
                smoking=not request.non_smoking,
                animal=request.assistance_animal,
                child_seats=request.child_seats,
                luggage=request.luggage,
                seats=request.seats,
            ),
            _traveller(request, legs[request.id], request.max_walk_metres),
        )
        for request, member in rows
    ]


def _traveller(row: CarpoolOffer | CarpoolRequest, legs: Sequence[DayLeg], reach: int) -> Traveller:
    return Traveller(
        key=row.id,
        home=(row.origin_longitude or 0.0, row.origin_latitude or 0.0),
        away=(row.destination_longitude or 0.0, row.destination_latitude or 0.0),
        legs=tuple(legs),
        reach=reach,
    )


def apart() -> frozenset[frozenset[int]]:
    """Return the pairs of members of whom one has blocked the other (one query)."""
    rows = db.session.execute(select(CarpoolBlock.by_member_id, CarpoolBlock.other_member_id))
    return frozenset(frozenset(row) for row in rows)


def asked_before(
    *, request_ids: Collection[int], offer_ids: Collection[int], now: datetime
) -> dict[tuple[int, int], CarpoolMatch]:
    """Return the matches that exist of these requests or offers, by (offer, request).

    Of several, the one that lives. What nobody answered counts for some weeks: nobody is asked again and again; what
    expired because the journeys did not fit any more does not.
    """
    unanswered = and_(
        CarpoolMatch.state == MatchState.EXPIRED,
        CarpoolMatch.ended_at > now - ASKED_AGAIN,
        CarpoolMatch.end_reason != FITS_NO_MORE,
    )
    rows = db.session.scalars(
        select(CarpoolMatch)
        .where(
            or_(CarpoolMatch.request_id.in_(request_ids), CarpoolMatch.offer_id.in_(offer_ids)),
            or_(CarpoolMatch.state.in_(_ASKED_BEFORE), unanswered),
            # What was asked for one day says nothing of the others.
            CarpoolMatch.only_on.is_(None),
        )
        .order_by(CarpoolMatch.state.in_(LIVING_STATES), CarpoolMatch.id)
    )
    return {(row.offer_id, row.request_id): row for row in rows}


def trust_of(member_ids: Collection[int]) -> dict[int, Trust]:
    """Return what is known of drivers: papers seen, rides done, problems not settled (three queries)."""
    rides: Counter[int] = Counter()
    for member_id, count in db.session.execute(
        select(CarpoolOffer.member_id, func.count())
        .join(CarpoolTrip, CarpoolTrip.offer_id == CarpoolOffer.id)
        .join(CarpoolRide, CarpoolRide.trip_id == CarpoolTrip.id)
        .where(CarpoolOffer.member_id.in_(member_ids), CarpoolRide.state == RideState.DONE)
        .group_by(CarpoolOffer.member_id)
    ):
        rides[member_id] = count
    reports: Counter[int] = Counter()
    for member_id, count in db.session.execute(
        select(CarpoolOffer.member_id, func.count())
        .join(CarpoolMatch, CarpoolMatch.offer_id == CarpoolOffer.id)
        .join(CarpoolReport, CarpoolReport.match_id == CarpoolMatch.id)
        .where(
            CarpoolOffer.member_id.in_(member_ids),
            CarpoolReport.by_member_id != CarpoolOffer.member_id,
            CarpoolReport.handled_at.is_(None),
        )
        .group_by(CarpoolOffer.member_id)
    ):
        reports[member_id] = count
    checked = set(
        db.session.scalars(
            select(CarpoolMember.id).where(CarpoolMember.id.in_(member_ids), CarpoolMember.checked_at.is_not(None))
        )
    )
    return {one: Trust(one in checked, rides[one], reports[one]) for one in member_ids}


def taken_seats(offers: Sequence[Candidate], today: date) -> dict[int, Counter[tuple[date, Direction]]]:
    """Return the seats that agreed passengers and other services' users take on each way of each offer (six queries)."""
    by_offer = {offer.row.id: offer for offer in offers}
    rows = db.session.execute(
        select(CarpoolMatch, CarpoolRequest)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .where(CarpoolMatch.offer_id.in_(by_offer), CarpoolMatch.state.in_(AGREED_STATES))
    ).all()
    first_on, last_on = horizon(today)
    legs = legs_in([request for _, request in rows], first_on=first_on - DAY, last_on=last_on + DAY)
    taken: dict[int, Counter[tuple[date, Direction]]] = {}
    for match, request in rows:
        seats = taken.setdefault(match.offer_id, Counter())
        for pair in promised_legs(match, by_offer[match.offer_id].traveller.legs, legs[request.id]):
            seats[pair.offered.shift_on, pair.offered.direction] += request.seats
    for (offer_id, shift_on, direction), count in booked_seats(
        by_offer, first_on=first_on - DAY, last_on=last_on + DAY
    ).items():
        taken.setdefault(offer_id, Counter())[shift_on, direction] += count
    return taken


def with_room(offer: Candidate, seats: int, taken: Mapping[int, Counter[tuple[date, Direction]]]) -> Traveller:
    """Return the driver's ways on which so many seats are free."""
    full = taken.get(offer.row.id)
    if not full:
        return offer.traveller
    free = tuple(leg for leg in offer.traveller.legs if full[leg.shift_on, leg.direction] + seats <= offer.row.seats)
    return replace(offer.traveller, legs=free)
