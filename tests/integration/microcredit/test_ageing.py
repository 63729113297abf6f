"""Papers that grow too old before the bank has them: one task, one click, told where the dossier leaves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import event, update

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.core.web.access import Actor
from mobility.documents import services as documents
from mobility.funding.services import Quote, add_quote
from mobility.microcredit.dossiers import checklist, parameters, queries, services
from mobility.microcredit.models import CreditPartner
from mobility.microcredit.paperwork import services as paperwork
from mobility.microcredit.paperwork.queries import living_request
from mobility.microcredit.paperwork.tasks import growing_old
from mobility.microcredit.rules.states import Action
from mobility.people.models import Person
from mobility.todo.rules import Task
from mobility.todo.sources import Whose
from tests.factories.accounts import make_actor, make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.documents import PDF
from tests.factories.dossiers import NOW, TODAY, a_dossier
from tests.factories.parameters import make_value
from tests.factories.pathway import a_person
from tests.integration.microcredit.test_papers import a_partner, bring

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}
# Good until 10 December: within the notice of 21 days.
AGEING = date(2026, 9, 10)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def dossier_id(app: Flask) -> int:
    dossier_id = a_dossier(a_person(), bank_id=a_partner())
    bring(dossier_id, "payslips", AGEING)
    return dossier_id


def staff_of(dossier_id: int) -> Any:
    person = db.session.get_one(Person, queries.get_dossier(dossier_id).person_id)
    return make_user(role=Role.ADVISER, desk_id=person.desk_id)


def tasks(app: Flask, dossier_id: int, whose: Whose = Whose.MINE, *, days: int = 0) -> list[Task]:
    person = db.session.get_one(Person, queries.get_dossier(dossier_id).person_id)
    who: Actor = make_actor(Role.ADVISER, desk_id=person.desk_id)
    with app.test_request_context():
        return list(growing_old(who, whose, NOW + timedelta(days=days)))


def test_a_task_stands_before_the_paper_is_too_old(app: Flask, dossier_id: int) -> None:
    (task,) = tasks(app, dossier_id)
    assert (task.detail, task.due_on) == ("3 fiches de paie", date(2026, 12, 10))
    with app.test_request_context():
        assert task.url == url_for("microcredit_papers.show", dossier_id=dossier_id)
    assert tasks(app, dossier_id, days=60) != [], "and afterwards, until a new one is there"
    bring(dossier_id, "payslips", TODAY)
    assert tasks(app, dossier_id) == []


def test_the_notice_is_a_dated_setting(app: Flask, dossier_id: int) -> None:
    make_value(parameters.AGEING_DAYS, 10)
    assert tasks(app, dossier_id) == []
    assert len(tasks(app, dossier_id, days=8)) == 1


def test_a_complete_dossier_that_waits_has_its_task_and_one_at_its_bank_none(app: Flask, dossier_id: int) -> None:
    bring(dossier_id, "debt_papers")
    bring(dossier_id, "quote")
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    assert len(tasks(app, dossier_id, Whose.TEAM)) == 1
    services.transmit(dossier_id=dossier_id, version=None, **ACTS)
    assert tasks(app, dossier_id, Whose.TEAM) == []


def test_a_quote_grows_old_too(app: Flask) -> None:
    dossier_id = a_dossier(a_person(), bank_id=a_partner())
    row = queries.get_dossier(dossier_id)
    prepared = documents.prepare_bytes(PDF, "devis.pdf")
    add_quote(project_id=row.project_id, quote=Quote("Garage", 300_000, AGEING), prepared=prepared, **ACTS)
    (task,) = tasks(app, dossier_id)
    assert task.detail == "Devis"


def test_what_a_link_asks_for_or_the_person_sent_is_no_task_any_more(app: Flask, dossier_id: int) -> None:
    paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips"], **ACTS)
    assert tasks(app, dossier_id) == []
    assert len(tasks(app, dossier_id, days=22)) == 1, "the link does not answer any more"
    prepared = documents.prepare_bytes(PDF, "paie.pdf")
    paperwork.send_page(dossier_id=dossier_id, code="payslips", prepared=prepared, now=NOW)
    assert tasks(app, dossier_id, days=22) == []


def test_a_paper_that_two_dossiers_need_is_asked_for_once(app: Flask, dossier_id: int) -> None:
    a_dossier(queries.get_dossier(dossier_id).person_id, bank_id=a_partner())
    assert len(tasks(app, dossier_id)) == 1


def test_others_see_nothing_of_it(app: Flask, dossier_id: int) -> None:
    stranger = make_actor(Role.ADVISER, desk_id=db.session.get_one(Person, a_person(desk_id=make_desk().id)).desk_id)
    with app.test_request_context():
        assert list(growing_old(stranger, Whose.TEAM, NOW)) == []


def test_many_dossiers_are_held_against_their_lists_at_once(app: Flask, dossier_id: int) -> None:
    bank_id = queries.get_dossier(dossier_id).bank_id
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    def count(dossiers: list[int]) -> int:
        db.session.expire_all()
        rows = [queries.get_dossier(one) for one in dossiers]
        asked.clear()
        with app.test_request_context():
            assert len(checklist.of_dossiers(rows, on=TODAY)) == len(dossiers)
        return len(asked)

    more = [a_dossier(a_person(), bank_id=bank_id) for _ in range(3)]
    for one in more:
        bring(one, "payslips", AGEING)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        count([dossier_id])  # reads the settings, which stay in hand
        assert count([dossier_id, *more]) == count([dossier_id])
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_one_click_asks_the_person_and_keeps_what_was_asked_before(app: Flask, dossier_id: int) -> None:
    paperwork.ask_papers(dossier_id=dossier_id, codes=["debt_papers"], **ACTS)
    staff = signed_in(app, staff_of(dossier_id))
    url = f"/micro-credits/{dossier_id}/papiers"
    page = staff.get(url).get_data(as_text=True)
    assert "Les redemander à la personne" in page
    hidden = [code for code in ("payslips", "debt_papers", "quote") if f'name="codes" value="{code}">' in page]
    assert hidden == ["payslips", "debt_papers"]
    assert staff.post(url, data={"act": "ask", "codes": hidden}).status_code == 303
    request = living_request(dossier_id)
    assert request is not None
    assert request.codes == hidden
    assert "Ils sont déjà demandés" in staff.get(url).get_data(as_text=True)
    phone = app.test_client().get("/papiers/" + paperwork.link_of(request).rpartition("/")[2]).get_data(as_text=True)
    assert "sera bientôt trop ancien pour la banque" in phone
    assert 'id="photo-payslips"' in phone


def test_what_will_be_too_old_when_the_bank_decides_is_told_where_it_leaves(app: Flask) -> None:
    bank_id = a_partner(committee=True)
    with transaction() as session:
        session.execute(update(CreditPartner).values(decides_days=30))
    dossier_id = a_dossier(a_person(), bank_id=bank_id)
    for code, dated_on in (("payslips", AGEING), ("debt_papers", TODAY), ("quote", TODAY)):
        bring(dossier_id, code, dated_on)
    staff = signed_in(app, staff_of(dossier_id))
    assert "Trop ancien le" in staff.get(f"/micro-credits/{dossier_id}").get_data(as_text=True)
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    services.move(dossier_id=dossier_id, action=Action.TO_COMMITTEE, **ACTS)
    for url in (f"/micro-credits/{dossier_id}", "/micro-credits/commission"):
        page = " ".join(staff.get(url).get_data(as_text=True).split())
        assert "Trop ancien le" in page
        assert "3 fiches de paie" in page
    with transaction() as session:
        session.execute(update(CreditPartner).values(decides_days=15))
    assert "Trop ancien le" not in staff.get("/micro-credits/commission").get_data(as_text=True)
