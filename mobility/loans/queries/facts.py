"""What the rules ask, read from the database in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select, true

from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.desks.queries import get_calendars
from mobility.desks.rules import OpeningCalendar
from mobility.documents.models import Document
from mobility.fleet.facts import VehicleFacts
from mobility.fleet.kinds import Category, Gearbox
from mobility.fleet.queries import list_candidates
from mobility.ledger.models import LedgerEntry
from mobility.ledger.queries import balance_cents
from mobility.ledger.rules import balance_of
from mobility.loans.assignment import Candidate, Span
from mobility.loans.models import Loan, LoanPolicy, LoanRight
from mobility.loans.rules.eligibility import LoanFacts, ObjectiveFacts, PersonFacts, RightFacts
from mobility.loans.rules.licences import LicenceFacts
from mobility.loans.rules.periods import Setting
from mobility.loans.rules.policy import PolicyFacts, Terms, choose_policy, terms_from
from mobility.loans.rules.quote import FunderUse
from mobility.loans.rules.states import COUNTED, HOLDING
from mobility.loans.words import SUBJECT
from mobility.pathway.models import Objective
from mobility.pathway.rules import ObjectiveState
from mobility.people.kinds import LegalProtection, PersonStatus
from mobility.people.models import Person, PersonLicence, Representative
from mobility.people.papers import PAPER_LABELS

# A funder's days and months are counted over the twelve months before a loan.
FUNDER_MEMORY = timedelta(days=365)


def get_person(person_id: int) -> Person:
    """Return a person who may still be helped. Raises NotFound for an erased or merged file."""
    person = load(Person, person_id)
    if person.erased_at is not None or person.merged_into_id is not None:
        raise NotFound(f"person {person_id}")
    return person


def licence_facts(row: PersonLicence) -> LicenceFacts:
    """Return the fact behind a row."""
    return LicenceFacts(
        category=row.category,
        issued_on=row.issued_on,
        valid_until_on=row.valid_until_on,
        codes=frozenset(row.codes),
        exchange_due_on=row.exchange_due_on,
        ads_until_on=row.ads_until_on,
        suspended_from_on=row.suspended_from_on,
        suspended_until_on=row.suspended_until_on,
        probation_until_on=row.probation_until_on,
        checked=row.checked_at is not None,
    )


def rights_of(
    person_id: int, *, except_loan_id: int | None = None, with_closed: bool = False
) -> tuple[RightFacts, ...]:
    """Return the rights of a person with the days drawn on them, in one query; the closed ones where asked."""
    used = (
        select(Loan.right_id, func.sum(Loan.days).label("days"))
        .where(Loan.person_id == person_id, Loan.state.in_(COUNTED), Loan.id != (except_loan_id or 0))
        .group_by(Loan.right_id)
        .subquery()
    )
    rows = db.session.execute(
        select(LoanRight, func.coalesce(used.c.days, 0))
        .outerjoin(used, used.c.right_id == LoanRight.id)
        .where(LoanRight.person_id == person_id, true() if with_closed else LoanRight.closed_at.is_(None))
        .order_by(LoanRight.id)
    )
    return tuple(
        RightFacts(
            id=right.id,
            categories=frozenset(Category(code) for code in right.categories),
            starts_on=right.starts_on,
            ends_on=right.ends_on,
            days_allowed=right.days_allowed,
            days_used=int(days),
        )
        for right, days in rows
    )


def _loans_of(person_id: int, *, except_loan_id: int | None) -> tuple[LoanFacts, ...]:
    rows = db.session.execute(
        select(Loan.category, Loan.start_at, Loan.due_at, Loan.days, Loan.state).where(
            Loan.person_id == person_id, Loan.state.in_(COUNTED), Loan.id != (except_loan_id or 0)
        )
    )
    return tuple(LoanFacts(row.category, row.start_at, row.due_at, row.days, row.state in HOLDING) for row in rows)


def _objectives_of(person_id: int) -> tuple[ObjectiveFacts, ...]:
    rows = db.session.execute(
        select(Objective.id, Objective.starts_on, Objective.ends_on)
        .where(Objective.person_id == person_id, Objective.state == ObjectiveState.OPEN)
        .order_by(Objective.id)
    )
    return tuple(ObjectiveFacts(row.id, row.starts_on, row.ends_on) for row in rows)


def _papers_of(person_id: int, until_on: date) -> frozenset[str]:
    rows = db.session.scalars(
        select(Document.kind).where(
            Document.person_id == person_id,
            Document.erased_at.is_(None),
            or_(Document.valid_until_on.is_(None), Document.valid_until_on >= until_on),
        )
    )
    return frozenset(rows)


def _is_represented(person_id: int, on: date) -> bool:
    found = db.session.scalar(
        select(Representative.id)
        .where(
            Representative.person_id == person_id,
            Representative.valid_from_on <= on,
            or_(Representative.valid_until_on.is_(None), Representative.valid_until_on >= on),
        )
        .limit(1)
    )
    return found is not None


def due_cents(person_id: int) -> int:
    """Return what the person should have paid by now: all that is owed but the price of loans that still run."""
    running = select(Loan.id).where(Loan.person_id == person_id, Loan.state.in_(HOLDING))
    rows = db.session.execute(
        select(LedgerEntry.kind, LedgerEntry.reverses_kind, func.sum(LedgerEntry.amount_cents))
        .where(LedgerEntry.subject_kind == SUBJECT, LedgerEntry.subject_id.in_(running))
        .group_by(LedgerEntry.kind, LedgerEntry.reverses_kind)
    )
    not_yet = balance_of((kind, reverses, int(total)) for kind, reverses, total in rows).owed_cents
    return balance_cents(person_id) - max(not_yet, 0)


def person_facts(person: Person, *, starts_on: date, until_on: date, except_loan_id: int | None = None) -> PersonFacts:
    """Return what the rules ask about the person, in eight queries; one loan may be left out of the counts."""
    licences = db.session.scalars(
        select(PersonLicence).where(PersonLicence.person_id == person.id).order_by(PersonLicence.id)
    )
    return PersonFacts(
        born_on=person.born_on,
        licences=tuple(licence_facts(row) for row in licences),
        rights=rights_of(person.id, except_loan_id=except_loan_id),
        objectives=_objectives_of(person.id),
        loans=_loans_of(person.id, except_loan_id=except_loan_id),
        papers=_papers_of(person.id, until_on),
        balance_cents=due_cents(person.id),
        restricted=person.restricted_at is not None,
        protected_adult=person.legal_protection is not LegalProtection.NONE,
        represented=_is_represented(person.id, starts_on),
    )


def policy_facts(row: LoanPolicy) -> PolicyFacts:
    """Return the fact behind a row."""
    return PolicyFacts(
        id=row.id,
        desk_id=row.desk_id,
        category=row.category,
        status=row.status,
        valid_from_on=row.valid_from_on,
        applies=row.applies,
        terms=terms_from(row),
    )


def list_policies(*, categories: Iterable[Category] | None = None) -> list[PolicyFacts]:
    """Return every policy, or those of some categories, in one query."""
    query = select(LoanPolicy)
    if categories is not None:
        query = query.where(LoanPolicy.category.in_(list(categories)))
    return [policy_facts(row) for row in db.session.scalars(query)]


def find_policy(*, desk_id: int, category: Category, status: PersonStatus | None, on: date) -> PolicyFacts | None:
    """Return the policy that applies on the day, or None."""
    policies = list_policies(categories=[category])
    return choose_policy(policies, desk_id=desk_id, category=category, status=status, on=on)


def funder_uses(person_id: int, *, start_at: datetime, except_loan_id: int | None = None) -> dict[int, FunderUse]:
    """Return, by funder, the days and the months' cents already given to the person in the last year."""
    rows = db.session.execute(
        select(Loan.funder_organisation_id, Loan.funded_days, Loan.funder_months).where(
            Loan.person_id == person_id,
            Loan.state.in_(COUNTED),
            Loan.funder_organisation_id.is_not(None),
            Loan.start_at > start_at - FUNDER_MEMORY,
            Loan.id != (except_loan_id or 0),
        )
    )
    days: dict[int, int] = defaultdict(int)
    months: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for organisation_id, funded, by_month in rows:
        if organisation_id is None:
            continue
        days[organisation_id] += funded
        for month, cents in by_month.items():
            months[organisation_id][month] += cents
    return {key: FunderUse(count, dict(months[key])) for key, count in days.items()}


