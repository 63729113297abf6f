"""A person's life, for carpooling: how two files merge, what is exported, what vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from mobility.carpool.cards import line_of, rows_of
from mobility.carpool.kinds import (
    LUGGAGE_LABELS,
    MATCH_STATE_LABELS,
    MEMBER_STATE_LABELS,
    RIDE_STATE_LABELS,
    SIDE_LABELS,
)
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest, CarpoolRide
from mobility.carpool.services.forgetting import erase_of_person, merge_members
from mobility.core.db import db
from mobility.core.money import format_cents
from mobility.people.lifecycle import Export, Part, mask_name
from mobility.people.models import Person


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the carpooling of one file that of the other."""
    merge_members(kept_id=kept_id, merged_id=merged_id, now=now)


def erase(*, person_id: int, now: datetime) -> None:
    """Erase who, where and when."""
    erase_of_person(person_id=person_id, now=now)


def export(*, person_id: int) -> Iterable[Export]:
    """Return what the person said, offers and asks, whom they were brought together with (initials), and their rides."""
    member = db.session.scalar(select(CarpoolMember).where(CarpoolMember.person_id == person_id))
    if member is None:
        return
    yield Export(
        title="Covoiturage",
        columns={"state": "Participation", "woman": "Femme", "car": "Voiture", "smokes": "Fume en voiture", "shared": "Visible ailleurs"},
        rows=[
            {
                "state": MEMBER_STATE_LABELS[member.state],
                "woman": {True: "oui", False: "non", None: "non dit"}[member.is_woman],
                "car": member.car,
                "smokes": "oui" if member.smokes_in_car else "non",
                "shared": member.shared_at,
            }
        ],
    )  # fmt: skip
    yield _journeys(member)
    yield _matches(member)
    yield _rides(member)


def _journeys(member: CarpoolMember) -> Export:
    rows = []
    for row in rows_of(member.id):
        line = line_of(row)
        rows.append(
            {
                "side": SIDE_LABELS[line.side],
                "from": row.origin_label,
                "to": row.destination_label,
                "when": line.when,
                "starts": row.starts_on,
                "ends": row.ends_on,
                "seats": row.seats,
                "luggage": LUGGAGE_LABELS[row.luggage],
                "state": line.state_label,
            }
        )
    return Export(
        title="Trajets proposés et cherchés",
        columns={
            "side": "Pour", "from": "Départ", "to": "Arrivée", "when": "Jours", "starts": "À partir du",
            "ends": "Jusqu’au", "seats": "Places", "luggage": "Bagages", "state": "Situation",
        },
        rows=rows,
    )  # fmt: skip


def _own(member: CarpoolMember) -> ColumnElement[bool]:
    return or_(CarpoolOffer.member_id == member.id, CarpoolRequest.member_id == member.id)


def _matches(member: CarpoolMember) -> Export:
    other, person = aliased(CarpoolMember), aliased(Person)
    rows = db.session.execute(
        select(CarpoolMatch, CarpoolOffer.member_id.label("driver_id"), other.name, person.first_name, person.last_name)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .join(
            other,
            or_(other.id == CarpoolOffer.member_id, other.id == CarpoolRequest.member_id) & (other.id != member.id),
        )
        .outerjoin(person, person.id == other.person_id)
        .where(_own(member))
        .order_by(CarpoolMatch.id)
    )
    return Export(
        title="Covoiturages proposés",
        columns={"role": "Vous", "with": "Avec", "on": "Proposé le", "state": "Situation"},
        rows=[
            {
                "role": "conduisez" if row.driver_id == member.id else "êtes passager",
                "with": mask_name(f"{row.first_name or ''} {row.last_name or ''}".strip() or row.name),
                "on": row.CarpoolMatch.proposed_at,
                "state": MATCH_STATE_LABELS[row.CarpoolMatch.state],
            }
            for row in rows
        ],
    )


def _rides(member: CarpoolMember) -> Export:
    rows = db.session.execute(
        select(CarpoolRide, CarpoolOffer.member_id.label("driver_id"))
        .join(CarpoolMatch, CarpoolMatch.id == CarpoolRide.match_id)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .where(_own(member))
        .order_by(CarpoolRide.pickup_at, CarpoolRide.id)
    )
    return Export(
        title="Trajets faits en covoiturage",
        columns={"at": "Départ", "role": "Vous", "where": "Rendez-vous", "state": "Situation", "given": "Participation"},
        rows=[
            {
                "at": row.CarpoolRide.pickup_at,
                "role": "conduisiez" if row.driver_id == member.id else "étiez passager",
                # Where a passenger was picked up is theirs to know.
                "where": "" if row.driver_id == member.id else row.CarpoolRide.pickup_label,
                "state": RIDE_STATE_LABELS[row.CarpoolRide.state],
                "given": format_cents(row.CarpoolRide.contribution_cents),
            }
            for row in rows
        ],
    )  # fmt: skip


PART = Part(room="carpool", merge=merge, export=export, erase=erase)
