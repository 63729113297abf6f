"""The pages of loans: each shows, acts, refuses strangers, and asks a constant number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db
from mobility.loans import services
from mobility.loans.models import ExtensionRequest, Loan, LoanRight
from mobility.loans.rules.states import ExtensionState, LoanState
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.loans import DUE, NOW, START, Scene, get_loan, make_scene, paris, with_person
from tests.integration.loans.pages import HOSTILE, ok, portal_user

pytestmark = pytest.mark.usefixtures("at_now")


def test_an_adviser_lives_a_loan_from_booking_to_settled(app: Flask, at_now: Any) -> None:
    scene = make_scene()
    client = signed_in(app, scene.adviser)
    assert "Pour qui" in ok(client.get("/prets/nouveau"))
    assert scene.person.last_name in ok(client.get(f"/prets/nouveau?q={scene.person.last_name}"))
    base = f"/prets/personnes/{scene.person.id}/reserver"
    ok(client.get(base))
    dates = "start_on=2026-11-27&start_time=10:00&due_on=2026-12-11&due_time=17:00"
    offers = ok(client.get(f"{base}/vehicules?{dates}"))
    assert "45,00" in offers
    assert "750" in offers
    confirm = f"{base}/confirmer?{dates}&desk_id={scene.desk.id}&category=car"
    ok(client.get(confirm))
    answer = client.post(confirm)
    assert answer.status_code == 303
    loan_id = db.session.scalars(select(Loan.id)).one()
    assert answer.headers["Location"].endswith(f"/prets/{loan_id}")
    page = f"/prets/{loan_id}"
    assert "Noter le contrat signé" in ok(client.get(page))

    def act(verb: str, **data: Any) -> None:
        ok(client.get(f"{page}/{verb}"))
        sent = client.post(f"{page}/{verb}", data={"version": get_loan(loan_id).version, **data})
        assert sent.status_code == 303, sent.get_data(as_text=True)
        ok(client.get(page))

    act("contrat", deposit_kind="cheque")
    at_now.move_to(START, tick=False)
    client = signed_in(app, scene.adviser)
    act("depart", odometer_km="20 000", energy_percent="90")
    act("prolonger", due_on="2026-12-14", due_time="17:00")
    assert "J-3" in ok(client.get(page))
    at_now.move_to(paris("2026-12-14", "16:00"), tick=False)
    client = signed_in(app, scene.adviser)
    act("retour", odometer_km="20 300", energy_percent="50", remarks=HOSTILE[:500])
    assert "<script>alert(1)" not in ok(client.get(page))
    ok(client.get(f"{page}/paiement"))
    assert client.post(f"{page}/paiement", data={"paid_cents": "10"}).status_code == 303
    act("solder", paid_cents="44")
    assert get_loan(loan_id).state is LoanState.SETTLED


def test_a_refused_form_answers_422_and_keeps_what_was_typed(app: Flask) -> None:
    scene = make_scene()
    loan_id = scene.book()
    client = signed_in(app, scene.adviser)
    answer = client.post(f"/prets/{loan_id}/contrat", data={"signed_by": "Jeanne"})
    assert answer.status_code == 422
    assert "Jeanne" in answer.get_data(as_text=True)
    late = client.post(f"/prets/{loan_id}/annuler", data={"version": "99"})
    assert late.status_code == 422
    assert "modifié" in late.get_data(as_text=True)


def test_a_refusal_is_shown_with_what_would_lift_it_and_may_be_overridden(app: Flask) -> None:
    scene = make_scene(policy={"max_days": 5})
    client = signed_in(app, scene.adviser)
    dates = "start_on=2026-11-27&start_time=10:00&due_on=2026-12-11&due_time=17:00"
    url = f"/prets/personnes/{scene.person.id}/reserver/confirmer?{dates}&desk_id={scene.desk.id}&category=car"
    answer = client.post(url)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "Un prêt dure au plus 5 jours." in text
    assert "Choisir une durée plus courte." in text
    assert client.post(url, data={"override_reason": "Poste confirmé"}).status_code == 303


def test_the_queue_answers_requests_and_other_ends(app: Flask) -> None:
    scene = make_scene(cars=2)
    client = signed_in(app, scene.adviser)
    assert "Aucune demande" in ok(client.get("/prets/a-accepter"))
    first = scene.book(by_person=True, actor_id=None)
    second = scene.book(by_person=True, actor_id=None, person_id=scene.another().id)
    ok(client.get("/prets/a-accepter"))
    for loan_id, verb, data in ((first, "accepter", {}), (second, "refuser", {"reason": "Pas de contrat"})):
        ok(client.get(f"/prets/{loan_id}/{verb}"))
        assert client.post(f"/prets/{loan_id}/{verb}", data={**data, "version": "1"}).status_code == 303
    request_id = services.request_extension(loan_id=first, new_due_at=paris("2026-12-14", "17:00"), now=NOW)
    assert "Répondre" in ok(client.get("/prets/a-accepter"))
    decide = f"/prets/prolongations/{request_id}"
    ok(client.get(decide))
    assert client.post(decide, data={"answer": "refuse"}).status_code == 422
    assert client.post(decide, data={"answer": "accept"}).status_code == 303
    assert get_loan(first).due_at == paris("2026-12-14", "17:00")
    assert "déjà reçu" in ok(client.get(decide))


def test_the_other_acts_of_the_desk(app: Flask, at_now: Any) -> None:
    scene = make_scene(cars=2)
    loan_id = scene.book()
    client = signed_in(app, scene.adviser)
    ok(client.get(f"/prets/{loan_id}/vehicule"))
    other = next(v for v in scene.vehicle_ids if v != get_loan(loan_id).vehicle_id)
    answer = client.post(f"/prets/{loan_id}/vehicule", data={"vehicle_id": other, "version": get_loan(loan_id).version})
    assert answer.status_code == 303
    assert get_loan(loan_id).vehicle_id == other
    ok(client.get(f"/prets/{loan_id}/annuler"))
    at_now.move_to(START + timedelta(hours=2), tick=False)
    client = signed_in(app, scene.adviser)
    ok(client.get(f"/prets/{loan_id}/non-venu"))
    answer = client.post(f"/prets/{loan_id}/non-venu", data={"version": get_loan(loan_id).version})
    assert answer.status_code == 303
    assert get_loan(loan_id).state is LoanState.NO_SHOW


def test_a_key_box_return_is_completed_later(app: Flask, at_now: Any) -> None:
    scene = make_scene()
    loan_id = scene.out()
    at_now.move_to(DUE + timedelta(hours=16), tick=False)
    client = signed_in(app, scene.adviser)
    url = f"/prets/{loan_id}"
    assert client.post(f"{url}/retour", data={"in_key_box": "y", "returned_on": "2026-12-11"}).status_code == 422
    data = {"in_key_box": "y", "returned_on": "2026-12-11", "returned_time": "19:00"}
    assert client.post(f"{url}/retour", data=data).status_code == 303
    assert get_loan(loan_id).returned_at == paris("2026-12-11", "19:00")
    assert "Vérifier le retour" in ok(client.get(url))
    board = ok(client.get("/prets/journee?jour=2026-12-12"))
    assert "à vérifier" in board
    ok(client.get(f"{url}/verifier/retour"))
    assert client.post(f"{url}/verifier/retour", data={"odometer_km": "20100"}).status_code == 303
    assert client.get(f"{url}/verifier/retour").status_code == 303


def test_the_first_page_of_the_staff_shows_what_waits(app: Flask, at_now: Any) -> None:
    scene = make_scene(cars=3)
    scene.out()
    scene.book(by_person=True, actor_id=None, person_id=scene.another().id)
    at_now.move_to(DUE + timedelta(minutes=70), tick=False)
    services.close_day(desk_id=scene.desk.id, day_on=DUE.date(), actor_id=None, now=clock.now())
    home = ok(signed_in(app, scene.adviser).get("/accueil"))
    assert "Répondre à une demande de prêt" in home
    assert "retard" in home
    assert scene.person.last_name in home


def test_rights_are_opened_and_closed_on_their_page(app: Flask) -> None:
    scene = make_scene()
    client = signed_in(app, scene.adviser)
    url = f"/prets/personnes/{scene.person.id}/droits"
    ok(client.get(url))
    data = {"categories": ["bike"], "starts_on": "2026-11-24", "ends_on": "2027-01-01", "days_allowed": "10"}
    assert client.post(url, data={**data, "categories": []}).status_code == 422
    assert client.post(url, data={**data, "note": HOSTILE}).status_code == 422
    assert client.post(url, data=data).status_code == 303
    right_id = db.session.scalars(select(LoanRight.id).order_by(LoanRight.id.desc())).first()
    ok(client.get(f"/prets/droits/{right_id}/fermer"))
    assert client.post(f"/prets/droits/{right_id}/fermer").status_code == 303
    assert "Fermé" in ok(client.get(url))


def test_the_day_board_shows_and_closes_the_day(app: Flask, at_now: Any) -> None:
    scene = make_scene(cars=2)
    loan_id = scene.out()
    waiting = scene.book(by_person=True, actor_id=None, person_id=scene.another().id)
    client = signed_in(app, scene.adviser)
    assert "10" in ok(client.get("/prets/journee?jour=2026-11-27"))
    assert "Clôturer" not in ok(client.get("/prets/journee?jour=2026-12-11"))
    at_now.move_to(DUE + timedelta(minutes=70), tick=False)
    client = signed_in(app, scene.adviser)
    assert "Clôturer la journée" in ok(client.get("/prets/journee"))
    answer = client.post(f"/prets/journee/{scene.desk.id}/2026-12-11/cloturer")
    assert answer.status_code == 303
    assert get_loan(loan_id).state is LoanState.OVERDUE
    page = ok(client.get("/prets/journee?jour=2026-12-11"))
    assert "En retard" in page
    assert "Journée clôturée" in page
    assert client.post(f"/prets/journee/{scene.desk.id}/hier/cloturer").status_code == 404
    client.post(f"/prets/journee/{scene.desk.id}/2026-12-13/cloturer")
    assert get_loan(waiting).state is LoanState.REQUESTED


@pytest.mark.parametrize("query", ["?jour=pas-un-jour", "?jour=9999-12-31", "?antenne=999999999999", "?antenne=x"])
def test_hostile_questions_to_the_day_board_are_answered(app: Flask, query: str) -> None:
    scene = make_scene()
    ok(signed_in(app, scene.adviser).get(f"/prets/journee{query}"))


def test_the_portal_books_page_by_page(app: Flask) -> None:
    scene = make_scene()
    client = signed_in(app, portal_user(scene))
    assert "Aucun prêt" in ok(client.get("/mon-espace/prets"))
    base = "/mon-espace/prets/reserver"
    ok(client.get(base))
    assert client.get(f"{base}/depart?category=rocket").status_code == 422
    kept = "category=car"
    assert "L’antenne Denain est ouverte" in ok(client.get(f"{base}/depart?{kept}"))
    assert client.get(f"{base}/retour?{kept}&start_on=hier&start_time=10:00").status_code == 422
    kept += "&start_on=2026-11-27&start_time=10:00"
    ok(client.get(f"{base}/retour?{kept}"))
    assert client.get(f"{base}/choix?{kept}&due_on=2026-11-20&due_time=17:00").status_code == 422
    kept += "&due_on=2026-12-11&due_time=17:00"
    offers = ok(client.get(f"{base}/choix?{kept}"))
    assert "45,00" in offers
    ok(client.get(f"{base}/accord?{kept}&desk_id={scene.desk.id}"))
    answer = client.post(f"{base}/accord?{kept}&desk_id={scene.desk.id}")
    assert answer.status_code == 303
    loan = db.session.scalars(select(Loan)).one()
    assert (loan.state, loan.person_id) == (LoanState.REQUESTED, scene.person.id)
    assert "demande est arrivée" in ok(client.get(f"/mon-espace/prets/{loan.id}"))
    ok(client.get("/mon-espace/prets"))


def test_the_portal_proposes_the_next_best_after_a_lost_race(app: Flask) -> None:
    scene = make_scene()
    kept = "category=car&start_on=2026-11-30&start_time=10:00&due_on=2026-12-01&due_time=17:00"
    client = signed_in(app, portal_user(scene))
    url = f"/mon-espace/prets/reserver/accord?{kept}&desk_id={scene.desk.id}"
    ok(client.get(url))
    scene.book(person_id=scene.another().id, start_at=paris("2026-11-30"), due_at=paris("2026-12-01", "17:00"))
    answer = client.post(url)
    assert answer.status_code == 422
    assert "Nous vous proposons" in answer.get_data(as_text=True)


def test_the_portal_books_at_a_desk_within_reach_only(app: Flask) -> None:
    scene = make_scene()
    far = make_desk("Lille", insee_code="59350")
    client = signed_in(app, portal_user(scene))
    kept = "category=car&start_on=2026-11-27&start_time=10:00&due_on=2026-12-11&due_time=17:00"
    answer = client.post(f"/mon-espace/prets/reserver/accord?{kept}&desk_id={far.id}")
    assert answer.headers["Location"].split("?")[0].endswith("/choix")
    assert db.session.query(Loan).count() == 0


def test_a_borrower_asks_confirms_and_cancels_in_the_portal(app: Flask) -> None:
    scene = make_scene(cars=2, policy={"max_simultaneous": 3})
    out = scene.out()
    client = signed_in(app, portal_user(scene))
    page = f"/mon-espace/prets/{out}"
    ok(client.get(page))
    ok(client.get(f"{page}/a-l-heure"))
    assert client.post(f"{page}/a-l-heure").status_code == 303
    ok(client.get(f"{page}/prolonger"))
    assert client.post(f"{page}/prolonger", data={"due_on": "2026-12-18"}).status_code == 303
    assert client.post(f"{page}/prolonger", data={"due_on": "2026-12-21"}).status_code == 422
    assert client.post(f"{page}/annuler").status_code == 422
    to_come = scene.book(start_at=paris("2026-12-14"), due_at=paris("2026-12-15"))
    ok(client.get(f"/mon-espace/prets/{to_come}/annuler"))
    assert client.post(f"/mon-espace/prets/{to_come}/annuler").status_code == 303
    assert get_loan(to_come).state is LoanState.CANCELLED


def reminder(scene: Scene, now: Any) -> dict[str, Any]:
    services.queue_due_reminders(now=now)
    row = db.session.scalars(select(OutboxMessage).where(OutboxMessage.dedup_key.startswith("loan-return:"))).first()
    assert row is not None
    return dict(row.params)


def path(url: str) -> str:
    return url.removeprefix("http://mobilite.test")


def test_the_links_of_a_reminder_show_on_get_and_act_on_post(app: Flask, client: FlaskClient, at_now: Any) -> None:
    scene = make_scene()
    loan_id = scene.out()
    at_now.move_to(paris("2026-12-08", "10:00"), tick=False)
    links = reminder(scene, clock.now())
    assert "plus de temps" in ok(client.get(path(links["link"])))
    for name in ("link", "yes", "more"):
        ok(client.get(path(links[name])))
    assert get_loan(loan_id).return_confirmed_at is None
    assert db.session.query(ExtensionRequest).count() == 0
    assert "Merci" in ok(client.post(path(links["yes"])))
    assert get_loan(loan_id).return_confirmed_at is not None
    assert client.post(path(links["more"]), data={"due_on": "pas un jour"}).status_code == 422
    assert "demande est partie" in ok(client.post(path(links["more"]), data={"due_on": "2026-12-18"}))
    assert db.session.scalars(select(ExtensionRequest.state)).one() is ExtensionState.PENDING


def test_a_link_of_an_end_that_has_changed_does_nothing(app: Flask, client: FlaskClient, at_now: Any) -> None:
    scene = make_scene()
    loan_id = scene.out()
    at_now.move_to(paris("2026-12-08", "10:00"), tick=False)
    links = reminder(scene, clock.now())
    services.extend(loan_id=loan_id, new_due_at=paris("2026-12-14", "17:00"), actor_id=None, now=clock.now())
    assert "Rien à faire" in ok(client.get(path(links["link"])))
    assert "Rien à faire" in ok(client.post(path(links["yes"])))
    assert client.post(path(links["more"]), data={"due_on": "2026-12-18"}).status_code == 422
    assert get_loan(loan_id).return_confirmed_at is None


@pytest.mark.parametrize("token", ["x", "é" * 300, "eyJwIjp7fX0.AAAA", "../../etc", "0"])
def test_a_forged_link_is_refused(client: FlaskClient, token: str) -> None:
    for suffix in ("", "/a-l-heure", "/plus-de-temps"):
        assert client.get(f"/r/{token}{suffix}").status_code in {404, 409}


LOAN_PATHS = ("", "/accepter", "/refuser", "/annuler", "/non-venu", "/contrat", "/depart", "/retour", "/verifier/retour",
              "/solder", "/paiement", "/vehicule", "/prolonger")  # fmt: skip


def test_others_loans_are_not_there(app: Flask) -> None:
    scene = make_scene()
    loan_id = scene.book()
    stranger = make_user(Role.ADVISER, desk_id=make_desk().id)
    client = signed_in(app, stranger)
    for suffix in LOAN_PATHS:
        assert client.get(f"/prets/{loan_id}{suffix}").status_code == 404, suffix
        assert client.get(f"/prets/999999999{suffix}").status_code == 404, suffix
        assert client.get(f"/prets/99999999999999999999{suffix}").status_code == 404, suffix
    assert scene.person.last_name not in ok(client.get("/prets"))
    other = with_person(scene, scene.another())
    browser = signed_in(app, portal_user(other))
    for suffix in ("", "/annuler", "/prolonger", "/a-l-heure"):
        assert browser.get(f"/mon-espace/prets/{loan_id}{suffix}").status_code == 404, suffix
    assert browser.get(f"/prets/{loan_id}").status_code == 403


def test_a_protected_file_s_loans_are_seen_by_its_named_staff_only(app: Flask) -> None:
    from mobility.core.db import transaction
    from mobility.people.models import Person, PersonStaff

    scene = make_scene()
    loan_id = scene.book()
    with transaction() as session:
        session.get_one(Person, scene.person.id).protected = True
        session.add(PersonStaff(person_id=scene.person.id, user_id=scene.adviser.id, added_at=NOW))
    named, colleague = signed_in(app, scene.adviser), signed_in(app, scene.manager)
    ok(named.get(f"/prets/{loan_id}"))
    assert colleague.get(f"/prets/{loan_id}").status_code == 404
    for url in ("/prets", "/prets/journee?jour=2026-11-27", "/prets/a-accepter"):
        assert scene.person.last_name not in ok(colleague.get(url))
    assert scene.person.last_name in ok(named.get("/prets"))


@pytest.mark.parametrize(
    "url",
    ["/prets", "/prets/journee?jour=2026-11-27", "/prets/a-accepter", "/prets/{loan}", "/prets/regles",
     "/prets/personnes/{person}/droits",
     "/prets/personnes/{person}/reserver/vehicules?start_on=2027-01-04&start_time=10:00&due_on=2027-01-05&due_time=17:00"],
)  # fmt: skip
def test_a_page_asks_the_same_number_of_queries_whatever_the_data(app: Flask, count_queries: Any, url: str) -> None:
    scene = make_scene(cars=12)
    client = signed_in(app, scene.manager)
    first = scene.book(by_person=True, actor_id=None)
    address = url.format(loan=first, person=scene.person.id)
    ok(client.get(address))
    totals = []
    for more in range(2):
        for _ in range(5 * more):
            loan_id = scene.book(by_person=True, actor_id=None, person_id=scene.another().id)
            services.approve(loan_id=loan_id, actor_id=None, now=NOW)
            services.request_extension(loan_id=loan_id, new_due_at=paris("2026-12-14", "17:00"), now=NOW)
            scene.book(by_person=True, actor_id=None, person_id=scene.another().id)
        with count_queries() as seen:
            ok(client.get(address))
        totals.append(seen.total)
    assert totals[0] == totals[1], totals
    assert totals[0] <= 40