def use_of(terms: Terms, uses: dict[int, FunderUse]) -> FunderUse:
    """Return what the funder of these terms has already given."""
    return uses.get(terms.funder.organisation_id, FunderUse()) if terms.funder is not None else FunderUse()


@dataclass(frozen=True)
class DeskSetting:
    """A desk as the rules see it."""

    id: int
    name: str
    calendar: OpeningCalendar
    key_box: bool


def desk_settings(desk_ids: Collection[int]) -> dict[int, DeskSetting]:
    """Return the desks with their calendars, in four queries."""
    calendars = get_calendars(desk_ids)
    desks = db.session.scalars(select(Desk).where(Desk.id.in_(list(calendars)), Desk.archived_at.is_(None)))
    return {desk.id: DeskSetting(desk.id, desk.name, calendars[desk.id], bool(desk.key_box)) for desk in desks}


def get_desk_setting(desk_id: int) -> DeskSetting:
    """Return one desk as the rules see it. Raises NotFound, also for an archived one."""
    found = desk_settings([desk_id])
    if desk_id not in found:
        raise NotFound(f"desk {desk_id}")
    return found[desk_id]


def setting_for(desk: DeskSetting, terms: Terms, *, now: datetime, tolerated_cents: int) -> Setting:
    """Return what surrounds a wish at a desk under terms (``tolerated_cents``: the debt that is let pass)."""
    return Setting(
        terms=terms,
        calendar=desk.calendar,
        key_box=desk.key_box,
        now=now,
        tolerated_balance_cents=tolerated_cents,
        paper_labels=tuple(PAPER_LABELS.items()),
    )


