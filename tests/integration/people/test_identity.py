"""Create and edit a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mobility.accounts.models import AuditEntry, AuditValue
from mobility.core.db import db, load
from mobility.core.errors import RuleViolation, StaleVersion
from mobility.core.privacy import NirRefused
from mobility.notifications.models import ContactPoint, Recipient
from mobility.people import services
from mobility.people.duplicates import Facts
from mobility.people.errors import (
    CommuneUnknown,
    DuplicateSuspected,
    EmailUnreadable,
    FileErased,
    FileMerged,
    PhoneUnreadable,
    TooYoung,
)
from mobility.people.kinds import PersonStatus
from mobility.people.models import Person
from mobility.people.queries import Scope, find_duplicates
from mobility.people.services import Address, Identity
from tests.factories.desks import make_desk
from tests.factories.people import make_adviser, make_person

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
WHO = Identity(first_name="Amel", last_name="Ben Ali", born_on=date(1990, 5, 17))
NIR = "2 95 10 99 126 111 93"

pytestmark = pytest.mark.usefixtures("app")


def create(**values: Any) -> int:
    given: dict[str, Any] = {"identity": WHO, "actor_id": None, "now": NOW}
    given["desk_id"] = values.pop("desk_id", None) or make_desk().id
    return services.create_person(**{**given, **values})


def test_a_file_is_opened_with_its_contacts_and_an_entry_in_the_audit_log() -> None:
    desk = make_desk()
    adviser = make_adviser(desk)
    person_id = create(
        desk_id=desk.id,
        actor_id=adviser.id,
        phone="06 39 98 12 34",
        email="Amel@Exemple.fr",
        address=Address(street="12 rue de Villars", insee_code="59172"),
    )
    person = load(Person, person_id)
    assert person.referent_user_id == adviser.id
    assert (person.city, person.postcode) == ("Denain", "59220")
    assert person.latitude is not None
    assert person.name_key.split() == ["BNL", "AL", "AML"]
    values = set(db.session.scalars(select(ContactPoint.value).where(ContactPoint.recipient_id == person.recipient_id)))
    assert values == {"+33639981234", "amel@exemple.fr"}
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.person_id == person_id)).one()
    fields = set(db.session.scalars(select(AuditValue.field).where(AuditValue.entry_id == entry.id)))
    assert entry.action == "person.created"
    assert {"first_name", "last_name", "born_on", "street"} <= fields
    assert "name_key" not in fields


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"identity": replace(WHO, born_on=date(2015, 1, 1))}, TooYoung, "born_on"),
        ({"identity": replace(WHO, first_name="  ")}, RuleViolation, "first_name"),
        ({"identity": replace(WHO, last_name="x" * 121)}, RuleViolation, "last_name"),
        ({"identity": replace(WHO, france_travail_id="12")}, RuleViolation, "france_travail_id"),
        ({"identity": replace(WHO, neph="12")}, RuleViolation, "neph"),
        ({"identity": replace(WHO, language="xx")}, RuleViolation, "language"),
        ({"phone": "12"}, PhoneUnreadable, "phone"),
        ({"email": "nobody"}, EmailUnreadable, "email"),
        ({"address": Address(insee_code="00000")}, CommuneUnknown, "insee_code"),
        ({"address": Address(postcode="5922")}, RuleViolation, "postcode"),
        ({"address": Address(address_note=f"sa sécu : {NIR}")}, NirRefused, "address_note"),
        ({"identity": replace(WHO, first_name=f"Amel {NIR}")}, NirRefused, "first_name"),
    ],
)
def test_what_cannot_be_is_refused_on_its_field(values: Any, error: type[RuleViolation], field: str) -> None:
    desk_id = make_desk().id
    with pytest.raises(error) as refusal:
        create(desk_id=desk_id, **values)
    assert refusal.value.field == field
    assert db.session.scalars(select(Person)).all() == []


def test_a_probable_duplicate_waits_for_a_decision() -> None:
    desk = make_desk()
    first = create(desk_id=desk.id)
    twin = replace(WHO, first_name="Amelle", last_name="BENALI")
    with pytest.raises(DuplicateSuspected):
        create(desk_id=desk.id, identity=twin)
    second = create(desk_id=desk.id, identity=twin, not_a_duplicate=True)
    assert second != first


def test_duplicates_tell_nothing_of_protected_files_and_little_of_other_desks() -> None:
    here, there = make_desk(), make_desk(name="Antenne lointaine")
    adviser = make_adviser(here)
    facts = Facts(first_name="Amel", last_name="Ben Ali", born_on=date(1990, 5, 17))
    far = make_person("Amel", "Benali", desk=there)
    hidden = make_person("Amel", "Benali", desk=here, protected_for=[make_adviser(here)])
    scope = Scope(frozenset({here.id}), adviser.id)
    found = find_duplicates(facts, scope=scope)
    assert [(match.person_id, match.visible, match.name, match.born_on) for match in found] == [
        (far.id, False, "", None)
    ]
    assert found[0].desk_name == "Antenne lointaine"
    named = make_person("Amel", "Benali", desk=there, protected_for=[adviser])
    assert {match.person_id for match in find_duplicates(facts, scope=scope)} == {far.id, named.id}
    assert hidden.id not in {match.person_id for match in find_duplicates(facts, scope=None)}


@pytest.mark.parametrize(
    "facts",
    [
        Facts(first_name="X", last_name="Y", phones=frozenset({"+33639981234"}), born_on=date(1990, 5, 17)),
        Facts(first_name="Amélie", last_name="Zidane", france_travail_id="1234567A"),
        Facts(first_name="Amel", last_name="Zidane", emails=frozenset({"amel@exemple.fr"})),
        Facts(first_name="Ben Ali", last_name="Amel", born_on=date(1990, 5, 17)),
        Facts(first_name="Amel", last_name="Martin", birth_name="Benali", born_on=date(1990, 5, 17)),
    ],
)
def test_duplicates_are_found_by_phone_mail_number_and_turned_names(facts: Facts) -> None:
    person = make_person("Amel", "Ben Ali", phone="+33639981234", email="amel@exemple.fr", france_travail_id="1234567A")
    assert [match.person_id for match in find_duplicates(facts, scope=None)] == [person.id]


def test_duplicates_take_two_queries_however_many_files_there_are(count_queries: Any) -> None:
    desk = make_desk()
    seen = []
    for _ in range(2):
        for _ in range(6):
            make_person("Amel", "Benali", desk=desk, phone=None)
        with count_queries() as counted:
            find_duplicates(Facts(first_name="Amel", last_name="Benali", born_on=date(1990, 5, 17)), scope=None)
        seen.append(counted.total)
    assert seen == [2, 2]


def test_an_edit_is_written_with_before_and_after() -> None:
    person_id = create()
    version = load(Person, person_id).version
    changed = replace(WHO, last_name="Martin", birth_name="Ben Ali", status=PersonStatus.EMPLOYEE)
    services.edit_identity(person_id=person_id, identity=changed, version=version, actor_id=None, now=NOW)
    person = load(Person, person_id)
    assert (person.last_name, person.status, person.version) == ("Martin", PersonStatus.EMPLOYEE, version + 1)
    assert "BNL" in person.name_key
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.person_id == person_id, AuditEntry.action == "person.identity_changed")
    ).one()
    values = {
        row.field: (row.before, row.after)
        for row in db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id))
    }
    assert values["last_name"] == ("Ben Ali", "Martin")
    assert values["status"] == ("job_seeker", "employee")


def test_messages_are_written_in_the_language_of_the_person() -> None:
    person_id = create(identity=replace(WHO, language="ar"))
    recipient_id = load(Person, person_id).recipient_id
    assert load(Recipient, recipient_id).locale == "ar"
    services.edit_identity(
        person_id=person_id, identity=replace(WHO, language="uk"), version=None, actor_id=None, now=NOW
    )
    db.session.expire_all()
    assert load(Recipient, recipient_id).locale == "uk"


def test_an_edit_from_an_older_version_is_refused() -> None:
    person_id = create()
    version = load(Person, person_id).version
    for _ in range(1):
        services.edit_identity(
            person_id=person_id, identity=replace(WHO, first_name="Amélie"), version=version, actor_id=None, now=NOW
        )
    with pytest.raises(StaleVersion):
        services.edit_identity(
            person_id=person_id, identity=replace(WHO, first_name="Amal"), version=version, actor_id=None, now=NOW
        )
    with pytest.raises(StaleVersion):
        services.edit_address(
            person_id=person_id, address=Address(street="1 rue"), version=version, actor_id=None, now=NOW
        )
    assert load(Person, person_id).first_name == "Amélie"


def test_contact_moves_the_clock_forward_only_and_disturbs_no_edit() -> None:
    person = make_person(last_contact_at=NOW)
    version = person.version
    services.touch(person_id=person.id, now=NOW - timedelta(days=3))
    db.session.expire_all()
    assert load(Person, person.id).last_contact_at == NOW
    services.touch(person_id=person.id, now=NOW + timedelta(days=3))
    db.session.expire_all()
    person = load(Person, person.id)
    assert (person.last_contact_at, person.version) == (NOW + timedelta(days=3), version)


def test_erased_and_merged_files_do_not_change_any_more() -> None:
    desk = make_desk()
    adviser = make_adviser(desk)
    erased, kept, merged = (make_person(desk=desk) for _ in range(3))
    services.erase_person(person_id=erased.id, actor_id=None, now=NOW)
    services.merge_persons(kept_id=kept.id, merged_id=merged.id, actor_id=adviser.id, now=NOW)
    for person_id, error in ((erased.id, FileErased), (merged.id, FileMerged)):
        with pytest.raises(error):
            services.edit_identity(person_id=person_id, identity=WHO, version=None, actor_id=None, now=NOW)


def test_the_referent_is_of_the_team() -> None:
    desk, other = make_desk(), make_desk()
    person = make_person(desk=desk)
    adviser = make_adviser(other)
    services.set_follow_up(
        person_id=person.id, desk_id=other.id, referent_user_id=adviser.id, version=None, actor_id=None, now=NOW
    )
    assert (person.desk_id, person.referent_user_id) == (other.id, adviser.id)
    from tests.factories.accounts import make_user

    with pytest.raises(RuleViolation) as refusal:
        services.set_follow_up(
            person_id=person.id, desk_id=other.id, referent_user_id=make_user().id, version=None, actor_id=None, now=NOW
        )
    assert refusal.value.field == "referent_user_id"


@pytest.mark.parametrize("name", ["x" * 120, "🚗 Léa", "محمد", "O’Neil-d’Arc", "Ĳ ﬁ ß", "a" * 60 + " " + "b" * 59])
def test_odd_names_are_kept_as_they_are(name: str) -> None:
    import unicodedata

    person_id = create(identity=replace(WHO, first_name=name))
    assert load(Person, person_id).first_name == unicodedata.normalize("NFC", name)
