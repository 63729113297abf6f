"""Roads fetched from an Overpass server, for machines with internet and areas that are not too large.

The server is asked for the roads of a box as OpenStreetMap XML, which is then imported like any other file. osmnx
finds a place by its name (Nominatim) and knows the usual server; it is loaded here alone, because that takes seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from mobility.geo.distance import Position
from mobility.geo.errors import BadNetworkFile
from mobility.geo.landmarks import TAGS
from mobility.geo.network.reading import Progress, silent

# Beyond this a ready-made extract is faster for everybody, the server above all.
AREA_MAX_KM2 = 15_000
TIMEOUT_SECONDS = 300
_KM_PER_DEGREE = 111.2
_CHUNK = 1 << 16
_TAIL = 2000
_HIGHWAYS = "motorway|trunk|primary|secondary|tertiary|unclassified|residential|living_street|service|busway|road"


@dataclass(frozen=True, slots=True)
class Box:
    """A box of degrees."""

    south: float
    west: float
    north: float
    east: float

    @property
    def area_km2(self) -> float:
        """The area."""
        width = _KM_PER_DEGREE * math.cos(math.radians((self.south + self.north) / 2))
        return (self.north - self.south) * _KM_PER_DEGREE * (self.east - self.west) * width

    def widened(self, km: float) -> Box:
        """Return the box with a margin on each side."""
        tall = km / _KM_PER_DEGREE
        wide = tall / max(0.1, math.cos(math.radians((self.south + self.north) / 2)))
        return Box(self.south - tall, self.west - wide, self.north + tall, self.east + wide)


def box_around(positions: Sequence[Position]) -> Box:
    """Return the smallest box that holds all the positions. Raises BadNetworkFile without any."""
    if not positions:
        raise BadNetworkFile("Aucune antenne n’a de position : donnez la commune ou l’adresse d’une antenne d’abord.")
    latitudes, longitudes = [p.latitude for p in positions], [p.longitude for p in positions]
    return Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes))


def box_of(place: str) -> Box:
    """Return the box of a place, asked from Nominatim by osmnx. Raises BadNetworkFile."""
    osmnx = _osmnx()
    try:
        found = osmnx.geocode_to_gdf(place)
    except requests.RequestException as error:
        raise _offline(error) from error
    except (osmnx._errors.InsufficientResponseError, osmnx._errors.ResponseStatusCodeError, TypeError) as error:
        raise BadNetworkFile("Le lieu « %(place)s » est introuvable.", place=place[:100]) from error
    west, south, east, north = (float(bound) for bound in found.total_bounds)
    return Box(south, west, north, east)


def download(box: Box, target: Path, *, server: str | None = None, progress: Progress = silent) -> None:
    """Write the roads of the box to a file, as OpenStreetMap XML. Raises BadNetworkFile, OSError."""
    if box.area_km2 > AREA_MAX_KM2:
        raise BadNetworkFile(
            "Cette zone est trop grande pour un téléchargement direct (%(area)d km²) : prenez un extrait tout fait, puis "
            "« mobility network import ».",
            area=round(box.area_km2),
        )
    url = server or f"{_osmnx().settings.overpass_url}/interpreter"
    places = "".join(f'{kind}["{key}"="{value}"];' for kind in ("node", "way") for key, value, _kind in TAGS)
    question = (
        f"[out:xml][timeout:{TIMEOUT_SECONDS}]"
        f"[bbox:{box.south:.5f},{box.west:.5f},{box.north:.5f},{box.east:.5f}];"
        f'(way["highway"~"^({_HIGHWAYS})(_link)?$"]["area"!~"yes"];{places});(._;>;);out body;'
    )
    try:
        with requests.post(
            url, data={"data": question}, stream=True, timeout=(10, TIMEOUT_SECONDS + 30),
            headers={"User-Agent": "mobilite-inclusive"},
        ) as answer:  # fmt: skip
            if answer.status_code != requests.codes.ok:
                raise BadNetworkFile(
                    "Le serveur de routes refuse ou est occupé (réponse %(status)d) : réessayez dans quelques minutes.",
                    status=answer.status_code,
                )
            tail = _keep(answer, target, progress)
    except requests.RequestException as error:
        raise _offline(error) from error
    # Overpass answers 200 and says inside that it gave up.
    if b"runtime error" in tail:
        raise BadNetworkFile("Le serveur de routes a abandonné en chemin : essayez une zone plus petite.")


def _keep(answer: requests.Response, target: Path, progress: Progress) -> bytes:
    """Write the answer to the file; return its last bytes."""
    tail, kept = b"", 0
    with target.open("wb") as file:
        for chunk in answer.iter_content(_CHUNK):
            file.write(chunk)
            kept += len(chunk)
            tail = (tail + chunk)[-_TAIL:]
            progress("download", kept // 1_000_000, 0)
    return tail


def _offline(error: Exception) -> BadNetworkFile:
    return BadNetworkFile(
        "Le serveur de cartes ne répond pas (%(reason)s) : cette commande a besoin d’internet. Sans internet, "
        "apportez un fichier et utilisez « mobility network import ».",
        reason=type(error).__name__,
    )


def _osmnx() -> Any:
    import osmnx

    # Its cache would be a folder in the current directory.
    osmnx.settings.use_cache = False
    return osmnx
