"""When it goes wrong: a problem that somebody tells of, and somebody whom one does not want to meet again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from mobility.carpool.errors import ReportEmpty
from mobility.carpool.kinds import LIVING_STATES, MatchState
from mobility.carpool.models import (
    CarpoolBlock,
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolReport,
    CarpoolRequest,
)
from mobility.carpool.services.agreeing import move, note
from mobility.carpool.services.telling import other_of, side_ids
from mobility.carpool.states import MATCHES, MatchAction, Side
from mobility.core.db import load, lock, transaction
from mobility.core.retry import retried
from mobility.core.text import clean_text

TEXT_MAX = 2000


@retried
def report(*, match_id: int, side: Side, text: str | None, actor_id: int | None, now: datetime) -> int:
    """Keep what one side tells of, for the staff of their desk alone. Returns its id. Raises ReportEmpty, NotFound."""
    written = (clean_text(text) or "")[:TEXT_MAX]
    if not written:
        raise ReportEmpty(field="text")
    with transaction() as session:
        match = lock(CarpoolMatch, match_id)
        member_id = side_ids(match)[side]
        row = CarpoolReport(
            desk_id=load(CarpoolMember, member_id).desk_id,
            match_id=match_id,
            by_member_id=member_id,
            text=written,
            at=now,
        )
        session.add(row)
        session.flush()
        note(session, match, MatchAction.REPORT, by=side, actor_id=actor_id, now=now)
        return row.id


@retried
def handle(*, report_id: int, answer: str | None, actor_id: int, now: datetime) -> None:
    """Note what the staff did about a report. Raises ReportEmpty, NotFound."""
    written = (clean_text(answer) or "")[:TEXT_MAX]
    if not written:
        raise ReportEmpty("Écrivez ce qui a été fait.", field="answer")
    with transaction():
        row = lock(CarpoolReport, report_id)
        row.answer, row.handled_at, row.handled_by_id = written, now, actor_id


@retried
def block(*, match_id: int, side: Side, actor_id: int | None, now: datetime) -> None:
    """Never bring these two together again: what they share ends, and nobody is told why. Raises NotFound."""
    with transaction() as session:
        members = side_ids(lock(CarpoolMatch, match_id))
        own, other = members[side], members[other_of(side)]
        known = session.scalar(
            select(CarpoolBlock.id).where(CarpoolBlock.by_member_id == own, CarpoolBlock.other_member_id == other)
        )
        if known is None:
            session.add(CarpoolBlock(by_member_id=own, other_member_id=other, at=now, by_user_id=actor_id))
            session.flush()
        _end_between(own, other, actor_id=actor_id, now=now)


def _end_between(one: int, other: int, *, actor_id: int | None, now: datetime) -> None:
    """End or refuse every living match between two members, whoever drives."""
    with transaction() as session:
        rows = session.execute(
            select(CarpoolMatch.id, CarpoolMatch.state, CarpoolOffer.member_id)
            .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
            .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
            .where(
                CarpoolMatch.state.in_(LIVING_STATES),
                or_(
                    (CarpoolOffer.member_id == one) & (CarpoolRequest.member_id == other),
                    (CarpoolOffer.member_id == other) & (CarpoolRequest.member_id == one),
                ),
            )
            .order_by(CarpoolMatch.id)
        ).all()
        for match_id, state, driver_id in rows:
            side = Side.DRIVER if driver_id == one else Side.PASSENGER
            move(match_id=match_id, action=ending(state), side=side, actor_id=actor_id, now=now)


def ending(state: MatchState) -> MatchAction:
    """Return the act that ends a living match."""
    return MatchAction.END if MATCHES.allows(state, MatchAction.END) else MatchAction.REFUSE
