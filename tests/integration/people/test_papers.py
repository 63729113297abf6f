"""Licences, consents, representatives, named staff, notes, rights: one refusal a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core.db import db, load, transaction
from mobility.core.errors import ForbiddenTransition, NotFound, RuleViolation, StaleVersion
from mobility.people import queries, services
from mobility.people.access import visible_persons
from mobility.people.errors import (
    ConsentMissing,
    ConsentStands,
    DatesBackwards,
    LicenceDatesBackwards,
    LicenceTwice,
    NamedStaffNeeded,
    NoteClosed,
    NoteWithoutSomebody,
    OutcomeNeeded,
    ReasonNeeded,
    RepresentativeEnded,
    RepresentativeMissing,
    RepresentativeUnnamed,
    RequestExtendedAlready,
    RequestOpenAlready,
    StaffUnfit,
)
from mobility.people.kinds import (
    ConsentKind,
    ConsentManner,
    LegalProtection,
    LicenceCategory,
    NoteKind,
    RepresentativeKind,
    RequestChannel,
    RightsKind,
    RightsState,
)
from mobility.people.models import ContactNote, Person, PersonLicence, PersonStaff, RightsRequest
from mobility.people.services import Licence, Signatory
from tests.factories.accounts import make_actor, make_user
from tests.factories.desks import make_desk
from tests.factories.people import add_licence, make_adviser, make_person

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = date(2026, 11, 20)
B = Licence(category=LicenceCategory.B, issued_on=date(2015, 6, 1), number="15 06 59 200 123", codes="01.06, 78")


@pytest.fixture
def file(app: Flask) -> SimpleNamespace:
    desk = make_desk()
    return SimpleNamespace(desk=desk, adviser=make_adviser(desk), person=make_person(desk=desk))


# ---- licences


def test_a_licence_is_kept_as_read_and_says_who_has_seen_it(file: Any) -> None:
    licence_id = services.save_licence(
        person_id=file.person.id, licence=B, actor_id=file.adviser.id, now=NOW, seen=True
    )
    row = load(PersonLicence, licence_id)
    assert (row.number, row.codes) == ("150659200123", ["01.06", "78"])
    assert (row.checked_by_id, row.checked_at) == (file.adviser.id, NOW)
    (card,) = queries.get_person_card(file.person.id).licences
    assert (card.automatic_only, card.checked_by_name) == (True, file.adviser.display_name)


def test_a_changed_licence_must_be_seen_again(file: Any) -> None:
    licence_id = services.save_licence(
        person_id=file.person.id, licence=B, actor_id=file.adviser.id, now=NOW, seen=True
    )
    save = {"person_id": file.person.id, "actor_id": file.adviser.id, "now": NOW, "licence_id": licence_id}
    services.save_licence(licence=B, **save)
    assert load(PersonLicence, licence_id).checked_at == NOW
    services.save_licence(licence=replace(B, codes=""), **save)
    assert load(PersonLicence, licence_id).checked_at is None
    services.check_licence(person_id=file.person.id, licence_id=licence_id, actor_id=file.adviser.id, now=NOW)
    assert load(PersonLicence, licence_id).checked_by_id == file.adviser.id
    with pytest.raises(StaleVersion):
        services.save_licence(licence=B, version=99, **save)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"issued_on": date(2027, 1, 1)}, "issued_on"),
        ({"valid_until_on": date(2010, 1, 1)}, "valid_until_on"),
        ({"probation_until_on": date(2010, 1, 1)}, "probation_until_on"),
        ({"exchange_due_on": date(2010, 1, 1)}, "exchange_due_on"),
        ({"suspended_until_on": TODAY}, "suspended_until_on"),
        ({"suspended_from_on": TODAY, "suspended_until_on": date(2026, 1, 1)}, "suspended_until_on"),
        ({"country": "France"}, "country"),
        ({"country": "é1"}, "country"),
        ({"number": "12"}, "number"),
        ({"codes": "seventy-eight"}, "codes"),
    ],
)
def test_a_licence_that_cannot_be_is_refused_on_its_field(file: Any, values: Any, field: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        services.save_licence(person_id=file.person.id, licence=replace(B, **values), actor_id=None, now=NOW)
    assert refusal.value.field == field
    assert isinstance(refusal.value, LicenceDatesBackwards) or not field.endswith("_on")


def test_a_category_is_held_once(file: Any) -> None:
    services.save_licence(person_id=file.person.id, licence=B, actor_id=None, now=NOW)
    with pytest.raises(LicenceTwice):
        services.save_licence(person_id=file.person.id, licence=B, actor_id=None, now=NOW)
    am = services.save_licence(
        person_id=file.person.id, licence=replace(B, category=LicenceCategory.AM), actor_id=None, now=NOW
    )
    with pytest.raises(LicenceTwice):
        services.save_licence(person_id=file.person.id, licence=B, licence_id=am, actor_id=None, now=NOW)


def test_the_licence_of_another_is_not_touched(file: Any) -> None:
    licence = add_licence(make_person())
    values = {"person_id": file.person.id, "licence_id": licence.id, "actor_id": file.adviser.id, "now": NOW}
    with pytest.raises(NotFound):
        services.check_licence(**values)
    with pytest.raises(NotFound):
        services.remove_licence(**values)
    with pytest.raises(NotFound):
        services.save_licence(licence=B, **values)


@pytest.mark.parametrize(
    ("values", "alert"),
    [
        ({"suspended_from_on": date(2026, 1, 1)}, "licence_suspended"),
        ({"suspended_from_on": date(2026, 1, 1), "suspended_until_on": TODAY}, "licence_suspended"),
        ({"suspended_from_on": date(2026, 1, 1), "suspended_until_on": TODAY - timedelta(days=1)}, None),
        ({"suspended_from_on": TODAY + timedelta(days=1)}, None),
        ({"valid_until_on": TODAY - timedelta(days=1)}, "licence_over"),
        ({"valid_until_on": TODAY}, None),
        ({"country": "MA", "exchange_due_on": date(2027, 1, 1)}, "licence_exchange"),
    ],
)
def test_the_card_warns_of_a_licence_that_does_not_serve(file: Any, values: Any, alert: str | None) -> None:
    add_licence(file.person, checked_by=file.adviser, **values)
    codes = {a.code for a in queries.get_person_card(file.person.id, on=TODAY).alerts} - {"no_contact"}
    assert codes == ({alert} if alert else set())


# ---- consents


def test_a_consent_is_given_and_taken_back_as_often_as_one_likes(file: Any) -> None:
    give = {"person_id": file.person.id, "kind": ConsentKind.PHOTO, "actor_id": None}
    services.give_consent(manner=ConsentManner.SPOKEN, now=NOW, **give)
    with pytest.raises(ConsentStands):
        services.give_consent(manner=ConsentManner.WRITTEN, now=NOW, **give)
    services.withdraw_consent(now=NOW, **give)
    with pytest.raises(ConsentMissing):
        services.withdraw_consent(now=NOW, **give)
    services.give_consent(manner=ConsentManner.WRITTEN, now=NOW + timedelta(days=1), **give)
    assert [c.kind for c in queries.get_person_card(file.person.id).consents] == [ConsentKind.PHOTO]


# ---- representatives


def test_nothing_is_signed_for_a_minor_without_a_fitting_representative(file: Any) -> None:
    minor = make_person(desk=file.desk, minor=True)
    services.check_may_sign(person_id=file.person.id, on=TODAY)
    with pytest.raises(RepresentativeMissing):
        services.check_may_sign(person_id=minor.id, on=TODAY)
    add = {"person_id": minor.id, "actor_id": None, "now": NOW}
    name = {"last_name": "Petit", "valid_from_on": date(2026, 1, 1)}
    services.add_representative(signatory=Signatory(kind=RepresentativeKind.CURATOR, **name), **add)
    with pytest.raises(RepresentativeMissing):
        services.check_may_sign(person_id=minor.id, on=TODAY)
    mandate = services.add_representative(signatory=Signatory(kind=RepresentativeKind.PARENT, **name), **add)
    services.check_may_sign(person_id=minor.id, on=TODAY)
    services.end_representative(
        person_id=minor.id, representative_id=mandate, on=TODAY - timedelta(days=1), actor_id=None, now=NOW
    )
    with pytest.raises(RepresentativeMissing):
        services.check_may_sign(person_id=minor.id, on=TODAY)
    services.check_may_sign(person_id=minor.id, on=date(2027, 9, 1))


def test_a_protected_adult_signs_with_the_right_representative(file: Any) -> None:
    adult = make_person(desk=file.desk, legal_protection=LegalProtection.GUARDIANSHIP)
    with pytest.raises(RepresentativeMissing):
        services.check_may_sign(person_id=adult.id, on=TODAY)
    services.add_representative(
        person_id=adult.id,
        signatory=Signatory(
            kind=RepresentativeKind.INSTITUTION, organisation_name="Association tutélaire", valid_from_on=TODAY
        ),
        actor_id=None,
        now=NOW,
    )
    services.check_may_sign(person_id=adult.id, on=TODAY)


def test_a_representative_is_named_and_in_order(file: Any) -> None:
    facts = {"kind": RepresentativeKind.PARENT, "valid_from_on": TODAY}
    with pytest.raises(RepresentativeUnnamed):
        Signatory(**facts).clean()
    with pytest.raises(DatesBackwards):
        Signatory(valid_until_on=TODAY - timedelta(days=1), last_name="Petit", **facts).clean()
    mandate = services.add_representative(
        person_id=file.person.id, signatory=Signatory(last_name="Petit", **facts), actor_id=None, now=NOW
    )
    end = {"representative_id": mandate, "actor_id": None, "now": NOW}
    with pytest.raises(DatesBackwards):
        services.end_representative(person_id=file.person.id, on=TODAY - timedelta(days=1), **end)
    with pytest.raises(NotFound):
        services.end_representative(person_id=make_person().id, on=TODAY, **end)
    services.end_representative(person_id=file.person.id, on=TODAY, **end)
    with pytest.raises(RepresentativeEnded):
        services.end_representative(person_id=file.person.id, on=TODAY, **end)


# ---- named staff


def test_a_protected_file_is_never_left_to_nobody(file: Any) -> None:
    protect = {"person_id": file.person.id, "reason": None, "actor_id": file.adviser.id, "now": NOW}
    with pytest.raises(NamedStaffNeeded):
        services.protect(user_ids=[], **protect)
    for user in (make_user(), make_user(Role.FLEET_OFFICER, desk_id=file.desk.id), make_user(Role.ADMINISTRATOR)):
        with pytest.raises(StaffUnfit):
            services.protect(user_ids=[user.id], **protect)
    closed = make_adviser(file.desk)
    with transaction() as session:
        session.merge(closed).disabled_at = NOW
    with pytest.raises(StaffUnfit):
        services.protect(user_ids=[closed.id], **protect)
    assert load(Person, file.person.id).protected is False


def test_named_staff_change_and_the_referent_is_one_of_them(file: Any) -> None:
    first, second = make_adviser(file.desk), make_adviser(file.desk)
    protect = {"person_id": file.person.id, "reason": None, "actor_id": file.adviser.id, "now": NOW}
    services.protect(user_ids=[first.id], **protect)
    services.protect(user_ids=[second.id], **protect)
    db.session.expire_all()
    assert db.session.scalars(select(PersonStaff.user_id)).all() == [second.id]
    assert load(Person, file.person.id).referent_user_id == second.id
    services.unprotect(person_id=file.person.id, actor_id=second.id, now=NOW)
    db.session.expire_all()
    assert db.session.scalars(select(PersonStaff.user_id)).all() == []
    assert load(Person, file.person.id).protected is False


# ---- notes


def note(file: Any, **values: Any) -> int:
    given = {"desk_id": file.desk.id, "kind": NoteKind.CALL, "actor_id": file.adviser.id, "now": NOW, **values}
    return services.note_contact(**given)


def test_a_note_about_somebody_is_contact_with_them(file: Any) -> None:
    note(file, person_id=file.person.id, text="Rappelle demain")
    db.session.expire_all()
    assert load(Person, file.person.id).last_contact_at == NOW
    note_id = note(file, caller_name="Zoé", now=NOW + timedelta(hours=1))
    services.attach_note(
        note_id=note_id, person_id=file.person.id, actor_id=file.adviser.id, now=NOW + timedelta(days=9)
    )
    db.session.expire_all()
    assert load(Person, file.person.id).last_contact_at == NOW + timedelta(hours=1)
    with pytest.raises(NoteClosed):
        services.attach_note(note_id=note_id, person_id=file.person.id, actor_id=file.adviser.id, now=NOW)


@pytest.mark.parametrize("name", [None, "", "   "])
def test_a_note_is_about_somebody(file: Any, name: str | None) -> None:
    with pytest.raises(NoteWithoutSomebody):
        note(file, caller_name=name)


def test_only_the_team_calls_back_and_only_once(file: Any) -> None:
    with pytest.raises(StaffUnfit) as refusal:
        note(file, caller_name="Zoé", callback_user_id=make_user().id)
    assert refusal.value.field == "callback_user_id"
    done = note(file, caller_name="Zoé", callback_user_id=file.adviser.id)
    with pytest.raises(OutcomeNeeded):
        services.call_back(note_id=done, outcome=" ", actor_id=file.adviser.id, now=NOW)
    services.call_back(note_id=done, outcome="Réglé.", actor_id=file.adviser.id, now=NOW)
    with pytest.raises(NoteClosed):
        services.call_back(note_id=done, outcome="Réglé.", actor_id=file.adviser.id, now=NOW)
    with pytest.raises(NoteClosed):
        services.hand_over(
            note_id=done, callback_user_id=file.adviser.id, callback_due_on=TODAY, actor_id=file.adviser.id, now=NOW
        )
    nobody = note(file, caller_name="Zoé")
    with pytest.raises(NoteClosed):
        services.call_back(note_id=nobody, outcome="Réglé.", actor_id=file.adviser.id, now=NOW)
    assert load(ContactNote, nobody).callback_due_on is None


def test_the_call_back_list_hides_files_that_one_may_not_open(file: Any, count_queries: Any) -> None:
    other = make_adviser(file.desk)
    hidden = make_person(desk=file.desk, protected_for=[other])
    for person_id in (hidden.id, file.person.id):
        note(file, person_id=person_id, callback_user_id=other.id)
    note(file, caller_name="Zoé", callback_user_id=file.adviser.id, callback_due_on=TODAY + timedelta(days=3))

    def names(user_id: int, **values: Any) -> list[str]:
        who = make_actor(Role.ADVISER, desk_id=file.desk.id, user_id=user_id)
        rows = queries.list_callbacks(
            desk_ids=frozenset({file.desk.id}), user_id=user_id, visible=visible_persons(who), **values
        )
        return [row.name for row in rows]

    file_name, hidden_name = file.person.full_name, hidden.full_name
    assert names(file.adviser.id) == [file_name, "Zoé"]
    assert set(names(other.id)) == {file_name, hidden_name, "Zoé"}
    assert set(names(other.id, mine=True)) == {file_name, hidden_name}
    user_id = file.adviser.id
    with count_queries() as counted:
        names(user_id)
    assert counted.total == 1


# ---- rights


def ask(file: Any, **values: Any) -> int:
    given = {"kind": RightsKind.ACCESS, "channel": RequestChannel.LETTER, "actor_id": None, "now": NOW, **values}
    return services.open_request(person_id=file.person.id, **given)


def test_the_clock_of_a_request_runs_from_the_day_it_came_in(file: Any) -> None:
    request = load(RightsRequest, ask(file, received_on=date(2026, 10, 31)))
    assert request.due_on == date(2026, 11, 30)
    with pytest.raises(RequestOpenAlready) as refusal:
        ask(file)
    assert "30 novembre" in refusal.value.message
    with pytest.raises(DatesBackwards):
        ask(file, kind=RightsKind.ERASURE, received_on=date(2026, 11, 21))


def test_a_request_is_extended_once_with_a_reason(file: Any) -> None:
    request_id = ask(file, received_on=date(2026, 10, 31))
    extend = {"request_id": request_id, "actor_id": file.adviser.id, "now": NOW}
    with pytest.raises(ReasonNeeded):
        services.extend_request(reason=" ", **extend)
    services.extend_request(reason="Archives papier", **extend)
    assert load(RightsRequest, request_id).due_on == date(2027, 1, 31)
    with pytest.raises(RequestExtendedAlready):
        services.extend_request(reason="Encore", **extend)


def test_a_closed_request_stays_closed(file: Any) -> None:
    request_id = ask(file)
    close = {"request_id": request_id, "actor_id": file.adviser.id, "now": NOW}
    with pytest.raises(ReasonNeeded):
        services.refuse_request(answer=None, **close)
    services.fulfil_request(answer=None, **close)
    assert load(RightsRequest, request_id).state is RightsState.DONE
    for call in (
        lambda: services.fulfil_request(answer="x", **close),
        lambda: services.refuse_request(answer="x", **close),
        lambda: services.extend_request(reason="x", **close),
    ):
        with pytest.raises(ForbiddenTransition):
            call()
    ask(file)
