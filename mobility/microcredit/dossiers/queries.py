"""Reading budgets and dossiers; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from mobility.core.db import db, load
from mobility.desks.models import Desk
from mobility.documents.queries import list_for
from mobility.funding.models import Project
from mobility.funding.queries import lines_of
from mobility.funding.rules import GONE, LineState, Source
from mobility.microcredit import parameters as room
from mobility.microcredit.accords.laid import has_plan, laid_plans
from mobility.microcredit.dossiers import parameters, words
from mobility.microcredit.dossiers.models import (
    Budget,
    BudgetItem,
    MicrocreditDossier,
    MicrocreditInstalment,
    MicrocreditLog,
    MicrocreditPayment,
    MicrocreditTransmission,
)
from mobility.microcredit.models import CreditOffer
from mobility.microcredit.queries import conditions_of
from mobility.microcredit.rules.apr import Flow
from mobility.microcredit.rules.arrears import under_plan
from mobility.microcredit.rules.budget import Change, Figures, Household, Item, figures, warnings
from mobility.microcredit.rules.capacity import Said, Verdict, explain, judge
from mobility.microcredit.rules.cash import Month, curve
from mobility.microcredit.rules.offers import fee_of, month_cents
from mobility.microcredit.rules.offers import premiums as premiums_on
from mobility.microcredit.rules.repayment import Due, Ledger, settle
from mobility.microcredit.rules.running_cost import Part, Use, running_cost, total_cents
from mobility.microcredit.rules.schedule import Row, Terms, Waiting, plain_schedule
from mobility.microcredit.rules.schedule import schedule as dated_schedule
from mobility.microcredit.rules.states import OVER, State
from mobility.organisations.models import Organisation
from mobility.pathway.costs import Cost
from mobility.people.models import Person
from mobility.people.rules import add_months


def get_dossier(dossier_id: int) -> MicrocreditDossier:
    """Return a dossier. Raises NotFound."""
    return load(MicrocreditDossier, dossier_id)


def person_of_dossier(dossier_id: int) -> int | None:
    """Return whose dossier it is, or None."""
    return db.session.scalar(select(MicrocreditDossier.person_id).where(MicrocreditDossier.id == dossier_id))


def find_budget(person_id: int) -> Budget | None:
    """Return the last budget of a person, or None (one query)."""
    return db.session.scalars(
        select(Budget).where(Budget.person_id == person_id).order_by(Budget.id.desc()).limit(1)
    ).first()


def get_budget(budget_id: int) -> Budget:
    """Return a budget. Raises NotFound."""
    return load(Budget, budget_id)


def rows_of(budget_id: int) -> Sequence[BudgetItem]:
    """Return the lines of a budget as they stand in the table (one query)."""
    return db.session.scalars(select(BudgetItem).where(BudgetItem.budget_id == budget_id).order_by(BudgetItem.id)).all()


def items_of(rows: Sequence[BudgetItem]) -> tuple[Item, ...]:
    """Return lines as the rules see them; no query."""
    return tuple(Item(row.kind, row.amount_cents, row.every, row.whose, row.ends_on) for row in rows)


@dataclass(frozen=True)
class Told:
    """A budget with all that follows from it, with and without the project."""

    budget: Budget
    rows: Sequence[BudgetItem]
    household: Household
    cost: tuple[Part, ...]
    change: Change
    now: Figures
    after: Figures
    said: tuple[Said, ...]
    verdict: Verdict
    warnings: tuple[str, ...]
    months: tuple[Month, ...]
    months_without: tuple[Month, ...]
    living_cents: int
    upfront_cents: int


def tell(
    budget: Budget,
    *,
    on: date,
    desk_id: int,
    schedule: Sequence[Row] = (),
    premiums: Sequence[int] = (),
    first_due_on: date | None = None,
    upfront_cents: int = 0,
) -> Told:
    """Work a budget out on a day, with a loan's schedule where there is one (one query, and the settings).

    ``premiums``: the insurance that comes with each instalment, as ``premiums_of`` says. ``upfront_cents``: what leaves
    the account in the first month, as ``upfront_of`` says.
    """
    rows = rows_of(budget.id)
    items, household = items_of(rows), Household(budget.others, budget.children)
    use = Use(
        insurance_cents=budget.insurance_cents,
        commute_km=Decimal(budget.commute_tenths) / 10,
        days_a_week=budget.days_a_week,
        other_km_a_week=budget.other_km_a_week,
        energy=budget.energy,
    )
    drives = bool(budget.insurance_cents or budget.commute_tenths or budget.other_km_a_week)
    cost = running_cost(use, parameters.unit_costs(budget.energy, on=on, desk_id=desk_id)) if drives else ()
    change = Change(
        instalment_cents=month_cents(schedule, premiums, required=True) if schedule else 0,
        vehicle_cents=total_cents(cost),
        replaced_cents=budget.replaced_cents,
        income_cents=budget.gained_cents,
    )
    limits = room.thresholds(on=on, desk_id=desk_id)
    now, after = figures(items, household, on=on), figures(items, household, on=on, change=change)
    first = first_due_on or add_months(on, 1)
    days = [row.due_on or add_months(first, row.number - 1) for row in schedule]
    extra = premiums or (0,) * len(schedule)
    due = {(d.year, d.month): row.payment_cents + more for d, row, more in zip(days, schedule, extra, strict=True)}
    bounds: dict[str, Any] = {"floor_cents": limits.floor_cents, "most_percent": limits.debt_percent}
    living = int(household.units * limits.floor_cents)
    lived: dict[str, Any] = {"starts_on": on, "opening_cents": budget.account_cents, "living_cents": living}
    project_cents = change.vehicle_cents - change.replaced_cents - change.income_cents
    due[on.year, on.month] = due.get((on.year, on.month), 0) + upfront_cents
    return Told(
        budget=budget,
        rows=rows,
        household=household,
        cost=cost,
        change=change,
        now=now,
        after=after,
        said=explain(now, after, change, **bounds),
        verdict=judge(after, **bounds),
        warnings=warnings(budget.debts, in_file=budget.in_file, items=items),
        months=curve(items, instalments=due, project_cents=project_cents, **lived),
        months_without=curve(items, **lived),
        living_cents=living,
        upfront_cents=upfront_cents,
    )


def upfront_of(dossier: MicrocreditDossier) -> int:
    """Return what the person still pays at once, in cents: their own part of the project, the bank's fees (two queries).

    Nothing once the loan is paid out: it has left the account by then.
    """
    if dossier.disbursed_on is not None:
        return 0
    own = sum(
        line.amount_cents
        for line in lines_of(dossier.project_id)
        if line.source is Source.OWN and line.state not in GONE | {LineState.PAID}
    )
    offer = _offer_of(dossier)
    return own + (0 if offer is None else fee_of(conditions_of(offer), dossier.amount_cents))


def schedule_of(dossier: MicrocreditDossier) -> list[Row]:
    """Return the schedule that is asked for; once the money is paid the dated one, its first period as long as it was.

    One query where an offer says what becomes of the interest of a long first period. Raises TermsImpossible.
    """
    if dossier.disbursed_on is None:
        return plain_schedule(dossier.amount_cents, Decimal(dossier.rate), dossier.months)
    offer = _offer_of(dossier)
    drawn = (Flow(dossier.disbursed_on, dossier.amount_cents),)
    waiting = Waiting.SPREAD if offer is None else offer.waiting
    return dated_schedule(Terms(drawn, Decimal(dossier.rate), dossier.months, dossier.first_due_on, waiting))


def premiums_of(dossier: MicrocreditDossier, rows: Sequence[Row]) -> tuple[int, ...]:
    """Return the insurance that the bank requires with each instalment, in cents (one query)."""
    return premiums_for(dossier, dossier.amount_cents, rows)


def premiums_for(dossier: MicrocreditDossier, amount_cents: int, rows: Sequence[Row]) -> tuple[int, ...]:
    """Return the same for any schedule of the same bank's terms, that of a sum (one query)."""
    offer = _offer_of(dossier)
    terms = None if offer is None else conditions_of(offer).insurance
    if terms is None or not terms.required:
        return (0,) * len(rows)
    return premiums_on(terms, amount_cents, rows)


