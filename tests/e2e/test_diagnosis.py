"""The story: an adviser sends the questions, the person prepares them on a phone, both finish on a tablet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from io import BytesIO

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.core.clock import at_paris
from mobility.core.db import end_read
from mobility.diagnosis import tokens
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.queries import find_findings
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.people import make_person
from tests.support.live import LiveServer, MovableClock

NOW = at_paris(date(2026, 11, 24), time(10))
TABLET = {"width": 820, "height": 1180}


def choose(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()


def saved(page: Page, item: str) -> None:
    """Wait until the answer says that it is kept."""
    expect(page.locator(f"#saved-{item}")).to_contain_text("Enregistré")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_diagnosis_is_prepared_on_a_phone_and_finished_together_on_a_tablet(
    app: Flask,
    live: LiveServer,
    browse: Callable[..., Page],
    shoot: Callable[[Page, str], None],
    moving_clock: MovableClock,
    session: Session,
    scripts: bool,
) -> None:
    moving_clock.move_to(NOW)
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre")
    person = make_person("Nadia", "Lefèvre", desk=desk, email="nadia@example.org")

    # Marion opens the diagnosis from the person's page and sends the questions.
    tablet = browse(adviser, scripts=scripts)
    tablet.set_viewport_size(TABLET)  # type: ignore[arg-type]
    tablet.goto(f"/personnes/{person.id}")
    tablet.get_by_role("link", name="Commencer un diagnostic").click()
    tablet.get_by_role("button", name="Commencer").click()
    tablet.get_by_text("Autres actions").click()
    tablet.get_by_role("link", name="Envoyer les questions à la personne").click()
    tablet.get_by_role("button", name="Envoyer le lien").click()
    expect(tablet.get_by_text("La personne peut répondre de son côté")).to_be_visible()
    end_read()
    row = session.query(Diagnosis).one()

    # Nadia answers on her phone, without signing in.
    phone = browse(None, width="360", scripts=scripts)
    phone.goto(f"/preparer/{tokens.prepare_token(row, now=NOW, days=14)}")
    if scripts:
        shoot(phone, "story.preparer")
        assert axe_violations(phone) == []
    phone.get_by_role("link", name="Permis et conduite").click()
    choose(phone, "Avez-vous un permis ?", "Pas de permis")
    if scripts:
        # The answer is kept at once and opens the next question in place.
        saved(phone, "licence")
        choose(phone, "Apprenez-vous à conduire ?", "Non")
        saved(phone, "learning")
        assert axe_violations(phone) == []
    else:
        phone.get_by_role("button", name="Enregistrer et continuer").click()
        choose(phone, "Apprenez-vous à conduire ?", "Non")
        phone.get_by_role("button", name="Enregistrer et continuer").click()
    phone.get_by_role("link", name="Mes questions").click()
    phone.get_by_role("button", name="J’ai fini").click()
    expect(phone.get_by_role("heading", name="Merci, c’est envoyé")).to_be_visible()

    # Marion sees what was prepared, and completes it with her.
    tablet.goto(f"/diagnostics/{row.id}")
    expect(tablet.get_by_text("La personne a préparé sa partie")).to_be_visible()
    expect(tablet.get_by_text("Vous n’avez pas le permis voiture.").first).to_be_visible()
    tablet.get_by_role("link", name="Transports près de chez vous").click()
    choose(tablet, "Y a-t-il un arrêt de bus ou une gare à moins de 15 minutes à pied ?", "Non")
    choose(tablet, "Quelqu’un peut-il emmener la personne ?", "Non")
    if scripts:
        saved(tablet, "lift")
        shoot(tablet, "story.ensemble")
        assert axe_violations(tablet) == []
    tablet.get_by_role("button", name="Enregistrer et continuer").click()
    choose(tablet, "Sur quoi la personne peut-elle compter ?", "J’apprends vite")
    tablet.get_by_role("button", name="Enregistrer et terminer").click()

    # She sets a score of her own, then they finish.
    tablet.locator("#note-licence").locator("xpath=ancestor::tr").get_by_role("link", name="Changer").click()
    tablet.get_by_label("Votre note").select_option("1")
    tablet.get_by_label("Pourquoi ?").fill("Elle s’inscrit au code cette semaine.")
    tablet.get_by_role("button", name="Enregistrer la note").click()
    tablet.get_by_role("link", name="Terminer le diagnostic").click()
    tablet.get_by_role("button", name="Terminer le diagnostic").click()
    expect(tablet.get_by_text("Elle s’inscrit au code cette semaine.").first).to_be_visible()
    if scripts:
        shoot(tablet, "story.resultat")
        assert axe_violations(tablet) == []

    end_read()
    found = find_findings(person_id=person.id)
    assert found is not None
    assert [(one.barrier.value, one.severity) for one in found.barriers] == [("territory", 3), ("licence", 2)]
    answer = tablet.request.get(f"/diagnostics/{row.id}/resume.pdf")
    paper = PdfReader(BytesIO(answer.body()))
    assert len(paper.pages) == 1
    assert "Vous apprenez vite." in paper.pages[0].extract_text().replace("\u00a0", " ")
