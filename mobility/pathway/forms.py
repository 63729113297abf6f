"""What people type about objectives, hours and own means. Everything works without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from wtforms import HiddenField

from mobility.core.clock import WEEKDAYS
from mobility.core.errors import RuleViolation
from mobility.core.web.forms import Form, checkboxes, clock_time, day, line, radios, select, text, tick
from mobility.pathway import patterns
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.models import Objective
from mobility.pathway.roster import REST, TEAMS, Cycle, Dates, DayHours, Hours, Pattern, Unknown, Weekly
from mobility.pathway.rules import MEANS_LABELS, OBJECTIVE_KIND_LABELS, MeansKind, ObjectiveKind

DAY_CHOICES = [(str(number), name.capitalize()) for number, name in enumerate(WEEKDAYS)]
DATE_ROWS = 4
PERIODS = 2


class VersionedForm(Form):
    """A form that remembers which version it was filled in from."""

    version = HiddenField()

    @property
    def seen_version(self) -> int | None:
        """The version that the person saw; None when the page was tampered with."""
        raw = str(self.version.data or "")
        return int(raw) if raw.isdecimal() and len(raw) < 10 else None

    def values(self, *names: str) -> dict[str, Any]:
        """Return what was typed; the version as a number."""
        found = super().values(*names)
        if "version" in found:
            found["version"] = self.seen_version
        return found


class ObjectiveForm(VersionedForm):
    """A job, a training, an interview or the search itself."""

    kind = radios("De quoi s’agit-il ?", [(kind.value, label) for kind, label in OBJECTIVE_KIND_LABELS.items()])
    title = line(
        "Intitulé", required=False, limit=160, hint="Par exemple : préparatrice de commandes. Vide : repris du type."
    )
    employer_id = select(
        "Employeur ou organisme connu",
        required=False,
        ids=True,
        hint="S’il n’est pas dans la liste, écrivez son nom dessous.",
    )
    employer_name = line("Nom de l’employeur ou de l’organisme", required=False, limit=160)
    street = line("Adresse du lieu", required=False, limit=200)
    postcode = line("Code postal", required=False, limit=5)
    city = line("Commune", required=False, limit=100)
    starts_on = day("Premier jour")
    ends_on = day("Dernier jour", required=False, hint="Laissez vide s’il n’y a pas de fin connue.")

    def offer_employers(self, employers: list[tuple[int, str]], kept: Objective | None = None) -> None:
        """List the organisations; one that was chosen before stays, archived or not."""
        known = {identity for identity, _ in employers}
        extra = []
        if kept is not None and kept.employer_id is not None and kept.employer_id not in known:
            extra = [(kept.employer_id, kept.employer_name)]
        self.employer_id.choices = [("", "—"), *extra, *employers]

    def facts(self) -> dict[str, Any]:
        """Return the values as the services take them."""
        found = self.values()
        found["kind"] = ObjectiveKind(found["kind"])
        found.pop("version")
        return found


class PeriodForm(VersionedForm):
    """The period that a roster rules."""

    valid_from_on = day("À partir du", hint="Les horaires d’avant cette date restent.")
    valid_until_on = day("Jusqu’au", required=False, hint="Laissez vide si ces horaires durent.")

    def pattern(self) -> Pattern:
        """Return the roster that was typed. Raises RosterInvalid."""
        raise NotImplementedError

    def show(self, pattern: Pattern) -> None:
        """Fill the form in from a roster."""
        raise NotImplementedError


class WeeklyForm(PeriodForm):
    """The same hours on some weekdays, and below, if needed, hours of their own for some days."""

    days = checkboxes("Jours travaillés", DAY_CHOICES)
    starts = clock_time("Début", required=False)
    ends = clock_time("Fin", required=False, hint="Une fin avant le début est le lendemain (nuit).")
    holidays_off = tick("Les jours fériés ne sont pas travaillés")

    def grid(self) -> list[tuple[str, list[tuple[Any, Any]]]]:
        """Return the rows of the grid: (weekday, pairs of fields)."""
        return [(name.capitalize(), _pairs(self, f"day{number}")) for number, name in enumerate(WEEKDAYS)]

    @property
    def has_grid(self) -> bool:
        """Tell whether something stands in the grid."""
        return any(field.data or field.errors for _, pairs in self.grid() for pair in pairs for field in pair)

    def pattern(self) -> Pattern:
        """Return the week: the grid's hours where given, else the common ones on the days ticked."""
        common = pair_of(self.starts.data, self.ends.data, "starts", "ends")
        chosen = {int(number) for number in self.days.data or ()}
        if chosen and not common and not self.has_grid:
            raise RosterInvalid("Indiquez l’heure de début et l’heure de fin.", field="starts")
        if common and not chosen:
            raise RosterInvalid("Cochez les jours travaillés.", field="days")
        own = [_typed(self, f"day{number}") for number in range(7)]
        days = tuple(hours or (common if number in chosen else ()) for number, hours in enumerate(own))
        return Weekly(days, bool(self.holidays_off.data))

    def show(self, pattern: Pattern) -> None:
        """Fill in: one line when every day has the same single hours, the grid otherwise."""
        if not isinstance(pattern, Weekly):
            self.holidays_off.data = True
            return
        self.holidays_off.data = pattern.holidays_off
        worked = {hours for hours in pattern.days if hours}
        if len(worked) == 1 and len(next(iter(worked))) == 1:
            (hours,) = next(iter(worked))
            self.days.data = [str(number) for number, found in enumerate(pattern.days) if found]
            self.starts.data, self.ends.data = hours.starts, hours.ends
            return
        for number, found in enumerate(pattern.days):
            _fill(self, f"day{number}", found)


