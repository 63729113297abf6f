"""Reading the catalogue and the requests; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import or_, select

from mobility.core.db import db, load
from mobility.geo.distance import straight_line_km
from mobility.local_aids.models import LocalAid, LocalAidUse
from mobility.local_aids.rules import Applicant, Conditions, serving
from mobility.pathway.queries import find_objective
from mobility.pathway.roster import Serving
from mobility.people.kinds import LicenceCategory
from mobility.people.models import Person, PersonLicence


def list_entries(*, desk_ids: Collection[int] | None = None, on: date | None = None) -> Sequence[LocalAid]:
    """Return the entries of all desks and of these (None: every one), those in force on a day if given (one query)."""
    query = select(LocalAid).order_by(LocalAid.label, LocalAid.id)
    if desk_ids is not None:
        query = query.where(or_(LocalAid.desk_id.is_(None), LocalAid.desk_id.in_(desk_ids)))
    if on is not None:
        query = query.where(
            LocalAid.valid_from_on <= on, or_(LocalAid.valid_until_on.is_(None), LocalAid.valid_until_on >= on)
        )
    return db.session.scalars(query).all()


def get_entry(entry_id: int) -> LocalAid:
    """Return an entry. Raises NotFound (also for ids that no column could hold)."""
    return load(LocalAid, entry_id)


def desk_of_entry(entry_id: int) -> int | None:
    """Return the desk of an entry, None for one of all desks. Raises NotFound."""
    return get_entry(entry_id).desk_id


def get_use(use_id: int) -> tuple[LocalAidUse, LocalAid]:
    """Return a request with its entry (two queries). Raises NotFound."""
    use = load(LocalAidUse, use_id)
    return use, load(LocalAid, use.local_aid_id)


def person_of_use(use_id: int) -> int | None:
    """Return whose request it is, or None."""
    return db.session.scalar(select(LocalAidUse.person_id).where(LocalAidUse.id == use_id))


def conditions_of(entry: LocalAid) -> Conditions:
    """Return for whom an entry is; no query."""
    return Conditions(
        tuple(entry.statuses), tuple(entry.communes), entry.min_age, entry.max_age, entry.licence, entry.max_km
    )


def serving_of(entry: LocalAid) -> Serving | None:
    """Return when an entry carries, None for always; no query."""
    return serving(entry.serves_weekdays, entry.serves_from, entry.serves_until) if entry.carries else None


def km_between(person_id: int, objective_id: int | None) -> float | None:
    """Return how far the objective's place is from home, as the crow flies; None where nobody knows (two queries)."""
    objective = None if objective_id is None else find_objective(objective_id)
    person = load(Person, person_id)
    if objective is None or objective.latitude is None or objective.longitude is None:
        return None
    if person.latitude is None or person.longitude is None:
        return None
    return straight_line_km((person.latitude, person.longitude), (objective.latitude, objective.longitude))


def applicant(person_id: int, *, on: date, objective_id: int | None = None) -> Applicant:
    """Return what is asked of a person (three queries). Raises NotFound."""
    person = load(Person, person_id)
    held = db.session.execute(
        select(
            PersonLicence.valid_until_on,
            PersonLicence.suspended_from_on,
            PersonLicence.suspended_until_on,
            PersonLicence.exchange_due_on,
        ).where(PersonLicence.person_id == person_id, PersonLicence.category == LicenceCategory.B)
    ).all()
    suspended = [
        row
        for row in held
        if row.suspended_from_on is not None
        and row.suspended_from_on <= on
        and (row.suspended_until_on is None or row.suspended_until_on >= on)
    ]
    valid = [row for row in held if row not in suspended and (row.valid_until_on is None or row.valid_until_on >= on)]
    recovers = bool(suspended) or any(row.exchange_due_on is not None for row in held)
    return Applicant(
        person.status.value,
        person.insee_code,
        person.born_on,
        bool(valid),
        recovers,
        km_between(person_id, objective_id),
    )
