"""What an attacker tries around the forms: forged requests, bombs, redirects, cookies, headers, double clicks."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import text

from mobility.accounts.policy import Role
from mobility.core import links
from mobility.core.db import db, end_read, transaction
from mobility.fleet.models import Vehicle
from mobility.notifications.models import OutboxMessage
from tests.conftest import Browser, dispose
from tests.factories.accounts import signed_in
from tests.integration.hostile.actors import Knocker, knocker, user_of
from tests.integration.hostile.routes import address, papers_at, public_routes, routes, rows_at
from tests.integration.hostile.rows import changed, digest
from tests.integration.hostile.world import NOW, World

PERSON_FORM = {
    "last_name": "Martin",
    "first_name": "Jeanne",
    "born_on": "1991-02-03",
    "situation": "job_seeker",
    "language": "fr",
    "reading_ease": "easy",
    "legal_protection": "none",
}


def _manager(application: Flask, house: World) -> Knocker:
    return knocker(application, house, "manager")


# -- Forged requests ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(settings: dict[str, Any], application: Flask) -> Iterator[Flask]:
    """The application as it is deployed: forms guarded, cookies for HTTPS only."""
    from mobility.app import create_app

    app = create_app({**settings, "WTF_CSRF_ENABLED": True, "COOKIE_SECURE": True})
    app.test_client_class = Browser
    yield app
    dispose(app)


# Machines call these without a session; each proves itself by a token of its own.
MACHINES = {"notifications.unsubscribe", "notifications.sms_reply", "notifications.sms_report"}
# Other carpooling services, by their key.
STANDARD = "carpool_standard."


def test_no_form_acts_without_its_token(guarded: Flask, house: World) -> None:
    before, wrong, asked = digest(), [], 0
    staff = {role: signed_in(guarded, user_of(house, role)) for role in (Role.MANAGER, Role.ADMINISTRATOR)}
    for route in [*routes(guarded), *public_routes(guarded)]:
        if route.method != "POST" or route.is_api or route.rule.endpoint in MACHINES:
            continue
        if route.rule.endpoint.startswith(STANDARD):
            continue
        row = rows_at(route.kind, house.own.desk.id)[0] if route.kind else None
        url = address(guarded, route, row)
        for browser in staff.values():
            answer = browser.post(str(url), data={"once": "x", "csrf_token": "forged"}, base_url="https://localhost")
            asked += 1
            if answer.status_code != 400:
                wrong.append(f"{url}: {answer.status_code}")
    assert wrong == []
    assert asked > 150
    assert changed(before) == set()


def test_the_token_of_one_browser_is_worth_nothing_in_another(guarded: Flask, house: World) -> None:
    user = user_of(house, Role.MANAGER)
    first, second = signed_in(guarded, user), signed_in(guarded, user)
    base = {"base_url": "https://localhost"}
    page = first.get("/personnes/nouvelle", **base).get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    stolen = {**PERSON_FORM, "csrf_token": found[1], "last_name": ""}
    headers = {"Referer": "https://localhost/personnes/nouvelle"}
    assert second.post("/personnes/nouvelle", data=stolen, headers=headers, **base).status_code == 400
    assert first.post("/personnes/nouvelle", data=stolen, headers=headers, **base).status_code == 422
    foreign = {"Referer": "https://evil.example/"}
    assert first.post("/personnes/nouvelle", data=stolen, headers=foreign, **base).status_code == 400


# -- Headers and cookies ------------------------------------------------------------------------------------


def _shown(application: Flask, house: World) -> Iterator[Any]:
    who, nobody = _manager(application, house), knocker(application, house, "anonymous")
    yield nobody.ask("GET", "/connexion")
    yield nobody.ask("GET", "/nowhere")
    yield nobody.ask("GET", "/assets/../../etc/passwd")
    yield nobody.ask("GET", "/accueil")
    yield nobody.ask("PUT", "/connexion")
    yield nobody.ask("GET", "/healthz")
    yield nobody.ask("GET", "/api/v1/people")
    yield nobody.ask("GET", "/api/v1/openapi.json")
    yield who.ask("GET", "/personnes")
    yield who.ask("GET", f"/personnes/{house.own.persons[0]}")
    yield who.ask("GET", "/parc/export.csv")
    yield who.ask("GET", "/administration/comptes")
    yield who.ask("POST", "/personnes/nouvelle", {"last_name": ""})
    yield who.ask("GET", f"/documents/{rows_at('document', house.own.desk.id)[0].id}")


def test_every_answer_closes_the_doors_of_the_browser(application: Flask, house: World) -> None:
    answers = list(_shown(application, house))
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if answer.request.path.startswith("/api/v1/"):
            assert "no-" in answer.headers["Cache-Control"]
        else:
            assert "no-store" in answer.headers["Cache-Control"], answer.request.path
        assert "Server" not in answer.headers or "Python" not in answer.headers["Server"]
    nonces = {
        found[1]
        for answer in answers
        if (found := re.search(r"nonce-([\w-]+)", answer.headers["Content-Security-Policy"]))
    }
    assert len(nonces) >= len(answers) - 1, "a nonce serves once"


def test_scripts_and_styles_of_a_page_bear_its_nonce_or_are_files(application: Flask, house: World) -> None:
    answer = _manager(application, house).ask("GET", f"/personnes/{house.own.persons[0]}")
    page = answer.get_data(as_text=True)
    nonce = re.search(r"nonce-([\w-]+)", answer.headers["Content-Security-Policy"])
    assert nonce is not None
    assert all(f'nonce="{nonce[1]}"' in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r"\son(?:click|load|error|submit)=", page)
    assert not re.search(r"<style|\sstyle=", page)


def test_the_session_cookie_is_for_this_site_over_https_alone(guarded: Flask, house: World) -> None:
    answer = guarded.test_client().get("/connexion?next=/personnes", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("mobilite=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("cookie", ["", "x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "é" * 50, "." * 5000, "%00"])
def test_a_forged_cookie_is_nobody(application: Flask, house: World, cookie: str) -> None:
    client = application.test_client(use_cookies=False)
    header = f"mobilite={cookie}".encode().decode("latin-1")
    answer = client.get("/personnes", headers={"Cookie": header})
    assert (answer.status_code, "/connexion" in answer.location) == (303, True)


def test_a_cookie_of_before_a_sign_out_everywhere_is_nobody(application: Flask, house: World) -> None:
    user = user_of(house, Role.FLEET_OFFICER)
    client = signed_in(application, user)
    assert client.get("/parc").status_code == 200
    with client.session_transaction() as kept:
        kept["epoch"] = user.session_epoch + 1
    assert client.get("/parc").status_code == 303


def test_nothing_of_an_earlier_session_survives_a_sign_in(application: Flask, house: World) -> None:
    """Whoever planted a session in somebody's browser gains nothing by their sign-in."""
    client = application.test_client()
    with client.session_transaction() as planted:
        planted.update({"code_id": "planted", "evil": "1", "pending_user": {"id": 1, "at": 0, "epoch": 1}})
    assert client.post("/demo/entrer/nobody@demo.example").status_code == 404
    from mobility.accounts.session import open_session

    with application.test_request_context():
        from flask import session

        session.update({"code_id": "planted", "evil": "1", "next": "/parc"})
        from mobility.accounts.queries import get_user

        open_session(get_user(user_of(house, Role.MANAGER).id), now=NOW)
        assert {"code_id", "evil"} & set(session) == set()
    end_read()


