"""The NIR (social security number) is refused in everything that is written.

``find_nir`` reads a text as people write it: 13 digits, or 15 with the key, in one block or cut by
spaces, dots, dashes or slashes, Corsica as 2A and 2B. With the key, the key decides; without it the
structure does, and only in the cuts that people use for a NIR, so that phones, dates, licence
numbers and bank details pass. ``install`` puts the check under every session.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.orm import InstanceState, Mapper, ORMExecuteState, Session, UOWTransaction, scoped_session, sessionmaker
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql import dml
from stdnum import iban
from stdnum.fr import nir

from mobility.core.errors import RuleViolation

SHORT, LONG = 13, 15

_SEPARATOR = r"[\s.\-\u2010-\u2015_/\u00b7]{1,3}"
_GROUP = r"(?:\d*2[ABab]\d*|\d+)"
_RUN = re.compile(rf"(?<!\d){_GROUP}(?:{_SEPARATOR}{_GROUP})*(?!\d)")
_GROUPS = re.compile(_GROUP)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])")

_DEPARTMENT = r"(?:0[1-9]|[1-8]\d|9[0-9]|2[AB])"
_TAIL = rf"{_DEPARTMENT}(?!000)\d{{3}}(?!000)\d{{3}}"
# Months above 12 are given where the birth month is unknown, or to people born abroad.
_WITH_KEY = re.compile(rf"[1-478]\d\d(?:0[1-9]|1[0-2]|20|3\d|4[0-2]|[5-9]\d){_TAIL}\d\d")
_WITHOUT_KEY = re.compile(rf"[12]\d\d(?:0[1-9]|1[0-2]|20){_TAIL}")

_CANONICAL = frozenset({1, 3, 5, 7, 10, 13})
_REGULAR = tuple(
    frozenset(range(start, LONG, step)) for start, step in ((1, 1), (2, 2), (1, 2), (3, 3), (4, 4), (5, 5))
)


class NirRefused(RuleViolation):
    """A written text holds a social security number."""

    code = "nir_refused"
    template = (
        "Ce texte contient un numéro de sécurité sociale. La loi nous interdit de le garder : "
        "retirez-le, puis enregistrez à nouveau."
    )


def find_nir(text: str) -> str | None:
    """Return the first social security number of the text, in one block, or None."""
    if sum(map(str.isdecimal, text)) < SHORT - 1:  # Corsica: 12 digits and a letter
        return None
    plain = _IBAN.sub(_hide_iban, _flatten(text))
    for run in _RUN.finditer(plain):
        if found := _find_in_run(run[0], before=plain[: run.start()], after=plain[run.end() : run.end() + 1]):
            return found
    return None


def check_no_nir(value: object, *, field: str | None = None) -> None:
    """Raise NirRefused when a string, or a string inside a JSON value, holds a NIR."""
    for text in _texts(value):
        if find_nir(text):
            raise NirRefused(field=field)


def _flatten(text: str) -> str:
    """Return the text with plain digits and spaces, without invisible characters."""
    if text.isascii():
        return text
    visible = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in visible)


def _hide_iban(match: re.Match[str]) -> str:
    return " # " if iban.is_valid(match[0]) else match[0]


def _find_in_run(run: str, *, before: str, after: str) -> str | None:
    """Look for a NIR among the digit groups of a run; a group is never split."""
    if _is_part_of_a_token(before, after):
        return None
    spans = [(match.start(), match.end()) for match in _GROUPS.finditer(run)]
    groups = [run[start:end].upper() for start, end in spans]
    for first in range(len(groups)):
        if first == 0 and before.endswith("+"):
            continue  # an international phone number
        after_decimal_point = first > 0 and run[spans[first - 1][1] : spans[first][0]] == "."
        for number, cuts in sorted(_joined(groups[first:]), key=lambda joined: -len(joined[0])):
            if (cuts or not after_decimal_point) and _is_nir(number, cuts):
                return number
    return None


def _is_part_of_a_token(before: str, after: str) -> bool:
    """Tell whether letters and digits around the run make it a piece of a hash, a key or a UUID."""
    word = re.search(r"[A-Za-z0-9]*$", before)
    glued = word[0] if word else ""
    return any(c.isdigit() for c in glued) or len(glued) > 12 or (bool(glued) and after.isalnum() and after.isascii())


def _joined(groups: Sequence[str]) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield the groups joined to 13 and to 15 characters, with the places where they were cut."""
    number, cuts = "", set[int]()
    for group in groups:
        if number:
            cuts.add(len(number))
        number += group
        if len(number) in (SHORT, LONG):
            yield number, frozenset(cuts)
        if len(number) >= LONG:
            return


