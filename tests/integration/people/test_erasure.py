"""Erasure leaves no identity anywhere; retention runs by itself once a manager has read its list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts import audit
from mobility.accounts.models import AuditEntry, User
from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.db import Base, db, load, transaction
from mobility.core.errors import ForbiddenTransition
from mobility.documents.models import Document
from mobility.journal import kinds
from mobility.journal import services as journal
from mobility.ledger.models import LedgerEntry
from mobility.ledger.parameters import KEEP_YEARS
from mobility.notifications.kinds import Channel, Holder, InboundKind, MessageClass, MessageState
from mobility.notifications.models import InboundMessage, LocalMessage, OutboxMessage
from mobility.people import lifecycle, services
from mobility.people.errors import ErasureHeld, ItemSettled, ReasonNeeded
from mobility.people.kinds import (
    NoteKind,
    RepresentativeKind,
    RequestChannel,
    RetentionAction,
    RetentionOutcome,
    RetentionState,
    RightsKind,
)
from mobility.people.lifecycle import Part
from mobility.people.models import ContactNote, Person, RetentionItem, RetentionRun, RightsRequest
from mobility.people.parameters import RETENTION_MONTHS
from mobility.people.services import Address, Identity, retention
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.parameters import make_value
from tests.factories.people import add_contact, add_licence, make_adviser, make_person

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = NOW.date()
LONG_AGO = NOW - timedelta(days=900)

# Every one of these words is put somewhere into the file, and must be found nowhere afterwards.
TRACES = (
    "Zéphyrine", "Quillebeuf", "Outrebois", "1987-03-09", "7654321Z", "081159100999", "rue Mirabelle", "cage d’escalier",
    "39987766", "zephyrine@", "Grand-Tante", "150659200777", "Tutrice", "39981188", "tutrice@", "Note secrète",
    "Rappel secret", "Souhait secret", "Raison secrète", "permis-zephyrine", "Violence secrète", "Mot du journal", "secret de la lettre",
    "réponse par SMS", "Ancienne-Adresse", "Doublon-Nom", "Gardée parce que", "Prolongation secrète",
)  # fmt: skip


@pytest.fixture
def full(app: Flask) -> SimpleNamespace:
    """A file in which every field and every room holds something personal."""
    desk = make_desk()
    adviser = make_adviser(desk)
    person_id = services.create_person(
        desk_id=desk.id,
        identity=Identity(
            first_name="Zéphyrine", last_name="Quillebeuf", birth_name="Outrebois", born_on=date(1987, 3, 9),
            france_travail_id="7654321Z", neph="081159100999",
        ),
        address=Address(street="12 rue Mirabelle", address_note="Deuxième cage d’escalier", insee_code="59172"),
        phone="0639987766", email="zephyrine@exemple.fr", actor_id=adviser.id, now=LONG_AGO,
    )  # fmt: skip
    person = load(Person, person_id)
    services.edit_address(
        person_id=person_id,
        address=Address(street="1 Ancienne-Adresse"),
        version=None,
        actor_id=adviser.id,
        now=LONG_AGO,
    )
    services.edit_address(
        person_id=person_id, address=Address(street="12 rue Mirabelle"), version=None, actor_id=adviser.id, now=LONG_AGO
    )
    add_contact(person, Channel.SMS, "+33639981188", holder=Holder.RELATIVE, holder_name="Grand-Tante Odette")
    add_licence(person, number="150659200777", checked_by=adviser)
    services.make_card(person_id=person_id, second_secret="tournesol", actor_id=adviser.id, now=LONG_AGO)
    services.add_representative(
        person_id=person_id,
        signatory=services.Signatory(
            kind=RepresentativeKind.GUARDIAN, last_name="Tutrice", phone="0639981188", email="tutrice@exemple.fr",
            valid_from_on=date(2024, 1, 1),
        ),
        actor_id=adviser.id, now=LONG_AGO,
    )  # fmt: skip
    note_id = services.note_contact(
        desk_id=desk.id, kind=NoteKind.CALL, person_id=person_id, caller_name="Grand-Tante", caller_phone="0639981188",
        text="Note secrète", callback_user_id=adviser.id, actor_id=adviser.id, now=LONG_AGO,
    )  # fmt: skip
    services.call_back(note_id=note_id, outcome="Rappel secret", actor_id=adviser.id, now=LONG_AGO)
    request_id = services.open_request(
        person_id=person_id,
        kind=RightsKind.RECTIFICATION,
        channel=RequestChannel.DESK,
        wish="Souhait secret",
        actor_id=None,
        now=LONG_AGO,
    )
    services.extend_request(request_id=request_id, reason="Prolongation secrète", actor_id=adviser.id, now=LONG_AGO)
    services.refuse_request(request_id=request_id, answer="Raison secrète", actor_id=adviser.id, now=LONG_AGO)
    services.protect(
        person_id=person_id, user_ids=[adviser.id], reason="Violence secrète", actor_id=adviser.id, now=LONG_AGO
    )
    user = make_user(person_id=person_id, recipient_id=person.recipient_id, name="Zéphyrine Quillebeuf")
    audit.record(
        actor_id=None, action="user.changed", subject_kind="user", subject_id=user.id, now=LONG_AGO,
        changes={"display_name": ("Zéphyrine Outrebois", "Zéphyrine Quillebeuf")},
    )  # fmt: skip
    kinds.declare("people.test", "Essai", "dot")
    entry_id = journal.write(person_id=person_id, kind="people.test", now=LONG_AGO, note="Mot du journal")
    with transaction() as session:
        session.add_all(
            [
                Document(
                    kind="licence", owner_kind="person", owner_id=person_id, person_id=person_id, filename="permis-zephyrine.pdf",
                    media_type="application/pdf", size_bytes=10, sha256="a" * 64, storage_key="b" * 32, uploaded_at=LONG_AGO,
                ),
                OutboxMessage(
                    dedup_key="x:1", recipient_id=person.recipient_id, person_id=person_id, message_class=MessageClass.NORMAL,
                    template="x", params={"text": "secret de la lettre"}, created_at=LONG_AGO, due_at=LONG_AGO, leave_at=LONG_AGO,
                ),
                InboundMessage(
                    kind=InboundKind.REPLY, provider="local", provider_ref="r1", from_value="+33639987766", body="réponse par SMS",
                    received_at=LONG_AGO, recipient_id=person.recipient_id, person_id=person_id,
                ),
                LocalMessage(
                    channel=Channel.EMAIL, to_value="zephyrine@exemple.fr", subject="Bonjour Zéphyrine", body="x", message_id="m1", stored_at=LONG_AGO
                ),
            ]
        )  # fmt: skip
    twin = make_person("Zéphyrine", "Doublon-Nom", desk=desk, last_contact_at=LONG_AGO)
    services.merge_persons(kept_id=person_id, merged_id=twin.id, actor_id=adviser.id, now=LONG_AGO)
    return SimpleNamespace(
        person_id=person_id, twin_id=twin.id, user_id=user.id, entry_id=entry_id, desk=desk, adviser=adviser
    )


def found_anywhere() -> set[tuple[str, str, str]]:
    """Look for every trace in every text of every table."""
    found = set()
    db.session.rollback()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)).mappings():
            for column, value in row.items():
                found |= {(table.name, column, trace) for trace in TRACES if trace.casefold() in str(value).casefold()}
    return found


def test_the_file_holds_every_trace_before(full: Any) -> None:
    assert {trace for _table, _column, trace in found_anywhere()} == set(TRACES) - {"Gardée parce que"}


def test_erasure_leaves_no_identity_in_any_table(full: Any) -> None:
    entries = len(db.session.scalars(select(AuditEntry)).all())
    services.erase_person(person_id=full.person_id, actor_id=full.adviser.id, now=NOW)
    assert found_anywhere() == set()
    person = load(Person, full.person_id)
    assert (person.erased_at, person.full_name) == (NOW, f"Personne effacée n° {full.person_id}")
    assert load(Person, full.twin_id).erased_at == NOW
    assert len(db.session.scalars(select(AuditEntry)).all()) > entries
    user = load(User, full.user_id)
    assert (user.disabled_at, user.email) == (NOW, None)
    message = db.session.scalars(select(OutboxMessage)).one()
    assert message.state is MessageState.CANCELLED
    assert db.session.scalars(select(Document)).one().erased_at == NOW
    assert len(db.session.scalars(select(ContactNote)).all()) == 1
    assert len(db.session.scalars(select(RightsRequest)).all()) == 1


def test_erasure_keeps_the_ledger(full: Any) -> None:
    from mobility.ledger import services as ledger
    from mobility.ledger.rules import LedgerKind

    ledger.post(
        person_id=full.person_id,
        kind=LedgerKind.CHARGE,
        amount_cents=1200,
        label="Location solidaire",
        actor_id=full.adviser.id,
        now=LONG_AGO,
    )
    with transaction():
        # What the ledger claims as evidence is another matter: here its clock is over.
        held = lifecycle._PARTS.copy()
    lifecycle._PARTS.update({name: Part(room=name, erase=part.erase) for name, part in held.items()})
    try:
        services.erase_person(person_id=full.person_id, actor_id=None, now=NOW)
    finally:
        lifecycle._PARTS.clear()
        lifecycle._PARTS.update(held)
    assert [row.amount_cents for row in db.session.scalars(select(LedgerEntry))] == [1200]


@pytest.fixture
def clock_room() -> Any:
    """A room that claims evidence until a day; ``clock_room(day)`` sets it."""
    until: dict[str, date | None] = {"day": None}

    def keep_until(*, person_id: int, on: date) -> date | None:
        return until["day"]

    lifecycle.register(Part(room="clock", keep_until=keep_until))
    yield lambda day: until.update(day=day)
    lifecycle._PARTS.pop("clock")


def test_evidence_holds_an_erasure_back(app: Flask, clock_room: Any) -> None:
    person = make_person()
    clock_room(NOW.date())
    with pytest.raises(ErasureHeld) as refusal:
        services.erase_person(person_id=person.id, actor_id=None, now=NOW)
    assert "20 novembre 2026" in refusal.value.message
    clock_room(NOW.date() - timedelta(days=1))
    services.erase_person(person_id=person.id, actor_id=None, now=NOW)


def test_a_failed_part_undoes_the_whole_erasure(app: Flask) -> None:
    person = make_person("Ada", "Lovelace", phone="+33639981234")

    def broken(*, person_id: int, now: datetime) -> None:
        raise RuntimeError("boom")

    lifecycle.register(Part(room="broken", erase=broken))
    try:
        with pytest.raises(RuntimeError):
            services.erase_person(person_id=person.id, actor_id=None, now=NOW)
    finally:
        lifecycle._PARTS.pop("broken")
    db.session.expire_all()
    assert load(Person, person.id).full_name == "Ada Lovelace"


# ---- retention


def runs() -> list[RetentionRun]:
    db.session.expire_all()
    return list(db.session.scalars(select(RetentionRun).order_by(RetentionRun.id)))


def items() -> dict[int, RetentionItem]:
    db.session.expire_all()
    return {item.person_id: item for item in db.session.scalars(select(RetentionItem))}


@pytest.fixture
def desk(app: Flask) -> SimpleNamespace:
    desk = make_desk()
    return SimpleNamespace(row=desk, manager=make_adviser(desk), id=desk.id)


def old(desk: Any, **values: Any) -> Person:
    return make_person(
        desk=desk.row, created_at=LONG_AGO - timedelta(days=30), **{"last_contact_at": LONG_AGO, **values}
    )


def test_a_dry_run_lists_and_touches_nothing(desk: Any) -> None:
    due, recent = old(desk), make_person(desk=desk.row, last_contact_at=NOW - timedelta(days=700))
    assert retention.plan(now=NOW)["listed"] == 1
    assert {p: (i.action, i.outcome) for p, i in items().items()} == {
        due.id: (RetentionAction.ERASE, RetentionOutcome.PLANNED)
    }
    assert retention.carry_out(now=NOW) == {}
    for person in (due, recent):
        assert load(Person, person.id).erased_at is None


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (datetime(2024, 11, 20, 8, tzinfo=UTC), True),
        (datetime(2024, 11, 20, 22, 59, tzinfo=UTC), True),
        (datetime(2024, 11, 20, 23, 1, tzinfo=UTC), False),
        (datetime(2024, 11, 21, 8, tzinfo=UTC), False),
    ],
)
def test_a_file_is_due_two_years_after_the_day_of_the_last_contact(desk: Any, last: datetime, due: bool) -> None:
    person = old(desk, last_contact_at=last)
    retention.plan(now=NOW)
    assert (person.id in items()) is due


def test_the_time_is_the_setting_of_the_day(desk: Any) -> None:
    person = old(desk, last_contact_at=NOW - timedelta(days=365 * 2 + 30))
    make_value(RETENTION_MONTHS, 36, valid_from_on=TODAY)
    assert retention.plan(now=NOW - timedelta(days=1))["listed"] == 1
    retention.confirm(run_id=runs()[0].id, actor_id=desk.manager.id, now=NOW - timedelta(days=1))
    assert retention.carry_out(now=NOW) == {"skipped": 1}
    assert load(Person, person.id).erased_at is None
    assert not retention.plan(now=NOW)
    make_value(RETENTION_MONTHS, 12, valid_from_on=TODAY + timedelta(days=1))
    assert retention.plan(now=NOW + timedelta(days=1))["listed"] == 1


def test_the_pages_say_the_time_of_the_setting(app: Flask, desk: Any) -> None:
    chief = signed_in(app, make_adviser(desk.row, role=Role.MANAGER))
    told = {"/conservation": "2 ans après le dernier contact", "/donnees-personnelles": "2 ans après notre dernier"}
    for path, words in told.items():
        assert words in chief.get(path).text.replace("\u00a0", " ")
    make_value(RETENTION_MONTHS, 18, valid_from_on=date(2026, 1, 1))
    make_value(KEEP_YEARS, 12, valid_from_on=date(2026, 1, 1))
    for path, words in told.items():
        assert words.replace("2 ans", "18 mois") in chief.get(path).text.replace("\u00a0", " ")
    notice = chief.get("/donnees-personnelles").text.replace("\u00a0", " ")
    assert "Vos paiements : 12 ans après le dernier" in notice
    assert "Vos prêts : 5 ans après leur fin" in notice


def test_a_confirmed_list_is_carried_out_by_the_job(desk: Any, clock_room: Any) -> None:
    first, back = old(desk), old(desk)
    retention.plan(now=NOW)
    (run,) = runs()
    retention.confirm(run_id=run.id, actor_id=desk.manager.id, now=NOW)
    services.touch(person_id=back.id, now=NOW)
    result = jobs.run("people_retention")
    assert result.ok, result.error
    assert load(Person, first.id).erased_at is not None
    assert load(Person, back.id).erased_at is None
    assert items()[back.id].outcome is RetentionOutcome.SKIPPED
    (run,) = runs()
    assert run.state is RetentionState.DONE
    assert run.counts == {"erase": 1, "skipped": 1}
    assert run.confirmed_by_id == desk.manager.id


def test_a_longer_clock_archives_first_and_erases_when_it_is_over(desk: Any, clock_room: Any) -> None:
    person = old(desk)
    clock_room(date(2027, 6, 30))
    retention.plan(now=NOW)
    assert items()[person.id].action is RetentionAction.RESTRICT
    assert items()[person.id].keep_until_on == date(2027, 6, 30)
    retention.confirm(run_id=runs()[0].id, actor_id=desk.manager.id, now=NOW)
    retention.carry_out(now=NOW)
    assert load(Person, person.id).restricted_at == NOW
    retention.plan(now=NOW)
    assert len(runs()) == 1
    later = datetime(2027, 7, 1, 3, tzinfo=UTC)
    retention.plan(now=later)
    assert [run.state for run in runs()] == [RetentionState.DONE, RetentionState.PLANNED]
    retention.confirm(run_id=runs()[1].id, actor_id=desk.manager.id, now=later)
    retention.carry_out(now=later)
    assert load(Person, person.id).erased_at == later


def test_a_clock_that_began_since_the_list_was_read_archives_instead(desk: Any, clock_room: Any) -> None:
    person = old(desk)
    retention.plan(now=NOW)
    retention.confirm(run_id=runs()[0].id, actor_id=desk.manager.id, now=NOW)
    clock_room(date(2030, 1, 1))
    retention.carry_out(now=NOW)
    assert load(Person, person.id).erased_at is None
    assert load(Person, person.id).restricted_at == NOW


def test_a_file_kept_back_stays_half_a_year(desk: Any) -> None:
    kept, gone = old(desk), old(desk)
    retention.plan(now=NOW)
    with pytest.raises(ReasonNeeded):
        retention.keep_back(item_id=items()[kept.id].id, reason="  ", actor_id=desk.manager.id, now=NOW)
    retention.keep_back(item_id=items()[kept.id].id, reason="Gardée parce que", actor_id=desk.manager.id, now=NOW)
    with pytest.raises(ItemSettled):
        retention.keep_back(item_id=items()[kept.id].id, reason="Encore", actor_id=desk.manager.id, now=NOW)
    retention.plan(now=NOW)
    retention.confirm(run_id=runs()[0].id, actor_id=desk.manager.id, now=NOW)
    retention.carry_out(now=NOW)
    assert load(Person, kept.id).erased_at is None
    assert load(Person, gone.id).erased_at == NOW
    retention.plan(now=NOW + timedelta(days=100))
    assert len(runs()) == 1
    retention.plan(now=NOW + timedelta(days=200))
    assert len(runs()) == 2
    assert kept.id in items()


def test_the_list_follows_the_facts_until_it_is_confirmed(desk: Any) -> None:
    first, second = old(desk), old(desk)
    retention.plan(now=NOW)
    services.touch(person_id=first.id, now=NOW)
    retention.plan(now=NOW)
    assert set(items()) == {second.id}
    services.touch(person_id=second.id, now=NOW)
    retention.plan(now=NOW)
    assert runs()[0].state is RetentionState.ABANDONED
    with pytest.raises(ForbiddenTransition):
        retention.confirm(run_id=runs()[0].id, actor_id=desk.manager.id, now=NOW)


def test_carrying_out_goes_on_where_it_was_interrupted(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [old(desk) for _ in range(3)]
    retention.plan(now=NOW)
    retention.confirm(run_id=runs()[0].id, actor_id=desk.manager.id, now=NOW)
    real, calls = retention.erase_person, []

    def dies(**values: Any) -> None:
        calls.append(values)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(**values)

    monkeypatch.setattr(retention, "erase_person", dies)
    with pytest.raises(KeyboardInterrupt):
        retention.carry_out(now=NOW)
    monkeypatch.setattr(retention, "erase_person", real)
    assert retention.carry_out(now=NOW) == {"erase": 2}
    assert all(load(Person, person.id).erased_at == NOW for person in people)
    assert runs()[0].counts == {"erase": 3}


def test_the_managers_of_the_desk_are_told_once_that_a_list_waits(desk: Any) -> None:
    chief = make_adviser(desk.row, role=Role.MANAGER)
    make_adviser(make_desk(), role=Role.MANAGER)
    old(desk)
    for days in range(3):
        retention.plan(now=NOW + timedelta(days=days))
    (message,) = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "staff_alert")).all()
    assert message.recipient_id == chief.recipient_id
    assert message.params["url"].endswith(f"/conservation/{runs()[0].id}")
    assert "1 fiche à effacer ou à archiver" in message.params["text"]
    retention.confirm(run_id=runs()[0].id, actor_id=chief.id, now=NOW)
    retention.carry_out(now=NOW)
    old(desk)
    retention.plan(now=NOW)
    assert len(db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "staff_alert")).all()) == 2


def test_each_desk_has_its_own_list(desk: Any) -> None:
    other = make_desk()
    old(desk)
    make_person(desk=other, last_contact_at=LONG_AGO)
    retention.plan(now=NOW)
    assert {run.desk_id for run in runs()} == {desk.id, other.id}