# -- Redirects and addresses --------------------------------------------------------------------------------

AWAY = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\t\\evil.example",
    "\\\\evil.example",
    "http://[evil",
    "//[evil",
    "javascript:alert(1)",
    "/%09/evil.example",
    "https:evil.example",
    "/\r\nLocation: https://evil.example",
    " //evil.example",
    "/" + "x" * 10_000,
)


@pytest.mark.parametrize("target", AWAY)
def test_sign_in_leads_to_pages_of_this_site_alone(application: Flask, house: World, target: str) -> None:
    for path in ("/connexion", "/connexion/pro"):
        client = application.test_client()
        assert client.get(path, query_string={"next": target}).status_code == 200
        with client.session_transaction() as kept:
            wanted = kept.get("next", "/")
        assert re.match(r"/(?![/\\\t])", wanted) or wanted == "/", wanted
        assert not re.search(r"[\t\r\n\\]", wanted)
    who = _manager(application, house)
    there = who.client.get("/connexion", query_string={"next": target})
    assert there.status_code == 303
    assert there.location.startswith("/")
    assert not there.location.startswith(("//", "/\\"))


def test_a_document_sends_back_to_this_site_alone(application: Flask, house: World) -> None:
    who, document = _manager(application, house), papers_at(house.own.desk.id)[0].id
    for target in AWAY:
        page = who.client.get(f"/documents/{document}/effacer", query_string={"retour": target})
        assert page.status_code == 200
        links_out = re.findall(r'(?:href|action)="([^"]*)"', page.get_data(as_text=True))
        assert [link for link in links_out if re.match(r"(?:\w+:|//|/\\|/\s)", link)] == []


