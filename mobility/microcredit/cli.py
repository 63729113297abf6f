"""The commands ``mobility microcredit apr`` and ``schedule``: rates and schedules of any loan, without a database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import BinaryIO

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


def _whole(low: int, high: int) -> Callable[[click.Context, click.Parameter, str], int]:
    def read(_context: click.Context, _parameter: click.Parameter, value: str) -> int:
        if not _WHOLE.fullmatch(value) or not low <= int(value) <= high:
            raise click.BadParameter(f"expected a whole number from {low} to {high}")
        return int(value)

    return read


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
@click.option(
    "--amount-cents", callback=_whole(1, MAX_CENTS), metavar="INTEGER", required=True, help="What is lent, in cents."
)
@click.option("--rate", callback=_rate, required=True, help="Nominal rate, in per cent a year: 3.5.")
@click.option(
    "--months", callback=_whole(1, MAX_MONTHS), metavar="INTEGER", required=True, help="How many monthly instalments."
)
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
