"""Coverage: which leg of which working day is carried, by whom, and where the gaps are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from mobility.core.clock import MONTHS, WEEKDAYS, format_date, format_time
from mobility.pathway.rules import Direction, ObjectiveKind


@dataclass(frozen=True, order=True)
class LegKey:
    """One leg: an objective, the date of the shift (the day it begins), there or back."""

    objective_id: int
    shift_on: date
    direction: Direction


class LegLike(Protocol):
    """What coverage needs to know of a leg (``roster.Leg``)."""

    @property
    def key(self) -> LegKey:
        """Which leg it is."""
        ...

    @property
    def at(self) -> datetime:
        """When to be there, or when to leave."""
        ...

    @property
    def certain(self) -> bool:
        """Whether the leg is known to be made."""
        ...


class DayState(StrEnum):
    """What a day looks like."""

    COVERED = "covered"
    PARTLY = "partial"
    GAP = "gap"
    NO_WORK = "off"
    UNKNOWN = "unknown"


DAY_STATE_LABELS: dict[DayState, str] = {
    DayState.COVERED: "Trajet assuré",
    DayState.PARTLY: "Un trajet manque",
    DayState.GAP: "Rien de prévu",
    DayState.NO_WORK: "Pas de trajet",
    DayState.UNKNOWN: "Horaires inconnus",
}
DAY_STATE_ICONS: dict[DayState, str] = {
    DayState.COVERED: "check-circle",
    DayState.PARTLY: "circle-half",
    DayState.GAP: "x-circle",
    DayState.NO_WORK: "dash",
    DayState.UNKNOWN: "question-circle",
}


class Certainty(StrEnum):
    """How surely somebody is carried, the surest first. A proposal carries nobody: it is shown, and never counted."""

    CONFIRMED = "confirmed"
    EXPECTED = "expected"
    AGREED = "agreed"
    STATED = "stated"
    PROPOSED = "proposed"


CERTAINTY_LABELS: dict[Certainty, str] = {
    Certainty.CONFIRMED: "Réservé",
    Certainty.EXPECTED: "Prévu, sans date de fin",
    Certainty.AGREED: "Convenu, pas réservé",
    Certainty.STATED: "Moyen de la personne",
    Certainty.PROPOSED: "Seulement proposé",
}
_GRADES = tuple(Certainty)

_GO: dict[ObjectiveKind, str] = {
    ObjectiveKind.JOB: "aller au travail",
    ObjectiveKind.TRAINING: "aller en formation",
    ObjectiveKind.INTERVIEW: "aller à l’entretien",
    ObjectiveKind.SEARCH: "faire les démarches",
}


@dataclass(frozen=True)
class Means:
    """How the person travels without us: weekdays, one way or both, over a period."""

    label: str
    icon: str
    weekdays: frozenset[int]
    there: bool
    back: bool
    starts_on: date
    ends_on: date | None = None

    def carries(self, key: LegKey) -> bool:
        """Tell whether the person makes that leg by this means."""
        if key.shift_on < self.starts_on or (self.ends_on is not None and key.shift_on > self.ends_on):
            return False
        one_way = self.there if key.direction is Direction.THERE else self.back
        return one_way and key.shift_on.weekday() in self.weekdays


@dataclass(frozen=True)
class Carrier:
    """Who carries a leg: a step of some aid, or the person's own means (``step_id`` None)."""

    label: str
    icon: str
    step_id: int | None = None
    url: str | None = None
    certainty: Certainty = Certainty.CONFIRMED


@dataclass(frozen=True)
class DayLeg:
    """One leg of a day with whoever carries it, and what is only proposed for it."""

    direction: Direction
    at: datetime
    certain: bool
    carriers: tuple[Carrier, ...]
    proposed: tuple[Carrier, ...] = ()

    @property
    def carried(self) -> bool:
        """Tell whether somebody or something carries it."""
        return bool(self.carriers)

    @property
    def certainty(self) -> Certainty | None:
        """How surely: by the surest of its carriers; what is only proposed where nobody carries it; None for nothing."""
        return surest(carrier.certainty for carrier in (*self.carriers, *self.proposed))

    @property
    def overlaps(self) -> bool:
        """Tell whether several carry it at once."""
        return len(self.carriers) > 1


def surest(grades: Iterable[Certainty]) -> Certainty | None:
    """Return the surest of several grades, or None."""
    return min(grades, key=_GRADES.index, default=None)