def _is_nir(number: str, cuts: frozenset[int]) -> bool:
    if len(number) == LONG:
        usual = cuts <= _CANONICAL or any(cuts == regular for regular in _REGULAR)
        return usual and _WITH_KEY.fullmatch(number) is not None and nir.is_valid(number)
    one_by_one = len(cuts) == SHORT - 1
    # A lone digit before 12 others is a count and a licence number rather than a NIR.
    usual = (cuts <= _CANONICAL and cuts != {1}) or one_by_one
    return usual and _WITHOUT_KEY.fullmatch(number) is not None


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a value: itself, or what a JSON value holds, keys and long numbers included."""
    if isinstance(value, (Enum, bool)):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and value >= 10 ** (SHORT - 1):
        yield str(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)


def install(target: type[Session] | sessionmaker[Any] | scoped_session[Any] | Session = Session) -> None:
    """Refuse the NIR in everything that sessions of this target write, row by row or in bulk.

    A column with ``info={"nir": "exempt"}`` (hashes, tokens, ciphertexts) is left out. Without a
    target every session of the process is watched; a second call changes nothing.
    """
    for name, check in (("before_flush", _check_flush), ("do_orm_execute", _check_statement)):
        if not event.contains(target, name, check):
            event.listen(target, name, check)


def _check_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    for row in session.new:
        _check_row(row, changed_only=False)
    for row in session.dirty:
        _check_row(row, changed_only=True)


def _check_row(row: object, *, changed_only: bool) -> None:
    state: InstanceState[Any] = instance_state(row)
    values = state.dict
    for key in _watched(state.mapper):
        value = values.get(key)
        if value is None or (isinstance(value, str) and len(value) < SHORT - 1):
            continue
        # A JSON value may be changed in place: it is looked at whenever its row is written.
        if changed_only and isinstance(value, str) and not state.attrs[key].history.has_changes():
            continue
        check_no_nir(value, field=key)


@cache
def _watched(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Return the attributes of a table's rows that are looked at."""
    return tuple(one.key for one in mapper.column_attrs if one.columns[0].info.get("nir") != "exempt")


def _check_statement(execution: ORMExecuteState) -> None:
    statement = execution.statement
    if not isinstance(statement, dml.Insert | dml.Update):
        return
    exempt = _exempt_columns(statement.table)
    for name, value in _written(statement, execution.parameters):
        if name not in exempt:
            check_no_nir(value, field=name)


def _written(statement: dml.Insert | dml.Update, parameters: Any) -> Iterator[tuple[str, object]]:
    """Yield (column, value) of everything that a statement writes, its own values and its parameters."""
    groups: list[Any] = [statement._values or {}, dict(getattr(statement, "_ordered_values", None) or ())]
    for rows in getattr(statement, "_multi_values", ()):
        groups.extend(rows)
    groups.extend([parameters] if isinstance(parameters, Mapping) else parameters or ())
    for group in groups:
        for column, value in group.items():
            yield str(getattr(column, "key", column)), getattr(value, "value", value)


def _exempt_columns(table: object) -> frozenset[str]:
    if not isinstance(table, Table):
        return frozenset()
    return frozenset(column.key for column in table.columns if column.info.get("nir") == "exempt")
