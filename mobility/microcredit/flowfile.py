"""The file that ``mobility microcredit apr`` reads: dated flows as JSON. Nothing is guessed; refusals name the place."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from mobility.core import jsonfile
from mobility.core.jsonfile import shown
from mobility.core.money import MAX_CENTS
from mobility.microcredit.errors import BadFlows
from mobility.microcredit.rules.apr import Flow
from mobility.microcredit.rules.calendar import FIRST_YEAR, LAST_YEAR, Basis

MAX_BYTES = 4_000_000
MAX_FLOWS = 10_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE, _FLOW = ("drawdowns", "payments", "basis"), ("date", "amount_cents")


@dataclass(frozen=True, slots=True)
class FlowFile:
    """What a file holds."""

    drawdowns: tuple[Flow, ...]
    payments: tuple[Flow, ...]
    basis: Basis


def parse(data: bytes) -> FlowFile:
    """Read a file. Raises BadFlows."""
    whole = _json(data)
    if not isinstance(whole, dict):
        raise BadFlows('expected an object {"drawdowns": […], "payments": […], "basis": …}, not ' + shown(whole))
    _check_fields("", whole, _WHOLE)
    basis = whole.get("basis")
    if basis not in [one.value for one in Basis]:
        raise BadFlows(f'basis: expected "actual" or "months", not {shown(basis)}')
    drawdowns, payments = _flows(whole, "drawdowns", low=1), _flows(whole, "payments", low=0)
    if payments[0].on < drawdowns[0].on:
        raise BadFlows(f"payments[0]: {payments[0].on} comes before the first drawdown ({drawdowns[0].on})")
    return FlowFile(drawdowns, payments, Basis(basis))


def _json(data: bytes) -> Any:
    if len(data) > MAX_BYTES:
        raise BadFlows(f"the file is longer than {MAX_BYTES} bytes")
    try:
        return jsonfile.read(data, what="a file of flows")
    except jsonfile.NotJson as error:
        raise BadFlows(str(error)) from None


def _check_fields(place: str, value: dict[str, Any], known: tuple[str, ...]) -> None:
    """Refuse a field that is none of ours: a fee that nobody reads would make the rate wrong."""
    strange = next((name for name in value if name not in known), None)
    if strange is not None:
        raise BadFlows(f"{place}unknown field {shown(strange)}: expected {', '.join(known)}")


def _flows(whole: dict[str, Any], kind: str, *, low: int) -> tuple[Flow, ...]:
    items = whole.get(kind)
    if not isinstance(items, list) or not items:
        raise BadFlows(f"{kind}: expected a list of at least one flow, not {shown(items)}")
    if len(items) > MAX_FLOWS:
        raise BadFlows(f"{kind}: {len(items)} flows are more than {MAX_FLOWS}")
    flows = tuple(_flow(f"{kind}[{index}]", item, low=low) for index, item in enumerate(items))
    for index, (before, after) in enumerate(itertools.pairwise(flows), start=1):
        if after.on < before.on:
            raise BadFlows(f"{kind}[{index}]: {after.on} comes before {before.on}: put the flows in order")
    return flows


def _flow(place: str, item: Any, *, low: int) -> Flow:
    if not isinstance(item, dict):
        raise BadFlows(f'{place}: expected {{"date": …, "amount_cents": …}}, not {shown(item)}')
    _check_fields(f"{place}: ", item, _FLOW)
    return Flow(_day(place, item.get("date")), _amount(place, item.get("amount_cents"), low=low))


def _day(place: str, value: Any) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        expected = f"expected a day such as 2026-11-24, from {FIRST_YEAR} to {LAST_YEAR}"
        raise BadFlows(f"{place}.date: {expected}, not {shown(value)}")
    return day


def _amount(place: str, value: Any, *, low: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MAX_CENTS:
        raise BadFlows(
            f"{place}.amount_cents: expected a whole number of cents from {low} to {MAX_CENTS}, not {shown(value)}"
        )
    return value
