"""The commands ``mobility network …``: bring the roads in, look at them, give them out.

numpy and its friends are loaded by the commands that need them: the other commands stay fast.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mobility.core.clock import now
from mobility.core.commands import Wrapper
from mobility.core.memory import peak_megabytes
from mobility.geo.isochrone_cli import make_command as make_isochrone_command

if TYPE_CHECKING:
    from mobility.geo.network.calibration import Factors
    from mobility.geo.network.current import NetworkInUse

_STEPS = {
    "download": "Downloading (MB)",
    "roads": "Reading the roads",
    "points": "Placing their points",
    "building": "Building the network",
    "preparing": "Preparing what makes it fast",
    "storing": "Storing and checking it",
}


class ProgressLine:
    """One line on a terminal that tells what is being done; nothing anywhere else."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._width = 0

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tell how far a step is."""
        if not self._shown:
            return
        told = f" {100 * done // total} %" if total else f" {done:,}".replace(",", " ") if done else ""
        line = f"{_STEPS[step]}…{told}"
        click.echo(f"\r{line:{self._width}}", err=True, nl=False)
        self._width = len(line)

    def end(self) -> None:
        """Leave the line behind."""
        if self._shown and self._width:
            click.echo(f"\r{'':{self._width}}\r", err=True, nl=False)


def _factors() -> Factors:
    """Return the dated calibration factors; the defaults where there is no database yet."""
    from sqlalchemy.exc import DBAPIError

    from mobility.geo import networks

    try:
        return networks.factors_today()
    except DBAPIError:
        click.echo("mobility: no settings in the database: the default calibration holds.", err=True)
        return networks.default_factors()


def _describe(in_use: NetworkInUse) -> list[str]:
    from mobility.geo.network.model import RoadClass

    facts, network = in_use.network.facts, in_use.network
    factors = " ".join(f"{road_class.name.lower()}={in_use.factors[road_class]:g}" for road_class in RoadClass)
    return [
        f"name         {facts.name}",
        f"source       {facts.source}",
        f"demonstration {'YES: made up, not the real roads' if facts.demonstration else 'no'}",
        f"version      {in_use.version}",
        f"made at      {facts.made_at:%Y-%m-%d %H:%M:%SZ}",
        f"data of      {_date(facts.data_at)}",
        f"nodes        {network.node_count}",
        f"arcs         {network.arc_count}",
        f"roads        {float(network.metres.sum(dtype='float64')) / 1000:.0f} km, counted in each direction",
        f"stoppable    {int(network.stoppable.sum())} nodes",
        f"named places {len(network.landmarks)}",
        f"calibration  {factors}",
        f"kept in      {in_use.folder or '(inside the package)'}",
        f"attribution  {facts.attribution}",
    ]


def _date(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "unknown"


def _import(file: Path) -> None:
    """Import a file and say what came of it."""
    from flask import current_app

    from mobility.geo import networks
    from mobility.geo.network.importing import import_file

    folder = Path(current_app.config["NETWORK_DIR"])
    started = time.monotonic()
    progress = ProgressLine()
    try:
        done = import_file(
            file,
            folder,
            factors=_factors(),
            now=now(),
            progress=progress,
            prepare=networks.prepare,
        )
    finally:
        progress.end()
    click.echo(
        f"{done.version.facts.source}: {done.version.node_count} nodes, {done.version.arc_count} arcs in use, "
        f"{100 * done.share:.1f} % of the roads of the file, {done.places} named places "
        f"({time.monotonic() - started:.1f} s, peak memory {peak_megabytes():.0f} MB)."
    )


def make_group(with_app: Wrapper) -> click.Group:
    """Return the group of commands; ``with_app`` runs a command inside the application."""

    @click.group()
    def network() -> None:
        """Import the road network, look at it, export it."""

    @network.command("import")
    @click.argument("file", type=click.Path(path_type=Path))
    @with_app
    def network_import(file: Path) -> None:
        """Import the roads of FILE (.osm, .osm.gz, .osm.bz2, .osm.pbf) and put them into use."""
        _import(file)

    @network.command("download")
    @click.option("--place", help="A town, a department, any place that OpenStreetMap knows by name.")
    @click.option("--desks", is_flag=True, help="Around all desks.")
    @click.option("--margin-km", type=click.FloatRange(0, 100), default=15.0, show_default=True, help="On each side.")
    @click.option("--server", help="Address of an Overpass server (default: the public one).")
    @with_app
    def network_download(place: str | None, margin_km: float, server: str | None, *, desks: bool) -> None:
        """Download the roads around a place or all desks from OpenStreetMap, and put them into use."""
        from mobility.geo import networks
        from mobility.geo.network.downloading import box_around, box_of, download

        if desks == bool(place):
            raise click.UsageError("say where: --place NAME, or --desks")
        box = (box_of(place) if place else box_around(networks.places())).widened(margin_km)
        progress = ProgressLine()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{'-'.join((place or 'desks').split())[:60].replace('/', '-')}.osm"
            try:
                download(box, file, server=server, progress=progress)
            finally:
                progress.end()
            _import(file)

    @network.command("info")
    @click.option("--verify", is_flag=True, help="Read every byte of the network in use against its checksum.")
    @with_app
    def network_info(*, verify: bool) -> None:
        """Tell which network is in use, where it comes from, how large it is."""
        from mobility.geo import networks
        from mobility.geo.errors import BadNetworkFile
        from mobility.geo.network import store

        in_use = networks.in_use()
        click.echo("\n".join(_describe(in_use)))
        if in_use.problem:
            raise BadNetworkFile(in_use.problem.replace("%", "%%"))
        if verify and in_use.folder:
            store.verify(store.read_version(in_use.folder.parent, in_use.version))
            click.echo("verified     every byte is as it was imported")

    @network.command("calibrate")
    @with_app
    def network_calibrate() -> None:
        """Give the network in use the calibration factors of today; the nightly job does the same."""
        from mobility.geo import networks

        changed = networks.recalibrate(now())
        click.echo(
            f"Version {networks.in_use().version} is in use with today's factors."
            if changed
            else "The network in use has today's factors already."
        )

    @network.command("export")
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--geometry", is_flag=True, help="With the course of each road (three times as large).")
    @click.option("--osmnx", is_flag=True, help="All values as text, as osmnx.load_graphml wants them.")
    @with_app
    def network_export(file: Path, *, geometry: bool, osmnx: bool) -> None:
        """Write the network in use as GraphML: the very graph that rides are matched on."""
        from mobility.geo import networks
        from mobility.geo.network.export import write_graphml

        graph = networks.in_use().network
        write_graphml(graph, file, geometry=geometry, text_only=osmnx)
        click.echo(f"{file}: {graph.node_count} nodes, {graph.arc_count} edges ({graph.facts.name}).")

    network.add_command(make_isochrone_command(with_app))
    return network
