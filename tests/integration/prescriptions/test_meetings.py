"""The first meeting in the agenda: the prescription follows it, whoever books, moves, misses or holds it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.agenda import hooks
from mobility.agenda import services as agenda
from mobility.agenda.models import Attendance
from mobility.agenda.queries import offered_slots, online_window
from mobility.agenda.rules import AttendanceState, Following, MeetingKind, Origin
from mobility.core.errors import ForbiddenTransition
from mobility.journal.models import JournalEntry
from mobility.notifications.models import OutboxMessage
from mobility.people.models import Person
from mobility.people.queries.duplicates import Scope
from mobility.prescriptions import errors, services
from mobility.prescriptions.models import PrescriptionEvent
from mobility.prescriptions.queries.meetings import first_types, prescriber_type
from mobility.prescriptions.rules.states import Action, Outcome, State
from tests.factories.agenda import a_type, an_opening
from tests.factories.loans import paris
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get

THURSDAY, FRIDAY = paris("2026-11-26", "10:00"), paris("2026-11-27", "11:00")


@pytest.fixture
def receiving(house: House) -> House:
    """The house, whose adviser receives on weekday mornings."""
    a_type()
    a_type(MeetingKind.FOLLOW_UP)
    an_opening(house.adviser, house.desk)
    return house


def book(house: House, number: int, at: datetime = THURSDAY, **values: Any) -> int:
    row = get(number)
    wanted: dict[str, Any] = {
        "person_id": row.person_id, "type_id": first_types(house.desk.id)[0].id, "desk_id": house.desk.id,
        "adviser_id": house.adviser.id, "starts_at": at, "origin": Origin.STAFF, "actor_id": house.adviser.id,
        "now": NOW,
    }  # fmt: skip
    return agenda.book(**{**wanted, **values})


def close(visit: int, state: AttendanceState, *, now: datetime = THURSDAY + timedelta(hours=1)) -> None:
    following = (
        agenda.Next(Following.NONE, reason="Tout est dit.") if state is AttendanceState.PRESENT else agenda.Next()
    )
    agenda.close(attendance_id=visit, state=state, following=following, actor_id=None, now=now)


def steps(session: Session) -> list[str]:
    return [
        row.params["detail"].replace("\xa0", " ")
        for row in session.scalars(
            select(OutboxMessage).where(OutboxMessage.template == "prescription_step").order_by(OutboxMessage.id)
        )
    ]


def actions(session: Session, number: int) -> list[Action]:
    query = select(PrescriptionEvent.action).where(PrescriptionEvent.prescription_id == number)
    return list(session.scalars(query.order_by(PrescriptionEvent.id)))


def test_a_first_meeting_is_followed_from_the_booking_to_the_end(receiving: House, session: Session) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    visit = book(receiving, number)
    row = get(number)
    assert (row.state, row.meeting_at, row.attendance_id) == (State.MEETING_BOOKED, THURSDAY, visit)
    agenda.move(
        attendance_id=visit, adviser_id=receiving.adviser.id, starts_at=FRIDAY, origin=Origin.PERSON, actor_id=None,
        now=NOW,
    )  # fmt: skip
    assert get(number).meeting_at == FRIDAY
    agenda.cancel(attendance_id=visit, by_person=True, actor_id=None, now=NOW)
    row = get(number)
    assert (row.state, row.meeting_at, row.attendance_id) == (State.ACCEPTED, None, None)
    again = book(receiving, number)
    close(again, AttendanceState.PRESENT)
    row = get(number)
    assert (row.state, row.met_on, row.attendance_id) == (State.STARTED, THURSDAY.date(), again)
    assert actions(session, number)[3:] == [Action.BOOK, Action.MOVE, Action.UNBOOK, Action.BOOK, Action.START]
    kinds = session.scalars(select(JournalEntry.kind)).all()
    assert "prescription.book" not in kinds, "the agenda writes the journal of its own acts"
    templates = session.scalars(select(OutboxMessage.template)).all()
    assert templates.count("appointment_booked") == 2
    assert "prescription_meeting" not in templates, "the person is told once"
    assert steps(session) == [], "without the person's consent the referent hears three words"
    assert templates.count("prescription_followed") == 1


def test_with_consent_the_referent_hears_the_date_and_never_of_an_absence(receiving: House, session: Session) -> None:
    number = bring_to(receiving, State.ACCEPTED, shares_back=True)
    visit = book(receiving, number)
    close(visit, AttendanceState.ABSENT)
    assert steps(session) == [
        "acceptée. Fixez le premier rendez-vous avec la personne",
        "premier rendez-vous jeudi 26 novembre à 10 h",
    ]


def test_an_absence_keeps_the_state_and_the_next_booking_takes_its_place(receiving: House, session: Session) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    visit = book(receiving, number)
    close(visit, AttendanceState.ABSENT)
    row = get(number)
    assert (row.state, row.missed_on) == (State.MEETING_BOOKED, THURSDAY.date())
    assert actions(session, number)[-1] is Action.MISS
    close(visit, AttendanceState.ABSENT)
    assert actions(session, number).count(Action.MISS) == 1, "said twice, noted once"
    later = THURSDAY + timedelta(days=3, hours=2)
    assert agenda.invite_again(now=later)["invited"] == 1
    wanted = paris("2026-12-02", "10:00")
    other = book(receiving, number, wanted, origin=Origin.PERSON, actor_id=None, now=later)
    row = get(number)
    assert (row.state, row.missed_on, row.meeting_at, row.attendance_id) == (State.MEETING_BOOKED, None, wanted, other)


@pytest.mark.parametrize("state", [AttendanceState.EXCUSED, AttendanceState.DESK_FAULT])
def test_a_meeting_that_did_not_take_place_is_to_be_found_again(receiving: House, state: AttendanceState) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    close(book(receiving, number), state)
    row = get(number)
    assert (row.state, row.meeting_at, row.missed_on) == (State.ACCEPTED, None, None)


def test_an_absence_that_ends_with_another_date_is_booked_at_once(receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    visit = book(receiving, number)
    following = agenda.Next(
        Following.MEETING, first_types(receiving.desk.id)[0].id, receiving.desk.id, receiving.adviser.id,
        paris("2026-12-01", "09:00"),
    )  # fmt: skip
    agenda.close(attendance_id=visit, state=AttendanceState.EXCUSED, following=following, actor_id=None, now=THURSDAY)
    row = get(number)
    assert (row.state, row.meeting_at) == (State.MEETING_BOOKED, paris("2026-12-01", "09:00"))


def test_a_slip_of_the_pen_takes_the_start_back(receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    visit = book(receiving, number)
    close(visit, AttendanceState.PRESENT)
    close(visit, AttendanceState.ABSENT)
    row = get(number)
    assert (row.state, row.met_on, row.missed_on) == (State.MEETING_BOOKED, None, THURSDAY.date())
    close(visit, AttendanceState.PRESENT)
    row = get(number)
    assert (row.state, row.met_on, row.missed_on) == (State.STARTED, THURSDAY.date(), None)


def test_a_call_is_no_first_meeting(receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    book(receiving, number, type_id=a_type(MeetingKind.PHONE).id)
    assert get(number).state is State.ACCEPTED


def test_two_prescriptions_of_one_person_start_together(receiving: House) -> None:
    first = bring_to(receiving, State.ACCEPTED)
    second = bring_to(receiving, State.ASSIGNED)
    visit = book(receiving, first)
    person_id = get(first).person_id
    # Accepted afterwards, into the same file: the meeting that is ahead is its own too.
    services.accept(
        prescription_id=second, person_id=person_id, actor_id=receiving.adviser.id, now=NOW,
        scope=Scope(desk_ids=None, user_id=receiving.adviser.id),
    )  # fmt: skip
    assert (get(second).state, get(second).attendance_id) == (State.MEETING_BOOKED, visit)
    close(visit, AttendanceState.PRESENT)
    assert [get(number).state for number in (first, second)] == [State.STARTED, State.STARTED]


def test_what_has_ended_does_not_move(receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    visit = book(receiving, number)
    services.close(prescription_id=number, outcome=Outcome.WITHDREW, note="", actor_id=receiving.adviser.id, now=NOW)
    agenda.cancel(attendance_id=visit, by_person=True, actor_id=None, now=NOW)
    assert get(number).state is State.CLOSED


def test_a_meeting_of_the_agenda_is_not_changed_by_hand(receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    book(receiving, number)
    act: dict[str, Any] = {"prescription_id": number, "actor_id": receiving.adviser.id, "now": NOW}
    for forbidden in (
        lambda: services.book_meeting(meeting_at=FRIDAY, **act),
        lambda: services.unbook_meeting(**act),
        lambda: services.start(met_on=NOW.date(), **act),
    ):
        with pytest.raises(errors.MeetingInAgenda):
            forbidden()
    assert get(number).meeting_at == THURSDAY


def test_one_noted_by_hand_gives_way_to_the_agenda(receiving: House) -> None:
    number = bring_to(receiving, State.MEETING_BOOKED)
    visit = book(receiving, number)
    assert (get(number).attendance_id, get(number).meeting_at) == (visit, THURSDAY)


def test_the_person_is_invited_once_a_day_and_the_log_says_so(receiving: House, session: Session) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    type_id = first_types(receiving.desk.id)[0].id
    act: dict[str, Any] = {"prescription_id": number, "type_id": type_id, "actor_id": receiving.adviser.id}
    assert services.invite(now=NOW, **act)
    assert not services.invite(now=NOW, **act)
    assert services.invite(now=NOW + DAY, **act)
    assert actions(session, number).count(Action.INVITE) == 2
    with pytest.raises(errors.NotBookable):
        services.invite(**{**act, "type_id": 999_999}, now=NOW)


def test_the_prescriber_books_where_the_desk_and_the_person_allow_it(receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED, shares_back=True)
    meeting = prescriber_type(get(number))
    assert meeting is not None
    from_at, until_at = online_window(meeting, desk_id=receiving.desk.id, now=NOW)
    slot = offered_slots(meeting, [receiving.desk.id], from_at=from_at, until_at=until_at)[0]
    act: dict[str, Any] = {"prescription_id": number, "adviser_id": slot.adviser_id, "now": NOW}
    services.book_for(starts_at=slot.starts_at, **act)
    assert (get(number).state, get(number).meeting_at) == (State.MEETING_BOOKED, slot.starts_at)
    with pytest.raises(errors.NotBookable):
        services.book_for(starts_at=slot.ends_at, **act)


def test_the_prescriber_books_nothing_without_consent_or_for_a_protected_file(
    receiving: House, session: Session
) -> None:
    silent = bring_to(receiving, State.ACCEPTED)
    assert prescriber_type(get(silent)) is None
    open_one = bring_to(receiving, State.ACCEPTED, first_name="Ines", shares_back=True)
    assert prescriber_type(get(open_one)) is not None
    person = session.get_one(Person, get(open_one).person_id)
    person.protected = True
    session.flush()
    assert prescriber_type(get(open_one)) is None
    with pytest.raises(errors.NotBookable):
        services.book_for(prescription_id=silent, adviser_id=receiving.adviser.id, starts_at=THURSDAY, now=NOW)


def test_a_refusal_of_a_listener_refuses_the_booking(receiving: House, session: Session) -> None:
    number = bring_to(receiving, State.ACCEPTED)

    def refuse(_event: hooks.VisitEvent) -> None:
        raise errors.NotBookable

    hooks.on_visit(refuse)
    try:
        with pytest.raises(errors.NotBookable):
            book(receiving, number)
    finally:
        hooks.forget_listener(refuse)
    session.expire_all()
    assert session.scalars(select(Attendance)).all() == []
    assert get(number).state is State.ACCEPTED


@pytest.mark.parametrize(
    ("state", "to"),
    [(State.REFUSED, State.ASSIGNED), (State.CLOSED, State.STARTED)],
)
def test_what_ended_is_reopened_with_its_reason(receiving: House, session: Session, state: State, to: State) -> None:
    number = bring_to(receiving, state)
    act: dict[str, Any] = {"prescription_id": number, "actor_id": receiving.adviser.id, "now": NOW + DAY}
    with pytest.raises(errors.ReasonNeeded):
        services.reopen(note=" ", **act)
    services.reopen(note="La personne a rappelé.", **act)
    row = get(number)
    assert (row.state, row.assignee_id, row.reopen_note) == (to, receiving.adviser.id, "La personne a rappelé.")
    assert (row.outcome, row.refusal_reason, row.ended_at, row.ending_note) == (None, None, None, "")
    told = session.scalars(select(OutboxMessage.template).order_by(OutboxMessage.id.desc()).limit(2)).all()
    assert set(told) == {"prescription_reopened", "prescription_followed"}
    with pytest.raises(ForbiddenTransition):
        services.reopen(note="Encore", **act)


def test_what_was_accepted_and_never_met_waits_again_for_its_meeting(receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    close_it: dict[str, Any] = {"prescription_id": number, "actor_id": receiving.adviser.id, "now": NOW}
    services.close(outcome=Outcome.UNREACHABLE, note="", **close_it)
    visit = book(receiving, number)
    services.reopen(note="Elle a répondu.", **close_it)
    assert (get(number).state, get(number).attendance_id) == (State.MEETING_BOOKED, visit)
