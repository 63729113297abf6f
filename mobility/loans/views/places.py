"""The desk that a borrower has chosen: the hours that it offers, and plain words where it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _

from mobility.core.clock import at_paris, day_of, format_instant, format_time
from mobility.desks.rules import DayLine, misses, ranges_in_words, week_as_read
from mobility.loans.queries.facts import DeskSetting
from mobility.loans.rules.slots import slots_of, whole_day


@dataclass(frozen=True)
class Place:
    """A desk, and whether its key box gives the vehicle at any hour."""

    desk: DeskSetting
    by_box: bool

    @property
    def week(self) -> list[DayLine]:
        """The hours of the week as people read them; none where the key box gives the vehicle."""
        return [] if self.by_box else week_as_read(self.desk.calendar.weekly)

    def times(self, day: date | None, *, at_closing: bool) -> list[tuple[str, str]]:
        """Return the hours to choose from, as a select wants them."""
        walls = whole_day() if self.by_box else slots_of(self.desk.calendar, day, at_closing=at_closing)
        return [("", _("Choisissez")), *((f"{wall:%H:%M}", format_time(wall)) for wall in walls)]

    def receives(self, on: Any, at: Any, *, now: datetime, at_closing: bool = False) -> bool:
        """Tell whether the desk is open at what two fields say; else write beside them what to do."""
        day: date = on.data
        instant = at_paris(day, time.fromisoformat(at.data))
        if day < day_of(now):
            on.errors = [_("Ce jour est déjà passé. Choisissez un jour à venir.")]
            return False
        if self.by_box or not misses(self.desk.calendar, instant, at_closing=at_closing):
            return True
        hours = self.desk.calendar.hours_on(day)
        if hours:
            at.errors = [
                _(
                    "L’antenne %(desk)s n’est pas ouverte à cette heure. Ce jour-là, elle est ouverte %(hours)s.",
                    desk=self.desk.name,
                    hours=ranges_in_words(hours),
                )
            ]
            return False
        on.errors = [self._closed(day, instant)]
        return False

    def _closed(self, day: date, instant: datetime) -> str:
        why = self.desk.calendar.reason_closed(day)
        words = _("L’antenne %(desk)s est fermée ce jour-là.", desk=self.desk.name)
        if why:
            words = _("L’antenne %(desk)s est fermée ce jour-là (%(why)s).", desk=self.desk.name, why=why)
        following = self.desk.calendar.next_opening(instant)
        if following is None:
            return f"{words} {_('Choisissez une autre antenne.')}"
        return f"{words} {_('Prochaine ouverture : %(at)s.', at=format_instant(following))}"
