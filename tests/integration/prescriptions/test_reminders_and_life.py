"""What nobody touches, the deadline of the manager, and a person's life: merged, exported, erased."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.accounts.models import AuditEntry, AuditValue
from mobility.accounts.policy import Role
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.people import lifecycle as people_lifecycle
from mobility.people import services as people
from mobility.people.models import Person
from mobility.people.services.merge import merge_persons
from mobility.prescriptions import jobs, lifecycle, services
from mobility.prescriptions.models import Prescription, PrescriptionEvent
from mobility.prescriptions.queries.deadline import deadline_by_desk
from mobility.prescriptions.rules.states import Outcome, RefusalReason, State
from tests.factories.accounts import make_user, signed_in
from tests.factories.people import make_person
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get, receive


def alerts(session: Session) -> list[int]:
    """The recipients of the team's alerts, in order."""
    return list(
        session.scalars(
            select(OutboxMessage.recipient_id).where(OutboxMessage.template == "staff_alert").order_by(OutboxMessage.id)
        )
    )


def test_what_nobody_takes_is_brought_back_once_and_then_told_to_the_manager_once(
    house: House, session: Session
) -> None:
    number = receive(house)
    assert jobs.remind(NOW + 2 * DAY) == {"nudged": 0, "escalated": 0}
    assert jobs.remind(NOW + 3 * DAY) == {"nudged": 1, "escalated": 0}
    assert set(alerts(session)) == {house.adviser.recipient_id, house.manager.recipient_id}
    assert jobs.remind(NOW + 4 * DAY) == {"nudged": 0, "escalated": 0}
    assert jobs.remind(NOW + 7 * DAY) == {"nudged": 0, "escalated": 1}
    assert alerts(session)[-1] == house.manager.recipient_id
    assert jobs.remind(NOW + 20 * DAY) == {"nudged": 0, "escalated": 0}
    # Somebody touches it: the silence counts anew, and only its adviser is reminded.
    services.assign(prescription_id=number, user_id=house.adviser.id, actor_id=None, now=NOW + 20 * DAY)
    before = len(alerts(session))
    assert jobs.remind(NOW + 24 * DAY)["nudged"] == 1
    assert alerts(session)[before:] == [house.adviser.recipient_id]
    texts = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "staff_alert")).all()
    assert all("Nadia" not in str(row.params) for row in texts)


def test_a_meeting_ahead_is_no_silence_and_one_that_is_past_is(house: House) -> None:
    number = bring_to(house, State.MEETING_BOOKED)
    services.book_meeting(prescription_id=number, meeting_at=NOW + 10 * DAY, actor_id=None, now=NOW)
    assert jobs.remind(NOW + 9 * DAY) == {"nudged": 0, "escalated": 0}
    assert jobs.remind(NOW + 11 * DAY) == {"nudged": 1, "escalated": 0}
    bring_to(house, State.STARTED, first_name="Ines")
    assert jobs.remind(NOW + 12 * DAY)["nudged"] == 0


def test_of_a_protected_file_only_the_named_staff_is_reminded(house: House, session: Session) -> None:
    number = bring_to(house, State.ACCEPTED)
    person_id = get(number).person_id
    assert person_id is not None
    named = make_user(Role.ADVISER, desk_id=house.desk.id)
    people.protect(person_id=person_id, user_ids=[named.id], reason="", actor_id=named.id, now=NOW)
    assert jobs.remind(NOW + 4 * DAY)["nudged"] == 1
    assert jobs.remind(NOW + 8 * DAY)["escalated"] == 1
    assert set(alerts(session)) == {named.recipient_id}


