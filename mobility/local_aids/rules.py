"""Who may have a local aid, and how a request for one goes on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from mobility.core.clock import WEEKDAYS, format_time
from mobility.core.state import TransitionTable
from mobility.pathway.roster import Serving


class LicenceRule(StrEnum):
    """What an aid asks about the driving licence (category B)."""

    ANY = "any"
    WITHOUT = "without"
    WITH = "with"
    RECOVER = "recover"


LICENCE_RULE_LABELS: dict[LicenceRule, str] = {
    LicenceRule.ANY: "Avec ou sans permis",
    LicenceRule.WITHOUT: "Pour qui n’a pas le permis B",
    LicenceRule.WITH: "Pour qui a le permis B",
    LicenceRule.RECOVER: "Pour qui a un permis suspendu, ou d’un autre pays",
}


class UseState(StrEnum):
    """Where a request for a local aid stands. The partner decides, never the platform."""

    ASKED = "asked"
    GRANTED = "granted"
    ACTIVE = "active"
    DONE = "done"
    REFUSED = "refused"
    DROPPED = "dropped"


USE_STATE_LABELS: dict[UseState, str] = {
    UseState.ASKED: "Demandée au partenaire",
    UseState.GRANTED: "Accordée",
    UseState.ACTIVE: "En cours",
    UseState.DONE: "Terminée",
    UseState.REFUSED: "Refusée par le partenaire",
    UseState.DROPPED: "Abandonnée",
}
USE_STATE_TONES: dict[UseState, str] = {
    UseState.ASKED: "info",
    UseState.GRANTED: "info",
    UseState.ACTIVE: "accent",
    UseState.DONE: "success",
    UseState.REFUSED: "danger",
    UseState.DROPPED: "neutral",
}
REASONED = frozenset({UseState.REFUSED, UseState.DROPPED})


class UseAction(StrEnum):
    """What happens to a request."""

    GRANT = "grant"
    BEGIN = "begin"
    FINISH = "finish"
    REFUSE = "refuse"
    DROP = "drop"


USE_ACTION_LABELS: dict[UseAction, str] = {
    UseAction.GRANT: "Le partenaire a dit oui",
    UseAction.BEGIN: "L’aide a commencé",
    UseAction.FINISH: "L’aide est terminée",
    UseAction.REFUSE: "Le partenaire a dit non",
    UseAction.DROP: "Abandonner la demande",
}
USES: TransitionTable[UseState, UseAction] = TransitionTable(
    {
        (UseState.ASKED, UseAction.GRANT): UseState.GRANTED,
        (UseState.ASKED, UseAction.BEGIN): UseState.ACTIVE,
        (UseState.ASKED, UseAction.REFUSE): UseState.REFUSED,
        (UseState.ASKED, UseAction.DROP): UseState.DROPPED,
        (UseState.GRANTED, UseAction.BEGIN): UseState.ACTIVE,
        (UseState.GRANTED, UseAction.FINISH): UseState.DONE,
        (UseState.GRANTED, UseAction.DROP): UseState.DROPPED,
        (UseState.ACTIVE, UseAction.FINISH): UseState.DONE,
        (UseState.ACTIVE, UseAction.DROP): UseState.DROPPED,
    }
)


@dataclass(frozen=True)
class Conditions:
    """For whom an aid is. Empty lists and None mean everybody."""

    statuses: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()
    min_age: int | None = None
    max_age: int | None = None
    licence: LicenceRule = LicenceRule.ANY
    max_km: int | None = None


@dataclass(frozen=True)
class Applicant:
    """What is asked of the person. ``holds_b``: a licence B valid that day; ``recovers``: one suspended or foreign.

    ``km``: as the crow flies from home to the objective's place; None where one of both is not known.
    """

    status: str
    insee_code: str | None
    born_on: date | None
    holds_b: bool
    recovers: bool = False
    km: float | None = None


def age_on(born_on: date, day: date) -> int:
    """Return the age in whole years on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def refusals(conditions: Conditions, person: Applicant, *, on: date, labels: Sequence[str] = ()) -> tuple[str, ...]:
    """Say why the person may not have the aid; nothing where they may. ``labels`` name the statuses, for the sentence."""
    said = []
    if conditions.statuses and person.status not in conditions.statuses:
        said.append(f"Réservé : {', '.join(labels) or 'autre situation'}.")
    if conditions.communes and person.insee_code not in conditions.communes:
        said.append("La personne n’habite pas une commune concernée.")
    said += _age_refusals(conditions, person, on)
    if conditions.licence is LicenceRule.WITH and not person.holds_b:
        said.append("Il faut le permis B.")
    if conditions.licence is LicenceRule.WITHOUT and (person.holds_b or person.recovers):
        said.append("Réservé à qui n’a pas le permis B.")
    if conditions.licence is LicenceRule.RECOVER and not person.recovers:
        said.append("Réservé à qui a un permis suspendu, ou d’un autre pays.")
    if is_too_far(conditions.max_km, person.km):
        said.append(f"Le lieu est à {person.km:.0f} km à vol d’oiseau ; cette aide va jusqu’à {conditions.max_km} km.")
    return tuple(said)


def is_too_far(max_km: int | None, km: float | None) -> bool:
    """Tell whether a journey is longer than an aid goes; what is not known is not held against anybody."""
    return max_km is not None and km is not None and km > max_km


def serving(weekdays: Sequence[int], first: time | None, last: time | None) -> Serving | None:
    """Return when an aid carries, None for always: no day means every day, no hours the whole day."""
    if not weekdays and first is None:
        return None
    return Serving(tuple(weekdays) or tuple(range(7)), first or time(0), last or time(23, 59))


def serving_words(one: Serving) -> str:
    """Say when an aid carries: « lundi, mardi, de 6 h 30 à 20 h »."""
    days = "tous les jours" if len(one.weekdays) == 7 else ", ".join(WEEKDAYS[day] for day in one.weekdays)
    if (one.first, one.last) == (time(0), time(23, 59)):
        return days
    return f"{days}, de {format_time(one.first)} à {format_time(one.last)}"


def _age_refusals(conditions: Conditions, person: Applicant, on: date) -> list[str]:
    if conditions.min_age is None and conditions.max_age is None:
        return []
    if person.born_on is None:
        return ["L’âge compte pour cette aide, et la date de naissance n’est pas connue."]
    age = age_on(person.born_on, on)
    if conditions.min_age is not None and age < conditions.min_age:
        return [f"À partir de {conditions.min_age} ans."]
    if conditions.max_age is not None and age > conditions.max_age:
        return [f"Jusqu’à {conditions.max_age} ans."]
    return []