def expected_of(dossier: MicrocreditDossier) -> list[Due]:
    """Return the instalments that a loan that is paid out expects, required insurance included (two queries)."""
    rows = schedule_of(dossier)
    return [
        Due(row.number, row.due_on, row.payment_cents + premium)
        for row, premium in zip(rows, premiums_of(dossier, rows), strict=True)
        if row.due_on is not None
    ]


def _offer_of(dossier: MicrocreditDossier) -> CreditOffer | None:
    return None if dossier.offer_id is None else db.session.get(CreditOffer, dossier.offer_id)


@dataclass(frozen=True)
class Listed:
    """A dossier as lists show it."""

    id: int
    person_id: int
    person: str
    bank: str
    dossier: MicrocreditDossier
    desk: str


def select_dossiers(visible: ColumnElement[bool]) -> Any:
    """Return the query of the dossiers that an actor sees, those touched last first."""
    return (
        select(MicrocreditDossier, Person.first_name, Person.last_name, Organisation.name.label("bank"), Desk.name)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .join(Desk, Desk.id == Person.desk_id)
        .outerjoin(Organisation, Organisation.id == MicrocreditDossier.bank_id)
        .where(visible)
        .order_by(MicrocreditDossier.updated_at.desc(), MicrocreditDossier.id.desc())
    )


