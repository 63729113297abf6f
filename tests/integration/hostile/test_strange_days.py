"""The night with two half past twos, the one with none, and the day that comes every four years."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from mobility.core import clock
from mobility.core.db import db, end_read
from mobility.loans.models import Loan
from mobility.pathway.models import Objective
from mobility.people.models import Person
from mobility.people.rules import age_on
from tests.integration.hostile.actors import Knocker, knocker
from tests.integration.hostile.world import World

# In 2027 the clocks of Paris go forward on 28 March at two, and back on 31 October at three.
CHANGES = [
    # Easter Monday lies between: nothing begins or ends on it.
    ("2027-03-27", "2027-03-30", datetime(2027, 3, 27, 9, 0, tzinfo=UTC), datetime(2027, 3, 30, 15, 0, tzinfo=UTC)),
    ("2027-10-30", "2027-11-02", datetime(2027, 10, 30, 8, 0, tzinfo=UTC), datetime(2027, 11, 2, 16, 0, tzinfo=UTC)),
]


@pytest.fixture
def manager(application: Flask, house: World) -> Knocker:
    return knocker(application, house, "manager")


def _query(house: World, start: str, due: str, *, at: str = "10:00", until: str = "17:00") -> str:
    return f"?start_on={start}&start_time={at}&due_on={due}&due_time={until}&category=car&desk_id={house.own.desk.id}"


@pytest.mark.parametrize(("start", "due", "start_at", "due_at"), CHANGES)
def test_a_loan_over_a_change_of_the_clocks_keeps_its_wall_times(
    manager: Knocker, house: World, start: str, due: str, start_at: datetime, due_at: datetime
) -> None:
    url = f"/prets/personnes/{house.own.persons[1]}/reserver/confirmer{_query(house, start, due)}"
    answer = manager.ask("POST", url, {"override_reason": "Essai des changements d’heure."})
    assert answer.status_code == 303, answer.get_data(as_text=True)[-2500:]
    loan = db.session.query(Loan).order_by(Loan.id.desc()).first()
    assert loan is not None
    assert (loan.start_at, loan.due_at) == (start_at, due_at)
    assert loan.days == (date.fromisoformat(due) - date.fromisoformat(start)).days + 1
    end_read()
    page = manager.ask("GET", answer.location).get_data(as_text=True).replace("\xa0", " ").replace("\u202f", " ")
    assert "10 h" in page
    assert "17 h" in page


@pytest.mark.parametrize(
    ("start", "due", "at", "until"),
    [
        ("2027-03-28", "2027-03-28", "02:30", "03:30"),
        ("2027-03-28", "2027-03-29", "02:30", "02:30"),
        ("2027-10-31", "2027-10-31", "02:30", "02:45"),
        ("2027-10-31", "2027-10-31", "01:30", "03:30"),
        ("2028-02-29", "2028-03-01", "10:00", "10:00"),
        ("2028-02-28", "2028-02-29", "23:59", "00:00"),
        ("2027-02-29", "2027-03-01", "10:00", "10:00"),
    ],
)
def test_hours_that_come_twice_or_never_break_no_booking(
    application: Flask, house: World, start: str, due: str, at: str, until: str
) -> None:
    manager, own = knocker(application, house, "manager"), knocker(application, house, "beneficiary")
    query = _query(house, start, due, at=at, until=until)
    person = house.own.persons[2]
    for who, path in (
        (manager, f"/prets/personnes/{person}/reserver/vehicules"),
        (manager, f"/prets/personnes/{person}/reserver/confirmer"),
        (own, "/mon-espace/prets/reserver/choix"),
        (own, "/mon-espace/prets/reserver/accord"),
        (own, "/mon-espace/prets/reserver/retour"),
    ):
        assert who.ask("GET", path + query).status_code in {200, 303, 422}, path
    answer = manager.ask("POST", f"/prets/personnes/{person}/reserver/confirmer{query}", {"override_reason": ""})
    assert answer.status_code in {303, 409, 422}
    token = knocker(application, house, "token_own")
    body = {"person_id": person, "desk_id": house.own.desk.id, "category": "car"}
    instants = {"start_at": f"{start}T{at}:00+01:00", "end_at": f"{due}T{until}:00+02:00"}
    assert token.ask("POST", "/api/v1/loans", {**body, **instants}).status_code in {201, 409, 422}


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "status"),
    [
        ("2028-02-29", "2028-03-31", 303),
        ("29/02/2028", "", 303),
        ("2027-02-29", "", 422),
        ("29/02/2100", "", 422),
        ("2027-03-28", "2027-03-28", 303),
        ("2027-10-31", "2027-10-31", 303),
    ],
)
def test_an_objective_may_begin_on_any_day_that_exists(
    manager: Knocker, house: World, starts_on: str, ends_on: str, status: int
) -> None:
    person = house.own.persons[1]
    data = {"kind": "job", "title": "Jours rares", "starts_on": starts_on, "ends_on": ends_on}
    answer = manager.ask("POST", f"/personnes/{person}/objectifs/nouveau", data)
    assert answer.status_code == status
    if status == 422:
        assert "n’existe pas" in answer.get_data(as_text=True)
        return
    objective = db.session.query(Objective).order_by(Objective.id.desc()).first()
    assert objective is not None
    number, first_on = objective.id, objective.starts_on
    end_read()
    roster = {"valid_from_on": first_on.isoformat(), "days": ["5", "6"], "hours": "22h-6h", "version": "1"}
    assert manager.ask("POST", f"/objectifs/{number}/horaires?type=weekly", roster).status_code in {303, 422}
    for day in ("2027-03-22", "2027-03-28", "2027-10-25", "2027-10-31", "2028-02-28", "2028-02-29", "2027-02-29"):
        assert manager.ask("GET", f"/personnes/{person}?du={day}").status_code == 200
    assert manager.ask("GET", f"/objectifs/{number}/solutions").status_code == 200


def test_somebody_born_on_29_february_ages_every_year(
    application: Flask, house: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    born = date(2008, 2, 29)
    person = db.session.get_one(Person, house.own.persons[2])
    from mobility.core.db import transaction

    with transaction() as session:
        session.get_one(Person, person.id).born_on = born
    for instant in (datetime(2027, 2, 28, 12, tzinfo=UTC), datetime(2027, 3, 1, 12, tzinfo=UTC)):
        monkeypatch.setattr(clock, "source", lambda instant=instant: instant)
        who = knocker(application, house, "manager")
        assert who.ask("GET", f"/personnes/{house.own.persons[2]}/fiche").status_code == 200
    assert (age_on(born, date(2026, 2, 28)), age_on(born, date(2026, 3, 1))) == (17, 18)


@pytest.mark.parametrize("instant", [datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 22, 59, tzinfo=UTC), datetime(2028, 2, 29, 23, 1, tzinfo=UTC)])  # fmt: skip
def test_the_lists_of_a_strange_day_show(
    application: Flask, house: World, monkeypatch: pytest.MonkeyPatch, instant: datetime
) -> None:
    monkeypatch.setattr(clock, "source", lambda: instant)
    who = knocker(application, house, "manager")
    for path in ("/accueil", "/prets/journee", "/prets", "/prets/a-accepter", "/parc", "/parc/planning", "/parc/echeances", "/appels?voir=tous", "/droits", f"/personnes/{house.own.persons[0]}", "/prets/nouveau"):  # fmt: skip
        assert who.ask("GET", path).status_code == 200, path
