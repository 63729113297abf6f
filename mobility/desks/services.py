"""Use cases of desks; each is one transaction."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from mobility.core.clock import WEEKDAYS
from mobility.core.crypto import encrypt
from mobility.core.db import check_version, db, load, lock, savepoint, transaction
from mobility.core.errors import NotFound
from mobility.desks import queries, rules
from mobility.desks.appointments import keeping
from mobility.desks.errors import (
    ClosureBackwards,
    ClosureTooLong,
    DayAlreadyExcepted,
    DeskNameTaken,
    UnknownCommune,
)
from mobility.desks.hooks import changes
from mobility.desks.models import Desk, DeskCommune, DeskException, DeskOpening
from mobility.desks.rules import DeskKind, WeeklyOpening
from mobility.geo import communes
from mobility.geo.communes import name_key
from mobility.geo.geocoding import Place, is_better, position_columns
from mobility.notifications.kinds import Channel
from mobility.notifications.services import normalise

_FIELDS = ("name", "kind", "street", "postcode", "city", "insee_code", "phone", "email", "place_note", "key_box")


@dataclass(frozen=True, slots=True)
class DeskDetails:
    """What the desk's form holds."""

    name: str
    kind: DeskKind
    street: str
    insee_code: str
    phone: str
    email: str
    place_note: str
    key_box: bool


def create_desk(*, details: DeskDetails, place: Place | None, actor_id: int | None, now: datetime) -> int:
    """Create a desk, which serves its own commune first, and return its id.

    ``place`` is asked of the geocoder by the caller, before the transaction. Raises DeskNameTaken,
    UnknownCommune, EmailInvalid, PhoneInvalid.
    """
    with transaction() as session:
        _check_name_free(details.name, except_id=None)
        desk = Desk(slug=_free_slug(details.name))
        _fill(desk, details)
        _put(desk, position_columns(place, insee_code=details.insee_code))
        try:
            with savepoint():
                session.add(desk)
                session.flush()
        except IntegrityError:
            raise DeskNameTaken from None
        session.add(DeskCommune(desk_id=desk.id, insee_code=details.insee_code))
        written: dict[str, tuple[object, object]] = {field: (None, getattr(desk, field)) for field in _FIELDS}
        changes.tell(
            actor_id=actor_id, action="desk.create", subject_kind="desk", subject_id=desk.id, now=now, changes=written
        )
        return desk.id


def update_desk(
    *,
    desk_id: int,
    details: DeskDetails,
    version: int | None,
    place: Place | None,
    actor_id: int | None,
    now: datetime,
    accept_broken: bool = False,
) -> None:
    """Change a desk. Raises DeskNameTaken, UnknownCommune, StaleVersion, NotFound.

    Taking the key box away may raise AppointmentsBroken, as a change of hours does (``accept_broken``).
    """
    with transaction():
        desk = lock(Desk, desk_id)
        check_version(desk, version)
        _check_name_free(details.name, except_id=desk_id)
        before = {field: getattr(desk, field) for field in _FIELDS}
        with keeping(desk_id, accept_broken=accept_broken, now=now):
            _fill(desk, details)
        position = position_columns(place, insee_code=details.insee_code)
        same_place = (before["street"], before["insee_code"]) == (desk.street, desk.insee_code)
        if not (same_place and is_better(desk.position_precision, position["position_precision"])):
            _put(desk, position)
        changed = {field: (old, getattr(desk, field)) for field, old in before.items() if old != getattr(desk, field)}
        _tell(desk_id, "desk.update", actor_id, now, changed)


def set_key_box(*, desk_id: int, code: str, note: str, actor_id: int | None, now: datetime) -> None:
    """Note where the key box of a desk hangs and its code (empty: none), which no log ever holds.

    Raises KeyBoxCodeUnreadable, NotFound.
    """
    code = rules.check_key_box_code(code)
    with transaction():
        desk = lock(Desk, desk_id)
        changed: dict[str, tuple[object, object]] = {}
        if code != queries.key_box_code(desk):
            desk.key_box_code_encrypted = encrypt(code) if code else None
            desk.key_box_code_set_at = now if code else None
            changed["key_box_code"] = (None, "changé" if code else "effacé")
        if note != desk.key_box_note:
            changed["key_box_note"] = (desk.key_box_note, note)
            desk.key_box_note = note
        _tell(desk_id, "desk.key_box", actor_id, now, changed)


