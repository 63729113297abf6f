"""By which known place a stop is named, and how French says it: « la mairie de Denain », « l’arrêt Jean Jaurès ». Pure.

A place names what lies within its own metres; of several, the one that is nearest for its kind: a town hall at half of
its metres goes before a bus stop at two thirds of them. Further off the distance is said: « à 250 m de la gare de Denain ».
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mobility.geo.communes import name_key
from mobility.geo.landmarks import LandmarkKind, NearPlace

USUAL_METRES: Mapping[LandmarkKind, int] = {
    LandmarkKind.TOWN_HALL: 120,
    LandmarkKind.STATION: 150,
    LandmarkKind.TRAM_STOP: 80,
    LandmarkKind.BUS_STOP: 60,
    LandmarkKind.SCHOOL: 80,
    LandmarkKind.WORSHIP: 80,
    LandmarkKind.SUPERMARKET: 100,
}
USUAL_BEYOND_METRES = 400
# « À 250 m »: nobody measures more closely.
ROUNDED_METRES = 50
# What everybody in a commune knows: said of a door, it tells no more of it than the middle of the commune does.
KNOWN_TO_ALL = frozenset({LandmarkKind.TOWN_HALL, LandmarkKind.STATION})
_VOWELS = "AÀÂÄÆEÉÈÊËIÎÏOÔÖŒUÙÛÜYHaeéèêiîouyh"

# How names begin that say themselves what they name, and their article; for stops, of which the name is another
# place's (« Mairie », « Église »), those alone that say a stop.
_PLACES = {
    "mairie": "la ", "hôtel de ville": "l’", "maison communale": "la ", "gare": "la ", "halte": "la ",
    "école": "l’", "ecole": "l’", "groupe scolaire": "le ", "collège": "le ", "lycée": "le ", "institution": "l’",
    "institut": "l’", "église": "l’", "eglise": "l’", "chapelle": "la ", "cathédrale": "la ", "basilique": "la ",
    "collégiale": "la ", "abbaye": "l’", "temple": "le ", "mosquée": "la ", "synagogue": "la ",
    "supermarché": "le ", "hypermarché": "l’",
}  # fmt: skip
_STOPS = {"arrêt": "l’", "gare routière": "la ", "gare": "la ", "pôle d’échanges": "le ", "pôle d'échanges": "le "}
_USUAL = {
    LandmarkKind.TOWN_HALL: ("la ", "mairie"),
    LandmarkKind.STATION: ("la ", "gare"),
    LandmarkKind.TRAM_STOP: ("l’", "arrêt de tramway"),
    LandmarkKind.BUS_STOP: ("l’", "arrêt"),
    LandmarkKind.SCHOOL: ("l’", "école"),
    LandmarkKind.WORSHIP: ("le ", "lieu de culte"),
    LandmarkKind.SUPERMARKET: ("le ", "supermarché"),
}
_AFTER_DE = {"la ": "de la ", "le ": "du ", "l’": "de l’"}


@dataclass(frozen=True)
class Naming:
    """How near a place of each kind must be to name a stop (0: never), and from how far its distance is said."""

    metres: Mapping[LandmarkKind, int] = field(default_factory=lambda: dict(USUAL_METRES))
    beyond_metres: int = USUAL_BEYOND_METRES

    @property
    def furthest(self) -> int:
        """The metres beyond which no place says anything."""
        return max(self.beyond_metres, *self.metres.values())


@dataclass(frozen=True)
class Said:
    """A stop in words: ``label`` alone (« Mairie de Denain »), ``near`` after « près » (« de la mairie de Denain »)."""

    label: str
    near: str


def name_stop(places: Iterable[NearPlace], commune: str, naming: Naming) -> Said | None:
    """Return how a stop is named by the places near it; None where no known place is near enough."""
    ranked = sorted(
        (one.metres / naming.metres[one.kind], one.kind, one.name, one) for one in places if naming.metres.get(one.kind)
    )
    if not ranked:
        return None
    share, *_rest, best = ranked[0]
    article, words = phrase(best.kind, best.name, commune)
    near = _AFTER_DE[article] + words
    if share <= 1:
        return Said(words[0].upper() + words[1:], near)
    if best.metres > naming.beyond_metres:
        return None
    far = max(1, round(best.metres / ROUNDED_METRES)) * ROUNDED_METRES
    return Said(f"À {far}\u00a0m {near}", near)


def name_door(places: Iterable[NearPlace], commune: str, *, within_metres: float) -> str | None:
    """Return what follows « près » for a door of which no more may be told than the middle of its commune."""
    known = [one for one in places if one.kind in KNOWN_TO_ALL and one.metres <= within_metres]
    if not known:
        return None
    best = min(known, key=lambda one: (one.kind, one.metres, one.name))
    article, words = phrase(best.kind, best.name, commune)
    return _AFTER_DE[article] + words


def phrase(kind: LandmarkKind, name: str, commune: str) -> tuple[str, str]:
    """Return the article and the words: « l’ », « arrêt Jean Jaurès (Denain) »."""
    heads = _STOPS if kind in {LandmarkKind.BUS_STOP, LandmarkKind.TRAM_STOP} else _PLACES
    folded = name.casefold()
    head = next((one for one in heads if folded == one or folded.startswith(f"{one} ")), None)
    if head is not None:
        article, words = heads[head], name[0].lower() + name[1:]
        bare = folded == head
    else:
        article, words = _USUAL[kind]
        bare = kind is LandmarkKind.TOWN_HALL or not name
        if not bare:
            words += f" {of(name) if kind is LandmarkKind.STATION else name}"
    if not commune or name_key(commune) in name_key(words):
        return article, words
    return article, f"{words} {of(commune)}" if bare else f"{words} ({commune})"


def of(name: str) -> str:
    """Return « de Raismes », « d’Onnaing », « du Quesnoy », « des Moëres »."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    return f"d’{name}" if name[:1] in _VOWELS else f"de {name}"
