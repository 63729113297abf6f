"""French number plates: read what people type, keep one writing of each.

SIV (since 2009): two letters, 001–999, two letters; never I, O or U (mistaken for 1, 0 and V), no SS in
either block, and WW on the left is provisional. FNI (before): 1–4 digits, 1–3 letters, the département.
Mopeds registered from 2004 to 2009 carry 1–2 letters, 2–3 digits, 1 letter.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from mobility.fleet.errors import WrongPlate
from mobility.fleet.kinds import CYCLES, LIGHT, Category

_SIV = re.compile(r"([A-Z]{2})([0-9]{3})([A-Z]{2})")
_FNI = re.compile(r"([1-9][0-9]{0,3})([A-Z]{1,3})(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-46])")
_MOPED = re.compile(r"([A-Z]{1,2})([0-9]{2,3})([A-Z])")
_SIV_LETTERS_OUT = frozenset("IOU")
_FNI_LETTERS_OUT = frozenset("IO")
_SEPARATORS = re.compile(r"[\s\u00a0\u202f\-\u2010-\u2015\u2212._/]+")
MAX_TYPED = 30


class PlateSystem(StrEnum):
    """Where the number comes from."""

    SIV = "siv"
    FNI = "fni"
    MOPED = "moped"


def normalise_plate(text: str, category: Category) -> str:
    """Return the one writing of the plate: « AA-123-AA », « 123 AB 59 » or « AB 123 C ».

    Raises WrongPlate with what is wrong and how to write it. Bikes have no plate.
    """
    if category in CYCLES:
        raise WrongPlate("Un vélo n’a pas d’immatriculation. Notez plutôt son numéro de marquage.")
    return _read(text, category)[1]


def plate_system(text: str, category: Category) -> PlateSystem:
    """Tell which system the plate belongs to. Raises WrongPlate."""
    return _read(text, category)[0]


def _read(text: str, category: Category) -> tuple[PlateSystem, str]:
    if len(text) > MAX_TYPED:
        raise WrongPlate
    packed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if found := _SIV.fullmatch(packed):
        left, number, right = found.groups()
        _check_siv(left, number, right)
        return PlateSystem.SIV, f"{left}-{number}-{right}"
    if found := _FNI.fullmatch(packed):
        number, letters, department = found.groups()
        _check_fni(number, letters)
        return PlateSystem.FNI, f"{number} {letters} {department}"
    if category in LIGHT and (found := _MOPED.fullmatch(packed)):
        left, number, right = found.groups()
        if _SIV_LETTERS_OUT & set(left + right) or int(number) == 0:
            raise WrongPlate
        return PlateSystem.MOPED, f"{left} {number} {right}"
    raise WrongPlate


def _check_siv(left: str, number: str, right: str) -> None:
    if _SIV_LETTERS_OUT & set(left + right):
        raise WrongPlate("Une plaque n’a jamais les lettres I, O ou U : lisez 1, 0 ou V, puis corrigez.")
    if "SS" in {left, right}:
        raise WrongPlate("Aucune plaque ne porte les lettres SS. Vérifiez l’immatriculation.")
    if left == "WW":
        raise WrongPlate("WW est une immatriculation provisoire. Attendez la plaque définitive.")
    if number == "000":
        raise WrongPlate("Les chiffres d’une plaque vont de 001 à 999. Vérifiez l’immatriculation.")


def _check_fni(number: str, letters: str) -> None:
    if _FNI_LETTERS_OUT & set(letters) or (len(number) == 4 and len(letters) == 3):
        raise WrongPlate
    if letters.startswith("WW") or letters == "W":
        raise WrongPlate("W et WW sont des immatriculations provisoires. Attendez la plaque définitive.")


def normalise_marking(text: str) -> str | None:
    """Return the marking number of a bike in capitals without spaces, or None when there is none.

    Raises WrongPlate (on the field « marking ») for what no marking can be.
    """
    packed = re.sub(r"[\s\-.]+", "", unicodedata.normalize("NFKC", text)).upper()
    if not packed:
        return None
    if not re.fullmatch(r"[A-Z0-9]{4,30}", packed):
        raise WrongPlate(
            "Un numéro de marquage a de 4 à 30 lettres et chiffres. Vérifiez-le sur le cadre.", field="marking"
        )
    return packed
