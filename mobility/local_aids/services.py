"""The catalogue written by managers; requests for an aid taken along their table, the pathway following."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.core.clock import at_paris, day_of
from mobility.core.db import check_version, load, lock, transaction
from mobility.core.text import clean_line
from mobility.diagnosis.barriers import Barrier
from mobility.journal import services as journal
from mobility.local_aids.errors import EntryGone, EntryInvalid, ReasonMissing
from mobility.local_aids.models import LocalAid, LocalAidUse
from mobility.local_aids.queries import km_between, serving_of
from mobility.local_aids.rules import REASONED, USES, LicenceRule, UseAction, UseState, is_too_far
from mobility.pathway.models import Step
from mobility.pathway.rules import StepState
from mobility.pathway.services import link_step, put_step

AID_KIND = "local_aid"
REASON_MAX = 300
DEFAULTS = Path(__file__).parent / "defaults.yaml"
STEP_STATES: Mapping[UseState, StepState] = {
    UseState.ASKED: StepState.AGREED,
    UseState.GRANTED: StepState.AGREED,
    UseState.ACTIVE: StepState.ACTIVE,
    UseState.DONE: StepState.DONE,
    UseState.REFUSED: StepState.DROPPED,
    UseState.DROPPED: StepState.DROPPED,
}


def write_entry(
    *,
    facts: Mapping[str, Any],
    desk_id: int | None,
    actor_id: int | None,
    now: datetime,
    entry_id: int | None = None,
    version: int | None = None,
) -> int:
    """Write an entry, a new one or over one; return its id. ``facts`` are columns of ``LocalAid``.

    Requests that were made of it stay. Raises EntryInvalid, StaleVersion, NotFound.
    """
    _check(facts)
    with transaction() as session:
        if entry_id is None:
            row = LocalAid(desk_id=desk_id)
            session.add(row)
        else:
            row = lock(LocalAid, entry_id)
            check_version(row, version)
        for name, value in facts.items():
            setattr(row, name, value)
        row.updated_at = now
        try:
            session.flush()
        except IntegrityError as error:
            raise EntryInvalid("Une aide porte déjà ce nom à cette date.") from error
        audit.record(
            actor_id=actor_id,
            action="create" if entry_id is None else "update",
            subject_kind="local_aid",
            subject_id=row.id,
            now=now,
            changes={"label": (None, row.label)},
        )
        return row.id


def _check(facts: Mapping[str, Any]) -> None:
    if not facts["label"]:
        raise EntryInvalid
    if not facts["lifts"] or not set(facts["lifts"]) <= set(Barrier):
        raise EntryInvalid("Cochez au moins un frein que cette aide lève.", field="lifts")
    low, high = facts.get("min_age"), facts.get("max_age")
    if low is not None and high is not None and low > high:
        raise EntryInvalid("L’âge le plus haut doit être au-dessus du plus bas.", field="max_age")
    if (facts.get("serves_from") is None) != (facts.get("serves_until") is None):
        raise EntryInvalid("Indiquez l’heure du début et celle de la fin.", field="serves_until")
    first, last = facts["valid_from_on"], facts.get("valid_until_on")
    if last is not None and last < first:
        raise EntryInvalid("La fin doit venir après le début.", field="valid_until_on")


def read_defaults() -> list[dict[str, Any]]:
    """Return the usual entries as columns, from the file of data that comes with the platform."""
    rows = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    return [{**row, "licence": LicenceRule(row.get("licence", "any"))} for row in rows]


def write_defaults(*, valid_from_on: date, actor_id: int | None, now: datetime) -> int:
    """Write the usual entries for all desks that are not there yet; return how many."""
    with transaction() as session:
        known = set(session.scalars(select(LocalAid.label).where(LocalAid.desk_id.is_(None))))
        missing = [facts for facts in read_defaults() if facts["label"] not in known]
        for facts in missing:
            dated = {**facts, "valid_from_on": valid_from_on}
            write_entry(facts=dated, desk_id=None, actor_id=actor_id, now=now)
        return len(missing)


def ask(*, step_id: int, actor_id: int | None, now: datetime) -> int:
    """Turn a step of the pathway into a request to the partner; return the request's id.

    Raises EntryGone, StepAlreadyOpened, StepOfAnother, NotFound.
    """
    with transaction() as session:
        step = load(Step, step_id)
        entry = session.get(LocalAid, int(step.option_key)) if step.option_key.isdecimal() else None
        if entry is None:
            raise EntryGone
        starts_on = max(step.planned_from_on or day_of(now), day_of(now))
        use = LocalAidUse(
            local_aid_id=entry.id,
            person_id=step.person_id,
            objective_id=step.objective_id,
            state=UseState.ASKED,
            starts_on=starts_on,
            ends_on=None if entry.lasting and not entry.carries else starts_on + timedelta(days=entry.duration_days),
            asked_at=now,
            asked_by_id=actor_id,
            updated_at=now,
        )
        session.add(use)
        session.flush()
        link_step(step_id=step_id, person_id=step.person_id, aid_kind=AID_KIND, aid_ref=use.id, now=now)
        _follow(use, entry, now=now)
        _write(use, entry, "asked", actor_id, now)
        return use.id


def move(
    *,
    use_id: int,
    action: UseAction,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Take a request along its table; the pathway follows in the same transaction.

    Raises ReasonMissing, ForbiddenTransition, StaleVersion, NotFound.
    """
    with transaction() as session:
        use = lock(LocalAidUse, use_id)
        check_version(use, version)
        target = USES.after(use.state, action)
        written = (clean_line(reason or "") or "")[:REASON_MAX]
        if target in REASONED and not written:
            raise ReasonMissing
        before, use.state, use.updated_at = use.state, target, now
        use.reason = written if target in REASONED else ""
        if target is UseState.ACTIVE:
            use.starts_on = min(use.starts_on, day_of(now))
        if target is UseState.DONE:
            use.ends_on = max(day_of(now), use.starts_on)
        session.flush()
        entry = load(LocalAid, use.local_aid_id)
        _follow(use, entry, now=now)
        _write(use, entry, target.value, actor_id, now)
        audit.record(
            actor_id=actor_id,
            action="update",
            subject_kind="local_aid_use",
            subject_id=use.id,
            person_id=use.person_id,
            now=now,
            changes={"state": (before.value, target.value)},
        )