OWN_CYCLE = "own"
CYCLE_CHOICES = [
    *((name, label) for name, (label, _, _) in patterns.PRESETS.items()),
    (OWN_CYCLE, "Un autre cycle, que j’écris"),
]
SEQUENCE_HINT = "M matin, A après-midi, N nuit, J journée, R repos. Par exemple : MMMMMRR AAAAARR."


def cycle_of(
    preset: str, sequence: str | None, *, starts_on: date, teams: Mapping[str, DayHours], holidays_off: bool
) -> Pattern:
    """Return a usual cycle, or the one that was written in letters. Raises RosterInvalid."""
    if preset != OWN_CYCLE:
        return patterns.preset(preset, starts_on=starts_on, teams=dict(teams), holidays_off=holidays_off)
    letters = patterns.parse_sequence(sequence or "")
    used = {**patterns.DEFAULT_TEAMS, **teams}
    return Cycle(starts_on, letters, {k: v for k, v in used.items() if k in letters and k != REST}, holidays_off)


class CycleForm(PeriodForm):
    """A cycle that turns: a usual one, or its letters."""

    preset = radios("Quel cycle ?", CYCLE_CHOICES)
    sequence = line(
        "Votre cycle, jour après jour",
        required=False,
        limit=200,
        hint=SEQUENCE_HINT,
    )
    starts_on = day(
        "Premier jour du cycle", hint="Le jour où commence la première lettre du cycle, par exemple un lundi du matin."
    )
    holidays_off = tick("Les jours fériés ne sont pas travaillés")

    def teams(self) -> list[tuple[str, list[tuple[Any, Any]]]]:
        """Return the rows of the teams: (name, pairs of fields)."""
        return [(name, _pairs(self, f"team{letter}")) for letter, name in TEAMS.items()]

    def pattern(self) -> Pattern:
        """Return the cycle. Raises RosterInvalid."""
        own = {letter: hours for letter in TEAMS if (hours := _typed(self, f"team{letter}"))}
        return cycle_of(
            str(self.preset.data),
            self.sequence.data,
            starts_on=self.starts_on.data,
            teams=own,
            holidays_off=bool(self.holidays_off.data),
        )

    def show(self, pattern: Pattern) -> None:
        """Fill in from a cycle."""
        if not isinstance(pattern, Cycle):
            return
        named = {sequence: name for name, (_, sequence, _) in patterns.PRESETS.items()}
        self.preset.data = named.get(pattern.sequence, "own")
        self.sequence.data = pattern.sequence if self.preset.data == "own" else None
        self.starts_on.data = pattern.starts_on
        self.holidays_off.data = pattern.holidays_off
        for letter, hours in pattern.teams.items():
            _fill(self, f"team{letter}", hours)


class DatesForm(PeriodForm):
    """Days one by one: a few rows, or a pasted list."""

    valid_from_on = day("À partir du", required=False, hint="Vide : à partir de la première date.")
    valid_until_on = day("Jusqu’au", required=False, hint="Vide : jusqu’à la dernière date.")
    dates = text("Ou une liste, une date par ligne", limit=20_000, hint="Par exemple : 24/11/2026 5h-13h")

    def rows(self) -> list[tuple[Any, Any, Any]]:
        """Return the rows: (date, start, end) fields."""
        return [(self[f"row{n}_on"], self[f"row{n}_starts"], self[f"row{n}_ends"]) for n in range(DATE_ROWS)]

    def pattern(self) -> Pattern:
        """Return the dates of the rows and of the list together. Raises RosterInvalid."""
        days: dict[date, DayHours] = dict(patterns.parse_dates(self.dates.data).days) if self.dates.data else {}
        for number, (on, starts, ends) in enumerate(self.rows()):
            hours = pair_of(starts.data, ends.data, f"row{number}_starts", f"row{number}_ends")
            if on.data and not hours:
                raise RosterInvalid("Ajoutez l’heure de début et l’heure de fin.", field=f"row{number}_starts")
            if hours and not on.data:
                raise RosterInvalid("Ajoutez la date.", field=f"row{number}_on")
            if hours:
                days[on.data] = tuple(sorted((*days.get(on.data, ()), *hours)))
        return Dates(days)

    def show(self, pattern: Pattern) -> None:
        """Fill the list in from dates."""
        if isinstance(pattern, Dates):
            self.dates.data = "\n".join(
                f"{on:%d/%m/%Y} " + ", ".join(f"{h.starts:%H:%M}-{h.ends:%H:%M}" for h in hours)
                for on, hours in sorted(pattern.days.items())
            )


