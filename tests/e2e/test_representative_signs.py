"""A mother signs her son's plan on her telephone; the desk sees who signed, and in which quality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.core.clock import at_paris
from mobility.core.db import db, end_read
from mobility.notifications.models import OutboxMessage
from mobility.pathway.plan.rules.terms import Doer, StepKind
from mobility.pathway.services import plan_steps, plans
from mobility.people import services as people
from mobility.people.kinds import RepresentativeKind
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.people import make_person
from tests.support.live import LiveServer, MovableClock

NOW = at_paris(date(2026, 11, 24), time(10))


def test_a_mother_signs_on_her_telephone(
    app: Flask,
    live: LiveServer,
    browse: Callable[..., Page],
    moving_clock: MovableClock,
    session: Session,
    shoot: Callable[[Page, str], None],
) -> None:
    moving_clock.move_to(NOW)
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre")
    person = make_person("Enzo", "Lefèvre", desk=desk, minor=True, referent_user_id=adviser.id)
    mother = people.Signatory(
        kind=RepresentativeKind.PARENT, first_name="Jeanne", last_name="Lefèvre", email="jeanne@example.org",
        valid_from_on=date(2025, 1, 1),
    )  # fmt: skip
    people.add_representative(person_id=person.id, signatory=mother, actor_id=None, now=NOW)
    plan_id = plans.open_plan(person_id=person.id, actor_id=adviser.id, now=NOW)
    plan_steps.add_step(
        plan_id=plan_id, kind=StepKind.TASK, title="S’inscrire au code", doer=Doer.PERSON, actor_id=None, now=NOW
    )
    end_read()

    tablet = browse(adviser)
    tablet.goto(f"/plans/{plan_id}")
    tablet.get_by_role("button", name="Faire signer").click()
    expect(tablet.get_by_text("Au nom de la personne : pas encore signé")).to_be_visible()
    assert axe_violations(tablet) == []
    shoot(tablet, "representative-version-1280")
    tablet.get_by_role("button", name="Envoyer le lien à Jeanne Lefèvre").click()
    expect(tablet.get_by_text("Le lien est envoyé")).to_be_visible()
    version_url = tablet.url

    end_read()
    session.expire_all()
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "plan_to_sign_for")).one()
    path = "/signer/" + str(message.params["link"]).rsplit("/signer/", 1)[1]
    end_read()
    phone = browse(None, width="360")
    phone.goto(path)
    expect(phone.get_by_text("Vous signez pour Enzo Lefèvre")).to_be_visible()
    assert axe_violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    shoot(phone, "representative-sign-360")
    phone.get_by_label("Prénom et nom").fill("Jeanne Lefèvre")
    phone.get_by_label("J’ai lu et je suis d’accord").check()
    phone.get_by_role("button", name="Signer le plan").click()
    expect(phone.get_by_role("heading", name="Merci, c’est signé")).to_be_visible()

    tablet.goto(version_url)
    expect(tablet.get_by_text("Au nom de la personne : signé")).to_be_visible()
    expect(tablet.get_by_text("Parent (autorité parentale)").first).to_be_visible()
    tablet.get_by_role("link", name="Je signe pour l’antenne").click()
    tablet.get_by_label("J’ai lu et je suis d’accord").check()
    tablet.get_by_role("button", name="Signer", exact=True).click()
    expect(tablet.get_by_text("Le plan est signé")).to_be_visible()
    narrow = browse(adviser, width="360")
    narrow.goto(version_url)
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 360
    shoot(narrow, "representative-version-360")
