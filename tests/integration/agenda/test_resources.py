"""Rooms, vehicles, interpreters: never for two at once; and whoever visits homes is asked after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.agenda import errors, offers, services
from mobility.agenda.models import AgendaRoom, Appointment, Interpreter, MeetingType
from mobility.agenda.queries import resources
from mobility.agenda.rules import MeetingKind, Origin
from mobility.agenda.services import InterpreterValues
from mobility.core.clock import in_paris
from mobility.core.db import db, transaction
from mobility.fleet.models import VehicleReservation
from mobility.notifications.kinds import MessageClass
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import NOW, THURSDAY, Agenda, a_type, an_opening, get_visit, make_agenda
from tests.factories.desks import make_desk
from tests.factories.fleet import a_vehicle
from tests.integration.agenda.test_constraints import attempt

pytestmark = pytest.mark.usefixtures("app")


def with_rooms(count: int = 1) -> tuple[Agenda, User]:
    """A desk with rooms, a first meeting that needs one, and a colleague who receives at the same hours."""
    scene = make_agenda()
    with transaction() as session:
        session.get_one(MeetingType, scene.first.id).needs_room = True
    for number in range(count):
        services.add_room(desk_id=scene.desk.id, name=f"Salle {number}", actor_id=None, now=NOW)
    colleague = make_user(Role.ADVISER, desk_id=scene.desk.id)
    an_opening(colleague, scene.desk)
    return scene, colleague


def offered(scene: Agenda, adviser_id: int) -> set[str]:
    found = offers.online(scene.first, desk_id=scene.desk.id, now=NOW, favour=adviser_id)
    return {f"{in_paris(slot.starts_at):%a %H}" for slot in found.slots if slot.adviser_id == adviser_id}


def test_a_room_is_chosen_and_used_by_one_at_a_time() -> None:
    scene, colleague = with_rooms(2)
    third = make_user(Role.ADVISER, desk_id=scene.desk.id)
    one = scene.book()
    two = scene.book(person_id=scene.another().id, adviser_id=colleague.id)
    rooms = {get_visit(each)[1].room_id for each in (one, two)}
    assert len(rooms - {None}) == 2
    with pytest.raises(errors.RoomsTaken):
        scene.book(person_id=scene.another().id, adviser_id=third.id)
    services.cancel(attendance_id=one, by_person=True, actor_id=None, now=NOW)
    assert scene.book(person_id=scene.another().id, adviser_id=third.id)


def test_hours_without_a_free_room_are_not_offered() -> None:
    scene, colleague = with_rooms(1)
    assert "Thu 10" in offered(scene, colleague.id)
    scene.book()
    assert "Thu 10" not in offered(scene, colleague.id)
    assert "Thu 11" in offered(scene, colleague.id)


def test_a_desk_that_names_no_room_has_always_one() -> None:
    scene, colleague = with_rooms(0)
    scene.book()
    assert "Thu 10" in offered(scene, colleague.id)
    visit = scene.book(person_id=scene.another().id, adviser_id=colleague.id)
    assert get_visit(visit)[1].room_id is None


def test_a_move_takes_a_room_that_is_free_then() -> None:
    scene, colleague = with_rooms(1)
    one = scene.book()
    later = THURSDAY + timedelta(hours=1)
    two = scene.book(person_id=scene.another().id, adviser_id=colleague.id, starts_at=later)
    with pytest.raises(errors.RoomsTaken):
        move(two, colleague.id, THURSDAY)
    services.cancel(attendance_id=one, by_person=True, actor_id=None, now=NOW)
    move(two, colleague.id, THURSDAY + timedelta(minutes=30))
    assert get_visit(two)[1].room_id is not None


def move(visit: int, adviser_id: int, at: Any) -> None:
    services.move(attendance_id=visit, adviser_id=adviser_id, starts_at=at, origin=Origin.STAFF, actor_id=None, now=NOW)


def test_the_database_refuses_one_room_or_interpreter_for_two() -> None:
    scene, colleague = with_rooms(2)
    interpreter_id = an_interpreter(scene)
    one = get_visit(scene.book())[1]
    two = get_visit(scene.book(person_id=scene.another().id, adviser_id=colleague.id))[1]
    attempt(update(Appointment).where(Appointment.id == two.id).values(room_id=one.room_id), "appointment_room_overlap")
    with transaction() as session:
        session.execute(update(Appointment).where(Appointment.id == one.id).values(interpreter_id=interpreter_id))
    statement = update(Appointment).where(Appointment.id == two.id).values(interpreter_id=interpreter_id)
    attempt(statement, "appointment_interpreter_overlap")


def test_rooms_are_named_once_and_retired() -> None:
    scene = make_agenda()
    room_id = services.add_room(desk_id=scene.desk.id, name="Bureau 1", actor_id=None, now=NOW)
    with pytest.raises(errors.RoomNameTaken):
        services.add_room(desk_id=scene.desk.id, name="Bureau 1", actor_id=None, now=NOW)
    services.archive_room(room_id=room_id, actor_id=None, now=NOW)
    services.archive_room(room_id=room_id, actor_id=None, now=NOW)
    assert resources.list_rooms(scene.desk.id) == []
    assert services.add_room(desk_id=scene.desk.id, name="Bureau 1", actor_id=None, now=NOW) != room_id
    attempt(update(AgendaRoom).values(name=""), "named")
    attempt(update(MeetingType).values(needs_room=True, place="phone"), "rooms_are_at_the_desk")
    attempt(update(MeetingType).values(needs_vehicle=True, place="desk"), "vehicles_go_to_homes")


# Home visits


def a_visit(scene: Agenda, **values: Any) -> int:
    meeting = db.session.query(MeetingType).filter_by(kind=MeetingKind.HOME_VISIT).first() or a_type(
        MeetingKind.HOME_VISIT, needs_vehicle=True
    )
    return scene.book(**{"type_id": meeting.id, **values})


def reservations() -> list[VehicleReservation]:
    db.session.expire_all()
    return list(db.session.scalars(select(VehicleReservation).order_by(VehicleReservation.id)))


def test_the_vehicle_is_reserved_moves_and_is_given_back_with_the_visit() -> None:
    scene = make_agenda()
    car = a_vehicle(scene.desk.id)
    visit = a_visit(scene, vehicle_id=car)
    way = timedelta(minutes=30)
    (row,) = reservations()
    assert (row.vehicle_id, row.kind, row.starts_at, row.ends_at) == (
        car, "home_visit", THURSDAY - way, THURSDAY + timedelta(hours=1) + way,
    )  # fmt: skip
    colleague = make_user(Role.ADVISER, desk_id=scene.desk.id)
    with pytest.raises(errors.VehicleBusy):
        # The way back counts: the car is not there yet.
        a_visit(
            scene, person_id=scene.another().id, adviser_id=colleague.id, vehicle_id=car,
            starts_at=THURSDAY + timedelta(minutes=90),
        )  # fmt: skip
    assert len(db.session.scalars(select(Appointment)).all()) == 1, "the appointment goes with its vehicle"
    later = THURSDAY + timedelta(days=1)
    move(visit, scene.adviser.id, later)
    assert reservations()[0].starts_at == later - way
    services.cancel(attendance_id=visit, by_person=True, actor_id=None, now=NOW)
    assert reservations()[0].released_at == NOW


def test_a_visit_does_not_move_where_its_vehicle_cannot_follow() -> None:
    scene = make_agenda()
    car = a_vehicle(scene.desk.id)
    visit = a_visit(scene, vehicle_id=car)
    colleague = make_user(Role.ADVISER, desk_id=scene.desk.id)
    later = THURSDAY + timedelta(days=1)
    a_visit(scene, person_id=scene.another().id, adviser_id=colleague.id, vehicle_id=car, starts_at=later)
    with pytest.raises(errors.VehicleBusy):
        move(visit, scene.adviser.id, later)
    assert get_visit(visit)[1].starts_at == THURSDAY


def test_a_vehicle_of_another_desk_is_not_taken() -> None:
    scene = make_agenda()
    with pytest.raises(errors.VehicleBusy):
        a_visit(scene, vehicle_id=a_vehicle(make_desk("Caudry").id))


def alerts() -> list[OutboxMessage]:
    rows = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "staff_alert"))
    return [row for row in rows if row.dedup_key.startswith("appointment:back:")]


def test_whoever_is_not_back_is_asked_after_twice() -> None:
    scene = make_agenda()
    visit = a_visit(scene)
    over = THURSDAY + timedelta(hours=1)

    def told(minutes: int) -> int:
        return services.ask_after_visits(now=over + timedelta(minutes=minutes))["told"]

    assert [told(minutes) for minutes in (0, 44, 45, 60, 89, 90, 135, 400)] == [0, 0, 1, 0, 0, 1, 0, 0]
    team = {scene.adviser.recipient_id, scene.manager.recipient_id}
    assert {row.recipient_id for row in alerts()} == team
    assert len(alerts()) == 4
    assert {row.message_class for row in alerts()} == {MessageClass.URGENT}
    assert all(scene.person.last_name not in str(row.params) for row in alerts()), "no name of a person leaves"
    assert get_visit(visit)[1].back_asked == 2


def test_nobody_is_asked_after_who_is_back() -> None:
    scene = make_agenda()
    appointment = get_visit(a_visit(scene))[1]
    with pytest.raises(errors.NotBackYet):
        services.say_back(appointment_id=appointment.id, actor_id=None, now=NOW)
    back = THURSDAY + timedelta(hours=1)
    for _twice in range(2):
        services.say_back(appointment_id=appointment.id, actor_id=None, now=back)
    assert services.ask_after_visits(now=back + timedelta(hours=1))["told"] == 0
    at_desk = get_visit(scene.book(person_id=scene.another().id, starts_at=THURSDAY + timedelta(days=1)))[1]
    with pytest.raises(errors.NotBackYet):
        services.say_back(appointment_id=at_desk.id, actor_id=None, now=back + timedelta(days=1))


# Interpreters


def an_interpreter(scene: Agenda, **values: Any) -> int:
    said: dict[str, Any] = {"name": "Nadia", "languages": ["ar"], "on_site": True, "by_phone": False, "adult": True}
    return services.save_interpreter(
        desk_id=scene.desk.id, values=InterpreterValues(**{**said, **values}), actor_id=None, now=NOW
    )


def translate(visit: int, interpreter_id: int | None = None, companion: str = "", *, adult: bool = False) -> None:
    services.set_interpreter(
        attendance_id=visit, interpreter_id=interpreter_id, companion=companion, adult=adult, actor_id=None, now=NOW
    )


def test_a_child_never_translates() -> None:
    scene = make_agenda()
    visit = scene.book()
    with pytest.raises(errors.NeverAChild):
        an_interpreter(scene, adult=False)
    with pytest.raises(errors.NeverAChild):
        translate(visit, companion="sa fille")
    translate(visit, companion="sa sœur", adult=True)
    assert resources.held_by(get_visit(visit)[1]).interpreter == "sa sœur (majeur)"
    an_interpreter(scene)
    attempt(update(Interpreter).values(adult=False), "never_a_child")
    attempt(update(Interpreter).values(on_site=False), "reachable_somehow")
    attempt(update(Appointment).values(companion_adult=False), "companion_never_a_child")


def test_an_interpreter_is_never_in_two_places_and_follows_a_move() -> None:
    scene = make_agenda()
    colleague = make_user(Role.ADVISER, desk_id=scene.desk.id)
    interpreter_id = an_interpreter(scene)
    one = scene.book()
    two = scene.book(person_id=scene.another().id, adviser_id=colleague.id)
    translate(one, interpreter_id)
    with pytest.raises(errors.InterpreterTaken):
        translate(two, interpreter_id)
    later = THURSDAY + timedelta(days=1)
    move(one, scene.adviser.id, later)
    translate(two, interpreter_id)
    with pytest.raises(errors.InterpreterTaken):
        move(one, scene.adviser.id, THURSDAY)
    translate(two)
    assert get_visit(two)[1].interpreter_id is None


def test_interpreters_of_other_desks_or_retired_are_not_called() -> None:
    scene, other = make_agenda(), make_agenda()
    visit = scene.book()
    retired = an_interpreter(scene)
    services.archive_interpreter(interpreter_id=retired, actor_id=None, now=NOW)
    for interpreter_id in (retired, an_interpreter(other)):
        with pytest.raises(errors.InterpreterUnknown):
            translate(visit, interpreter_id)
    with pytest.raises(errors.ReachableNowhere):
        an_interpreter(scene, on_site=False)
    assert [row.name for row in resources.list_interpreters(other.desk.id, language="ar")] == ["Nadia"]
    assert resources.list_interpreters(other.desk.id, language="tr") == []


# Pages


def test_the_manager_names_rooms_and_interpreters(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.manager)
    assert "Pas de salle nommée" in client.get("/agenda/ressources").text
    assert client.post("/agenda/ressources", data={"name": "Bureau 1"}).status_code == 303
    assert client.post("/agenda/ressources", data={"name": "Bureau 1"}).status_code == 422
    page = "/agenda/interpretes/nouveau"
    typed = {"name": "Nadia", "languages": ["ar"], "on_site": "y"}
    refused = client.post(page, data=typed)
    assert refused.status_code == 422
    assert "Un enfant ne traduit jamais. Confirmez" in refused.text
    assert client.post(page, data={**typed, "adult": "y"}).status_code == 303
    shown = client.get("/agenda/ressources").text
    assert "Bureau 1" in shown
    assert "Nadia" in shown


def test_the_adviser_chooses_who_translates_and_says_to_be_back(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    person = scene.another(language="ar")
    visit = a_visit(scene, person_id=person.id)
    # Known only once the visit is made: until then nobody translates by themselves.
    interpreter_id = an_interpreter(scene)
    client = signed_in(app, scene.adviser)
    assert "Interprète à prévoir : Arabe" in client.get(f"/rendez-vous/{visit}").text.replace("\u00a0", " ")
    page = f"/rendez-vous/{visit}/interprete"
    refused = client.post(page, data={"choice": "relative", "companion": "sa fille"})
    assert refused.status_code == 422
    assert "sa fille" in refused.text
    assert client.post(page, data={"choice": str(interpreter_id)}).status_code == 303
    assert "Nadia, sur place" in client.get(f"/rendez-vous/{visit}").text
    at_now.move_to(THURSDAY + timedelta(hours=1), tick=False)
    client = signed_in(app, scene.adviser)
    assert "Je suis bien rentré(e)" in client.get("/agenda/visites").text
    appointment_id = get_visit(visit)[1].id
    assert client.post(f"/agenda/visites/{appointment_id}/rentre").status_code == 303
    assert "Tout le monde est rentré" in client.get("/agenda/visites").text


def test_the_adviser_takes_the_vehicle_of_the_desk(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    meeting = a_type(MeetingKind.HOME_VISIT, needs_vehicle=True)
    car = a_vehicle(scene.desk.id)
    client = signed_in(app, scene.adviser)
    page = f"/personnes/{scene.person.id}/rendez-vous/nouveau?type={meeting.id}"
    assert "aucun, je viens autrement" in client.get(page).text
    answer = client.post(
        page, data={"on": "26/11/2026", "at": "10:00", "adviser_id": scene.adviser.id, "vehicle_id": car}
    )
    assert answer.status_code == 303
    assert [row.vehicle_id for row in reservations()] == [car]
    assert "Véhicule" in client.get(answer.location).text