def test_messages_do_not_follow_the_host_that_a_request_names(application: Flask, house: World) -> None:
    client = application.test_client()
    user = user_of(house, Role.MANAGER)
    answer = client.post(
        "/connexion/pro/mot-de-passe-oublie",
        data={"email": user.email},
        base_url="http://evil.example",
        headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    )
    assert answer.status_code in {200, 303}
    message = db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert message is not None
    assert message.template == "password_reset"
    assert "evil.example" not in str(message.params)
    assert "http://mobilite.test/" in str(message.params)


def test_a_link_for_one_purpose_opens_no_other(application: Flask, house: World) -> None:
    loan = house.own.loans[0]
    payload = {"l": loan, "o": 1, "d": 0, "u": 1, "f": "", "i": "x", "c": "1", "point": 1, "recipient": 1}
    pages = (
        "/r/{}",
        "/h/{}",
        "/mot-de-passe/{}",
        "/connexion/lien/{}",
        "/messages/desabonnement/{}",
        "/messages/preferences/{}",
    )
    lifetime = NOW - NOW.replace(year=2025)
    with application.test_request_context():
        tokens = {
            purpose: links.sign(purpose, payload, now=NOW, lifetime=lifetime) for purpose in ("other", "loan", "x")
        }
    nobody = knocker(application, house, "anonymous")
    for page in pages:
        for token in (*tokens.values(), "", "x", "." * 300, "é", "a.b.c"):
            answer = nobody.ask("GET", page.format(token))
            assert answer.status_code in {404, 409, 410, 308}, (page, token, answer.status_code)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../app.py",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/pyproject.toml",
        "/assets//etc/passwd",
        "/assets/%00",
        "/assets/app.css%00.png",
        "/assets/" + "a" * 5000,
        "/documents/..%2f..%2fetc",
        "/l/..%2f..%2fetc",
    ],
)
def test_no_path_leads_out_of_the_folder(application: Flask, house: World, path: str) -> None:
    answer = _manager(application, house).ask("GET", path)
    assert answer.status_code in {303, 308, 400, 404}


# -- Bodies -------------------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_refused(application: Flask, house: World) -> None:
    who = _manager(application, house)
    limit = int(application.config["MAX_CONTENT_LENGTH"])
    vehicle = house.own.vehicles[0]
    head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n\r\n\xff\xd8\xff'
    body = head + b"0" * limit + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    answer = who.client.post(f"/parc/vehicules/{vehicle}/photo", data=body, content_type=kind)
    assert answer.status_code == 413
    assert "trop" in answer.get_data(as_text=True)
    field = who.ask("POST", "/personnes/nouvelle", {**PERSON_FORM, "last_name": "x" * 3_000_000})
    assert field.status_code in {413, 422}


def test_too_many_fields_are_refused(application: Flask, house: World) -> None:
    who = _manager(application, house)
    parts = {f"field{number}": "x" for number in range(2500)}
    answer = who.client.post("/personnes/nouvelle", data=parts, content_type="multipart/form-data")
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
        (b"--x--", "multipart/form-data; boundary=y"),
        (b"\xff\xfe\x00%zz=%ff&=&&&=%00", "application/x-www-form-urlencoded"),
        (b'{"last_name": 1}', "application/json"),
        (b"{", "application/json"),
        (b"<a/>", "text/xml"),
        (b"", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"a=b", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"a=b", ";;;"),
    ],
)
def test_a_body_that_cannot_be_read_breaks_nothing(application: Flask, house: World, body: bytes, kind: str) -> None:
    who = _manager(application, house)
    for path in ("/personnes/nouvelle", f"/parc/vehicules/{house.own.vehicles[0]}/photo", "/personnes/doublons"):
        assert who.client.post(path, data=body, content_type=kind).status_code in {200, 400, 413, 415, 422}
    token = {"Authorization": f"Bearer {house.tokens['all']}", "Idempotency-Key": "k"}
    api = application.test_client().post("/api/v1/loans", data=body, content_type=kind, headers=token)
    assert api.status_code in {400, 415, 422}
    assert api.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "header", ["Bearer ", "Bearer x", "Basic eDp5", "Bearer " + "a" * 20_000, "Bearer é", "bearer x"]
)
def test_a_bearer_token_that_is_none_is_refused(application: Flask, house: World, header: str) -> None:
    sent = {"Authorization": header.encode().decode("latin-1")}
    answer = application.test_client().get("/api/v1/people", headers=sent)
    assert answer.status_code in {400, 401}


