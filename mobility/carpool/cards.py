"""What the pages of members, offers and requests show, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from mobility.carpool.kinds import (
    JOURNEY_STATE_LABELS,
    LUGGAGE_LABELS,
    MEMBER_KIND_LABELS,
    MEMBER_STATE_LABELS,
    JourneyState,
    MemberState,
    Side,
    Timing,
)
from mobility.carpool.models import CarpoolException, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.places import commune_name
from mobility.carpool.services.journeys import MODELS
from mobility.core.clock import format_date
from mobility.core.db import db, load
from mobility.desks.models import Desk
from mobility.notifications.kinds import Channel
from mobility.notifications.models import ContactPoint
from mobility.organisations.models import Organisation
from mobility.pathway import patterns
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.queries import list_open_objectives
from mobility.people.models import Person, display_name

STATE_TONES = {JourneyState.OPEN: "accent", JourneyState.PAUSED: "warning", JourneyState.CLOSED: "neutral"}
MEMBER_TONES = {
    MemberState.WAITING: "info",
    MemberState.ACTIVE: "accent",
    MemberState.PAUSED: "warning",
    MemberState.LEFT: "neutral",
}


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """An offer or a request in a list. ``way`` names communes, never a street; ``member`` is empty for one's own."""

    id: int
    side: Side
    member_id: int
    member: str
    way: str
    when: str
    state: JourneyState
    state_label: str
    tone: str
    seats: int
    objective_id: int | None


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day on which a journey does not hold."""

    id: int
    label: str


@dataclass(frozen=True, slots=True)
class JourneyCard:
    """One offer or request, whole."""

    line: JourneyLine
    row: CarpoolOffer | CarpoolRequest
    facts: list[tuple[str, str]]
    days_off: list[DayOff]


@dataclass(frozen=True, slots=True)
class MemberCard:
    """One member, with how to reach them."""

    member: CarpoolMember
    name: str
    kind_label: str
    state_label: str
    tone: str
    employer: str
    desk: str
    desk_phone: str
    phones: list[str]
    emails: list[str]
    protected: bool


def get_member_card(member_id: int) -> MemberCard:
    """Return a member (three queries). Raises NotFound."""
    member = load(CarpoolMember, member_id)
    row = db.session.execute(
        select(Desk.name, Desk.phone, Organisation.name.label("employer"), Person.first_name, Person.last_name, Person.protected)
        .select_from(Desk)
        .outerjoin(Organisation, Organisation.id == member.organisation_id)
        .outerjoin(Person, Person.id == member.person_id)
        .where(Desk.id == member.desk_id)
    ).one()  # fmt: skip
    points = db.session.scalars(
        select(ContactPoint)
        .where(ContactPoint.recipient_id == member.recipient_id, ContactPoint.archived_at.is_(None))
        .order_by(ContactPoint.id)
    ).all()
    return MemberCard(
        member=member,
        name=name_of(member, row.first_name, row.last_name),
        kind_label=MEMBER_KIND_LABELS[member.kind],
        state_label=MEMBER_STATE_LABELS[member.state],
        tone=MEMBER_TONES[member.state],
        employer=row.employer or "",
        desk=row.name,
        desk_phone=row.phone or "",
        phones=[point.value for point in points if point.channel is Channel.SMS],
        emails=[point.value for point in points if point.channel is Channel.EMAIL],
        protected=bool(row.protected),
    )


def name_of(member: CarpoolMember, first_name: str | None, last_name: str | None) -> str:
    """Return how staff call a member."""
    if member.person_id is not None:
        return display_name(member.person_id, first_name or "", last_name or "")
    return member.name or f"Membre effacé n° {member.id}"


def say_when(row: CarpoolOffer | CarpoolRequest) -> str:
    """Return in words when a journey is made: « Du lundi au vendredi, 5 h – 13 h »."""
    if row.timing is Timing.ROSTER:
        return "Les jours de travail du parcours"
    try:
        return patterns.say(patterns.from_json(row.pattern))
    except RosterInvalid:
        return "Jours à préciser"


def say_way(row: CarpoolOffer | CarpoolRequest) -> str:
    """Return « Raismes → Onnaing », and « aller seulement » where that is all."""
    ends = [commune_name(code) or "?" for code in (row.origin_insee, row.destination_insee)]
    if not row.back:
        return " → ".join(ends)
    return " ⇄ ".join(ends) if row.there else " → ".join(reversed(ends))


def line_of(row: CarpoolOffer | CarpoolRequest, member: str = "") -> JourneyLine:
    """Return the line of an offer or a request; no query."""
    return JourneyLine(
        id=row.id,
        side=Side.OFFER if isinstance(row, CarpoolOffer) else Side.REQUEST,
        member_id=row.member_id,
        member=member,
        way=say_way(row),
        when=say_when(row),
        state=row.state,
        state_label=JOURNEY_STATE_LABELS[row.state],
        tone=STATE_TONES[row.state],
        seats=row.seats,
        objective_id=row.objective_id,
    )


def rows_of(member_id: int) -> list[CarpoolOffer | CarpoolRequest]:
    """Return the latest offers and requests of a member (two queries)."""
    models: tuple[Any, ...] = (CarpoolRequest, CarpoolOffer)
    return [
        row
        for model in models
        for row in db.session.scalars(
            select(model).where(model.member_id == member_id).order_by(model.id.desc()).limit(200)
        )
    ]


def lines_of(member_id: int) -> list[JourneyLine]:
    """Return all that a member offers and asks, what goes on first (two queries)."""
    lines = [line_of(row) for row in rows_of(member_id)]
    return sorted(lines, key=lambda line: line.state is JourneyState.CLOSED)


def get_journey_card(side: Side, journey_id: int) -> JourneyCard:
    """Return an offer or a request (two queries). Raises NotFound."""
    row = load(MODELS[side], journey_id)
    column = CarpoolException.offer_id if side is Side.OFFER else CarpoolException.request_id
    days = db.session.scalars(select(CarpoolException).where(column == journey_id).order_by(CarpoolException.day_on))
    words = {None: "", "there": ", l’aller seulement", "back": ", le retour seulement"}
    return JourneyCard(
        line=line_of(row),
        row=row,
        facts=_facts(row),
        days_off=[
            DayOff(one.id, format_date(one.day_on) + words[one.direction.value if one.direction else None])
            for one in days
        ],
    )


def _facts(row: CarpoolOffer | CarpoolRequest) -> list[tuple[str, str]]:
    ways = [label for there, label in ((row.there, "l’aller"), (row.back, "le retour")) if there]
    wishes = [
        label
        for holds, label in (
            (row.women_only, "entre femmes"),
            (row.non_smoking, "sans tabac"),
            (row.assistance_animal, "animal d’assistance"),
        )
        if holds
    ]
    found = [
        ("Départ", row.origin_label),
        ("Arrivée", row.destination_label),
        ("Trajets", " et ".join(ways)),
        ("Jours", say_when(row)),
        ("Période", _period(row.starts_on, row.ends_on)),
        ("Marges", f"{row.early_minutes} minutes avant, {row.late_minutes} minutes après"),
        ("Places", str(row.seats) + (f", dont {row.child_seats} avec siège enfant" if row.child_seats else "")),
        ("Bagages", LUGGAGE_LABELS[row.luggage]),
        ("Souhaits", ", ".join(wishes) or "aucun"),
    ]
    if isinstance(row, CarpoolOffer):
        found.append(("Détour possible", f"{row.max_detour_minutes} minutes par trajet"))
        price = f"{row.price_per_km_cents} centimes par kilomètre" if row.price_per_km_cents else "gratuit"
        found.append(("Participation", price))
    else:
        found.append(("À pied", f"{row.max_walk_metres} mètres au plus"))
    return found


def _period(starts_on: date, ends_on: date | None) -> str:
    if ends_on == starts_on:
        return f"le {format_date(starts_on)}"
    return f"à partir du {format_date(starts_on)}" + (f", jusqu’au {format_date(ends_on)}" if ends_on else "")


def find_member_of(person_id: int) -> CarpoolMember | None:
    """Return the member that a person is, or None."""
    return db.session.scalar(select(CarpoolMember).where(CarpoolMember.person_id == person_id))


def roster_choices(person_id: int | None) -> list[tuple[int, str]]:
    """Return the open objectives of a person for a choice: (id, title)."""
    if person_id is None:
        return []
    return [(one.id, one.title) for one in list_open_objectives(person_id)]
