"""What the page of a request's proposals shows: nobody's name, no address, until both have agreed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from mobility.carpool import words
from mobility.carpool.kinds import LIVING_STATES, MATCH_STATE_LABELS, MatchState
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.rules.ranking import REASON_LABELS, Ranked, Reason, parts_of
from mobility.core.db import db
from mobility.core.money import format_cents
from mobility.pathway.rules import Direction

_TONES = {
    MatchState.PROPOSED: "info",
    MatchState.DRIVER_AGREED: "info",
    MatchState.PASSENGER_AGREED: "info",
    MatchState.TRIAL: "accent",
    MatchState.CONFIRMED: "accent",
    MatchState.SUSPENDED: "warning",
}
WAY_LABELS = {Direction.THERE: "Aller", Direction.BACK: "Retour"}


@dataclass(frozen=True)
class WayRow:
    """One way of a proposal, as the table beside the map says it."""

    label: str
    passes: str
    near: str
    walk: str
    ride: str
    wait: str
    detour: str


@dataclass(frozen=True)
class ReasonRow:
    """One part of a rank: what it is, how much of it, and what it weighs in minutes of detour."""

    label: str
    amount: str
    minutes: str


@dataclass(frozen=True)
class ProposalCard:
    """A proposal as it is read by whoever asked."""

    id: int
    match: CarpoolMatch
    offer: CarpoolOffer
    sentence: str
    share: str
    ways: list[WayRow]
    reasons: list[ReasonRow]
    score: str
    state_label: str
    tone: str
    answered: bool


def proposals_for(request: CarpoolRequest, *, yours: bool) -> list[ProposalCard]:
    """Return the living matches of a request: agreed ones first, then the best first (one query)."""
    rows = db.session.execute(
        select(CarpoolMatch, CarpoolOffer, CarpoolMember.is_woman)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolOffer.member_id)
        .where(CarpoolMatch.request_id == request.id, CarpoolMatch.state.in_(LIVING_STATES))
        .order_by(CarpoolMatch.id)
    ).all()
    found = [_card(match, offer, is_woman, yours=yours) for match, offer, is_woman in rows if match.legs]
    return sorted(
        found, key=lambda one: (one.match.state is MatchState.PROPOSED, one.match.score.get("total", 0), one.id)
    )


def _card(match: CarpoolMatch, offer: CarpoolOffer, is_woman: bool | None, *, yours: bool) -> ProposalCard:
    return ProposalCard(
        id=match.id,
        match=match,
        offer=offer,
        sentence=words.match_sentence(match.legs, match.days, is_woman=is_woman, yours=yours, only_on=match.only_on),
        share="gratuit" if not match.contribution_cents else f"{format_cents(match.contribution_cents)} par trajet",
        ways=[
            _way(WAY_LABELS[direction], match.legs[direction.value], yours=yours and direction is Direction.THERE)
            for direction in Direction
            if direction.value in match.legs
        ],
        reasons=[_reason(part) for part in parts_of(match.score)],
        score=_points(int(match.score.get("total", 0))),
        state_label=MATCH_STATE_LABELS[match.state],
        tone=_TONES.get(match.state, "neutral"),
        answered=match.state is not MatchState.PROPOSED,
    )


def _way(label: str, leg: dict[str, Any], *, yours: bool) -> WayRow:
    pickup = leg.get("pickup", {})

    def told(name: str) -> str:
        return words.minutes(-(-int(leg.get(name, 0)) // 60))

    return WayRow(
        label=label,
        passes=words.clocks(leg.get("hours", ())).removeprefix("vers ") or "–",
        near="de chez vous" if yours and pickup.get("door") else pickup.get("near", ""),
        walk=told("walk_seconds"),
        ride=told("ride_seconds"),
        wait=told("wait_seconds"),
        detour=told("detour_seconds"),
    )


def _reason(part: Ranked) -> ReasonRow:
    if part.reason is Reason.COST:
        amount = format_cents(part.amount)
    elif part.reason is Reason.DAYS:
        amount = f"{part.amount} {'trajet' if part.amount <= 1 else 'trajets'} en 8 semaines"
    elif part.reason is Reason.TRUST:
        amount = f"{part.amount} {'trajet fait' if part.amount <= 1 else 'trajets faits'}"
    else:
        amount = words.minutes(part.amount)
    return ReasonRow(REASON_LABELS[part.reason], amount, _points(part.points))


def _points(hundredths: int) -> str:
    return f"{hundredths / 100:.1f}".replace(".", ",")
