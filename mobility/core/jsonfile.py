"""Files of JSON that people hand to a command: read strictly, and shown harmless in messages. No database.

Numbers with a fraction stay as they are written; « NaN » and a field that stands twice in one object are refused.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

_SHOWN = 60


class NotJson(ValueError):
    """What was handed over cannot be read; the message says why, in English."""


def read(data: bytes, *, what: str) -> Any:
    """Return what a file holds. ``what`` names the file where it is nested too deep. Raises NotJson."""
    try:
        # Some programs put a mark before UTF-8 that says nothing.
        text = data.decode("utf-8-sig")
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except RecursionError:
        raise NotJson(f"not {what}: nested too deep") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"not JSON: not UTF-8 (byte {error.start})") from None
    except ValueError as error:
        raise NotJson(f"not JSON: {error}") from None


def shown(value: Any) -> str:
    """Return a value as JSON in plain ASCII, cut where it is long."""
    try:
        text = json.dumps(value, default=str)
    except (ValueError, RecursionError):
        return "something else"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {shown(twice)} stands twice in one object")
    return found
