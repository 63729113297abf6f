import io

import pytest
from flask import render_template_string, request
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.accounts.policy import Role
from mobility.core.clock import now
from mobility.core.web.access import Permission, actor
from mobility.core.web.forms import Form
from mobility.documents import access, queries, services, storage
from mobility.documents.uploads import file_field, take
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.documents import PDF, UPLOADED, bomb, make_document, picture


@pytest.fixture
def owners(app, monkeypatch):
    """Things of a desk: the document's owner id is the desk's."""
    answers = {"thing": lambda who, permission, owner_id: owner_id in who.desk_ids(permission)}
    monkeypatch.setitem(app.extensions, access._KEY, answers)


@pytest.fixture
def desk(app):
    return make_desk()


@pytest.fixture
def adviser(app, desk):
    return signed_in(app, make_user(Role.ADVISER, desk_id=desk.id))


def test_a_pdf_is_saved_never_shown_in_the_page(owners, adviser, desk):
    row = make_document(owner_kind="thing", owner_id=desk.id, filename="reçu de Zoé 🚲.pdf")
    answer = adviser.get(f"/documents/{row.id}")
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert "filename*=UTF-8''re%C3%A7u%20de%20Zo%C3%A9%20%F0%9F%9A%B2.pdf" in disposition
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_picture_may_be_shown_or_saved(owners, adviser, desk):
    row = make_document(owner_kind="thing", owner_id=desk.id, data=picture(), filename="photo.jpg")
    shown = adviser.get(f"/documents/{row.id}")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["Content-Disposition"].startswith("inline")
    saved = adviser.get(f"/documents/{row.id}?telecharger")
    assert saved.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("filename", ["a\r\nSet-Cookie: x=1.pdf", 'a";x="b.pdf', "\u202egnp.exe", "x" * 10_000])
def test_a_hostile_name_stays_inside_its_header(owners, adviser, desk, filename):
    row = make_document(owner_kind="thing", owner_id=desk.id, filename=filename)
    answer = adviser.get(f"/documents/{row.id}")
    assert answer.status_code == 200
    assert not any(value.startswith("x=1") for value in answer.headers.getlist("Set-Cookie"))
    assert len(answer.headers["Content-Disposition"]) < 500


def test_a_view_of_a_persons_document_is_logged(session, owners, adviser, desk):
    row = make_document(owner_kind="thing", owner_id=desk.id, person_id=5)
    adviser.get(f"/documents/{row.id}")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "document.view")).one()
    assert (entry.person_id, entry.subject_id) == (5, row.id)


def test_documents_of_another_desk_are_not_found(app, owners, desk):
    row = make_document(owner_kind="thing", owner_id=desk.id)
    stranger = signed_in(app, make_user(Role.ADVISER, desk_id=make_desk().id))
    assert stranger.get(f"/documents/{row.id}").status_code == 404
    assert stranger.post(f"/documents/{row.id}/effacer").status_code == 404
    assert queries.find_document(row.id) is not None


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_roles_without_the_permission_are_refused(app, owners, desk, role):
    row = make_document(owner_kind="thing", owner_id=desk.id)
    assert signed_in(app, make_user(role)).get(f"/documents/{row.id}").status_code == 403


def test_who_is_not_signed_in_gets_nothing(client, owners, desk):
    row = make_document(owner_kind="thing", owner_id=desk.id)
    answer = client.get(f"/documents/{row.id}")
    assert answer.status_code == 303
    assert b"PDF" not in answer.data


def test_a_kind_of_which_nobody_answers_is_closed(adviser):
    row = make_document(owner_kind="mystery", owner_id=1)
    assert adviser.get(f"/documents/{row.id}").status_code == 404


def test_the_answer_for_rows_of_that_kind_stands_where_none_is_given_for_documents(adviser, desk):
    row = make_document(owner_kind="desk", owner_id=desk.id)
    assert adviser.get(f"/documents/{row.id}").status_code == 200


def test_who_sees_one_use_sees_the_document_but_only_the_owner_changes_it(app, owners, adviser, desk):
    other = make_desk()
    row = make_document(owner_kind="thing", owner_id=other.id)
    assert adviser.get(f"/documents/{row.id}").status_code == 404
    services.use_again(document_id=row.id, owner_kind="thing", owner_id=desk.id, now=UPLOADED)
    assert adviser.get(f"/documents/{row.id}").status_code == 200
    assert adviser.get(f"/documents/{row.id}/effacer").status_code == 404


@pytest.mark.parametrize("number", ["0", "999", str(2**31), "9" * 60, "-1", "x", "1.5", "..%2f1"])
def test_hostile_ids_are_not_found(adviser, number):
    assert adviser.get(f"/documents/{number}").status_code == 404
    assert adviser.get(f"/documents/{number}/effacer").status_code == 404


