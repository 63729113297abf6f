"""What is typed to try a change out. The same hours as in the forms of rosters, nothing of it saved."""

from __future__ import annotations

from mobility.core.web.forms import Form, checkboxes, clock_time, day, line, radios, select, text
from mobility.pathway import patterns
from mobility.pathway.errors import NothingTried, RosterInvalid
from mobility.pathway.forms import CYCLE_CHOICES, DAY_CHOICES, SEQUENCE_HINT, cycle_of, pair_of
from mobility.pathway.roster import Pattern, Weekly
from mobility.pathway.trying import Trial

TRIED = (
    ("end", "Elle finit un autre jour"),
    ("move", "Elle a d’autres dates"),
    ("remove", "Elle est retirée"),
)


class TrialForm(Form):
    """What an adviser tries out; nothing of it is saved."""

    step_id = select("Une aide change", required=False, ids=True)
    act = radios("Que se passe-t-il ?", list(TRIED), required=False)
    starts_on = day("Elle commence le", required=False, hint="Seulement si elle a d’autres dates.")
    ends_on = day("Elle finit le", required=False)
    added_from_on = day("Premier jour", required=False)
    added_until_on = day("Dernier jour", required=False)
    days = checkboxes("Jours travaillés", DAY_CHOICES, required=False)
    starts = clock_time("Début", required=False)
    ends = clock_time("Fin", required=False, hint="Une fin avant le début est le lendemain (nuit).")
    cycle = select("Un cycle", [("", "—"), *CYCLE_CHOICES], required=False)
    sequence = line("Votre cycle, jour après jour", required=False, limit=200, hint=SEQUENCE_HINT)
    cycle_starts_on = day("Premier jour du cycle", required=False)
    dates = text("Des dates, une par ligne", limit=20_000, hint="Par exemple : 24/11/2026 5h-13h")
    pattern_from_on = day("À partir du", required=False, hint="Vide : dès cette semaine.")

    def offer_steps(self, steps: list[tuple[int, str]]) -> None:
        """List the aids that carry the person."""
        self.step_id.choices = [("", "—"), *steps]

    def trial(self) -> Trial:
        """Return what was typed. Raises RosterInvalid, NothingTried."""
        if (self.act.data is None) != (self.step_id.data is None):
            field = "act" if self.act.data is None else "step_id"
            raise NothingTried("Choisissez l’aide et ce qui lui arrive.", field=field)
        return Trial(
            step_id=self.step_id.data,
            act=self.act.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            added_from_on=self.added_from_on.data,
            added_until_on=self.added_until_on.data,
            pattern=self._pattern(),
            pattern_from_on=self.pattern_from_on.data,
        )

    def _pattern(self) -> Pattern | None:
        """Return the other hours that were typed: a week, a cycle or dates. Raises RosterInvalid for several."""
        typed = [read for read in (self._week, self._cycle, self._dates) if read() is not None]
        if len(typed) > 1:
            raise RosterInvalid("Essayez une seule sorte d’horaires à la fois.", field="cycle")
        return typed[0]() if typed else None

    def _week(self) -> Pattern | None:
        hours = pair_of(self.starts.data, self.ends.data, "starts", "ends")
        chosen = {int(number) for number in self.days.data or ()}
        if bool(hours) != bool(chosen):
            raise RosterInvalid("Indiquez les jours et les heures.", field="days" if hours else "starts")
        return Weekly(tuple(hours if number in chosen else () for number in range(7))) if hours else None

    def _cycle(self) -> Pattern | None:
        if self.cycle.data is None:
            if self.sequence.data or self.cycle_starts_on.data:
                raise RosterInvalid("Choisissez le cycle.", field="cycle")
            return None
        if self.cycle_starts_on.data is None:
            raise RosterInvalid("Indiquez le premier jour du cycle.", field="cycle_starts_on")
        return cycle_of(
            self.cycle.data, self.sequence.data, starts_on=self.cycle_starts_on.data, teams={}, holidays_off=True
        )

    def _dates(self) -> Pattern | None:
        return patterns.parse_dates(self.dates.data) if self.dates.data else None

    @property
    def has_turns(self) -> bool:
        """Tell whether a cycle or dates were typed, or refused."""
        fields = (self.cycle, self.sequence, self.cycle_starts_on, self.dates)
        return any(field.data or field.errors for field in fields)