def _fill(desk: Desk, details: DeskDetails) -> None:
    commune = communes.find(details.insee_code)
    if commune is None:
        raise UnknownCommune(commune=details.insee_code)
    desk.name, desk.kind, desk.street = details.name, details.kind, details.street
    desk.insee_code, desk.city = commune.insee_code, commune.name
    if desk.postcode not in commune.postcodes:
        desk.postcode = commune.postcodes[0] if commune.postcodes else ""
    desk.phone = normalise(Channel.SMS, details.phone) if details.phone else ""
    desk.email = normalise(Channel.EMAIL, details.email) if details.email else ""
    desk.place_note, desk.key_box = details.place_note, details.key_box


def _put(desk: Desk, position: Mapping[str, object]) -> None:
    for name, value in position.items():
        setattr(desk, name, value)


def _tell(
    desk_id: int, action: str, actor_id: int | None, now: datetime, changed: dict[str, tuple[object, object]]
) -> None:
    if changed:
        changes.tell(
            actor_id=actor_id, action=action, subject_kind="desk", subject_id=desk_id, now=now, changes=changed
        )


def _check_name_free(name: str, *, except_id: int | None) -> None:
    same = select(Desk.id).where(func.lower(Desk.name) == name.lower(), Desk.archived_at.is_(None))
    if any(desk_id != except_id for desk_id in db.session.scalars(same)):
        raise DeskNameTaken


