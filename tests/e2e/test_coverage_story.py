"""The stories of coverage: a gap announced and closed by a loan, what would happen if, a colleague who is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.agenda import services as agenda
from mobility.agenda.models import Appointment
from mobility.agenda.rules import MeetingKind, Origin
from mobility.core import jobs
from mobility.core.clock import at_paris
from mobility.core.db import db, end_read
from mobility.fleet.kinds import Category
from mobility.loans import services as loans
from mobility.notifications.models import OutboxMessage
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Weekly
from mobility.pathway.services import rosters
from mobility.people.models import Person
from tests.conftest import plain_spaces
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.agenda import a_type, an_opening
from tests.factories.desks import make_desk
from tests.factories.fleet import a_vehicle
from tests.factories.loans import a_borrower, a_job, a_policy
from tests.support.live import LiveServer, MovableClock

MORNING = Weekly((parse_hours("5h-13h"),) * 5 + ((), ()))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return at_paris(date(2026, 11, day), time(hour, minute))


@pytest.fixture
def scene(app: Flask, live: LiveServer, moving_clock: MovableClock) -> tuple[User, Person, int, int]:
    """Nadia works on weekday mornings; she has a car until Wednesday 18 November; it is Monday 9."""
    moving_clock.move_to(at(9, 9))
    desk = make_desk("Denain", ranges=[(time(8), time(18))], days=range(6))
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre")
    a_policy(needs_approval=False, price_per_day_cents=200)
    a_vehicle(desk.id)
    person = a_borrower(desk, adviser, job=False, first_name="Nadia", last_name="Lefèvre")
    objective_id = a_job(person.id, starts_on=date(2026, 11, 9), ends_on=date(2026, 12, 18))
    rosters.set_roster(objective_id=objective_id, version=None, pattern=MORNING, actor_id=adviser.id, now=at(9, 9))
    loan_id = loans.book(
        person_id=person.id, desk_id=desk.id, category=Category.CAR, start_at=at(9, 14), due_at=at(18, 16),
        objective_id=objective_id, actor_id=adviser.id, by_person=False, now=at(9, 9),
    )  # fmt: skip
    end_read()
    return adviser, person, objective_id, loan_id


@pytest.mark.parametrize("width", ["360", "1280"])
def test_a_gap_is_announced_tried_out_and_closed_by_a_loan(
    scene: tuple[User, Person, int, int],
    browse: Callable[..., Page],
    shoot: Callable[[Page, str], None],
    moving_clock: MovableClock,
    width: str,
) -> None:
    adviser, person, objective_id, loan_id = scene
    person_id = person.id
    moving_clock.move_to(at(10, 9))
    assert jobs.run("pathway_gaps", now=at(10, 9)).ok
    words = "À partir du 19 novembre, plus de solution pour l’équipe du matin"
    alerts = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "staff_alert")).all()
    texts = [alert.params["text"] for alert in alerts]
    assert any(words in text and "Solution possible" in text for text in texts), texts
    end_read()

    # What if the car comes back on Thursday 12 already? Nothing is saved by asking.
    page = browse(adviser, width=width, scripts=False)
    page.goto(f"/objectifs/{objective_id}/et-si")
    page.get_by_label("Quelle aide ?").select_option(index=1)
    page.get_by_label("Elle finit un autre jour").check()
    page.get_by_label("Elle finit le").fill("2026-11-12")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    said = plain_spaces(page.locator("main").inner_text())
    assert "4 jours resteraient sans solution, du 13 novembre au 18 novembre." in said
    shown = browse(adviser, width=width)
    shown.goto(f"/objectifs/{objective_id}/trajets")
    expect(shown.get_by_text("plus de solution pour l’équipe du matin").first).to_be_visible()
    shoot(shown, "coverage-journeys")
    assert axe_violations(shown) == []

    # Trying it again with scripts, for the picture; then the real act: the loan goes on until the end of the month.
    shown.goto(f"/objectifs/{objective_id}/et-si")
    shown.get_by_label("Quelle aide ?").select_option(index=1)
    shown.get_by_label("Elle finit un autre jour").check()
    shown.get_by_label("Elle finit le").fill("2026-11-27")
    shown.get_by_role("button", name="Voir ce qui changerait").click()
    expect(shown.get_by_text("7 jours trouveraient une solution")).to_be_visible()
    shoot(shown, "coverage-what-if")
    assert axe_violations(shown) == []
    shown.get_by_role("link", name="Changer la date de retour").click()
    expect(shown.get_by_label("Nouveau jour de retour")).to_have_value("2026-11-27")
    shown.locator("main form").last.get_by_role("button").first.click()
    shown.wait_for_url(f"**/prets/{loan_id}")
    shown.goto(f"/personnes/{person_id}")
    expect(shown.get_by_text("À partir du 30 novembre, plus de solution pour l’équipe du matin").first).to_be_visible()
    shoot(shown, "coverage-person")


@pytest.mark.parametrize("width", ["360", "1280"])
def test_the_day_of_a_colleague_who_is_away_is_handed_over(
    app: Flask,
    live: LiveServer,
    browse: Callable[..., Page],
    shoot: Callable[[Page, str], None],
    moving_clock: MovableClock,
    width: str,
) -> None:
    moving_clock.move_to(at(9, 9))
    desk = make_desk("Denain", ranges=[(time(8), time(18))], days=range(6))
    away = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre")
    colleague = make_user(Role.ADVISER, desk_id=desk.id, name="Bruno Lemaire")
    manager = make_user(Role.MANAGER, desk_id=desk.id, name="Odile Petit")
    for adviser in (away, colleague):
        an_opening(adviser, desk)
    first = a_type(MeetingKind.FIRST)
    booked = []
    for number, hour in enumerate((9, 10, 11)):
        person = a_borrower(desk, away, job=False, first_name="Nadia", last_name=f"Lefèvre{'abc'[number]}")
        booked.append(
            agenda.book(
                person_id=person.id, type_id=first.id, desk_id=desk.id, adviser_id=away.id, starts_at=at(12, hour),
                origin=Origin.STAFF, actor_id=away.id, now=at(9, 9),
            )
        )  # fmt: skip
    end_read()
    page = browse(manager, width=width)
    page.goto(f"/agenda/remplacer?qui={away.id}&du=2026-11-12&au=2026-11-12")
    expect(page.get_by_text("Nadia Lefèvrea")).to_be_visible()
    selects = page.get_by_label("Que devient ce rendez-vous ?")
    expect(selects).to_have_count(3)
    selects.nth(1).select_option(label="Première heure libre après l’absence")
    selects.nth(2).select_option(label="Annuler, et envoyer un lien pour choisir une autre date")
    page.get_by_label("Note de passation pour les collègues").fill("Elle attend son permis.")
    shoot(page, "away")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Faire ces changements").click()
    expect(page.get_by_text("3 rendez-vous traités : chacun est prévenu.")).to_be_visible()
    end_read()
    db.session.expire_all()
    rows = db.session.scalars(select(Appointment).order_by(Appointment.id)).all()
    assert [row.state.value for row in rows] == ["planned", "planned", "cancelled"]
    assert (rows[0].adviser_id, rows[0].starts_at) == (colleague.id, at(12, 9))
    assert rows[1].starts_at > at(12, 18)
    end_read()
    reader = browse(colleague, width=width)
    reader.goto("/")
    page.goto("/charge")
    shoot(page, "caseload")
    assert axe_violations(page) == []
    reader.goto("/passations/1")
    reader.get_by_role("button", name="J’ai lu cette note").click()
    expect(reader.get_by_text("vous avez lu la note")).to_be_visible()
    assert timedelta(0) < rows[1].starts_at - at(12, 10)
