"""Phases with their history, handover notes, another adviser, another desk: one file, counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, true
from sqlalchemy.exc import IntegrityError

from mobility.accounts.policy import Role
from mobility.agenda import agreements
from mobility.agenda import queries as agenda
from mobility.agenda.parameters import CADENCE_DAYS, COACHING_CADENCE_DAYS
from mobility.agenda.rules import AttendanceState, Following
from mobility.agenda.services import Next, close
from mobility.caseload import errors, queries, services
from mobility.caseload.models import DeskMove, HandoverNote, PersonPhase
from mobility.caseload.rules import Coming
from mobility.core.clock import day_of
from mobility.core.db import db, load, transaction
from mobility.core.errors import StaleVersion
from mobility.journal.models import JournalEntry
from mobility.notifications.models import OutboxMessage
from mobility.organisations.figures import Window
from mobility.participation import services as participation
from mobility.participation.rules.exits import Outcome
from mobility.pathway import figures
from mobility.people import services as people
from mobility.people.kinds import Phase
from mobility.people.lifecycle import parts
from mobility.people.models import Person
from tests.factories.accounts import make_user
from tests.factories.agenda import NOW, THURSDAY, Agenda, a_person_at, get_visit, make_agenda
from tests.factories.desks import make_desk
from tests.factories.organisations import make_organisation
from tests.factories.parameters import make_value
from tests.factories.people import make_person

pytestmark = pytest.mark.usefixtures("app")
TODAY = day_of(NOW)


@pytest.fixture
def scene() -> Agenda:
    return make_agenda()


def set_phase(scene: Agenda, phase: Phase, **values: Any) -> None:
    known: dict[str, Any] = {"since_on": TODAY, "actor_id": scene.adviser.id, "now": NOW}
    services.set_phase(person_id=scene.person.id, phase=phase, **{**known, **values})


def kinds_of(person_id: int) -> list[str]:
    return list(
        db.session.scalars(
            select(JournalEntry.kind).where(JournalEntry.person_id == person_id).order_by(JournalEntry.id)
        )
    )


def told(template: str) -> list[OutboxMessage]:
    db.session.expire_all()
    query = select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id)
    return list(db.session.scalars(query))


# ---- phases


def test_a_phase_is_kept_with_its_day_and_whoever_set_it(scene: Agenda) -> None:
    set_phase(scene, Phase.DIAGNOSIS, reason="Premier rendez-vous tenu")
    set_phase(scene, Phase.COACHING)
    person = load(Person, scene.person.id)
    assert (person.phase, person.phase_since_on) == (Phase.COACHING, TODAY)
    history = [(row.phase, row.since_on, name, row.reason) for row, name in queries.list_phases([person.id])]
    assert history == [
        (Phase.COACHING, TODAY, "Claire Dupont", ""),
        (Phase.DIAGNOSIS, TODAY, "Claire Dupont", "Premier rendez-vous tenu"),
    ]
    assert {"caseload.phase_diagnosis", "caseload.phase_coaching"} <= set(kinds_of(person.id))


@pytest.mark.parametrize(
    ("phase", "since_on", "refusal"),
    [
        (Phase.WELCOME, TODAY, errors.AlreadyInPhase),
        (Phase.COACHING, TODAY + timedelta(days=1), errors.PhaseDateInvalid),
        (Phase.COACHING, date(2020, 1, 1), errors.PhaseDateInvalid),
    ],
)
def test_a_phase_that_makes_no_sense_is_refused(
    scene: Agenda, phase: Phase, since_on: date, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        set_phase(scene, phase, since_on=since_on)


def test_two_who_set_a_phase_at_once_are_told_apart(scene: Agenda) -> None:
    seen = load(Person, scene.person.id).version
    set_phase(scene, Phase.DIAGNOSIS, version=seen)
    with pytest.raises(StaleVersion):
        set_phase(scene, Phase.COACHING, version=seen)


def due_on(scene: Agenda, on: date) -> list[date]:
    found = agenda.list_lapsed(visible=true(), now=NOW + (on - TODAY))
    return [one.due_on for one in found if one.person_id == scene.person.id]


def test_a_person_who_left_is_not_waited_for(scene: Agenda) -> None:
    met = scene.book()
    close(
        attendance_id=met, state=AttendanceState.PRESENT, following=Next(Following.DATE, on=day_of(THURSDAY) + timedelta(days=3)),
        actor_id=None, now=THURSDAY + timedelta(hours=2),
    )  # fmt: skip
    later = day_of(THURSDAY) + timedelta(days=10)
    assert due_on(scene, later) == [day_of(THURSDAY) + timedelta(days=3)]
    set_phase(scene, Phase.LEFT)
    assert due_on(scene, later) == []


@pytest.mark.parametrize(
    ("phase", "since_on", "days"),
    [
        (Phase.WELCOME, TODAY, 30),
        (Phase.COACHING, TODAY, 7),
        (Phase.COACHING, TODAY - timedelta(days=100), 45),  # three months are over: as the desk sets it
        (Phase.FOLLOW_UP, TODAY, 45),
        (Phase.WATCH, TODAY, 90),
    ],
)
def test_the_cadence_is_that_of_the_phase(scene: Agenda, phase: Phase, since_on: date, days: int) -> None:
    make_value(CADENCE_DAYS, 45, desk_id=scene.desk.id, valid_from_on=date(2026, 1, 1))
    with transaction():
        person = load(Person, scene.person.id)
        person.phase, person.phase_since_on = phase, since_on
    assert agenda.cadence_of(scene.person.id, on=TODAY, coached=False) == days


@pytest.fixture
def asked_payers() -> Iterator[None]:
    """Another finder than the application's for one test."""
    before = list(agreements._FINDERS)
    yield
    agreements._FINDERS[:] = before