def candidate(vehicle: VehicleFacts) -> Candidate:
    """Return a vehicle as the assignment sees it."""
    minute = timedelta(minutes=1)
    busy = [Span(block.blocked_from_at, block.blocked_until_at) for block in vehicle.overlapping]
    # Only the edges of the gap matter outside of the window.
    if vehicle.free_since_at is not None:
        busy.append(Span(vehicle.free_since_at - minute, vehicle.free_since_at))
    if vehicle.free_until_at is not None:
        busy.append(Span(vehicle.free_until_at, vehicle.free_until_at + minute))
    return Candidate(
        vehicle_id=vehicle.id,
        desk_id=vehicle.desk_id,
        category=vehicle.category,
        name=vehicle.name,
        odometer_km=vehicle.odometer_km or 0,
        busy=tuple(sorted(busy)),
        lendable_until_on=vehicle.lendable_until_on,
        manual=vehicle.gearbox is Gearbox.MANUAL,
        equipment=frozenset(vehicle.equipment),
        min_age_years=vehicle.insurer_min_age_years,
        min_seniority_months=vehicle.insurer_min_seniority_months,
    )


def candidates(
    *,
    desk_ids: Collection[int],
    category: Category | None,
    start_at: datetime,
    end_at: datetime,
    vehicle_ids: Collection[int] | None = None,
    exclude_reservation_id: int | None = None,
) -> list[Candidate]:
    """Return the vehicles as seen from the window (``end_at`` holds the buffer), in five queries."""
    return [
        candidate(vehicle)
        for vehicle in list_candidates(
            desk_ids=frozenset(desk_ids),
            category=category,
            start_at=start_at,
            end_at=end_at,
            vehicle_ids=vehicle_ids,
            exclude_reservation_id=exclude_reservation_id,
        )
    ]
