"""May the end of a loan move? Later is an extension; earlier follows a contract that ends sooner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mobility.core.clock import at_paris, day_of, format_date, in_paris
from mobility.loans.rules.eligibility import PersonFacts, assess_objective
from mobility.loans.rules.licences import licence_reasons
from mobility.loans.rules.periods import Setting, Wish, opening_reasons
from mobility.loans.rules.quote import days_begun
from mobility.loans.rules.reasons import Reason


@dataclass(frozen=True)
class Running:
    """The loan whose end would move, as it stands."""

    wish: Wish
    renewals: int
    right_id: int | None
    vehicle_lendable_until_on: date | None


def _later_reasons(running: Running, moved: Wish, person: PersonFacts, setting: Setting) -> list[Reason]:
    reasons = []
    if running.renewals >= setting.terms.max_renewals:
        reasons.append(
            Reason(
                "too_many_renewals",
                "Ce prêt a déjà été prolongé autant de fois que les règles le prévoient.",
                "Rendre le véhicule à la date prévue, ou en parler à l’antenne.",
            )
        )
    added = moved.days - running.wish.days
    if added > setting.terms.max_days:
        reasons.append(
            Reason(
                "too_long",
                f"Une prolongation dure au plus {setting.terms.max_days} jours.",
                "Choisir une date plus proche.",
            )
        )
    right = next((right for right in person.rights if right.id == running.right_id), None)
    if right is not None and not (right.days_left >= added and moved.ends_on <= right.ends_on):
        reasons.append(
            Reason(
                "right_days",
                f"Le droit au prêt s’arrête le {format_date(right.ends_on, year=0)} "
                f"et il y reste {right.days_left} jours.",
                "Choisir une date plus proche, ou demander à prolonger le droit.",
            )
        )
    reasons += licence_reasons(
        moved.category,
        person.licences,
        born_on=person.born_on,
        starts_on=moved.starts_on,
        ends_on=moved.ends_on,
        probation_allowed=setting.terms.probation_allowed,
    )
    reasons += assess_objective(moved, person, setting)
    until = running.vehicle_lendable_until_on
    if until is not None and until < moved.ends_on:
        reasons.append(
            Reason(
                "vehicle_papers",
                "Les papiers du véhicule (contrôle technique, assurance) ne vont pas jusqu’à cette date.",
                "Choisir une date plus proche, ou changer de véhicule.",
                overridable=False,
            )
        )
    return reasons


def assess_new_end(running: Running, new_due_at: datetime, person: PersonFacts, setting: Setting) -> list[Reason]:
    """Return every reason against the new end; empty: it may move."""
    if new_due_at == running.wish.due_at:
        return [Reason("same_end", "C’est déjà la date de retour prévue.", "Choisir une autre date.", False)]
    if new_due_at <= running.wish.start_at:
        return [Reason("bad_period", "Le retour doit être après le départ.", "Corriger la date.", False)]
    if new_due_at <= setting.now:
        return [Reason("in_past", "Cette date est déjà passée.", "Choisir une date à venir.", False)]
    moved = replace(running.wish, due_at=new_due_at)
    reasons = opening_reasons_at_end(moved, setting)
    if new_due_at > running.wish.due_at:
        reasons += _later_reasons(running, moved, person, setting)
    return reasons


def opening_reasons_at_end(wish: Wish, setting: Setting) -> list[Reason]:
    """Return where the desk is closed at the end; the start is past and matters no more."""
    return [reason for reason in opening_reasons(wish, setting) if reason.code == "desk_closed_end"]


def propose_end(
    *, due_at: datetime, objective_ends_on: date | None, setting: Setting, max_end_on: date
) -> datetime | None:
    """Return the end to propose when the objective's own end has moved, or None when nothing should change.

    The vehicle is kept for the last working day and returned on the next open day, at the wall time
    that was agreed or, if the desk is closed then, at its closing; never after ``max_end_on``.
    """
    if objective_ends_on is None:
        return None
    wanted = min(objective_ends_on + timedelta(days=1), max_end_on)
    day = setting.calendar.next_open_day(wanted) or wanted
    day = min(day, max_end_on)
    proposed = _same_wall(due_at, day)
    if not setting.calendar.is_open_at(proposed) and not setting.calendar.is_open_at(proposed - timedelta(seconds=1)):
        closing = setting.calendar.closes_at(day)
        proposed = closing if closing is not None else proposed
    if day_of(proposed) == day_of(due_at) or proposed <= setting.now:
        return None
    return proposed


def _same_wall(instant: datetime, day: date) -> datetime:
    return at_paris(day, in_paris(instant).time())


def added_days(*, start_at: datetime, old_due_at: datetime, new_due_at: datetime) -> int:
    """Return how many days the new end adds; negative when it comes earlier."""
    return days_begun(start_at, new_due_at) - days_begun(start_at, old_due_at)
