"""Own means (« moyens propres »): noted and taken away. They cover legs when the calendar is read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from mobility.accounts import audit
from mobility.core.db import load, lock, transaction
from mobility.journal import services as journal
from mobility.pathway.errors import MeansInvalid, ObjectiveClosed
from mobility.pathway.models import Objective, OwnMeans
from mobility.pathway.rules import MEANS_LABELS, MeansKind, ObjectiveState
from mobility.pathway.services.objectives import check_period, touch


def add_own_means(
    *,
    objective_id: int,
    kind: MeansKind,
    weekdays: Collection[int],
    there: bool,
    back: bool,
    starts_on: date,
    ends_on: date | None = None,
    note: str | None = None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Note how the person travels without us; return the id. Raises MeansInvalid, PeriodInvalid, ObjectiveClosed."""
    days = sorted(set(weekdays))
    if not days or not set(days) <= set(range(7)):
        raise MeansInvalid("Cochez au moins un jour de la semaine.", field="weekdays")
    if not (there or back):
        raise MeansInvalid("Cochez l’aller, le retour, ou les deux.", field="directions")
    check_period(starts_on, ends_on)
    with transaction() as session:
        objective = lock(Objective, objective_id)
        if objective.state is not ObjectiveState.OPEN:
            raise ObjectiveClosed
        row = OwnMeans(
            objective_id=objective_id,
            kind=kind,
            weekdays=days,
            there=there,
            back=back,
            starts_on=starts_on,
            ends_on=ends_on,
            note=note or "",
        )
        session.add(row)
        touch(objective, now)
        session.flush()
        _write(objective, row, "added", actor_id, now)
        return row.id


def remove_own_means(*, own_means_id: int, actor_id: int | None, now: datetime) -> int:
    """Take a means away; return the objective's id. Raises NotFound."""
    with transaction() as session:
        row = load(OwnMeans, own_means_id)
        objective = lock(Objective, row.objective_id)
        _write(objective, row, "removed", actor_id, now)
        touch(objective, now)
        session.delete(row)
        return objective.id


def _write(objective: Objective, row: OwnMeans, act: str, actor_id: int | None, now: datetime) -> None:
    label = MEANS_LABELS[row.kind]
    journal.write(
        person_id=objective.person_id,
        kind=f"pathway.means_{act}",
        now=now,
        actor_id=actor_id,
        subject_kind="objective",
        subject_id=objective.id,
        facts={"means_kind": row.kind.value},
    )
    audit.record(
        actor_id=actor_id,
        action="update",
        subject_kind="objective",
        subject_id=objective.id,
        person_id=objective.person_id,
        now=now,
        changes={"own_means": (None, label) if act == "added" else (label, None)},
    )
