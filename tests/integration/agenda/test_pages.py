"""The pages of the agenda: the desk's, the person's, those behind signed links."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.agenda.models import AgendaAbsence, AgendaOpening, Appointment, Attendance, MeetingType
from mobility.agenda.rules import AttendanceState, Following, MeetingKind, Origin
from mobility.agenda.services import create_workshop
from mobility.core.db import db
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import NOW, THURSDAY, Agenda, a_type, an_opening, get_visit, make_agenda, paris
from tests.integration.loans.pages import HOSTILE, ok

pytestmark = pytest.mark.usefixtures("at_now")


def codes(page: str) -> list[str]:
    """Return the hours that a page offers, as its form sends them back."""
    return re.findall(r'name="slot" value="([\d.]+)"', page)


def portal_user(scene: Agenda) -> User:
    return make_user(person_id=scene.person.id, recipient_id=scene.person.recipient_id, name="Camille")


def the_link(person_id: int) -> str:
    """Return the path of the link in the last message to a person."""
    row = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.person_id == person_id).order_by(OutboxMessage.id.desc())
    ).first()
    assert row is not None
    return "/" + str(row.params["link"]).split("/", 3)[3]


def only_visit() -> Attendance:
    db.session.expire_all()
    return db.session.scalars(select(Attendance)).one()


def test_an_adviser_lives_a_meeting_from_booking_to_the_next(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.adviser)
    person = f"/personnes/{scene.person.id}"
    assert "Pas de prochain rendez-vous" in ok(client.get(person))
    assert "Premier rendez-vous" in ok(client.get(f"{person}/rendez-vous/nouveau"))
    page = ok(client.get(f"{person}/rendez-vous/nouveau?type={scene.first.id}"))
    answer = client.post(f"{person}/rendez-vous/nouveau?type={scene.first.id}", data={"slot": codes(page)[0]})
    assert answer.status_code == 303
    visit_id = only_visit().id
    assert answer.location.endswith(f"/rendez-vous/{visit_id}")
    page = ok(client.get(f"/rendez-vous/{visit_id}"))
    assert "Claire Dupont" in page
    assert "24 novembre" in ok(client.get(person)), "today at eleven: the desk needs no notice"
    assert scene.person.last_name in ok(client.get("/agenda"))
    at_now.move_to(NOW + timedelta(hours=3), tick=False)
    client = signed_in(app, scene.adviser)
    assert "Faire le bilan du rendez-vous" in ok(client.get("/accueil"))
    page = ok(client.get(f"/rendez-vous/{visit_id}/bilan?type={scene.follow_up.id}"))
    version = only_visit().version
    sent = {"attendance": "present", "version": version}
    refused = client.post(f"/rendez-vous/{visit_id}/bilan", data=sent)
    assert refused.status_code == 422
    assert "Choisissez la suite" in refused.text
    done = client.post(
        f"/rendez-vous/{visit_id}/bilan?type={scene.follow_up.id}",
        data={**sent, "following": "meeting", "slot": codes(page)[0]},
    )
    assert done.status_code == 303
    visit, _appointment = get_visit(visit_id)
    assert (visit.state, visit.following) == (AttendanceState.PRESENT, Following.MEETING)
    assert "Voir le rendez-vous suivant" in ok(client.get(f"/rendez-vous/{visit_id}"))
    listed = ok(client.get(f"{person}/rendez-vous"))
    assert listed.index("Suivi") < listed.index("Premier rendez-vous")


def test_another_hour_may_be_written_and_bad_ones_say_why(app: Flask) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.adviser)
    url = f"/personnes/{scene.person.id}/rendez-vous/nouveau?type={scene.first.id}"
    sent = {"on": "2026-11-28", "at": "19:30", "adviser_id": str(scene.adviser.id), "note": "Elle vient de loin."}
    for bad, sentence in (
        ({**sent, "on": "2020-01-01"}, "Choisissez une heure à venir"),
        ({"note": "Elle vient de loin."}, "plus proposée"),
        ({"slot": "1795600000.1.999999999999", "note": "Elle vient de loin."}, "plus proposée"),
    ):
        refused = client.post(url, data=bad)
        assert (refused.status_code, sentence in refused.text, "Elle vient de loin." in refused.text) == (
            422,
            True,
            True,
        )
    assert client.post(url, data=sent).status_code == 303
    assert only_visit().starts_at == paris("2026-11-28", "19:30")


def test_an_hour_that_was_just_taken_is_said_and_the_others_stay(app: Flask) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.adviser)
    url = f"/personnes/{scene.person.id}/rendez-vous/nouveau?type={scene.first.id}"
    first = codes(ok(client.get(url)))[0]
    scene.book(person_id=scene.another().id, starts_at=paris("2026-11-24", "11:00"))
    refused = client.post(url, data={"slot": first})
    assert refused.status_code == 422
    assert "vient d’être prise" in refused.text
    assert first not in codes(refused.text)
    assert codes(refused.text)


def test_the_desk_moves_and_cancels(app: Flask) -> None:
    scene = make_agenda()
    visit_id = scene.book()
    client = signed_in(app, scene.adviser)
    page = ok(client.get(f"/rendez-vous/{visit_id}/deplacer?des=2026-12-03"))
    sent = {"slot": codes(page)[0], "version": str(only_visit().version)}
    assert client.post(f"/rendez-vous/{visit_id}/deplacer", data=sent).status_code == 303
    assert only_visit().starts_at == paris("2026-12-03", "09:00")
    ok(client.get(f"/rendez-vous/{visit_id}/annuler"))
    assert client.post(f"/rendez-vous/{visit_id}/annuler", data={"reason": ""}).status_code == 422
    assert client.post(f"/rendez-vous/{visit_id}/annuler", data={"reason": "Formation"}).status_code == 303
    assert client.get(f"/rendez-vous/{visit_id}/deplacer").status_code == 303
    assert client.get(f"/rendez-vous/{visit_id}/bilan").status_code == 303


def test_a_person_books_changes_and_cancels_in_the_portal(app: Flask) -> None:
    scene = make_agenda()
    client = signed_in(app, portal_user(scene))
    assert "Vous n’avez pas de rendez-vous" in ok(client.get("/mon-espace/rendez-vous"))
    page = ok(client.get(f"/mon-espace/rendez-vous/nouveau/{scene.first.id}"))
    assert (
        client.post(f"/mon-espace/rendez-vous/nouveau/{scene.first.id}", data={"slot": codes(page)[0]}).status_code
        == 303
    )
    visit = only_visit()
    assert (visit.origin, visit.starts_at) == (Origin.PERSON, paris("2026-11-25", "10:00"))
    assert "Mon rendez-vous" in ok(client.get("/mon-espace"))
    base = f"/mon-espace/rendez-vous/{visit.id}"
    ok(client.get(base))
    page = ok(client.get(f"{base}/changer"))
    assert client.post(f"{base}/changer", data={"slot": codes(page)[-1], "version": visit.version}).status_code == 303
    assert only_visit().starts_at > paris("2026-11-25", "10:00")
    ok(client.get(f"{base}/annuler"))
    done = client.post(f"{base}/annuler")
    assert done.location.endswith(f"/mon-espace/rendez-vous/nouveau/{scene.first.id}"), (
        "another date is offered at once"
    )
    assert "Mes rendez-vous passés" in ok(client.get("/mon-espace/rendez-vous"))


@pytest.mark.parametrize("kind", [MeetingKind.DIAGNOSIS, MeetingKind.HOME_VISIT])
def test_what_only_the_desk_books_is_not_found_in_the_portal(app: Flask, kind: MeetingKind) -> None:
    scene = make_agenda()
    client = signed_in(app, portal_user(scene))
    assert client.get(f"/mon-espace/rendez-vous/nouveau/{a_type(kind).id}").status_code == 404


def test_a_link_changes_and_cancels_without_signing_in(app: Flask) -> None:
    scene = make_agenda()
    visit_id = scene.book(starts_at=paris("2026-12-03", "10:00"))
    client, link = app.test_client(), the_link(scene.person.id)
    assert "3 décembre" in ok(client.get(link))
    page = ok(client.get(f"{link}/changer"))
    assert only_visit().starts_at == paris("2026-12-03", "10:00"), "a link acts on no GET"
    sent = {"slot": codes(page)[0], "version": only_visit().version}
    assert "C’est noté" in ok(client.post(f"{link}/changer", data=sent))
    assert only_visit().starts_at == paris("2026-11-25", "10:00")
    ok(client.get(f"{link}/annuler"))
    page = ok(client.post(f"{link}/annuler"))
    other = re.search(r'href="([^"]*/rdv/choisir/[^"]+)"', page)
    assert other
    assert get_visit(visit_id)[0].state is AttendanceState.CANCELLED
    assert "passé ou annulé" in ok(client.get(link))
    choose = "/" + other[1].split("/", 3)[3] if other[1].startswith("http") else other[1]
    page = ok(client.get(choose))
    assert "C’est noté" in ok(client.post(choose, data={"slot": codes(page)[0]}))
    assert "Vous avez déjà un rendez-vous" in ok(client.get(choose))
    assert len(db.session.scalars(select(Attendance)).all()) == 2


@pytest.mark.parametrize("path", ["/rdv/xyz", "/rdv/xyz/changer", "/rdv/xyz/annuler", "/rdv/choisir/xyz"])
def test_a_forged_link_says_so(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code in {400, 403, 404, 409}
    assert "Ce lien n’est pas valable" in answer.text


def test_an_adviser_invites_and_gives_a_seat(app: Flask) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.adviser)
    person = f"/personnes/{scene.person.id}"
    assert client.post(f"{person}/rendez-vous/inviter/{scene.first.id}").status_code == 303
    assert "/rdv/choisir/" in the_link(scene.person.id)
    assert client.post(f"{person}/rendez-vous/inviter/{a_type(MeetingKind.DIAGNOSIS).id}").status_code == 404
    workshop = a_type(MeetingKind.WORKSHOP)
    url = f"{person}/rendez-vous/nouveau?type={workshop.id}"
    assert "Aucun atelier" in ok(client.get(url))
    ok(client.get("/agenda/ateliers/nouveau"))
    announced = client.post(
        f"/agenda/ateliers/nouveau?antenne={scene.desk.id}",
        data={"type_id": workshop.id, "adviser_id": scene.adviser.id, "on": "2026-12-01", "at": "14:00", "seats": "2"},
    )
    assert announced.status_code == 303
    appointment = db.session.scalars(select(Appointment)).one()
    assert "Personne n’est encore inscrit" in ok(client.get(f"/agenda/ateliers/{appointment.id}"))
    ok(client.get(url))
    assert client.post(url, data={"appointment_id": appointment.id}).status_code == 303
    assert scene.person.last_name in ok(client.get(f"/agenda/ateliers/{appointment.id}"))
    assert "1 place libre" in ok(client.get("/agenda?semaine=2026-12-01&qui=tous"))


def test_an_adviser_plans_and_a_manager_plans_for_the_team(app: Flask) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.adviser)
    ok(client.get("/agenda/permanences"))
    sent = {
        "desk_id": scene.desk.id, "weekday": "0", "opens": "14:00", "closes": "17:00", "every_weeks": "2",
        "starts_on": "2026-11-30", "type_ids": [str(scene.first.id)],
    }  # fmt: skip
    refused = client.post("/agenda/permanences", data={**sent, "opens": "10:00"})
    assert (refused.status_code, "Vous recevez déjà" in refused.text) == (422, True)
    assert client.post("/agenda/permanences", data=sent).status_code == 303
    assert "une semaine sur deux" in ok(client.get("/agenda/permanences"))
    row = db.session.scalars(select(AgendaOpening).order_by(AgendaOpening.id.desc())).first()
    assert row is not None
    assert client.post(f"/agenda/permanences/{row.id}/arreter").status_code == 303
    visit_id = scene.book()
    ok(client.get("/agenda/absences"))
    hit = ok(client.post("/agenda/absences", data={"first_on": "2026-11-26", "last_on": "2026-11-27"}))
    assert f"/rendez-vous/{visit_id}/deplacer" in hit
    backwards = client.post("/agenda/absences", data={"first_on": "2026-11-27", "last_on": "2026-11-26"})
    assert backwards.status_code == 422
    absence = db.session.scalars(select(AgendaAbsence)).one()
    colleague = signed_in(app, make_user(Role.ADVISER, desk_id=scene.desk.id))
    assert colleague.get(f"/agenda/permanences?qui={scene.adviser.id}").status_code == 404
    assert colleague.post(f"/agenda/absences/{absence.id}/retirer").status_code == 404
    manager = signed_in(app, scene.manager)
    ok(manager.get(f"/agenda/permanences?qui={scene.adviser.id}"))
    assert manager.post(f"/agenda/absences/{absence.id}/retirer").status_code == 303


def test_types_are_made_changed_and_archived(app: Flask) -> None:
    scene = make_agenda()
    everywhere = signed_in(app, make_user(Role.ADMINISTRATOR))
    assert everywhere.post("/administration/types-de-rendez-vous/habituels").status_code == 303
    client = signed_in(app, scene.manager)
    ok(client.get("/administration/types-de-rendez-vous"))
    ok(client.get("/administration/types-de-rendez-vous/nouveau"))
    sent = {
        "label": "Essai de vélo", "kind": "follow_up", "desk_id": str(scene.desk.id), "place": "desk",
        "duration_minutes": "30", "pause_minutes": "0", "notice_hours": "2", "seats": "1", "by_person": "y",
    }  # fmt: skip
    url = "/administration/types-de-rendez-vous/nouveau"
    assert client.post(url, data={**sent, "desk_id": ""}).status_code == 422, "not for all desks"
    assert client.post(url, data={**sent, "duration_minutes": "3"}).status_code == 422
    assert client.post(url, data=sent).status_code == 303
    again = client.post(url, data=sent)
    assert (again.status_code, "porte déjà ce nom" in again.text) == (422, True)
    row = db.session.scalars(select(MeetingType).where(MeetingType.label == "Essai de vélo")).one()
    own, version = f"/administration/types-de-rendez-vous/{row.id}", row.version
    del sent["desk_id"]
    assert "Essai de vélo" in ok(client.get(own))
    assert client.post(own, data={**sent, "label": "Essai", "version": version}).status_code == 303
    assert client.post(own, data={**sent, "label": "Encore", "version": version}).status_code == 422
    assert client.post(f"{own}/archiver").status_code == 303
    assert client.post("/administration/types-de-rendez-vous/habituels").status_code == 404


def test_who_should_be_seen_again_is_listed(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    visit_id = scene.book()
    at_now.move_to(THURSDAY + timedelta(hours=1), tick=False)
    client = signed_in(app, scene.adviser)
    sent = {"attendance": "present", "following": "date", "next_on": "2026-12-04", "version": only_visit().version}
    assert client.post(f"/rendez-vous/{visit_id}/bilan", data=sent).status_code == 303
    assert "Personne n’attend" in ok(client.get("/agenda/a-revoir"))
    at_now.move_to(paris("2026-12-05"), tick=False)
    client = signed_in(app, scene.adviser)
    assert scene.person.last_name in ok(client.get("/agenda/a-revoir"))
    assert scene.person.last_name in ok(client.get("/accueil"))


def test_hostile_words_are_shown_as_words(app: Flask) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.adviser)
    url = f"/personnes/{scene.person.id}/rendez-vous/nouveau?type={scene.first.id}"
    sent = {"on": "2026-11-30", "at": "10:00", "adviser_id": str(scene.adviser.id), "note": HOSTILE[:1900]}
    answer = client.post(url, data=sent)
    assert answer.status_code == 303
    page = ok(client.get(answer.location))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    for query in ("type=1e9", "type=-1", "des=9999-99-99", "des=2026-11-31", "avec=99999999999999", "antenne=0"):
        assert client.get(f"{url}&{query}").status_code == 200
    for query in ("semaine=0001-01-01", "semaine=9999-12-31", "qui=x", "qui=99999999999"):
        assert client.get(f"/agenda?{query}").status_code == 200


def test_a_workshop_may_be_left_by_its_link(app: Flask) -> None:
    from mobility.agenda.services import join

    scene = make_agenda()
    workshop = a_type(MeetingKind.WORKSHOP)
    colleague = make_user(Role.ADVISER, desk_id=scene.desk.id)
    an_opening(colleague, scene.desk)
    appointment_id = create_workshop(
        type_id=workshop.id, desk_id=scene.desk.id, adviser_id=colleague.id, starts_at=THURSDAY, actor_id=None, now=NOW
    )
    join(appointment_id=appointment_id, person_id=scene.person.id, origin=Origin.STAFF, actor_id=None, now=NOW)
    row = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.person_id == scene.person.id).order_by(OutboxMessage.id)
    ).first()
    assert row is not None
    link = "/" + str(row.params["link"]).split("/", 3)[3]
    assert "Changer l’heure" not in ok(app.test_client().get(link))
    assert "Pas d’autre heure ici" in ok(app.test_client().get(f"{link}/changer"))
    assert "C’est noté" in ok(app.test_client().post(f"{link}/annuler"))
