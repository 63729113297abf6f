"""Objectives: opened, edited, reached, dropped, reopened."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, transaction
from mobility.geo.geocoding import Place, is_better, position_columns
from mobility.journal import services as journal
from mobility.organisations.models import Organisation
from mobility.pathway import hooks
from mobility.pathway.errors import EmployerUnknown, ObjectiveClosed, PeriodInvalid
from mobility.pathway.models import Objective
from mobility.pathway.rules import OBJECTIVE_MOVES, ObjectiveAction, ObjectiveKind, ObjectiveState
from mobility.pathway.services.steps import reexpand

# No contract and no training here is longer; a typing error in a year shall not make a calendar of centuries.
LONGEST = timedelta(days=366 * 10)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
_AUDITED = ("kind", "title", "employer_id", "employer_name", "street", "postcode", "city", "starts_on", "ends_on")


def check_period(starts_on: date, ends_on: date | None) -> None:
    """Refuse a period that runs backwards or out of any life. Raises PeriodInvalid."""
    if not EARLIEST <= starts_on <= LATEST:
        raise PeriodInvalid("Cette date est trop loin. Vérifiez l’année.", field="starts_on")
    if ends_on is None:
        return
    if ends_on < starts_on:
        raise PeriodInvalid
    if ends_on - starts_on > LONGEST:
        raise PeriodInvalid("La fin est à plus de dix ans du début. Vérifiez l’année.")


def _check_employer(session: Session, employer_id: int | None, before: int | None = None) -> str:
    """Return the name of the organisation chosen; one that stands on the objective already may be archived."""
    if employer_id is None:
        return ""
    found = session.execute(
        select(Organisation.name, Organisation.archived_at).where(Organisation.id == employer_id)
    ).one_or_none()
    if found is None or (found.archived_at is not None and employer_id != before):
        raise EmployerUnknown
    return str(found.name)


def open_objective(
    *,
    person_id: int,
    kind: ObjectiveKind,
    title: str | None,
    employer_id: int | None = None,
    employer_name: str | None = None,
    street: str | None = None,
    postcode: str | None = None,
    city: str | None = None,
    insee_code: str | None = None,
    place: Place | None = None,
    starts_on: date,
    ends_on: date | None = None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Open an objective; return its id. Raises PeriodInvalid, EmployerUnknown.

    ``place`` is asked of the geocoder by the caller, before the transaction; the commune's centre without it.
    """
    check_period(starts_on, ends_on)
    with transaction() as session:
        known_name = _check_employer(session, employer_id)
        objective = Objective(
            person_id=person_id,
            kind=kind,
            title=_title(title, kind, employer_name or known_name),
            employer_id=employer_id,
            employer_name=employer_name or known_name,
            street=street or "",
            postcode=postcode or "",
            city=city or "",
            insee_code=insee_code,
            **position_columns(place, insee_code=insee_code),
            starts_on=starts_on,
            ends_on=ends_on,
            state=ObjectiveState.OPEN,
            created_at=now,
            updated_at=now,
        )
        session.add(objective)
        session.flush()
        _note(objective, "opened", actor_id, now)
        audit.record(
            actor_id=actor_id,
            action="create",
            subject_kind="objective",
            subject_id=objective.id,
            person_id=person_id,
            now=now,
            changes={name: (None, value) for name, value in _values(objective).items() if value not in (None, "")},
        )
        return objective.id


def touch(objective: Objective, now: datetime) -> None:
    """Note the change; the version rises even when two changes fall on one instant."""
    objective.updated_at = now
    flag_modified(objective, "updated_at")


def _title(title: str | None, kind: ObjectiveKind, employer: str) -> str:
    from mobility.pathway.rules import OBJECTIVE_KIND_LABELS

    if title:
        return title
    label = OBJECTIVE_KIND_LABELS[kind]
    return f"{label} – {employer}"[:160] if employer else label


def _values(objective: Objective) -> dict[str, object]:
    return {name: getattr(objective, name) for name in _AUDITED}


def _note(objective: Objective, act: str, actor_id: int | None, now: datetime) -> None:
    journal.write(
        person_id=objective.person_id,
        kind=f"pathway.objective_{act}",
        now=now,
        actor_id=actor_id,
        subject_kind="objective",
        subject_id=objective.id,
        facts={"starts_on": objective.starts_on, "ends_on": objective.ends_on},
    )