@pytest.mark.usefixtures("asked_payers")
def test_an_agreement_sets_its_own_cadence(scene: Agenda) -> None:
    department = make_organisation(name="Département")
    agreements.set_finder(lambda ids: {one: department.id for one in ids if one == scene.person.id})
    set_phase(scene, Phase.COACHING)
    make_value(COACHING_CADENCE_DAYS, 14, organisation_id=department.id, valid_from_on=date(2026, 1, 1))
    make_value(COACHING_CADENCE_DAYS, 10, desk_id=scene.desk.id, valid_from_on=date(2026, 1, 1))
    assert agenda.cadence_of(scene.person.id, on=TODAY, coached=False) == 14
    other = a_person_at(scene.desk, scene.adviser)
    services.set_phase(person_id=other.id, phase=Phase.COACHING, since_on=TODAY, actor_id=None, now=NOW)
    assert agenda.cadence_of(other.id, on=TODAY, coached=False) == 10


# ---- handover


def test_a_note_waits_until_whoever_takes_over_has_read_it(scene: Agenda) -> None:
    note_id = services.write_handover(
        person_id=scene.person.id,
        to_user_id=scene.manager.id,
        text=" Préfère les matins. ",
        actor_id=scene.adviser.id,
        now=NOW,
    )
    assert [row.note.text for row in queries.unread_about([scene.person.id])] == ["Préfère les matins."]
    assert [row.author for row in queries.unread_by(scene.manager.id)] == ["Claire Dupont"]
    assert [row.recipient_id for row in told("staff_alert")] == [scene.manager.recipient_id]
    with pytest.raises(errors.NotYourNote):
        services.read_handover(note_id=note_id, actor_id=scene.adviser.id, now=NOW)
    for _twice in range(2):
        services.read_handover(note_id=note_id, actor_id=scene.manager.id, now=NOW + timedelta(hours=1))
    assert queries.unread_about([scene.person.id]) == []
    assert kinds_of(scene.person.id).count("caseload.handover_read") == 1


def test_a_note_says_something(scene: Agenda) -> None:
    with pytest.raises(errors.NoteEmpty):
        services.write_handover(
            person_id=scene.person.id, to_user_id=scene.manager.id, text="  ", actor_id=None, now=NOW
        )


# ---- transfers


def transfer(scene: Agenda, desk_id: int, user_id: int, **values: Any) -> None:
    known: dict[str, Any] = {
        "reason": "Elle a déménagé.",
        "coming": Coming.KEEP,
        "actor_id": scene.adviser.id,
        "now": NOW,
    }
    services.transfer(person_id=scene.person.id, desk_id=desk_id, referent_user_id=user_id, **{**known, **values})


def test_a_person_who_changes_desk_keeps_one_file_its_history_and_is_counted_once(scene: Agenda) -> None:
    caudry = make_desk("Caudry")
    there = make_user(Role.ADVISER, desk_id=caudry.id, name="Bruno Lemaire")
    created = day_of(load(Person, scene.person.id).created_at)
    transfer(scene, caudry.id, there.id, note="Attend son permis.")
    person = load(Person, scene.person.id)
    assert (person.desk_id, person.referent_user_id) == (caudry.id, there.id)
    ((move, origin, target),) = queries.list_moves([person.id])
    assert (origin, target, move.reason) == ("Denain", "Caudry", "Elle a déménagé.")
    assert {"caseload.moved_desk", "caseload.referent_changed", "caseload.handover_written"} <= set(kinds_of(person.id))
    assert [row.params["adviser"] for row in told("referent_changed")] == ["Bruno Lemaire"]
    windows = [
        Window(1, 1, created, created, frozenset({scene.desk.id})),
        Window(2, 1, created, created, frozenset({caudry.id})),
        Window(3, 1, created, created, None),
    ]
    counted = figures.people_met(windows)
    assert [counted.get(number, 0) for number in (1, 2, 3)] == [1, 0, 1]


