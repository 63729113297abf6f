"""What is read: candidates, planning, list, due papers; always in a constant number of queries."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from mobility.core.clock import start_of
from mobility.core.web.access import ALL_DESKS
from mobility.desks.services import close_days
from mobility.fleet import queries, services
from mobility.fleet.kinds import Category, PaperKind, ReservationKind
from mobility.fleet.queries import VehicleFilter
from mobility.fleet.rules import NEVER
from tests.factories.desks import make_desk
from tests.factories.fleet import NOW, TODAY, a_desk, a_reading, a_reservation, a_vehicle

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


def candidates(desk_id: int, **values: Any) -> list[queries.list_candidates.__class__]:
    known: dict[str, Any] = {
        "desk_ids": {desk_id},
        "category": Category.CAR,
        "start_at": NOW + 10 * HOUR,
        "end_at": NOW + 20 * HOUR,
    }
    return queries.list_candidates(**{**known, **values})


def test_candidates_tell_what_surrounds_the_window() -> None:
    desk = a_desk()
    vehicle = a_vehicle(desk, equipment=["tow_bar"], insurer_min_age_years=21)
    a_reading(vehicle, 500, NOW - DAY)
    a_reading(vehicle, 700, NOW)
    a_reservation(vehicle, NOW - 30 * HOUR, NOW - 20 * HOUR)
    a_reservation(vehicle, NOW, NOW + 4 * HOUR, blocked_until_at=NOW + 5 * HOUR)
    a_reservation(vehicle, NOW + 11 * HOUR, NOW + 12 * HOUR, released_at=NOW)
    inside = a_reservation(vehicle, NOW + 19 * HOUR, NOW + 22 * HOUR)
    a_reservation(vehicle, NOW + 40 * HOUR, NOW + 50 * HOUR)
    [facts] = candidates(desk)
    assert facts.free_since_at == NOW + 5 * HOUR
    assert facts.free_until_at == NOW + 40 * HOUR
    assert [busy.reservation_id for busy in facts.overlapping] == [inside]
    assert len(facts.nearby) == 4
    assert not facts.is_free
    assert facts.odometer_km == 700
    assert facts.lendable_until_on == date(2027, 12, 31)
    assert facts.equipment == {"tow_bar"}
    [without] = candidates(desk, exclude_reservation_id=inside)
    assert without.is_free
    assert without.is_free_until(NOW + 40 * HOUR)
    assert not without.is_free_until(NOW + 41 * HOUR)
    assert without.gap_before(NOW + 10 * HOUR) == 5 * HOUR
    assert without.gap_after(NOW + 20 * HOUR) == 20 * HOUR


def test_a_vehicle_never_used_has_no_neighbours_and_touching_is_free() -> None:
    desk = a_desk()
    vehicle = a_vehicle(desk)
    [facts] = candidates(desk)
    assert (facts.free_since_at, facts.free_until_at, facts.nearby) == (None, None, ())
    assert facts.gap_before(NOW) is None
    assert facts.gap_after(NOW) is None
    a_reservation(vehicle, NOW, NOW + 10 * HOUR)
    a_reservation(vehicle, NOW + 20 * HOUR, NOW + 30 * HOUR)
    [facts] = candidates(desk)
    assert facts.is_free
    assert (facts.free_since_at, facts.free_until_at) == (NOW + 10 * HOUR, NOW + 20 * HOUR)


def test_candidates_are_those_of_the_desks_and_category_that_are_in_the_fleet() -> None:
    desk, other = a_desk(), a_desk("Caudry")
    kept = a_vehicle(desk)
    elsewhere = a_vehicle(other)
    bike = a_vehicle(desk, Category.BIKE)
    gone = a_vehicle(desk, retired_on=TODAY)
    leaving = a_vehicle(desk, retired_on=TODAY + DAY)
    unpapered = a_vehicle(desk, papers=False)
    found = candidates(desk)
    assert [facts.id for facts in found] == [kept, leaving, unpapered]
    assert {facts.id: facts.lendable_until_on for facts in found} == {
        kept: date(2027, 12, 31),
        leaving: TODAY,
        unpapered: NEVER,
    }
    assert not found[2].can_cover(TODAY)
    assert {facts.id for facts in candidates(desk, category=None)} == {kept, bike, leaving, unpapered}
    assert {facts.id for facts in candidates(desk, desk_ids=ALL_DESKS)} >= {kept, elsewhere}
    assert [facts.id for facts in candidates(desk, vehicle_ids=[kept, gone])] == [kept]
    assert candidates(desk, desk_ids=()) == []
    [bike_facts] = candidates(desk, category=Category.BIKE)
    assert bike_facts.can_cover(date(2099, 1, 1))


def test_replacements_for_many_uses_agree_with_those_for_one() -> None:
    desk = a_desk()
    vehicle, free, taken = (a_vehicle(desk) for _ in range(3))
    first = a_reservation(vehicle, NOW + HOUR, NOW + 5 * HOUR)
    second = a_reservation(vehicle, NOW + 10 * HOUR, NOW + 12 * HOUR)
    a_reservation(taken, NOW + 2 * HOUR, NOW + 3 * HOUR)
    ahead = queries.reservations_ahead(vehicle_id=vehicle, from_at=NOW)
    found = {key: [facts.id for facts in options] for key, options in queries.replacements_for(vehicle, ahead).items()}
    assert found == {first: [free], second: [free, taken]}
    assert queries.replacements_for(vehicle, []) == {}


def fill(desk: int, count: int) -> None:
    for n in range(count):
        vehicle = a_vehicle(desk)
        a_reading(vehicle, 1000 + n, NOW - DAY)
        for k in range(3):
            a_reservation(vehicle, NOW + (20 * k - 5) * HOUR, NOW + (20 * k + 5) * HOUR)


READS: dict[str, Callable[[int], Any]] = {
    "candidates": lambda desk: queries.list_candidates(
        desk_ids={desk}, category=Category.CAR, start_at=NOW, end_at=NOW + DAY
    ),
    "list": lambda desk: queries.list_vehicles(desk_ids=frozenset({desk}), wanted=VehicleFilter(), now=NOW, number=1),
    "export": lambda desk: queries.all_vehicles(desk_ids=frozenset({desk}), wanted=VehicleFilter(), now=NOW),
    "planning": lambda desk: queries.get_planning(
        desk_ids=frozenset({desk}), first_on=TODAY, days=14, category=None, number=1
    ),
    "conflicts": lambda desk: queries.list_paper_conflicts(desk_ids=frozenset({desk}), now=NOW),
    "due": lambda desk: queries.list_due_papers(desk_ids=frozenset({desk}), today=TODAY),
}


@pytest.mark.parametrize(
    ("name", "most"), [("candidates", 5), ("list", 5), ("export", 4), ("planning", 6), ("due", 2), ("conflicts", 2)]
)
def test_the_number_of_queries_does_not_grow_with_the_fleet(name: str, most: int, count_queries: Any) -> None:
    desk = a_desk()
    fill(desk, 2)
    with count_queries() as few:
        READS[name](desk)
    fill(desk, 12)
    with count_queries() as many:
        READS[name](desk)
    assert many.total == few.total <= most


def test_the_list_is_filtered_and_found_by_plate_in_any_writing() -> None:
    desk, other = a_desk(), a_desk("Caudry")
    clio = a_vehicle(desk, plate="AB-123-CD", make="Renault", model="Clio")
    zoe = a_vehicle(other, plate="EF-456-GH", make="Renault", model="Zoé 100%")
    gone = a_vehicle(desk, plate="JK-789-LM", retired_on=TODAY)

    def found(desk_ids: frozenset[int] = frozenset({desk, other}), **values: Any) -> set[int]:
        wanted = VehicleFilter(**values)
        return {
            row.vehicle.id for row in queries.list_vehicles(desk_ids=desk_ids, wanted=wanted, now=NOW, number=1).rows
        }

    assert found() == {clio, zoe}
    assert found(text="ab123") == {clio}
    assert found(text="AB-123-CD") == {clio}
    assert found(text="renault zo") == {zoe}
    assert found(text="100%") == {zoe}
    assert found(text="%") == {zoe}
    assert found(text="_") == set()
    assert found(text="é" * 10_000) == set()
    assert found(retired=True) == {gone}
    assert found(desk_id=other) == {zoe}
    assert found(category=Category.BIKE) == set()
    assert found(frozenset({desk})) == {clio}
    assert found(frozenset({desk}), desk_id=other) == set()
    assert found(sort="'; DROP TABLE vehicle") == {clio, zoe}
    assert found(sort="-name") == {clio, zoe}


def test_the_list_says_what_each_vehicle_does_now() -> None:
    desk = a_desk()
    out, free = a_vehicle(desk), a_vehicle(desk, papers=False)
    a_reservation(out, NOW - HOUR, NOW + HOUR)
    a_reservation(free, NOW - HOUR, NOW + HOUR, released_at=NOW)
    rows = queries.all_vehicles(desk_ids=frozenset({desk}), wanted=VehicleFilter(), now=NOW)
    assert {row.vehicle.id: (row.use, row.can_leave) for row in rows} == {
        out: (ReservationKind.LOAN, True),
        free: (None, False),
    }


def test_the_planning_shows_what_was_used_and_not_what_was_given_back_before() -> None:
    desk = a_desk()
    vehicle = a_vehicle(desk)
    start = start_of(TODAY)
    used = a_reservation(vehicle, start + HOUR, start + 9 * HOUR, released_at=start + 4 * HOUR)
    a_reservation(vehicle, start + HOUR, start + 9 * HOUR, released_at=start)
    a_reservation(vehicle, start + 20 * DAY, start + 21 * DAY)
    services.stop_vehicle(
        vehicle_id=vehicle,
        starts_at=start + 30 * DAY,
        ends_at=None,
        reason="breakdown",
        actor_id=None,
        now=NOW,
    )
    grid = queries.get_planning(desk_ids=frozenset({desk}), first_on=TODAY, days=7, category=None, number=1)
    [bar] = grid.page.rows[0].bars
    assert (bar.reservation_id, bar.ends_at) == (used, start + 4 * HOUR)
    later = queries.get_planning(
        desk_ids=frozenset({desk}), first_on=TODAY + 28 * DAY, days=7, category=Category.CAR, number=99
    )
    [stopped] = later.page.rows[0].bars
    assert stopped.open_ended
    assert stopped.ends_at == later.ends_at
    assert later.page.number == 1


def test_the_planning_knows_the_days_on_which_each_desk_is_closed() -> None:
    monday = date(2026, 11, 23)
    weekdays, mondays = make_desk(days=(0, 1, 2, 3, 4)).id, make_desk("Caudry", days=(0,)).id
    close_days(desk_id=weekdays, first_on=monday, last_on=None, reason="Travaux", actor_id=None, now=NOW)
    for desk in (weekdays, mondays):
        a_vehicle(desk)
    grid = queries.get_planning(
        desk_ids=frozenset({weekdays, mondays}), first_on=monday, days=7, category=None, number=1
    )
    closed = {row.desk_id: sorted(day.day for day in row.closed) for row in grid.page.rows}
    assert closed == {weekdays: [23, 28, 29], mondays: [24, 25, 26, 27, 28, 29]}
    # The heading is grey where nobody is open.
    assert sorted(day.day for day in grid.closed) == [28, 29]
    nobody = queries.get_planning(desk_ids=frozenset(), first_on=monday, days=7, category=None, number=1)
    assert nobody.closed == frozenset()


@pytest.mark.parametrize(("first_on", "hours"), [(date(2027, 3, 22), 167), (date(2026, 10, 19), 169)])
def test_a_week_of_the_planning_follows_the_clocks(first_on: date, hours: int) -> None:
    grid = queries.get_planning(desk_ids=ALL_DESKS, first_on=first_on, days=7, category=None, number=1)
    assert grid.ends_at - grid.starts_at == hours * HOUR
    assert grid.days[-1] - first_on == 6 * DAY


def test_due_papers_come_in_order_with_what_to_do() -> None:
    desk = a_desk()
    never = a_vehicle(desk, papers=False, first_registered_on=date(2022, 12, 1))
    a_vehicle(desk, Category.BIKE)
    a_vehicle(desk, papers=False, retired_on=TODAY)
    services.add_paper(
        vehicle_id=never,
        kind=PaperKind.INSPECTION,
        done_on=date(2026, 1, 5),
        result="favourable",
        actor_id=None,
        now=NOW,
    )
    found = queries.list_due_papers(desk_ids=frozenset({desk}), today=TODAY)
    assert [(due.vehicle_id, due.kind, due.valid_until_on) for due in found] == [
        (never, PaperKind.INSURANCE, NEVER),
        (never, PaperKind.INSPECTION, date(2026, 12, 1)),
    ]
    assert "trop tôt" in found[1].advice
    assert queries.list_due_papers(desk_ids=frozenset({desk}), today=TODAY, until_on=TODAY)[0].kind == "insurance"
    assert len(queries.list_due_papers(desk_ids=frozenset({desk}), today=TODAY, until_on=TODAY)) == 1