def edit_objective(
    *,
    objective_id: int,
    version: int | None,
    kind: ObjectiveKind,
    title: str | None,
    employer_id: int | None = None,
    employer_name: str | None = None,
    street: str | None = None,
    postcode: str | None = None,
    city: str | None = None,
    insee_code: str | None = None,
    place: Place | None = None,
    starts_on: date,
    ends_on: date | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Change an objective. When its dates move, the aids hear of it and the coverage is written anew.

    Listeners are called before the row is held: an aid that holds a row of its own and then writes
    its step takes both in that same order, so that neither waits for the other for ever.
    Raises StaleVersion, ObjectiveClosed, PeriodInvalid, EmployerUnknown, NotFound.
    """
    check_period(starts_on, ends_on)
    with transaction() as session:
        seen = load(Objective, objective_id)
        check_version(seen, version)
        moved = (seen.starts_on, seen.ends_on) != (starts_on, ends_on)
        if moved and seen.state is ObjectiveState.OPEN:
            hooks.objective_moved(_event(seen, starts_on, ends_on, actor_id, now))
        objective = lock(Objective, objective_id)
        check_version(objective, version)
        if objective.state is not ObjectiveState.OPEN:
            raise ObjectiveClosed
        known_name = _check_employer(session, employer_id, objective.employer_id)
        before = _values(objective)
        objective.kind = kind
        objective.employer_id = employer_id
        objective.employer_name = employer_name or known_name
        objective.title = _title(title, kind, objective.employer_name)
        position = position_columns(place, insee_code=insee_code)
        same_place = (objective.street, objective.insee_code) == (street or "", insee_code)
        if not (same_place and is_better(objective.position_precision, position["position_precision"])):
            for name, value in position.items():
                setattr(objective, name, value)
        objective.street = street or ""
        objective.postcode = postcode or ""
        objective.city = city or ""
        objective.insee_code = insee_code
        objective.starts_on = starts_on
        objective.ends_on = ends_on
        touch(objective, now)
        if moved:
            reexpand(objective_id=objective_id, now=now)
        _note(objective, "moved" if moved else "changed", actor_id, now)
        _record(objective, before, actor_id, now)


def change_objective_state(
    *, objective_id: int, action: ObjectiveAction, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Reach, drop or reopen an objective. A dropped one ends today, and the aids hear of it.

    Raises StaleVersion, ForbiddenTransition, NotFound.
    """
    with transaction():
        seen = load(Objective, objective_id)
        check_version(seen, version)
        target = OBJECTIVE_MOVES.after(seen.state, action)
        ends_on = _end_when(seen, target, day_of(now))
        if ends_on != seen.ends_on:
            hooks.objective_moved(_event(seen, seen.starts_on, ends_on, actor_id, now))
        objective = lock(Objective, objective_id)
        check_version(objective, version)
        before = {**_values(objective), "state": objective.state.value}
        objective.state = target
        objective.ends_on = ends_on
        objective.closed_at = None if target is ObjectiveState.OPEN else now
        touch(objective, now)
        reexpand(objective_id=objective_id, now=now)
        _note(objective, {"reach": "reached", "drop": "dropped", "reopen": "reopened"}[action.value], actor_id, now)
        _record(objective, before, actor_id, now)


def _end_when(objective: Objective, target: ObjectiveState, today: date) -> date | None:
    if target is not ObjectiveState.DROPPED:
        return objective.ends_on
    last = max(objective.starts_on, today)
    return last if objective.ends_on is None else min(objective.ends_on, last)


def _event(
    objective: Objective, starts_on: date, ends_on: date | None, actor_id: int | None, now: datetime
) -> hooks.ObjectiveMoved:
    return hooks.ObjectiveMoved(
        objective_id=objective.id,
        person_id=objective.person_id,
        starts_before_on=objective.starts_on,
        ends_before_on=objective.ends_on,
        starts_on=starts_on,
        ends_on=ends_on,
        actor_id=actor_id,
        now=now,
    )


def _record(objective: Objective, before: dict[str, object], actor_id: int | None, now: datetime) -> None:
    after = {**_values(objective), "state": objective.state.value}
    audit.record(
        actor_id=actor_id,
        action="update",
        subject_kind="objective",
        subject_id=objective.id,
        person_id=objective.person_id,
        now=now,
        changes={name: (old, after[name]) for name, old in before.items()},
    )