@dataclass(frozen=True)
class CoverageDay:
    """One day of the calendar: its state, its legs, and a sentence about it."""

    day_on: date
    state: DayState
    words: str
    legs: tuple[DayLeg, ...] = ()
    carriers: tuple[Carrier, ...] = field(default=())

    @property
    def label(self) -> str:
        """The state in words."""
        return DAY_STATE_LABELS[self.state]

    @property
    def hours(self) -> str:
        """« 5 h – 13 h », from the first beginning to the last end; nothing where it is not known."""
        known = [leg.at for leg in self.legs if leg.certain]
        return f"{format_time(min(known))} – {format_time(max(known))}" if known else ""

    @property
    def carrier(self) -> str:
        """Who carries, in short: « Voiture, Bus »."""
        return _names(self.carriers)

    @property
    def carrier_brief(self) -> str:
        """Who carries, where there is little room: « Voiture + 2 »."""
        names = list(dict.fromkeys(carrier.label for carrier in self.carriers))
        return f"{names[0]} + {len(names) - 1}" if len(names) > 1 else self.carrier

    @property
    def certainty(self) -> Certainty | None:
        """How surely the whole day is carried: as its least sure leg; None where a leg has nothing at all."""
        grades = [leg.certainty for leg in self.legs]
        known = [grade for grade in grades if grade is not None]
        return max(known, key=_GRADES.index) if known and len(known) == len(grades) else None

    @property
    def proposed(self) -> tuple[Carrier, ...]:
        """What is only proposed for legs that nobody carries."""
        return tuple(dict.fromkeys(one for leg in self.legs if not leg.carried for one in leg.proposed))

    @property
    def missing(self) -> tuple[Direction, ...]:
        """The directions that nobody carries."""
        return tuple(leg.direction for leg in self.legs if leg.certain and not leg.carried)


def day_words(day: date, today: date | None = None) -> str:
    """Return « Lundi 24 », « Mardi 1er »; with its month where that is not the present one."""
    words = f"{WEEKDAYS[day.weekday()].capitalize()} {'1er' if day.day == 1 else day.day}"
    if today is None or (today.year, today.month) == (day.year, day.month):
        return words
    return f"{words} {MONTHS[day.month - 1]}"


def state_of(legs: Sequence[DayLeg]) -> DayState:
    """Return the state of a day from its legs; a day that is not known is covered only when both legs are."""
    if not legs:
        return DayState.NO_WORK
    if all(leg.carried for leg in legs):
        return DayState.COVERED
    if not all(leg.certain for leg in legs):
        return DayState.UNKNOWN
    return DayState.PARTLY if any(leg.carried for leg in legs) else DayState.GAP


def _names(carriers: Iterable[Carrier]) -> str:
    return ", ".join(dict.fromkeys(carrier.label for carrier in carriers))


def words_of(day: date, state: DayState, legs: Sequence[DayLeg], kind: ObjectiveKind, today: date | None = None) -> str:
    """Say a day: « Lundi 24 : rien pour aller au travail »."""
    start = day_words(day, today)
    if state is DayState.NO_WORK:
        return f"{start} : pas de trajet à faire"
    if state is DayState.UNKNOWN:
        return f"{start} : horaires pas encore connus"
    if state is DayState.GAP:
        return f"{start} : rien pour {_GO[kind]}"
    if state is DayState.COVERED:
        return f"{start} : {_names(carrier for leg in legs for carrier in leg.carriers)}"
    carried = next(leg for leg in legs if leg.carried)
    by = _names(carried.carriers)
    if carried.direction is Direction.THERE:
        return f"{start} : rien pour rentrer (aller : {by})"
    return f"{start} : rien pour {_GO[kind]} (retour : {by})"


def calendar(
    *,
    days: Iterable[date],
    legs: Iterable[LegLike],
    means: Sequence[Means],
    carried: Mapping[LegKey, Sequence[Carrier]],
    kind: ObjectiveKind,
    today: date | None = None,
    proposed: Mapping[LegKey, Sequence[Carrier]] | None = None,
) -> list[CoverageDay]:
    """Return the days with their state, carriers and words. Aids come before own means.

    ``legs`` and ``carried`` belong to one objective; days without a leg are days without work. What is only
    ``proposed`` is kept with its leg and changes no state.
    """
    by_day: dict[date, list[DayLeg]] = {}
    for leg in sorted(legs, key=lambda one: (one.at, one.key)):
        own = [Carrier(mean.label, mean.icon, certainty=Certainty.STATED) for mean in means if mean.carries(leg.key)]
        carriers = (*carried.get(leg.key, ()), *own)
        hoped = tuple((proposed or {}).get(leg.key, ()))
        by_day.setdefault(leg.key.shift_on, []).append(DayLeg(leg.key.direction, leg.at, leg.certain, carriers, hoped))
    result = []
    for day in days:
        day_legs = tuple(by_day.get(day, ()))
        state = state_of(day_legs)
        result.append(
            CoverageDay(
                day_on=day,
                state=state,
                words=words_of(day, state, day_legs, kind, today),
                legs=day_legs,
                carriers=tuple(dict.fromkeys(carrier for leg in day_legs for carrier in leg.carriers)),
            )
        )
    return result