def test_an_erased_document_and_a_missing_file_are_not_found(owners, adviser, desk):
    erased = make_document(owner_kind="thing", owner_id=desk.id)
    services.erase(document_id=erased.id, actor_id=None, now=now())
    assert adviser.get(f"/documents/{erased.id}").status_code == 404
    lost = make_document(owner_kind="thing", owner_id=desk.id)
    storage.delete(lost.storage_key)
    assert adviser.get(f"/documents/{lost.id}").status_code == 404


def test_erasing_asks_first_then_goes_back(owners, adviser, desk):
    row = make_document(owner_kind="thing", owner_id=desk.id)
    page = adviser.get(f"/documents/{row.id}/effacer?retour=/antennes")
    assert page.status_code == 200
    assert 'value="/antennes"' in page.text
    assert queries.find_document(row.id) is not None
    answer = adviser.post(f"/documents/{row.id}/effacer", data={"retour": "/antennes"})
    assert (answer.status_code, answer.location) == (303, "/antennes")
    assert queries.find_document(row.id) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "x" * 10_000,
        "http:///evil",
        "[",
        "//[",
    ],
)
def test_erasing_never_leads_out_of_the_house(owners, adviser, desk, target):
    row = make_document(owner_kind="thing", owner_id=desk.id)
    answer = adviser.post(f"/documents/{row.id}/effacer", data={"retour": target})
    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))


class UploadForm(Form):
    scan = file_field("Photo du permis")


def upload():
    form = UploadForm()
    with take(form, "scan") as prepared:
        if form.submits(
            lambda: services.store(
                prepared=prepared, kind="licence", owner_kind="thing", owner_id=1, actor_id=actor().user_id, now=now()
            )
        ):
            return str(form.result)
    return render_template_string(
        '{% from "components/form.html" import form_open, field, submit, form_close %}'
        '{{ form_open(form) }}{{ field(form.scan) }}{{ submit("Envoyer") }}{{ form_close() }}',
        form=form,
    ), form.status


@pytest.fixture
def send(app):
    """Send a file to a page of some room; gives (status, text)."""

    def post(data, filename="", **more):
        files = {} if data is None else {"scan": (io.BytesIO(data), filename)}
        with app.test_request_context("/test-upload", method="POST", data={**files, **more}):
            answer = app.make_response(upload())
            request.close()
            request.environ["wsgi.input"].close()
        return answer.status_code, answer.get_data(as_text=True)

    return post


def test_the_form_says_that_it_carries_files(app):
    with app.test_request_context("/test-upload"):
        page, status = upload()
    assert status == 200
    assert 'enctype="multipart/form-data"' in page
    assert "application/pdf" in page


def test_a_file_is_taken_by_a_form(send):
    status, number = send(picture(), "photo.jpg")
    assert status == 200
    assert queries.get_document(int(number)).filename == "photo.jpg"


def test_a_double_click_keeps_one_file(send):
    assert send(PDF, "permis.pdf", once="k") == send(PDF, "permis.pdf", once="k")
    assert len(list(storage.walk())) == 1


@pytest.mark.parametrize(
    ("data", "filename", "message"),
    [
        (b"", "vide.pdf", "vide"),
        (b"<svg/>", "logo.svg", "pas accepté"),
        (b"%PDF-1.7", "coupe.pdf", "abîmé"),
        (bomb(), "bombe.png", "trop grande"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_beside_its_field(send, data, filename, message):
    status, page = send(data, filename)
    assert status == 422
    assert message in page
    assert 'href="#scan"' in page
    assert list(storage.walk()) == []


def test_no_file_at_all_is_said_too(send):
    status, page = send(None)
    assert status == 422
    assert "Choisissez un fichier" in page


def test_a_file_over_the_limit_is_refused_in_words(app, send):
    status, page = send(PDF + b"\0" * int(app.config["MAX_UPLOAD_MB"]) * 1024 * 1024, "gros.pdf")
    assert status == 422
    assert "trop lourd" in page


def test_the_list_of_documents_is_drawn_for_any_room(app, owners, desk):
    row = make_document(owner_kind="thing", owner_id=desk.id, filename="<b>x</b>.pdf")
    source = '{% from "documents/list.html" import document_list %}{{ document_list(rows, labels, "/antennes", true) }}'
    with app.test_request_context("/"):
        drawn = render_template_string(source, rows=[row], labels={"licence": "Permis"})
        assert f"/documents/{row.id}" in drawn
        assert "Permis" in drawn
        assert "Aucun document" in render_template_string(source, rows=[], labels={})


def test_every_kind_of_owner_is_answered_once(app, owners):
    with pytest.raises(RuntimeError, match="thing"):
        access.register_owner(app, "thing", lambda *_facts: True)


def test_an_anonymous_visitor_touches_nothing(app, owners, desk):
    row = make_document(owner_kind="thing", owner_id=desk.id)
    with app.test_request_context("/"):
        assert not access.may_touch_document(actor(), Permission.DOCUMENT_VIEW, row.id)
