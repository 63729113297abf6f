"""The journal on a real database: append-only, read with its names, erased by its notes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mobility.core.db import db, transaction
from mobility.journal import ddl, kinds, lifecycle, queries, services
from mobility.journal.errors import NoteEmpty, NoteTooLong
from mobility.journal.models import JournalEntry, JournalNote
from mobility.people.models import Person
from tests.factories.pathway import NOW, a_person, a_user


@pytest.fixture(autouse=True)
def _kinds(app: Flask) -> None:
    kinds.declare("journal.note", "Note", "sticky")


def note(person_id: int, words: str = "Rappeler mardi", actor_id: int | None = None) -> int:
    return services.add_note(person_id=person_id, note=words, actor_id=actor_id, now=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET kind = 'x.y'",
        "UPDATE journal_entry SET person_id = person_id",
        "DELETE FROM journal_entry",
        "UPDATE journal_note SET text = 'autre chose'",
        "UPDATE journal_note SET text = ''",
        "UPDATE journal_note SET erased_at = '2026-01-01'",
        "DELETE FROM journal_note",
    ],
)
def test_the_database_refuses_to_rewrite_what_happened(app: Flask, statement: str) -> None:
    note(a_person())
    with pytest.raises(DatabaseError, match=ddl.APPEND_ONLY), transaction() as session:
        session.execute(text(statement))
    assert db.session.query(JournalNote).one().text == "Rappeler mardi"


def test_the_guards_may_be_created_again(app: Flask) -> None:
    note(a_person())
    with transaction() as session:
        ddl.GUARDS.drop(session.connection())
        ddl.GUARDS.create(session.connection())
    with pytest.raises(DatabaseError, match=ddl.APPEND_ONLY), transaction() as session:
        session.execute(text("UPDATE journal_note SET text = 'x'"))


def test_erasing_empties_the_notes_and_keeps_the_entries(app: Flask) -> None:
    person_id, other = a_person(), a_person()
    note(person_id)
    note(other)
    lifecycle.erase(person_id=person_id, now=NOW)
    lifecycle.erase(person_id=person_id, now=NOW)
    (entry,) = queries.list_entries(person_id=person_id, now=NOW)
    assert (entry.note, entry.note_erased) == (None, True)
    assert queries.list_entries(person_id=other, now=NOW)[0].note == "Rappeler mardi"


def test_an_entry_joins_the_transaction_of_its_cause(app: Flask) -> None:
    person_id = a_person()

    def fail() -> None:
        with transaction():
            note(person_id)
            raise RuntimeError("the cause fails")

    with pytest.raises(RuntimeError, match="the cause"):
        fail()
    assert queries.list_entries(person_id=person_id, now=NOW) == []


@pytest.mark.parametrize(
    ("words", "error"), [("", NoteEmpty), ("  \n", NoteEmpty), ("é" * 5001, NoteTooLong), (None, NoteEmpty)]
)
def test_a_note_has_some_words_and_not_too_many(app: Flask, words: str | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        services.add_note(person_id=a_person(), note=words, actor_id=None, now=NOW)


def test_a_kind_that_nobody_declared_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="no room declared"):
        services.write(person_id=a_person(), kind="nobody.knows", now=NOW)


def test_entries_read_with_the_name_of_their_author_and_those_of_merged_files(app: Flask) -> None:
    kept, merged, author = a_person(), a_person(), a_user(role=None)
    note(merged, "مرحبا 👋", author)
    with transaction() as session:
        session.get_one(Person, merged).merged_into_id = kept
        session.get_one(Person, merged).merged_at = NOW
    (entry,) = queries.list_entries(person_id=kept, now=NOW)
    assert entry.note == "مرحبا 👋"
    assert entry.label == "Note"
    assert entry.actor_name is not None
    assert entry.actor_name.startswith("Camille")


def test_reading_makes_one_query_whatever_the_length(app: Flask, count_queries) -> None:  # type: ignore[no-untyped-def]
    person_id = a_person()
    for number in range(15):
        note(person_id, f"Note {number}")
    with count_queries() as seen:
        assert len(queries.list_entries(person_id=person_id, now=NOW, limit=10)) == 10
    assert seen.total == 1


def test_the_export_masks_the_author(app: Flask) -> None:
    person_id, author = a_person(), a_user(role=None)
    note(person_id, actor_id=author)
    (export,) = lifecycle.export(person_id=person_id)
    assert export.rows[0]["actor"] == "C. D."
    assert export.rows[0]["note"] == "Rappeler mardi"


def test_half_a_subject_is_refused_by_the_database(app: Flask) -> None:
    person_id = a_person()
    with pytest.raises(DatabaseError), transaction() as session:
        session.add(JournalEntry(person_id=person_id, at=NOW, kind="journal.note", subject_kind="thing", facts={}))
