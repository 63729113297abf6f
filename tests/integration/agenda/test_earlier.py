"""The waiting list: asked for, offered in the day to a few, taken by the first, offered on."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from mobility.accounts.policy import Role
from mobility.agenda import errors, services
from mobility.agenda.earlier import OfferState, WishEnd
from mobility.agenda.models import EarlierOffer, EarlierWish
from mobility.agenda.rules import AttendanceState, MeetingKind, Origin
from mobility.core.db import db, transaction
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import OutboxMessage
from mobility.people.models import Person
from tests.factories.accounts import make_user
from tests.factories.agenda import NOW, Agenda, a_type, an_opening, get_visit, hours_later, make_agenda, paris
from tests.integration.agenda.test_constraints import attempt

pytestmark = pytest.mark.usefixtures("app")
FULL = paris("2026-12-01", "09:00")


def fill(scene: Agenda) -> list[int]:
    """Book Tuesday 1 December whole; return the visits in order. The other days are nobody's."""
    services.add_absence(
        adviser_id=scene.adviser.id, starts_at=NOW, ends_at=paris("2026-12-01", "00:00"), actor_id=None, now=NOW
    )
    services.add_absence(
        adviser_id=scene.adviser.id, starts_at=paris("2026-12-02", "00:00"), ends_at=paris("2027-03-01", "00:00"),
        actor_id=None, now=NOW,
    )  # fmt: skip
    return [scene.book(person_id=scene.another().id, starts_at=FULL + timedelta(hours=number)) for number in range(3)]


def late(scene: Agenda, days: int = 14, person: Person | None = None) -> int:
    """Book somebody far away."""
    return scene.book(person_id=(person or scene.another()).id, starts_at=FULL + timedelta(days=days))


def wait(scene: Agenda, attendance_id: int | None, person_id: int | None = None, **values: Any) -> int:
    """Put somebody on the list."""
    if person_id is None:
        assert attendance_id is not None
        person_id = get_visit(attendance_id)[0].person_id
    return services.ask_earlier(**{
        "person_id": person_id, "type_id": scene.first.id, "desk_id": scene.desk.id,
        "attendance_id": attendance_id, "actor_id": None, "now": NOW, **values,
    })  # fmt: skip


def free(visit: int, at: datetime = NOW) -> None:
    services.cancel(attendance_id=visit, by_person=True, actor_id=None, now=at)


def offers() -> list[EarlierOffer]:
    db.session.expire_all()
    return list(db.session.scalars(select(EarlierOffer).order_by(EarlierOffer.id)))


def wish_of(wish_id: int) -> EarlierWish:
    return db.session.get_one(EarlierWish, wish_id, populate_existing=True)


def test_an_hour_that_falls_free_is_offered_taken_and_offered_on() -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    one, other = late(scene, 14), late(scene, 15)
    wishes = [wait(scene, one), wait(scene, other)]
    assert services.offer_earlier(now=hours_later(0.1))["offered"] == 0, "nothing is free yet"
    free(first)
    assert services.offer_earlier(now=hours_later(0.2))["offered"] == 2
    assert services.offer_earlier(now=hours_later(0.3))["offered"] == 0, "each is asked once"
    mine, theirs = offers()
    assert {row.starts_at for row in (mine, theirs)} == {FULL}
    told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "appointment_earlier")).all()
    assert len(told) == 2
    assert {row.expires_at for row in told} == {hours_later(3.2)}
    assert services.accept_offer(offer_id=mine.id, actor_id=None, now=hours_later(1)) in {one, other}
    winner = wish_of(mine.wish_id)
    assert (winner.end_reason, get_visit(winner.attendance_id or 0)[0].starts_at) == (WishEnd.SERVED, FULL)
    # The other keeps their own hour, hears no more of it, and may be told of another one.
    assert [row.state for row in offers()] == [OfferState.ACCEPTED, OfferState.GONE]
    assert {row.state for row in told if "offer:" + str(theirs.id) in row.dedup_key} == {MessageState.CANCELLED}
    with pytest.raises(errors.OfferOver):
        services.accept_offer(offer_id=theirs.id, actor_id=None, now=hours_later(1))
    loser = next(wish_of(each) for each in wishes if each != winner.id)
    assert (loser.ended_at, get_visit(loser.attendance_id or 0)[0].state) == (None, AttendanceState.EXPECTED)