def _follow(use: LocalAidUse, entry: LocalAid, *, now: datetime) -> None:
    """Bring the pathway's step up to date: an aid carries only once the partner has said yes."""
    put_step(
        person_id=use.person_id,
        objective_id=use.objective_id,
        aid_kind=AID_KIND,
        aid_ref=use.id,
        title=entry.label,
        state=STEP_STATES[use.state],
        starts_at=at_paris(use.starts_on, time(0)),
        ends_at=None if use.ends_on is None else at_paris(use.ends_on + timedelta(days=1), time(0)),
        cost_cents=entry.person_once_cents + entry.person_monthly_cents * -(-entry.duration_days // 30),
        covers=entry.carries
        and use.state in {UseState.GRANTED, UseState.ACTIVE, UseState.DONE}
        and not is_too_far(entry.max_km, km_between(use.person_id, use.objective_id)),
        serving=serving_of(entry),
        now=now,
    )


def _write(use: LocalAidUse, entry: LocalAid, act: str, actor_id: int | None, now: datetime) -> None:
    journal.write(
        person_id=use.person_id,
        kind=f"local_aid.{act}",
        now=now,
        actor_id=actor_id,
        subject_kind="local_aid_use",
        subject_id=use.id,
        facts={"entry": entry.id},
    )


def labels_of(entries: Sequence[LocalAid]) -> list[tuple[str, str]]:
    """Return what a plan may name of the catalogue: (option key, label)."""
    return [(str(entry.id), entry.label) for entry in entries]
