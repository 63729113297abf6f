"""Who signs for a person on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mobility.core.db import load
from mobility.people.models import Person
from mobility.people.queries.card import RepresentativeCard, list_representatives
from mobility.people.rules import SignsWith, fit_kinds, signs_with


@dataclass(frozen=True, slots=True)
class Signatories:
    """Who signs for a person on a day: alone, with or by one of the representatives who may."""

    signs: SignsWith
    representatives: tuple[RepresentativeCard, ...]


def get_signatories(person_id: int, *, on: date) -> Signatories:
    """Return who signs for the person on a day (two queries). Raises NotFound."""
    person = load(Person, person_id)
    if person.born_on is None:
        return Signatories(SignsWith.ALONE, ())
    signs = signs_with(born_on=person.born_on, legal_protection=person.legal_protection, on=on)
    if signs is SignsWith.ALONE:
        return Signatories(signs, ())
    fit = fit_kinds(born_on=person.born_on, legal_protection=person.legal_protection, on=on)
    return Signatories(signs, tuple(r for r in list_representatives(person_id, on) if r.stands and r.kind in fit))
