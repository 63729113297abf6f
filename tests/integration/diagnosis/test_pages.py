"""The pages of the diagnosis: the adviser's, the person's, those behind the signed link."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db
from mobility.diagnosis import queries, services
from mobility.diagnosis.loader import current
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.rules import Author, Moment, State
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import make_user, signed_in
from tests.factories.diagnosis import NOW
from tests.factories.people import make_person
from tests.integration.diagnosis.conftest import Room
from tests.integration.diagnosis.test_services import given
from tests.integration.loans.pages import HOSTILE, ok
from tests.unit.diagnosis.test_cases import CASES, read
from tests.unit.diagnosis.test_loader import HEALTH

HX = {"HX-Request": "true"}


@pytest.fixture
def adviser(app: Flask, room: Room) -> FlaskClient:
    return signed_in(app, room.adviser)


@pytest.fixture
def phone(app: Flask, room: Room) -> FlaskClient:
    return signed_in(app, room.own)


@pytest.fixture
def visitor(app: Flask, room: Room) -> FlaskClient:
    return app.test_client()


def the_link() -> str:
    row = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "diagnosis_prepare")).one()
    return "/" + str(row.params["link"]).split("/", 3)[3]


def finish(room: Room, diagnosis_id: int, case: str = "01-jeune-sans-permis-de-nuit", **values: Any) -> None:
    room.answer(diagnosis_id, **{**read(case)["answers"], **values})
    services.finish(diagnosis_id=diagnosis_id, actor_id=room.adviser.id, now=clock.now())


def seen_of(page: str) -> str:
    found = re.search(r'name="seen" id="seen" value="(\d+)"', page)
    assert found
    return found[1]


def test_an_adviser_makes_a_diagnosis_block_by_block_without_scripts(adviser: FlaskClient, room: Room) -> None:
    person = f"/personnes/{room.person.id}"
    assert "Commencer un diagnostic" in ok(adviser.get(person))
    assert "Pas encore de diagnostic" in ok(adviser.get(f"{person}/diagnostics"))
    answer = adviser.post(f"{person}/diagnostics/nouveau", data={"moment": "start"})
    assert answer.status_code == 303
    url = answer.location
    assert "Situation et objectif" in ok(adviser.get(url))
    block = f"{url}/questions/driving"
    page = ok(adviser.get(block))
    assert "Quel permis la personne a-t-elle ?" in page
    answer = adviser.post(block, data={"q_licence": "none", "seen": seen_of(page)})
    # The answer opens a question of the same page: it is asked before going on.
    assert answer.location.endswith("/questions/driving#q-learning")
    page = ok(adviser.get(block))
    answer = adviser.post(block, data={"q_licence": "none", "q_learning": "no", "seen": seen_of(page)})
    assert answer.location.endswith("/questions/vehicle")
    answer = adviser.post(f"{url}/questions/strengths", data={"q_assets": ["motivated"], "q_wish": "Un emploi"})
    assert answer.location == url
    page = ok(adviser.get(url))
    assert "Vous n’avez pas le permis voiture." in page
    assert "Vous avez vraiment envie de ce projet." in page
    page = ok(adviser.get(f"{url}/terminer"))
    assert "Des questions sont sans réponse" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    assert adviser.post(f"{url}/terminer", data={"version": version[1]}).status_code == 303
    page = ok(adviser.get(url))
    assert "Résumé à remettre" in page
    page = ok(adviser.get(person))
    assert "Voir le diagnostic" in page
    assert "Diagnostic terminé" in page


def test_what_is_typed_wrongly_is_said_beside_its_field_and_kept(adviser: FlaskClient, room: Room) -> None:
    url = f"/diagnostics/{room.start()}/questions/family"
    answer = adviser.post(url, data={"q_children": "beaucoup"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Écrivez un nombre entier, par exemple 12." in page
    assert 'value="beaucoup"' in page


def test_a_social_security_number_is_refused_in_words(adviser: FlaskClient, room: Room) -> None:
    diagnosis_id = room.start()
    wish = "Mon numéro est 1 84 12 76 451 089 46"
    answer = adviser.post(f"/diagnostics/{diagnosis_id}/questions/strengths", data={"q_wish": wish})
    assert answer.status_code == 422
    assert "numéro de sécurité sociale" in answer.get_data(as_text=True)
    answer = adviser.post(f"/diagnostics/{diagnosis_id}/reponses/wish", data={"q_wish": wish}, headers=HX)
    assert answer.status_code == 422
    assert given(diagnosis_id) == {}


def test_each_answer_is_saved_by_itself_and_opens_what_follows(adviser: FlaskClient, room: Room) -> None:
    diagnosis_id = room.start()
    url = f"/diagnostics/{diagnosis_id}/reponses/licence"
    page = ok(adviser.post(url, data={"q_licence": "none", "seen": "0"}, headers=HX))
    assert "Enregistré" in page
    assert 'id="q-learning" hx-swap-oob="true" hx-post' in page
    page = ok(adviser.post(url, data={"q_licence": "b", "seen": "0"}, headers=HX))
    assert 'id="q-learning" hx-swap-oob="true" hidden' in page
    assert given(diagnosis_id)["licence"] == ("b", Author.ADVISER)
    answer = adviser.post(url, data={"q_licence": "boat"}, headers=HX)
    assert answer.status_code == 422
    assert "Choisissez une réponse dans la liste." in answer.get_data(as_text=True)
    assert adviser.post(f"/diagnostics/{diagnosis_id}/reponses/moon", data={}).status_code == 404
    assert adviser.get(f"/diagnostics/{diagnosis_id}/questions/moon").status_code == 404


def test_two_people_at_once_see_what_the_other_answers(adviser: FlaskClient, phone: FlaskClient, room: Room) -> None:
    diagnosis_id = room.start()
    page = ok(adviser.get(f"/diagnostics/{diagnosis_id}/questions/driving"))
    seen = seen_of(page)
    ok(phone.post("/mon-diagnostic/reponses/licence", data={"q_licence": "b", "seen": seen}, headers=HX))
    page = ok(
        adviser.post(
            f"/diagnostics/{diagnosis_id}/reponses/drives", data={"q_drives": "often", "seen": seen}, headers=HX
        )
    )
    assert 'id="q-licence" hx-swap-oob="true"' in page
    assert "Répondu par la personne" in page
    page = ok(
        adviser.post(
            f"/diagnostics/{diagnosis_id}/reponses/licence", data={"q_licence": "automatic", "seen": seen}, headers=HX
        )
    )
    assert "Votre réponse remplace celle de la personne" in page
    assert given(diagnosis_id)["licence"] == ("automatic", Author.ADVISER)


def test_an_old_page_sent_whole_leaves_the_other_s_answer_and_says_so(
    adviser: FlaskClient, phone: FlaskClient, room: Room
) -> None:
    diagnosis_id = room.start()
    seen = seen_of(ok(adviser.get(f"/diagnostics/{diagnosis_id}/questions/money")))
    ok(phone.post("/mon-diagnostic/reponses/budget", data={"q_budget": "40", "seen": seen}, headers=HX))
    answer = adviser.post(
        f"/diagnostics/{diagnosis_id}/questions/money", data={"q_cost": "tight", "q_budget": "", "seen": seen}
    )
    assert answer.status_code == 303
    assert given(diagnosis_id) == {"budget": (4000, Author.PERSON), "cost": ("tight", Author.ADVISER)}
    assert "Quelqu’un d’autre a répondu entre-temps" in ok(adviser.get(answer.location))


def test_what_the_file_knows_is_shown_as_such_and_can_be_corrected(adviser: FlaskClient, room: Room) -> None:
    from mobility.people.kinds import LicenceCategory
    from tests.factories.people import add_licence

    add_licence(room.person, LicenceCategory.B)
    page = ok(adviser.get(f"/diagnostics/{room.start()}/questions/driving"))
    assert "déjà dans la fiche" in page
    assert "Corriger" in page


def test_the_person_prepares_their_part_on_the_portal(phone: FlaskClient, room: Room) -> None:
    assert "Préparer mon diagnostic" in ok(phone.get("/mon-espace"))
    assert "Préparer mon diagnostic" in ok(phone.get("/mon-diagnostic"))
    answer = phone.post("/mon-diagnostic/commencer")
    assert answer.location.endswith("/mon-diagnostic/questions/situation")
    page = ok(phone.get("/mon-diagnostic/questions/money"))
    assert "Payer vos trajets, c’est…" in page
    assert "dettes" not in page
    assert phone.post("/mon-diagnostic/reponses/debts", data={"q_debts": "file"}).status_code == 404
    answer = phone.post("/mon-diagnostic/questions/money", data={"q_cost": "tight"})
    assert answer.location.endswith("/mon-diagnostic/questions/abilities")
    assert phone.post("/mon-diagnostic/fini").status_code == 303
    assert "Vous avez fini votre partie" in ok(phone.get("/mon-diagnostic"))
    assert "Préparer mon diagnostic" not in ok(phone.get("/mon-espace"))
    row = db.session.scalars(select(Diagnosis)).one()
    assert row.prepared_at == NOW
    assert given(row.id) == {"cost": ("tight", Author.PERSON)}


def test_without_a_diagnosis_in_hand_the_portal_has_no_questions(phone: FlaskClient, room: Room) -> None:
    assert phone.get("/mon-diagnostic/questions/money").status_code == 404
    assert phone.post("/mon-diagnostic/reponses/cost", data={"q_cost": "tight"}).status_code == 404
    assert phone.post("/mon-diagnostic/fini").status_code == 404
    assert phone.get("/mon-diagnostic/resume.pdf").status_code == 404


def test_the_person_answers_by_the_link_and_sees_nothing_of_the_file(
    adviser: FlaskClient, visitor: FlaskClient, room: Room
) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, licence="suspended", debts="file")
    assert "Envoyer les questions" in ok(adviser.get(f"/diagnostics/{diagnosis_id}/envoyer"))
    assert adviser.post(f"/diagnostics/{diagnosis_id}/envoyer", data={}).status_code == 303
    link = the_link()
    assert "Préparer mon rendez-vous" in ok(visitor.get(link))
    page = ok(visitor.get(f"{link}/questions/driving"))
    assert "Nous avons déjà une réponse" in page
    assert "suspendu" not in page
    assert "Nadia" not in page
    ok(visitor.post(f"{link}/reponses/cost", data={"q_cost": "fine", "seen": "0"}, headers=HX))
    answer = visitor.post(f"{link}/questions/money", data={"q_cost": "tight", "q_budget": "30", "seen": "999"})
    assert answer.location.endswith("/questions/abilities")
    assert visitor.post(f"{link}/fini").status_code == 303
    assert "Merci, c’est envoyé" in ok(visitor.get(link))
    assert "La personne a préparé sa partie" in ok(adviser.get(f"/diagnostics/{diagnosis_id}"))
    assert "Préparé par la personne" in ok(adviser.get(f"/personnes/{room.person.id}"))
    finish(room, diagnosis_id)
    assert "Ces questions ne sont plus ouvertes" in ok(visitor.get(link))
    assert visitor.get(f"{link}/questions/money").status_code in {404, 409}
    assert visitor.get("/preparer/xyz").status_code in {404, 409}


def test_a_score_is_changed_with_a_reason_and_both_are_shown(adviser: FlaskClient, room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, licence="none", learning="no")
    url = f"/diagnostics/{diagnosis_id}/notes/licence"
    assert "Note calculée : 0 – bloque aujourd’hui" in ok(adviser.get(url))
    answer = adviser.post(url, data={"score": "3"})
    assert answer.status_code == 422
    assert "Écrivez la raison en quelques mots." in answer.get_data(as_text=True)
    assert adviser.post(url, data={"score": "3", "reason": "Son frère le conduit"}).status_code == 303
    page = ok(adviser.get(f"/diagnostics/{diagnosis_id}"))
    assert "Son frère le conduit" in page
    assert "calculée : 0" in page
    page = ok(adviser.get(f"/diagnostics/{diagnosis_id}/historique"))
    assert "Claire Dupont" in page
    assert "Son frère le conduit" in page
    assert adviser.get(f"/diagnostics/{diagnosis_id}/notes/moon").status_code == 404


def test_the_first_and_the_last_diagnosis_are_compared_in_words(app: Flask, adviser: FlaskClient, room: Room) -> None:
    first = room.start()
    finish(room, first)
    url = f"/diagnostics/{first}/comparer"
    assert adviser.get(url).status_code == 303, "there is nothing to compare with yet"
    clock.source = lambda: NOW.replace(month=12)
    adviser = signed_in(app, room.adviser)
    last = room.start(moment=Moment.END)
    finish(room, last, licence="b", drives="often", learning=None, cost="impossible")
    for address in (f"/diagnostics/{last}/comparer", f"{url}?avec={last}"):
        page = ok(adviser.get(address))
        assert "1 thème va mieux et 1 thème va moins bien." in page
        assert "Mieux, de 4 points" in page
        assert "Pas de permis" in page
        assert "Permis voiture (B)" in page
        assert page.count("radar-shape") == 2
    other = services.start(
        person_id=make_person(desk=room.desk).id, moment=Moment.START, actor_id=room.adviser.id, now=NOW
    )
    assert adviser.get(f"/diagnostics/{last}/comparer?avec={other}").status_code == 404
    assert "Comparer" in ok(adviser.get(f"/personnes/{room.person.id}"))


def test_the_radar_has_its_table(adviser: FlaskClient, room: Room) -> None:
    diagnosis_id = room.start()
    finish(room, diagnosis_id)
    page = ok(adviser.get(f"/diagnostics/{diagnosis_id}"))
    assert page.count('class="radar-axis"') == len(current().dimensions)
    for dimension in current().dimensions:
        assert dimension.label in page
    assert 'aria-hidden="true"' in page


@pytest.mark.parametrize("case", CASES)
def test_the_page_to_take_home_is_one_page_in_easy_words(adviser: FlaskClient, room: Room, case: str) -> None:
    diagnosis_id = room.start()
    finish(room, diagnosis_id, case, wish="Un emploi près de chez moi, pour voir grandir mes enfants. " * 15)
    answer = adviser.get(f"/diagnostics/{diagnosis_id}/resume.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    reader = PdfReader(BytesIO(answer.data))
    assert len(reader.pages) == 1
    text = re.sub(r"\s+", " ", reader.pages[0].extract_text())
    assert "Ce que je veux" in text
    assert "Nadia Benali" in text
    found = queries.find_findings(person_id=room.person.id)
    assert found is not None
    assert re.sub(r"\s+", " ", found.barriers[0].because)[:40] in text
    assert HEALTH.search(text) is None
    assert "santé" not in text


def test_the_person_reads_their_own_result(phone: FlaskClient, room: Room) -> None:
    finish(room, room.start())
    page = ok(phone.get("/mon-diagnostic"))
    assert "Ce qui me gêne" in page
    assert "Vous n’avez pas le permis voiture." in page
    assert phone.get("/mon-diagnostic/resume.pdf").mimetype == "application/pdf"
    assert "Mon diagnostic" in ok(phone.get("/mon-espace"))


def test_a_diagnosis_is_stopped_and_reopened(adviser: FlaskClient, room: Room) -> None:
    first = room.start()
    finish(room, first)
    assert adviser.post(f"/diagnostics/{first}/rouvrir").status_code == 303
    row = db.session.get_one(Diagnosis, first, populate_existing=True)
    assert row.state is State.OPEN
    answer = adviser.post(f"/diagnostics/{first}/arreter", data={"reason": "other"})
    assert answer.status_code == 422
    assert adviser.post(f"/diagnostics/{first}/arreter", data={"reason": "moved"}).status_code == 303
    page = ok(adviser.get(f"/diagnostics/{first}"))
    assert "A quitté le territoire" in page
    for part in ("terminer", "arreter", "envoyer", "questions/driving", "notes/licence"):
        assert adviser.get(f"/diagnostics/{first}/{part}").status_code == 303
    assert adviser.post(f"/diagnostics/{first}/rouvrir").status_code == 303
    assert adviser.get(f"/diagnostics/{first}/resume.pdf").status_code == 303


def test_an_adviser_of_another_desk_finds_nothing(app: Flask, room: Room) -> None:
    from tests.factories.desks import make_desk

    diagnosis_id = room.start()
    stranger = signed_in(app, make_user(Role.ADVISER, desk_id=make_desk("Caudry").id))
    for part in ("", "/questions/driving", "/terminer", "/historique", "/comparer", "/notes/licence", "/resume.pdf"):
        assert stranger.get(f"/diagnostics/{diagnosis_id}{part}").status_code == 404
    assert stranger.get(f"/personnes/{room.person.id}/diagnostics").status_code == 404


def test_hostile_words_are_words(adviser: FlaskClient, room: Room) -> None:
    diagnosis_id = room.start()
    words = HOSTILE[:900]
    answer = adviser.post(f"/diagnostics/{diagnosis_id}/questions/strengths", data={"q_wish": words})
    assert answer.status_code == 303
    page = ok(adviser.get(f"/diagnostics/{diagnosis_id}"))
    assert "<script>alert" not in page
    finish(room, diagnosis_id, wish=words)
    assert adviser.get(f"/diagnostics/{diagnosis_id}/resume.pdf").status_code == 200
