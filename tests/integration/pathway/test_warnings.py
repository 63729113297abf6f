"""Messages that nobody asked for: journeys that nobody carries, hours that are not known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.db import db, load
from mobility.notifications.kinds import Channel, MessageClass, MessageState
from mobility.notifications.models import OutboxMessage
from mobility.pathway import aid, queries, services
from mobility.pathway.coverage import LegKey
from mobility.pathway.models import Objective
from mobility.pathway.parameters import GAP_NOTICE_DAYS
from mobility.pathway.roster import Unknown
from mobility.pathway.rules import ObjectiveAction, ObjectiveKind, StepState
from mobility.pathway.services import warnings
from mobility.people.models import Person
from tests.factories.desks import make_desk
from tests.factories.parameters import make_value
from tests.factories.pathway import MONDAY, a_roster, a_step, an_objective
from tests.factories.people import add_contact, make_adviser, make_person
from tests.integration.pathway.conftest import TestAid
from tests.integration.pathway.pages import text

# Work is on weekdays from 5 h to 13 h, Paris; Nadia has a car until Wednesday afternoon.
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAST_CARRIED_AT = datetime(2026, 11, 25, 16, tzinfo=UTC)
THURSDAY_AT = datetime(2026, 11, 26, 4, tzinfo=UTC)


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    desk = make_desk(name="Denain", phone="+33327000000")
    adviser, manager = make_adviser(desk), make_adviser(desk, role=Role.MANAGER)
    person = make_person("Nadia", "Leroy", desk=desk, referent_user_id=adviser.id)
    add_contact(person, Channel.SMS, "+33639981234")
    objective_id = an_objective(person.id)
    a_roster(objective_id)
    a_step(person.id, objective_id)
    return SimpleNamespace(desk=desk, adviser=adviser, manager=manager, person=person, objective_id=objective_id)


def sent(template: str = "pathway_gap") -> Sequence[OutboxMessage]:
    db.session.expire_all()
    return db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id)
    ).all()


def run(now: datetime) -> dict[str, int]:
    return dict(warnings.warn_of_gaps(now=now))


def test_the_adviser_is_told_first_then_the_person_and_each_once(scene: Any) -> None:
    assert run(THURSDAY_AT - timedelta(days=11)) == {"due": 0, "queued": 0, "staff": 0, "cancelled": 0}
    assert run(THURSDAY_AT - timedelta(days=10)) == {"due": 1, "queued": 0, "staff": 1, "cancelled": 0}
    assert run(SUNDAY) == {"due": 1, "queued": 0, "staff": 0, "cancelled": 0}
    monday = datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert run(monday) == {"due": 1, "queued": 1, "staff": 0, "cancelled": 0}
    (message,) = sent()
    assert (message.recipient_id, message.message_class) == (scene.person.recipient_id, MessageClass.NORMAL)
    assert message.params["what"] == "À partir du 26 novembre, plus de solution pour l’équipe du matin"
    assert (message.params["day"], message.params["instead"]) == ("jeudi 26 novembre", "")
    assert message.params["others"] > 7
    assert message.params["phone"] == "+33327000000"
    assert message.expires_at == THURSDAY_AT
    (alert,) = sent("staff_alert")
    assert alert.recipient_id == scene.adviser.recipient_id
    assert alert.params["url"].endswith(f"/objectifs/{scene.objective_id}/solutions")
    assert "Nadia" not in str(alert.params)
    hour = monday
    while hour < datetime(2026, 12, 4, tzinfo=UTC):
        hour += timedelta(hours=5)
        assert run(hour)["queued"] == 0
    assert len(sent()) == len(sent("staff_alert")) == 1


def test_a_gap_within_a_day_is_urgent(scene: Any) -> None:
    run(THURSDAY_AT - timedelta(hours=24))
    assert {message.message_class for message in (*sent(), *sent("staff_alert"))} == {MessageClass.URGENT}


def test_a_gap_that_is_a_day_and_more_ahead_is_not(scene: Any) -> None:
    run(THURSDAY_AT - timedelta(hours=24, minutes=1))
    assert {message.message_class for message in (*sent(), *sent("staff_alert"))} == {MessageClass.NORMAL}


def test_both_are_told_what_could_carry_the_days_instead(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[LegKey]] = []

    class Fallback(TestAid):
        def fallback(self, *, objective_id: int, legs: Sequence[LegKey], now: datetime) -> Sequence[aid.Offer]:
            asked.append(legs)
            few, many = frozenset(legs[:1]), frozenset(legs)
            blocked = aid.Offer(self.kind, "Vélo", (aid.Reason("Trop loin"),), covers=many)
            return [aid.Offer(self.kind, "Covoiturage", covers=few), blocked, aid.Offer(self.kind, "Prêt", covers=many)]

    monkeypatch.setattr(aid, "_AIDS", {"test_aid": Fallback()})
    assert jobs.run("pathway_gaps", now=THURSDAY_AT - timedelta(days=2)).counts["queued"] == 1
    assert asked[0][0].shift_on == date(2026, 11, 26)
    assert sent()[0].params["instead"] == "Prêt"
    assert (
        sent("staff_alert")[0]
        .params["text"]
        .endswith("plus de solution pour l’équipe du matin. Solution possible : Prêt.")
    )


def test_the_notice_is_the_setting_of_the_desk(scene: Any) -> None:
    make_value(GAP_NOTICE_DAYS, 5, desk_id=make_desk().id)
    assert run(SUNDAY)["queued"] == 0
    make_value(GAP_NOTICE_DAYS, 5, desk_id=scene.desk.id)
    assert run(SUNDAY)["queued"] == 1


def test_a_gap_that_is_closed_calls_its_messages_back(scene: Any) -> None:
    now = THURSDAY_AT - timedelta(days=2)
    run(now)
    a_step(scene.person.id, scene.objective_id, aid_ref=2, starts_at=LAST_CARRIED_AT, ends_at=None)
    assert run(now + timedelta(minutes=30)) == {"due": 0, "queued": 0, "staff": 0, "cancelled": 2}
    assert {row.state for row in (*sent(), *sent("staff_alert"))} == {MessageState.CANCELLED}


def test_an_aid_that_is_lost_opens_a_gap_of_its_own(scene: Any) -> None:
    step = a_step(scene.person.id, scene.objective_id, aid_ref=2, starts_at=LAST_CARRIED_AT, ends_at=None)
    now = THURSDAY_AT - timedelta(days=10)
    assert run(now)["due"] == 0
    a_step(
        scene.person.id, scene.objective_id, aid_ref=2, starts_at=LAST_CARRIED_AT, ends_at=None, state=StepState.DROPPED
    )
    assert step
    assert run(THURSDAY_AT - timedelta(hours=3))["queued"] == 1
    assert sent()[0].message_class is MessageClass.URGENT


@pytest.mark.parametrize("trait", ["archived", "merged", "dropped", "unknown hours"])
def test_nobody_is_told_of_what_no_longer_stands(scene: Any, trait: str) -> None:
    now = THURSDAY_AT - timedelta(days=2)
    if trait == "archived":
        from mobility.people import services as people

        people.restrict_person(person_id=scene.person.id, actor_id=None, now=SUNDAY)
    elif trait == "merged":
        from mobility.people import services as people

        kept = make_person(desk=scene.desk, archived=True)
        people.merge_persons(kept_id=kept.id, merged_id=scene.person.id, actor_id=scene.adviser.id, now=SUNDAY)
        people.restrict_person(person_id=kept.id, actor_id=None, now=SUNDAY)
    elif trait == "dropped":
        services.change_objective_state(
            objective_id=scene.objective_id, action=ObjectiveAction.DROP, version=None, actor_id=None, now=SUNDAY
        )
    else:
        a_roster(scene.objective_id, Unknown(), valid_from_on=date(2026, 11, 26))
    assert run(now)["queued"] == 0
    assert sent() == sent("staff_alert") == []


def test_of_a_protected_file_its_named_staff_alone_are_told(scene: Any) -> None:
    named = make_adviser(scene.desk, name="Nommée")
    from mobility.people import services as people

    people.protect(person_id=scene.person.id, user_ids=[named.id], reason=None, actor_id=scene.manager.id, now=SUNDAY)
    run(THURSDAY_AT - timedelta(days=2))
    assert [row.recipient_id for row in sent("staff_alert")] == [named.recipient_id]


def test_without_a_referent_the_managers_are_told(scene: Any) -> None:
    person = make_person("Ali", "Sans-Référent", desk=scene.desk, referent_user_id=None)
    objective_id = an_objective(person.id)
    a_roster(objective_id)
    run(datetime(2026, 11, 21, 12, tzinfo=UTC))
    told = [row.recipient_id for row in sent("staff_alert") if row.person_id == person.id]
    assert told == [scene.manager.recipient_id]


def test_the_number_of_questions_does_not_grow_with_the_people(scene: Any, count_queries: Any) -> None:
    def asked() -> int:
        with count_queries() as seen:
            assert run(THURSDAY_AT - timedelta(days=12))["due"] == 0
        return int(seen.total)

    alone = asked()
    for _ in range(6):
        person = make_person(desk=scene.desk)
        objective_id = an_objective(person.id)
        a_roster(objective_id)
        a_step(person.id, objective_id, aid_ref=objective_id + 100)
    assert asked() == alone


def test_the_jobs_are_known(scene: Any) -> None:
    assert jobs.run("pathway_gaps", now=THURSDAY_AT - timedelta(days=1)).counts["queued"] == 1
    assert jobs.run("pathway_hours", now=SUNDAY).counts == {"due": 0, "queued": 0}


# ---- hours


def ask(now: datetime) -> dict[str, int]:
    return dict(warnings.ask_for_hours(now=now))


@pytest.fixture
def unknown(scene: Any) -> SimpleNamespace:
    a_roster(scene.objective_id, Unknown(), now=SUNDAY)
    return SimpleNamespace(**vars(scene), asked_at=SUNDAY + timedelta(days=15))


def link_of(message: OutboxMessage) -> str:
    return "/h/" + str(message.params["link"]).rsplit("/", 1)[1]


def test_hours_are_asked_for_when_the_answer_lapses_and_once_each_time(unknown: Any) -> None:
    assert ask(SUNDAY + timedelta(days=14)) == {"due": 0, "queued": 0}
    assert ask(unknown.asked_at) == {"due": 1, "queued": 1}
    assert ask(unknown.asked_at + timedelta(days=3)) == {"due": 1, "queued": 0}
    (message,) = sent("pathway_hours")
    assert (message.recipient_id, message.message_class) == (unknown.person.recipient_id, MessageClass.NORMAL)


def test_the_link_shows_and_the_button_says_that_they_are_not_known_yet(app: Flask, unknown: Any) -> None:
    ask(unknown.asked_at)
    address = link_of(sent("pathway_hours")[0])
    browser = app.test_client()
    with time_machine.travel(unknown.asked_at, tick=False):
        page = text(browser.get(address))
        assert "Connaissez-vous vos horaires ?" in page
        assert f"/mon-espace/objectifs/{unknown.objective_id}/horaires" in page
        assert "Préparatrice" not in page
        assert "Nadia" not in page
        assert confirmed(unknown.objective_id) == SUNDAY.date()
        assert "ne sont pas encore connus" in text(browser.post(address))
        assert confirmed(unknown.objective_id) == unknown.asked_at.date()
        assert "Vos horaires sont déjà notés" in text(browser.get(address))
        assert "Vos horaires sont déjà notés" in text(browser.post(address))
    assert ask(unknown.asked_at + timedelta(days=15))["queued"] == 1


def confirmed(objective_id: int) -> date:
    db.session.expire_all()
    return queries.get_objective(objective_id).rosters[-1].confirmed_on


def test_an_answer_calls_the_question_back_before_it_leaves(unknown: Any) -> None:
    ask(unknown.asked_at)
    services.confirm_unknown_roster(objective_id=unknown.objective_id, actor_id=None, now=unknown.asked_at)
    assert [row.state for row in sent("pathway_hours")] == [MessageState.CANCELLED]
    later = unknown.asked_at + timedelta(days=15)
    ask(later)
    a_roster(unknown.objective_id, valid_from_on=later.date(), now=later)
    assert [row.state for row in sent("pathway_hours")] == [MessageState.CANCELLED] * 2


def test_a_job_without_any_hours_is_asked_about_once_and_a_search_never(scene: Any) -> None:
    silent = an_objective(scene.person.id, title="Sans horaires")
    an_objective(scene.person.id, kind=ObjectiveKind.SEARCH)
    assert ask(SUNDAY + timedelta(days=13)) == {"due": 0, "queued": 0}
    assert ask(SUNDAY + timedelta(days=14)) == {"due": 1, "queued": 1}
    assert ask(SUNDAY + timedelta(days=40)) == {"due": 1, "queued": 0}
    services.confirm_unknown_roster(objective_id=silent, actor_id=None, now=SUNDAY + timedelta(days=40))
    assert ask(SUNDAY + timedelta(days=41)) == {"due": 0, "queued": 0}


def test_a_link_that_is_too_old_or_of_an_objective_that_is_gone_acts_on_nothing(app: Flask, unknown: Any) -> None:
    old = warnings.hours_link(unknown.objective_id, now=SUNDAY).rsplit("/", 1)[1]
    lost = warnings.hours_link(987_654, now=SUNDAY).rsplit("/", 1)[1]
    browser = app.test_client()
    with time_machine.travel(unknown.asked_at, tick=False):
        assert browser.get(f"/h/{lost}").status_code == 409
    with time_machine.travel(SUNDAY + timedelta(days=31), tick=False):
        assert browser.post(f"/h/{old}").status_code == 409
    services.change_objective_state(
        objective_id=unknown.objective_id, action=ObjectiveAction.REACH, version=None, actor_id=None, now=SUNDAY
    )
    with time_machine.travel(unknown.asked_at, tick=False):
        assert "Rien à faire ici" in text(browser.post(f"/h/{old}"))
    assert load(Objective, unknown.objective_id).closed_at == SUNDAY
    assert load(Person, unknown.person.id)
    assert MONDAY
