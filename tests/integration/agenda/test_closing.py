"""Who came, what comes next, who is invited again, who should have been seen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, true

from mobility.agenda import errors, queries, services
from mobility.agenda.models import Attendance
from mobility.agenda.rules import AppointmentState, AttendanceState, Following, MeetingKind, Origin
from mobility.agenda.services import Next
from mobility.core.db import db
from mobility.core.errors import ForbiddenTransition, StaleVersion
from mobility.notifications.models import OutboxMessage
from mobility.people import services as people
from mobility.people.lifecycle import parts
from tests.factories.agenda import NOW, THURSDAY, Agenda, a_type, get_visit, make_agenda, paris

pytestmark = pytest.mark.usefixtures("app")
AFTER = THURSDAY + timedelta(hours=1)
LATER = paris("2026-12-10", "09:00")


def close(attendance_id: int, state: AttendanceState = AttendanceState.PRESENT, **values: Any) -> None:
    """Close a meeting with nothing that follows unless told otherwise."""
    known: dict[str, Any] = {
        "following": Next(Following.NONE, reason="Elle a acheté une voiture."), "actor_id": None, "now": AFTER,
    }  # fmt: skip
    services.close(attendance_id=attendance_id, state=state, **{**known, **values})


def a_meeting(scene: Agenda) -> Next:
    return Next(Following.MEETING, scene.follow_up.id, scene.desk.id, scene.adviser.id, LATER)


def test_the_next_appointment_is_booked_in_the_same_act() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    close(attendance_id, following=a_meeting(scene))
    visit, appointment = get_visit(attendance_id)
    assert (visit.state, appointment.state) == (AttendanceState.PRESENT, AppointmentState.HELD)
    assert visit.following is Following.MEETING
    following, _appointment = get_visit(visit.next_attendance_id or 0)
    assert (following.person_id, following.starts_at, following.state) == (
        scene.person.id, LATER, AttendanceState.EXPECTED,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("following", "refusal"),
    [
        (Next(), errors.NextNeeded),
        (Next(Following.MEETING), errors.NextNeeded),
        (Next(Following.DATE), errors.NextNeeded),
        (Next(Following.DATE, on=date(2026, 11, 26)), errors.NextNeeded),
        (Next(Following.NONE), errors.ReasonNeeded),
        (Next(Following.NONE, reason="  "), errors.ReasonNeeded),
    ],
)
def test_nobody_leaves_without_what_follows(following: Next, refusal: type[Exception]) -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    with pytest.raises(refusal):
        close(attendance_id, following=following)
    assert get_visit(attendance_id)[0].state is AttendanceState.EXPECTED


def test_a_next_appointment_that_is_taken_leaves_everything_as_it_was() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    scene.book(person_id=scene.another().id, starts_at=LATER)
    with pytest.raises(errors.SlotTaken):
        close(attendance_id, following=a_meeting(scene))
    visit, appointment = get_visit(attendance_id)
    assert (visit.state, appointment.state) == (AttendanceState.EXPECTED, AppointmentState.PLANNED)


@pytest.mark.parametrize("state", [AttendanceState.EXCUSED, AttendanceState.ABSENT, AttendanceState.DESK_FAULT])
def test_whoever_did_not_come_may_be_given_nothing_yet(state: AttendanceState) -> None:
    attendance_id = make_agenda().book()
    close(attendance_id, state, following=Next())
    visit, appointment = get_visit(attendance_id)
    assert (visit.state, visit.following, appointment.state) == (state, None, AppointmentState.HELD)


def test_a_slip_of_the_pen_is_corrected() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    close(attendance_id, AttendanceState.ABSENT, following=Next())
    close(attendance_id, following=Next(Following.DATE, on=date(2026, 12, 15), reason="après l’examen du code"))
    visit, _appointment = get_visit(attendance_id)
    assert (visit.state, visit.next_on) == (AttendanceState.PRESENT, date(2026, 12, 15))
    # What follows is kept where the correction says nothing of it.
    close(attendance_id, following=Next())
    assert get_visit(attendance_id)[0].next_on == date(2026, 12, 15)


@pytest.mark.parametrize("state", [AttendanceState.PRESENT, AttendanceState.ABSENT])
def test_nobody_came_or_stayed_away_before_the_hour(state: AttendanceState) -> None:
    attendance_id = make_agenda().book()
    with pytest.raises(errors.TooEarly):
        close(attendance_id, state, now=NOW)


def test_an_excuse_may_be_noted_before() -> None:
    attendance_id = make_agenda().book()
    close(attendance_id, AttendanceState.EXCUSED, following=Next(), now=NOW)
    assert get_visit(attendance_id)[0].state is AttendanceState.EXCUSED


def test_what_is_cancelled_or_changed_meanwhile_is_not_closed() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    with pytest.raises(StaleVersion):
        close(attendance_id, version=99)
    services.cancel(attendance_id=attendance_id, by_person=True, actor_id=None, now=NOW)
    with pytest.raises(ForbiddenTransition):
        close(attendance_id)


def test_a_workshop_is_over_when_everybody_is_accounted_for() -> None:
    scene = make_agenda()
    workshop = a_type(MeetingKind.WORKSHOP)
    appointment_id = services.create_workshop(
        type_id=workshop.id, desk_id=scene.desk.id, adviser_id=scene.adviser.id, starts_at=THURSDAY, actor_id=None,
        now=NOW,
    )  # fmt: skip
    one, two = (
        services.join(appointment_id=appointment_id, person_id=person.id, origin=Origin.STAFF, actor_id=None, now=NOW)
        for person in (scene.person, scene.another())
    )
    close(one)
    assert get_visit(one)[1].state is AppointmentState.PLANNED
    close(two, AttendanceState.ABSENT, following=Next())
    assert get_visit(two)[1].state is AppointmentState.HELD


def invitations(person_id: int) -> list[str]:
    query = select(OutboxMessage.template).where(
        OutboxMessage.person_id == person_id, OutboxMessage.template == "appointment_invitation"
    )
    return list(db.session.scalars(query))


def test_whoever_was_absent_is_invited_again_once_after_some_days() -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    close(attendance_id, AttendanceState.ABSENT, following=Next())
    assert services.invite_again(now=AFTER + timedelta(days=2))["invited"] == 0
    assert services.invite_again(now=AFTER + timedelta(days=3))["invited"] == 1
    assert services.invite_again(now=AFTER + timedelta(days=4))["invited"] == 0
    assert invitations(scene.person.id) == ["appointment_invitation"]


@pytest.mark.parametrize("what", ["has another", "was excused", "came", "is old", "archived"])
def test_who_is_not_invited_again(what: str) -> None:
    scene = make_agenda()
    attendance_id = scene.book()
    state = {"was excused": AttendanceState.EXCUSED, "came": AttendanceState.PRESENT}.get(what, AttendanceState.ABSENT)
    close(attendance_id, state, following=Next() if state is not AttendanceState.PRESENT else a_meeting(scene))
    if what == "has another":
        scene.book(starts_at=LATER, now=AFTER + timedelta(days=1))
    if what == "archived":
        people.restrict_person(person_id=scene.person.id, actor_id=None, now=AFTER)
    when = timedelta(days=40 if what == "is old" else 3)
    assert services.invite_again(now=AFTER + when)["invited"] == 0
    assert invitations(scene.person.id) == []


def test_a_meeting_that_is_not_booked_online_is_replaced_by_one_that_is() -> None:
    scene = make_agenda()
    diagnosis = a_type(MeetingKind.DIAGNOSIS)
    attendance_id = scene.book(type_id=diagnosis.id)
    close(attendance_id, AttendanceState.ABSENT, following=Next())
    services.invite_again(now=AFTER + timedelta(days=3))
    told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "appointment_invitation")).one()
    assert told.params["kind"] == "Suivi"


def test_an_invitation_goes_out_once_a_day() -> None:
    scene = make_agenda()
    wanted = {"person_id": scene.person.id, "type_id": scene.first.id, "desk_id": scene.desk.id, "actor_id": None}
    assert services.invite_person(**wanted, now=NOW) is True
    assert services.invite_person(**wanted, now=NOW + timedelta(hours=1)) is False
    assert services.invite_person(**wanted, now=NOW + timedelta(days=1)) is True


def lapsed(days: int) -> list[int]:
    return [one.person_id for one in queries.list_lapsed(visible=true(), now=AFTER + timedelta(days=days))]


def test_who_should_have_been_seen_again() -> None:
    scene = make_agenda()
    # No meeting ahead and no date: the cadence counts. A reason for no sequel is the end of it.
    follow_up, coached, dated, ended, booked = scene.person, *(scene.another() for _ in range(4))
    coaching = a_type(MeetingKind.COACHING)
    for number, (person, meeting, following) in enumerate(
        [
            (follow_up, scene.follow_up, a_meeting(scene)),
            (coached, coaching, a_meeting(scene)),
            (dated, scene.follow_up, Next(Following.DATE, on=date(2026, 12, 4))),
            (ended, scene.follow_up, Next(Following.NONE, reason="Déménagement")),
            (booked, scene.follow_up, a_meeting(scene)),
        ]
    ):
        at = THURSDAY - timedelta(hours=number + 1)
        attendance_id = scene.book(person_id=person.id, type_id=meeting.id, starts_at=at)
        close(attendance_id, following=following)
        if following.following is Following.MEETING and person is not booked:
            next_id = get_visit(attendance_id)[0].next_attendance_id or 0
            services.cancel(attendance_id=next_id, by_person=True, actor_id=None, now=AFTER)
    assert lapsed(6) == []
    assert lapsed(7) == [coached.id]
    assert lapsed(8) == [coached.id, dated.id]
    # The appointment of the tenth of December lies behind by then, and was never closed.
    assert lapsed(30) == [coached.id, dated.id, follow_up.id, booked.id]


def test_a_merge_keeps_every_appointment() -> None:
    scene = make_agenda()
    other = scene.another()
    mine, theirs = scene.book(), scene.book(person_id=other.id, starts_at=THURSDAY + timedelta(hours=1))
    clash = make_agenda().book(person_id=other.id)
    people.merge_persons(kept_id=scene.person.id, merged_id=other.id, actor_id=None, now=NOW)
    owners = dict(db.session.execute(select(Attendance.id, Attendance.person_id)).all())
    assert owners == {mine: scene.person.id, theirs: scene.person.id, clash: other.id}
    waiting = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.dedup_key.like(f"appointment:{clash}:reminder%"))
    ).all()
    assert {row.state.value for row in waiting} == {"cancelled"}


def test_export_and_erasure() -> None:
    scene = make_agenda()
    attendance_id = scene.book(note="Elle vient avec sa sœur.")
    close(attendance_id, following=Next(Following.NONE, reason="Part vivre à Lille."))
    part = next(one for one in parts() if one.room == "agenda")
    assert part.export is not None
    assert part.erase is not None
    export, *_others = part.export(person_id=scene.person.id)
    assert export.rows[0]["note"] == "Part vivre à Lille."
    assert export.rows[0]["state"] == "venu"
    for _ in range(2):
        part.erase(person_id=scene.person.id, now=AFTER)
    visit, appointment = get_visit(attendance_id)
    assert (visit.next_reason, appointment.note, visit.state) == ("effacé", "", AttendanceState.PRESENT)
