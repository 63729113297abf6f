"""Reads of parameters.

All values are read at once, at the first question of a request (there are some dozens), and kept
for the rest of it; a change in the same request forgets them. Outside of a request (jobs, CLI)
nothing is kept longer than the transaction could be wrong: each question reads its own key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, has_request_context
from sqlalchemy import select

from mobility.core.db import db, load
from mobility.parameters import registry, rules
from mobility.parameters.models import ParameterValue
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Dated, Scope

_CACHE = "parameter_values"
ScopeKey = tuple[str, int | None, int | None]
_ROWS = (
    ParameterValue.key,
    ParameterValue.desk_id,
    ParameterValue.organisation_id,
    ParameterValue.valid_from_on,
    ParameterValue.value,
)


def _read(keys: Sequence[str] | None) -> Mapping[ScopeKey, Sequence[Dated]]:
    query = select(*_ROWS)
    if keys is not None:
        query = query.where(ParameterValue.key.in_(keys))
    found: dict[ScopeKey, list[Dated]] = defaultdict(list)
    for name, desk_id, organisation_id, valid_from_on, kept in db.session.execute(query):
        found[(name, desk_id, organisation_id)].append(Dated(valid_from_on, kept))
    return found


def _values(*keys: str) -> Mapping[ScopeKey, Sequence[Dated]]:
    if not has_request_context():
        return _read(keys)
    if _CACHE not in g:
        setattr(g, _CACHE, _read(None))
    cached: Mapping[ScopeKey, Sequence[Dated]] = getattr(g, _CACHE)
    return cached


def forget_cache() -> None:
    """Read the values again at the next question."""
    if has_request_context():
        g.pop(_CACHE, None)


def organisations_with(keys: Sequence[str]) -> frozenset[tuple[str, int]]:
    """Return the pairs (key, organisation) for which an organisation has a value of its own, past or to come; one query."""
    rows = db.session.execute(
        select(ParameterValue.key, ParameterValue.organisation_id).where(
            ParameterValue.key.in_(keys), ParameterValue.organisation_id.is_not(None)
        )
    )
    return frozenset((key, organisation_id) for key, organisation_id in rows if organisation_id is not None)


def value(key: str, *, on: date, desk_id: int | None = None, organisation_id: int | None = None) -> Any:
    """Return the value that holds on a day: the desk's, else the organisation's, else everywhere's, else the default.

    Cents, minutes and counts are int, decimals and per cents Decimal, lists and tables tuples.
    Raises NotFound for a key that nobody declared.
    """
    return _value(key, _values(key), on=on, desk_id=desk_id, organisation_id=organisation_id)


def values(keys: Sequence[str], *, on: date, desk_id: int | None = None) -> dict[str, Any]:
    """Return the values of several keys, as ``value`` does, by one query. Raises NotFound."""
    read = _values(*keys)
    return {key: _value(key, read, on=on, desk_id=desk_id, organisation_id=None) for key in keys}


def _value(
    key: str,
    values: Mapping[ScopeKey, Sequence[Dated]],
    *,
    on: date,
    desk_id: int | None,
    organisation_id: int | None,
) -> Any:
    parameter = registry.get(key)
    scopes: list[ScopeKey] = [(key, None, None)]
    if organisation_id is not None:
        scopes.insert(0, (key, None, organisation_id))
    if desk_id is not None:
        scopes.insert(0, (key, desk_id, None))
    for scope in scopes:
        found = rules.in_force(values.get(scope, ()), on)
        if found is not None and found.kept is not None:
            return rules.from_json(parameter.shape, found.kept)
    return rules.from_json(parameter.shape, rules.to_json(parameter.shape, parameter.default))


def since(key: str, *, on: date) -> date | None:
    """Return since when the value that holds everywhere on a day holds; None where it is the default."""
    found = rules.in_force(_values(key).get((key, None, None), ()), on)
    return None if found is None or found.kept is None else found.valid_from_on


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One value in the history of a parameter."""

    id: int
    valid_from_on: date
    shown: str
    scope: Scope
    scope_id: int | None
    author_id: int | None
    is_reset: bool
    state: str


@dataclass(frozen=True, slots=True)
class ParameterCard:
    """A parameter as the administration reads it: what holds everywhere today, and what differs."""

    parameter: Parameter
    shown: str
    is_default: bool
    next_change_on: date | None
    exceptions: int


def list_cards(*, on: date) -> list[ParameterCard]:
    """Return every parameter with what holds on the day, in one query."""
    by_key: dict[str, dict[ScopeKey, Sequence[Dated]]] = defaultdict(dict)
    for scope, values in _read(None).items():
        by_key[scope[0]][scope] = values
    return [_card(parameter, by_key[parameter.key], on) for parameter in registry.all_parameters()]


def _card(parameter: Parameter, values: Mapping[ScopeKey, Sequence[Dated]], on: date) -> ParameterCard:
    everywhere = rules.in_force(values.get((parameter.key, None, None), ()), on)
    kept = everywhere.kept if everywhere is not None else None
    coming = [dated.valid_from_on for dates in values.values() for dated in dates if dated.valid_from_on > on]
    special = [rules.in_force(dates, on) for scope, dates in values.items() if scope[1:] != (None, None)]
    default = rules.to_json(parameter.shape, parameter.default)
    return ParameterCard(
        parameter=parameter,
        shown=rules.show(parameter.shape, default if kept is None else kept),
        is_default=kept is None,
        next_change_on=min(coming, default=None),
        exceptions=sum(found is not None and found.kept is not None for found in special),
    )


def history(key: str, *, on: date) -> list[ValueLine]:
    """Return all values of a parameter, the latest first. Raises NotFound for a key that nobody declared."""
    parameter = registry.get(key)
    query = select(ParameterValue).where(ParameterValue.key == key)
    rows = list(db.session.scalars(query.order_by(ParameterValue.valid_from_on.desc(), ParameterValue.id.desc())))
    current: dict[tuple[int | None, int | None], int] = {}
    for row in rows:
        if row.valid_from_on <= on:
            current.setdefault((row.desk_id, row.organisation_id), row.id)
    return [_line(parameter, row, on, current) for row in rows]


def _line(
    parameter: Parameter, row: ParameterValue, on: date, current: Mapping[tuple[int | None, int | None], int]
) -> ValueLine:
    scope = Scope.DESK if row.desk_id else Scope.ORGANISATION if row.organisation_id else Scope.EVERYWHERE
    state = "coming" if row.valid_from_on > on else "over"
    if current.get((row.desk_id, row.organisation_id)) == row.id:
        state = "current"
    return ValueLine(
        id=row.id,
        valid_from_on=row.valid_from_on,
        shown="" if row.value is None else rules.show(parameter.shape, row.value),
        scope=scope,
        scope_id=row.desk_id or row.organisation_id,
        author_id=row.author_id,
        is_reset=row.value is None,
        state=state,
    )


def get_value_row(value_id: int) -> ParameterValue:
    """Return one row. Raises NotFound."""
    return load(ParameterValue, value_id)
