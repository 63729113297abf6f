"""A budget step by step: each line, the household and the vehicle are saved by themselves, so that nothing is lost.

A budget that a bank has seen stays as it is: the first step after it goes on with a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import check_version, lock, transaction
from mobility.core.text import clean_line
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.microcredit.dossiers.errors import BudgetInvalid
from mobility.microcredit.dossiers.models import Budget, BudgetItem
from mobility.microcredit.dossiers.queries import find_budget, rows_of
from mobility.microcredit.dossiers.services.budgets import MOST_ITEMS, note_begun
from mobility.microcredit.rules.budget import Debts, Item
from mobility.microcredit.rules.running_cost import Energy
from mobility.people.models import Person

PROOF_KIND = "budget_proof"
SOURCE_MAX = 200
_COPIED = (
    "others", "children", "debts", "in_file", "account_cents", "energy", "insurance_cents", "commute_tenths",
    "commute_source", "days_a_week", "other_km_a_week", "replaced_cents", "gained_cents",
)  # fmt: skip
GONE = "Cette ligne n’est plus dans le budget : relisez-le."


@dataclass(frozen=True, slots=True)
class Home:
    """The household, its debts and its account; see ``models.Budget``."""

    others: int
    children: int
    debts: Debts
    in_file: bool | None
    account_cents: int


@dataclass(frozen=True, slots=True)
class Vehicle:
    """How the project's vehicle is used, and what the project brings; ``commute_source``: where the distance is from."""

    energy: Energy
    insurance_cents: int
    commute_tenths: int
    days_a_week: int
    other_km_a_week: int
    replaced_cents: int
    commute_source: str = ""
    gained_cents: int = 0


def put_line(
    *,
    person_id: int,
    item: Item,
    actor_id: int | None,
    now: datetime,
    item_id: int | None = None,
    prepared: Prepared | None = None,
) -> int:
    """Add a line with its evidence, or change one, which keeps its evidence without a new file; return its id.

    Raises BudgetInvalid, NotFound.
    """
    with transaction() as session:
        row, ids = _working(session, person_id, actor_id=actor_id, now=now)
        if item_id is None:
            count = session.scalar(select(func.count()).where(BudgetItem.budget_id == row.id)) or 0
            if count >= MOST_ITEMS:
                raise BudgetInvalid("Écrivez %(most)s lignes au plus.", most=MOST_ITEMS)
            line = BudgetItem(budget_id=row.id)
        else:
            line = _line(session, row, ids.get(item_id, item_id))
        line.kind, line.amount_cents, line.every = item.kind, item.amount_cents, item.every
        line.whose, line.ends_on = item.whose, item.ends_on
        if prepared is not None:
            line.document_id = documents.store(
                prepared=prepared,
                kind=PROOF_KIND,
                owner_kind="person",
                owner_id=person_id,
                person_id=person_id,
                actor_id=actor_id,
                now=now,
            )
        session.add(line)
        session.flush()
        _note(row, actor_id, now, line=item.kind.value)
        return line.id


def begin(
    *, person_id: int, items: Sequence[Item], others: int, children: int, actor_id: int | None, now: datetime
) -> None:
    """Write the first lines of a budget and its household at once. Raises BudgetInvalid, NotFound."""
    if not items:
        raise BudgetInvalid("Écrivez au moins une somme.")
    with transaction() as session:
        lock(Person, person_id)
        if find_budget(person_id) is not None:
            raise BudgetInvalid("Un budget est déjà commencé pour cette personne : ajoutez-y des lignes.")
        row, _ids = _working(session, person_id, actor_id=actor_id, now=now)
        row.others, row.children = others, children
        session.add_all(
            BudgetItem(budget_id=row.id, kind=item.kind, amount_cents=item.amount_cents, every=item.every)
            for item in items
        )
        session.flush()
        _note(row, actor_id, now, lines=str(len(items)))


def remove_line(*, person_id: int, item_id: int, actor_id: int | None, now: datetime) -> None:
    """Take a line out; its evidence stays in the person's file. Raises BudgetInvalid, NotFound."""
    with transaction() as session:
        row, ids = _working(session, person_id, actor_id=actor_id, now=now)
        line = _line(session, row, ids.get(item_id, item_id))
        kind = line.kind.value
        session.delete(line)
        session.flush()
        _note(row, actor_id, now, removed=kind)


def write_part(
    *, person_id: int, part: Home | Vehicle, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Write the household or the vehicle. Raises StaleVersion, NotFound."""
    with transaction() as session:
        row, _ids = _working(session, person_id, actor_id=actor_id, now=now, version=version)
        for field in fields(part):
            value = getattr(part, field.name)
            setattr(
                row, field.name, (clean_line(value) or "")[:SOURCE_MAX] if field.name == "commute_source" else value
            )
        session.flush()
        _note(row, actor_id, now, part=type(part).__name__.lower())


def _working(
    session: Session, person_id: int, *, actor_id: int | None, now: datetime, version: int | None = None
) -> tuple[Budget, dict[int, int]]:
    """Return the budget to write in, and by which ids the lines of the one that a bank has seen are copied."""
    # The person's row is held: two first steps at once make one budget.
    lock(Person, person_id)
    last, ids = find_budget(person_id), dict[int, int]()
    if last is not None and last.frozen_at is None:
        row = lock(Budget, last.id)
        check_version(row, version)
        row.updated_at, row.updated_by_id, row.taken_on = now, actor_id, day_of(now)
        return row, ids
    row = Budget(person_id=person_id, taken_on=day_of(now), updated_at=now, updated_by_id=actor_id)
    if last is not None:
        for name in _COPIED:
            setattr(row, name, getattr(last, name))
    session.add(row)
    session.flush()
    if last is not None:
        for kept in rows_of(last.id):
            line = BudgetItem(
                budget_id=row.id, kind=kept.kind, amount_cents=kept.amount_cents, every=kept.every, whose=kept.whose,
                ends_on=kept.ends_on, document_id=kept.document_id,
            )  # fmt: skip
            session.add(line)
            session.flush()
            ids[kept.id] = line.id
    note_begun(session, row, actor_id=actor_id, now=now)
    return row, ids


def _line(session: Session, row: Budget, item_id: int) -> BudgetItem:
    found = session.get(BudgetItem, item_id) if 0 <= item_id < 2**31 else None
    if found is None or found.budget_id != row.id:
        raise BudgetInvalid(GONE)
    return found


def _note(row: Budget, actor_id: int | None, now: datetime, **changed: str) -> None:
    audit.record(
        actor_id=actor_id,
        action="update",
        subject_kind="budget",
        subject_id=row.id,
        person_id=row.person_id,
        now=now,
        changes={name: (None, value) for name, value in changed.items()},
    )
