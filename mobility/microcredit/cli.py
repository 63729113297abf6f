"""The commands ``mobility microcredit apr`` and ``schedule``: rates and schedules of any loan, without a database."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, BinaryIO

import click

from mobility.core.money import MAX_CENTS
from mobility.microcredit.errors import BadFlows, NoRate
from mobility.microcredit.flowfile import MAX_BYTES, parse
from mobility.microcredit.rules.apr import annual_rate, in_percent, monthly_annual_rate
from mobility.microcredit.rules.schedule import MAX_MONTHS, MAX_RATE, interest_cents, plain_schedule

# Nothing is guessed: no sign, no exponent, no other digits.
_RATE, _WHOLE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?"), re.compile(r"[0-9]{1,12}")


def _rate(_context: click.Context, _parameter: click.Parameter, value: str) -> Decimal:
    if not _RATE.fullmatch(value) or Decimal(value) > MAX_RATE:
        raise click.BadParameter(f"expected per cent a year from 0 to {MAX_RATE}, six decimals at most, such as 3.5")
    return Decimal(value)


class _Whole(click.ParamType[int]):
    """A whole number in plain digits within bounds."""

    name = "integer"

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, or fail in one line."""
        if not _WHOLE.fullmatch(str(value)) or not self._low <= int(value) <= self._high:
            self.fail(f"expected a whole number from {self._low} to {self._high}", param, ctx)
        return int(value)


@click.group()
def microcredit() -> None:
    """Compute the rate and the schedule of a loan."""


@microcredit.command("apr")
@click.argument("file", type=click.File("rb"))
def apr(file: BinaryIO) -> None:
    """Print the annual percentage rate (TAEG) of the dated flows in FILE (JSON; - for standard input)."""
    try:
        data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadFlows(f"the file cannot be read: {error.strerror or error}") from error
    flows = parse(data)
    try:
        percent = in_percent(annual_rate(flows.drawdowns, flows.payments, flows.basis))
    except NoRate as error:
        raise BadFlows(f"there is no annual rate for these flows: {error}") from error
    click.echo(json.dumps({"apr_percent": str(percent)}))


@microcredit.command("schedule")
@click.option("--amount-cents", type=_Whole(1, MAX_CENTS), required=True, help="What is lent, in cents.")
@click.option("--rate", callback=_rate, required=True, help="Nominal rate, in per cent a year: 3.5.")
@click.option("--months", type=_Whole(1, MAX_MONTHS), required=True, help="How many monthly instalments.")
def schedule(amount_cents: int, rate: Decimal, months: int) -> None:
    """Print the schedule of a loan paid back in equal months, with its cost and annual rate, as JSON."""
    rows = plain_schedule(amount_cents, rate, months)
    payments = [row.payment_cents for row in rows]
    answer = {
        "amount_cents": amount_cents,
        "rate_percent": format(rate, "f"),
        "months": months,
        "instalment_cents": payments[0],
        "last_cents": payments[-1],
        "interest_cents": interest_cents(rows),
        "total_cents": sum(payments),
        "apr_percent": str(in_percent(monthly_annual_rate(amount_cents, payments))),
        "schedule": [
            {
                "number": row.number,
                "payment_cents": row.payment_cents,
                "interest_cents": row.interest_cents,
                "principal_cents": row.capital_cents,
                "balance_cents": row.balance_cents,
            }
            for row in rows
        ],
    }
    click.echo(json.dumps(answer, indent=1))
