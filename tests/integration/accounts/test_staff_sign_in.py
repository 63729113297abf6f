"""Staff sign in by password and second factor; failures are throttled; sessions end."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.models import AuditEntry, SignInFailure, User
from mobility.accounts.policy import Role
from mobility.accounts.services import second_factor, users
from mobility.accounts.services.passwords import hasher
from mobility.core import clock
from mobility.core.crypto import decrypt
from mobility.core.db import db, end_read
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import make_user, signed_in

PASSWORD = "Chaussure-42!x"


@pytest.fixture
def auditor(app: Flask) -> User:
    return make_user(
        Role.AUDITOR, password_hash=hasher().hash(PASSWORD), email="controle@plateforme.example", confirmed=False
    )


def _enrol(user_id: int) -> tuple[str, list[str]]:
    secret = second_factor.new_secret()
    codes = second_factor.enrol(user_id=user_id, secret=secret, code=pyotp.TOTP(secret).now(), now=clock.now())
    return secret, codes


def _password(client: FlaskClient, email: str = "controle@plateforme.example", password: str = PASSWORD):
    return client.post("/connexion/pro", data={"email": email, "password": password})


def test_a_first_sign_in_sets_up_the_second_factor_and_gives_recovery_codes(client: FlaskClient, auditor: User) -> None:
    answer = _password(client)
    assert answer.headers["Location"] == "/connexion/pro/double-authentification"
    page = client.get(answer.headers["Location"])
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text).group(1)
    wrong = client.post("/connexion/pro/double-authentification", data={"code": "000000"})
    assert wrong.status_code == 422
    done = client.post("/connexion/pro/double-authentification", data={"code": pyotp.TOTP(secret).now()})
    assert len(re.findall(r"<code>[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}</code>", done.text)) == 10
    assert client.get("/accueil").status_code == 200
    stored = db.session.get(User, auditor.id)
    assert secret not in stored.totp_secret_encrypted
    assert decrypt(stored.totp_secret_encrypted) == secret


def test_without_the_second_code_nothing_is_seen(client: FlaskClient, auditor: User) -> None:
    _enrol(auditor.id)
    assert _password(client).headers["Location"] == "/connexion/pro/code"
    assert client.get("/accueil").status_code == 303
    assert client.post("/connexion/pro/code", data={"code": "123456"}).status_code == 422


def test_a_code_serves_once(app: Flask, auditor: User) -> None:
    secret, _ = _enrol(auditor.id)
    later = clock.now() + timedelta(seconds=60)
    code = pyotp.TOTP(secret).at(later)
    assert second_factor.check(user_id=auditor.id, code=code, address="a", now=later) == "totp"
    with pytest.raises(Exception, match="code"):
        second_factor.check(user_id=auditor.id, code=code, address="a", now=later)


def test_a_recovery_code_serves_once(client: FlaskClient, auditor: User) -> None:
    _, codes = _enrol(auditor.id)
    _password(client)
    assert client.post("/connexion/pro/code", data={"code": codes[0].upper()}).status_code == 303
    assert client.get("/accueil").status_code == 200
    client.post("/deconnexion")
    _password(client)
    assert client.post("/connexion/pro/code", data={"code": codes[0]}).status_code == 422
    assert second_factor.codes_left(auditor.id) == 9


@pytest.mark.parametrize(
    ("email", "password"),
    [("controle@plateforme.example", "faux"), ("inconnu@plateforme.example", PASSWORD), ("é" * 5000, "x" * 10_000)],
)
def test_a_refusal_does_not_tell_what_was_wrong(client: FlaskClient, auditor: User, email: str, password: str) -> None:
    answer = _password(client, email[:254], password)
    assert answer.status_code == 422
    assert "ne va pas" in answer.text


def test_failures_are_counted_in_the_database_and_stop_the_right_password_too(
    client: FlaskClient, auditor: User, session: Session
) -> None:
    for _ in range(6):
        assert "ne va pas" in _password(client, password="faux").text
    answer = _password(client)
    assert answer.status_code == 422
    assert "Attendez 15 minutes" in answer.text
    assert session.scalars(select(SignInFailure)).all()


def test_a_session_sleeps_half_an_hour_at_most(app: Flask, auditor: User) -> None:
    client = signed_in(app, auditor)
    assert client.get("/accueil").status_code == 200
    with client.session_transaction() as browser:
        browser["seen_at"] = (clock.now() - timedelta(minutes=31)).timestamp()
    assert client.get("/accueil").status_code == 303


def test_signing_out_everywhere_ends_the_other_browser(app: Flask, auditor: User) -> None:
    one, other = signed_in(app, auditor), signed_in(app, auditor)
    assert one.post("/deconnexion-partout").status_code == 303
    assert other.get("/accueil").status_code == 303


def test_after_sign_in_the_wanted_page_is_shown_if_it_is_ours(client: FlaskClient, auditor: User) -> None:
    secret, _ = _enrol(auditor.id)
    for wanted, reached in [
        ("/compte", "/compte"),
        ("//evil.example/x", "/accueil"),
        ("https://evil.example", "/accueil"),
        ("/\\evil.example", "/accueil"),
    ]:
        client.get(f"/connexion/pro?next={wanted}")
        _password(client)
        db.session.get(User, auditor.id)
        from mobility.core.db import transaction

        with transaction() as writing:
            writing.get(User, auditor.id).totp_last_step = None
        answer = client.post("/connexion/pro/code", data={"code": pyotp.TOTP(secret).now()})
        assert answer.headers["Location"] == reached
        client.post("/deconnexion")


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_serves_once(
    client: FlaskClient, auditor: User, session: Session
) -> None:
    other = signed_in(client.application, auditor)
    assert (
        "Regardez vos e-mails" in client.post("/connexion/pro/mot-de-passe-oublie", data={"email": auditor.email}).text
    )
    link = session.scalars(select(OutboxMessage)).one().params["link"].removeprefix("http://mobilite.test")
    link = "/" + link.split("/", 3)[3] if link.startswith("http") else link
    assert client.get(link).status_code == 200
    weak = client.post(link, data={"password": "court"})
    assert weak.status_code == 422
    assert client.post(link, data={"password": "Nouvelle-Chaussure-43"}).status_code == 303
    end_read()
    assert client.get(link).status_code == 409
    assert other.get("/accueil").status_code == 303
    assert _password(client, password="Nouvelle-Chaussure-43").status_code == 303


def test_an_unknown_address_gets_the_same_answer_and_no_message(client: FlaskClient, session: Session) -> None:
    assert (
        "Regardez vos e-mails"
        in client.post("/connexion/pro/mot-de-passe-oublie", data={"email": "x@plateforme.example"}).text
    )
    assert session.scalars(select(OutboxMessage)).all() == []


def test_every_sign_in_is_in_the_audit_log(client: FlaskClient, auditor: User, session: Session) -> None:
    secret, _ = _enrol(auditor.id)
    _password(client)
    from mobility.core.db import transaction

    with transaction() as writing:
        writing.get(User, auditor.id).totp_last_step = None
    client.post("/connexion/pro/code", data={"code": pyotp.TOTP(secret).now()})
    end_read()
    assert "sign_in.totp" in set(session.scalars(select(AuditEntry.action)))


def test_the_last_administrator_stays(app: Flask) -> None:
    administrator = make_user(Role.ADMINISTRATOR)
    client = signed_in(app, administrator)
    grant_id = db.session.scalars(select(User).where(User.id == administrator.id)).one().id
    answer = client.post(f"/administration/comptes/{administrator.id}/fermer")
    assert answer.status_code == 409
    assert grant_id
    second = make_user(Role.ADMINISTRATOR)
    assert client.post(f"/administration/comptes/{second.id}/fermer").status_code == 303


def test_an_administrator_creates_an_account_and_an_invitation_leaves(app: Flask, session: Session) -> None:
    client = signed_in(app, make_user(Role.ADMINISTRATOR))
    data = {
        "display_name": "Alix Carpentier",
        "email": "Alix@Plateforme.example",
        "role": "auditor",
        "desk_id": "",
        "organisation_id": "",
    }
    answer = client.post("/administration/comptes/nouveau", data=data)
    assert answer.status_code == 303, answer.text
    end_read()
    created = session.scalars(select(User).where(User.email == "alix@plateforme.example")).one()
    assert session.scalars(select(OutboxMessage)).one().template == "invitation"
    assert client.get(answer.headers["Location"]).status_code == 200
    again = client.post("/administration/comptes/nouveau", data=data)
    assert again.status_code == 422
    assert "existe déjà" in again.text
    assert "Alix Carpentier" in again.text
    unscoped = client.post(
        "/administration/comptes/nouveau", data={**data, "email": "b@plateforme.example", "role": "adviser"}
    )
    assert unscoped.status_code == 422
    assert "Choisissez l’antenne" in unscoped.text
    assert session.scalars(select(User).where(User.email == "b@plateforme.example")).first() is None
    assert created.display_name == "Alix Carpentier"


def test_the_audit_log_shows_a_manager_what_the_own_desk_did(app: Flask, session: Session) -> None:
    from mobility.accounts import audit
    from tests.factories.fleet import a_desk

    here, there = a_desk("Denain"), a_desk("Caudry")
    manager = make_user(Role.MANAGER, desk_id=here)
    colleague, stranger = (
        make_user(Role.ADVISER, desk_id=here, name="Collègue Proche"),
        make_user(Role.ADVISER, desk_id=there, name="Collègue Loin"),
    )
    for user in (colleague, stranger):
        audit.record(
            actor_id=user.id,
            action="test",
            subject_kind="x",
            subject_id=1,
            now=clock.now(),
            changes={"f": ("a", "<b>")},
        )
    page = signed_in(app, manager).get("/administration/acces").text
    assert "Collègue Proche" in page
    assert "Collègue Loin" not in page
    assert "&lt;b&gt;" in page
    everything = signed_in(app, make_user(Role.AUDITOR)).get(
        "/administration/acces?person_id=zz&actor=999999999999&since=hier&page=-3"
    )
    assert everything.status_code == 200


def test_the_audit_log_reads_in_words_and_leads_on_to_a_file_or_a_colleague(app: Flask, session: Session) -> None:
    from mobility.accounts import audit
    from tests.factories.fleet import a_desk
    from tests.factories.people import make_person

    here = a_desk("Denain")
    manager = make_user(Role.MANAGER, desk_id=here, name="Claire Dewailly")
    person = make_person(desk_id=here, first_name="Nadia", last_name="Lefèvre")
    for kind, changes in (
        ("loan_right", {"categories": (None, ["car", "ebike"]), "starts_on": (None, "2026-11-23")}),
        ("person", {"status": ("job_seeker", "rsa"), "born_on": (None, "1994-03-02")}),
        ("person_consent", {"photo": (None, "written")}),
    ):
        audit.record(
            actor_id=manager.id,
            action="person.created",
            subject_kind=kind,
            subject_id=person.id,
            person_id=person.id,
            now=clock.now(),
            changes=changes,
        )
    page = signed_in(app, manager).get("/administration/acces").text
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "Types de véhicule Voiture, Vélo électrique" in words
    assert "Début 23/11/2026" in words
    assert "Situation En recherche d’emploi → Bénéficiaire du RSA" in words
    assert "Garder une photo Par écrit" in words
    assert f"Nadia Lefèvre {person.id}" in words
    assert f"/administration/acces?person_id={person.id}" in page
    assert f"/administration/acces?actor={manager.id}" in page


def test_grants_are_given_once_and_taken_back(app: Flask) -> None:
    administrator, user = make_user(Role.ADMINISTRATOR), make_user()
    now = clock.now()
    first = users.add_grant(
        user_id=user.id, role=Role.AUDITOR, desk_id=None, organisation_id=None, actor_id=administrator.id, now=now
    )
    assert (
        users.add_grant(
            user_id=user.id, role=Role.AUDITOR, desk_id=None, organisation_id=None, actor_id=administrator.id, now=now
        )
        == first
    )
    client = signed_in(app, administrator)
    assert client.post(f"/administration/comptes/{user.id}/roles/{first}/retirer").status_code == 303
    assert client.post(f"/administration/comptes/{user.id}/roles/{first}/retirer").status_code == 404
    assert client.post("/administration/comptes/999999/fermer").status_code == 404
