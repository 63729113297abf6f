"""Two stories of a plan: composed from what the diagnosis found, and the whole way from the orientation to what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.agenda.rules import MeetingKind
from mobility.core.clock import at_paris
from mobility.core.db import db, end_read
from mobility.diagnosis.barriers import Barrier, Limits
from mobility.local_aids import services as local_aids
from mobility.notifications.models import OutboxMessage
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.terms import PlanState
from tests.e2e.conftest import axe_violations
from tests.e2e.test_first_meeting import sent
from tests.e2e.test_prescriptions import PERSON, at, deliver, mailboxes, mails_to, path_in
from tests.factories.accounts import make_user
from tests.factories.agenda import a_type
from tests.factories.desks import make_desk
from tests.factories.diagnosis import make_finished
from tests.factories.pathway import an_objective
from tests.factories.people import make_person
from tests.factories.prescriptions import get
from tests.support.live import LiveServer, MovableClock
from tests.support.smtp import SmtpServer

__all__ = ["mailboxes", "sent"]

NOW = at_paris(date(2026, 11, 24), time(10))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_plan_is_proposed_composed_and_signed_by_both(
    app: Flask,
    live: LiveServer,
    browse: Callable[..., Page],
    moving_clock: MovableClock,
    session: Session,
    scripts: bool,
) -> None:
    moving_clock.move_to(NOW)
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre")
    person = make_person("Nadia", "Lefèvre", desk=desk, email="nadia@example.org", referent_user_id=adviser.id)
    person_id = person.id
    an_objective(person_id, starts_on=date(2026, 12, 21), now=NOW)
    make_finished(person, (Barrier.CHILDCARE, 3, "Personne ne garde les enfants."), limits=Limits(monthly_cents=5000))
    local_aids.write_defaults(valid_from_on=date(2026, 1, 1), actor_id=None, now=NOW)
    end_read()

    tablet = browse(adviser, scripts=scripts)
    tablet.goto(f"/personnes/{person_id}/plan/propositions")
    expect(tablet.get_by_role("heading", name="Ce que le diagnostic a trouvé")).to_be_visible()
    assert not scripts or axe_violations(tablet) == []
    tablet.get_by_role("button", name="Partir de ce plan").first.click()
    expect(tablet.get_by_text("Aide à la garde d’enfants").first).to_be_visible()
    tablet.get_by_role("button", name="Faire signer").click()
    tablet.get_by_role("button", name="Envoyer le lien pour signer").click()
    expect(tablet.get_by_text("Le lien est envoyé")).to_be_visible()
    tablet.get_by_role("link", name="Je signe pour l’antenne").click()
    tablet.get_by_label("J’ai lu et je suis d’accord").check()
    tablet.get_by_role("button", name="Signer", exact=True).click()
    expect(tablet.get_by_text("La plateforme : signé")).to_be_visible()

    end_read()
    session.expire_all()
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "plan_to_sign")).one()
    path = "/signer/" + str(message.params["link"]).rsplit("/signer/", 1)[1]
    end_read()
    phone = browse(None, scripts=scripts)
    phone.set_viewport_size({"width": 360, "height": 740})
    phone.goto(path)
    assert not scripts or axe_violations(phone) == []
    phone.get_by_label("Prénom et nom").fill("Nadia Lefèvre")
    phone.get_by_label("J’ai lu et je suis d’accord").check()
    phone.get_by_role("button", name="Signer mon plan").click()
    expect(phone.get_by_role("heading", name="Merci, c’est signé")).to_be_visible()

    end_read()
    db.session.expire_all()
    plan = plan_queries.list_plans(person_id)[0]
    assert plan.state is PlanState.AGREED
    version = plan_queries.list_versions(plan.id)[0]
    assert version.document_id is not None
    end_read()


def choose(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()
    expect(page.locator("[id^=saved-]", has_text="Enregistré").last).to_be_visible()


def test_one_person_goes_the_whole_way(
    sent: Any, browse: Callable[..., Page], mailboxes: SmtpServer, moving_clock: MovableClock, session: Session
) -> None:
    """Sent, met, understood, planned, signed, and never without what comes next."""
    adviser, number = sent
    a_type(MeetingKind.FOLLOW_UP)
    local_aids.write_defaults(valid_from_on=date(2026, 1, 1), actor_id=None, now=at(17, 9))
    end_read()

    # The orientation is accepted; Nadia chooses the hour on her phone.
    desk = browse(adviser)
    desk.goto(f"/bannette/{number}/accepter")
    desk.get_by_role("button", name="Accepter", exact=True).click()
    desk.get_by_role("link", name="Proposer un premier rendez-vous").click()
    desk.get_by_role("button", name="Envoyer le lien : Premier rendez-vous").click()
    deliver()
    phone = browse(None, width="360")
    phone.goto(path_in(mails_to(mailboxes, PERSON)[-1], "/rdv/choisir/"))
    phone.get_by_role("radio", name="jeudi 19 novembre à 14 h").check()
    phone.get_by_role("button", name="Je prends ce rendez-vous").click()
    expect(phone.get_by_text("jeudi 19 novembre à 14 h").first).to_be_visible()

    # She is there; they look at what stands in her way.
    moving_clock.move_to(at(19, 14, 10))
    end_read()
    person_id = get(number).person_id
    assert person_id is not None
    an_objective(person_id, starts_on=date(2026, 12, 21), now=at(19, 14))
    end_read()
    desk = browse(adviser)
    desk.goto(f"/personnes/{person_id}")
    desk.get_by_role("link", name="Commencer un diagnostic").click()
    desk.get_by_role("button", name="Commencer").click()
    desk.get_by_role("link", name="Permis et conduite").click()
    choose(desk, "Quel permis la personne a-t-elle ?", "Pas de permis")
    choose(desk, "Le permis voiture est-il en préparation ?", "Non")
    desk.get_by_role("button", name="Enregistrer et continuer").click()
    diagnosis = desk.url.split("/diagnostics/")[1].split("/")[0]
    desk.goto(f"/diagnostics/{diagnosis}/terminer")
    desk.get_by_role("button", name="Terminer le diagnostic").click()
    expect(desk.get_by_text("Vous n’avez pas le permis voiture.").first).to_be_visible()

    # Plans are proposed; one is signed by both.
    desk.goto(f"/personnes/{person_id}/plan/propositions")
    desk.get_by_role("button", name="Partir de ce plan").first.click()
    desk.get_by_role("button", name="Faire signer").click()
    version = desk.url.rsplit("/", 1)[1]
    for party, words in (("person", "La personne : signé"), ("adviser", "Le plan est signé")):
        desk.goto(f"/plans/versions/{version}/signer/{party}")
        desk.get_by_label("J’ai lu et je suis d’accord").check()
        desk.get_by_role("button", name="Signer", exact=True).click()
        expect(desk.get_by_text(words).first).to_be_visible()

    # Nobody leaves without what comes next.
    moving_clock.move_to(at(19, 15, 30))
    desk = browse(adviser)
    desk.goto(f"/bannette/{number}")
    desk.get_by_role("link", name="Voir le rendez-vous").click()
    desk.get_by_role("radio", name="venu", exact=True).check()
    desk.get_by_role("button", name="Enregistrer le bilan").click()
    expect(desk.get_by_text("Choisissez la suite").first).to_be_visible()
    desk.get_by_role("radio", name="un prochain rendez-vous").check()
    hour = desk.locator("input[name=slot]").first
    chosen = hour.locator("xpath=ancestor::label | following-sibling::label").first.inner_text()
    hour.check()
    desk.get_by_role("button", name="Enregistrer le bilan").click()
    desk.goto(f"/personnes/{person_id}")
    expect(desk.get_by_role("link", name=chosen.split(" – ")[0].strip()).first).to_be_visible()
    expect(desk.get_by_text("Pas de prochain rendez-vous")).to_have_count(0)
