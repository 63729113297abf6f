"""Starting, answering, overriding, finishing: who said what stays known, and nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mobility.core import clock
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.errors import ForbiddenTransition, NotFound, RuleViolation, StaleVersion
from mobility.core.privacy import NirRefused
from mobility.diagnosis import lifecycle, queries, services
from mobility.diagnosis.barriers import Barrier, Limits
from mobility.diagnosis.errors import (
    AlreadyOpen,
    AnswerInvalid,
    NoneOrSome,
    NotForPerson,
    NothingAnswered,
    NotOpen,
    NotTheLast,
    ReasonNeeded,
)
from mobility.diagnosis.models import Diagnosis, DiagnosisAnswer, DiagnosisOverride
from mobility.diagnosis.queries import find_findings, standing_of
from mobility.diagnosis.rules import AbandonReason, Author, Moment, State
from mobility.journal.models import JournalEntry
from mobility.notifications.models import OutboxMessage
from mobility.people.kinds import LicenceCategory, PersonStatus, ReadingEase
from tests.factories.diagnosis import NOW
from tests.factories.people import add_licence, make_person
from tests.integration.diagnosis.conftest import Room

TODAY = day_of(NOW)


def given(diagnosis_id: int) -> dict[str, tuple[Any, Author]]:
    db.session.expire_all()
    filled = queries.fill(queries.get_diagnosis(diagnosis_id), today=TODAY)
    return {code: (one.value, one.author) for code, one in filled.given.items()}


def kinds_of(person_id: int) -> list[str]:
    return list(
        db.session.scalars(
            select(JournalEntry.kind).where(JournalEntry.person_id == person_id).order_by(JournalEntry.id)
        )
    )


def later(minutes: int) -> Any:
    return lambda: NOW + timedelta(minutes=minutes)


# ---- what the file knows


def test_what_the_file_knows_is_carried_over_and_said_to_be_so(room: Room) -> None:
    person = make_person(desk=room.desk, status=PersonStatus.RSA, reading_ease=ReadingEase.SLOW)
    add_licence(person, LicenceCategory.B)
    known = given(room.start(person_id=person.id))
    assert known == {
        "status": ("rsa", Author.FILE), "licence": ("b", Author.FILE), "reads": ("slow", Author.FILE),
    }  # fmt: skip


def test_what_a_file_says_by_default_is_asked(room: Room) -> None:
    assert given(room.start()) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "b"),
        ({"codes": ["78"]}, "automatic"),
        ({"suspended_from_on": date(2026, 11, 1), "suspended_until_on": date(2027, 3, 1)}, "suspended"),
        ({"suspended_from_on": date(2026, 12, 1), "suspended_until_on": date(2027, 3, 1)}, "b"),
        ({"suspended_from_on": date(2026, 1, 1), "suspended_until_on": date(2026, 3, 1)}, "b"),
        ({"country": "UA", "exchange_due_on": date(2027, 1, 1)}, "foreign"),
    ],
)
def test_a_licence_is_read_as_it_stands_today(room: Room, values: dict[str, Any], expected: str) -> None:
    add_licence(room.person, LicenceCategory.B, **values)
    assert given(room.start())["licence"] == (expected, Author.FILE)


def test_a_scooter_licence_leaves_the_car_licence_to_be_asked(room: Room) -> None:
    add_licence(room.person, LicenceCategory.AM)
    assert given(room.start())["licence"] == ("small", Author.FILE)


# ---- answers


def test_each_answer_has_its_author_and_a_correction_keeps_what_was_said(room: Room) -> None:
    diagnosis_id = room.start()
    assert room.tell(diagnosis_id, licence="none").items == ("licence",)
    clock.source = later(5)
    room.answer(diagnosis_id, licence="suspended", cost="tight")
    assert given(diagnosis_id) == {"licence": ("suspended", Author.ADVISER), "cost": ("tight", Author.ADVISER)}
    history = [(one.item, one.value, one.author_name, one.superseded_at) for one in queries.history_of(diagnosis_id)]
    assert history == [
        ("licence", "none", "la personne", NOW + timedelta(minutes=5)),
        ("licence", "suspended", "Claire Dupont", None),
        ("cost", "tight", "Claire Dupont", None),
    ]


def test_an_answer_that_is_repeated_stays_its_first_author_s(room: Room) -> None:
    diagnosis_id = room.start()
    room.tell(diagnosis_id, licence="none")
    assert room.answer(diagnosis_id, licence="none").items == ()
    assert given(diagnosis_id)["licence"] == ("none", Author.PERSON)


def test_an_answer_can_be_taken_back(room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, goal_km=None)
    room.answer(diagnosis_id, budget=5000)
    room.answer(diagnosis_id, budget=None)
    assert given(diagnosis_id)["budget"][0] is None
    assert queries.fill(queries.get_diagnosis(diagnosis_id), today=TODAY).answers == {}


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"licence": "boat"}, AnswerInvalid),
        ({"licence": ["b"]}, AnswerInvalid),
        ({"cannot": "night"}, AnswerInvalid),
        ({"cannot": ["flying"]}, AnswerInvalid),
        ({"cannot": ["night", "none"]}, NoneOrSome),
        ({"children": 16}, AnswerInvalid),
        ({"children": True}, AnswerInvalid),
        ({"children": "2"}, AnswerInvalid),
        ({"goal_on": "demain"}, AnswerInvalid),
        ({"goal_on": 3}, AnswerInvalid),
        ({"wish": 3}, AnswerInvalid),
        ({"nothing": "x"}, NotFound),
        ({"wish": "Mon numéro est 1 84 12 76 451 089 46"}, NirRefused),
    ],
)
def test_what_a_question_does_not_allow_is_refused(room: Room, values: dict[str, Any], error: type[Exception]) -> None:
    diagnosis_id = room.start()
    with pytest.raises(error):
        room.answer(diagnosis_id, **values)
    assert given(diagnosis_id) == {}


def test_the_person_answers_only_what_may_be_answered_alone(room: Room) -> None:
    diagnosis_id = room.start()
    with pytest.raises(NotForPerson):
        room.tell(diagnosis_id, debts="file")
    room.answer(diagnosis_id, debts="file")


def test_several_answers_are_kept_in_the_order_of_the_question(room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, cannot=["climb", "night", "night"])
    assert given(diagnosis_id)["cannot"][0] == ["night", "climb"]


def test_a_page_that_repeats_an_old_answer_does_not_undo_a_newer_one(room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, licence="none", cost="fine")
    seen = max(one.id for one in queries.history_of(diagnosis_id))
    room.tell(diagnosis_id, licence="b", phone="smart")
    saved = services.save(
        diagnosis_id=diagnosis_id,
        values={"licence": "none", "cost": "tight", "phone": None},
        author=Author.ADVISER,
        user_id=room.adviser.id,
        now=NOW,
        seen=seen,
    )
    assert saved == services.Saved(("cost",), ("licence", "phone"))
    assert {code: value for code, (value, _author) in given(diagnosis_id).items()} == {
        "licence": "b", "cost": "tight", "phone": "smart",
    }  # fmt: skip
    # What was really changed on the old page wins: the last answer counts.
    last = services.save(
        diagnosis_id=diagnosis_id,
        values={"licence": "suspended"},
        author=Author.ADVISER,
        user_id=room.adviser.id,
        now=NOW,
        seen=seen,
    )
    assert last.items == ("licence",)


# ---- the life of a diagnosis


def test_a_person_has_one_diagnosis_in_hand(room: Room) -> None:
    room.start()
    with pytest.raises(AlreadyOpen):
        room.start()


def test_a_finished_diagnosis_keeps_what_it_found_and_takes_no_more_answers(room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, licence="none", learning="no", cannot=["night"], equipment="no", budget=4000)
    services.finish(diagnosis_id=diagnosis_id, actor_id=room.adviser.id, now=NOW)
    found = find_findings(person_id=room.person.id)
    assert found is not None
    assert found.barriers[0].barrier is Barrier.LICENCE
    assert found.limits == Limits(no_night=True, monthly_cents=4000)
    with pytest.raises(NotOpen):
        room.answer(diagnosis_id, licence="b")
    with pytest.raises(ForbiddenTransition):
        services.finish(diagnosis_id=diagnosis_id, actor_id=room.adviser.id, now=NOW)
    assert kinds_of(room.person.id)[-2:] == ["diagnosis.started", "diagnosis.finished"]


def test_nothing_answered_finds_nothing_and_is_not_finished(room: Room) -> None:
    with pytest.raises(NothingAnswered):
        services.finish(diagnosis_id=room.start(), actor_id=room.adviser.id, now=NOW)


def test_finishing_from_an_old_page_is_noticed(room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, licence="b")
    version = queries.get_diagnosis(diagnosis_id).version
    services.prepared(diagnosis_id=diagnosis_id, user_id=None, now=NOW)
    with pytest.raises(StaleVersion):
        services.finish(diagnosis_id=diagnosis_id, actor_id=room.adviser.id, now=NOW, version=version)


def test_only_the_last_diagnosis_is_reopened_and_one_at_a_time(room: Room) -> None:
    first = room.start()
    room.answer(first, licence="b")
    services.finish(diagnosis_id=first, actor_id=room.adviser.id, now=NOW)
    clock.source = later(60)
    second = room.start(moment=Moment.END)
    with pytest.raises(AlreadyOpen):
        services.reopen(diagnosis_id=first, actor_id=room.adviser.id, now=clock.now())
    room.answer(second, licence="b")
    services.finish(diagnosis_id=second, actor_id=room.adviser.id, now=clock.now())
    with pytest.raises(NotTheLast):
        services.reopen(diagnosis_id=first, actor_id=room.adviser.id, now=clock.now())
    services.reopen(diagnosis_id=second, actor_id=room.adviser.id, now=clock.now())
    assert standing_of([room.person.id]).open_id == second
    found = find_findings(person_id=room.person.id)
    assert found is not None
    assert found.diagnosis_id == first


def test_a_diagnosis_is_abandoned_with_a_reason(room: Room) -> None:
    diagnosis_id = room.start()
    act = {"diagnosis_id": diagnosis_id, "actor_id": room.adviser.id, "now": NOW}
    with pytest.raises(ReasonNeeded):
        services.abandon(reason=AbandonReason.OTHER, note=" ", **act)
    services.abandon(reason=AbandonReason.OTHER, note="Elle préfère attendre", **act)
    row = db.session.get_one(Diagnosis, diagnosis_id, populate_existing=True)
    assert (row.state, row.abandon_note) == (State.ABANDONED, "Elle préfère attendre")
    assert room.start() != diagnosis_id


def test_the_person_takes_up_the_diagnosis_that_is_in_hand(room: Room) -> None:
    diagnosis_id = room.start()
    assert services.start_alone(person_id=room.person.id, user_id=room.own.id, now=NOW) == diagnosis_id
    services.prepared(diagnosis_id=diagnosis_id, user_id=room.own.id, now=NOW)
    services.prepared(diagnosis_id=diagnosis_id, user_id=room.own.id, now=NOW)
    assert kinds_of(room.person.id).count("diagnosis.prepared") == 1
    assert standing_of([room.person.id]).prepared_at == NOW


def test_a_person_who_begins_again_is_in_the_middle_of_the_pathway(room: Room) -> None:
    first = services.start_alone(person_id=room.person.id, user_id=room.own.id, now=NOW)
    assert queries.get_diagnosis(first).moment is Moment.START
    room.answer(first, licence="b")
    services.finish(diagnosis_id=first, actor_id=room.adviser.id, now=NOW)
    second = services.start_alone(person_id=room.person.id, user_id=room.own.id, now=NOW)
    assert queries.get_diagnosis(second).moment is Moment.MIDWAY


def test_the_invitation_carries_a_link_and_no_name(room: Room) -> None:
    diagnosis_id = room.start()
    services.invite(diagnosis_id=diagnosis_id, actor_id=room.adviser.id, now=NOW)
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.person_id == room.person.id)).one()
    assert message.template == "diagnosis_prepare"
    assert "/preparer/" in message.params["link"]
    assert queries.get_diagnosis(diagnosis_id).invited_at == NOW


# ---- scores


def test_an_override_keeps_both_values_who_and_when(room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, licence="none", learning="no")
    act = {"diagnosis_id": diagnosis_id, "dimension": "licence", "actor_id": room.adviser.id, "now": NOW}
    with pytest.raises(ReasonNeeded):
        services.override(value=2, reason=" ", **act)
    services.override(value=2, reason="Le permis est en cours ailleurs", **act)
    services.override(value=3, reason="Il l’a eu hier", **act)
    lines = queries.override_history(diagnosis_id)
    assert [(one.value, one.computed, one.by_name, one.withdrawn_at is None) for one in lines] == [
        (2, 0, "Claire Dupont", False),
        (3, 0, "Claire Dupont", True),
    ]
    services.finish(diagnosis_id=diagnosis_id, actor_id=room.adviser.id, now=NOW)
    kept = queries.get_diagnosis(diagnosis_id).findings
    assert kept is not None
    score = next(one for one in kept["scores"] if one["dimension"] == "licence")
    assert (score["value"], score["computed"], score["reason"]) == (3, 0, "Il l’a eu hier")
    assert kept["barriers"] == []


def test_going_back_to_the_computed_score_needs_no_reason(room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, licence="b")
    act = {"diagnosis_id": diagnosis_id, "dimension": "licence", "actor_id": room.adviser.id, "now": NOW}
    services.override(value=2, reason="Il hésite", **act)
    services.override(value=None, reason=None, **act)
    assert queries.overrides_of(diagnosis_id) == {}


@pytest.mark.parametrize(("dimension", "value"), [("weather", 2), ("licence", 5), ("licence", -1)])
def test_a_score_that_cannot_be_is_refused(room: Room, dimension: str, value: int) -> None:
    with pytest.raises((NotFound, RuleViolation)):
        services.override(
            diagnosis_id=room.start(), dimension=dimension, value=value, reason="x", actor_id=room.adviser.id, now=NOW
        )


# ---- a person's life


def test_an_erased_person_leaves_no_answer_and_no_reason(room: Room) -> None:
    diagnosis_id = room.start()
    room.answer(diagnosis_id, licence="none", learning="no", wish="Voir ma sœur")
    services.override(
        diagnosis_id=diagnosis_id,
        dimension="licence",
        value=1,
        reason="Sa sœur l’aide",
        actor_id=room.adviser.id,
        now=NOW,
    )
    services.finish(diagnosis_id=diagnosis_id, actor_id=room.adviser.id, now=NOW)
    lifecycle.erase(person_id=room.person.id, now=NOW)
    db.session.expire_all()
    assert db.session.scalars(select(DiagnosisAnswer)).all() == []
    assert [row.reason for row in db.session.scalars(select(DiagnosisOverride))] == ["effacé"]
    assert "sœur" not in str(queries.get_diagnosis(diagnosis_id).findings)


def test_the_export_gives_every_answer_with_its_author(room: Room) -> None:
    diagnosis_id = room.start()
    room.tell(diagnosis_id, licence="none")
    sheets = list(lifecycle.export(person_id=room.person.id))
    answers = next(sheet for sheet in sheets if sheet.title.startswith("Réponses"))
    assert [(row["question"], row["answer"], row["author"]) for row in answers.rows] == [
        ("Permis", "Pas de permis", "la personne")
    ]
