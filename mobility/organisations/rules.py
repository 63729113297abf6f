"""What an organisation is, and what its numbers must look like. Pure."""

from __future__ import annotations

import unicodedata
from datetime import date
from enum import StrEnum

from stdnum.fr import siret as stdnum_siret

from mobility.organisations.errors import InvalidAgreementPeriod, InvalidSiret

# Under this a count could point at somebody.
SMALL_NUMBER = 5


class OrganisationKind(StrEnum):
    """The part that an organisation plays; one that plays two has two files."""

    PRESCRIBER = "prescriber"
    EMPLOYER = "employer"
    BANK = "bank"
    GARAGE = "garage"
    FUNDER = "funder"
    OTHER = "other"


LABELS: dict[OrganisationKind, str] = {
    OrganisationKind.PRESCRIBER: "Prescripteur",
    OrganisationKind.EMPLOYER: "Employeur",
    OrganisationKind.BANK: "Banque",
    OrganisationKind.GARAGE: "Garage",
    OrganisationKind.FUNDER: "Financeur",
    OrganisationKind.OTHER: "Autre partenaire",
}


def search_key(name: str) -> str:
    """Return the name without accents, case or doubled spaces, for search and order."""
    # Folding can compose anew, and decomposing can give capitals: both are done, and done again.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def clean_siret(text: str) -> str:
    """Return the 14 digits of a SIRET, or an empty string for none. Raises InvalidSiret."""
    if not text.strip():
        return ""
    try:
        return str(stdnum_siret.validate(text))
    except ValueError as error:
        raise InvalidSiret from error


def check_period(valid_from_on: date, valid_until_on: date | None) -> None:
    """Raise InvalidAgreementPeriod where an agreement would end before it begins."""
    if valid_until_on is not None and valid_until_on < valid_from_on:
        raise InvalidAgreementPeriod


def is_in_force(valid_from_on: date, valid_until_on: date | None, day: date) -> bool:
    """Tell whether an agreement with these dates holds on the day (both ends included)."""
    return valid_from_on <= day and (valid_until_on is None or day <= valid_until_on)


def masked_count(count: int) -> int | None:
    """Return the count, or None where it is so small that it could point at somebody.

    Zero is masked too: « nobody » is also an answer about few people.
    """
    return count if count >= SMALL_NUMBER else None
