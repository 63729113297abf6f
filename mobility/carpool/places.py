"""The places that a form offers for the two ends of a journey, and an address that is typed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from mobility.carpool.kinds import MemberKind
from mobility.carpool.models import CarpoolHub, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.rules.journeys import End
from mobility.core.db import db
from mobility.geo import communes
from mobility.geo.geocoding import Place
from mobility.pathway.models import Objective
from mobility.pathway.rules import ObjectiveState
from mobility.people.models import Person

KEPT, HOME, OTHER = "kept", "home", "other"
HUBS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Known:
    """A place that can be chosen: its key in the form, how the form names it, and the end that it makes."""

    key: str
    label: str
    end: End
    objective_id: int | None = None
    hub_id: int | None = None


def commune_name(insee_code: str | None) -> str:
    """Return the name of a commune, or nothing."""
    commune = communes.find(insee_code) if insee_code else None
    return commune.name if commune else ""


def end_of(place: Place, street: str | None) -> End:
    """Return the end that a typed address makes: « 3 rue de la Gare, Raismes »."""
    label = ", ".join(part for part in ((street or "").strip(), commune_name(place.insee_code)) if part)
    return End(label[:200], place.insee_code, place.position.latitude, place.position.longitude)


def known_places(member: CarpoolMember, *, all_hubs: bool) -> list[Known]:
    """Return the places of a member: home, objectives, sites; three queries at most.

    ``all_hubs``: every site of the desk (for its staff), else those of the member's own employer.
    """
    found: list[Known] = []
    if member.kind is MemberKind.PERSON and member.person_id is not None:
        found += _of_person(member.person_id)
    hubs = select(CarpoolHub).where(CarpoolHub.desk_id == member.desk_id, CarpoolHub.archived_at.is_(None))
    if not all_hubs:
        hubs = hubs.where(or_(CarpoolHub.organisation_id == member.organisation_id, CarpoolHub.id == member.hub_id))
    for hub in db.session.scalars(hubs.order_by(CarpoolHub.name, CarpoolHub.id).limit(HUBS_SHOWN)):
        label = f"{hub.name}, {commune_name(hub.insee_code)}"
        end = End(label[:200], hub.insee_code, hub.latitude, hub.longitude)
        found.append(Known(f"hub:{hub.id}", label, end, hub_id=hub.id))
    return found


def _of_person(person_id: int) -> list[Known]:
    found: list[Known] = []
    person = db.session.get(Person, person_id)
    if person is not None and person.latitude is not None and person.longitude is not None:
        city = person.city or commune_name(person.insee_code)
        label = ", ".join(part for part in (person.street, city) if part)
        end = End(label[:200], person.insee_code, person.latitude, person.longitude)
        found.append(Known(HOME, f"Chez moi ({city})" if city else "Chez moi", end))
    objectives = db.session.scalars(
        select(Objective)
        .where(
            Objective.person_id == person_id, Objective.state == ObjectiveState.OPEN, Objective.latitude.is_not(None)
        )
        .order_by(Objective.starts_on.desc(), Objective.id.desc())
    )
    for one in objectives:
        if one.latitude is None or one.longitude is None:
            continue
        where = ", ".join(part for part in (one.employer_name, one.street, one.city) if part)
        end = End(where[:200], one.insee_code, one.latitude, one.longitude)
        label = ", ".join(part for part in (one.title, one.city) if part)
        found.append(Known(f"objective:{one.id}", label, end, objective_id=one.id))
    return found


def kept_ends(row: CarpoolOffer | CarpoolRequest) -> tuple[End, End] | None:
    """Return the ends that a journey has now; None for one that keeps no place."""
    if (
        row.origin_latitude is None
        or row.origin_longitude is None
        or row.destination_latitude is None
        or row.destination_longitude is None
    ):
        return None
    return (
        End(row.origin_label, row.origin_insee, row.origin_latitude, row.origin_longitude),
        End(row.destination_label, row.destination_insee, row.destination_latitude, row.destination_longitude),
    )
