"""Are the dates of a wish possible? Past, too soon, too short, too long, blackout, closed desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mobility.core.clock import day_of, format_date, format_instant
from mobility.desks.rules import OpeningCalendar
from mobility.fleet.kinds import Category
from mobility.loans.rules.policy import HandoverMode, Terms
from mobility.loans.rules.quote import days_begun
from mobility.loans.rules.reasons import Reason

# A walk-in is booked after the person has sat down.
LATE_ENTRY = timedelta(hours=2)
HORIZON = timedelta(days=366)


@dataclass(frozen=True)
class Wish:
    """What is asked for."""

    category: Category
    start_at: datetime
    due_at: datetime
    objective_id: int | None = None

    @property
    def starts_on(self) -> date:
        """The first day, in Paris."""
        return day_of(self.start_at)

    @property
    def ends_on(self) -> date:
        """The last day, in Paris."""
        return day_of(self.due_at)

    @property
    def days(self) -> int:
        """The days begun."""
        return days_begun(self.start_at, self.due_at)


@dataclass(frozen=True)
class Setting:
    """What surrounds a wish: terms, the desk's hours, the instant, tolerances."""

    terms: Terms
    calendar: OpeningCalendar
    key_box: bool
    now: datetime
    tolerated_balance_cents: int = 0
    paper_labels: tuple[tuple[str, str], ...] = ()


def _day(day: date) -> str:
    return format_date(day, year=0)


def period_reasons(wish: Wish, setting: Setting) -> list[Reason]:
    """Return what is wrong with the dates themselves: past, too soon, too short, too long, blackout."""
    terms, now, reasons = setting.terms, setting.now, []
    if wish.due_at <= wish.start_at:
        return [Reason("bad_period", "Le retour doit être après le départ.", "Corriger les dates.", overridable=False)]
    if wish.start_at < now - LATE_ENTRY:
        reasons.append(Reason("in_past", "Le départ est déjà passé.", "Choisir une date à venir.", overridable=False))
    elif terms.lead_time_hours and wish.start_at < now + timedelta(hours=terms.lead_time_hours):
        earliest = now + timedelta(hours=terms.lead_time_hours)
        reasons.append(
            Reason(
                "too_soon",
                f"Il faut réserver au moins {terms.lead_time_hours} heures à l’avance.",
                f"Choisir un départ après le {format_instant(earliest)}.",
            )
        )
    if wish.start_at > now + HORIZON:
        reasons.append(
            Reason("too_far", "Cette date est trop lointaine.", "Choisir une date dans l’année.", overridable=False)
        )
    if wish.days < terms.min_days:
        reasons.append(
            Reason("too_short", f"Un prêt dure au moins {terms.min_days} jours.", "Choisir une durée plus longue.")
        )
    if wish.days > terms.max_days:
        reasons.append(
            Reason("too_long", f"Un prêt dure au plus {terms.max_days} jours.", "Choisir une durée plus courte.")
        )
    for blackout in terms.blackouts:
        if blackout.covers(wish.starts_on) or blackout.covers(wish.ends_on):
            why = f" ({blackout.reason})" if blackout.reason else ""
            reasons.append(
                Reason(
                    "blackout",
                    f"Pas de départ ni de retour du {_day(blackout.starts_on)} au {_day(blackout.ends_on)}{why}.",
                    "Choisir d’autres dates.",
                )
            )
    return reasons


def open_for_return(calendar: OpeningCalendar, instant: datetime) -> bool:
    """Tell whether the desk receives a vehicle at the instant; closing time itself is in time."""
    return calendar.is_open_at(instant) or calendar.is_open_at(instant - timedelta(seconds=1))


def opening_reasons(wish: Wish, setting: Setting) -> list[Reason]:
    """Return where the desk is closed at the start or the end, with the next time at which it opens."""
    if setting.terms.handover is HandoverMode.KEY_BOX and setting.key_box:
        return []
    reasons = []
    ends = (
        ("desk_closed_start", "au départ", wish.start_at, setting.calendar.is_open_at(wish.start_at)),
        ("desk_closed_end", "au retour", wish.due_at, open_for_return(setting.calendar, wish.due_at)),
    )
    for code, which, instant, opened in ends:
        if opened:
            continue
        why = setting.calendar.reason_closed(day_of(instant))
        following = setting.calendar.next_opening(instant)
        reasons.append(
            Reason(
                code,
                f"L’antenne est fermée {which}{f' ({why})' if why else ''}.",
                f"Choisir le {format_instant(following)}, prochaine ouverture."
                if following is not None
                else "Choisir une autre antenne.",
                overridable=False,
            )
        )
    return reasons