def test_the_hour_given_back_is_offered_on() -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    colleague = make_user(Role.ADVISER, desk_id=scene.desk.id)
    an_opening(colleague, scene.desk, weekdays=[3], starts_on=date(2026, 12, 10), ends_on=date(2026, 12, 10))
    thursday = paris("2026-12-10", "09:00")
    held, *_others = [
        scene.book(person_id=scene.another().id, adviser_id=colleague.id, starts_at=thursday + timedelta(hours=number))
        for number in range(3)
    ]
    second = late(scene, 17)
    wait(scene, held)
    wait(scene, second)
    free(first)
    services.offer_earlier(now=hours_later(0.2))
    taken = next(row for row in offers() if wish_of(row.wish_id).attendance_id == held)
    services.accept_offer(offer_id=taken.id, actor_id=None, now=hours_later(1))
    assert services.offer_earlier(now=hours_later(48))["offered"] == 1
    again = offers()[-1]
    assert (again.adviser_id, again.starts_at) == (colleague.id, thursday)
    assert wish_of(again.wish_id).attendance_id == second


def test_somebody_without_appointment_comes_first_and_gets_one() -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    wait(scene, late(scene))
    invited = scene.another()
    wish_id = wait(scene, None, invited.id)
    free(first)
    services.offer_earlier(now=hours_later(0.1))
    mine = next(row for row in offers() if row.wish_id == wish_id)
    attendance_id = services.accept_offer(offer_id=mine.id, actor_id=None, now=hours_later(1))
    visit, _appointment = get_visit(attendance_id)
    assert (visit.person_id, visit.starts_at, visit.origin) == (invited.id, FULL, Origin.PERSON)


def test_a_promised_hour_is_kept_whatever_is_booked_beside_it() -> None:
    scene = make_agenda()
    _first, second, third = fill(scene)
    wait(scene, late(scene))
    free(third)
    services.offer_earlier(now=hours_later(0.1))
    # A shorter meeting beside it shifts the rhythm of what is offered; the promised hour stands.
    free(second)
    scene.book(person_id=scene.another().id, type_id=scene.follow_up.id, starts_at=FULL + timedelta(hours=1))
    services.accept_offer(offer_id=offers()[0].id, actor_id=None, now=hours_later(1))


@pytest.mark.parametrize("act", ["book", "absence", "late", "stopped"])
def test_an_hour_that_is_gone_is_not_taken(act: str) -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    visit = late(scene)
    wish_id = wait(scene, visit)
    free(first)
    services.offer_earlier(now=hours_later(0.1))
    at = hours_later(1)
    if act == "book":
        scene.book(person_id=scene.another().id, starts_at=FULL)
    elif act == "absence":
        services.add_absence(
            adviser_id=scene.adviser.id, starts_at=FULL, ends_at=FULL + timedelta(minutes=5), actor_id=None, now=NOW
        )
    elif act == "late":
        at = hours_later(3.1)
    else:
        services.stop_waiting(wish_id=wish_id, actor_id=None, now=NOW)
    with pytest.raises(errors.OfferOver):
        services.accept_offer(offer_id=offers()[0].id, actor_id=None, now=at)
    services.withdraw_offer(offer_id=offers()[0].id, now=at)
    assert get_visit(visit)[0].starts_at == FULL + timedelta(days=14)
    assert offers()[0].state is (OfferState.OPEN if act == "late" else OfferState.GONE)
    if act == "late":
        assert services.offer_earlier(now=at)["expired"] == 1
        assert offers()[0].state is OfferState.EXPIRED


def test_nothing_is_offered_at_night_nor_to_whom_no_message_reaches() -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    wait(scene, late(scene, person=scene.another(email="")))
    wait(scene, late(scene, 15))
    free(first)
    assert services.offer_earlier(now=paris("2026-11-24", "22:00"))["offered"] == 0
    assert services.offer_earlier(now=paris("2026-11-25", "09:00"))["offered"] == 1