def _free_slug(name: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", name_key(name)).strip("-")[:50] or "antenne"
    taken = set(db.session.scalars(select(Desk.slug).where(Desk.slug.startswith(stem, autoescape=True))))
    if stem not in taken:
        return stem
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{stem}-{number}") not in taken)


def archive_desk(*, desk_id: int, actor_id: int | None, now: datetime, accept_broken: bool = False) -> None:
    """Close a desk for good: it stays in the files, but nobody is sent there any more.

    Raises AppointmentsBroken, NotFound.
    """
    with transaction():
        desk = lock(Desk, desk_id)
        if desk.archived_at is None:
            with keeping(desk_id, accept_broken=accept_broken, now=now):
                desk.archived_at = now
            _tell(desk_id, "desk.archive", actor_id, now, {"archived_at": (None, now)})


def reopen_desk(*, desk_id: int, actor_id: int | None, now: datetime) -> None:
    """Undo ``archive_desk``. Raises NotFound, DeskNameTaken."""
    with transaction():
        desk = lock(Desk, desk_id)
        if desk.archived_at is not None:
            _check_name_free(desk.name, except_id=desk_id)
            before, desk.archived_at = desk.archived_at, None
            _tell(desk_id, "desk.reopen", actor_id, now, {"archived_at": (before, None)})


def set_openings(
    *,
    desk_id: int,
    openings: Sequence[tuple[int, time, time, int]],
    actor_id: int | None,
    now: datetime,
    accept_broken: bool = False,
) -> None:
    """Replace the weekly hours: (weekday, opens, closes, weeks of the month).

    ``accept_broken``: the appointments that fall outside are known, and will be moved.
    Raises AppointmentsBroken, OverlappingHours, HoursBackwards.
    """
    for weekday in range(7):
        for week in range(5):
            ranges = [(o, c) for day, o, c, weeks in openings if day == weekday and weeks & 1 << week]
            rules.check_ranges(WEEKDAYS[weekday], ranges)
    with transaction() as session:
        lock(Desk, desk_id)
        before = _hours_text([queries.weekly_opening(row) for row in queries.list_openings(desk_id)])
        rows = [DeskOpening(desk_id=desk_id, weekday=d, opens=o, closes=c, month_weeks=w) for d, o, c, w in openings]
        with keeping(desk_id, accept_broken=accept_broken, now=now):
            session.execute(delete(DeskOpening).where(DeskOpening.desk_id == desk_id))
            session.add_all(rows)
        after = _hours_text([queries.weekly_opening(row) for row in rows])
        if before != after:
            _tell(desk_id, "desk.hours", actor_id, now, {"hours": (before, after)})


def _hours_text(weekly: Sequence[WeeklyOpening]) -> str:
    return " ; ".join(f"{line.label} {line.hours}" for line in rules.week_in_words(weekly, closed_days=False))


def close_days(
    *,
    desk_id: int,
    first_on: date,
    last_on: date | None,
    reason: str,
    actor_id: int | None,
    now: datetime,
    accept_broken: bool = False,
) -> int:
    """Close a desk from one day to another, both included; return how many days were not closed already.

    Raises AppointmentsBroken, ClosureBackwards, ClosureTooLong, NotFound.
    """
    last_on = last_on or first_on
    if last_on < first_on:
        raise ClosureBackwards
    if (last_on - first_on).days >= rules.MAX_CLOSURE_DAYS:
        raise ClosureTooLong(days=rules.MAX_CLOSURE_DAYS)
    days = [first_on + timedelta(days=n) for n in range((last_on - first_on).days + 1)]
    with transaction() as session:
        lock(Desk, desk_id)
        of_desk = (DeskException.desk_id == desk_id, DeskException.closed, DeskException.day_on.in_(days))
        closed = set(session.scalars(select(DeskException.day_on).where(*of_desk)))
        new = [day for day in days if day not in closed]
        with keeping(desk_id, accept_broken=accept_broken, now=now):
            session.add_all(DeskException(desk_id=desk_id, day_on=day, closed=True, reason=reason) for day in new)
        if new:
            _tell(desk_id, "desk.close_days", actor_id, now, {"closed": (None, f"{first_on} – {last_on}")})
        return len(new)


def open_specially(
    *,
    desk_id: int,
    day_on: date,
    ranges: Sequence[tuple[time, time]],
    reason: str,
    actor_id: int | None,
    now: datetime,
    accept_broken: bool = False,
) -> None:
    """Give one date hours of its own.

    Raises AppointmentsBroken, DayAlreadyExcepted, OverlappingHours, HoursBackwards, NotFound.
    """
    hours = rules.check_ranges("ce jour-là", ranges)
    with transaction() as session:
        lock(Desk, desk_id)
        there = select(DeskException.id).where(DeskException.desk_id == desk_id, DeskException.day_on == day_on)
        if session.scalar(there.limit(1)) is not None:
            raise DayAlreadyExcepted
        with keeping(desk_id, accept_broken=accept_broken, now=now):
            session.add_all(
                DeskException(
                    desk_id=desk_id, day_on=day_on, closed=False, opens=h.opens, closes=h.closes, reason=reason
                )
                for h in hours
            )
        _tell(desk_id, "desk.open_specially", actor_id, now, {str(day_on): (None, rules.ranges_in_words(hours))})


def remove_exceptions(
    *,
    desk_id: int,
    exception_ids: Collection[int],
    actor_id: int | None,
    now: datetime,
    accept_broken: bool = False,
) -> int:
    """Remove exceptions of a desk; those of other desks are left alone. Returns how many went.

    Raises AppointmentsBroken where special hours go that somebody counts on.
    """
    with transaction() as session:
        lock(Desk, desk_id)
        ids = [number for number in exception_ids if 0 <= number < 2**31]
        query = select(DeskException).where(DeskException.desk_id == desk_id, DeskException.id.in_(ids))
        rows = list(session.scalars(query))
        with keeping(desk_id, accept_broken=accept_broken, now=now):
            for row in rows:
                session.delete(row)
        if rows:
            days = ", ".join(sorted({str(row.day_on) for row in rows}))
            _tell(desk_id, "desk.remove_exceptions", actor_id, now, {"exceptions": (days, None)})
        return len(rows)


def serve_communes(*, desk_id: int, insee_codes: Iterable[str], actor_id: int | None, now: datetime) -> int:
    """Add communes to those that a desk serves; return how many are new. Raises UnknownCommune, NotFound."""
    codes = set(insee_codes)
    for code in sorted(codes):
        if communes.find(code) is None:
            raise UnknownCommune(commune=code[:20])
    with transaction() as session:
        lock(Desk, desk_id)
        new = sorted(codes - queries.served_codes(desk_id))
        session.add_all(DeskCommune(desk_id=desk_id, insee_code=code) for code in new)
        if new:
            _tell(desk_id, "desk.serve_communes", actor_id, now, {"communes": (None, ", ".join(new))})
        return len(new)


def stop_serving(*, desk_id: int, insee_codes: Iterable[str], actor_id: int | None, now: datetime) -> int:
    """Remove communes from those that a desk serves; return how many went. Raises NotFound."""
    with transaction() as session:
        lock(Desk, desk_id)
        gone = sorted(set(insee_codes) & queries.served_codes(desk_id))
        session.execute(delete(DeskCommune).where(DeskCommune.desk_id == desk_id, DeskCommune.insee_code.in_(gone)))
        if gone:
            _tell(desk_id, "desk.stop_serving", actor_id, now, {"communes": (", ".join(gone), None)})
        return len(gone)


def communes_within(*, desk_id: int, km: float) -> list[str]:
    """Return the codes of the communes within ``km`` of the desk, as the crow flies. Raises NotFound."""
    here = queries.position_of(load(Desk, desk_id))
    if here is None:
        raise NotFound("position of the desk")
    return communes.within(here, km)
