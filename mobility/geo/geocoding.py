"""Addresses turned into positions, by the national address base (BAN); a commune's centre without it.

Whoever asks gets a ``Place`` always, unless even the commune is unknown. ``precision`` says how far
to believe it; what is not ``house`` or ``street`` must be shown as approximate. Pages ask through
``find_place`` before their transaction begins, and never for an address that must stay in the house.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import structlog
from flask import current_app
from geopy.exc import GeopyError
from geopy.geocoders import BANFrance

from mobility.core.db import end_read, in_transaction
from mobility.geo import communes
from mobility.geo.distance import Position

TIMEOUT_SECONDS = 3.0
# Questions under way at once; while so many wait, the next ones are answered with the commune's centre.
MAX_WAITING = 8
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
    # Shown on a map by somebody who knows the place.
    POINT = "point"


LABELS: dict[Precision, str] = {
    Precision.HOUSE: "au numéro près",
    Precision.STREET: "à la rue près",
    Precision.COMMUNE: "connue à peu près : le centre de la commune",
    Precision.NEIGHBOURS: "connue à peu près : le milieu des communes voisines",
    Precision.POINT: "connue à peu près : un point choisi sur la carte",
}

POSITION_COLUMNS = ("latitude", "longitude", "position_precision")
_EXACT = {Precision.HOUSE, Precision.STREET}
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
        return self.precision not in _EXACT


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
    tries again. Whoever asks waits ``timeout_seconds`` at most, name resolution and slow bodies
    included: the question is asked by a thread of its own, and an answer that comes later is kept.
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
        # Longer than anybody waits, so that a slow answer is there for the next one who asks.
        patience = timeout_seconds * 3
        self._ban = BANFrance(domain=domain, scheme=scheme, timeout=patience, user_agent=user_agent)
        self._fallback = fallback or CommuneGeocoder()
        self._timeout = timeout_seconds
        self._cache: OrderedDict[tuple[str, str], Place | None] = OrderedDict()
        self._lock = threading.Lock()
        self._waiting = threading.BoundedSemaphore(MAX_WAITING)

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
            return self._ask_in_time(key)
        except (GeopyError, OSError, ValueError, TypeError, LookupError, AttributeError) as error:
            # The type alone: messages of the library hold the address.
            log.warning("geocoder_failed", error=type(error).__name__)
            return self._fallback.locate(street, insee_code=insee_code)

    def _ask_in_time(self, key: tuple[str, str]) -> Place | None:
        """Return the answer. Raises TimeoutError where it takes too long, and whatever asking raised."""
        if not self._waiting.acquire(blocking=False):
            raise TimeoutError
        answer: Future[Place | None] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._ask_and_keep(key))
            except Exception as error:  # noqa: BLE001 - handed to whoever waits
                answer.set_exception(error)
            finally:
                self._waiting.release()

        threading.Thread(target=ask, name="geocoder", daemon=True).start()
        return answer.result(timeout=self._timeout)

    def _ask_and_keep(self, key: tuple[str, str]) -> Place | None:
        place = self._ask(*key) or self._fallback.locate(key[0], insee_code=key[1])
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


def find_place(street: str | None, *, insee_code: str | None, outside: bool = True) -> Place | None:
    """Return where an address lies; None without a commune that is known.

    It may take ``TIMEOUT_SECONDS``, so it is asked before the transaction and holds no connection
    meanwhile. Raises RuntimeError inside a transaction. With ``outside=False`` (a protected file's
    address) nothing leaves the house: the commune's centre is the answer.
    """
    if in_transaction():
        raise RuntimeError("the geocoder is asked before the transaction begins")
    if not insee_code:
        return None
    if not outside or not (street or "").strip():
        return CommuneGeocoder().locate("", insee_code=insee_code)
    end_read()
    return geocoder().locate(street or "", insee_code=insee_code)


def position_columns(place: Place | None, *, insee_code: str | None) -> dict[str, object]:
    """Return the columns of a position: the place where it lies in the commune, else the commune's centre."""
    if place is None or place.insee_code != insee_code:
        place = CommuneGeocoder().locate("", insee_code=insee_code) if insee_code else None
    if place is None:
        return dict.fromkeys(POSITION_COLUMNS)
    return dict(zip(POSITION_COLUMNS, (*place.position, place.precision), strict=True))


def is_better(known: Precision | None, found: object) -> bool:
    """Tell whether what is known of an unchanged address says more than what was found now (no network…)."""
    return known in _EXACT and found not in _EXACT and found is not Precision.POINT


def is_exact(precision: Precision | None) -> bool:
    """Tell whether it is the address itself."""
    return precision in _EXACT


def approximate_words(precision: Precision | None) -> str:
    """Return « position connue à peu près : le centre de la commune », or nothing for the address itself."""
    return "" if precision is None or precision in _EXACT else f"position {LABELS[precision]}"


def make_geocoder(name: str, domain: str) -> Geocoder:
    """Return the geocoder that the settings GEOCODER and GEOCODER_DOMAIN name.

    A domain with its own scheme (``http://127.0.0.1:8080/geocodage``) is taken as it stands.
    """
    if name != "ban":
        return CommuneGeocoder()
    scheme, separator, rest = domain.partition("://")
    return BanGeocoder(domain=rest, scheme=scheme) if separator else BanGeocoder(domain=domain)
