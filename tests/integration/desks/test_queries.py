from datetime import date, time

import pytest

from mobility.core.clock import at_paris
from mobility.core.db import transaction
from mobility.core.errors import NotFound
from mobility.desks import queries
from mobility.desks.models import DeskException
from tests.factories.desks import make_desk, make_permanence, make_three_desks

MONDAY = date(2026, 11, 23)


def test_the_calendar_of_a_desk_knows_hours_exceptions_and_public_holidays(session):
    desk = make_desk(closed_on=[date(2026, 11, 24)])
    with transaction():
        session.add(
            DeskException(desk_id=desk.id, day_on=date(2026, 11, 28), closed=False, opens=time(10), closes=time(12))
        )
    calendar = queries.get_calendar(desk.id)
    assert calendar.opens_at(MONDAY) == at_paris(MONDAY, time(9))
    assert calendar.closes_at(MONDAY) == at_paris(MONDAY, time(17, 30))
    assert not calendar.is_open_day(date(2026, 11, 24))
    assert calendar.is_open_day(date(2026, 11, 28))
    for holiday in ("2026-12-25", "2027-01-01", "2027-03-29", "2027-05-06", "2027-05-17", "2028-05-01"):
        assert not calendar.is_open_day(date.fromisoformat(holiday)), holiday
    assert calendar.reason_closed(date(2026, 12, 25)) == "Noël"
    # Good Friday is a holiday in Alsace and Moselle only.
    assert calendar.is_open_day(date(2027, 3, 26))


def test_a_permanence_opens_on_its_thursdays(session):
    calendar = queries.get_calendar(make_permanence().id)
    assert calendar.next_open_day(date(2026, 11, 20)) == date(2026, 12, 3)
    assert calendar.next_open_day(date(2026, 12, 4)) == date(2026, 12, 17)


@pytest.mark.parametrize("desk_id", [0, -1, 999, 2**31, 2**63, 10**30])
def test_an_unknown_desk_has_no_calendar(session, desk_id):
    with pytest.raises(NotFound):
        queries.get_calendar(desk_id)
    with pytest.raises(NotFound):
        queries.get_desk(desk_id)


def test_calendars_take_the_same_queries_whatever_their_number(session, count_queries):
    one = make_desk().id
    with count_queries() as few:
        queries.get_calendars([one])
    ids = [make_desk(closed_on=[MONDAY, date(2026, 12, 1)]).id for _ in range(12)]
    with count_queries() as many:
        found = queries.get_calendars(ids)
    assert set(found) == set(ids)
    assert many.total == few.total == 3


def test_archived_desks_serve_nobody_and_are_listed_only_where_asked(session):
    make_desk("Denain")
    gone = make_desk("Vieille", archived_at=at_paris(MONDAY, time(9)))
    assert [desk.name for desk in queries.list_desks()] == ["Denain"]
    assert [desk.name for desk in queries.list_desks(with_archived=True)] == ["Denain", "Vieille"]
    assert [desk.name for desk in queries.desks_serving("59172")] == ["Denain"]
    assert queries.desk_choices() == [(queries.list_desks()[0].id, "Denain")]
    assert queries.desk_names()[gone.id] == "Vieille"


def test_the_nearest_desks_come_first_and_those_too_far_are_left_out(session):
    make_three_desks()
    found = queries.reachable_desks("59172", reach_km=15)
    assert [(r.desk.name, r.serves) for r in found] == [("Denain", True), ("Valenciennes", False)]
    assert found[0].distance_km == pytest.approx(0, abs=0.1)
    assert found[1].distance_km == pytest.approx(9.5, abs=1)
    assert [r.desk.name for r in queries.reachable_desks("59172", reach_km=40)] == ["Denain", "Valenciennes", "Caudry"]


def test_a_desk_that_serves_the_commune_is_reachable_however_far(session):
    make_desk("Lointaine", insee_code="59183", serves=["59139"])
    assert [r.desk.name for r in queries.reachable_desks("59139", reach_km=1)] == ["Lointaine"]


def test_the_persons_own_position_counts_more_than_the_communes(session):
    make_three_desks()
    in_caudry = (50.1191, 3.4188)
    assert [r.desk.name for r in queries.reachable_desks("59172", reach_km=5, position=in_caudry)] == [
        "Caudry",
        "Denain",
    ]


def test_a_desk_without_position_counts_from_its_commune(session):
    make_desk("Denain", placed=False)
    assert queries.reachable_desks("59606", reach_km=12)[0].distance_km == pytest.approx(9.5, abs=1)


def test_somebody_from_an_unknown_commune_reaches_no_desk_by_distance(session):
    make_three_desks()
    assert queries.reachable_desks("00000", reach_km=1000) == []


def test_reachable_desks_take_the_same_queries_whatever_their_number(session, count_queries):
    make_three_desks()
    with count_queries() as few:
        queries.reachable_desks("59172", reach_km=50)
    for _ in range(10):
        make_desk()
    with count_queries() as many:
        assert len(queries.reachable_desks("59172", reach_km=50)) == 13
    assert many.total == few.total == 2
