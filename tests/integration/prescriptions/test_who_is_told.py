"""Nobody is left with a date that holds no more, a question without its answer, or an alert that nobody reads."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobility.accounts.models import User, UserGrant
from mobility.accounts.policy import Role
from mobility.agenda import services as agenda
from mobility.agenda.models import Appointment
from mobility.agenda.reach import Reach
from mobility.agenda.rules import AttendanceState, Origin
from mobility.core.db import transaction
from mobility.documents import services as documents
from mobility.notifications.models import OutboxMessage
from mobility.people.models import Person
from mobility.people.services import set_follow_up
from mobility.prescriptions import errors, jobs, services, tokens
from mobility.prescriptions.kinds import Missing
from mobility.prescriptions.models import PrescriptionEvent
from mobility.prescriptions.queries.meetings import first_types
from mobility.prescriptions.rules.states import Action, State
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import a_type, an_opening
from tests.factories.documents import PDF
from tests.factories.loans import paris
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get, origin_of, receive

THURSDAY = paris("2026-11-26", "10:00")


def told(session: Session, template: str) -> list[dict[str, Any]]:
    rows = session.scalars(select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id))
    return [row.params for row in rows]


def steps(session: Session) -> list[str]:
    return [params["detail"].replace("\xa0", " ") for params in told(session, "prescription_step")]


def test_whoever_hands_over_says_why_and_the_new_team_reads_it(app: Flask, house: House, session: Session) -> None:
    number = receive(house, shares_back=True)
    services.transfer(
        prescription_id=number, desk_id=house.other.id, note="Elle déménage le 1er.", actor_id=house.adviser.id, now=NOW
    )
    there = signed_in(app, make_user(Role.ADVISER, desk_id=house.other.id))
    page = there.get(f"/bannette/{number}").get_data(as_text=True)
    assert "Confiée par l’antenne Denain" in page
    assert "Elle déménage le 1er." in page
    assert steps(session) == ["confiée à Caudry"]
    assert "Elle déménage" not in str(told(session, "prescription_step"))


def test_without_the_person_s_agreement_the_prescriber_hears_of_no_transfer(house: House, session: Session) -> None:
    number = receive(house)
    services.transfer(prescription_id=number, desk_id=house.other.id, note="Là-bas.", actor_id=None, now=NOW)
    assert steps(session) == []


def test_a_date_that_is_cancelled_by_hand_is_told_to_the_person_too(house: House, session: Session) -> None:
    number = bring_to(house, State.MEETING_BOOKED, shares_back=True)
    services.unbook_meeting(prescription_id=number, actor_id=house.adviser.id, now=NOW)
    [params] = told(session, "prescription_unbooked")
    assert "26 novembre" in params["when"]
    assert steps(session)[-1] == "le premier rendez-vous prévu jeudi 26 novembre à 10 h est reporté"
    # One that is past is nobody's news.
    services.book_meeting(prescription_id=number, meeting_at=NOW + DAY, actor_id=None, now=NOW)
    services.unbook_meeting(prescription_id=number, actor_id=house.adviser.id, now=NOW + 2 * DAY)
    assert len(told(session, "prescription_unbooked")) == 1


@pytest.mark.parametrize("state", [AttendanceState.EXCUSED, AttendanceState.DESK_FAULT])
def test_who_knows_the_date_hears_that_it_is_put_off_and_never_why(
    house: House, session: Session, state: AttendanceState
) -> None:
    a_type()
    an_opening(house.adviser, house.desk)
    number = bring_to(house, State.ACCEPTED, shares_back=True)
    visit = agenda.book(
        person_id=get(number).person_id or 0, type_id=first_types(house.desk.id)[0].id, desk_id=house.desk.id,
        adviser_id=house.adviser.id, starts_at=THURSDAY, origin=Origin.STAFF, actor_id=None, now=NOW,
    )  # fmt: skip
    agenda.close(
        attendance_id=visit, state=state, following=agenda.Next(), actor_id=None, now=THURSDAY + timedelta(hours=1)
    )
    assert steps(session)[-1] == "le premier rendez-vous prévu jeudi 26 novembre à 10 h est reporté"


def test_whoever_asked_hears_that_the_answer_is_there(house: House, session: Session) -> None:
    number = receive(house)
    act: dict[str, Any] = {"prescription_id": number, "now": NOW}
    services.ask(missing=[Missing.PHONE], note="", actor_id=house.adviser.id, **act)
    services.answer(values={"phone": "06 39 98 00 09"}, **act)
    rows = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "staff_alert")).all()
    assert [row.recipient_id for row in rows] == [house.adviser.recipient_id]
    assert "Nadia" not in str(rows[0].params)


def test_a_reminder_reaches_somebody_whoever_has_left(house: House, session: Session) -> None:
    number = receive(house)
    services.assign(prescription_id=number, user_id=house.adviser.id, actor_id=None, now=NOW)
    with transaction() as writing:
        writing.execute(update(User).where(User.id == house.adviser.id).values(disabled_at=NOW))
    assert jobs.remind(NOW + 3 * DAY)["nudged"] == 1
    rows = session.scalars(select(OutboxMessage.recipient_id).where(OutboxMessage.template == "staff_alert")).all()
    assert rows == [house.manager.recipient_id]


def test_a_desk_without_a_manager_hears_of_it_as_a_team(house: House, session: Session) -> None:
    receive(house)
    with transaction() as writing:
        writing.execute(update(UserGrant).where(UserGrant.user_id == house.manager.id).values(role=Role.ADVISER))
    jobs.remind(NOW + 3 * DAY)
    assert jobs.remind(NOW + 8 * DAY)["escalated"] == 1
    alerts = select(OutboxMessage).where(OutboxMessage.template == "staff_alert").order_by(OutboxMessage.id)
    last = session.scalars(alerts).all()[-2:]
    assert {row.recipient_id for row in last} == {house.adviser.recipient_id, house.manager.recipient_id}
    assert {row.params["title"] for row in last} == {"Une orientation reste sans suite"}


def test_what_stands_follows_the_person_to_another_desk(house: House, session: Session) -> None:
    number = bring_to(house, State.ACCEPTED, shares_back=True)
    ended = bring_to(house, State.REFUSED, first_name="Ines")
    there = make_user(Role.ADVISER, desk_id=house.other.id, name="Là-bas")
    person_id = get(number).person_id or 0
    set_follow_up(
        person_id=person_id, desk_id=house.other.id, referent_user_id=there.id, version=None, reason="Déménagement",
        actor_id=house.adviser.id, now=NOW,
    )  # fmt: skip
    row = get(number)
    assert (row.desk_id, row.assignee_id, row.state) == (house.other.id, there.id, State.ACCEPTED)
    assert (row.transferred_from_id, row.transfer_note) == (house.desk.id, "Déménagement")
    assert steps(session)[-1] == "suivie maintenant par Caudry"
    event = session.scalars(select(PrescriptionEvent).order_by(PrescriptionEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.facts["desk_id"]) == (Action.FOLLOW_DESK, house.other.id)
    assert get(ended).desk_id == house.desk.id
    # Somebody who does not work there is not left with it.
    set_follow_up(
        person_id=person_id,
        desk_id=house.desk.id,
        referent_user_id=there.id,
        version=None,
        actor_id=None,
        now=NOW + DAY,
    )
    assert (get(number).desk_id, get(number).assignee_id) == (house.desk.id, None)


def test_the_prescriber_is_offered_only_hours_at_which_the_person_can_come(app: Flask, house: House) -> None:
    a_type()
    an_opening(house.adviser, house.desk)
    number = bring_to(house, State.ACCEPTED, shares_back=True)
    page = app.test_client().get(urlsplit(tokens.follow_url(get(number))).path + "/rendez-vous")
    assert "vendredi 27 novembre" in page.get_data(as_text=True).replace("\xa0", " ")
    agenda.say_reach(person_id=get(number).person_id or 0, said=Reach(no_days=frozenset({4})), actor_id=None, now=NOW)
    again = app.test_client().get(urlsplit(tokens.follow_url(get(number))).path + "/rendez-vous")
    text = again.get_data(as_text=True).replace("\xa0", " ")
    assert "vendredi 27 novembre" not in text
    assert "jeudi 26 novembre" in text
    assert "Certaines heures" not in text, "why is not the prescriber's business"


def test_a_link_in_many_hands_keeps_ten_papers_at_most(house: House) -> None:
    number = None
    for turn in range(11):
        content = PDF.replace(b"Catalog", b"Catalog%d" % turn)
        with documents.prepare(_stream(content), "a.pdf") as prepared:
            if turn < 10:
                number = services.save_draft(
                    values={"a": "b"}, origin=origin_of(house), draft_id=number, files=[prepared], now=NOW
                )
            else:
                with pytest.raises(errors.TooManyFiles):
                    services.save_draft(
                        values={"a": "b"}, origin=origin_of(house), draft_id=number, files=[prepared], now=NOW
                    )


def _stream(content: bytes) -> Any:
    return io.BytesIO(content)


def test_nobody_is_counted_twice_when_the_file_goes_to_another_desk(house: House, session: Session) -> None:
    number = bring_to(house, State.STARTED)
    set_follow_up(
        person_id=get(number).person_id or 0, desk_id=house.other.id, referent_user_id=None, version=None, actor_id=None,
        now=NOW,
    )  # fmt: skip
    assert session.query(Person).count() == 1
    assert session.query(Appointment).count() == 0
    assert get(number).desk_id == house.other.id
