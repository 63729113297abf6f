"""Loans as an aid of the pathway."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import url_for

from mobility.core.clock import day_of, in_paris
from mobility.core.db import load
from mobility.core.errors import NotFound, RuleViolation
from mobility.core.web.access import Actor, Permission, may_touch
from mobility.desks.rules import OpeningCalendar
from mobility.fleet.kinds import Category
from mobility.loans import alerts, availability, planned, words
from mobility.loans.availability import Option
from mobility.loans.queries import facts, running
from mobility.loans.rules.periods import open_for_return
from mobility.loans.services import booking
from mobility.loans.services.extension import reasons_against
from mobility.pathway import queries as pathway
from mobility.pathway.aid import Action, Alert, Offer, Period, Reason
from mobility.pathway.coverage import LegKey
from mobility.pathway.errors import StepAlreadyOpened
from mobility.pathway.models import Step
from mobility.pathway.plan.rules.options import Option as PlanOption
from mobility.pathway.plan.rules.options import Request
from mobility.pathway.rules import AWAITING_STATES
from mobility.people.models import Person

# What carries furthest comes first.
PREFERENCE = (Category.CAR, Category.LIGHT_CAR, Category.MOPED, Category.EBIKE, Category.BIKE, Category.ADAPTED)
# A loan is prolonged as far as it can: by two weeks, by one, by some days.
PROLONGED_DAYS = (13, 6, 2)


def fit_to_opening(calendar: OpeningCalendar, period: Period, *, now: datetime) -> Period:
    """Return the period stretched to the desk's hours: taken at the last opening before, returned at the next after."""
    starts_at = max(period.starts_at, now)
    if not calendar.is_open_at(starts_at):
        starts_at = _last_opening_before(calendar, starts_at, now) or calendar.next_opening(starts_at) or starts_at
    ends_at = period.ends_at
    if not open_for_return(calendar, ends_at):
        ends_at = calendar.next_opening(ends_at) or ends_at
    return Period(starts_at, max(ends_at, starts_at + timedelta(hours=1)))


def _last_opening_before(calendar: OpeningCalendar, instant: datetime, now: datetime) -> datetime | None:
    day = in_paris(instant).date()
    for back in range(8):
        opening = calendar.opens_at(day - timedelta(days=back))
        if opening is not None and now <= opening <= instant:
            return opening
    return None