def listed(rows: Sequence[Any]) -> list[Listed]:
    """Return rows of ``select_dossiers`` as lists show them; no query."""
    return [
        Listed(dossier.id, dossier.person_id, f"{first} {last}", bank or "", dossier, desk)
        for dossier, first, last, bank, desk in rows
    ]


def dossiers_of(person_id: int) -> Sequence[MicrocreditDossier]:
    """Return a person's dossiers, the newest first (one query)."""
    return db.session.scalars(
        select(MicrocreditDossier)
        .where(MicrocreditDossier.person_id == person_id)
        .order_by(MicrocreditDossier.id.desc())
    ).all()


def has_living(project_id: int) -> bool:
    """Tell whether a project has a dossier that goes on (one query)."""
    over = OVER | {State.REFUSED}
    return bool(
        db.session.scalar(
            select(
                exists().where(MicrocreditDossier.project_id == project_id, MicrocreditDossier.state.not_in(over))
            )
        )
    )  # fmt: skip


def following(dossier_id: int) -> int | None:
    """Return the dossier that was prepared after the refusal of this one, or None (one query)."""
    return db.session.scalar(select(MicrocreditDossier.id).where(MicrocreditDossier.previous_id == dossier_id))


def was_followed(dossier_id: int) -> bool:
    """Tell whether another dossier goes on in the place of this one (one query)."""
    return following(dossier_id) is not None


def proofs_of(dossier_id: int) -> dict[str, int]:
    """Return the files that prove the signature and the payment, by their kind (one query)."""
    kinds = {words.OFFER_KIND, words.PAYMENT_KIND}
    return {
        one.kind: one.id for one in list_for(words.OWNER, dossier_id) if one.kind in kinds and one.erased_at is None
    }


def log_of(dossier_id: int) -> Sequence[MicrocreditLog]:
    """Return the steps of a dossier, in their order (one query)."""
    return db.session.scalars(
        select(MicrocreditLog).where(MicrocreditLog.dossier_id == dossier_id).order_by(MicrocreditLog.id)
    ).all()


def transmissions_of(dossier_id: int) -> Sequence[MicrocreditTransmission]:
    """Return what was sent, the last first (one query)."""
    return db.session.scalars(
        select(MicrocreditTransmission)
        .where(MicrocreditTransmission.dossier_id == dossier_id)
        .order_by(MicrocreditTransmission.number.desc())
    ).all()


def dues_of(dossier_id: int, *, in_force: bool = True) -> list[Due]:
    """Return what is expected (two queries): the instalments that stand, plans of arrears in the place of theirs.

    ``in_force``: with the plan that goes on; those that were kept always count.
    """
    return dues_by_loan([dossier_id], in_force=in_force)[dossier_id]


