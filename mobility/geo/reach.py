"""« Où peut-on aller ? »: what the page shows of what is reached by car from a place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from mobility.geo import communes, maps, networks, surroundings
from mobility.geo.communes import Commune
from mobility.geo.distance import Position
from mobility.geo.errors import TooFarFromRoad

if TYPE_CHECKING:  # a heavy library: the application starts without it
    from mobility.geo.travel.isochrones import Isochrones, ReachedCommune

KM = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A commune that is reached."""

    name: str
    postcodes: str
    minutes: int
    approximate: bool


@dataclass(frozen=True, slots=True)
class Band:
    """The communes that a quarter of an hour more reaches."""

    minutes: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the page shows. ``problem`` says in French why there is nothing."""

    title: str
    demonstration: bool
    attribution: str
    bands: tuple[Band, ...] = ()
    map: maps.MapView | None = None
    note: str = ""
    problem: str = ""

    @property
    def count(self) -> int:
        """The number of communes that are reached at all."""
        return sum(len(band.rows) for band in self.bands)


def from_commune(commune: Commune) -> Reach:
    """Return what is reached from the centre of a commune."""
    place = communes.estimate_position(commune.insee_code)
    note = ""
    if place is not None and place.from_neighbours:
        note = _("La position de cette commune n’est connue qu’à peu près : celle de ses voisines.")
    return from_place(
        _("Où peut-on aller depuis %(place)s ?", place=commune.label),
        place.position if place else None,
        insee_code=commune.insee_code,
        note=note,
    )


def from_place(
    title: str, position: Position | None, *, insee_code: str | None, note: str = "", private: bool = False
) -> Reach:
    """Return what is reached from a place in a commune; ``private`` is for protected files."""
    facts = networks.in_use().network.facts
    empty = Reach(title, facts.demonstration, maps.map_attribution(facts.demonstration, facts.attribution), note=note)
    if position is None:
        return replace(empty, problem=_("Ce lieu n’a pas de position connue. Indiquez d’abord sa commune."))
    try:
        found = surroundings.in_use().isochrones((position.longitude, position.latitude))
    except TooFarFromRoad:
        return replace(
            empty,
            problem=_("Aucune route du réseau utilisé ne passe près de ce lieu : on ne peut rien calculer d’ici."),
        )
    label = _("Carte : ce que l’on atteint en voiture en 15, 30, 45 et 60 minutes. La liste dit la même chose.")
    drawn = maps.around(insee_code, km=KM, label=label, center=position, private=private, shapes=_shapes(found))
    return replace(empty, bands=_bands(found), map=drawn)


def _bands(found: Isochrones) -> tuple[Band, ...]:
    begin, bands = 0, []
    for area in found.areas:
        rows = [_row(one) for one in found.communes if begin < max(one.minutes, 1) <= area.minutes]
        bands.append(Band(area.minutes, tuple(rows)))
        begin = area.minutes
    return tuple(bands)


def _row(one: ReachedCommune) -> Row:
    postcodes = communes.get(one.insee_code).postcodes
    return Row(one.name, ", ".join(postcodes[:3]) + ("…" if len(postcodes) > 3 else ""), one.minutes, one.approximate)


def _shapes(found: Isochrones) -> dict[str, Any]:
    """Return the areas and the place, without what the page has in its table; to the metre."""
    return {"type": "FeatureCollection", "features": [_rounded(one) for one in found.geojson()["features"]]}


def _rounded(value: Any) -> Any:
    """Return coordinates to the metre, whatever holds them."""
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
