"""How a place on the map is said without telling an address: by the commune it lies in or near."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mobility.geo import communes

# What lies so near to the point of a commune is its centre to people.
CENTRE_KM = 0.5
_LOOKED_KM = 8.0
_VOWELS = "AÀÂÄÆEÉÈÊËIÎÏOÔÖŒUÙÛÜYHaeéèêiîouyh"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A commune near a point, and how one says it: « près » + ``near``."""

    insee_code: str | None
    name: str
    near: str


NOWHERE = Spoken(None, "", "d’ici")


def of(name: str) -> str:
    """Return « de Raismes », « d’Onnaing », « du Quesnoy », « des Moëres »."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    return f"d’{name}" if name[:1] in _VOWELS else f"de {name}"


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
