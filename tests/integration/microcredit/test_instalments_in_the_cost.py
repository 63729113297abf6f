"""What a micro-credit costs by the month is part of what the journeys of its objective cost."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select, update

from mobility.core.db import db, end_read, transaction
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.models import MicrocreditInstalment
from mobility.microcredit.rules.arrears import Line
from mobility.pathway.costs import Cost
from mobility.pathway.journeys import journeys_of, month_costs
from tests.factories.accords import a_plan, agreed, arrears
from tests.factories.dossiers import NOW, a_dossier, a_project, disbursed
from tests.factories.pathway import MONDAY, a_roster, an_objective
from tests.factories.people import make_person

PAID = NOW + timedelta(days=8)


def test_instalments_count_on_the_day_on_which_they_fall_due(app: Flask) -> None:
    person = make_person()
    objective_id = an_objective(person.id, starts_on=MONDAY)
    a_roster(objective_id)
    dossier_id = a_dossier(person.id, project_id=a_project(person.id, objective_id=objective_id))
    assert month_costs([objective_id], month_on=date(2027, 1, 1)) == {objective_id: Cost()}, "nothing is owed yet"
    disbursed(dossier_id)
    end_read()
    monthly = queries.schedule_of(queries.get_dossier(dossier_id))[0].payment_cents
    found = journeys_of(objective_id, person_id=person.id, now=PAID, start=date(2026, 12, 28), weeks=5)
    assert {month.label: month.cost.person_cents for month in found.months}["janvier 2027"] == monthly
    january = db.session.scalars(select(MicrocreditInstalment.id).order_by(MicrocreditInstalment.due_on)).first()
    with transaction() as session:
        session.execute(
            update(MicrocreditInstalment).where(MicrocreditInstalment.id == january).values(replaced_at=PAID)
        )
    assert month_costs([objective_id], month_on=date(2027, 1, 1)) == {objective_id: Cost()}, "a new plan replaces it"


def test_a_plan_of_arrears_is_paid_on_its_own_days(app: Flask) -> None:
    person = make_person()
    dossier_id = a_dossier(person.id)
    disbursed(dossier_id)
    late_at = NOW + timedelta(days=78)
    services.watch_due(now=late_at)
    late, first_on = arrears(dossier_id, now=late_at).cents, late_at.date() + timedelta(days=3)
    agreed(a_plan(dossier_id, now=late_at, lines=[Line(first_on, late)]), now=late_at)
    days = queries.instalments_by_day({dossier_id: None})[dossier_id]
    assert days[first_on] == Cost(late)
    assert date(2027, 1, 1) not in days, "what was late is paid on the plan's days"
