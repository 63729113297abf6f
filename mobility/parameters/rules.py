"""Kinds of parameters: how a value is typed, checked, kept and read. Pure.

A value is kept as JSON: whole numbers for counts, minutes and cents, text for decimals (exact),
true or false, text, lists and tables. ``to_json`` and ``from_json`` go there and back; ``parse``
reads what a person types; ``show`` says it in French.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from mobility.core.money import MAX_CENTS, format_cents, parse_euros
from mobility.parameters.errors import UnreadableValue

TEXT_MAX = 2000
LIST_MAX = 50
ROWS_MAX = 200
INT_MAX = 2**31 - 1
_SPACES = str.maketrans("", "", " \u00a0\u202f")


class Kind(StrEnum):
    """What sort of value a parameter holds."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    BOOLEAN = "boolean"
    TEXT = "text"
    MINUTES = "minutes"
    CHOICE = "choice"
    INTEGERS = "integers"
    TABLE = "table"


class Scope(StrEnum):
    """Where a value holds."""

    EVERYWHERE = "everywhere"
    DESK = "desk"
    ORGANISATION = "organisation"


SCOPE_LABELS: dict[Scope, str] = {
    Scope.EVERYWHERE: "partout",
    Scope.DESK: "une antenne",
    Scope.ORGANISATION: "une organisation",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name in the rows, its heading, and the kind of its cells."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = True


@dataclass(frozen=True, slots=True)
class Shape:
    """All that is needed to read a value: kind, bounds, choices, columns.

    Bounds are in the unit that is kept (cents for money, minutes, per cent for percentages).
    """

    kind: Kind
    low: Decimal | None = None
    high: Decimal | None = None
    choices: Sequence[tuple[str, str]] = ()
    columns: Sequence[Column] = field(default=())
    unit: str = ""


def _refuse(reason: str) -> UnreadableValue:
    return UnreadableValue(reason=reason)


# ---- from Python to JSON and back


def to_json(shape: Shape, value: object) -> Any:
    """Return the JSON form of a Python value. Raises UnreadableValue where it does not fit the shape."""
    checker = _CHECKERS[shape.kind]
    return checker(shape, value)


def from_json(shape: Shape, kept: Any) -> Any:
    """Return the Python value behind its JSON form: Decimal for decimals and per cents, tuples for lists."""
    if shape.kind in {Kind.DECIMAL, Kind.PERCENT}:
        return Decimal(str(kept))
    if shape.kind is Kind.INTEGERS:
        return tuple(kept)
    if shape.kind is Kind.TABLE:
        return tuple(_row_from_json(shape.columns, row) for row in kept)
    return kept


def _row_from_json(columns: Sequence[Column], row: dict[str, Any]) -> dict[str, Any]:
    return {
        column.name: None if row.get(column.name) is None else from_json(Shape(column.kind), row[column.name])
        for column in columns
    }


def _bounded(shape: Shape, number: Decimal) -> None:
    low = shape.low if shape.low is not None else Decimal(0 if shape.kind is not Kind.DECIMAL else -INT_MAX)
    high = shape.high if shape.high is not None else Decimal(100 if shape.kind is Kind.PERCENT else INT_MAX)
    if not low <= number <= high:
        bounds = {"low": show(Shape(shape.kind), _plain(low)), "high": show(Shape(shape.kind), _plain(high))}
        raise _refuse(f"Choisissez une valeur entre {bounds['low']} et {bounds['high']}.")


def _plain(number: Decimal) -> Any:
    return int(number) if number == number.to_integral_value() else str(number.normalize())


def _whole(shape: Shape, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse("Écrivez un nombre entier, par exemple 12.")
    _bounded(shape, Decimal(value))
    return value


def _decimal(shape: Shape, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise _refuse("Écrivez un nombre, par exemple 12,5.")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _refuse("Écrivez un nombre, par exemple 12,5.") from None
    exponent = number.as_tuple().exponent
    if not number.is_finite() or not isinstance(exponent, int) or exponent < -6 or abs(number) > INT_MAX:
        raise _refuse("Écrivez un nombre avec six décimales au plus.")
    _bounded(shape, number)
    return format(number, "f")


def _boolean(_shape: Shape, value: object) -> bool:
    if not isinstance(value, bool):
        raise _refuse("Répondez par oui ou par non.")
    return value


def _text(_shape: Shape, value: object) -> str:
    if not isinstance(value, str):
        raise _refuse("Écrivez un texte.")
    if len(value) > TEXT_MAX:
        raise _refuse(f"Ce texte est trop long : {TEXT_MAX} caractères au plus.")
    return value


def _choice(shape: Shape, value: object) -> str:
    if value not in {choice for choice, _label in shape.choices}:
        raise _refuse("Choisissez une réponse dans la liste.")
    return str(value)


def _integers(shape: Shape, value: object) -> list[int]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise _refuse("Écrivez des nombres entiers séparés par des virgules, par exemple -3, -1, 0.")
    numbers = list(value)
    if len(numbers) > LIST_MAX:
        raise _refuse(f"Écrivez {LIST_MAX} nombres au plus.")
    low = shape.low if shape.low is not None else Decimal(-INT_MAX)
    inner = Shape(Kind.INTEGER, low=low, high=shape.high)
    checked = [_whole(inner, number) for number in numbers]
    if len(set(checked)) != len(checked):
        raise _refuse("Un nombre est écrit deux fois.")
    return checked


def _table(shape: Shape, value: object) -> list[dict[str, Any]]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise _refuse("Écrivez un tableau.")
    rows = list(value)
    if len(rows) > ROWS_MAX:
        raise _refuse(f"Écrivez {ROWS_MAX} lignes au plus.")
    return [_row(shape.columns, number, row) for number, row in enumerate(rows, start=1)]


def _row(columns: Sequence[Column], number: int, row: object) -> dict[str, Any]:
    if not isinstance(row, dict) or set(row) - {column.name for column in columns}:
        raise _refuse(f"Ligne {number} : il faut les colonnes {', '.join(column.label for column in columns)}.")
    checked: dict[str, Any] = {}
    for column in columns:
        cell = row.get(column.name)
        if cell is None or cell == "":
            if column.required:
                raise _refuse(f"Ligne {number} : « {column.label} » manque.")
            checked[column.name] = None
            continue
        try:
            checked[column.name] = to_json(Shape(column.kind), cell)
        except UnreadableValue as error:
            raise _refuse(f"Ligne {number}, {column.label} : {error.params['reason']}") from None
    return checked


_CHECKERS = {
    Kind.INTEGER: _whole,
    Kind.MINUTES: _whole,
    Kind.MONEY: lambda shape, value: _whole(_money_shape(shape), value),
    Kind.DECIMAL: _decimal,
    Kind.PERCENT: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.INTEGERS: _integers,
    Kind.TABLE: _table,
}


def _money_shape(shape: Shape) -> Shape:
    high = shape.high if shape.high is not None else Decimal(MAX_CENTS)
    return Shape(Kind.MONEY, low=shape.low, high=high)


# ---- from what a person types


def parse(shape: Shape, typed: str) -> Any:
    """Return the JSON form of what a person typed. Raises UnreadableValue, which says what to write."""
    text = typed.strip()
    if shape.kind is Kind.TABLE:
        return to_json(shape, parse_table(shape.columns, text))
    if shape.kind in {Kind.TEXT, Kind.CHOICE}:
        return to_json(shape, text)
    if shape.kind is Kind.INTEGERS:
        return to_json(shape, [_typed_integer(part) for part in text.replace(";", ",").split(",") if part.strip()])
    if not text:
        raise _refuse("Écrivez une valeur.")
    return to_json(shape, _typed_scalar(shape.kind, text))


def _typed_scalar(kind: Kind, text: str) -> object:
    if kind is Kind.BOOLEAN:
        answers = {"oui": True, "non": False, "1": True, "0": False}
        if text.lower() not in answers:
            raise _refuse("Répondez par oui ou par non.")
        return answers[text.lower()]
    if kind is Kind.MONEY:
        try:
            return parse_euros(text)
        except ValueError:
            raise _refuse("Écrivez un montant en euros, par exemple 12,50.") from None
    if kind in {Kind.DECIMAL, Kind.PERCENT}:
        if len(text) > 40:
            raise _refuse("Écrivez un nombre, par exemple 12,5.")
        return text.translate(_SPACES).removesuffix("%").replace(",", ".")
    return _typed_integer(text)


def _typed_integer(text: str) -> int:
    cleaned = text.translate(_SPACES).replace("\u2212", "-")
    if len(cleaned) > 11 or not cleaned.removeprefix("-").removeprefix("+").isdecimal():
        raise _refuse("Écrivez un nombre entier, par exemple 12.")
    return int(cleaned)


def parse_table(columns: Sequence[Column], text: str) -> list[dict[str, Any]]:
    """Return the rows of a table typed as lines whose cells are apart by « ; ». Raises UnreadableValue."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), start=1):
        cells = [cell.strip() for cell in line.split(";")]
        if len(cells) != len(columns):
            labels = " ; ".join(column.label for column in columns)
            raise _refuse(f"Ligne {number} : écrivez {len(columns)} cellules, {labels}.")
        rows.append(
            {column.name: _typed_cell(column, number, cell) for column, cell in zip(columns, cells, strict=True)}
        )
    return rows


def _typed_cell(column: Column, number: int, cell: str) -> Any:
    if not cell:
        return None
    try:
        return cell if column.kind in {Kind.TEXT, Kind.CHOICE} else _typed_scalar(column.kind, cell)
    except UnreadableValue as error:
        raise _refuse(f"Ligne {number}, {column.label} : {error.params['reason']}") from None


# ---- for people


def as_typed(shape: Shape, kept: Any) -> str:
    """Return the value as a person would type it, which ``parse`` reads back."""
    if kept is None:
        return ""
    writer = _WRITERS.get(shape.kind)
    return str(kept) if writer is None else writer(shape, kept)


def _table_as_typed(shape: Shape, kept: Any) -> str:
    return "\n".join(
        " ; ".join(as_typed(Shape(column.kind), row.get(column.name)) for column in shape.columns) for row in kept
    )


def _decimal_as_typed(_shape: Shape, kept: Any) -> str:
    return str(kept).replace(".", ",")


def _money_as_typed(_shape: Shape, kept: Any) -> str:
    return format_cents(kept).removesuffix("\u00a0€").replace("\u202f", "").replace("\u2212", "-")


_WRITERS: dict[Kind, Callable[[Shape, Any], str]] = {
    Kind.MONEY: _money_as_typed,
    Kind.DECIMAL: _decimal_as_typed,
    Kind.PERCENT: _decimal_as_typed,
    Kind.BOOLEAN: lambda _shape, kept: "oui" if kept else "non",
    Kind.INTEGERS: lambda _shape, kept: ", ".join(str(number) for number in kept),
    Kind.TABLE: _table_as_typed,
}


def show(shape: Shape, kept: Any) -> str:
    """Return the value as people read it, with its unit."""
    if shape.kind is Kind.MONEY:
        return format_cents(kept)
    if shape.kind is Kind.PERCENT:
        return f"{as_typed(shape, kept)}\u00a0%"
    if shape.kind is Kind.MINUTES:
        return f"{kept}\u00a0min"
    if shape.kind is Kind.CHOICE:
        return dict(shape.choices).get(kept, str(kept))
    if shape.kind is Kind.TABLE:
        return f"{len(kept)} ligne{'s' if len(kept) > 1 else ''}"
    text = as_typed(shape, kept)
    return f"{text}\u00a0{shape.unit}" if shape.unit and text else text or "—"


# ---- time


@dataclass(frozen=True, slots=True)
class Dated:
    """A value of one scope from one day on; ``kept`` None means that the wider scope holds again."""

    valid_from_on: date
    kept: Any


def in_force(values: Iterable[Dated], on: date) -> Dated | None:
    """Return the value that holds on the day: the latest that has begun, or None."""
    begun = [value for value in values if value.valid_from_on <= on]
    return max(begun, key=lambda value: value.valid_from_on, default=None)


def equal(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are the same (1 and true are not)."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