# -- What leaves as a file ----------------------------------------------------------------------------------

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1", "\uff1d1+1", " =1+1", "'=1", '="a";1')


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_an_export_is_a_formula(application: Flask, house: World, formula: str) -> None:
    with transaction() as session:
        vehicle = session.get_one(Vehicle, house.own.vehicles[0])
        vehicle.make, vehicle.model, vehicle.note = formula, formula, formula
    who = _manager(application, house)
    csv = who.ask("GET", "/parc/export.csv").get_data().decode("utf-8-sig")
    cells = re.findall(r'(?:^|;)"((?:[^"]|"")*)"', csv, flags=re.MULTILINE)
    assert len(cells) > 30
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))] == []
    book = openpyxl.load_workbook(io.BytesIO(who.ask("GET", "/parc/export.xlsx").get_data()))
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds
    with zipfile.ZipFile(io.BytesIO(who.ask("GET", "/parc/export.xlsx").get_data())) as packed:
        assert not any("externalLink" in name or "vba" in name.lower() for name in packed.namelist())


# -- Once -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "data", "table"),
    [
        ("/personnes/nouvelle", {**PERSON_FORM, "last_name": "Uniquement"}, "person"),
        ("/appels/noter", {"kind": "call", "caller_name": "Une fois", "text": "rappel"}, "contact_note"),
        ("/personnes/{person}/noter", {"kind": "call", "text": "rappel"}, "contact_note"),
        ("/personnes/{person}/notes", {"note": "une fois"}, "journal_entry"),
        ("/personnes/{person}/contacts/ajouter", {"channel": "email", "value": "une.fois@exemple.fr", "holder": "self"}, "contact_point"),
        ("/personnes/{person}/objectifs/nouveau", {"kind": "job", "title": "Une fois", "starts_on": "2026-12-01"}, "objective"),
        ("/parc/vehicules/{vehicle}/compteur", {"km": "20500", "read_on": "2026-11-24", "read_time": "09:30"}, "odometer_reading"),
        ("/organisations/nouvelle", {"kind": "employer", "name": "Une fois SARL"}, "organisation"),
        ("/prets/personnes/{person}/droits", {"categories": "car", "starts_on": "2026-11-24", "ends_on": "2026-12-24", "days_allowed": "9"}, "loan_right"),
    ],
)  # fmt: skip
def test_a_form_sent_twice_acts_once(
    application: Flask, house: World, path: str, data: dict[str, str], table: str
) -> None:
    who = _manager(application, house)
    url = path.format(person=house.own.persons[1], vehicle=house.own.vehicles[1])
    sent = {"desk_id": str(house.own.desk.id), **data, "once": f"once-{table}-{len(path)}-abcdefgh"}
    before = _count(table)
    first = who.ask("POST", url, sent)
    assert first.status_code == 303, first.get_data(as_text=True)[-3000:]
    added = _count(table) - before
    assert added >= 1
    second = who.ask("POST", url, sent)
    assert (second.status_code, second.location) == (303, first.location)
    assert _count(table) - before == added


def _count(table: str) -> int:
    found = int(db.session.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0)
    end_read()
    return found


def test_the_once_only_key_of_one_user_tells_another_nothing(application: Flask, house: World) -> None:
    manager, adviser = _manager(application, house), knocker(application, house, "adviser")
    sent = {**PERSON_FORM, "last_name": "Clef", "desk_id": str(house.own.desk.id), "once": "shared-key-0123456789"}
    first = manager.ask("POST", "/personnes/nouvelle", sent)
    other = adviser.ask("POST", "/personnes/nouvelle", {**sent, "last_name": "Autre", "born_on": "1980-01-01"})
    assert first.status_code == other.status_code == 303
    assert first.location != other.location


def test_nobody_floods_a_mailbox_with_links_nor_learns_who_has_an_account(application: Flask, house: World) -> None:
    known = user_of(house, Role.FLEET_OFFICER).email
    answers: dict[str, list[tuple[int, int]]] = {}
    for email in (str(known), "personne@exemple.fr"):
        client = application.test_client()
        sent = [client.post("/connexion/pro/mot-de-passe-oublie", data={"email": email}) for _ in range(9)]
        answers[email] = [(answer.status_code, len(answer.get_data())) for answer in sent]
    first, second = answers.values()
    assert [status for status, _length in first] == [200] * 6 + [422] * 3
    assert second[:6] == first[:6]
    assert [status for status, _length in second] == [status for status, _length in first]
    with transaction() as session:
        session.execute(text("DELETE FROM sign_in_failure"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/l/%00", 404),
        ("/r/a%00b", 404),
        ("/administration/acces?action=%00", 200),
        ("/personnes?q=%00", 200),
        ("/api/v1/people?search=a%00b", 422),
    ],
)
def test_no_nul_reaches_the_database(application: Flask, house: World, path: str, status: int) -> None:
    name = "token_all" if path.startswith("/api/") else "manager"
    assert knocker(application, house, name).ask("GET", path).status_code == status