class UnknownForm(PeriodForm):
    """Nobody knows yet."""

    valid_days = radios(
        "Quand faut-il reposer la question ?",
        [("7", "Dans une semaine"), ("14", "Dans deux semaines"), ("30", "Dans un mois")],
        default="14",
    )

    def pattern(self) -> Pattern:
        """Return « pas encore connus »."""
        return Unknown(int(self.valid_days.data))

    def show(self, pattern: Pattern) -> None:
        """Fill in how long it holds."""
        if isinstance(pattern, Unknown) and str(pattern.valid_days) in {"7", "14", "30"}:
            self.valid_days.data = str(pattern.valid_days)


class OwnMeansForm(Form):
    """How the person travels without us."""

    kind = radios("Quel moyen ?", [(kind.value, label) for kind, label in MEANS_LABELS.items()])
    weekdays = checkboxes("Quels jours ?", DAY_CHOICES)
    directions = checkboxes("Pour quel trajet ?", [("there", "L’aller"), ("back", "Le retour")])
    starts_on = day("À partir du")
    ends_on = day("Jusqu’au", required=False, hint="Laissez vide si cela dure.")
    note = line("Remarque", required=False, limit=500, hint="Par exemple : ligne 14, arrêt devant l’usine.")

    def facts(self) -> dict[str, Any]:
        """Return the values as the service takes them."""
        directions = set(self.directions.data or ())
        return {
            "kind": MeansKind(self.kind.data),
            "weekdays": [int(number) for number in self.weekdays.data or ()],
            "there": "there" in directions,
            "back": "back" in directions,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
            "note": self.note.data,
        }


class NoteForm(Form):
    """A quick note."""

    note = text("Note", required=True, limit=4000, message="Écrivez quelques mots avant d’enregistrer la note.")


def _pairs(form: Form, prefix: str) -> list[tuple[Any, Any]]:
    names = [f"{prefix}_{number}" for number in range(PERIODS) if f"{prefix}_{number}_starts" in form]
    return [(form[f"{name}_starts"], form[f"{name}_ends"]) for name in names]


def _typed(form: Form, prefix: str) -> DayHours:
    found = [
        pair_of(starts.data, ends.data, starts.short_name, ends.short_name) for starts, ends in _pairs(form, prefix)
    ]
    return tuple(sorted(hours for part in found for hours in part))


def pair_of(starts: time | None, ends: time | None, starts_name: str, ends_name: str) -> DayHours:
    """Return the hours of one pair of fields; nothing for an empty pair. Raises RosterInvalid for half a pair."""
    if starts is None and ends is None:
        return ()
    if starts is None:
        raise RosterInvalid("Ajoutez l’heure de début.", field=starts_name)
    if ends is None:
        raise RosterInvalid("Ajoutez l’heure de fin.", field=ends_name)
    return (Hours(starts, ends),)


def _fill(form: Form, prefix: str, hours: DayHours) -> None:
    for (starts, ends), shift in zip(_pairs(form, prefix), hours, strict=False):
        starts.data, ends.data = shift.starts, shift.ends


def _add_pair(form: type[Form], prefix: str, title: str) -> None:
    setattr(form, f"{prefix}_starts", clock_time(f"{title}, début", required=False))
    setattr(form, f"{prefix}_ends", clock_time(f"{title}, fin", required=False))


for _number, _name in enumerate(WEEKDAYS):
    for _period in range(PERIODS):
        _which = "" if _period == 0 else ", deuxième période"
        _add_pair(WeeklyForm, f"day{_number}_{_period}", f"{_name.capitalize()}{_which}")
for _letter, _name in TEAMS.items():
    _add_pair(CycleForm, f"team{_letter}_0", _name)
for _number in range(DATE_ROWS):
    setattr(DatesForm, f"row{_number}_on", day(f"Date {_number + 1}", required=False))
    _add_pair(DatesForm, f"row{_number}", f"Date {_number + 1}")

ROSTER_FORMS: Mapping[str, type[PeriodForm]] = {
    "weekly": WeeklyForm,
    "cycle": CycleForm,
    "dates": DatesForm,
    "unknown": UnknownForm,
}


def read_pattern(form: PeriodForm) -> Pattern | None:
    """Return the roster of a valid form, or None with the refusal beside its field."""
    try:
        return form.pattern()
    except RuleViolation as violation:
        form.add_violation(violation)
        return None
