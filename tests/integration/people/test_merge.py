"""A merge keeps everything."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from mobility.accounts.models import AuditEntry, AuditValue, User
from mobility.core.db import Base, db, load, transaction
from mobility.core.errors import StaleVersion
from mobility.documents.models import Document
from mobility.notifications.kinds import Channel
from mobility.notifications.models import ContactPoint, Recipient
from mobility.people import lifecycle, queries, services
from mobility.people.errors import FileMerged, MergeImpossible
from mobility.people.kinds import (
    ConsentKind,
    ConsentManner,
    LicenceCategory,
    NoteKind,
    PersonStatus,
    RepresentativeKind,
    RequestChannel,
    RightsKind,
)
from mobility.people.lifecycle import Part
from mobility.people.models import (
    ContactNote,
    Person,
    PersonConsent,
    PersonLicence,
    PersonStaff,
    Representative,
    RightsRequest,
)
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.people import add_licence, make_adviser, make_person

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def two(app: Flask) -> SimpleNamespace:
    desk = make_desk()
    adviser = make_adviser(desk)
    kept = make_person("Amel", "Benali", desk=desk, phone="+33639980001", status=PersonStatus.RSA)
    other = make_person(
        "Amelle",
        "Ben Ali",
        desk=desk,
        phone="+33639980001",
        email="amel@exemple.fr",
        france_travail_id="1234567A",
        birth_name="Kaddour",
        status=PersonStatus.EMPLOYEE,
        street="3 rue Verte",
        city="Denain",
        last_contact_at=NOW,
    )
    return SimpleNamespace(desk=desk, adviser=adviser, kept=kept, other=other)


def merge(two: Any, **values: Any) -> None:
    services.merge_persons(kept_id=two.kept.id, merged_id=two.other.id, actor_id=two.adviser.id, now=NOW, **values)
    db.session.expire_all()


def test_gaps_are_filled_and_chosen_values_taken(two: Any) -> None:
    merge(two, take=["first_name"])
    kept, other = load(Person, two.kept.id), load(Person, two.other.id)
    assert (kept.first_name, kept.last_name, kept.birth_name) == ("Amelle", "Benali", "Kaddour")
    assert (kept.status, kept.france_travail_id, kept.street) == (PersonStatus.RSA, "1234567A", "3 rue Verte")
    assert kept.last_contact_at == NOW
    assert (other.merged_into_id, other.first_name) == (kept.id, "Amelle")
    assert queries.current_id(other.id) == kept.id
    assert queries.family_ids(kept.id) == tuple(sorted((kept.id, other.id)))


def test_messages_go_on_in_the_language_that_was_chosen(two: Any) -> None:
    with transaction():
        load(Person, two.other.id).language = "ps"
    merge(two, take=["language"])
    assert load(Recipient, two.kept.recipient_id).locale == "ps"


def test_either_name_finds_the_person_afterwards(two: Any) -> None:
    from sqlalchemy import true

    merge(two)
    for text in ("amel benali", "amelle", "kaddour"):
        assert [row.id for row in queries.search(text, visible=true()).rows] == [two.kept.id]


def test_everything_that_hung_on_the_other_file_hangs_on_the_kept_one(two: Any) -> None:
    kept, other = two.kept, two.other
    add_licence(kept, LicenceCategory.B, number=None)
    add_licence(other, LicenceCategory.B, number="150659200123", codes=["78"])
    add_licence(other, LicenceCategory.AM)
    services.add_representative(
        person_id=other.id,
        signatory=services.Signatory(
            kind=RepresentativeKind.CURATOR, last_name="Durand", valid_from_on=date(2026, 1, 1)
        ),
        actor_id=None,
        now=NOW,
    )
    services.note_contact(
        desk_id=two.desk.id, kind=NoteKind.CALL, person_id=other.id, text="Note", actor_id=two.adviser.id, now=NOW
    )
    services.open_request(
        person_id=other.id, kind=RightsKind.ACCESS, channel=RequestChannel.DESK, actor_id=None, now=NOW
    )
    user = make_user(person_id=other.id, recipient_id=other.recipient_id)
    with transaction() as session:
        session.add(
            Document(
                kind="licence", owner_kind="person", owner_id=other.id, person_id=other.id, filename="permis.pdf", media_type="application/pdf",
                size_bytes=10, sha256="a" * 64, storage_key="b" * 32, uploaded_at=NOW,
            )
        )  # fmt: skip
    merge(two)
    points = db.session.scalars(select(ContactPoint).where(ContactPoint.recipient_id == kept.recipient_id)).all()
    assert sorted((p.value, p.archived_at is None) for p in points) == [
        ("+33639980001", False),
        ("+33639980001", True),
        ("amel@exemple.fr", True),
    ]
    licences = {
        row.category: row for row in db.session.scalars(select(PersonLicence).where(PersonLicence.person_id == kept.id))
    }
    assert set(licences) == {LicenceCategory.B, LicenceCategory.AM}
    assert (licences[LicenceCategory.B].number, licences[LicenceCategory.B].codes) == ("150659200123", ["78"])
    for model in (Representative, ContactNote, RightsRequest):
        assert db.session.scalars(select(model.person_id)).all() == [kept.id]
    document = db.session.scalars(select(Document)).one()
    assert (document.person_id, document.owner_id) == (kept.id, kept.id)
    user = load(User, user.id)
    assert (user.person_id, user.recipient_id, user.disabled_at) == (kept.id, kept.recipient_id, None)


def test_no_row_is_lost_in_any_table(two: Any) -> None:
    add_licence(two.kept)
    add_licence(two.other)
    for person in (two.kept, two.other):
        services.give_consent(
            person_id=person.id, kind=ConsentKind.PHOTO, manner=ConsentManner.SPOKEN, actor_id=None, now=NOW
        )
    tables = [table for table in Base.metadata.sorted_tables if inspect(db.engine).has_table(table.name)]

    def counts() -> dict[str, int]:
        return {table.name: len(db.session.execute(select(table)).all()) for table in tables}

    before = counts()
    merge(two)
    after = counts()
    assert all(after[name] >= number for name, number in before.items())
    for person_id in (two.kept.id, two.other.id):
        assert load(Person, person_id).last_name in {"Benali", "Ben Ali"}


@pytest.mark.parametrize(
    ("kept_given", "kept_withdrawn", "other_given", "other_withdrawn", "stands"),
    [
        (0, None, 1, None, True),
        (0, 2, 1, None, False),
        (0, 2, 3, None, True),
        (0, None, 1, 2, False),
        (3, None, 1, 2, True),
        (0, 1, 2, 3, False),
    ],
)
def test_the_latest_word_on_a_consent_holds(
    two: Any, kept_given: int, kept_withdrawn: int | None, other_given: int, other_withdrawn: int | None, stands: bool
) -> None:
    def at(day: int | None) -> datetime | None:
        return None if day is None else NOW - timedelta(days=10 - day)

    with transaction() as session:
        for person, given, withdrawn in (
            (two.kept, kept_given, kept_withdrawn),
            (two.other, other_given, other_withdrawn),
        ):
            session.add(
                PersonConsent(
                    person_id=person.id,
                    kind=ConsentKind.PHOTO,
                    manner=ConsentManner.SPOKEN,
                    given_at=at(given),
                    withdrawn_at=at(withdrawn),
                )
            )
    merge(two)
    rows = db.session.scalars(select(PersonConsent)).all()
    assert len(rows) == 2
    assert {row.person_id for row in rows} == {two.kept.id}
    assert any(row.withdrawn_at is None for row in rows) is stands


def test_a_protected_file_stays_protected_with_the_named_staff_of_both(two: Any) -> None:
    second = make_adviser(two.desk)
    services.protect(person_id=two.other.id, user_ids=[second.id], reason="Violences", actor_id=second.id, now=NOW)
    merge(two)
    kept = load(Person, two.kept.id)
    assert (kept.protected, kept.protection_reason, kept.referent_user_id) == (True, "Violences", second.id)
    staff = db.session.scalars(select(PersonStaff.user_id).where(PersonStaff.person_id == kept.id)).all()
    assert staff == [second.id]


def test_the_card_moves_with_its_secret(two: Any) -> None:
    services.make_card(person_id=two.other.id, second_secret="tournesol", actor_id=None, now=NOW)
    before = load(Person, two.other.id).card_code_hash
    merge(two)
    kept, other = load(Person, two.kept.id), load(Person, two.other.id)
    assert (kept.card_code_hash, kept.second_secret_hash is not None) == (before, True)
    assert (other.card_code_hash, other.second_secret_hash) == (None, None)


def test_of_two_accounts_the_kept_file_s_goes_on(two: Any) -> None:
    users = [make_user(person_id=p.id, recipient_id=p.recipient_id) for p in (two.kept, two.other)]
    epoch = users[1].session_epoch
    merge(two)
    assert load(User, users[0].id).disabled_at is None
    assert load(User, users[1].id).disabled_at == NOW
    assert load(User, users[1].id).session_epoch == epoch + 1


def test_the_rooms_are_asked_and_the_log_tells(two: Any) -> None:
    asked: list[tuple[int, int]] = []

    def note(*, kept_id: int, merged_id: int, now: datetime) -> None:
        asked.append((kept_id, merged_id))

    lifecycle.register(Part(room="test", merge=note))
    try:
        merge(two)
    finally:
        lifecycle._PARTS.pop("test")
    assert asked == [(two.kept.id, two.other.id)]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.merged")).one()
    fields = {
        row.field: row.after for row in db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id))
    }
    assert fields["merged_id"] == str(two.other.id)
    assert fields["birth_name"] == "Kaddour"


def test_what_cannot_be_merged_is_refused(two: Any) -> None:
    with pytest.raises(MergeImpossible):
        services.merge_persons(kept_id=two.kept.id, merged_id=two.kept.id, actor_id=two.adviser.id, now=NOW)
    with pytest.raises(MergeImpossible):
        merge(two, take=["second_secret_hash"])
    with pytest.raises(StaleVersion):
        merge(two, kept_version=99)
    with pytest.raises(StaleVersion):
        merge(two, merged_version=99)
    merge(two)
    with pytest.raises(FileMerged):
        merge(two)
    with pytest.raises(FileMerged):
        services.merge_persons(kept_id=two.other.id, merged_id=two.kept.id, actor_id=two.adviser.id, now=NOW)


def test_merges_follow_one_another(two: Any) -> None:
    third = make_person("Amel", "Benalli", desk=two.desk)
    merge(two)
    services.merge_persons(kept_id=third.id, merged_id=two.kept.id, actor_id=two.adviser.id, now=NOW)
    assert queries.current_id(two.other.id) == third.id
    assert set(queries.family_ids(third.id)) == {third.id, two.kept.id, two.other.id}
    values = set(
        db.session.scalars(
            select(ContactPoint.value).where(
                ContactPoint.recipient_id == third.recipient_id, ContactPoint.channel == Channel.EMAIL
            )
        )
    )
    assert values == {"amel@exemple.fr"}
