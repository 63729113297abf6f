"""How a place on the map is said: by a place that people know near it, else by its commune; a door without its address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mobility.carpool.rules.naming import Naming, name_door, name_stop, of
from mobility.geo import communes
from mobility.geo.kept import Kept

if TYPE_CHECKING:  # heavy libraries: the application starts without them
    from mobility.geo.network.landmarks import LandmarkFinder
    from mobility.geo.network.model import RoadNetwork

# What lies so near to the point of a commune is its centre to people.
CENTRE_KM = 0.5
_LOOKED_KM = 8.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """A commune near a point, and how one says it: « près » + ``near``."""

    insee_code: str | None
    name: str
    near: str


NOWHERE = Spoken(None, "", "d’ici")


@dataclass(frozen=True, slots=True)
class StopName:
    """A stop: ``label`` for who has agreed, ``near`` after « près » for who has not, and its commune."""

    label: str
    near: str
    commune: str


# A passenger's stops come again with every driver.
@lru_cache(maxsize=4096)
def spoken(longitude: float, latitude: float) -> Spoken:
    """Return the nearest commune to a point: « du centre de Raismes » where it lies in the middle of it."""
    placed = communes.placed_within((latitude, longitude), _LOOKED_KM)
    if not placed:
        return NOWHERE
    km, code = placed[0]
    name = communes.get(code).name
    return Spoken(code, name, f"du centre {of(name)}" if km <= CENTRE_KM else of(name))


def _finder(network: RoadNetwork) -> LandmarkFinder:
    from mobility.geo.network.landmarks import LandmarkFinder

    return LandmarkFinder.of_network(network)


# Made once for the network in use.
_FINDERS: Kept[RoadNetwork, LandmarkFinder] = Kept(_finder)


class Names:
    """Names stops by the places of a network, each point asked once."""

    def __init__(self, network: RoadNetwork, naming: Naming) -> None:
        self._finder = _FINDERS.of(network)
        self._naming = naming
        self._known: dict[tuple[float, float, bool], StopName] = {}

    def of(self, longitude: float, latitude: float, *, door: bool) -> StopName:
        """Return how a stop is said. Of a ``door`` nothing is told that a commune would not tell."""
        key = (longitude, latitude, door)
        if key not in self._known:
            self._known[key] = self._named(longitude, latitude, door=door)
        return self._known[key]

    def _named(self, longitude: float, latitude: float, *, door: bool) -> StopName:
        commune = spoken(longitude, latitude)
        within = CENTRE_KM * 1000 if door else self._naming.furthest
        places = self._finder.within(longitude, latitude, within)
        if door:
            known = name_door(places, commune.name, within_metres=within)
            return StopName(commune.name, known or commune.near, commune.name)
        said = name_stop(places, commune.name, self._naming)
        if said is None:
            return StopName(commune.name, commune.near, commune.name)
        return StopName(said.label, said.near, commune.name)
