"""Contacts, the second secret, the paper card, and what sign-in is told."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest
from sqlalchemy import select

from mobility.accounts.errors import CodeRefused
from mobility.accounts.models import User
from mobility.accounts.services import codes
from mobility.core.db import db, load
from mobility.core.errors import NotFound, RuleViolation
from mobility.notifications.kinds import Channel, Holder
from mobility.notifications.models import ContactPoint, Recipient
from mobility.people import services
from mobility.people.directory import PeopleDirectory
from mobility.people.errors import (
    EmailUnreadable,
    HolderUnnamed,
    PhoneUnreadable,
    SafeHoursHalf,
    SecondSecretNeeded,
    SecondSecretStillNeeded,
    SecondSecretWeak,
)
from mobility.people.models import Person
from mobility.people.queries import get_person_card
from tests.factories.people import add_contact, make_person

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


def add(person: Person, value: str = "06 39 98 11 22", channel: Channel = Channel.SMS, **values: Any) -> int:
    return services.add_contact(person_id=person.id, channel=channel, value=value, actor_id=None, now=NOW, **values)


def test_each_contact_says_whose_it_is_and_how_to_use_it() -> None:
    person = make_person()
    point_id = add(
        person, holder=Holder.RELATIVE, holder_name="Nora", safe_from=time(18), safe_until=time(20), neutral=True
    )
    (contact,) = get_person_card(person.id).contacts
    assert (contact.id, contact.value) == (point_id, "+33639981122")
    assert (contact.holder, contact.holder_name, contact.neutral) == (Holder.RELATIVE, "Nora", True)
    assert (contact.safe_from, contact.safe_until) == (time(18), time(20))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"value": "12"}, PhoneUnreadable),
        ({"value": "x", "channel": Channel.EMAIL}, EmailUnreadable),
        ({"holder": Holder.RELATIVE}, HolderUnnamed),
        ({"holder": Holder.PROFESSIONAL, "holder_name": "  "}, HolderUnnamed),
        ({"safe_from": time(8)}, SafeHoursHalf),
        ({"safe_until": time(8)}, SafeHoursHalf),
        ({"safe_from": time(8), "safe_until": time(8)}, SafeHoursHalf),
        ({"holder": Holder.SHARED}, SecondSecretNeeded),
        ({"holder": Holder.SHARED, "second_secret": "123456"}, SecondSecretWeak),
    ],
)
def test_a_contact_that_would_not_work_is_refused(values: Any, error: type[RuleViolation]) -> None:
    person = make_person()
    with pytest.raises(error):
        add(person, **values)
    assert get_person_card(person.id).contacts == ()


def test_the_same_contact_is_not_added_twice() -> None:
    person = make_person()
    add(person)
    with pytest.raises(RuleViolation):
        add(person, value="+33 639 981 122")


def test_a_landline_is_for_calls_only() -> None:
    person = make_person()
    add(person, value="03 27 14 00 00")
    (contact,) = get_person_card(person.id).contacts
    assert (contact.calls_only, contact.opted_out) == (True, True)


def test_the_contact_of_another_person_is_not_touched() -> None:
    mine, other = make_person(), make_person(phone="+33639980000")
    point = db.session.scalars(select(ContactPoint)).one()
    for call in (
        lambda: services.remove_contact(person_id=mine.id, contact_point_id=point.id, actor_id=None, now=NOW),
        lambda: services.confirm_contact(person_id=mine.id, contact_point_id=point.id, actor_id=None, now=NOW),
        lambda: services.change_contact(
            person_id=mine.id, contact_point_id=point.id, actor_id=None, now=NOW, holder=Holder.SELF
        ),
    ):
        with pytest.raises(NotFound):
            call()
    assert get_person_card(other.id).contacts[0].id == point.id


def test_a_contact_is_confirmed_after_a_bounce() -> None:
    person = make_person()
    point = add_contact(person, Channel.EMAIL, "a@exemple.fr", bounced_at=NOW)
    assert "bounced" in {alert.code for alert in get_person_card(person.id).alerts}
    services.confirm_contact(person_id=person.id, contact_point_id=point.id, actor_id=None, now=NOW)
    assert "bounced" not in {alert.code for alert in get_person_card(person.id).alerts}


def test_wishes_are_kept() -> None:
    person = make_person()
    services.set_preferences(person_id=person.id, preferred_channel=Channel.EMAIL, digest=False, actor_id=None, now=NOW)
    recipient = load(Recipient, person.recipient_id)
    assert (recipient.preferred_channel, recipient.digest) == (Channel.EMAIL, False)


def test_the_second_secret_stays_while_it_serves() -> None:
    person = make_person()
    point_id = add(person, holder=Holder.SHARED, second_secret="tournesol")
    with pytest.raises(SecondSecretStillNeeded):
        services.clear_second_secret(person_id=person.id, actor_id=None, now=NOW)
    services.remove_contact(person_id=person.id, contact_point_id=point_id, actor_id=None, now=NOW)
    services.make_card(person_id=person.id, actor_id=None, now=NOW)
    with pytest.raises(SecondSecretStillNeeded):
        services.clear_second_secret(person_id=person.id, actor_id=None, now=NOW)
    services.revoke_card(person_id=person.id, actor_id=None, now=NOW)
    services.clear_second_secret(person_id=person.id, actor_id=None, now=NOW)
    assert load(Person, person.id).second_secret_hash is None


@pytest.mark.parametrize(
    "secret", ["Camille", "camille", "12345", "aaaaaaa", "17051990", "17 mai 1990", "123456", "Denain"]
)
def test_a_secret_that_anybody_would_try_is_refused(secret: str) -> None:
    person = make_person("Camille", "Dubois", city="Denain")
    with pytest.raises(SecondSecretWeak):
        services.set_second_secret(person_id=person.id, second_secret=secret, actor_id=None, now=NOW)


def test_neither_secret_nor_card_code_is_kept_in_clear() -> None:
    person = make_person()
    code = services.make_card(person_id=person.id, second_secret="Tournesol Bleu", actor_id=None, now=NOW)
    row = load(Person, person.id)
    assert "ournesol" not in str(row.second_secret_hash)
    assert code not in str(row.card_code_hash)
    directory = PeopleDirectory()
    for typed in ("Tournesol Bleu", "tournesol bleu", "TOURNESOLBLEU", "tournesol-bleu"):
        assert directory.second_secret_matches(person.id, typed)
    for wrong in ("", "tournesol", "x" * 5000):
        assert not directory.second_secret_matches(person.id, wrong)
    assert not directory.second_secret_matches(make_person().id, "Tournesol Bleu")


def test_a_card_needs_a_secret_and_a_new_one_replaces_the_old() -> None:
    person = make_person()
    with pytest.raises(SecondSecretNeeded):
        services.make_card(person_id=person.id, actor_id=None, now=NOW)
    first = services.make_card(person_id=person.id, second_secret="tournesol", actor_id=None, now=NOW)
    second = services.make_card(person_id=person.id, actor_id=None, now=NOW)
    directory = PeopleDirectory()
    assert directory.by_card(first) is None
    found = directory.by_card(f"{second[:4]} {second[4:8].lower()}-{second[8:]}")
    assert found is not None
    assert (found.person_id, found.needs_second_secret) == (person.id, True)
    assert directory.by_card("nonsense") is None


def test_a_card_signs_in_with_the_secret_only(app: Any) -> None:
    person = make_person("Amel", "Benali")
    code = services.make_card(person_id=person.id, second_secret="tournesol", actor_id=None, now=NOW)
    with pytest.raises(CodeRefused):
        codes.sign_in_by_card(card_code=code, secret="autre chose", address="127.0.0.1", now=NOW)
    user_id = codes.sign_in_by_card(card_code=code, secret="Tournesol", address="127.0.0.1", now=NOW)
    assert load(User, user_id).person_id == person.id


def test_whoever_holds_another_s_phone_does_not_sign_in_alone() -> None:
    own, lent, shared = make_person(), make_person(), make_person()
    points = [
        add_contact(own, Channel.SMS, "+33639980001"),
        add_contact(lent, Channel.SMS, "+33639980001", holder=Holder.RELATIVE, holder_name="Nora"),
        add_contact(shared, Channel.SMS, "+33639980001", holder=Holder.SHARED),
    ]
    found = {c.person_id: c.needs_second_secret for c in PeopleDirectory().by_contact_points([p.id for p in points])}
    assert found == {own.id: False, lent.id: True, shared.id: True}


@pytest.mark.parametrize("trait", ["erased", "merged", "archived", "retired"])
def test_files_that_no_longer_stand_sign_nobody_in(trait: str) -> None:
    from tests.factories.desks import make_desk
    from tests.factories.people import make_adviser

    desk = make_desk()
    adviser = make_adviser(desk)
    person = make_person(desk=desk, archived=trait == "archived")
    point = add_contact(person, Channel.SMS, "+33639980001", archived_at=NOW if trait == "retired" else None)
    if trait == "erased":
        services.erase_person(person_id=person.id, actor_id=None, now=NOW)
    if trait == "merged":
        kept = make_person(desk=desk)
        services.merge_persons(kept_id=kept.id, merged_id=person.id, actor_id=adviser.id, now=NOW)
    found = PeopleDirectory().by_contact_points([point.id])
    assert [c.person_id for c in found] == ([kept.id] if trait == "merged" else [])