class LoanAid:
    """A vehicle lent."""

    kind = words.AID_KIND
    label = words.AID_LABEL
    icon = words.AID_ICON

    def assess(self, *, person_id: int, objective_id: int | None, period: Period, now: datetime) -> Offer:
        """Return the best vehicle that the person could be lent over the period, or what stands in the way."""
        person = facts.get_person(person_id)
        desk = facts.desk_settings([person.desk_id]).get(person.desk_id)
        window = period if desk is None else fit_to_opening(desk.calendar, period, now=now)
        best = self._best(person, objective_id, window, now)
        if best is None:
            reason = Reason(
                "Aucune antenne proche ne prête de véhicule à ces dates.", "Choisir une autre aide.", "no_vehicle"
            )
            return Offer(self.kind, self.label, reasons=(reason,))
        reasons = tuple(Reason(r.text, r.lifted_by, r.code) for r in best.reasons)
        if not reasons and not best.free:
            reasons = (
                Reason("Tous les véhicules sont pris à ces dates.", "Voir les autres dates ou antennes.", "no_vehicle"),
            )
        covers: frozenset[LegKey] = frozenset()
        if objective_id is not None and not reasons:
            legs = pathway.legs_in_window(objective_id, starts_at=window.starts_at, ends_at=window.ends_at)
            covers = frozenset(leg.key for leg in legs)
        quote, funder = best.quote, None if best.policy is None else best.policy.terms.funder
        return Offer(
            kind=self.kind,
            label=f"{self.label} : {words.step_title(best.category).removeprefix('Prêt : ')}",
            reasons=reasons,
            delay_days=max((window.starts_at - now).days, 0),
            person_cost_cents=None if quote is None else quote.person_cents,
            funder_cost_cents={}
            if quote is None or funder is None or not quote.funder_cents
            else {funder.organisation_id: quote.funder_cents},
            covers=covers,
            url=url_for("loans.book_dates", person_id=person_id),
        )

    def menu(self, *, desk_id: int, on: date) -> Sequence[tuple[str, str]]:
        """Return the categories of vehicles: every desk lends those that its neighbours have."""
        return planned.menu()

    def plan_options(
        self, *, person_id: int, objective_id: int | None, request: Request, now: datetime
    ) -> Sequence[PlanOption]:
        """Return what a loan could do for a plan, one option a category."""
        return planned.options(facts.get_person(person_id), objective_id=objective_id, request=request, now=now)

    def _best(
        self,
        person: Person,
        objective_id: int | None,
        window: Period,
        now: datetime,
        category: Category | None = None,
    ) -> Option | None:
        options = availability.list_options(
            person,
            desk_ids=availability.reach_of(person, now=now),
            start_at=window.starts_at,
            due_at=window.ends_at,
            now=now,
            categories=None if category is None else [category],
            objective_id=objective_id,
        )
        return min(
            options,
            key=lambda option: (not option.possible, len(option.reasons), PREFERENCE.index(option.category)),
            default=None,
        )

    def open(self, *, step_id: int, actor_id: int | None, now: datetime) -> int:
        """Book what a proposed step asks for; return the loan's id, whose step it becomes.

        Raises StepAlreadyOpened, NotEligible, NoVehicle, RuleViolation.
        """
        step = load(Step, step_id)
        if step.aid_ref is not None or step.state not in AWAITING_STATES:
            raise StepAlreadyOpened
        meant = planned.period_of(step.planned_from_on, step.planned_until_on)
        if step.starts_at is not None and step.ends_at is not None:
            meant = step.starts_at, step.ends_at
        if meant is None:
            raise RuleViolation("Indiquez d’abord les dates de cette étape.", code="step_without_dates")
        person = facts.get_person(step.person_id)
        desk = facts.get_desk_setting(person.desk_id)
        window = fit_to_opening(desk.calendar, Period(*meant), now=now)
        category = Category(step.option_key) if step.option_key in set(Category) else None
        best = self._best(person, step.objective_id, window, now, category)
        if best is None:
            raise NotFound("vehicle")
        return booking.book(
            person_id=person.id,
            desk_id=best.desk_id,
            category=best.category,
            start_at=window.starts_at,
            due_at=window.ends_at,
            objective_id=step.objective_id,
            actor_id=actor_id,
            by_person=False,
            step_id=step_id,
            now=now,
        )

    def url(self, ref: int) -> str:
        """Return the page of a loan."""
        return url_for("loans.show", loan_id=ref)

    def changes(self, ref: int, *, ends_on: date | None) -> Sequence[Action]:
        """Return where the return is moved, later or sooner."""
        url = url_for("loans.extend", loan_id=ref, fin=ends_on.isoformat() if ends_on is not None else None)
        return [Action("Changer la date de retour", url, "calendar-range", primary=True)]

    def fallback(self, *, objective_id: int, legs: Sequence[LegKey], now: datetime) -> Sequence[Offer]:
        """Offer a vehicle for the days of the legs that have lost their aid."""
        objective = pathway.find_objective(objective_id)
        if objective is None or not legs:
            return []
        days = sorted(leg.shift_on for leg in legs)
        found = pathway.legs_of(objective_id, from_on=days[0], until_on=days[-1])
        instants = [leg.at for leg in found if leg.key in set(legs)]
        if not instants or max(instants) <= now:
            return []
        going_on = self._prolonged(objective_id, sorted(instants), now)
        if going_on is not None:
            return [going_on]
        period = Period(max(min(instants) - timedelta(hours=2), now), max(instants) + timedelta(hours=2))
        offer = self.assess(person_id=objective.person_id, objective_id=objective_id, period=period, now=now)
        return [offer] if offer.possible else []

    def _prolonged(self, objective_id: int, instants: Sequence[datetime], now: datetime) -> Offer | None:
        """Offer to prolong the loan that ends just before these journeys: as far as the rules and the vehicle allow."""
        loan = running.loan_ending_before(objective_id, before=instants[0] + timedelta(hours=2), since=now)
        if loan is None:
            return None
        calendar = facts.get_desk_setting(loan.desk_id).calendar
        for days in PROLONGED_DAYS:
            reached = [at for at in instants if at <= instants[0] + timedelta(days=days)]
            end = reached[-1] + timedelta(minutes=30)
            due_at = end if open_for_return(calendar, end) else calendar.next_opening(end)
            if due_at is None or running.vehicle_is_taken(loan, until_at=due_at):
                continue
            if reasons_against(loan, due_at, now=now):
                continue
            legs = pathway.legs_in_window(objective_id, starts_at=loan.due_at, ends_at=due_at)
            return Offer(
                kind=self.kind,
                label=f"Prolonger : {words.step_title(loan.category)[0].lower()}{words.step_title(loan.category)[1:]}",
                delay_days=0,
                covers=frozenset(leg.key for leg in legs),
                url=url_for("loans.extend", loan_id=loan.id, fin=day_of(due_at).isoformat()),
            )
        return None

    def actions(self, *, person_id: int, actor: Actor) -> Sequence[Action]:
        """Return the booking and the opening of a right, to whoever may; to the person, the booking online."""
        found = []
        if actor.permits(Permission.PORTAL_BOOK) and may_touch(actor, Permission.PORTAL_BOOK, "person", person_id):
            return [Action("Réserver un véhicule", url_for("my_loans.choose_need"), "car-front", True)]
        if actor.permits(Permission.LOAN_BOOK) and may_touch(actor, Permission.LOAN_BOOK, "person", person_id):
            found.append(
                Action("Réserver un véhicule", url_for("loans.book_dates", person_id=person_id), "car-front", True)
            )
        if actor.permits(Permission.LOAN_RIGHT_OPEN) and may_touch(
            actor, Permission.LOAN_RIGHT_OPEN, "person", person_id
        ):
            found.append(Action("Ouvrir un droit au prêt", url_for("loans.open_right", person_id=person_id), "unlock"))
        return found

    def alerts(self, *, person_id: int, now: datetime, for_person: bool) -> Sequence[Alert]:
        """Return departures and returns that near or are past, and to the staff a right that ends."""
        return alerts.alerts(person_id=person_id, now=now, for_person=for_person)


AID = LoanAid()
