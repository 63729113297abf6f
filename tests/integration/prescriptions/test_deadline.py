"""The deadline: promised by the agreement in force, forecast from the free hours of the agenda."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from mobility.accounts.policy import Role
from mobility.core.db import db
from mobility.parameters.services import set_value
from mobility.prescriptions import parameters
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.deadline import deadline_by_agreement, deadline_by_desk
from mobility.prescriptions.rules import timing
from mobility.prescriptions.rules.states import State
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import a_type, an_opening
from tests.factories.desks import make_desk
from tests.factories.organisations import make_agreement
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get, receive
from tests.integration.prescriptions.test_meetings import book


def promise(house: House, days: int | None, **values: Any) -> int:
    return make_agreement(house.organisation.id, first_meeting_days=days, **values).id


@pytest.mark.parametrize(
    ("days", "expected"),
    [([], (30, None)), ([None], (30, 1)), ([15], (15, 1)), ([None, 20, 10], (10, 3)), ([10, 10], (10, 1))],
)
def test_the_shortest_promise_in_force_counts(days: list[int | None], expected: tuple[int, int | None]) -> None:
    promises = [timing.Promise(number, one) for number, one in enumerate(days, start=1)]
    assert timing.promised(promises, usual_days=30) == expected


def test_the_agreement_in_force_gives_the_target(house: House) -> None:
    promise(house, 5, valid_until_on=date(2026, 11, 1))
    promise(house, 3, desk_ids=[house.other.id])
    held = promise(house, 12, valid_from_on=date(2026, 11, 1), desk_ids=[house.desk.id])
    row = get(receive(house))
    assert (row.target_on, row.agreement_id) == (date(2026, 12, 6), held)
    elsewhere = get(receive(house, desk_id=house.other.id, first_name="Ines"))
    assert elsewhere.target_on == date(2026, 11, 27)


def test_an_agreement_that_promises_nothing_leaves_the_dated_setting(house: House) -> None:
    held = promise(house, None)
    set_value(key=parameters.TARGET_DAYS, value=21, valid_from_on=NOW.date(), actor_id=None, now=NOW)
    row = get(receive(house))
    assert (row.target_on, row.agreement_id) == (date(2026, 12, 15), held)


def test_a_manager_writes_the_promise_on_the_agreement(app: Flask, house: House) -> None:
    administrator = signed_in(app, make_user(Role.ADMINISTRATOR))
    base = f"/organisations/{house.organisation.id}/conventions/nouvelle"
    page = administrator.get(base)
    assert page.status_code == 200, page.status_code
    typed = {"name": "CPO 2026", "valid_from_on": "2026-01-01", "first_meeting_days": "400", "once": "1"}
    assert administrator.post(base, data=typed).status_code == 422
    assert administrator.post(base, data={**typed, "first_meeting_days": "14", "once": "2"}).status_code == 303
    assert get(receive(house)).target_on == date(2026, 12, 8)
    shown = administrator.get(f"/organisations/{house.organisation.id}").get_data(as_text=True)
    assert "premier rendez-vous sous 14 jours" in re.sub(r"\s", " ", shown)


def test_the_free_hours_tell_who_will_be_missed_and_what_would_help(app: Flask, house: House) -> None:
    a_type()
    # One hour a week, on Mondays from 9 to 10: 30 November is the first.
    an_opening(house.adviser, house.desk, weekdays=[0], opens=time(9), closes=time(10))
    promise(house, 10)
    numbers = [receive(house, first_name=name) for name in ("Un", "Deux", "Trois")]
    [desk] = deadline_by_desk([house.desk.id], now=NOW)
    assert desk.outlook is not None
    assert (desk.outlook.waiting, desk.missed, desk.outlook.hours_needed) == (3, 2, 2)
    assert desk.outlook.before_on == date(2026, 12, 4)
    assert [(one.id, one.met_on, one.name) for one in desk.concerned] == [
        (numbers[1], date(2026, 12, 7), ""),
        (numbers[2], date(2026, 12, 14), ""),
    ]
    page = re.sub(r"\s+", " ", signed_in(app, house.manager).get("/bannette/delais").get_data(as_text=True))
    assert "Avec ses heures libres, Denain manquera 2 délais sur 3." in page
    assert "Ce qui aiderait : 2 heures de plus au plus tard le vendredi 4 décembre" in page
    assert "Deux Lefèvre" in page
    assert "possible le lundi 7 décembre" in page


def test_a_meeting_that_is_booked_takes_no_hour_from_the_others(house: House) -> None:
    a_type()
    an_opening(house.adviser, house.desk, weekdays=[0], opens=time(9), closes=time(10))
    promise(house, 10)
    book(house, bring_to(house, State.ACCEPTED))
    receive(house, first_name="Ines")
    [desk] = deadline_by_desk([house.desk.id], now=NOW)
    assert (desk.waiting, desk.missed) == (2, 0)


def test_without_hours_in_the_agenda_the_pace_is_told(house: House) -> None:
    receive(house)
    [desk] = deadline_by_desk([house.desk.id], now=NOW)
    assert desk.outlook is None
    assert desk.missed == desk.forecast.missed == 1


def test_the_measure_by_agreement_counts_what_came_under_it(house: House) -> None:
    held = promise(house, 10)
    bring_to(house, State.STARTED)
    [line] = deadline_by_agreement([house.desk.id], on=NOW.date())
    assert (line.days, line.measure.count, line.measure.within) == (10, 1, 1)
    assert get(receive(house, first_name="Ines")).agreement_id == held
    assert deadline_by_agreement([house.other.id], on=NOW.date()) == []


def test_the_queries_do_not_grow_with_the_desks(house: House) -> None:
    a_type()
    seen: list[str] = []

    def count(*args: object) -> None:
        seen.append(str(args[2]))

    def ask() -> int:
        seen.clear()
        db.session.expire_all()
        deadline_by_desk(None, now=NOW, known=Prescription.id > 0)
        return len([one for one in seen if one.startswith("SELECT")])

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        an_opening(house.adviser, house.desk)
        receive(house)
        first = ask()
        for number, code in enumerate(("59350", "59122", "59606")):
            desk = make_desk(f"Antenne {number}", insee_code=code)
            an_opening(make_user(Role.ADVISER, desk_id=desk.id), desk)
            a_type(desk_id=desk.id, label=f"Premier {number}")
            receive(house, desk_id=desk.id, first_name=f"A{'bcd'[number]}", now=NOW - DAY)
        assert ask() == first
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
