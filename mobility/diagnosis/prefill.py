"""What the file knows already: asked of the rooms that know it, so that nobody is asked twice.

Rooms above this one (the pathway: objective, own means) register what they can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from mobility.core.errors import RuleViolation
from mobility.diagnosis.answers import check
from mobility.diagnosis.questionnaire import Questionnaire
from mobility.people.kinds import LicenceCategory, PersonStatus, ReadingEase
from mobility.people.queries import LicenceCard, PersonCard, get_person_card

Teller = Callable[[int, date], Mapping[str, Any]]
_TELLERS: list[Teller] = []
_STATUS = {
    PersonStatus.RSA: "rsa",
    PersonStatus.JOB_SEEKER: "seeker",
    PersonStatus.EMPLOYEE: "work",
    PersonStatus.INTEGRATION_WORKER: "work",
    PersonStatus.SELF_EMPLOYED: "work",
    PersonStatus.TRAINEE: "training",
    PersonStatus.APPRENTICE: "training",
    PersonStatus.STUDENT: "training",
}
_READING = {ReadingEase.SLOW: "slow", ReadingEase.ORAL: "no"}
_CARS = frozenset({LicenceCategory.B, LicenceCategory.BE})


def register(teller: Teller) -> None:
    """Let a room tell what it knows of a person on a day, by the names of ``loader.SOURCES``; twice changes nothing."""
    if teller not in _TELLERS:
        _TELLERS.append(teller)


def known_answers(questionnaire: Questionnaire, *, person_id: int, on: date) -> dict[str, Any]:
    """Return what the file answers, by item. What no item allows is left to be asked."""
    told = dict(of_person(get_person_card(person_id, on=on), on))
    for teller in _TELLERS:
        told.update(teller(person_id, on))
    found: dict[str, Any] = {}
    for code, item in questionnaire.items.items():
        if item.source is None or told.get(item.source) is None:
            continue
        try:
            found[code] = check(item, told[item.source])
        except RuleViolation:
            continue
    return found


def of_person(card: PersonCard, on: date) -> dict[str, Any]:
    """Return what the person's file tells: situation, language, reading, licences.

    Easy reading and « in search of a job » are what a file says before anybody has asked: they are asked.
    """
    return {
        "status": None if card.status is PersonStatus.JOB_SEEKER else _STATUS.get(card.status),
        "reading": _READING.get(card.reading_ease),
        "licence": licence_of(card.licences, on),
    }


def licence_of(licences: tuple[LicenceCard, ...] | list[LicenceCard], on: date) -> str | None:
    """Return what the licences in the file amount to; None where there is none, which says nothing."""
    cars = [one for one in licences if one.category in _CARS]
    if not cars:
        return "small" if licences else None
    for one in cars:
        begun = one.suspended_from_on is not None and one.suspended_from_on <= on
        if begun and (one.suspended_until_on is None or one.suspended_until_on >= on):
            return "suspended"
    if all(one.exchange_due_on is not None for one in cars):
        return "foreign"
    return "automatic" if all(one.automatic_only for one in cars) else "b"
