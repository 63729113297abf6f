from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.core import clock, links
from mobility.core.db import transaction
from mobility.notifications import render, services, short_links
from mobility.notifications.delivery import deliver_due
from mobility.notifications.housekeeping import forget_contents
from mobility.notifications.kinds import Channel, MessageClass, MessageState
from mobility.notifications.models import ContactPoint, LocalMessage, OutboxMessage, Recipient, ShortLink
from mobility.notifications.queries import list_for_person
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.notifications import NOON, make_message, make_point, make_recipient
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person


@pytest.fixture
def manager(app: Flask) -> FlaskClient:
    return signed_in(app, make_user(Role.ADMINISTRATOR))


def failed(recipient_id: int | None = None) -> int:
    message_id = make_message(recipient_id or make_recipient())
    deliver_due(now=NOON)
    return message_id


def state_of(session: Session, message_id: int) -> MessageState:
    session.rollback()
    return session.get_one(OutboxMessage, message_id, populate_existing=True).state


def preferences(recipient_id: int) -> str:
    return render.preferences_url(recipient_id, clock.now()).removeprefix("http://mobilite.test")


def unsubscription(point_id: int) -> str:
    return render.unsubscribe_url(point_id, clock.now()).removeprefix("http://mobilite.test")


# --- the outbox


def test_the_outbox_shows_states_and_hides_addresses(manager: FlaskClient) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id, value="alix.carpentier@exemple.fr")
    make_message(recipient_id, params={"title": "Titre secret"})
    deliver_due(now=NOON)
    failed()
    page = manager.get("/administration/messages").text
    assert "a•••@exemple.fr" in page
    assert "alix.carpentier" not in page
    assert "Titre secret" not in page
    assert "Non remis" in page
    assert "Renvoyer" in page


def test_an_empty_outbox_says_so(manager: FlaskClient) -> None:
    assert "Aucun message ici" in manager.get("/administration/messages").text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?etat=failed", 1),
        ("?canal=email", 1),
        ("?canal=sms", 0),
        ("?classe=normal", 2),
        ("?classe=urgent", 0),
        ("?modele=staff_alert", 2),
        ("?modele=digest", 0),
        ("?etat=nonsense&canal=%00&classe[]=1&page=-5&modele=%F0%9F%98%80", 2),
        ("?page=99999999999999999999", 2),
    ],
)
def test_the_outbox_is_filtered(manager: FlaskClient, query: str, count: int) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id)
    make_message(recipient_id)
    failed()
    page = manager.get(f"/administration/messages{query}")
    assert page.status_code == 200
    assert page.text.count("Alerte à l’équipe<span") == count


def test_the_outbox_makes_as_many_queries_for_many_messages(manager: FlaskClient, count_queries: object) -> None:
    def queries() -> int:
        with count_queries() as seen:  # type: ignore[operator]
            assert manager.get("/administration/messages").status_code == 200
        return int(seen.total)

    failed()
    few = queries()
    for _ in range(60):
        make_message(make_recipient())
    assert queries() == few


def test_a_failed_message_is_sent_again_by_a_button(manager: FlaskClient, session: Session) -> None:
    message_id = failed()
    assert manager.get(f"/administration/messages/{message_id}/renvoyer").status_code == 405
    answer = manager.post(f"/administration/messages/{message_id}/renvoyer", follow_redirects=True)
    assert "va être renvoyé" in answer.text
    assert state_of(session, message_id) is MessageState.QUEUED
    again = manager.post(f"/administration/messages/{message_id}/renvoyer", follow_redirects=True)
    assert "Seul un message non remis" in again.text


def test_a_message_shows_its_attempts_and_companions(manager: FlaskClient) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id)
    ids = [make_message(recipient_id) for _ in range(2)]
    deliver_due(now=NOON)
    page = manager.get(f"/administration/messages/{ids[0]}").text
    assert "Remis au serveur" in page
    assert f"/administration/messages/{ids[1]}" in page
    assert "dans un seul envoi" in manager.get(f"/administration/messages/{ids[1]}").text


