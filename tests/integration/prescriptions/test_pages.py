"""The pages: a link without account, drafts, the inbox, each act, the prescriber's own page."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.people import services as people
from mobility.people.kinds import NoteKind
from mobility.people.models import Person
from mobility.prescriptions import services, tokens
from mobility.prescriptions.models import Prescription, PrescriptionLink
from mobility.prescriptions.rules.states import Outcome, State
from tests.factories.accounts import signed_in
from tests.factories.documents import PDF
from tests.factories.people import make_person
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get, receive

FORM: dict[str, Any] = {
    "referent_name": "Laurent Petit",
    "referent_email": "laurent@mission.example",
    "last_name": "Lefèvre",
    "first_name": "Nadia",
    "born_on": "1994-03-02",
    "phone": "06 39 98 00 01",
    "commune": "Denain",
    "language": "fr",
    "consent": "y",
    "consent_manner": "spoken",
    "needs": ["go_to_work", "licence"],
    "need_text": "Usine à Onnaing, 5 h du matin.",
    "deadline_kind": "job",
    "deadline_on": "2026-12-07",
    "act": "send",
}


@pytest.fixture
def pages(app: Flask, house: House, client: FlaskClient, session: Session) -> SimpleNamespace:
    link = services.make_link(organisation_id=house.organisation.id, label="Accueil", actor_id=None, now=NOW)
    url = urlsplit(tokens.form_url(session.get_one(PrescriptionLink, link))).path
    return SimpleNamespace(
        house=house,
        link_id=link,
        form=url,
        anonymous=client,
        adviser=signed_in(app, house.adviser),
        manager=signed_in(app, house.manager),
        prescriber=signed_in(app, house.prescriber),
    )


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def all_rows(session: Session) -> list[Prescription]:
    session.expire_all()
    return list(session.scalars(select(Prescription).order_by(Prescription.id)))


def test_somebody_without_account_sends_and_follows(pages: SimpleNamespace, session: Session) -> None:
    assert "Orienter une personne" in text_of(pages.anonymous.get(pages.form))
    answer = pages.anonymous.post(pages.form, data={**FORM, "once": "k1"})
    assert answer.status_code == 303
    [row] = all_rows(session)
    assert (row.state, row.desk_id, row.link_id) == (State.RECEIVED, pages.house.desk.id, pages.link_id)
    assert row.sender_hash is not None
    page = text_of(pages.anonymous.get(answer.location))
    assert "C’est envoyé" in page
    assert "N. L." in page
    assert "Nadia" not in page
    assert "Lefèvre" not in page


def test_a_second_click_makes_no_second_one(pages: SimpleNamespace, session: Session) -> None:
    first = pages.anonymous.post(pages.form, data={**FORM, "once": "same"})
    second = pages.anonymous.post(pages.form, data={**FORM, "once": "same"})
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(all_rows(session)) == 1


def test_all_that_is_wrong_is_told_at_once_and_everything_typed_stays(pages: SimpleNamespace, session: Session) -> None:
    wrong = {
        **FORM, "once": "k", "consent": "", "phone": "", "commune": "Nulle-Part", "needs": [], "deadline_kind": "",
        "born_on": "31/02/1994", "need_text": "Elle : 2 94 03 59 172 001 50",
    }  # fmt: skip
    answer = pages.anonymous.post(pages.form, data=wrong)
    page = text_of(answer)
    assert answer.status_code == 422
    for sentence in (
        "Sans l’accord de la personne",
        "Indiquez un téléphone, un e-mail ou une adresse",
        "Cette commune n’est pas connue",
        "Choisissez une réponse",
        "Cette date n’existe pas",
        "Indiquez à la fois la date et ce qui commence",
        "numéro de sécurité sociale",
    ):
        assert sentence in page, sentence
    assert "Nulle-Part" in page
    assert 'value="Nadia"' in page
    assert all_rows(session) == []


def test_a_draft_is_kept_found_again_and_sent(pages: SimpleNamespace, session: Session) -> None:
    answer = pages.anonymous.post(
        pages.form,
        data={**FORM, "act": "draft", "born_on": "bientôt", "once": "k", "paper_1": (io.BytesIO(PDF), "promesse.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    page = text_of(pages.anonymous.get(answer.location))
    assert 'value="Nadia"' in page
    assert "promesse.pdf" in page
    assert all_rows(session)[0].state is State.DRAFT
    again = pages.anonymous.post(answer.location, data={**FORM, "first_name": "Nadège", "act": "draft", "once": "k2"})
    assert again.location == answer.location, "the address stays"
    done = pages.anonymous.post(answer.location, data={**FORM, "once": "k3"})
    assert done.status_code == 303
    [row] = all_rows(session)
    assert row.state is State.RECEIVED
    assert pages.anonymous.get(answer.location).status_code == 409
    shown = pages.adviser.get(f"/bannette/{row.id}")
    assert "promesse.pdf" in text_of(shown)


def test_a_draft_keeps_no_social_security_number(pages: SimpleNamespace, session: Session) -> None:
    answer = pages.anonymous.post(pages.form, data={**FORM, "act": "draft", "said": "2940359172001 50", "once": "k"})
    assert answer.status_code == 422
    assert "numéro de sécurité sociale" in text_of(answer)
    assert all_rows(session) == []


def test_hostile_files_are_refused_beside_their_field(pages: SimpleNamespace, session: Session) -> None:
    answer = pages.anonymous.post(
        pages.form,
        data={**FORM, "once": "k", "paper_2": (io.BytesIO(b"<script>alert(1)</script>"), "photo.jpg")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert all_rows(session) == []


def test_a_link_that_was_revoked_or_altered_opens_nothing(pages: SimpleNamespace, session: Session) -> None:
    draft = pages.anonymous.post(pages.form, data={**FORM, "act": "draft", "once": "k"}).location
    answer = pages.manager.post(
        f"/organisations/{pages.house.organisation.id}/liens/{pages.link_id}/retirer", data={"once": "r"}
    )
    assert answer.status_code == 303
    for url in (
        pages.form,
        draft,
        pages.form[:-3],
        "/orienter/xyz",
        "/orientation/suivi/xyz",
        "/orientation/reponse/xyz",
    ):
        assert pages.anonymous.get(url).status_code == 409, url
    assert pages.anonymous.post(pages.form, data={**FORM, "once": "z"}).status_code == 409
    assert [row.state for row in all_rows(session)] == [State.DRAFT]


def test_too_many_are_refused_with_a_sentence(pages: SimpleNamespace, session: Session) -> None:
    for number in range(30):
        pages.anonymous.post(pages.form, data={**FORM, "act": "draft", "once": f"d{number}"})
    answer = pages.anonymous.post(pages.form, data={**FORM, "once": "last"})
    assert answer.status_code == 422
    assert "Attendez une heure" in text_of(answer)
    assert len(all_rows(session)) == 30


def test_a_manager_makes_and_sees_links_on_the_organisations_page(pages: SimpleNamespace) -> None:
    organisation_id = pages.house.organisation.id
    assert "Gérer les liens d’orientation" in text_of(pages.manager.get(f"/organisations/{organisation_id}"))
    assert "Gérer les liens" not in text_of(pages.adviser.get(f"/organisations/{organisation_id}"))
    url = f"/organisations/{organisation_id}/liens"
    assert pages.adviser.get(url).status_code == 403
    assert pages.manager.post(url, data={"label": "Agence de Denain", "once": "l"}).status_code == 303
    page = text_of(pages.manager.get(url))
    assert "Agence de Denain" in page
    assert "http://mobilite.test/orienter/" in page


def test_the_inbox_shows_the_most_pressing_first_with_words(pages: SimpleNamespace) -> None:
    receive(pages.house, first_name="Ines")
    late = receive(pages.house, first_name="Paul", now=NOW - 40 * DAY)
    page = text_of(pages.adviser.get("/bannette"))
    assert page.index("Paul") < page.index("Ines")
    assert "en retard de 10 jours" in page
    assert "il reste 30 jours" in page
    only_late = text_of(pages.adviser.get("/bannette?qui=retard"))
    assert "Paul" in only_late
    assert "Ines" not in only_late
    services.assign(prescription_id=late, user_id=pages.house.adviser.id, actor_id=None, now=NOW)
    mine, nobodys = (text_of(pages.adviser.get(f"/bannette?qui={word}")) for word in ("moi", "personne"))
    assert "Paul" in mine
    assert "Ines" not in mine
    assert "Ines" in nobodys
    assert "Paul" not in nobodys
    assert "Bannette" in text_of(pages.adviser.get("/accueil"))


@pytest.mark.parametrize("query", ["?etat=draft", "?etat=zzz&qui=zzz&antenne=zz", "?antenne=99999999999", "?page=-3"])
def test_hostile_filters_change_nothing(pages: SimpleNamespace, query: str) -> None:
    receive(pages.house)
    pages.anonymous.post(pages.form, data={**FORM, "first_name": "Brouillonne", "act": "draft", "once": "k"})
    page = pages.adviser.get(f"/bannette{query}")
    assert page.status_code == 200
    assert "Nadia" in text_of(page)
    assert "Brouillonne" not in text_of(page)


def test_first_contacts_show_and_become_prescriptions(pages: SimpleNamespace) -> None:
    note_id = people.note_contact(
        desk_id=pages.house.desk.id, kind=NoteKind.CALL, caller_name="Mme Wattiez", caller_phone="06 39 98 12 34",
        text="Cherche une voiture.", callback_user_id=pages.house.adviser.id, actor_id=pages.house.adviser.id, now=NOW,
    )  # fmt: skip
    assert "Mme Wattiez" in text_of(pages.adviser.get("/bannette"))
    page = text_of(pages.adviser.get(f"/bannette/nouvelle?note={note_id}"))
    assert "Mme Wattiez" in page
    assert "Cherche une voiture." in page


def test_staff_enter_one_on_the_phone(pages: SimpleNamespace, session: Session) -> None:
    answer = pages.adviser.post(
        "/bannette/nouvelle",
        data={**FORM, "referent_name": "", "referent_email": "", "organisation_id": "", "desk_id": "", "once": "k"},
    )
    [row] = all_rows(session)
    assert answer.location.endswith(f"/bannette/{row.id}")
    assert (row.organisation_id, row.created_by_id) == (None, pages.house.adviser.id)
    away = pages.adviser.post(
        "/bannette/nouvelle", data={**FORM, "commune": "Caudry", "once": "k2", "organisation_id": ""}
    )
    assert away.location.endswith("/bannette")
    assert all_rows(session)[-1].desk_id == pages.house.other.id


def test_each_act_has_its_page_from_receipt_to_the_end(pages: SimpleNamespace, session: Session) -> None:
    number = receive(pages.house)
    base, adviser = f"/bannette/{number}", pages.adviser
    page = text_of(adviser.get(base))
    assert "Je m’en occupe" in page
    assert "Usine à Onnaing" in page
    assert adviser.post(f"{base}/prendre", data={"once": "1"}).status_code == 303
    assert get(number).assignee_id == pages.house.adviser.id
    assert adviser.get(f"{base}/confier").status_code == 200
    assert adviser.post(f"{base}/confier", data={"user_id": pages.house.manager.id, "once": "2"}).status_code == 303
    assert adviser.post(f"{base}/demander", data={"missing": ["phone"], "once": "3"}).status_code == 303
    assert get(number).state is State.WAITING_INFO
    reply = urlsplit(tokens.answer_url(get(number))).path
    assert "Le téléphone de la personne" in text_of(pages.anonymous.get(reply))
    assert pages.anonymous.post(reply, data={"once": "4"}).status_code == 422
    assert "Merci" in text_of(pages.anonymous.post(reply, data={"phone": "0639980055", "once": "5"}))
    assert "Rien à faire ici" in text_of(pages.anonymous.get(reply))
    assert get(number).phone == "+33639980055"
    assert "Aucune fiche ne ressemble" in text_of(adviser.get(f"{base}/accepter"))
    assert adviser.post(f"{base}/accepter", data={"choice": "new", "once": "6"}).status_code == 303
    assert get(number).person_id is not None
    assert (
        adviser.post(f"{base}/rendez-vous", data={"day_on": "2026-11-30", "at_time": "14:30", "once": "7"}).status_code
        == 303
    )
    assert "lundi 30 novembre" in text_of(adviser.get(base))
    assert adviser.post(f"{base}/rendez-vous/annuler", data={"once": "8"}).status_code == 303
    assert adviser.post(f"{base}/commencer", data={"met_on": "2026-11-24", "once": "9"}).status_code == 303
    refused = adviser.post(f"{base}/terminer", data={"once": "10"})
    assert refused.status_code == 422, "nothing is closed without an outcome"
    assert adviser.post(f"{base}/terminer", data={"outcome": "work", "once": "11"}).status_code == 303
    assert get(number).outcome is Outcome.WORK
    assert "Emploi trouvé" in text_of(adviser.get(base))
    follow = text_of(pages.anonymous.get(urlsplit(tokens.follow_url(get(number))).path))
    assert "Il n’y a plus rien à faire" in follow
    assert "Emploi" not in follow


def test_a_refusal_and_a_transfer_by_page(pages: SimpleNamespace) -> None:
    first, second = receive(pages.house), receive(pages.house, first_name="Ines")
    assert (
        pages.adviser.post(f"/bannette/{first}/refuser", data={"reason_code": "outside", "once": "1"}).status_code
        == 422
    )
    done = pages.adviser.post(
        f"/bannette/{first}/refuser", data={"reason_code": "outside", "note": "Voyez Lens.", "once": "2"}
    )
    assert done.status_code == 303
    moved = pages.adviser.post(
        f"/bannette/{second}/transferer", data={"desk_id": pages.house.other.id, "note": "Caudry", "once": "3"}
    )
    assert moved.location.endswith("/bannette")
    assert pages.adviser.get(f"/bannette/{second}").status_code == 404


def test_files_that_look_alike_are_shown_before_one_is_opened(pages: SimpleNamespace, session: Session) -> None:
    known = make_person("Nadia", "Lefèvre", desk=pages.house.desk, born_on=receive_born())
    number = receive(pages.house)
    assert "peut-être déjà une fiche" in text_of(pages.adviser.get(f"/bannette/{number}"))
    assert pages.adviser.post(f"/bannette/{number}/accepter", data={"once": "1"}).status_code == 422
    assert pages.adviser.post(f"/bannette/{number}/accepter", data={"choice": "77", "once": "2"}).status_code == 422
    linked = pages.adviser.post(f"/bannette/{number}/accepter", data={"choice": str(known.id), "once": "3"})
    assert linked.status_code == 303
    assert session.scalar(select(func.count()).select_from(Person)) == 1
    twice = receive(pages.house)
    assert "Cette personne est déjà orientée" in text_of(pages.adviser.get(f"/bannette/{twice}"))


def receive_born() -> Any:
    from datetime import date

    return date(1994, 3, 2)


def test_a_prescriber_with_an_account_sees_three_words_and_its_own_alone(
    pages: SimpleNamespace, session: Session
) -> None:
    bring_to(pages.house, State.STARTED)
    page = text_of(pages.prescriber.get("/mes-orientations"))
    assert "N. L." in page
    assert "Commencée" in page
    assert "Lefèvre" not in page
    assert pages.prescriber.get("/").location.endswith("/mes-orientations")
    assert pages.prescriber.get("/bannette").status_code == 403
    draft = pages.prescriber.post(
        "/mes-orientations/nouvelle",
        data={**FORM, "organisation_id": pages.house.organisation.id, "act": "draft", "once": "d"},
    )
    assert "Nadia Lefèvre" in text_of(pages.prescriber.get("/mes-orientations"))
    done = pages.prescriber.post(draft.location, data={**FORM, "once": "e"})
    assert done.status_code == 303
    direct = pages.prescriber.post(
        "/mes-orientations/nouvelle", data={**FORM, "organisation_id": pages.house.organisation.id, "once": "f"}
    )
    assert direct.status_code == 303
    assert [row.organisation_id for row in all_rows(session)] == [pages.house.organisation.id] * 3


def test_an_organisation_that_is_not_ones_own_cannot_be_chosen(pages: SimpleNamespace, session: Session) -> None:
    answer = pages.prescriber.post("/mes-orientations/nouvelle", data={**FORM, "organisation_id": "1234", "once": "x"})
    assert answer.status_code == 422
    assert all_rows(session) == []


def test_a_closed_outcome_that_does_not_fit_is_refused_in_the_list(pages: SimpleNamespace) -> None:
    number = bring_to(pages.house, State.ACCEPTED)
    page = text_of(pages.adviser.get(f"/bannette/{number}/terminer"))
    assert "Emploi trouvé" not in page
    assert pages.adviser.post(f"/bannette/{number}/terminer", data={"outcome": "work", "once": "1"}).status_code == 422
