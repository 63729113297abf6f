"""Two stories of a first meeting: a refusal that says why, and an absence after which another date is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.db import end_read
from mobility.organisations.rules import OrganisationKind
from mobility.prescriptions import services
from mobility.prescriptions.kinds import Need, Source
from mobility.prescriptions.rules.states import State
from mobility.prescriptions.services import Intake, Origin
from tests.e2e.test_prescriptions import PERSON, REFERENT, at, deliver, fine, mailboxes, mails_to, path_in, text_of
from tests.factories.accounts import make_user
from tests.factories.agenda import a_type, an_opening
from tests.factories.desks import make_desk
from tests.factories.organisations import make_organisation
from tests.factories.prescriptions import get
from tests.support.live import LiveServer, MovableClock
from tests.support.smtp import SmtpServer

__all__ = ["mailboxes"]


@pytest.fixture
def sent(app: Flask, live: LiveServer, moving_clock: MovableClock) -> Any:
    """Nadia, sent to a desk that receives on weekday afternoons; returns (adviser, number)."""
    del app, live
    moving_clock.move_to(at(17, 9))
    desk = make_desk("Denain", ranges=[(time(9), time(18))], days=range(6))
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre", email="marion@plateforme.example")
    organisation = make_organisation(OrganisationKind.PRESCRIBER, "Mission locale du Valenciennois")
    a_type()
    an_opening(adviser, desk, opens=time(14), closes=time(17))
    number = services.send(
        intake=Intake(
            first_name="Nadia", last_name="Lefèvre", born_on=at(1, 9).date().replace(year=1994), insee_code="59172",
            consent=True, needs=[Need.GO_TO_WORK], email=PERSON, referent_name="Laurent Petit", referent_email=REFERENT,
        ),
        origin=Origin(source=Source.ACCOUNT, organisation_id=organisation.id),
        now=at(17, 9),
    )  # fmt: skip
    return adviser, number


def test_a_refusal_says_why_inside_both_messages(
    sent: Any, browse: Callable[..., Page], shoot: Callable[[Page, str], None], mailboxes: SmtpServer
) -> None:
    adviser, number = sent
    staff = browse(adviser)
    staff.goto(f"/bannette/{number}")
    staff.get_by_text("Autres actions").click()
    staff.get_by_role("link", name="Refuser").click()
    staff.get_by_role("radio", name="La personne habite hors de notre territoire").check()
    staff.get_by_role("button", name="Refuser").click()
    expect(staff.locator(".field-error").first).to_be_visible()
    staff.get_by_label("Expliquez, et dites qui peut aider").fill("Le CCAS de Lens peut vous recevoir dès lundi.")
    fine(staff, shoot, "story.refuser", scripts=True)
    staff.get_by_role("button", name="Refuser").click()
    expect(staff.get_by_text("Le CCAS de Lens peut vous recevoir dès lundi.")).to_be_visible()
    deliver()
    for address in (PERSON, REFERENT):
        said = " ".join(text_of(mails_to(mailboxes, address)[-1]).split())
        assert "Le CCAS de Lens peut vous recevoir dès lundi." in said
        assert "habite hors de notre territoire" in said
    phone = browse(None, width="360")
    phone.goto(path_in(mails_to(mailboxes, REFERENT)[-1], "/orientation/suivi/"))
    expect(phone.get_by_text("Il n’y a plus rien à faire pour cette orientation.")).to_be_visible()
    assert "Lens" not in phone.inner_text("main"), "the page, which others may open, says no more than the word"


def test_after_an_absence_another_date_is_found_on_the_phone(
    sent: Any,
    browse: Callable[..., Page],
    shoot: Callable[[Page, str], None],
    mailboxes: SmtpServer,
    moving_clock: MovableClock,
    session: Session,
) -> None:
    adviser, number = sent
    staff = browse(adviser)
    staff.goto(f"/bannette/{number}/accepter")
    staff.get_by_role("button", name="Accepter", exact=True).click()
    staff.get_by_role("link", name="Proposer un premier rendez-vous").click()
    staff.get_by_role("link", name="Premier rendez-vous", exact=True).click()
    staff.get_by_role("radio", name="mercredi 18 novembre à 15 h").check()
    staff.get_by_role("button", name="Prendre ce rendez-vous").click()
    expect(staff.get_by_text("Le rendez-vous est pris")).to_be_visible()

    # She does not come.
    moving_clock.move_to(at(18, 16))
    staff = browse(adviser)
    staff.goto(f"/bannette/{number}")
    staff.get_by_role("link", name="Voir le rendez-vous").click()
    staff.get_by_role("radio", name="pas venu", exact=True).check()
    staff.get_by_role("button", name="Enregistrer le bilan").click()
    staff.goto(f"/bannette/{number}")
    expect(staff.get_by_text("La personne n’est pas venue mercredi 18 novembre à 15 h")).to_be_visible()
    fine(staff, shoot, "story.absente", scripts=True)
    # The prescriber is never told of an absence.
    deliver()
    assert all("absen" not in text_of(mail).lower() for mail in mails_to(mailboxes, REFERENT))

    # Three days later she is invited again, and chooses.
    moving_clock.move_to(at(23, 10))
    for name in ("agenda_invitations", "deliver"):
        result = jobs.run(name)
        assert result.ok, result.error
    phone = browse(None, width="360")
    phone.goto(path_in(mails_to(mailboxes, PERSON)[-1], "/rdv/choisir/"))
    phone.get_by_role("radio", name="mardi 24 novembre à 16 h").check()
    phone.get_by_role("button", name="Je prends ce rendez-vous").click()
    expect(phone.get_by_text("mardi 24 novembre à 16 h").first).to_be_visible()
    fine(phone, shoot, "story.reinvitee", scripts=True)
    staff.reload()
    end_read()
    assert get(number).state is State.MEETING_BOOKED
    staff = browse(adviser)
    staff.goto(f"/bannette/{number}")
    expect(staff.get_by_text("Premier rendez-vous : mardi 24 novembre à 16 h.")).to_be_visible()
