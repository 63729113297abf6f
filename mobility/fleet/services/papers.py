"""The papers of a vehicle: added with what they are worth, removed when they were a mistake."""

from __future__ import annotations

from datetime import date, datetime

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import lock, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.fleet.errors import WrongPaper
from mobility.fleet.inspections import result_valid_until
from mobility.fleet.kinds import InspectionResult, PaperKind
from mobility.fleet.models import Vehicle, VehiclePaper
from mobility.fleet.queries import inspections_of
from mobility.fleet.rules import check_insurance
from mobility.fleet.services.notices import forget_notices


@retried
def add_paper(
    *,
    vehicle_id: int,
    kind: PaperKind,
    done_on: date,
    valid_until_on: date | None = None,
    result: InspectionResult | None = None,
    counter_visit: bool = False,
    reference: str = "",
    prepared: Prepared | None = None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Add a paper. For a contrôle technique the last day is computed; an earlier printed day is kept instead.

    ``prepared`` is its scan, if there is one.
    Raises WrongPaper where its dates or its result make no sense, NotFound.
    """
    with transaction() as session:
        vehicle = lock(Vehicle, vehicle_id)
        if kind is PaperKind.INSPECTION:
            last_on: date | None = _inspection_until(
                vehicle,
                done_on=done_on,
                printed_on=valid_until_on,
                result=result,
                counter_visit=counter_visit,
                today=day_of(now),
            )
        else:
            result, counter_visit = None, False
            last_on = _other_until(kind, done_on, valid_until_on)
        paper = VehiclePaper(
            vehicle_id=vehicle_id,
            kind=kind,
            done_on=done_on,
            valid_until_on=last_on,
            result=result,
            counter_visit=counter_visit,
            reference=reference[:80],
            document_id=None if prepared is None else _store(vehicle_id, kind, prepared, last_on, actor_id, now),
            added_by_id=actor_id,
            added_at=now,
        )
        session.add(paper)
        session.flush()
        forget_notices(vehicle_id=vehicle_id, kind=kind.value, now=now)
        audit.record(
            actor_id=actor_id,
            action="add_paper",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"kind": (None, kind), "done_on": (None, done_on), "valid_until_on": (None, last_on)},
        )
        return paper.id


@retried
def remove_paper(*, vehicle_id: int, paper_id: int, actor_id: int, now: datetime) -> None:
    """Take a paper out that was entered by mistake; it stays in the history. Raises NotFound."""
    with transaction():
        lock(Vehicle, vehicle_id)
        paper = lock(VehiclePaper, paper_id)
        if paper.vehicle_id != vehicle_id:
            raise NotFound(f"vehicle_paper {paper_id}")
        if paper.removed_at is not None:
            return
        paper.removed_at, paper.removed_by_id = now, actor_id
        audit.record(
            actor_id=actor_id,
            action="remove_paper",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"kind": (paper.kind, None), "valid_until_on": (paper.valid_until_on, None)},
        )


def _store(
    vehicle_id: int,
    kind: PaperKind,
    prepared: Prepared,
    valid_until_on: date | None,
    actor_id: int | None,
    now: datetime,
) -> int:
    return documents.store(
        prepared=prepared,
        kind=kind.value,
        owner_kind="vehicle",
        owner_id=vehicle_id,
        valid_until_on=valid_until_on,
        actor_id=actor_id,
        now=now,
    )


def _other_until(kind: PaperKind, done_on: date, valid_until_on: date | None) -> date | None:
    if kind is PaperKind.REGISTRATION and valid_until_on is None:
        return None
    return check_insurance(done_on, valid_until_on)


def _inspection_until(
    vehicle: Vehicle,
    *,
    done_on: date,
    printed_on: date | None,
    result: InspectionResult | None,
    counter_visit: bool,
    today: date,
) -> date:
    if result is None:
        raise WrongPaper("Choisissez le résultat du contrôle technique.", field="outcome")
    if done_on > today:
        raise WrongPaper("Ce contrôle n’a pas encore eu lieu. Notez-le le jour venu.")
    computed = result_valid_until(
        vehicle.category,
        vehicle.first_registered_on or done_on,
        done_on=done_on,
        result=result,
        counter_visit=counter_visit,
        earlier=inspections_of([vehicle.id]).get(vehicle.id, ()),
    )
    if printed_on is None:
        return computed
    if not done_on <= printed_on <= computed:
        raise WrongPaper(
            "D’après la règle, ce contrôle est valable jusqu’au %(until)s au plus tard. Vérifiez la date imprimée.",
            field="valid_until_on",
            until=f"{computed:%d/%m/%Y}",
        )
    return printed_on