def test_a_cancelled_message_waits_for_no_channel(manager: FlaskClient) -> None:
    message_id = make_message(make_recipient(), key="loan:1:x")
    address = f"/administration/messages/{message_id}"
    for page in ("/administration/messages", address):
        assert "Pas encore choisi" in manager.get(page).text
    services.cancel(dedup_prefix="loan:1:", now=NOON)
    for page in ("/administration/messages", address):
        text = manager.get(page).text
        assert "Pas encore choisi" not in text
        assert "Aucun envoi" in text


@pytest.mark.parametrize("hostile", ["0", "999999", "99999999999999999999"])
def test_a_hostile_number_finds_nothing(manager: FlaskClient, hostile: str) -> None:
    assert manager.get(f"/administration/messages/{hostile}").status_code == 404
    assert manager.post(f"/administration/messages/{hostile}/renvoyer").status_code == 404


@pytest.mark.parametrize("role", [Role.FUNDER, Role.PRESCRIBER, Role.GARAGE])
def test_who_is_not_of_the_team_sees_no_outbox(app: Flask, role: Role) -> None:
    client = signed_in(app, make_user(role, organisation_id=make_organisation().id))
    message_id = failed()
    assert client.get("/administration/messages").status_code == 403
    assert client.get(f"/administration/messages/{message_id}").status_code == 403
    assert client.post(f"/administration/messages/{message_id}/renvoyer").status_code == 403


def test_a_message_about_somebody_is_seen_by_whoever_may_see_that_person(app: Flask) -> None:
    desk_id, other_id = make_desk("denain").id, make_desk("caudry").id
    person_id = make_person(desk_id=desk_id).id
    message_id = make_message(make_recipient(), person_id=person_id)
    address = f"/administration/messages/{message_id}"
    assert signed_in(app, make_user(Role.ADVISER, desk_id=desk_id)).get(address).status_code == 200
    assert signed_in(app, make_user(Role.ADVISER, desk_id=other_id)).get(address).status_code == 404
    assert signed_in(app, make_user(Role.ADMINISTRATOR)).get(address).status_code == 200


def test_the_last_messages_about_a_person_are_one_query(session: Session, count_queries: object) -> None:
    for _ in range(5):
        make_message(make_recipient(), person_id=12)
    make_message(make_recipient(), person_id=13)
    with count_queries() as seen:  # type: ignore[operator]
        assert len(list_for_person(12)) == 5
    assert seen.total == 1


# --- wishes


def test_preferences_are_shown_and_nothing_happens_on_get(client: FlaskClient, session: Session) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id, value="alix@exemple.fr")
    make_point(recipient_id, Channel.SMS, "+33639981234")
    page = client.get(preferences(recipient_id))
    assert page.status_code == 200
    assert "a•••@exemple.fr" in page.text
    assert "alix@" not in page.text
    assert session.get_one(Recipient, recipient_id).preferred_channel is None


def test_preferences_are_kept(client: FlaskClient, session: Session) -> None:
    recipient_id = make_recipient()
    mail, phone = make_point(recipient_id), make_point(recipient_id, Channel.SMS)
    other = make_point(make_recipient(), opted_out_at=NOON)
    address = preferences(recipient_id)
    answer = client.post(address, data={"preferred": "sms", "points": [str(phone), str(other)]}, follow_redirects=True)
    assert "Choisissez des réponses dans la liste" in answer.text  # another's point is no choice
    answer = client.post(address, data={"preferred": "sms", "points": [str(phone)]}, follow_redirects=True)
    assert "Vos choix sont enregistrés" in answer.text
    session.rollback()
    recipient = session.get_one(Recipient, recipient_id, populate_existing=True)
    assert (recipient.preferred_channel, recipient.digest) == (Channel.SMS, False)
    out = {point.id: point.opted_out_at is not None for point in session.scalars(select(ContactPoint))}
    assert out == {mail: True, phone: False, other: True}


def test_somebody_without_any_point_is_told_what_to_do(client: FlaskClient) -> None:
    assert "Donnez-en un à votre conseiller" in client.get(preferences(make_recipient())).text


@pytest.mark.parametrize("token", ["x", "a.b", "é", "a" * 5000])
def test_a_forged_link_opens_nothing(client: FlaskClient, token: str) -> None:
    for page in ("preferences", "desabonnement"):
        assert client.get(f"/messages/{page}/{token}").status_code == 409
        assert client.post(f"/messages/{page}/{token}").status_code == 409


