"""What is counted, and how: each person once on each line and once in the total. Pure.

Definitions (facts §7; those of an agreement are dated settings):
- met: came to a meeting of the period;
- entered: entered an operation in the period;
- diagnosed: a diagnosis was finished in the period;
- exit: left in the period and had not come back by its end; positive: for an outcome of the agreement's definition;
- later: what people said some months after their exit, by the day on which they said it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mobility.participation.errors import PeriodImpossible
from mobility.participation.rules.exits import OUTCOME_LABELS, Later, Outcome, is_positive
from mobility.participation.rules.items import AGE_BAND_LABELS, AgeBand, age_band

DEFINITIONS = "2026-1"
UNKNOWN = ""


class Measure(StrEnum):
    """One column of a count."""

    MET = "met"
    ENTERED = "entered"
    DIAGNOSED = "diagnosed"
    EXIT = "exit"
    POSITIVE = "positive"
    EXIT_WORK = "exit_work"
    EXIT_TRAINING = "exit_training"
    EXIT_QUALIFICATION = "exit_qualification"
    EXIT_OTHER = "exit_other"
    EXIT_MOVED = "exit_moved"
    EXIT_LOST_CONTACT = "exit_lost_contact"
    LATER = "later"
    LATER_POSITIVE = "later_positive"


MEASURE_LABELS: dict[Measure, str] = {
    Measure.MET: "Personnes reçues",
    Measure.ENTERED: "Entrées FSE+",
    Measure.DIAGNOSED: "Diagnostics terminés",
    Measure.EXIT: "Sorties",
    Measure.POSITIVE: "Sorties positives",
    Measure.EXIT_WORK: "Sorties : emploi",
    Measure.EXIT_TRAINING: "Sorties : formation",
    Measure.EXIT_QUALIFICATION: "Sorties : qualification",
    Measure.EXIT_OTHER: "Sorties : autre",
    Measure.EXIT_MOVED: "Sorties : déménagement",
    Measure.EXIT_LOST_CONTACT: "Sorties : plus de nouvelles",
    Measure.LATER: "Réponses à six mois",
    Measure.LATER_POSITIVE: "À six mois : emploi ou formation",
}
LATER_POSITIVE = frozenset({Later.WORK, Later.TRAINING})
_BY_OUTCOME: Mapping[Outcome, Measure] = {outcome: Measure(f"exit_{outcome.value}") for outcome in OUTCOME_LABELS}


class By(StrEnum):
    """What a line is about."""

    DESK = "desk"
    COMMUNE = "commune"
    DISTRICT = "district"
    AGE = "age"
    PRESCRIBER = "prescriber"
    MONTH = "month"


BY_LABELS: dict[By, str] = {
    By.DESK: "Antenne",
    By.COMMUNE: "Commune",
    By.DISTRICT: "Quartier prioritaire (QPV)",
    By.AGE: "Âge",
    By.PRESCRIBER: "Prescripteur",
    By.MONTH: "Mois",
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """What places a person on a line; an empty text is « not known »."""

    person_id: int
    desk_id: int
    insee_code: str = UNKNOWN
    born_on: date | None = None
    band: AgeBand | None = None
    """The age band at an entry, for those whose birth date was erased."""
    district: str = UNKNOWN
    prescriber_id: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that counts: of whom, for which column, on which day."""

    person_id: int
    measure: Measure
    on: date


@dataclass(frozen=True, slots=True)
class Ended:
    """An exit as a fact."""

    person_id: int
    left_on: date
    outcome: Outcome
    returned_on: date | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The table: for each line its columns, and the total; a line's key is a code, an id or a month."""

    lines: Mapping[str, Mapping[Measure, int]]
    total: Mapping[Measure, int]


LONGEST_DAYS = 3660


def check_span(first_on: date, last_on: date) -> None:
    """Raise PeriodImpossible for a period that ends before it begins or is longer than ten years."""
    if not 0 <= (last_on - first_on).days <= LONGEST_DAYS:
        raise PeriodImpossible


def months_of(first_on: date, last_on: date) -> list[date]:
    """Return the first day of every month of a period, its own first day for the first one."""
    found, month = [first_on], first_on.replace(day=1)
    while (month := (month + timedelta(days=31)).replace(day=1)) <= last_on:
        found.append(month)
    return found


def exit_events(exits: Iterable[Ended], *, last_on: date, positive: Collection[Outcome]) -> list[Event]:
    """Return what exits of a period count for; one that ended in a return by the last day counts for nothing."""
    found: list[Event] = []
    for one in exits:
        if one.returned_on is not None and one.returned_on <= last_on:
            continue
        measures = [Measure.EXIT, _BY_OUTCOME[one.outcome]]
        if is_positive(one.outcome, positive):
            measures.append(Measure.POSITIVE)
        found += [Event(one.person_id, measure, one.left_on) for measure in measures]
    return found


def later_events(answers: Iterable[tuple[int, Later, date]]) -> list[Event]:
    """Return what later answers count for; a refusal is no answer about what became of somebody."""
    found: list[Event] = []
    for person_id, later, on in answers:
        if later is Later.REFUSED:
            continue
        found.append(Event(person_id, Measure.LATER, on))
        if later in LATER_POSITIVE:
            found.append(Event(person_id, Measure.LATER_POSITIVE, on))
    return found


def key_of(by: By, who: Somebody, on: date, *, last_on: date) -> str:
    """Return the line of an event. The age is that of the last day of the period."""
    if by is By.MONTH:
        return on.isoformat()[:7]
    if by is By.DESK:
        return str(who.desk_id)
    if by is By.COMMUNE:
        return who.insee_code
    if by is By.DISTRICT:
        return who.district
    if by is By.PRESCRIBER:
        return UNKNOWN if who.prescriber_id is None else str(who.prescriber_id)
    band = age_band(who.born_on, last_on) if who.born_on is not None else who.band
    return band.value if band is not None else UNKNOWN


def count(events: Iterable[Event], people: Mapping[int, Somebody], *, by: By, last_on: date) -> Counts:
    """Count each person once on each line and once in the total; events of nobody who is known are left out."""
    seen: dict[str, dict[Measure, set[int]]] = {}
    whole: dict[Measure, set[int]] = {measure: set() for measure in Measure}
    for event in events:
        who = people.get(event.person_id)
        if who is None:
            continue
        key = key_of(by, who, event.on, last_on=last_on)
        if key not in seen:
            seen[key] = {measure: set() for measure in Measure}
        seen[key][event.measure].add(event.person_id)
        whole[event.measure].add(event.person_id)
    return Counts(
        lines={key: {measure: len(ids) for measure, ids in line.items()} for key, line in sorted(seen.items())},
        total={measure: len(ids) for measure, ids in whole.items()},
    )


DISTRICT_LABELS: Mapping[str, str] = {
    "yes": "En quartier prioritaire",
    "no": "Hors quartier prioritaire",
    "refused": "Ne souhaite pas répondre",
}


def fixed_label(by: By, key: str) -> str | None:
    """Return the words of a line that needs no look-up, None where the database knows its name."""
    if key == UNKNOWN:
        return "Non renseigné"
    if by is By.AGE:
        return AGE_BAND_LABELS[AgeBand(key)]
    if by is By.DISTRICT:
        return DISTRICT_LABELS.get(key, key)
    return f"{key[5:]}/{key[:4]}" if by is By.MONTH else None


def shown(measures: Mapping[Measure, int]) -> Sequence[int]:
    """Return a line's numbers in the order of the columns."""
    return [measures[measure] for measure in Measure]
