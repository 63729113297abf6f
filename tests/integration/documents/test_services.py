import hashlib
import io
import os
import stat
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts.models import AuditEntry
from mobility.core import jobs
from mobility.core.clock import now
from mobility.core.db import transaction
from mobility.core.errors import NotFound
from mobility.documents import queries, services, storage
from mobility.documents.errors import DamagedFile, EmptyFile, FileTooLarge, PictureNeeded, UnknownFileType
from mobility.documents.models import Document, DocumentUse
from tests.factories.documents import PDF, UPLOADED, make_document, picture


def keys():
    return {name for name, _written_at in storage.walk()}


def put(data=PDF, filename="permis.pdf", **changed):
    values = {"kind": "licence", "owner_kind": "person", "owner_id": 1, "actor_id": None, "now": UPLOADED}
    with services.prepare(io.BytesIO(data), filename) as prepared:
        return services.store(prepared=prepared, **(values | changed))


def age(key, days=2):
    path = storage.path_of(key)
    old = (now() - timedelta(days=days)).timestamp()
    os.utime(path, (old, old))


def test_a_pdf_is_kept_as_it_came(session):
    row = queries.get_document(put(person_id=1, valid_until_on=date(2030, 1, 1)))
    assert storage.read(row.storage_key) == PDF
    assert row.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (row.media_type, row.size_bytes, row.filename) == ("application/pdf", len(PDF), "permis.pdf")
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id, entry.person_id) == ("document.store", row.id, 1)


def test_a_picture_is_kept_made_anew_under_the_hash_of_what_is_kept(session):
    row = queries.get_document(put(picture("WEBP"), "photo.webp"))
    kept = storage.read(row.storage_key)
    assert (row.media_type, row.filename) == ("image/jpeg", "photo.jpg")
    assert row.sha256 == hashlib.sha256(kept).hexdigest()
    assert row.size_bytes == len(kept)


def test_files_and_folders_are_for_the_application_alone(session):
    path = storage.path_of(queries.get_document(put()).storage_key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "filename", ["../../evil.pdf", "/etc/passwd", "x" * 10_000, "💥.pdf", "\u202efdp.exe", "", "a\0b"]
)
def test_no_name_reaches_the_disk(session, filename):
    row = queries.get_document(put(filename=filename))
    assert keys() == {row.storage_key}
    assert storage.path_of(row.storage_key).resolve().is_relative_to(storage.root().resolve())
    assert len(row.filename) <= 130


@pytest.mark.parametrize(
    ("data", "filename", "error"),
    [
        (b"", "permis.pdf", EmptyFile),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "logo.svg", UnknownFileType),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.png", UnknownFileType),
        (b"<html><script>alert(1)</script></html>", "page.pdf", UnknownFileType),
        (b"PK\x03\x04" + b"\0" * 100, "archive.pdf", UnknownFileType),
        (b"GIF89a" + b"\0" * 100, "photo.gif", UnknownFileType),
        (b"MZ\x90\0", "setup.exe", UnknownFileType),
        (b"%PDF-1.7 cut", "permis.pdf", DamagedFile),
        (b"\xff\xd8\xff\xe0 not a picture", "photo.jpg", DamagedFile),
        (b"  %PDF-1.7 %%EOF", "permis.pdf", UnknownFileType),
    ],
)
def test_what_is_refused_leaves_nothing_behind(session, data, filename, error):
    with pytest.raises(error):
        put(data, filename)
    assert keys() == set()
    assert session.scalars(select(Document)).all() == []


def test_a_pdf_where_a_picture_is_needed_is_refused(app):
    with pytest.raises(PictureNeeded), services.prepare(io.BytesIO(PDF), "x.pdf", pictures_only=True):
        pass
    assert keys() == set()


