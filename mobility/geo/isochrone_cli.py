"""The command ``mobility network isochrone``: what is reached by car from a place."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click

from mobility.core.commands import Wrapper

DEFAULT_MINUTES = "15,30,45,60"


def _place(text: str) -> tuple[float, float]:
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError:
        raise click.UsageError("--from: expected longitude,latitude in degrees, as 3.5163,50.3591") from None
    if not (math.isfinite(longitude) and math.isfinite(latitude) and abs(longitude) <= 180 and abs(latitude) <= 90):
        raise click.UsageError("--from: there is no such place on the earth")
    return longitude, latitude


def _minutes(text: str) -> list[int]:
    from mobility.geo.travel.isochrones import check_minutes

    try:
        return check_minutes([int(part) for part in text.split(",")])
    except ValueError as error:
        reason = str(error) if "minutes" in str(error) else "expected whole numbers, as 15,30"
        raise click.UsageError(f"--minutes: {reason}") from None


def make_command(with_app: Wrapper) -> click.Command:
    """Return the command; ``with_app`` runs it inside the application."""

    @click.command("isochrone")
    @click.option("--from", "origin", required=True, metavar="LON,LAT", help="The place, degrees.")
    @click.option("--minutes", default=DEFAULT_MINUTES, show_default=True, help="By car, separated by commas.")
    @click.option("--geojson", type=click.Path(path_type=Path), help="Write the areas, and the communes, to this file.")
    @with_app
    def isochrone(origin: str, minutes: str, geojson: Path | None) -> None:
        """List the communes that are reached by car from a place; draw the areas."""
        place, wanted = _place(origin), _minutes(minutes)
        from mobility.geo import networks
        from mobility.geo.travel.isochrones import Surroundings

        found = Surroundings(networks.in_use().network).isochrones(place, wanted)
        if geojson is not None:
            # Complete or not at all: who reads it meanwhile never meets half of it.
            partial = geojson.with_name(f".{geojson.name}.partial")
            partial.write_text(json.dumps(found.geojson(), ensure_ascii=False, allow_nan=False), encoding="utf-8")
            partial.replace(geojson)
        for commune in found.communes:
            about = "~" if commune.approximate else " "
            click.echo(f"{commune.minutes:4} min {about} {commune.insee_code} {commune.name}")
        kind = ", a demonstration and not the real roads" if found.facts.demonstration else ""
        click.echo(
            f"{len(found.communes)} communes within {wanted[-1]} minutes, {found.walk_metres:.0f} m from the road "
            f"({found.facts.name}{kind}; ~: position estimated from the neighbours)",
            err=True,
        )

    return isochrone
