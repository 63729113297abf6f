"""Addresses turned into positions, by the national address base (BAN); a commune's centre without it.

Whoever asks gets a ``Place`` always, unless even the commune is unknown. ``precision`` says how far
to believe it; what is not ``house`` or ``street`` must be shown as approximate.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import structlog
from flask import current_app
from geopy.exc import GeopyError
from geopy.geocoders import BANFrance

from mobility.geo import communes
from mobility.geo.distance import Position

TIMEOUT_SECONDS = 3.0
CACHE_SIZE = 2000
# The base scores its answers from 0 to 1; under this they are guesses.
MIN_SCORE = 0.5
ADDRESS_MAX = 200

log = structlog.get_logger(__name__)


class Precision(StrEnum):
    """How exact a position is."""

    HOUSE = "house"
    STREET = "street"
    COMMUNE = "commune"
    NEIGHBOURS = "neighbours"


LABELS: dict[Precision, str] = {
    Precision.HOUSE: "au numéro près",
    Precision.STREET: "à la rue près",
    Precision.COMMUNE: "approximative : le centre de la commune",
    Precision.NEIGHBOURS: "très approximative : les communes voisines",
}

_BAN_TYPES = {"housenumber": Precision.HOUSE, "street": Precision.STREET, "locality": Precision.STREET}


@dataclass(frozen=True, slots=True)
class Place:
    """A position and how exact it is."""

    position: Position
    precision: Precision
    insee_code: str

    @property
    def is_approximate(self) -> bool:
        """Tell whether people must be told that it is not the address itself."""
        return self.precision in {Precision.COMMUNE, Precision.NEIGHBOURS}


class Geocoder(Protocol):
    """What turns an address of a known commune into a position."""

    def locate(self, street: str, *, insee_code: str) -> Place | None:
        """Return the place, or None where nothing is known."""


class CommuneGeocoder:
    """Answers with the centre of the commune; needs no network."""

    def locate(self, street: str, *, insee_code: str) -> Place | None:
        """Return the centre of the commune, whatever the street."""
        del street
        estimate = communes.estimate_position(insee_code)
        if estimate is None:
            return None
        precision = Precision.NEIGHBOURS if estimate.from_neighbours else Precision.COMMUNE
        return Place(estimate.position, precision, insee_code)


class BanGeocoder:
    """Asks the national address base; any failure or doubt falls back to the commune's centre.

    ``domain`` is host and path (``data.geopf.fr/geocodage``). Only the street and the commune leave
    the house, never a name. Answers are kept in memory; failures are not, so that the next request
    tries again.
    """

    def __init__(
        self,
        *,
        domain: str,
        scheme: str = "https",
        timeout_seconds: float = TIMEOUT_SECONDS,
        user_agent: str = "mobilite-inclusive",
        fallback: Geocoder | None = None,
    ) -> None:
        self._ban = BANFrance(domain=domain, scheme=scheme, timeout=timeout_seconds, user_agent=user_agent)
        self._fallback = fallback or CommuneGeocoder()
        self._cache: OrderedDict[tuple[str, str], Place | None] = OrderedDict()
        self._lock = threading.Lock()

    def locate(self, street: str, *, insee_code: str) -> Place | None:
        """Return the address's place, or the commune's centre."""
        key = (" ".join(street.split())[:ADDRESS_MAX].casefold(), insee_code)
        if not key[0]:
            return self._fallback.locate(street, insee_code=insee_code)
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        try:
            place = self._ask(key[0], insee_code)
        except (GeopyError, ValueError, TypeError, LookupError, AttributeError) as error:
            # The type alone: messages of the library hold the address.
            log.warning("geocoder_failed", error=type(error).__name__)
            return self._fallback.locate(street, insee_code=insee_code)
        if place is None:
            place = self._fallback.locate(street, insee_code=insee_code)
        with self._lock:
            self._cache[key] = place
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        return place

    def _ask(self, street: str, insee_code: str) -> Place | None:
        commune = communes.find(insee_code)
        if commune is None:
            return None
        postcode = commune.postcodes[0] if commune.postcodes else ""
        found = self._ban.geocode(f"{street} {postcode} {commune.name}".strip(), exactly_one=False)
        for location in found or ():
            properties: dict[str, Any] = location.raw["properties"]
            precision = _BAN_TYPES.get(str(properties.get("type")))
            score = float(properties.get("score", 0))
            if precision is None or score < MIN_SCORE or properties.get("citycode") != insee_code:
                continue
            position = Position(float(location.latitude), float(location.longitude))
            return Place(position, precision, insee_code)
        return None


def geocoder() -> Geocoder:
    """Return the geocoder of this application, as its settings say."""
    found: Geocoder = current_app.extensions["mobility.geocoder"]
    return found


def make_geocoder(name: str, domain: str) -> Geocoder:
    """Return the geocoder that the settings GEOCODER and GEOCODER_DOMAIN name.

    A domain with its own scheme (``http://127.0.0.1:8080/geocodage``) is taken as it stands.
    """
    if name != "ban":
        return CommuneGeocoder()
    scheme, separator, rest = domain.partition("://")
    return BanGeocoder(domain=rest, scheme=scheme) if separator else BanGeocoder(domain=domain)