def _instalments(dossier_ids: Sequence[int]) -> tuple[dict[int, list[Due]], set[int]]:
    """Return the instalments that stand by loan, and which of the loans have a plan of arrears."""
    found: dict[int, list[Due]] = {number: [] for number in dossier_ids}
    planned = set()
    for row, has in db.session.execute(
        select(MicrocreditInstalment, has_plan(MicrocreditInstalment.dossier_id))
        .where(MicrocreditInstalment.dossier_id.in_(dossier_ids), MicrocreditInstalment.replaced_at.is_(None))
        .order_by(MicrocreditInstalment.due_on, MicrocreditInstalment.number)
    ):
        found[row.dossier_id].append(Due(row.number, row.due_on, row.amount_cents))
        if has:
            planned.add(row.dossier_id)
    return found, planned


def dues_by_loan(dossier_ids: Sequence[int], *, in_force: bool = True) -> dict[int, list[Due]]:
    """Return what is expected of several loans, as ``dues_of`` (one query, and one more where there are plans)."""
    found, planned = _instalments(dossier_ids)
    for plan in laid_plans(sorted(planned), in_force=in_force) if planned else ():
        dues = found[plan.dossier_id]
        found[plan.dossier_id] = under_plan(
            dues, plan.lines, base_cents=plan.base_cents, arrears_cents=plan.arrears_cents
        )
    return found


def payments_of(dossier_id: int) -> Sequence[MicrocreditPayment]:
    """Return the payments, in their order (one query)."""
    return db.session.scalars(
        select(MicrocreditPayment)
        .where(MicrocreditPayment.dossier_id == dossier_id)
        .order_by(MicrocreditPayment.paid_on, MicrocreditPayment.id)
    ).all()


def ledger_of(dossier_id: int, *, on: date, in_force: bool = True) -> Ledger:
    """Return what is expected and paid on a day (three queries, and the settings).

    ``in_force``: with the plan of arrears that is in force; without it what is late is late by the bank's schedule.
    """
    return _settled(dues_by_loan([dossier_id], in_force=in_force), on=on)[dossier_id]


def ledgers_of(dossier_ids: Sequence[int], *, on: date) -> dict[int, Ledger]:
    """Return what is expected and paid of several dossiers (three queries, and the settings)."""
    return _settled(dues_by_loan(dossier_ids), on=on)


def paid_of(dossier_ids: Collection[int]) -> dict[int, int]:
    """Return what was paid in all of those of which something was, in cents (one query)."""
    rows = db.session.execute(
        select(MicrocreditPayment.dossier_id, func.sum(MicrocreditPayment.amount_cents))
        .where(MicrocreditPayment.dossier_id.in_(list(dossier_ids)))
        .group_by(MicrocreditPayment.dossier_id)
    )
    return {number: int(cents) for number, cents in rows}


def _settled(dues: Mapping[int, Sequence[Due]], *, on: date) -> dict[int, Ledger]:
    paid, grace = paid_of(list(dues)), parameters.late_days(on=on)
    return {number: settle(rows, paid.get(number, 0), on=on, grace_days=grace) for number, rows in dues.items()}


def instalments_by_day(dossiers: Mapping[int, object]) -> dict[int, dict[date, Cost]]:
    """Return what the person pays on which day, by dossier; a plan of arrears in the place of its own (as ``dues_by_loan``)."""
    found: dict[int, dict[date, Cost]] = {}
    for dossier_id, dues in dues_by_loan(list(dossiers)).items():
        days = found[dossier_id] = {}
        for due in dues:
            days[due.due_on] = days.get(due.due_on, Cost()) + Cost(due.amount_cents)
    return found


def find_transmission(transmission_id: int) -> MicrocreditTransmission | None:
    """Return a transmission, or None."""
    return db.session.get(MicrocreditTransmission, transmission_id)


def names_of_projects(dossiers: Sequence[MicrocreditDossier]) -> dict[int, str]:
    """Return by project id what the projects of dossiers are called (one query)."""
    ids = [row.project_id for row in dossiers]
    found = db.session.execute(select(Project.id, Project.title).where(Project.id.in_(ids)))
    return {row.id: row.title for row in found}