def test_a_link_of_one_kind_does_not_open_the_other(client: FlaskClient, app: Flask) -> None:
    token = links.sign(render.UNSUBSCRIBE, {"point": 1}, now=clock.now(), lifetime=timedelta(days=1))
    assert client.get(f"/messages/preferences/{token}").status_code == 409


def test_an_old_link_opens_nothing(client: FlaskClient, app: Flask) -> None:
    past = clock.now() - timedelta(days=400)
    address = render.unsubscribe_url(make_point(make_recipient()), past).removeprefix("http://mobilite.test")
    assert client.get(address).status_code == 409


def test_a_mail_reader_unsubscribes_with_one_click(
    app: Flask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    point_id = make_point(make_recipient())
    address = unsubscription(point_id)
    assert client.get(address).status_code == 200
    assert session.get_one(ContactPoint, point_id).opted_out_at is None
    answer = client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "C’est fait" in answer.text
    session.rollback()
    assert session.get_one(ContactPoint, point_id, populate_existing=True).opted_out_at is not None
    assert "ne reçoit déjà plus" in client.get(address).text


# --- short links


def test_a_short_link_leads_and_does_no_more(client: FlaskClient, app: Flask) -> None:
    long = "http://mobilite.test/prets/lien/" + "x" * 80
    short = short_links.shorten(long, now=clock.now())
    answer = client.get(short.removeprefix("http://mobilite.test"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/prets/lien/" + "x" * 80)
    assert client.get("/l/unknown").status_code == 404
    assert client.get("/l/" + "a" * 5000).status_code == 404


def test_only_long_links_of_this_site_become_short(app: Flask, session: Session) -> None:
    given = {
        "ours": "http://mobilite.test/" + "x" * 60,
        "short": "http://mobilite.test/x",
        "theirs": "https://elsewhere.example/" + "x" * 60,
        "tricky": "http://mobilite.test.elsewhere.example/" + "x" * 60,
        "double": "http://mobilite.test//elsewhere.example/" + "x" * 60,
        "number": 5,
    }
    made = short_links.shorten_params(given, now=clock.now())
    assert {key for key in given if made[key] != given[key]} == {"ours"}


def test_old_short_links_are_forgotten(app: Flask, client: FlaskClient, session: Session) -> None:
    past = clock.now() - timedelta(days=61)
    short = short_links.shorten("http://mobilite.test/x", now=past)
    assert client.get(short.removeprefix("http://mobilite.test")).status_code == 404
    assert short_links.forget_old(clock.now()) == 1
    assert session.scalars(select(ShortLink)).all() == []


# --- the demonstration's box


def test_the_box_shows_what_was_sent(client: FlaskClient, app: Flask) -> None:
    assert "Aucun message pour l’instant" in client.get("/notifications/boite-de-demo").text
    recipient_id = make_recipient()
    make_point(recipient_id)
    make_message(recipient_id, params={"text": "<script>alert(1)</script>"})
    deliver_due(now=NOON)
    page = client.get("/notifications/boite-de-demo").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_the_box_exists_in_the_demonstration_only(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "DEMO", False)
    assert client.get("/notifications/boite-de-demo").status_code == 404


def test_the_local_channel_keeps_a_message_once(app: Flask, session: Session) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id)
    message_id = make_message(recipient_id, message_class=MessageClass.URGENT)
    deliver_due(now=NOON)
    with transaction():
        row = session.get_one(OutboxMessage, message_id)
        row.state, row.sent_at = MessageState.QUEUED, None
    deliver_due(now=NOON + timedelta(hours=1))
    assert len(session.scalars(select(LocalMessage)).all()) == 1


# --- housekeeping


def test_contents_are_forgotten_with_time(app: Flask, session: Session) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id)
    sent = make_message(recipient_id)
    deliver_due(now=NOON)
    waiting = make_message(recipient_id, due_at=NOON + timedelta(days=200))
    assert forget_contents(now=NOON + timedelta(days=89))["emptied"] == 0
    counts = forget_contents(now=NOON + timedelta(days=91))
    assert counts["emptied"] == 1
    session.rollback()
    assert session.get_one(OutboxMessage, sent).params == {}
    assert session.get_one(OutboxMessage, waiting).params != {}
    assert forget_contents(now=NOON + timedelta(days=91))["emptied"] == 0
