"""Booking: the rules asked, a vehicle assigned, everything written, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import transaction
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.fleet import services as fleet
from mobility.fleet.errors import VehicleRetired, VehicleTaken
from mobility.fleet.kinds import Category, ReservationKind
from mobility.loans import availability, parameters
from mobility.loans.assignment import Candidate, Span, fit_reasons, rank, shared_reasons, suitable
from mobility.loans.errors import BadPeriod, NoPolicy, NotEligible, NoVehicle, VehicleUnfit
from mobility.loans.models import Loan
from mobility.loans.queries import facts
from mobility.loans.rules.eligibility import PersonFacts, assess, right_for
from mobility.loans.rules.licences import Driver, driver_for
from mobility.loans.rules.periods import Wish
from mobility.loans.rules.policy import PolicyFacts
from mobility.loans.rules.quote import Quote, quote
from mobility.loans.rules.reasons import Reason
from mobility.loans.rules.states import LoanAction, LoanState
from mobility.loans.services.common import (
    adviser_of,
    clean_reason,
    follow,
    hold,
    log,
    move,
    tell_person,
    tell_staff,
    urgency,
)
from mobility.loans.services.messages import tell_approved
from mobility.loans.words import AID_KIND
from mobility.pathway.services import link_step
from mobility.people.models import Person


@dataclass(frozen=True)
class _Order:
    """What a booking has gathered before a vehicle is sought."""

    person: Person
    who: PersonFacts
    wish: Wish
    policy: PolicyFacts
    desk_id: int
    needs: tuple[str, ...]
    driver: Driver
    overridden: tuple[Reason, ...]
    override_reason: str


@retried
def book(
    *,
    person_id: int,
    desk_id: int,
    category: Category,
    start_at: datetime,
    due_at: datetime,
    actor_id: int | None,
    now: datetime,
    by_person: bool,
    objective_id: int | None = None,
    needs: Collection[str] = (),
    vehicle_id: int | None = None,
    override_reason: str | None = None,
    step_id: int | None = None,
) -> int:
    """Book a loan and return its id; the system assigns the vehicle, unless ``vehicle_id`` names one.

    ``by_person``: the beneficiary books for themselves, and the policy may ask for approval. An adviser's
    booking is approved by the act, and ``override_reason`` sets aside the reasons that may be.
    ``step_id``: the step of the pathway that proposed the loan; it becomes the loan's own.
    Raises NoPolicy, NotEligible (with its reasons), NoVehicle (with the next best), VehicleUnfit,
    StepAlreadyOpened, StepOfAnother, NotFound.
    """
    if due_at <= start_at:
        raise BadPeriod
    with transaction() as session:
        # Held until the commit: bookings at one desk queue, and a person's limits hold across desks.
        hold(Desk, desk_id)
        hold(Person, person_id)
        order = _prepare(
            person_id=person_id,
            desk_id=desk_id,
            wish=Wish(category, start_at, due_at, objective_id),
            needs=tuple(sorted(set(needs))),
            now=now,
            override_reason=None if by_person else override_reason,
        )
        chosen, reservation_id = _reserve(order, vehicle_id=vehicle_id, now=now)
        loan = _write(session, order, chosen, reservation_id, actor_id=actor_id, now=now)
        if step_id is not None:
            link_step(step_id=step_id, person_id=person_id, aid_kind=AID_KIND, aid_ref=loan.id, now=now)
        _tell(session, loan, order, actor_id=actor_id, now=now, by_person=by_person)
        return loan.id


def _prepare(
    *,
    person_id: int,
    desk_id: int,
    wish: Wish,
    needs: tuple[str, ...],
    now: datetime,
    override_reason: str | None,
) -> _Order:
    person = facts.get_person(person_id)
    desk = facts.get_desk_setting(desk_id)
    policy = facts.find_policy(desk_id=desk_id, category=wish.category, status=person.status, on=day_of(now))
    if policy is None:
        raise NoPolicy
    who = facts.person_facts(person, starts_on=wish.starts_on, until_on=wish.ends_on)
    tolerated = parameters.tolerated_balance_cents(on=day_of(now))
    reasons = assess(wish, who, facts.setting_for(desk, policy.terms, now=now, tolerated_cents=tolerated))
    written = clean_reason(override_reason, field="override_reason")
    overridden = tuple(reason for reason in reasons if reason.overridable) if written else ()
    standing = [reason for reason in reasons if reason not in overridden]
    if standing:
        raise NotEligible(standing)
    return _Order(
        person=person,
        who=who,
        wish=wish,
        policy=policy,
        desk_id=desk_id,
        needs=needs,
        driver=driver_for(wish.category, who.licences, born_on=who.born_on, on=wish.starts_on),
        overridden=overridden,
        override_reason=written if overridden else "",
    )


def _reserve(order: _Order, *, vehicle_id: int | None, now: datetime) -> tuple[Candidate, int]:
    """Reserve the best vehicle, or the next one where it is lost to somebody else in between."""
    wish, buffer = order.wish, order.policy.terms.buffer_minutes
    until = wish.due_at + timedelta(minutes=buffer)
    here = facts.candidates(desk_ids=[order.desk_id], category=wish.category, start_at=wish.start_at, end_at=until)
    for vehicle in _ranked(order, here, Span(wish.start_at, until), vehicle_id):
        try:
            reservation_id = fleet.reserve(
                vehicle_id=vehicle.vehicle_id,
                kind=ReservationKind.LOAN,
                starts_at=wish.start_at,
                ends_at=wish.due_at,
                buffer_minutes=buffer,
                label="loan",
                now=now,
            )
        except (VehicleTaken, VehicleRetired):
            continue
        return vehicle, reservation_id
    raise NoVehicle(
        lambda: availability.next_best(
            order.person,
            order.who,
            wish,
            desk_id=order.desk_id,
            policy=order.policy,
            needs=order.needs,
            now=now,
            driver=order.driver,
        )
    )


def _ranked(order: _Order, here: Sequence[Candidate], span: Span, vehicle_id: int | None) -> list[Candidate]:
    wish = order.wish
    if vehicle_id is not None:
        named = next((vehicle for vehicle in here if vehicle.vehicle_id == vehicle_id), None)
        if named is None:
            raise VehicleUnfit(why="il n’est pas de ce type ou pas dans cette antenne.")
        lacks = fit_reasons(named, driver=order.driver, needs=order.needs, last_on=wish.ends_on)
        if lacks:
            raise VehicleUnfit(why=" ".join(reason.text for reason in lacks))
        return rank([named], span)
    fitting = suitable(here, driver=order.driver, needs=order.needs, due_at=wish.due_at)
    if here and not fitting:
        raise NotEligible(shared_reasons(here, driver=order.driver, needs=order.needs, due_at=wish.due_at))
    return rank(fitting, span)


def apply_quote(loan: Loan, got: Quote) -> None:
    """Write what the loan comes to."""
    loan.days = got.days
    loan.total_cents, loan.person_cents, loan.funder_cents = got.total_cents, got.person_cents, got.funder_cents
    loan.funded_days, loan.funder_months = got.funded_days, dict(got.funder_months)
    if got.km_allowance is not None:
        # What was promised stays, even when the loan ends sooner.
        loan.km_allowance = max(loan.km_allowance or 0, got.km_allowance)


def _write(
    session: Session, order: _Order, vehicle: Candidate, reservation_id: int, *, actor_id: int | None, now: datetime
) -> Loan:
    wish, terms, funder = order.wish, order.policy.terms, order.policy.terms.funder
    uses = facts.funder_uses(order.person.id, start_at=wish.start_at)
    got = quote(terms, start_at=wish.start_at, due_at=wish.due_at, used=facts.use_of(terms, uses))
    right = right_for(wish, order.who.rights)
    serving = [o for o in order.who.objectives if wish.objective_id in (None, o.id) and o.covers(wish)]
    objective = min(serving, key=lambda o: o.id, default=None)
    loan = Loan(
        person_id=order.person.id,
        desk_id=order.desk_id,
        category=wish.category,
        objective_id=None if objective is None else objective.id,
        objective_ends_on=None if objective is None else objective.ends_on,
        vehicle_id=vehicle.vehicle_id,
        reservation_id=reservation_id,
        right_id=None if right is None else right.id,
        state=LoanState.REQUESTED,
        start_at=wish.start_at,
        due_at=wish.due_at,
        due_set_at=now,
        needs=list(order.needs),
        policy_id=order.policy.id,
        price_per_day_cents=terms.price_per_day_cents,
        deposit_cents=terms.deposit_cents,
        deposit_kinds=[kind.value for kind in terms.deposit_kinds],
        min_days=terms.min_days,
        max_days=terms.max_days,
        max_renewals=terms.max_renewals,
        buffer_minutes=terms.buffer_minutes,
        km_per_day=terms.km_per_day,
        extra_km_cents=terms.extra_km_cents,
        handover=terms.handover,
        funder_organisation_id=None if funder is None else funder.organisation_id,
        funder_rate_bp=0 if funder is None else funder.rate_bp,
        funder_day_cap_cents=None if funder is None else funder.day_cap_cents,
        funder_month_cap_cents=None if funder is None else funder.month_cap_cents,
        funder_max_days=None if funder is None else funder.max_days,
        override_reason=order.override_reason,
        overridden=[reason.code for reason in order.overridden],
        booked_by_id=actor_id,
        booked_at=now,
    )
    apply_quote(loan, got)
    session.add(loan)
    session.flush()
    log(session, loan, LoanAction.REQUEST, actor_id=actor_id, now=now, facts={"category": wish.category.value})
    if order.overridden:
        log(
            session,
            loan,
            LoanAction.OVERRIDE,
            actor_id=actor_id,
            now=now,
            from_state=loan.state,
            facts={"reasons": [reason.code for reason in order.overridden]},
            note=order.override_reason,
        )
    return loan


def _tell(session: Session, loan: Loan, order: _Order, *, actor_id: int | None, now: datetime, by_person: bool) -> None:
    if by_person and order.policy.terms.needs_approval:
        follow(loan, now=now)
        tell_person(
            session, loan, "loan_requested", key="requested", now=now, message_class=urgency(loan.start_at, now)
        )
        tell_staff(
            loan,
            adviser_of(session, loan),
            key=f"loan:{loan.id}:to-approve",
            title="Une demande de prêt attend votre réponse",
            text="Une personne que vous accompagnez a demandé un véhicule.",
            now=now,
        )
        return
    move(session, loan, LoanAction.APPROVE, actor_id=actor_id, now=now)
    follow(loan, now=now)
    tell_approved(session, loan, now=now)