def test_what_was_free_already_is_no_news() -> None:
    scene = make_agenda()
    wait(scene, late(scene))
    assert services.offer_earlier(now=hours_later(0.1))["offered"] == 0


def test_a_wish_ends_with_its_appointment() -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    cancelled, invited = late(scene), scene.another()
    wishes = [wait(scene, cancelled), wait(scene, None, invited.id)]
    free(cancelled)
    free(first)
    scene.book(person_id=invited.id, starts_at=FULL, now=hours_later(0.1))
    assert services.offer_earlier(now=hours_later(0.2))["ended"] == 2
    assert {wish_of(each).end_reason for each in wishes} == {WishEnd.OVER}


def test_what_cannot_be_waited_for() -> None:
    scene = make_agenda()
    visit = late(scene)
    workshop = a_type(MeetingKind.WORKSHOP)
    with pytest.raises(errors.CannotWait):
        wait(scene, None, scene.person.id, type_id=workshop.id)
    with pytest.raises(errors.CannotWait):
        wait(scene, visit, now=FULL + timedelta(days=15))
    assert wait(scene, visit) == wait(scene, visit), "one wish a person and type"


def test_the_database_knows_one_wish_and_one_open_offer() -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    wish_id = wait(scene, late(scene))
    row = {
        column.name: getattr(wish_of(wish_id), column.name)
        for column in EarlierWish.__table__.columns
        if column.name != "id"
    }
    attempt(insert(EarlierWish).values(row), "earlier_wish")
    free(first)
    services.offer_earlier(now=hours_later(0.1))
    known = offers()[0]
    row = {column.name: getattr(known, column.name) for column in EarlierOffer.__table__.columns if column.name != "id"}
    attempt(insert(EarlierOffer).values(row), "earlier_offer")
    attempt(insert(EarlierOffer).values({**row, "starts_at": FULL + timedelta(hours=1)}), "earlier_offer")
    attempt(insert(EarlierOffer).values({**row, "state": "gone"}), "ended_with_instant")
    attempt(insert(EarlierOffer).values({**row, "expires_at": FULL + timedelta(1)}), "answer_before_the_hour")


def test_asked_and_taken_by_link(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    visit = late(scene)
    client = app.test_client()
    link = _link("appointment_booked", visit)
    assert "Prévenez-moi si une heure se libère plus tôt" in client.get(link).text
    assert client.post(f"{link}/prevenez-moi").status_code == 303
    assert "je suis sur la liste" in client.get(link).text
    free(first)
    services.offer_earlier(now=NOW)
    offer = _link("appointment_earlier", None)
    page = client.get(offer).text
    assert "mardi 1 décembre" in page.replace("1er", "1").replace("\u00a0", " ")
    assert "Votre rendez-vous actuel" in page
    assert client.post(f"{offer}/non").status_code == 303
    assert "plus proposée" in client.get(offer).text
    assert get_visit(visit)[0].starts_at == FULL + timedelta(days=14)
    with transaction() as session:
        row = session.get_one(EarlierOffer, offers()[0].id)
        row.state, row.ended_at = OfferState.OPEN, None
    assert "Rendez-vous" in client.post(offer).text
    assert get_visit(visit)[0].starts_at == FULL
    assert "plus proposée" in client.get(offer).text
    assert client.post(offer).status_code == 422


def test_an_hour_that_somebody_else_took_is_offered_no_more(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    first, *_rest = fill(scene)
    visit = late(scene)
    wait(scene, visit)
    free(first)
    services.offer_earlier(now=NOW)
    scene.book(person_id=scene.another().id, starts_at=FULL)
    offer, client = _link("appointment_earlier", None), app.test_client()
    assert "Je prends cette heure" in client.get(offer).text
    answer = client.post(offer)
    assert (answer.status_code, "Je prends cette heure" in answer.text) == (422, False)
    assert offers()[0].state is OfferState.GONE
    assert "plus proposée" in client.get(offer).text


def _link(template: str, visit: int | None) -> str:
    rows = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == template)).all()
    row = next(row for row in rows if visit is None or row.dedup_key.startswith(f"appointment:{visit}:"))
    found = re.search(r"/rdv/\S+", row.params["link"])
    assert found
    return found[0]
