"""What people do by themselves (a seat in a workshop, another hour for what the desk made), and what the desk owes them."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.agenda import queries, services
from mobility.agenda.errors import OpeningNever, ReasonNeeded, SeatsFull, SlotNotOffered
from mobility.agenda.models import AgendaOpening, Attendance
from mobility.agenda.rules import AppointmentState, AttendanceState, MeetingKind, Origin, Why
from mobility.agenda.services import Next
from mobility.agenda.services.messages import invitation_link
from mobility.core.db import db
from mobility.core.errors import ForbiddenTransition, NotFound
from mobility.people.models import Person
from tests.factories.accounts import signed_in
from tests.factories.agenda import NOW, THURSDAY, Agenda, a_type, get_visit, make_agenda, paris
from tests.factories.desks import make_desk
from tests.integration.agenda.test_pages import codes, portal_user, the_link
from tests.integration.loans.pages import ok

pytestmark = pytest.mark.usefixtures("app", "at_now")
AFTER = THURSDAY + timedelta(hours=1)


def announce(scene: Agenda, *, seats: int = 3, starts_at: Any = THURSDAY, **values: Any) -> tuple[int, int]:
    """Announce a workshop; return its type and itself."""
    kind = a_type(MeetingKind.WORKSHOP, **values)
    appointment_id = services.create_workshop(
        type_id=kind.id, desk_id=scene.desk.id, adviser_id=scene.adviser.id, starts_at=starts_at, seats=seats,
        actor_id=None, now=NOW,
    )  # fmt: skip
    return kind.id, appointment_id


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_a_seat_in_a_workshop_is_taken_in_the_portal_and_given_back(app: Flask) -> None:
    scene = make_agenda()
    type_id, workshop = announce(scene)
    client = signed_in(app, portal_user(scene))
    assert f"/mon-espace/rendez-vous/nouveau/{type_id}" in ok(client.get("/mon-espace/rendez-vous"))
    url = f"/mon-espace/rendez-vous/nouveau/{type_id}"
    assert "jeudi 26 novembre" in ok(client.get(url)).replace("\xa0", " ")
    taken = client.post(url, data={"appointment_id": str(workshop)})
    visit_id = db.session.scalars(select(Attendance.id)).one()
    assert (taken.status_code, taken.location) == (303, f"/mon-espace/rendez-vous/{visit_id}")
    assert get_visit(visit_id)[0].origin is Origin.PERSON
    assert "Pas d’atelier avec des places libres" in ok(client.get(url)), "one seat each"
    assert client.post(f"/mon-espace/rendez-vous/{visit_id}/annuler").status_code == 303
    assert get_visit(visit_id)[1].state is AppointmentState.PLANNED
    assert "jeudi 26 novembre" in ok(client.get(url)).replace("\xa0", " ")


def test_an_invitation_to_a_workshop_leads_to_its_seats(app: Flask) -> None:
    scene = make_agenda()
    type_id, workshop = announce(scene)
    link = invitation_link(person_id=scene.person.id, type_id=type_id, desk_id=scene.desk.id, now=NOW)
    client = app.test_client()
    page = client.get(path_of(link))
    assert "Je m’inscris" in page.get_data(as_text=True)
    done = client.post(path_of(link), data={"appointment_id": str(workshop)})
    assert "C’est noté" in done.get_data(as_text=True)
    assert get_visit(db.session.scalars(select(Attendance.id)).one())[0].person_id == scene.person.id
    known = client.get(path_of(link)).get_data(as_text=True)
    assert "Vous avez déjà un rendez-vous" in known
    assert "Changer ou annuler" in known


def test_the_last_seat_that_is_gone_is_said(app: Flask) -> None:
    scene = make_agenda()
    type_id, workshop = announce(scene, seats=1)
    services.join(appointment_id=workshop, person_id=scene.another().id, origin=Origin.STAFF, actor_id=None, now=NOW)
    client = signed_in(app, portal_user(scene))
    url = f"/mon-espace/rendez-vous/nouveau/{type_id}"
    refused = client.post(url, data={"appointment_id": str(workshop)})
    assert refused.status_code == 422
    assert SeatsFull.template in refused.text
    assert client.post(url, data={"appointment_id": "x' or 1=1"}).status_code == 422
    assert client.post(url, data={"appointment_id": "999999"}).status_code in {404, 422}


@pytest.mark.parametrize("what", ["another desk", "not online", "too soon", "an hour, no workshop"])
def test_which_seats_nobody_takes_by_themselves(what: str) -> None:
    scene = make_agenda()
    type_id, workshop = announce(
        scene,
        starts_at=NOW + timedelta(hours=23) if what == "too soon" else THURSDAY,
        by_person=what != "not online",
    )
    offered = (type_id, make_desk("Caudry", insee_code="59139").id if what == "another desk" else scene.desk.id)
    if what == "an hour, no workshop":
        workshop = get_visit(scene.book(person_id=scene.another().id, starts_at=paris("2026-11-27", "10:00")))[1].id
        offered = (scene.first.id, scene.desk.id)
    with pytest.raises(SlotNotOffered):
        services.join(
            appointment_id=workshop, person_id=scene.person.id, origin=Origin.PERSON, actor_id=None, now=NOW,
            offered=offered,
        )  # fmt: skip


def test_a_workshop_is_cancelled_for_all_at_once_with_its_reason(app: Flask) -> None:
    scene = make_agenda()
    _type_id, workshop = announce(scene)
    visits = [
        services.join(appointment_id=workshop, person_id=one.id, origin=Origin.STAFF, actor_id=None, now=NOW)
        for one in (scene.person, scene.another())
    ]
    client = signed_in(app, scene.adviser)
    assert "2 personnes inscrites seront prévenues" in ok(client.get(f"/agenda/ateliers/{workshop}/annuler"))
    assert client.post(f"/agenda/ateliers/{workshop}/annuler", data={"reason": ""}).status_code == 422
    with pytest.raises(ReasonNeeded):
        services.cancel_workshop(appointment_id=workshop, reason=" ", actor_id=None, now=NOW)
    done = client.post(f"/agenda/ateliers/{workshop}/annuler", data={"reason": "Salle fermée"})
    assert done.status_code == 303
    assert {get_visit(visit)[0].state for visit in visits} == {AttendanceState.CANCELLED}
    assert get_visit(visits[0])[1].state is AppointmentState.CANCELLED
    assert "annulé" in ok(client.get(f"/agenda/ateliers/{workshop}"))
    assert client.get(f"/agenda/ateliers/{workshop}/annuler").status_code == 303
    with pytest.raises(ForbiddenTransition):
        services.cancel_workshop(appointment_id=workshop, reason="Encore", actor_id=None, now=NOW)
    acts = db.session.scalars(select(AuditEntry.action)).all()
    assert acts.count("agenda.workshop_cancelled") == 1
    assert scene.book() > 0, "the adviser is free again"


def test_only_a_workshop_is_cancelled_as_one() -> None:
    scene = make_agenda()
    appointment_id = get_visit(scene.book())[1].id
    with pytest.raises(NotFound):
        services.cancel_workshop(appointment_id=appointment_id, reason="Non", actor_id=None, now=NOW)


def test_whoever_has_a_diagnosis_moves_it_though_only_the_desk_makes_one(app: Flask) -> None:
    scene = make_agenda()
    visit = scene.book(type_id=a_type(MeetingKind.DIAGNOSIS).id)
    client, link = app.test_client(), the_link(scene.person.id)
    shown = client.get(link).get_data(as_text=True)
    assert "Changer l’heure" in shown
    page = client.get(f"{link}/changer").get_data(as_text=True)
    chosen = codes(page)[-1]
    moved = client.post(f"{link}/changer", data={"slot": chosen, "version": get_visit(visit)[0].version})
    assert moved.status_code == 200
    assert int(get_visit(visit)[0].starts_at.timestamp()) == int(chosen.split(".")[0])
    assert "Changez-la ici, sans annuler" in client.get(f"{link}/annuler").get_data(as_text=True)


def test_the_round_of_home_visits_stays_the_adviser_s(app: Flask) -> None:
    scene = make_agenda()
    scene.book(type_id=a_type(MeetingKind.HOME_VISIT).id)
    client, link = app.test_client(), the_link(scene.person.id)
    assert "Changer l’heure" not in client.get(link).get_data(as_text=True)
    assert codes(client.get(f"{link}/changer").get_data(as_text=True)) == []
    assert "Votre antenne vous proposera une autre date" in client.get(f"{link}/annuler").get_data(as_text=True)


def test_what_one_has_already_stands_above_the_hours(app: Flask) -> None:
    scene = make_agenda()
    visit = scene.book(type_id=scene.follow_up.id)
    page = ok(signed_in(app, portal_user(scene)).get(f"/mon-espace/rendez-vous/nouveau/{scene.follow_up.id}"))
    assert "Vous avez déjà un rendez-vous" in page
    assert f'href="/mon-espace/rendez-vous/{visit}"' in page


def test_a_day_is_opened_besides_and_one_that_never_comes_is_refused(app: Flask) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.manager)
    url = f"/agenda/permanences/un-jour?qui={scene.adviser.id}"
    ok(client.get(url))
    sent = {"desk_id": str(scene.desk.id), "on": "2026-11-27", "opens": "14:00", "closes": "16:00"}
    assert client.post(url, data=sent).location.endswith(f"/agenda/permanences?qui={scene.adviser.id}")
    hours = queries.offered_slots(
        scene.first, [scene.desk.id], from_at=paris("2026-11-27", "13:00"), until_at=paris("2026-12-05", "18:00")
    )
    assert [slot.starts_at for slot in hours if slot.starts_at.hour >= 13] == [
        paris("2026-11-27", "14:00"), paris("2026-11-27", "15:00"),
    ]  # fmt: skip
    assert "une fois" in ok(client.get(f"/agenda/permanences?qui={scene.adviser.id}"))
    with pytest.raises(OpeningNever):
        services.add_opening(
            adviser_id=scene.adviser.id, desk_id=scene.desk.id, weekday=5, opens=time(9), closes=time(10),
            starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 27), every_weeks=1, type_ids=[], actor_id=None, now=NOW,
        )  # fmt: skip
    assert db.session.scalars(select(AgendaOpening).where(AgendaOpening.weekday == 5)).all() == []


def owed(scene: Agenda, days: int) -> list[tuple[int, Why]]:
    found = queries.list_lapsed(visible=Person.desk_id == scene.desk.id, now=THURSDAY + timedelta(days=days))
    return [(one.person_id, one.why) for one in found]


def end(visit: int, state: AttendanceState) -> None:
    services.close(attendance_id=visit, state=state, following=Next(), actor_id=None, now=AFTER)


def test_after_the_invitation_the_adviser_takes_over(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    end(scene.book(), AttendanceState.ABSENT)
    assert owed(scene, 5) == [], "invited after three days, three more to choose"
    assert owed(scene, 6) == [(scene.person.id, Why.ABSENT)]
    at_now.move_to(THURSDAY + timedelta(days=6), tick=False)
    client = signed_in(app, scene.adviser)
    assert "Appeler, et convenir d’une date" in ok(client.get("/a-faire"))
    assert "pas de nouvelle date depuis l’invitation" in ok(client.get("/agenda/a-revoir"))
    scene.book(starts_at=paris("2026-12-08", "10:00"), now=THURSDAY + timedelta(days=6))
    assert owed(scene, 7) == []
    assert owed(scene, 100) == [], "an old absence is no news"


@pytest.mark.parametrize("state", [AttendanceState.EXCUSED, AttendanceState.DESK_FAULT])
def test_another_date_is_owed_at_once_after_an_excuse_or_the_desk_s_own_fault(state: AttendanceState) -> None:
    scene = make_agenda()
    end(scene.book(), state)
    assert owed(scene, 0) == []
    assert owed(scene, 1) == [(scene.person.id, Why.PUT_OFF)]


def test_an_absence_that_is_noted_late_is_answered_at_once() -> None:
    scene = make_agenda()
    visit = scene.book()
    services.close(
        attendance_id=visit, state=AttendanceState.ABSENT, following=Next(), actor_id=None,
        now=THURSDAY + timedelta(days=5),
    )  # fmt: skip
    assert services.invite_again(now=THURSDAY + timedelta(days=5))["invited"] == 1
