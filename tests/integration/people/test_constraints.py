"""What must never be, the database refuses by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from mobility.core.db import transaction, violated_constraint
from mobility.geo.geocoding import Precision
from mobility.people.kinds import (
    ConsentKind,
    ConsentManner,
    NoteKind,
    RepresentativeKind,
    RequestChannel,
    RetentionAction,
    RightsKind,
)
from mobility.people.models import (
    ContactNote,
    Person,
    PersonConsent,
    PersonLicence,
    Representative,
    RetentionItem,
    RetentionRun,
    RightsRequest,
)
from tests.factories.desks import make_desk
from tests.factories.people import add_licence, make_adviser, make_person

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
EARLIER = datetime(2020, 1, 1, tzinfo=UTC)
DAY = date(2026, 11, 20)


def breach(model: Any, identity: int, values: dict[str, Any]) -> str:
    with pytest.raises(IntegrityError) as error, transaction() as session:
        session.execute(update(model).where(model.id == identity).values(**values))
    return violated_constraint(error.value)


def refuse(row: Any) -> str:
    with pytest.raises(IntegrityError) as error, transaction() as session:
        session.add(row)
        session.flush()
    return violated_constraint(error.value)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"first_name": ""}, "ck_person_named_unless_erased"),
        ({"last_name": ""}, "ck_person_named_unless_erased"),
        ({"born_on": None}, "ck_person_named_unless_erased"),
        ({"erased_at": NOW}, "ck_person_erased_is_anonymous"),
        (
            {"erased_at": NOW, "first_name": "", "last_name": "", "born_on": None, "name_key": ""},
            "ck_person_erased_is_anonymous",
        ),
        ({"merged_at": NOW}, "ck_person_merged_with_instant"),
        ({"latitude": 50.0}, "ck_person_position_whole"),
        ({"latitude": 50.0, "longitude": 3.0}, "ck_person_position_whole"),
        ({"position_precision": Precision.HOUSE}, "ck_person_position_whole"),
        ({"latitude": 91.0, "longitude": 3.0, "position_precision": "house"}, "ck_person_latitude_on_earth"),
        ({"latitude": 50.0, "longitude": 181.0, "position_precision": "house"}, "ck_person_longitude_on_earth"),
        ({"born_on": date(1899, 12, 31)}, "ck_person_born_in_living_memory"),
        ({"france_travail_id": "123"}, "ck_person_france_travail_id_length"),
        ({"neph": "123"}, "ck_person_neph_length"),
        ({"postcode": "123"}, "ck_person_postcode_length"),
        ({"insee_code": "123"}, "ck_person_insee_code_length"),
        ({"restricted_at": EARLIER}, "ck_person_restricted_after_creation"),
    ],
)
def test_a_person_keeps_its_invariants(app: Flask, values: dict[str, Any], name: str) -> None:
    assert breach(Person, make_person().id, values) == name


@pytest.mark.parametrize(
    "column", ["birth_name", "street", "address_note", "city", "protection_reason", "second_secret_hash"]
)
def test_an_erased_file_takes_no_identity_back(app: Flask, column: str) -> None:
    from mobility.people import services

    person = make_person()
    services.erase_person(person_id=person.id, actor_id=None, now=NOW)
    assert breach(Person, person.id, {column: "x"}) == "ck_person_erased_is_anonymous"


def test_a_file_is_not_merged_into_itself(app: Flask) -> None:
    person = make_person()
    assert (
        breach(Person, person.id, {"merged_into_id": person.id, "merged_at": NOW}) == "ck_person_not_merged_into_itself"
    )


def test_enumerations_and_shared_keys_hold(app: Flask) -> None:
    from sqlalchemy import text

    person, other = make_person(), make_person()
    for column, name in (
        ("status", "person_status"),
        ("reading_ease", "reading_ease"),
        ("legal_protection", "legal_protection"),
    ):
        with pytest.raises(IntegrityError) as error, transaction() as session:
            session.execute(text(f"UPDATE person SET {column} = 'nonsense' WHERE id = :id"), {"id": person.id})
        assert violated_constraint(error.value) == f"ck_person_{name}"
    assert "recipient_id" in breach(Person, person.id, {"recipient_id": other.recipient_id})
    with transaction() as session:
        session.execute(update(Person).where(Person.id == other.id).values(card_code_hash="a" * 64))
    assert "card_code_hash" in breach(Person, person.id, {"card_code_hash": "a" * 64})


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"checked_at": NOW}, "ck_person_licence_checked_by_and_at"),
        ({"valid_until_on": date(2010, 1, 1)}, "ck_person_licence_valid_after_issue"),
        ({"suspended_until_on": DAY}, "ck_person_licence_suspension_in_order"),
        ({"suspended_from_on": DAY, "suspended_until_on": date(2026, 1, 1)}, "ck_person_licence_suspension_in_order"),
        ({"probation_until_on": date(2010, 1, 1)}, "ck_person_licence_probation_after_issue"),
        ({"country": "F"}, "ck_person_licence_country_iso2"),
    ],
)
def test_a_licence_keeps_its_invariants(app: Flask, values: dict[str, Any], name: str) -> None:
    assert breach(PersonLicence, add_licence(make_person()).id, values) == name


def test_a_category_is_held_once(app: Flask) -> None:
    person = make_person()
    licence = add_licence(person)
    person_id, category = person.id, licence.category
    assert "person_licence" in refuse(PersonLicence(person_id=person_id, category=category, issued_on=DAY, codes=[]))


def test_a_consent_stands_once(app: Flask) -> None:
    person_id = make_person().id

    def consent(**values: Any) -> PersonConsent:
        return PersonConsent(
            person_id=person_id, kind=ConsentKind.PHOTO, manner=ConsentManner.SPOKEN, **{"given_at": NOW, **values}
        )

    with transaction() as session:
        session.add_all([consent(withdrawn_at=NOW), consent()])
    assert "person_consent" in refuse(consent())
    assert refuse(consent(withdrawn_at=EARLIER)) == "ck_person_consent_withdrawn_after_given"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"last_name": ""}, "ck_representative_named"),
        ({"valid_until_on": date(2025, 1, 1)}, "ck_representative_dates_in_order"),
    ],
)
def test_a_representative_keeps_its_invariants(app: Flask, values: dict[str, Any], name: str) -> None:
    given = {"last_name": "Petit", "valid_from_on": DAY, **values}
    assert refuse(Representative(person_id=make_person().id, kind=RepresentativeKind.PARENT, **given)) == name


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"caller_name": ""}, "somebody"),
        ({"callback": True, "callback_due_on": None}, "callback_whole"),
        ({"callback_due_on": DAY}, "callback_whole"),
        ({"callback": True, "called_back_at": NOW, "outcome": "Rappelée."}, "called_back_whole"),
        ({"callback": True, "called_back": True, "outcome": ""}, "called_back_with_outcome"),
        ({"called_back": True}, "called_back_was_due"),
        ({"callback": True, "called_back": True, "called_back_at": EARLIER}, "called_back_after_note"),
        ({"erased_at": NOW, "text": "x"}, "erased_is_empty"),
    ],
)
def test_a_note_keeps_its_invariants(app: Flask, values: dict[str, Any], name: str) -> None:
    desk = make_desk()
    user = make_adviser(desk)
    given: dict[str, Any] = {"caller_name": "Zoé", **values}
    if given.pop("callback", False):
        given = {"callback_due_on": DAY, **given, "callback_user_id": user.id}
    if given.pop("called_back", False):
        given = {"called_back_at": NOW, "outcome": "Rappelée.", **given, "called_back_by_id": user.id}
    note = ContactNote(desk_id=desk.id, kind=NoteKind.CALL, noted_at=NOW, noted_by_id=user.id, **given)
    assert refuse(note) == f"ck_contact_note_{name}"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"closed_at": NOW}, "closed_with_instant"),
        ({"state": "done"}, "closed_with_instant"),
        ({"due_on": date(2020, 1, 1)}, "due_after_receipt"),
        ({"extended_at": NOW}, "extension_has_reason"),
        ({"state": "refused", "closed_at": NOW}, "refusal_has_reason"),
    ],
)
def test_a_rights_request_keeps_its_invariants(app: Flask, values: dict[str, Any], name: str) -> None:
    given = {"received_on": DAY, "due_on": DAY, **values}
    request = RightsRequest(person_id=make_person().id, kind=RightsKind.ACCESS, channel=RequestChannel.DESK, **given)
    assert refuse(request) == f"ck_rights_request_{name}"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"state": "done", "finished_at": NOW}, "confirmed_with_instant"),
        ({"confirmed_at": NOW, "by": True}, "confirmed_with_instant"),
        ({"state": "confirmed", "confirmed_at": NOW}, "confirmed_by_somebody"),
        ({"finished_at": NOW}, "done_with_instant"),
    ],
)
def test_a_retention_run_keeps_its_invariants(app: Flask, values: dict[str, Any], name: str) -> None:
    desk = make_desk()
    given = dict(values)
    if given.pop("by", False):
        given["confirmed_by_id"] = make_adviser(desk).id
    assert refuse(RetentionRun(desk_id=desk.id, planned_at=NOW, **given)) == f"ck_retention_run_{name}"


def test_a_desk_has_one_list_at_a_time_and_a_file_stands_in_it_once(app: Flask) -> None:
    desk = make_desk()
    person = make_person(desk=desk)
    run = RetentionRun(desk_id=desk.id, planned_at=NOW)
    with transaction() as session:
        session.add(run)
        session.flush()
        run_id, person_id, desk_id = run.id, person.id, desk.id

    def item(**values: Any) -> RetentionItem:
        return RetentionItem(
            run_id=run_id, person_id=person_id, action=RetentionAction.ERASE, last_contact_at=NOW, **values
        )

    assert "retention_run" in refuse(RetentionRun(desk_id=desk_id, planned_at=NOW))
    assert refuse(item(outcome="kept")) == "ck_retention_item_kept_by_somebody"
    with transaction() as session:
        session.add(item())
    assert "retention_item" in refuse(item())
