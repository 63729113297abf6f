"""A place that somebody shows on a map, or types as latitude and longitude: read, and judged before it is kept.

A form has a text field ``pin`` and calls ``check`` from its ``validate_pin``; ``PinKnown`` is what was there before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from wtforms import ValidationError

from mobility.core.web.forms import line
from mobility.geo import communes, engines
from mobility.geo.distance import Position, straight_line_km
from mobility.geo.errors import TooFarFromRoad
from mobility.geo.geocoding import Place, Precision

# Nobody lives so far from the centre of their commune.
FARTHEST_KM = 30
_PIN = re.compile(r"(-?\d{1,2}(?:[.,]\d{1,12})?)\s*[;,\s]\s*(-?\d{1,3}(?:[.,]\d{1,12})?)")


@dataclass(frozen=True, slots=True)
class PinKnown:
    """The pin of the address that the form was opened with."""

    text: str
    street: str | None
    insee_code: str | None


def pin_field() -> object:
    """Return the field that keeps the place."""
    return line(
        "Point sur la carte",
        required=False,
        limit=60,
        hint="Cliquez sur la carte, ou écrivez une latitude et une longitude. Laissez vide pour le centre de la commune.",
        render_kw={"autocomplete": "off"},
    )


def text_of(latitude: float | None, longitude: float | None, precision: Precision | None) -> str:
    """Return what the field shows: the place where it was chosen on a map, else nothing."""
    if latitude is None or longitude is None or precision is not Precision.POINT:
        return ""
    return f"{latitude:.5f}, {longitude:.5f}"


def check(
    typed: str | None, *, street: str | None, insee_code: str | None, known: PinKnown | None = None
) -> Place | None:
    """Return the place that was chosen; None where there is none, or only that of the address before.

    Raises ValidationError for what is no place, is far from the commune, or has no road nearby.
    """
    if not typed or insee_code is None:
        return None
    if known and typed == known.text and (street, insee_code) != (known.street, known.insee_code):
        return None
    found = _PIN.fullmatch(typed)
    latitude, longitude = (float(part.replace(",", ".")) for part in found.groups()) if found else (91.0, 0.0)
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValidationError("Écrivez une latitude puis une longitude, par exemple : 50.32910, 3.39060.")
    position = Position(round(latitude, 5), round(longitude, 5))
    commune, center = communes.get(insee_code), communes.estimate_position(insee_code)
    if center is not None and (km := straight_line_km(position, center.position)) > FARTHEST_KM:
        raise ValidationError(
            f"Ce point est à {km:.0f} km de {commune.name}. Déplacez le repère, ou corrigez la commune."
        )
    try:
        _snap(position)
    except TooFarFromRoad as error:
        # A network that does not reach the commune at all cannot judge.
        if center is not None and _has_road(center.position):
            raise ValidationError(error.message) from None
    return Place(position, Precision.POINT, insee_code)


def _snap(position: Position) -> None:
    # On our own network: where somebody lives is told to no server.
    engines.local().snap(np.array([(position.longitude, position.latitude)]))


def _has_road(position: Position) -> bool:
    try:
        _snap(position)
    except TooFarFromRoad:
        return False
    return True