def test_the_size_limit_holds_to_the_byte_and_no_more_is_read(app, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_UPLOAD_MB", 1)
    room = 1024 * 1024 - len(PDF)
    just = PDF.replace(b"endobj", b"endobj" + b" " * room, 1)
    with services.prepare(io.BytesIO(just), "x.pdf") as prepared:
        assert prepared.size_bytes == 1024 * 1024

    class Endless(io.BytesIO):
        asked = 0

        def read(self, size=-1):
            assert 0 < size <= 1024 * 1024 + 1
            return b"x" * size

    with pytest.raises(FileTooLarge, match="1 Mo"), services.prepare(Endless(), "x.pdf"):
        pass


def test_a_form_that_is_refused_leaves_no_file(app):
    with services.prepare(io.BytesIO(PDF), "x.pdf"):
        assert len(keys()) == 1
    assert keys() == set()


def test_the_same_file_for_the_same_thing_is_kept_once_with_the_later_validity(session):
    first = put(valid_until_on=date(2027, 1, 1))
    assert put(valid_until_on=date(2026, 12, 1)) == first
    assert put(filename="autre nom.pdf", valid_until_on=date(2028, 1, 1)) == first
    assert queries.get_document(first).valid_until_on == date(2028, 1, 1)
    assert len(keys()) == 1
    assert put(kind="identity") != first
    assert put(owner_id=2) != first
    assert len(keys()) == 3


def test_an_erased_file_may_be_sent_again(session):
    first = put()
    services.erase(document_id=first, actor_id=None, now=UPLOADED)
    assert put() != first


def test_kinds_are_words_or_the_code_is_wrong(session):
    with pytest.raises(ValueError, match="words"):
        put(kind="../x")
    with pytest.raises(ValueError, match="words"):
        put(owner_kind="")
    with pytest.raises(ValueError, match="words"):
        services.use_again(document_id=1, owner_kind="A B", owner_id=1, now=UPLOADED)


def test_a_document_is_used_again_without_being_sent_again(session):
    row = make_document(owner_id=7)
    for _ in range(2):
        services.use_again(document_id=row.id, owner_kind="loan", owner_id=3, now=UPLOADED)
        services.use_again(document_id=row.id, owner_kind="person", owner_id=7, now=UPLOADED)
    assert queries.owners_of(row) == [("person", 7), ("loan", 3)]
    assert [d.id for d in queries.list_for("loan", 3)] == [row.id]
    assert [d.id for d in queries.list_for("person", 7)] == [row.id]
    assert queries.list_for("loan", 4) == []


def test_lists_take_one_query_whatever_the_number(session, count_queries):
    for owner in range(1, 8):
        row = make_document(owner_id=owner, data=PDF + str(owner).encode() + b"%%EOF")
        services.use_again(document_id=row.id, owner_kind="person", owner_id=owner % 7 + 1, now=UPLOADED)
    with count_queries() as seen:
        found = queries.list_for_many("person", range(1, 8))
    assert {owner: len(rows) for owner, rows in found.items()} == dict.fromkeys(range(1, 8), 2)
    assert seen.total == 1


def test_erasing_takes_name_hash_uses_and_bytes_but_not_the_fact(session):
    row = make_document(person_id=1)
    services.use_again(document_id=row.id, owner_kind="loan", owner_id=3, now=UPLOADED)
    key = row.storage_key
    for _ in range(2):
        services.erase(document_id=row.id, actor_id=None, now=UPLOADED)
    assert not storage.exists(key)
    assert queries.find_document(row.id) is None
    with pytest.raises(NotFound):
        queries.get_document(row.id)
    kept = session.get(Document, row.id)
    assert (kept.filename, kept.sha256, kept.erased_at) == ("", "0" * 64, UPLOADED)
    assert queries.list_for("loan", 3) == queries.list_for("person", 1) == queries.list_for_person(1) == []
    with pytest.raises(NotFound):
        services.use_again(document_id=row.id, owner_kind="loan", owner_id=3, now=UPLOADED)
    with pytest.raises(NotFound):
        services.set_validity(document_id=row.id, valid_until_on=None, actor_id=None, now=UPLOADED)


def test_an_erasure_that_is_rolled_back_has_not_touched_the_file(session):
    row = make_document()
    with pytest.raises(RuntimeError), transaction():
        services.erase(document_id=row.id, actor_id=None, now=UPLOADED)
        raise RuntimeError
    assert queries.get_document(row.id).filename == "permis.pdf"
    assert storage.exists(row.storage_key)


def test_an_erasure_inside_a_larger_act_is_finished_by_the_clean_up(session):
    row = make_document()
    with transaction():
        services.erase(document_id=row.id, actor_id=None, now=UPLOADED)
    assert storage.exists(row.storage_key)
    assert services.clean_up(now()) == {"deleted": 1, "missing": 0}
    assert not storage.exists(row.storage_key)


def test_the_clean_up_takes_what_no_row_needs_and_leaves_the_young_and_the_needed(session):
    kept = make_document()
    age(kept.storage_key)
    young = storage.write(b"young")
    old = storage.write(b"old")
    age(old)
    part = storage.path_of("0" * 32).with_suffix(".part")
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(b"half")
    os.utime(part, (0, 0))
    stranger = storage.root() / "00" / "read.me"
    stranger.write_text("not ours")
    os.utime(stranger, (0, 0))
    assert services.clean_up(now()) == {"deleted": 2, "missing": 0}
    assert keys() == {kept.storage_key, young, "read.me"}


def test_the_clean_up_counts_the_files_that_are_missing(session):
    row = make_document()
    storage.delete(row.storage_key)
    assert services.clean_up(now()) == {"deleted": 0, "missing": 1}


def test_the_clean_up_is_a_job(session):
    assert jobs.run("documents_clean_up").ok


def test_a_row_that_fails_leaves_a_file_that_the_clean_up_takes(session, monkeypatch):
    def fail(**_facts):
        raise RuntimeError("the log is full")

    monkeypatch.setattr(services.audit, "record", fail)
    with pytest.raises(RuntimeError):
        put()
    assert session.scalars(select(Document)).all() == []
    for key in keys():
        age(key)
    services.clean_up(now())
    assert keys() == set()


def test_a_write_that_fails_leaves_nothing(app, monkeypatch):
    def fail(_descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        storage.write(b"data")
    assert keys() == set()


@pytest.mark.parametrize(
    "key", ["", "..", "../../etc/passwd", "0" * 31, "0" * 33, "G" * 32, "0" * 31 + "/", "0" * 32 + "\n"]
)
def test_only_keys_become_paths(app, key):
    for act in (storage.read, storage.exists, storage.delete, storage.path_of):
        with pytest.raises(ValueError, match="not a storage key"):
            act(key)


def test_a_file_that_is_gone_is_not_found(app):
    with pytest.raises(NotFound):
        storage.read("0" * 32)
    assert storage.delete("0" * 32) is False


def test_all_of_an_owner_are_erased_but_those_that_serve_elsewhere_move_on(session):
    gone, moved = (
        make_document(owner_kind="loan", owner_id=3),
        make_document(owner_kind="loan", owner_id=3, kind="photo"),
    )
    services.use_again(document_id=moved.id, owner_kind="person", owner_id=1, now=UPLOADED)
    borrowed = make_document(owner_id=1, kind="identity")
    services.use_again(document_id=borrowed.id, owner_kind="loan", owner_id=3, now=UPLOADED)
    assert services.erase_all_of(owner_kind="loan", owner_id=3, actor_id=None, now=UPLOADED) == 1
    assert queries.find_document(gone.id) is None
    assert queries.owners_of(queries.get_document(moved.id)) == [("person", 1)]
    assert queries.owners_of(queries.get_document(borrowed.id)) == [("person", 1)]


def test_two_files_of_one_person_become_one(session):
    own = make_document(owner_id=2, person_id=2)
    loan = make_document(owner_kind="loan", owner_id=9, person_id=2)
    services.use_again(document_id=loan.id, owner_kind="person", owner_id=2, now=UPLOADED)
    other = make_document(owner_id=3, person_id=3)
    assert services.move_person(kept_id=1, merged_id=2) == 2
    assert {d.id for d in queries.list_for_person(1)} == {own.id, loan.id}
    assert {d.id for d in queries.list_for("person", 1)} == {own.id, loan.id}
    assert queries.list_for_person(2) == queries.list_for("person", 2) == []
    assert [d.id for d in queries.list_for_person(3)] == [other.id]


def test_documents_that_end_soon_are_found_in_order(session):
    days = [date(2026, 12, day) for day in (20, 1, 10)]
    for number, day in enumerate(days, start=1):
        make_document(owner_id=number, valid_until_on=day)
    found = queries.list_ending(first_on=date(2026, 12, 1), last_on=date(2026, 12, 10))
    assert [row.valid_until_on.day for row in found] == [1, 10]


def test_a_validity_is_changed_and_logged(session):
    row = make_document()
    services.set_validity(document_id=row.id, valid_until_on=date(2030, 2, 28), actor_id=None, now=UPLOADED)
    assert queries.get_document(row.id).valid_until_on == date(2030, 2, 28)
    assert "document.validity" in session.scalars(select(AuditEntry.action)).all()


@pytest.mark.parametrize("number", [-1, 0, 999, 2**31, 10**30])
def test_hostile_ids_are_not_found(session, number):
    assert queries.find_document(number) is None
    with pytest.raises(NotFound):
        queries.get_document(number)
    with pytest.raises(NotFound):
        services.erase(document_id=number, actor_id=None, now=UPLOADED)


def row(**changed):
    values = {
        "kind": "licence",
        "owner_kind": "person",
        "owner_id": 1,
        "filename": "x.pdf",
        "media_type": "application/pdf",
        "size_bytes": 1,
        "sha256": "a" * 64,
        "storage_key": "b" * 32,
        "uploaded_at": UPLOADED,
    }
    return Document(**(values | changed))


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"size_bytes": 0}, "not_empty"),
        ({"sha256": "a"}, "sha256_length"),
        ({"storage_key": "b"}, "storage_key_length"),
        ({"erased_at": datetime(2026, 11, 2, tzinfo=UPLOADED.tzinfo)}, "erased_nameless"),
    ],
)
def test_the_database_refuses_impossible_documents(session, changed, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction():
        session.add(row(**changed))


def test_the_database_refuses_one_key_for_two_documents_and_one_use_twice(session):
    with transaction():
        session.add(row())
    with pytest.raises(IntegrityError), transaction():
        session.add(row(owner_id=2))
    number = session.scalars(select(Document.id)).one()
    use = {"document_id": number, "owner_kind": "loan", "owner_id": 1, "used_at": UPLOADED}
    with transaction():
        session.add(DocumentUse(**use))
    with pytest.raises(IntegrityError), transaction():
        session.add(DocumentUse(**use))
