"""Appointments booked, joined, moved, cancelled; what people are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mobility.agenda import errors, offers, queries, services
from mobility.agenda.models import AgendaOpening, Appointment, MeetingType
from mobility.agenda.rules import AppointmentState, AttendanceState, MeetingKind, Origin
from mobility.agenda.slots import Slot
from mobility.core.clock import in_paris
from mobility.core.db import db
from mobility.core.errors import ForbiddenTransition, NotFound, StaleVersion
from mobility.journal.models import JournalEntry
from mobility.notifications.kinds import MessageClass, MessageState
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import make_user
from tests.factories.agenda import (
    NOW,
    THURSDAY,
    a_person_at,
    a_type,
    an_opening,
    get_visit,
    hours_later,
    make_agenda,
    paris,
)
from tests.factories.desks import make_desk

pytestmark = pytest.mark.usefixtures("app")


def messages(person_id: int, *, waiting: bool = False) -> Sequence[OutboxMessage]:
    """Return what a person was or will be told, in order."""
    query = select(OutboxMessage).where(OutboxMessage.person_id == person_id).order_by(OutboxMessage.due_at)
    if waiting:
        query = query.where(OutboxMessage.state.in_([MessageState.QUEUED, MessageState.MERGED]))
    return db.session.scalars(query).all()


def test_a_booking_is_told_reminded_and_written_down() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    visit, appointment = get_visit(attendance_id)
    assert (visit.state, appointment.state) == (AttendanceState.EXPECTED, AppointmentState.PLANNED)
    assert (visit.starts_at, visit.ends_at) == (appointment.starts_at, THURSDAY + timedelta(hours=1))
    told = messages(scene.person.id)
    assert [(row.template, row.due_at) for row in told] == [
        ("appointment_booked", NOW),
        ("appointment_reminder", THURSDAY - timedelta(hours=3)),
    ]
    assert told[0].params["when"] == "jeudi 26 novembre à 10\u00a0h"
    assert told[0].params["link"].count("/rdv/") == 1
    assert all(row.expires_at == THURSDAY for row in told)
    kinds = db.session.scalars(select(JournalEntry.kind).where(JournalEntry.person_id == scene.person.id)).all()
    assert kinds == ["agenda.booked"]


def test_a_reminder_due_at_night_goes_out_the_evening_before() -> None:
    scene = make_agenda()
    scene.book(starts_at=paris("2026-11-30", "09:00"))
    first, second = messages(scene.person.id)[1:]
    assert (first.due_at, first.message_class) == (paris("2026-11-28", "09:00"), MessageClass.URGENT)
    assert (second.due_at, second.message_class) == (paris("2026-11-30", "06:00"), MessageClass.NORMAL)
    assert paris("2026-11-29", "18:00") < second.leave_at < paris("2026-11-29", "20:00")


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"starts_at": NOW}, errors.BadTime),
        ({"starts_at": NOW + timedelta(days=366)}, errors.BadTime),
        ({"type_id": 2**31}, errors.TypeUnknown),
        ({"adviser_id": 2**31}, errors.AdviserUnknown),
        ({"desk_id": 999}, errors.AdviserUnknown),
        ({"person_id": 999}, NotFound),
        # Nobody from outside takes an hour that is not offered: at night, on a Sunday, too soon, off the rhythm.
        ({"origin": Origin.PERSON, "starts_at": paris("2026-11-26", "22:00")}, errors.SlotNotOffered),
        ({"origin": Origin.PERSON, "starts_at": paris("2026-11-29", "10:00")}, errors.SlotNotOffered),
        ({"origin": Origin.PERSON, "starts_at": NOW + timedelta(hours=1)}, errors.SlotNotOffered),
        ({"origin": Origin.PERSON, "starts_at": paris("2026-11-26", "10:10")}, errors.SlotNotOffered),
        ({"origin": Origin.PERSON, "starts_at": paris("2027-06-10", "10:00")}, errors.SlotNotOffered),
        ({"origin": Origin.PRESCRIBER, "type_id": "follow_up"}, errors.SlotNotOffered),
    ],
)
def test_what_cannot_be_booked(values: dict[str, Any], refusal: type[Exception]) -> None:
    scene = make_agenda()
    if values.get("type_id") == "follow_up":
        values = {**values, "type_id": scene.follow_up.id}
    with pytest.raises(refusal):
        scene.book(**values)
    assert db.session.scalars(select(Appointment)).all() == []
    assert messages(scene.person.id) == []


def test_the_desk_may_take_an_hour_that_nobody_offers() -> None:
    scene = make_agenda()
    assert scene.book(starts_at=paris("2026-11-28", "19:30"))


def test_an_hour_is_given_once() -> None:
    scene = make_agenda()
    scene.book()
    with pytest.raises(errors.SlotTaken):
        scene.book(person_id=scene.another().id)
    with pytest.raises(errors.SlotNotOffered):
        scene.book(person_id=scene.another().id, origin=Origin.PERSON)


def test_a_person_cannot_be_at_two_desks_at_once() -> None:
    scene, other = make_agenda(), make_agenda()
    scene.book()
    with pytest.raises(errors.PersonBusy):
        other.book(person_id=scene.person.id)
    assert len(db.session.scalars(select(Appointment)).all()) == 1, "the refused one leaves nothing behind"


def test_types_of_another_desk_or_archived_are_not_offered() -> None:
    scene = make_agenda()
    other = a_type(MeetingKind.COACHING, desk_id=make_desk().id)
    archived = a_type(MeetingKind.PHONE, archived_at=NOW)
    for meeting in (other, archived):
        with pytest.raises(errors.TypeUnknown):
            scene.book(type_id=meeting.id)
    labels = [one.label for one in queries.list_types(desk_id=scene.desk.id)]
    assert labels == ["Premier rendez-vous", "Suivi"]


def test_moving_tells_the_new_hour_and_reminds_of_it_alone() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    later = paris("2026-12-03", "11:00")
    services.move(
        attendance_id=attendance_id, adviser_id=scene.adviser.id, starts_at=later, origin=Origin.PERSON,
        actor_id=None, now=hours_later(1),
    )  # fmt: skip
    visit, appointment = get_visit(attendance_id)
    assert (visit.starts_at, visit.ends_at) == (later, later + timedelta(hours=1))
    assert (appointment.starts_at, appointment.blocked_until_at) == (later, later + timedelta(hours=1))
    waiting = messages(scene.person.id, waiting=True)
    assert {row.params["when"] for row in waiting if row.template != "appointment_booked"} == {
        "jeudi 3 décembre à 11\u00a0h"
    }
    assert [row.template for row in waiting].count("appointment_reminder") == 2


def test_an_hour_chosen_again_is_reminded_again() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    for number, at in enumerate((paris("2026-12-03", "11:00"), THURSDAY), start=1):
        services.move(
            attendance_id=attendance_id, adviser_id=scene.adviser.id, starts_at=at, origin=Origin.STAFF,
            actor_id=scene.adviser.id, now=hours_later(number),
        )  # fmt: skip
    reminders = [row for row in messages(scene.person.id, waiting=True) if row.template == "appointment_reminder"]
    assert [row.due_at for row in reminders] == [THURSDAY - timedelta(hours=3)]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"starts_at": paris("2026-11-26", "11:00")}, errors.SlotTaken),
        ({"starts_at": paris("2026-11-26", "10:30")}, errors.SlotTaken),
        ({"starts_at": NOW - timedelta(hours=1)}, errors.BadTime),
        ({"version": 99}, StaleVersion),
        ({"adviser_id": 999_999}, errors.AdviserUnknown),
        ({"origin": Origin.PERSON, "starts_at": paris("2026-11-29", "10:00")}, errors.SlotNotOffered),
        ({"origin": Origin.PERSON, "now": THURSDAY}, errors.TooLateOnline),
    ],
)
def test_what_cannot_be_moved(values: dict[str, Any], refusal: type[Exception]) -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    scene.book(person_id=scene.another().id, starts_at=paris("2026-11-26", "11:00"))
    wanted: dict[str, Any] = {
        "attendance_id": attendance_id, "adviser_id": scene.adviser.id, "starts_at": paris("2026-12-03", "11:00"),
        "origin": Origin.STAFF, "actor_id": None, "now": NOW,
    }  # fmt: skip
    with pytest.raises(refusal):
        services.move(**{**wanted, **values})
    visit, _appointment = get_visit(attendance_id)
    assert visit.starts_at == THURSDAY


def test_cancelling_frees_the_hour_and_silences_the_reminders() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    services.cancel(attendance_id=attendance_id, by_person=True, actor_id=None, now=hours_later(1))
    visit, appointment = get_visit(attendance_id)
    assert (visit.state, appointment.state) == (AttendanceState.CANCELLED, AppointmentState.CANCELLED)
    waiting = messages(scene.person.id, waiting=True)
    assert {row.template for row in waiting} == {"appointment_booked", "appointment_cancelled"}
    with pytest.raises(ForbiddenTransition):
        services.cancel(attendance_id=attendance_id, by_person=True, actor_id=None, now=hours_later(1))


def test_the_desk_says_why_it_cancels() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    for reason in (None, "  "):
        with pytest.raises(errors.ReasonNeeded):
            services.cancel(attendance_id=attendance_id, by_person=False, actor_id=None, now=NOW, reason=reason)
    services.cancel(attendance_id=attendance_id, by_person=False, actor_id=None, now=NOW, reason="Formation")
    assert get_visit(attendance_id)[0].state is AttendanceState.CANCELLED


def test_nothing_is_cancelled_online_once_it_has_begun() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    with pytest.raises(errors.TooLateOnline):
        services.cancel(attendance_id=attendance_id, by_person=True, actor_id=None, now=THURSDAY)


def test_a_workshop_fills_up_and_a_seat_given_back_is_free() -> None:
    scene = make_agenda()
    workshop = a_type(MeetingKind.WORKSHOP, seats=1)
    appointment_id = services.create_workshop(
        type_id=workshop.id, desk_id=scene.desk.id, adviser_id=scene.adviser.id, starts_at=THURSDAY, actor_id=None,
        now=NOW,
    )  # fmt: skip

    def join(person_id: int) -> int:
        return services.join(
            appointment_id=appointment_id, person_id=person_id, origin=Origin.STAFF, actor_id=None, now=NOW
        )

    mine = join(scene.person.id)
    with pytest.raises(errors.AlreadyInvited):
        join(scene.person.id)
    with pytest.raises(errors.SeatsFull):
        join(scene.another().id)
    services.cancel(attendance_id=mine, by_person=True, actor_id=None, now=NOW)
    assert get_visit(mine)[1].state is AppointmentState.PLANNED, "the workshop itself goes on"
    assert join(scene.person.id) == mine
    assert get_visit(mine)[0].state is AttendanceState.EXPECTED
    with pytest.raises(errors.SlotNotOffered):
        services.move(
            attendance_id=mine, adviser_id=scene.adviser.id, starts_at=paris("2026-12-03", "10:00"),
            origin=Origin.STAFF, actor_id=None, now=NOW,
        )  # fmt: skip


def test_a_workshop_that_has_begun_takes_nobody_more() -> None:
    scene = make_agenda()
    workshop = a_type(MeetingKind.WORKSHOP)
    appointment_id = services.create_workshop(
        type_id=workshop.id, desk_id=scene.desk.id, adviser_id=scene.adviser.id, starts_at=THURSDAY, actor_id=None,
        now=NOW,
    )  # fmt: skip
    with pytest.raises(errors.SlotNotOffered):
        services.join(
            appointment_id=appointment_id, person_id=scene.person.id, origin=Origin.STAFF, actor_id=None, now=THURSDAY
        )


def test_hours_are_offered_from_the_notice_on_and_never_twice() -> None:
    scene = make_agenda()
    colleague = make_user(desk_id=scene.desk.id)
    an_opening(colleague, scene.desk)
    found = offers.online(scene.first, desk_id=scene.desk.id, now=NOW, favour=colleague.id)
    assert f"{in_paris(found.slots[0].starts_at):%d %H:%M}" == "25 10:00"
    assert len({slot.starts_at for slot in found.slots}) == len(found.slots)
    assert {slot.adviser_id for slot in found.slots} == {colleague.id}
    assert found.later_on is not None
    later = offers.online(scene.first, desk_id=scene.desk.id, now=NOW, from_on=found.later_on)
    assert later.slots[0].starts_at > found.slots[-1].starts_at


def test_days_beyond_the_window_offer_nothing_more() -> None:
    scene = make_agenda()
    every: list[Any] = []
    from_on: date | None = None
    while True:
        found = offers.online(scene.first, desk_id=scene.desk.id, now=NOW, from_on=from_on)
        every += found.slots
        if found.later_on is None:
            break
        from_on = found.later_on
    assert every == sorted(set(every))
    assert NOW + timedelta(hours=24) <= every[0].starts_at
    assert every[-1].starts_at <= NOW + timedelta(days=42)


def _hours(*days: tuple[int, int]) -> list[Slot]:
    """So many hours on each of these days of November."""
    return [
        Slot(starts_at, starts_at + timedelta(minutes=15), 1, 1)
        for day, many in days
        for number in range(many)
        for starts_at in [paris(f"2026-11-{day}", "08:00") + timedelta(minutes=15 * number)]
    ]


@pytest.mark.parametrize(
    ("days", "shown", "later"),
    [
        # Whoever lost the last hour of a day but one still has a choice: the next day's hours stand beside it.
        ([(23, 1), (24, 20)], 21, None),
        ([(23, 3), (24, 9), (25, 5)], 12, 25),
        ([(23, 4), (24, 9)], 4, 24),
        # A long day stays whole: its afternoon stands on no other page.
        ([(23, 30), (24, 2)], 30, 24),
        ([(23, 12)], 12, None),
        ([], 0, None),
    ],
)
def test_days_stay_whole_and_leave_something_to_choose(
    days: list[tuple[int, int]], shown: int, later: int | None
) -> None:
    hours = _hours(*days)
    found = offers.offer(hours)
    assert found.slots == tuple(hours[:shown])
    assert found.later_on == (None if later is None else date(2026, 11, later))


def test_absences_and_closed_days_offer_nothing() -> None:
    scene = make_agenda()
    services.add_absence(
        adviser_id=scene.adviser.id, starts_at=paris("2026-11-25", "00:00"), ends_at=paris("2026-11-28", "00:00"),
        actor_id=None, now=NOW,
    )  # fmt: skip
    first = offers.online(scene.first, desk_id=scene.desk.id, now=NOW).slots[0]
    assert f"{in_paris(first.starts_at):%Y-%m-%d}" == "2026-11-30"
    absence = queries.list_absences(scene.adviser.id, from_at=NOW)[0]
    services.remove_absence(absence_id=absence.id, actor_id=None, now=NOW)
    services.remove_absence(absence_id=absence.id, actor_id=None, now=NOW)
    again = offers.online(scene.first, desk_id=scene.desk.id, now=NOW).slots[0]
    assert f"{in_paris(again.starts_at):%Y-%m-%d}" == "2026-11-25"


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"opens": "12:00", "closes": "09:00"}, errors.OpeningInvalid),
        ({"opens": "09:00", "closes": "09:00"}, errors.OpeningInvalid),
        ({"ends_on": date(2025, 1, 1)}, errors.PeriodBackwards),
        ({"opens": "11:00", "closes": "13:00"}, errors.OpeningOverlaps),
        ({"desk_id": 999}, errors.AdviserUnknown),
        ({"type_ids": [999]}, errors.TypeUnknown),
    ],
)
def test_hours_that_cannot_be_added(values: dict[str, Any], refusal: type[Exception]) -> None:
    scene = make_agenda()
    known: dict[str, Any] = {
        "adviser_id": scene.adviser.id, "desk_id": scene.desk.id, "weekday": 0, "opens": "14:00", "closes": "17:00",
        "starts_on": date(2026, 11, 24), "ends_on": None, "every_weeks": 1, "type_ids": [], "actor_id": None,
        "now": NOW,
    }  # fmt: skip
    wanted = {**known, **values}
    for name in ("opens", "closes"):
        wanted[name] = paris("2026-11-23", wanted[name]).astimezone(in_paris(NOW).tzinfo).time()
    with pytest.raises(refusal):
        services.add_opening(**wanted)


def test_hours_that_stop_keep_what_is_booked() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    for row in db.session.scalars(select(AgendaOpening)).all():
        services.stop_opening(opening_id=row.id, actor_id=None, now=NOW)
    assert offers.online(scene.first, desk_id=scene.desk.id, now=NOW).slots == ()
    assert get_visit(attendance_id)[0].state is AttendanceState.EXPECTED
    with pytest.raises(NotFound):
        services.stop_opening(opening_id=10**6, actor_id=None, now=NOW)


def test_the_usual_types_are_made_once() -> None:
    assert services.add_standard_types(actor_id=None, now=NOW) == 7
    assert services.add_standard_types(actor_id=None, now=NOW) == 0
    rows = db.session.scalars(select(MeetingType)).all()
    assert {row.kind for row in rows} == set(MeetingKind)
    with pytest.raises(errors.TypeNameTaken):
        services.save_type(
            values=services.TypeValues(
                MeetingKind.FIRST, "Suivi", 30, 0, 0, rows[0].place, 1, by_person=True, by_prescriber=False
            ),
            desk_id=None, actor_id=None, now=NOW,
        )  # fmt: skip


def test_a_merged_or_erased_file_gets_no_appointment() -> None:
    scene = make_agenda()
    merged = a_person_at(scene.desk, merged_into_id=scene.person.id, merged_at=NOW)
    with pytest.raises(NotFound):
        scene.book(person_id=merged.id)
