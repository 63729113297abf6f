"""The command ``mobility carpool match``: rides on the network in use, for the technical user.

The answer goes to standard output as it is found, one object a line; whatever is to be said goes to standard error.
scipy and its friends are loaded by the command itself: the other commands do without.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import click

from mobility.core.commands import Wrapper
from mobility.geo.distance import WALK_LIMIT_METRES

if TYPE_CHECKING:
    from mobility.carpool.plain import PlainMatch
    from mobility.geo.network.model import RoadNetwork


def _limit(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not math.isfinite(value) or value < 0:
        raise click.BadParameter("expected a number of metres of at least 0")
    return value


def _say(line: str) -> None:
    click.echo(f"mobility: {line}", err=True)


def _say_preparing(network: RoadNetwork) -> None:
    _say(
        f"nobody has prepared the {network.node_count} nodes of {network.facts.name}: doing it now, once "
        "(a million nodes take a minute or two)"
    )


def _list(matches: Iterator[PlainMatch]) -> Iterator[str]:
    """Yield a JSON list in lines, one match a line."""
    between = "[\n  "
    for match in matches:
        yield between + json.dumps(match.as_json())
        between = ",\n  "
    yield "[]\n" if between.startswith("[") else "\n]\n"


def _print(lines: Iterator[str]) -> None:
    """Write to standard output; a reader who has seen enough and left (``| head``) is no error."""
    try:
        for line in lines:
            sys.stdout.write(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whatever is still held back must not be tried again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def make_group(with_app: Wrapper) -> click.Group:
    """Return the group of commands; ``with_app`` runs a command inside the application."""

    @click.group()
    def carpool() -> None:
        """Match rides."""

    @carpool.command("match")
    @click.argument("file", type=click.File("rb"))
    @click.option(
        "--snap-limit-m", type=float, default=WALK_LIMIT_METRES, show_default=True, callback=_limit, metavar="METRES",
        help="Leave out offers and requests of which an end is further from the nearest node of the network.",
    )  # fmt: skip
    @with_app
    def carpool_match(file: BinaryIO, snap_limit_m: float) -> None:
        """Match the requests of FILE (JSON; - for standard input) with its offers, and print every pair that holds."""
        from mobility.carpool.matchfile import parse
        from mobility.carpool.plain import PlainMatching
        from mobility.geo import engines, networks

        asked = parse(file.read())
        problem = networks.in_use().problem
        engine = engines.prepared(_say_preparing).engine
        network = engine.network
        _say(f"network: {network.facts.name}, {network.node_count} nodes. {network.facts.attribution}")
        if problem:
            _say(problem)
        if network.facts.demonstration:
            _say("this is the demonstration network, made up, not the real roads: see `mobility network import`")
        matches, left_out = PlainMatching(engine).answer(asked, limit_metres=snap_limit_m)
        for line in left_out:
            _say(line)
        _print(_list(matches))

    return carpool