def test_appointments_ahead_are_kept_or_cancelled_with_an_invitation(scene: Agenda) -> None:
    caudry = make_desk("Caudry")
    there = make_user(Role.ADVISER, desk_id=caudry.id)
    kept = scene.book()
    transfer(scene, caudry.id, there.id)
    assert get_visit(kept)[0].state is AttendanceState.EXPECTED
    transfer(scene, scene.desk.id, scene.adviser.id, coming=Coming.INVITE, now=NOW + timedelta(minutes=1))
    assert get_visit(kept)[0].state is AttendanceState.CANCELLED
    assert len(told("appointment_invitation")) == 1


def test_what_a_transfer_refuses(scene: Agenda) -> None:
    caudry = make_desk("Caudry")
    there = make_user(Role.ADVISER, desk_id=caudry.id)
    with pytest.raises(errors.SameDesk):
        transfer(scene, scene.desk.id, scene.adviser.id)
    with pytest.raises(errors.ReasonMissing):
        transfer(scene, caudry.id, there.id, reason=" ")
    with pytest.raises(errors.AdviserUnfit):
        transfer(scene, caudry.id, scene.adviser.id)
    people.protect(
        person_id=scene.person.id, user_ids=[scene.adviser.id], reason=None, actor_id=scene.adviser.id, now=NOW
    )
    with pytest.raises(errors.AdviserUnfit):
        transfer(scene, caudry.id, there.id)
    assert load(Person, scene.person.id).desk_id == scene.desk.id


def test_a_colleague_takes_over_once_and_everybody_is_told(scene: Agenda) -> None:
    values = {"person_id": scene.person.id, "from_user_id": scene.adviser.id, "to_user_id": scene.manager.id}
    services.reassign(**values, actor_id=scene.manager.id, now=NOW)
    assert load(Person, scene.person.id).referent_user_id == scene.manager.id
    assert len(told("referent_changed")) == 1
    assert {row.recipient_id for row in told("staff_alert")} == {scene.adviser.recipient_id, scene.manager.recipient_id}
    with pytest.raises(errors.ReferentMoved):
        services.reassign(**values, actor_id=scene.manager.id, now=NOW)


# ---- a person's life


def test_histories_follow_a_merge_are_exported_and_lose_their_words(scene: Agenda) -> None:
    caudry = make_desk("Caudry")
    there = make_user(Role.ADVISER, desk_id=caudry.id)
    set_phase(scene, Phase.DIAGNOSIS, reason="secret de phase")
    transfer(scene, caudry.id, there.id, note="secret de passation", reason="secret de transfert")
    kept = make_person(desk=caudry)
    people.merge_persons(kept_id=kept.id, merged_id=scene.person.id, actor_id=there.id, now=NOW)
    part = next(one for one in parts() if one.room == "caseload")
    assert part.export is not None
    assert part.erase is not None
    said = str([row for one in part.export(person_id=kept.id) for row in one.rows])
    assert all(
        word in said
        for word in ("secret de phase", "secret de passation", "secret de transfert", "Diagnostic", "Caudry")
    )
    for _twice in range(2):
        with transaction():
            part.erase(person_id=kept.id, now=NOW)
    assert "secret" not in str([row for one in part.export(person_id=kept.id) for row in one.rows])
    assert db.session.scalars(select(PersonPhase.phase).where(PersonPhase.person_id == kept.id)).all() == [
        Phase.DIAGNOSIS
    ]


@pytest.mark.parametrize(
    ("breach", "constraint"),
    [
        (
            lambda scene: HandoverNote(person_id=scene.person.id, to_user_id=scene.adviser.id, text="", written_at=NOW),
            "says_something",
        ),
        (
            lambda scene: HandoverNote(
                person_id=scene.person.id,
                to_user_id=scene.adviser.id,
                text="x",
                written_at=NOW,
                read_at=NOW - timedelta(days=1),
            ),
            "read_after_writing",
        ),
        (
            lambda scene: DeskMove(
                person_id=scene.person.id, from_desk_id=scene.desk.id, to_desk_id=scene.desk.id, moved_at=NOW
            ),
            "somewhere_else",
        ),
    ],
)
def test_the_database_refuses_what_must_never_be(scene: Agenda, breach: Any, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction() as session:
        session.add(breach(scene))


def test_an_exit_and_a_return_take_the_phase_with_them(scene: Agenda) -> None:
    set_phase(scene, Phase.FOLLOW_UP)
    departure_id = participation.leave(
        person_id=scene.person.id, left_on=TODAY, outcome=next(iter(Outcome)), actor_id=scene.adviser.id, now=NOW
    )
    assert load(Person, scene.person.id).phase is Phase.LEFT
    participation.come_back(departure_id=departure_id, returned_on=TODAY, actor_id=scene.adviser.id, now=NOW)
    assert load(Person, scene.person.id).phase is Phase.WELCOME