def first_gap(days: Iterable[CoverageDay], *, now: datetime) -> CoverageDay | None:
    """Return the first day on which a leg still ahead has nobody; None when none is known."""
    for day in days:
        if any(leg.certain and not leg.carried and leg.at > now for leg in day.legs):
            return day
    return None


def first_gap_of(
    *,
    legs: Iterable[LegLike],
    means: Sequence[Means],
    carried: Mapping[LegKey, Sequence[Carrier]],
    kind: ObjectiveKind,
    now: datetime,
    today: date | None = None,
) -> CoverageDay | None:
    """Return what ``first_gap`` finds in the ``calendar`` of these legs; only that day of it is made."""
    ahead = list(legs)
    alone = [
        leg.key.shift_on
        for leg in ahead
        if leg.certain
        and leg.at > now
        and not carried.get(leg.key)
        and not any(mean.carries(leg.key) for mean in means)
    ]
    if not alone:
        return None
    day = min(alone)
    of_day = [leg for leg in ahead if leg.key.shift_on == day]
    return calendar(days=[day], legs=of_day, means=means, carried=carried, kind=kind, today=today)[0]


def gap_keys(objective_id: int, days: Iterable[CoverageDay], *, now: datetime) -> list[LegKey]:
    """Return the legs still ahead that nobody carries."""
    return [
        LegKey(objective_id, day.day_on, leg.direction)
        for day in days
        for leg in day.legs
        if leg.certain and not leg.carried and leg.at > now
    ]


def quiet_until(days: Iterable[CoverageDay], *, now: datetime) -> date | None:
    """Return the last day of the unbroken run of carried days from now on (« tranquille jusqu’au »).

    None when the very next working day is not carried, or when no working day is in sight. A leg in
    the past no longer counts, carried or not.
    """
    last: date | None = None
    for day in days:
        ahead = [leg for leg in day.legs if leg.at > now]
        if not ahead:
            continue
        if not all(leg.carried for leg in ahead):
            return last
        last = day.day_on
    return last


def first_over(candidates: Iterable[CoverageDay | None]) -> CoverageDay | None:
    """Return the earliest of several days (one an objective), or None."""
    return min((day for day in candidates if day is not None), key=lambda day: day.day_on, default=None)


@dataclass(frozen=True)
class Overlap:
    """Working days one after another on which the same several carry one leg: one of them may be too many."""

    first_on: date
    last_on: date
    carriers: tuple[str, ...]

    @property
    def words(self) -> str:
        """« Du 12 mars au 16 mars, deux solutions à la fois : Voiture, Bus »."""
        number = {2: "deux", 3: "trois", 4: "quatre"}.get(len(self.carriers), str(len(self.carriers)))
        when = (
            f"Le {format_date(self.first_on, weekday=False)}"
            if self.first_on == self.last_on
            else f"Du {format_date(self.first_on, weekday=False)} au {format_date(self.last_on, weekday=False)}"
        )
        return f"{when}, {number} solutions à la fois : {', '.join(self.carriers)}"


def overlaps(days: Iterable[CoverageDay]) -> list[Overlap]:
    """Return the runs of working days on which several carry one leg, by the same names; days off end no run."""
    found: list[Overlap] = []
    running: tuple[str, ...] = ()
    for day in days:
        if not day.legs:
            continue
        twice = [carrier for leg in day.legs if leg.overlaps for carrier in leg.carriers]
        # Two steps of one name are two all the same: they are told apart by their step.
        names = tuple(label for label, _step in dict.fromkeys((one.label, one.step_id) for one in twice))
        if names and names == running:
            found[-1] = Overlap(found[-1].first_on, day.day_on, names)
        elif names:
            found.append(Overlap(day.day_on, day.day_on, names))
        running = names
    return found
