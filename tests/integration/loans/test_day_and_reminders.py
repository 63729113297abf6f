"""The desk's day, the reminders, and the vehicles that do not come back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from mobility.core import jobs
from mobility.core.db import db, transaction
from mobility.desks.models import DeskException
from mobility.fleet.models import VehicleReservation
from mobility.loans import services
from mobility.loans.errors import DayNotClosable
from mobility.loans.models import DeskDay, LoanEvent
from mobility.loans.rules.states import LoanAction, LoanState
from mobility.notifications.kinds import MessageClass, MessageState
from mobility.notifications.models import OutboxMessage
from mobility.parameters.models import ParameterValue
from mobility.people.models import Person
from tests.factories.loans import DUE, NOW, START, Scene, get_loan, make_scene, paris

pytestmark = pytest.mark.usefixtures("app")
FRIDAY = date(2026, 12, 11)
CLOSING = paris("2026-12-11", "18:10")


def sent(recipient_id: int | None = None) -> list[tuple[str, str]]:
    """Return (template, last part of the key) of what is queued, in order."""
    query = select(OutboxMessage).where(OutboxMessage.dedup_key.startswith("loan-return:")).order_by(OutboxMessage.id)
    if recipient_id is not None:
        query = query.where(OutboxMessage.recipient_id == recipient_id)
    rows = db.session.scalars(query.where(OutboxMessage.state == MessageState.QUEUED))
    return [(row.template, row.dedup_key.split(":", 3)[3]) for row in rows]


def run_through(first: str, last: str, *, every_minutes: int = 60) -> None:
    """Run the job as the scheduler does, from one day to another."""
    moment, end = paris(first, "00:00"), paris(last, "23:00")
    while moment < end:
        services.queue_due_reminders(now=moment)
        moment += timedelta(minutes=every_minutes)


def close(scene: Scene, day: date = FRIDAY, now: object = CLOSING) -> int:
    return services.close_day(desk_id=scene.desk.id, day_on=day, actor_id=scene.adviser.id, now=now)  # type: ignore[arg-type]


def test_what_is_not_back_at_the_closing_is_late_and_nothing_else() -> None:
    scene = make_scene(cars=3)
    late = scene.out()
    later = scene.out(person_id=scene.another().id, due_at=paris("2026-12-14", "17:00"))
    back = scene.out(person_id=scene.another().id)
    scene.give_back(back)
    assert close(scene) == 1
    assert get_loan(late).state is LoanState.OVERDUE
    assert get_loan(later).state is LoanState.OUT
    assert get_loan(back).state is LoanState.RETURNED


def test_a_day_is_closed_once() -> None:
    scene = make_scene()
    assert close(scene) == 0
    loan_id = scene.out()
    assert close(scene) == 0
    assert get_loan(loan_id).state is LoanState.OUT
    assert db.session.query(DeskDay).count() == 1


def test_a_day_to_come_or_on_which_the_desk_was_closed_is_not_closed() -> None:
    scene = make_scene()
    with pytest.raises(DayNotClosable):
        close(scene, date(2026, 12, 12), paris("2026-12-14"))
    with pytest.raises(DayNotClosable):
        close(scene, date(2026, 12, 14))


def test_closing_before_the_due_hour_makes_nobody_late() -> None:
    scene = make_scene()
    loan_id = scene.out()
    assert close(scene, now=DUE - timedelta(minutes=30)) == 0
    assert get_loan(loan_id).state is LoanState.OUT


def test_every_reminder_is_queued_once_in_its_time_and_its_tone() -> None:
    scene = make_scene()
    scene.out()
    run_through("2026-12-07", "2026-12-11", every_minutes=15)
    close(scene)
    run_through("2026-12-12", "2026-12-20")
    assert sent(scene.person.recipient_id) == [
        ("loan_return_before", "J-3"),
        ("loan_return_before", "J-1"),
        ("loan_return_before", "J"),
        ("loan_return_due", "H+2"),
        ("loan_return_late", "J+1"),
        ("loan_return_late", "J+3"),
    ]
    assert sent(scene.adviser.recipient_id) == [("staff_alert", f"J+1:adviser:{scene.adviser.id}")]
    assert sent(scene.manager.recipient_id) == [("staff_alert", f"J+3:manager:{scene.manager.id}")]


def test_until_the_desk_has_closed_its_day_no_message_speaks_of_lateness() -> None:
    scene = make_scene()
    loan_id = scene.out()
    run_through("2026-12-11", "2026-12-17")
    assert get_loan(loan_id).state is LoanState.OUT
    assert {template for template, _step in sent(scene.person.recipient_id)} == {
        "loan_return_before",
        "loan_return_due",
    }


def test_a_day_on_which_the_desk_was_closed_never_counts() -> None:
    scene = make_scene()
    scene.out()
    with transaction() as session:
        session.add(DeskException(desk_id=scene.desk.id, day_on=date(2026, 12, 14), closed=True))
    run_through("2026-12-13", "2026-12-14")
    assert [step for _template, step in sent(scene.person.recipient_id)] == ["H+2"]
    services.queue_due_reminders(now=paris("2026-12-15", "09:55"))
    assert [step for _template, step in sent(scene.person.recipient_id)] == ["H+2"]
    services.queue_due_reminders(now=paris("2026-12-15", "10:00"))
    assert [step for _template, step in sent(scene.person.recipient_id)] == ["H+2", "J+1"]


def test_each_reminder_says_where_when_and_carries_its_links() -> None:
    scene = make_scene()
    scene.out()
    services.queue_due_reminders(now=paris("2026-12-08", "10:00"))
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "loan_return_before")).one()
    assert message.params["place"] == "Denain"
    assert message.params["due"].startswith("vendredi 11 décembre")
    assert message.params["yes"].endswith("/a-l-heure")
    assert message.params["more"].endswith("/plus-de-temps")
    assert message.message_class is MessageClass.NORMAL
    assert message.expires_at == paris("2026-12-10", "10:00")


def test_a_desk_has_its_own_steps_from_a_date_on() -> None:
    scene = make_scene()
    scene.out()
    with transaction() as session:
        session.add(
            ParameterValue(
                key="loans.reminder_steps",
                desk_id=scene.desk.id,
                valid_from_on=date(2026, 12, 9),
                value="J-2 H+4",
                created_at=NOW,
            )
        )
    run_through("2026-12-07", "2026-12-13")
    assert [step for _template, step in sent(scene.person.recipient_id)] == ["J-3", "J-2", "H+4"]


def test_a_machine_that_was_down_sends_only_what_still_makes_sense() -> None:
    scene = make_scene()
    scene.out()
    services.queue_due_reminders(now=paris("2026-12-11", "09:00"))
    assert [step for _template, step in sent()] == ["J"]


def test_a_loan_that_is_over_is_never_reminded() -> None:
    scene = make_scene()
    loan_id = scene.out()
    services.queue_due_reminders(now=paris("2026-12-08", "10:05"))
    assert len(sent()) == 1
    scene.give_back(loan_id, now=paris("2026-12-08", "11:00"))
    assert sent() == []
    run_through("2026-12-08", "2026-12-16")
    assert sent() == []


def test_the_jobs_are_known_and_count_what_they_do() -> None:
    scene = make_scene()
    scene.out()
    result = jobs.run("loan_reminders", now=paris("2026-12-08", "10:05"))
    assert (result.ok, result.counts["queued"]) == (True, 1)
    assert jobs.run("loan_reminders", now=paris("2026-12-08", "10:10")).counts["queued"] == 0
    assert jobs.run("loan_late_vehicles", now=paris("2026-12-08", "10:10")).ok


def following(scene: Scene, **values: object) -> int:
    """Book the next loan on the same vehicle, from Monday morning on."""
    wanted = {"start_at": paris("2026-12-14", "10:00"), "due_at": paris("2026-12-18"), **values}
    return scene.book(person_id=scene.another().id, **wanted)


def test_the_next_loan_of_a_vehicle_that_is_not_back_gets_another_one() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.out()
    mine = get_loan(loan_id).vehicle_id
    next_id = following(scene, vehicle_id=mine)
    counts = services.keep_late_vehicles(now=paris("2026-12-13", "12:00"))
    assert counts == {"late": 1, "reassigned": 1, "warned": 0}
    assert get_loan(next_id).vehicle_id != mine
    held = db.session.get_one(VehicleReservation, get_loan(loan_id).reservation_id, populate_existing=True)
    assert held.ends_at == paris("2026-12-14", "12:00")


def test_where_nothing_can_replace_it_the_next_borrower_is_warned_once_and_in_time() -> None:
    scene = make_scene()
    loan_id = scene.out()
    next_id = following(scene)
    for hour in (10, 11, 12):
        services.keep_late_vehicles(now=paris("2026-12-13", f"{hour}:00"))
    person = db.session.get_one(Person, get_loan(next_id).person_id)
    rows = db.session.scalars(
        select(OutboxMessage).where(
            OutboxMessage.template == "loan_next_blocked", OutboxMessage.recipient_id == person.recipient_id
        )
    ).all()
    assert [row.message_class for row in rows] == [MessageClass.URGENT]
    assert get_loan(next_id).vehicle_id == get_loan(loan_id).vehicle_id


def test_the_closing_of_the_day_looks_after_the_next_loans() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.out()
    mine = get_loan(loan_id).vehicle_id
    next_id = following(scene, vehicle_id=mine, start_at=paris("2026-12-14", "09:00"))
    with transaction() as session:
        session.add(
            ParameterValue(
                key="loans.hold_hours", desk_id=scene.desk.id, valid_from_on=START.date(), value=96, created_at=NOW
            )
        )
    close(scene)
    assert get_loan(next_id).vehicle_id != mine
    swaps = db.session.scalars(select(LoanEvent).where(LoanEvent.action == LoanAction.SWAP)).all()
    assert [event.loan_id for event in swaps] == [next_id]


def test_a_vehicle_that_is_not_back_is_promised_to_nobody_meanwhile() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.out()
    now = paris("2026-12-14", "09:00")
    services.keep_late_vehicles(now=now)
    new = scene.book(
        person_id=scene.another().id, start_at=paris("2026-12-14", "10:00"), due_at=paris("2026-12-15"), now=now
    )
    assert get_loan(new).vehicle_id != get_loan(loan_id).vehicle_id
