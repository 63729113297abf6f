"""The budget, written whole: what the adviser and the person found out together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, transaction
from mobility.core.errors import NotFound
from mobility.journal import services as journal
from mobility.microcredit.dossiers import words
from mobility.microcredit.dossiers.errors import BudgetFrozen, BudgetInvalid
from mobility.microcredit.dossiers.models import Budget, BudgetItem, MicrocreditDossier
from mobility.microcredit.rules.budget import Debts, Item
from mobility.microcredit.rules.running_cost import Energy
from mobility.microcredit.rules.states import OPEN
from mobility.people.models import Person

MOST_ITEMS = 60


@dataclass(frozen=True, slots=True)
class BudgetDetails:
    """What is typed of a budget; see ``models.Budget`` for the units."""

    items: Sequence[Item]
    others: int = 0
    children: int = 0
    debts: Debts = Debts.NONE
    in_file: bool | None = None
    account_cents: int = 0
    energy: Energy = Energy.PETROL
    insurance_cents: int = 0
    commute_tenths: int = 0
    days_a_week: int = 5
    other_km_a_week: int = 0
    replaced_cents: int = 0
    gained_cents: int = 0
    commute_source: str = ""


def write_budget(
    *,
    person_id: int,
    details: BudgetDetails,
    actor_id: int | None,
    now: datetime,
    budget_id: int | None = None,
    version: int | None = None,
) -> int:
    """Write a budget, a new one or over one that no bank has seen; return its id.

    Raises BudgetInvalid, BudgetFrozen, StaleVersion, NotFound.
    """
    if len(details.items) > MOST_ITEMS:
        raise BudgetInvalid("Écrivez %(most)s lignes au plus.", most=MOST_ITEMS)
    with transaction() as session:
        load(Person, person_id)
        row = Budget(person_id=person_id) if budget_id is None else lock(Budget, budget_id)
        if budget_id is not None:
            if row.person_id != person_id:
                raise NotFound("budget")
            check_version(row, version)
            if row.frozen_at is not None:
                raise BudgetFrozen
            session.execute(delete(BudgetItem).where(BudgetItem.budget_id == budget_id))
        _fill(row, details, day_of(now), actor_id, now)
        session.add(row)
        session.flush()
        session.add_all(
            BudgetItem(
                budget_id=row.id,
                kind=item.kind,
                amount_cents=item.amount_cents,
                every=item.every,
                whose=item.whose,
                ends_on=item.ends_on,
            )
            for item in details.items
        )
        note_begun(session, row, actor_id=actor_id, now=now)
        return row.id


def note_begun(session: Session, row: Budget, *, actor_id: int | None, now: datetime) -> None:
    """Tell the journal of a budget, and let the dossiers that are still ours go on with it."""
    session.execute(
        update(MicrocreditDossier)
        .where(MicrocreditDossier.person_id == row.person_id, MicrocreditDossier.state.in_(OPEN))
        .values(budget_id=row.id)
    )
    journal.write_act(
        person_id=row.person_id,
        subject_kind="budget",
        subject_id=row.id,
        action=words.BUDGET_KIND,
        kind=words.BUDGET_KIND,
        now=now,
        actor_id=actor_id,
    )


def _fill(row: Budget, details: BudgetDetails, today: date, actor_id: int | None, now: datetime) -> None:
    row.taken_on, row.updated_at, row.updated_by_id = today, now, actor_id
    for name in (
        "others", "children", "debts", "in_file", "account_cents", "energy", "insurance_cents", "commute_tenths",
        "days_a_week", "other_km_a_week", "replaced_cents", "gained_cents",
        "commute_source",
    ):  # fmt: skip
        setattr(row, name, getattr(details, name))
