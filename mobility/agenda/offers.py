"""The hours that a page offers: a handful at a time, a link to the later ones, and never the same hour twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from mobility.agenda import queries
from mobility.agenda.models import Appointment, MeetingType
from mobility.agenda.queries import resources, ways
from mobility.agenda.reach import reasons, sift
from mobility.agenda.rules import HOUSE_LANGUAGE, Place
from mobility.agenda.slots import Slot, with_room
from mobility.core.clock import day_of, start_of
from mobility.core.db import db
from mobility.people.kinds import LANGUAGES
from mobility.people.models import Person

SHOWN = 12
# Less is no choice, and somebody else may be faster.
FEW = 4
# An hour that strikes now is nobody's any more.
SOONEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Offer:
    """Some free hours, and from which day there are more (None where these are all)."""

    slots: tuple[Slot, ...]
    later_on: date | None
    left_out: str = ""
    """Why hours are left out for this person, in a sentence; empty where none is."""


def read_day(text: str | None) -> date | None:
    """Return the day that an address asks for, or None."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def offer(slots: Sequence[Slot], *, shown: int = SHOWN, favour: int | None = None) -> Offer:
    """Return the first hours, one of each instant: that of the adviser who is favoured, else of the first.

    About ``shown`` of them, in whole days: fewer than ``FEW`` hours are shown with the next day's.
    """
    best: dict[datetime, Slot] = {}
    for slot in slots:
        if slot.starts_at not in best or slot.adviser_id == favour:
            best[slot.starts_at] = slot
    ordered = [best[instant] for instant in sorted(best)]
    found: list[Slot] = []
    for day_on, of_day in groupby(ordered, key=lambda slot: day_of(slot.starts_at)):
        day = list(of_day)
        # Days stay whole, so that every hour stands on some page; the hours that remain of a day are no choice alone.
        if len(found) >= min(FEW, shown) and len(found) + len(day) > shown:
            return Offer(tuple(found), day_on)
        found += day
    return Offer(tuple(found), None)


def online(
    meeting: MeetingType,
    *,
    desk_id: int,
    now: datetime,
    from_on: date | None = None,
    favour: int | None = None,
    except_id: int | None = None,
    person: Person | None = None,
) -> Offer:
    """Return what somebody from outside may choose from; what they cannot reach is left out where they are named."""
    from_at, until_at = queries.online_window(meeting, desk_id=desk_id, now=now)
    if from_on is not None and day_of(now) < from_on <= day_of(until_at):
        from_at = max(from_at, start_of(from_on))
    if from_at >= until_at:
        return Offer((), None)
    slots = queries.offered_slots(meeting, [desk_id], from_at=from_at, until_at=until_at, except_id=except_id)
    return _reached(slots, meeting, person, desk_id, favour=favour, except_id=except_id)


def _reached(
    slots: Sequence[Slot],
    meeting: MeetingType,
    person: Person | None,
    desk_id: int,
    *,
    favour: int | None,
    shown: int = SHOWN,
    except_id: int | None = None,
) -> Offer:
    """Return the hours that the person can reach and at which somebody can translate, and a sentence on the others."""
    if person is None:
        return offer(slots, favour=favour, shown=shown)
    left_out: list[str] = []
    said = ways.sieve(person, desk_id) if meeting.place is Place.DESK else None
    if said is not None:
        known, travel = said
        sifted = sift(slots, known, travel)
        slots, left_out = sifted.slots, reasons(sifted, known)
    translated = _translated(slots, person, desk_id, except_id)
    if len(translated) < len(slots):
        left_out.append(f"il faut un interprète libre ({LANGUAGES.get(person.language, person.language)})")
    found = offer(translated, favour=favour, shown=shown)
    return replace(found, left_out=" ; ".join(left_out))


def _translated(slots: Sequence[Slot], person: Person, desk_id: int, except_id: int | None) -> Sequence[Slot]:
    """Return the hours at which an interpreter is free: whoever is asked for this appointment, else one of the language.

    All of them where nobody is needed, somebody comes along who translates, or the desk knows no interpreter.
    """
    appointment = None if except_id is None else db.session.get(Appointment, except_id)
    asked = None if appointment is None else appointment.interpreter_id
    comes_along = appointment is not None and bool(appointment.companion)
    if not slots or comes_along or (asked is None and person.language == HOUSE_LANGUAGE):
        return slots
    in_use = resources.interpreters_in_use(
        desk_id,
        language=person.language,
        from_at=min(slot.starts_at for slot in slots),
        until_at=max(slot.ends_at for slot in slots),
        except_id=except_id,
        only_id=asked,
    )
    return with_room(slots, in_use) if in_use else slots


def at_desk(
    meeting: MeetingType,
    *,
    desk_id: int,
    now: datetime,
    from_on: date | None = None,
    adviser_id: int | None = None,
    favour: int | None = None,
    except_id: int | None = None,
    shown: int = SHOWN,
    person: Person | None = None,
) -> Offer:
    """Return what the desk is offered: every free hour of the weeks to come, without notice."""
    _from, until_at = queries.online_window(meeting, desk_id=desk_id, now=now)
    from_at = now + SOONEST
    if from_on is not None and day_of(now) < from_on <= day_of(now) + timedelta(days=366):
        from_at = start_of(from_on)
        until_at = max(until_at, from_at + timedelta(days=28))
    slots = queries.offered_slots(
        meeting, [desk_id], from_at=from_at, until_at=until_at, adviser_id=adviser_id, except_id=except_id
    )
    return _reached(slots, meeting, person, desk_id, favour=favour, shown=shown, except_id=except_id)


def instead(visit: queries.Visit, *, now: datetime, from_on: date | None = None, person: Person | None = None) -> Offer:
    """Return what a person may choose in place of their appointment; nothing where it is not theirs to move."""
    if not visit.meeting.movable or not visit.is_ahead or visit.appointment.starts_at <= now:
        return Offer((), None)
    return online(
        visit.meeting,
        desk_id=visit.appointment.desk_id,
        now=now,
        from_on=from_on,
        favour=visit.appointment.adviser_id,
        except_id=visit.appointment.id,
        person=person,
    )