def test_the_manager_reads_the_deadline_of_the_own_desk(app: Flask, house: House) -> None:
    for number, days in enumerate((4, 10, 40)):
        sent = NOW - timedelta(days=60)
        row = bring_to(house, State.ACCEPTED, now=sent, first_name=f"A{'bcd'[number]}")
        met = sent + timedelta(days=days)
        services.start(prescription_id=row, met_on=met.date(), actor_id=None, now=met)
    receive(house, now=NOW - 40 * DAY, first_name="Tard")
    receive(house, first_name="Neuve")
    receive(house, desk_id=house.other.id, first_name="Ailleurs")
    [desk] = deadline_by_desk([house.desk.id], now=NOW)
    assert (desk.measure.count, desk.measure.within, desk.measure.median_days) == (3, 2, 10.0)
    assert (desk.waiting, desk.late) == (2, 1)
    # One met in 28 days: the late one is missed, and the new one comes on day 56 of 30.
    assert desk.forecast.missed == 2
    assert len(deadline_by_desk(None, now=NOW)) == 2
    page = re.sub(r"\s+", " ", signed_in(app, house.manager).get("/bannette/delais").get_data(as_text=True))
    assert "66 %" in page
    assert "10 jours" in page
    assert "2 personnes sur 2" in page
    assert "Caudry" not in page
    assert signed_in(app, house.adviser).get("/bannette/delais").status_code == 403


def test_two_files_that_become_one_bring_their_prescriptions(house: House) -> None:
    number = bring_to(house, State.STARTED)
    kept = make_person("Nadia", "Lefèvre", desk=house.desk, born_on=date(1994, 3, 2))
    merged = get(number).person_id
    assert merged is not None
    merge_persons(kept_id=kept.id, merged_id=merged, actor_id=house.adviser.id, now=NOW)
    assert get(number).person_id == kept.id


def test_the_person_gets_a_copy_and_the_professional_is_masked(house: House) -> None:
    row = get(bring_to(house, State.CLOSED))
    assert row.person_id is not None
    export, _others = lifecycle.export(person_id=row.person_id)
    [line] = export.rows
    assert line["organisation"] == "Mission locale"
    assert line["referent"] == "L. P."
    assert line["ending"] == "Emploi trouvé ou gardé"
    assert set(line) == set(export.columns)


def test_an_erased_file_leaves_counts_and_no_word(house: House, session: Session) -> None:
    row = get(bring_to(house, State.CLOSED, constraints_text="Pas la nuit.", said="Tout."))
    person_id, recipients = row.person_id, (row.person_recipient_id, row.referent_recipient_id)
    assert person_id is not None
    people.erase_person(person_id=person_id, actor_id=None, now=NOW + DAY)
    row = get(row.id)
    assert (row.first_name, row.need_text, row.said, row.referent_name, row.phone) == ("", "", "", "", None)
    assert (row.state, row.outcome, row.met_on, row.city) == (State.CLOSED, Outcome.WORK, NOW.date(), "Denain")
    left = session.scalars(select(ContactPoint.value).where(ContactPoint.recipient_id.in_(recipients))).all()
    assert set(left) <= {""}
    values = session.scalars(
        select(AuditValue.after)
        .join(AuditEntry, AuditEntry.id == AuditValue.entry_id)
        .where(AuditEntry.subject_kind == "prescription", AuditEntry.subject_id == row.id)
    ).all()
    assert set(values) == {None}
    lifecycle.erase(person_id=person_id, now=NOW + 2 * DAY)
    assert get(row.id).erased_at == NOW + DAY, "a second time changes nothing"


def test_what_ended_long_ago_without_a_file_is_erased_by_the_job(house: House, session: Session) -> None:
    number = bring_to(house, State.REFUSED)
    opened = bring_to(house, State.CLOSED, first_name="Ines")
    assert jobs.tidy(NOW + 700 * DAY)["erased"] == 0
    assert jobs.tidy(NOW + 732 * DAY)["erased"] == 1
    row = get(number)
    assert (row.first_name, row.refusal_reason, row.ending_note) == ("", RefusalReason.OUTSIDE, "effacé")
    assert get(opened).first_name == "Ines", "a file has its own clock"
    assert jobs.tidy(NOW + 733 * DAY)["erased"] == 0
    assert session.scalar(select(func.count()).select_from(PrescriptionEvent)) == 8
    assert session.scalar(select(func.count()).select_from(Prescription)) == 2
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_prescriptions_are_part_of_a_persons_life(app: Flask) -> None:
    assert "prescriptions" in {part.room for part in people_lifecycle.parts()}
