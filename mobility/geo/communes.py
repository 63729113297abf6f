"""The communes of France: code, name, postcodes, population, and a position where one is known.

``data/communes.json.gz`` is made by ``scripts/build_communes.py``, which says where each fact comes
from. It is read once, at the first question (some 0.2 s), and then kept.

A position is that of the main built-up place of the commune: good enough to say which desks are
near, never to say where a person lives. Some 60 % of the communes, with 13 % of the people, have
none; ``estimate_position`` then answers from the neighbours that share the postcode.
"""

from __future__ import annotations

import bisect
import gzip
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from mobility.core.errors import NotFound
from mobility.geo.distance import Position, straight_line_km

_QUERY_MAX = 100


@dataclass(frozen=True, slots=True)
class Commune:
    """One commune. ``position`` is approximate always, and None where no source knows it."""

    insee_code: str
    name: str
    postcodes: tuple[str, ...]
    population: int
    arrondissement: str
    position: Position | None

    @property
    def department(self) -> str:
        """Return the number of the department: two characters, three overseas."""
        return self.insee_code[:3] if self.insee_code.startswith(("97", "98")) else self.insee_code[:2]

    @property
    def label(self) -> str:
        """Return « Denain (59220) », or « Lille (59000…) » where there are several postcodes."""
        if not self.postcodes:
            return f"{self.name} ({self.insee_code})"
        more = "…" if len(self.postcodes) > 1 else ""
        return f"{self.name} ({self.postcodes[0]}{more})"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A position, and whether it is only the middle of the neighbours (several km off at times)."""

    position: Position
    from_neighbours: bool


@dataclass(frozen=True)
class _Index:
    by_code: dict[str, Commune]
    by_postcode: dict[str, tuple[Commune, ...]]


def name_key(text: str) -> str:
    """Return the text without accents, case or punctuation, « st » written out: what search compares."""
    folded = unicodedata.normalize("NFKD", text[:_QUERY_MAX]).casefold().replace("œ", "oe").replace("æ", "ae")
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in bare).split()
    written = {"st": "saint", "ste": "sainte"}
    return " ".join(written.get(word, word) for word in words)


@lru_cache(maxsize=1)
def _index() -> _Index:
    packed = (files("mobility.geo") / "data" / "communes.json.gz").read_bytes()
    rows = json.loads(gzip.decompress(packed))["rows"]
    by_code: dict[str, Commune] = {}
    postcodes: dict[str, list[Commune]] = defaultdict(list)
    for code, name, codes, population, arrondissement, latitude, longitude in rows:
        position = None if latitude is None else Position(latitude, longitude)
        commune = Commune(code, name, tuple(codes.split()), population, arrondissement, position)
        by_code[code] = commune
        for postcode in commune.postcodes:
            postcodes[postcode].append(commune)
    return _Index(by_code, {code: tuple(_largest_first(found)) for code, found in postcodes.items()})


@lru_cache(maxsize=1)
def _names() -> list[tuple[str, str]]:
    """Return (key, code), sorted: communes of which the name or a later word begins with a text stand together.

    Apart from the index, as most processes look communes up by their codes alone and never need it.
    """
    names: list[tuple[str, str]] = []
    for code, commune in _index().by_code.items():
        words = name_key(commune.name).split()
        names.extend((" ".join(words[start:]), code) for start in range(len(words)))
    return sorted(names)


def _largest_first(communes: list[Commune]) -> list[Commune]:
    return sorted(communes, key=lambda commune: (-commune.population, commune.insee_code))


def find(insee_code: str) -> Commune | None:
    """Return the commune with this INSEE code, or None."""
    return _index().by_code.get(insee_code)


def get(insee_code: str) -> Commune:
    """Return the commune with this INSEE code. Raises NotFound."""
    commune = find(insee_code)
    if commune is None:
        raise NotFound("commune")
    return commune


def everywhere() -> list[Commune]:
    """Return every commune."""
    return list(_index().by_code.values())


def by_postcode(postcode: str) -> tuple[Commune, ...]:
    """Return the communes that use a postcode, the most populous first."""
    return _index().by_postcode.get(postcode.strip(), ())


def by_department(department: str) -> list[Commune]:
    """Return the communes of a department in the order of their names."""
    found = [commune for commune in _index().by_code.values() if commune.department == department]
    return sorted(found, key=lambda commune: (name_key(commune.name), commune.insee_code))


def search(text: str, limit: int = 10) -> list[Commune]:
    """Return the communes that the text may mean, the most likely first.

    The text is the beginning of a name (accents, case and hyphens do not count), of a later word of
    it (« nord » does not find « Le Nord », « cateau » finds « Le Cateau-Cambrésis »), an INSEE code,
    or the beginning of a postcode. Exact names come first, then whole beginnings, then the others;
    among equals the most populous first.
    """
    wanted = name_key(text)
    if not wanted or limit <= 0:
        return []
    index = _index()
    if wanted.isdigit():
        return _search_number(wanted, limit)
    names = _names()
    start = bisect.bisect_left(names, (wanted, ""))
    ranked: dict[str, int] = {}
    for key, code in names[start:]:
        if not key.startswith(wanted):
            break
        full = name_key(index.by_code[code].name)
        rank = 0 if full == wanted else 1 if full.startswith(wanted) else 2
        ranked[code] = min(rank, ranked.get(code, rank))
    found = sorted(ranked, key=lambda code: (ranked[code], -index.by_code[code].population, code))
    communes = [index.by_code[code] for code in found[:limit]]
    if not communes and (exact := find(text.strip().upper())):  # Corsica: 2A004
        return [exact]
    return communes


def _search_number(digits: str, limit: int) -> list[Commune]:
    index = _index()
    if len(digits) > 5 or len(digits) < 2:
        return []
    found = {
        commune.insee_code: commune
        for postcode, communes in index.by_postcode.items()
        if postcode.startswith(digits)
        for commune in communes
    }
    if exact := index.by_code.get(digits):
        found[exact.insee_code] = exact
    return _largest_first(list(found.values()))[:limit]


def match(text: str) -> list[Commune]:
    """Return the communes that the text names in full: an INSEE code, a label, a name, a postcode.

    One answer means that the text is clear; several are namesakes, or share the postcode.
    """
    cleaned = text.strip()[:_QUERY_MAX]
    if commune := find(cleaned.upper()):
        return [commune]
    if cleaned.isdigit():
        return list(by_postcode(cleaned))
    name, separator, number = cleaned.removesuffix(")").rpartition("(")
    number = number.removesuffix("…").strip()
    wanted = name_key(name if separator else cleaned)
    same = [c for c in search(wanted, limit=500) if name_key(c.name) == wanted]
    if separator:
        return [c for c in same if number in c.postcodes or number == c.insee_code]
    return same


def within(center: tuple[float, float], km: float) -> list[str]:
    """Return the codes of the communes whose known or estimated position lies within ``km``, in order."""
    return sorted(code for code, _ in _near(_estimated(), center, km))


def placed_within(center: tuple[float, float], km: float) -> list[tuple[float, str]]:
    """Return the kilometres to each commune whose very position is known and lies within ``km``, and its code, in order."""
    return sorted((distance, code) for code, distance in _near(_placed(), center, km))


_Row = tuple[float, str, Position]


def _near(rows: Sequence[_Row], center: tuple[float, float], km: float) -> Iterator[tuple[str, float]]:
    """Yield the communes of a list in order of latitude that lie within ``km``: those of its band alone are looked at."""
    margin = km / 110 + 0.01
    first = bisect.bisect_left(rows, center[0] - margin, key=lambda row: row[0])
    for latitude, code, position in rows[first:]:
        if latitude > center[0] + margin:
            return
        distance = straight_line_km(center, position)
        if distance <= km:
            yield code, distance


@lru_cache(maxsize=1)
def _placed() -> tuple[_Row, ...]:
    rows = ((one.position, one.insee_code) for one in _index().by_code.values() if one.position is not None)
    return tuple(sorted((position.latitude, code, position) for position, code in rows))


@lru_cache(maxsize=1)
def _estimated() -> tuple[_Row, ...]:
    rows = ((estimate_position(code), code) for code in _index().by_code)
    return tuple(sorted((one.position.latitude, code, one.position) for one, code in rows if one is not None))


def estimate_position(insee_code: str) -> Estimate | None:
    """Return the commune's position, or the middle of the placed communes that share its postcodes.

    The middle lies 4 km from the truth for one in two, 8 km for nine in ten. None where neither is
    known, or the code is unknown.
    """
    commune = find(insee_code)
    if commune is None:
        return None
    if commune.position is not None:
        return Estimate(commune.position, from_neighbours=False)
    around = {
        neighbour.insee_code: neighbour.position
        for postcode in commune.postcodes
        for neighbour in by_postcode(postcode)
        if neighbour.position is not None
    }
    if not around:
        return None
    points = list(around.values())
    latitude = sum(point.latitude for point in points) / len(points)
    longitude = sum(point.longitude for point in points) / len(points)
    return Estimate(Position(round(latitude, 4), round(longitude, 4)), from_neighbours=True)
