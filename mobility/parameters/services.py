"""Use cases of parameters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import db, load, lock, savepoint, transaction
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.organisations.models import Organisation
from mobility.parameters import queries, registry, rules
from mobility.parameters.errors import (
    NothingToReset,
    ScopeNotAllowed,
    ValueAlreadyScheduled,
    ValueInForce,
    ValueInThePast,
)
from mobility.parameters.models import ParameterValue
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import SCOPE_LABELS, Dated, Scope


def set_value(
    *,
    key: str,
    value: object,
    valid_from_on: date,
    actor_id: int | None,
    now: datetime,
    desk_id: int | None = None,
    organisation_id: int | None = None,
) -> int:
    """Let a value hold from a day on, for one scope; return its id. ``value`` is the Python value.

    A value of the very same day is replaced if that day is today, and refused if it is yet to come.
    Raises NotFound, UnreadableValue, ValueInThePast, ValueAlreadyScheduled, ScopeNotAllowed.
    """
    parameter = registry.get(key)
    kept = rules.to_json(parameter.shape, value)
    return _write(
        parameter,
        kept=kept,
        valid_from_on=valid_from_on,
        desk_id=desk_id,
        organisation_id=organisation_id,
        actor_id=actor_id,
        now=now,
    )


def set_typed_value(
    *,
    key: str,
    typed: str,
    valid_from_on: date,
    actor_id: int | None,
    now: datetime,
    desk_id: int | None = None,
    organisation_id: int | None = None,
) -> int:
    """Do as ``set_value`` with what a person typed."""
    parameter = registry.get(key)
    kept = rules.parse(parameter.shape, typed)
    return _write(
        parameter,
        kept=kept,
        valid_from_on=valid_from_on,
        desk_id=desk_id,
        organisation_id=organisation_id,
        actor_id=actor_id,
        now=now,
    )


def reset_value(
    *,
    key: str,
    valid_from_on: date,
    actor_id: int | None,
    now: datetime,
    desk_id: int | None = None,
    organisation_id: int | None = None,
) -> int:
    """Give up the scope's own value from a day on: the wider scope, or the default, holds again.

    Raises NotFound, ValueInThePast, ValueAlreadyScheduled, NothingToReset.
    """
    parameter = registry.get(key)
    own = queries.history(key, on=valid_from_on)
    if not any(
        line.state == "current"
        and not line.is_reset
        and _same_scope(line.scope, line.scope_id, desk_id, organisation_id)
        for line in own
    ):
        raise NothingToReset
    return _write(
        parameter,
        kept=None,
        valid_from_on=valid_from_on,
        desk_id=desk_id,
        organisation_id=organisation_id,
        actor_id=actor_id,
        now=now,
    )


def _same_scope(scope: Scope, scope_id: int | None, desk_id: int | None, organisation_id: int | None) -> bool:
    wanted = Scope.DESK if desk_id else Scope.ORGANISATION if organisation_id else Scope.EVERYWHERE
    return scope is wanted and scope_id == (desk_id or organisation_id)


def _check_scope(parameter: Parameter, desk_id: int | None, organisation_id: int | None) -> None:
    if desk_id is not None and organisation_id is not None:
        raise ScopeNotAllowed(scope="une antenne et une organisation à la fois")
    scope = Scope.EVERYWHERE
    if desk_id is not None:
        load(Desk, desk_id)
        scope = Scope.DESK
    elif organisation_id is not None:
        load(Organisation, organisation_id)
        scope = Scope.ORGANISATION
    if scope not in parameter.scopes:
        raise ScopeNotAllowed(scope=SCOPE_LABELS[scope])


def _write(
    parameter: Parameter,
    *,
    kept: Any,
    valid_from_on: date,
    desk_id: int | None,
    organisation_id: int | None,
    actor_id: int | None,
    now: datetime,
) -> int:
    today = day_of(now)
    if valid_from_on < today:
        raise ValueInThePast
    with transaction() as session:
        _check_scope(parameter, desk_id, organisation_id)
        rows = _rows_of(parameter.key, desk_id, organisation_id)
        before = rules.in_force([Dated(row.valid_from_on, row.value) for row in rows], valid_from_on)
        same_day = next((row for row in rows if row.valid_from_on == valid_from_on), None)
        if same_day is not None:
            if valid_from_on != today:
                raise ValueAlreadyScheduled
            same_day.value, same_day.author_id, same_day.created_at = kept, actor_id, now
            row = same_day
        else:
            row = ParameterValue(
                key=parameter.key,
                desk_id=desk_id,
                organisation_id=organisation_id,
                valid_from_on=valid_from_on,
                value=kept,
                author_id=actor_id,
                created_at=now,
            )
            session.add(row)
        try:
            with savepoint():
                session.flush()
        except IntegrityError:
            raise ValueAlreadyScheduled from None
        old = before.kept if before else None
        _record("parameter.set", row, parameter, before=old, after=kept, actor_id=actor_id, now=now)
        queries.forget_cache()
        return row.id


def _rows_of(key: str, desk_id: int | None, organisation_id: int | None) -> list[ParameterValue]:
    query = select(ParameterValue).where(
        ParameterValue.key == key,
        ParameterValue.desk_id.is_(None) if desk_id is None else ParameterValue.desk_id == desk_id,
        ParameterValue.organisation_id.is_(None)
        if organisation_id is None
        else ParameterValue.organisation_id == organisation_id,
    )
    return list(db.session.scalars(query))


def cancel_scheduled(*, value_id: int, key: str, actor_id: int | None, now: datetime) -> None:
    """Take away a value that has not begun. Raises NotFound, ValueInForce."""
    parameter = registry.get(key)
    with transaction() as session:
        row = lock(ParameterValue, value_id)
        if row.key != key:
            raise NotFound(f"parameter value {value_id}")
        if row.valid_from_on <= day_of(now):
            raise ValueInForce
        _record("parameter.cancel", row, parameter, before=row.value, after=None, actor_id=actor_id, now=now)
        session.delete(row)
        session.flush()
        queries.forget_cache()


def _record(
    action: str,
    row: ParameterValue,
    parameter: Parameter,
    *,
    before: Any,
    after: Any,
    actor_id: int | None,
    now: datetime,
) -> None:
    name = f"{parameter.key} ({row.valid_from_on})"
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind="parameter",
        subject_id=row.id,
        now=now,
        changes={
            name[:80]: (
                None if before is None else rules.as_typed(parameter.shape, before),
                None if after is None else rules.as_typed(parameter.shape, after),
            )
        },
    )
