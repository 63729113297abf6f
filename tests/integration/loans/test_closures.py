"""A desk changes its hours: the loans that this leaves outside are shown before and after, and moved one by one."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core.db import db
from mobility.desks import services as desks
from mobility.desks.appointments import list_broken
from mobility.desks.errors import AppointmentsBroken
from mobility.desks.models import DeskException, DeskOpening
from mobility.desks.rules import ALL_MONTH_WEEKS, DeskKind
from mobility.fleet.models import VehicleReservation
from mobility.loans import services
from mobility.loans.errors import AppointmentTaken, BadPeriod, NotEligible
from mobility.loans.models import LoanEvent
from mobility.loans.rules.policy import HandoverMode
from mobility.loans.rules.states import LoanAction
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import make_user, signed_in
from tests.factories.loans import DUE, NOW, START, Scene, get_loan, make_scene, paris
from tests.integration.loans.pages import ok

pytestmark = pytest.mark.usefixtures("at_now")
FRIDAY = date(2026, 11, 27)
WEEK = [(day, time(9), time(18), ALL_MONTH_WEEKS) for day in range(5)]


def close(scene: Scene, first: date = FRIDAY, last: date | None = None, **values: Any) -> int:
    return desks.close_days(
        desk_id=scene.desk.id, first_on=first, last_on=last, reason="Travaux", actor_id=None, now=NOW, **values
    )


def broken(scene: Scene) -> list[tuple[int, Any]]:
    return [(one.ref, one.at) for one in list_broken(scene.desk.id, now=NOW)]


def queued(template: str) -> int:
    return db.session.query(OutboxMessage).filter(OutboxMessage.template == template).count()


def test_a_closure_that_breaks_a_pickup_is_refused_until_it_is_accepted(app: Flask) -> None:
    scene = make_scene()
    loan_id = scene.book()
    with pytest.raises(AppointmentsBroken) as refused:
        close(scene)
    assert [one.ref for one in refused.value.appointments] == [loan_id]
    assert db.session.query(DeskException).count() == 0
    assert close(scene, accept_broken=True) == 1
    assert broken(scene) == [(loan_id, START)]
    # What is broken already stands in the way of no other change.
    assert close(scene, date(2026, 12, 1)) == 1


def test_every_change_of_hours_is_watched(app: Flask) -> None:
    scene = make_scene()
    scene.book()
    of_desk: dict[str, Any] = {"desk_id": scene.desk.id, "actor_id": None, "now": NOW}
    with pytest.raises(AppointmentsBroken):
        desks.set_openings(openings=WEEK[:4], **of_desk)
    with pytest.raises(AppointmentsBroken):
        desks.open_specially(day_on=FRIDAY, ranges=[(time(14), time(18))], reason="", **of_desk)
    with pytest.raises(AppointmentsBroken):
        desks.archive_desk(**of_desk)
    assert db.session.query(DeskOpening).count() == 5
    desks.open_specially(day_on=FRIDAY, ranges=[(time(8), time(12))], reason="", **of_desk)
    desks.set_openings(openings=WEEK[:4], accept_broken=True, **of_desk)
    exceptions = db.session.scalars(select(DeskException.id)).all()
    with pytest.raises(AppointmentsBroken):
        desks.remove_exceptions(exception_ids=exceptions, **of_desk)
    assert db.session.query(DeskException).count() == 1


def test_closing_time_and_what_a_key_box_takes_break_nothing(app: Flask) -> None:
    scene = make_scene(cars=2, policy={"handover": HandoverMode.KEY_BOX}, key_box=True)
    scene.book()
    assert close(scene) == 1
    details = desks.DeskDetails("Denain", DeskKind.MAIN, "", scene.desk.insee_code, "", "", "", key_box=False)
    change: dict[str, Any] = {"desk_id": scene.desk.id, "version": None, "place": None, "actor_id": None, "now": NOW}
    with pytest.raises(AppointmentsBroken):
        desks.update_desk(details=details, **change)
    desks.update_desk(details=details, accept_broken=True, **change)
    assert len(broken(scene)) == 1


def test_a_return_at_the_new_closing_time_is_kept(app: Flask) -> None:
    scene = make_scene()
    scene.book()
    early = [(day, time(9), time(17), ALL_MONTH_WEEKS) for day in range(5)]
    desks.set_openings(desk_id=scene.desk.id, openings=early, actor_id=None, now=NOW)
    assert broken(scene) == []


def test_a_pickup_is_moved_and_the_person_is_told(app: Flask) -> None:
    scene = make_scene()
    loan_id = scene.book()
    scene.sign(loan_id)
    before = get_loan(loan_id).person_cents
    close(scene, accept_broken=True)
    with pytest.raises(NotEligible, match="fermée"):
        services.move_pickup(loan_id=loan_id, start_at=paris("2026-11-27", "15:00"), actor_id=None, now=NOW)
    with pytest.raises(BadPeriod):
        services.move_pickup(loan_id=loan_id, start_at=DUE, actor_id=None, now=NOW)
    earlier = paris("2026-11-26", "15:00")
    services.move_pickup(loan_id=loan_id, start_at=earlier, actor_id=scene.adviser.id, now=NOW)
    loan = get_loan(loan_id)
    assert (loan.start_at, loan.free_days, loan.person_cents) == (earlier, 1, before)
    assert db.session.get_one(VehicleReservation, loan.reservation_id).starts_at == earlier
    assert broken(scene) == []
    assert queued("loan_moved") == 1
    event = db.session.scalars(select(LoanEvent).order_by(LoanEvent.id.desc())).first()
    assert event is not None
    assert event.action is LoanAction.RESCHEDULE
    later = paris("2026-11-30", "09:00")
    services.move_pickup(loan_id=loan_id, start_at=later, actor_id=scene.adviser.id, now=NOW)
    assert (get_loan(loan_id).free_days, get_loan(loan_id).days) == (0, 12)


def test_a_return_is_moved_without_a_renewal_and_without_a_day_more_to_pay(app: Flask) -> None:
    scene = make_scene(policy={"max_renewals": 0})
    loan_id = scene.out()
    close(scene, date(2026, 12, 11), accept_broken=True)
    services.move_return(loan_id=loan_id, due_at=paris("2026-12-14", "10:00"), actor_id=None, now=START)
    loan = get_loan(loan_id)
    assert (loan.renewals, loan.free_days, loan.person_cents) == (0, 3, 4500)
    assert queued("loan_moved") == 1
    scene.give_back(loan_id, now=paris("2026-12-14", "10:00"))
    assert get_loan(loan_id).person_cents == 4500


def test_a_vehicle_that_is_promised_before_does_not_move_forward(app: Flask) -> None:
    scene = make_scene()
    scene.book(person_id=scene.another().id, start_at=paris("2026-11-25"), due_at=paris("2026-11-26", "17:00"))
    loan_id = scene.book()
    with pytest.raises(AppointmentTaken):
        services.move_pickup(loan_id=loan_id, start_at=paris("2026-11-26", "15:00"), actor_id=None, now=NOW)
    assert get_loan(loan_id).start_at == START


def test_the_closure_s_page_shows_the_loans_before_and_the_desk_s_page_after(app: Flask) -> None:
    scene = make_scene()
    loan_id = scene.book()
    manager = signed_in(app, scene.manager)
    url = f"/administration/antennes/{scene.desk.id}/fermer"
    assert "J’ai lu la liste" not in ok(manager.get(url))
    first = manager.post(url, data={"first_on": "2026-11-27", "reason": "Travaux"})
    page = first.get_data(as_text=True)
    assert first.status_code == 422
    assert scene.person.last_name in page
    assert f"/prets/{loan_id}/deplacer/depart" in page
    assert "J’ai lu la liste" in page
    assert 'value="Travaux"' in page
    done = manager.post(url, data={"first_on": "2026-11-27", "reason": "Travaux", "accept_broken": "y"})
    assert done.status_code == 303
    assert done.headers["Location"].endswith("#a-deplacer")
    shown = ok(manager.get(f"/administration/antennes/{scene.desk.id}"))
    assert "Rendez-vous à déplacer" in shown
    assert f"/prets/{loan_id}/deplacer/depart" in shown
    assert "antenne fermée" in ok(manager.get("/accueil"))
    assert "Travaux" in ok(manager.get("/prets/a-deplacer"))
    assert "Déplacer les rendez-vous" in ok(manager.get("/prets/journee?jour=2026-11-27"))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("horaires", {"hours_0": "9h-18h"}),
        ("horaires-exceptionnels", {"day_on": "2026-11-27", "hours": "14h-18h"}),
        ("modifier", {}),
    ],
)
def test_every_form_of_hours_lists_what_it_breaks(app: Flask, path: str, data: dict[str, str]) -> None:
    scene = make_scene(policy={"handover": HandoverMode.KEY_BOX} if path == "modifier" else None, key_box=True)
    scene.book(
        start_at=paris("2026-11-27", "10:00"), due_at=paris("2026-12-12", "21:00") if path == "modifier" else DUE
    )
    manager = signed_in(app, scene.manager)
    url = f"/administration/antennes/{scene.desk.id}/{path}"
    if path == "modifier":
        data = {"name": "Denain", "kind": "main", "commune": scene.desk.insee_code, "version": "1"}
    refused = manager.post(url, data=data)
    assert refused.status_code == 422
    assert scene.person.last_name in refused.get_data(as_text=True)
    assert manager.post(url, data={**data, "accept_broken": "y"}).status_code == 303


def test_removing_a_special_day_asks_first_and_an_archive_too(app: Flask) -> None:
    scene = make_scene()
    saturday = date(2026, 11, 28)
    desks.open_specially(
        desk_id=scene.desk.id, day_on=saturday, ranges=[(time(9), time(12))], reason="", actor_id=None, now=NOW
    )
    scene.book(start_at=paris("2026-11-28", "10:00"))
    row = db.session.scalars(select(DeskException.id)).one()
    manager = signed_in(app, scene.manager)
    url = f"/administration/antennes/{scene.desk.id}/exceptions/retirer"
    asked = manager.post(url, data={"exception": str(row)})
    assert asked.status_code == 422
    assert f'name="exception" value="{row}"' in asked.get_data(as_text=True)
    assert manager.post(url, data={"exception": str(row), "accept_broken": "y"}).status_code == 303
    administrator = signed_in(app, make_user(Role.ADMINISTRATOR))
    archive = f"/administration/antennes/{scene.desk.id}/archiver"
    refused = administrator.post(archive)
    assert refused.status_code == 422
    # Administrators see that somebody is expected, and not whom.
    assert "Retour d’un véhicule" in refused.get_data(as_text=True)
    assert scene.person.last_name not in refused.get_data(as_text=True)
    assert administrator.post(archive, data={"accept_broken": "y"}).status_code == 303


def test_the_desk_moves_a_pickup_from_the_proposals(app: Flask) -> None:
    scene = make_scene()
    loan_id = scene.book()
    close(scene, accept_broken=True)
    client = signed_in(app, scene.adviser)
    url = f"/prets/{loan_id}/deplacer/depart"
    page = ok(client.get(url))
    assert "heure=2026-11-26T09:00" in page
    assert "heure=2026-11-30T09:00" in page
    assert "Travaux" in page
    assert 'value="2026-11-26"' in ok(client.get(f"{url}?heure=2026-11-26T09:00"))
    assert client.post(url, data={"on": "2026-11-27", "at": "10:30", "version": "1"}).status_code == 422
    assert client.post(url, data={"on": "pas un jour", "at": "10:30"}).status_code == 422
    version = str(get_loan(loan_id).version)
    assert client.post(url, data={"on": "2026-11-26", "at": "09:00", "version": version}).status_code == 303
    assert get_loan(loan_id).start_at == paris("2026-11-26", "09:00")
    assert "Rien à déplacer" in ok(client.get("/prets/a-deplacer"))
    back = f"/prets/{loan_id}/deplacer/retour"
    ok(client.get(back))
    version = str(get_loan(loan_id).version)
    assert client.post(back, data={"on": "2026-12-14", "at": "10:00", "version": version}).status_code == 303
    services.cancel(loan_id=loan_id, actor_id=None, now=NOW + timedelta(minutes=1))
    assert client.get(back).status_code == 303
    stranger = signed_in(app, make_user(Role.ADVISER, desk_id=make_scene().desk.id))
    assert stranger.get(back).status_code == 404
