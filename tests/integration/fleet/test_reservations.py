"""Reserve, move, release, stop: what the services promise, also under concurrency."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from mobility.core.db import db, in_transaction, load, transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.core.retry import ATTEMPTS, retried
from mobility.fleet import hooks, queries, services
from mobility.fleet.errors import (
    ReservationReleased,
    ReservationsAhead,
    VehicleRetired,
    VehicleTaken,
    WrongPeriod,
)
from mobility.fleet.kinds import ReservationKind, StopReason
from mobility.fleet.models import Vehicle, VehicleReservation
from mobility.fleet.services.stops import OPEN_END
from tests.factories.fleet import NOW, TODAY, a_desk, a_reservation, a_vehicle

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app")


def reserve(vehicle_id: int, start_h: float = 1, end_h: float = 5, buffer: int = 0, **values: object) -> int:
    known = {
        "vehicle_id": vehicle_id,
        "kind": ReservationKind.LOAN,
        "starts_at": NOW + start_h * HOUR,
        "ends_at": NOW + end_h * HOUR,
        "buffer_minutes": buffer,
        "label": "prêt 1",
        "now": NOW,
    }
    return services.reserve(**{**known, **values})  # type: ignore[arg-type]


def row(reservation_id: int) -> VehicleReservation:
    db.session.expire_all()
    return load(VehicleReservation, reservation_id)


def test_a_reservation_blocks_its_period_and_the_buffer_after_it() -> None:
    vehicle = a_vehicle(a_desk())
    kept = row(reserve(vehicle, 1, 5, buffer=60))
    assert (kept.starts_at, kept.ends_at) == (NOW + HOUR, NOW + 5 * HOUR)
    assert (kept.blocked_from_at, kept.blocked_until_at) == (NOW + HOUR, NOW + 6 * HOUR)
    with pytest.raises(VehicleTaken):
        reserve(vehicle, 5.5, 8)
    assert reserve(vehicle, 6, 8) > 0


def test_a_refused_reservation_leaves_the_caller_s_transaction_alive() -> None:
    desk = a_desk()
    vehicle, other = a_vehicle(desk), a_vehicle(desk)
    reserve(vehicle)
    with transaction():
        with pytest.raises(VehicleTaken):
            reserve(vehicle)
        kept = reserve(other)
    assert row(kept).vehicle_id == other
    assert db.session.scalar(select(func.count()).select_from(VehicleReservation)) == 2


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1)])
def test_a_period_that_does_not_end_after_it_begins_is_refused(start: int, end: int) -> None:
    vehicle = a_vehicle(a_desk())
    with pytest.raises(WrongPeriod):
        reserve(vehicle, start, end)


def test_a_retired_vehicle_is_reserved_up_to_the_day_before() -> None:
    vehicle = a_vehicle(a_desk(), retired_on=TODAY + DAY)
    assert reserve(vehicle, 1, 5) > 0
    with pytest.raises(VehicleRetired):
        reserve(vehicle, 6, 30)


@pytest.mark.parametrize("vehicle_id", [0, -1, 999_999, 2**31, 2**70])
def test_a_vehicle_that_does_not_exist_is_not_found(vehicle_id: int) -> None:
    with pytest.raises(NotFound):
        reserve(vehicle_id)


def test_moving_keeps_the_buffer_and_says_when() -> None:
    desk = a_desk()
    vehicle, other = a_vehicle(desk), a_vehicle(desk)
    kept = reserve(vehicle, 1, 5, buffer=30)
    services.move_reservation(reservation_id=kept, ends_at=NOW + 9 * HOUR, vehicle_id=other, now=NOW)
    moved = row(kept)
    assert (moved.vehicle_id, moved.starts_at, moved.ends_at) == (other, NOW + HOUR, NOW + 9 * HOUR)
    assert moved.blocked_until_at == NOW + 9.5 * HOUR
    assert moved.moved_at == NOW


def test_moving_onto_another_use_is_refused_and_changes_nothing() -> None:
    desk = a_desk()
    vehicle, other = a_vehicle(desk), a_vehicle(desk)
    first, second, third = reserve(vehicle, 1, 5), reserve(vehicle, 6, 8), reserve(other, 1, 5)
    for identity, changes in (
        (first, {"ends_at": NOW + 7 * HOUR}),
        (second, {"starts_at": NOW + 4 * HOUR}),
        (third, {"vehicle_id": vehicle}),
    ):
        with transaction():
            before = row(identity)
            known = (before.vehicle_id, before.starts_at, before.ends_at, before.blocked_until_at)
            with pytest.raises(VehicleTaken):
                services.move_reservation(reservation_id=identity, now=NOW, **changes)
            after = row(identity)
            assert (after.vehicle_id, after.starts_at, after.ends_at, after.blocked_until_at) == known


def test_a_released_reservation_frees_the_vehicle_and_cannot_move() -> None:
    vehicle = a_vehicle(a_desk())
    kept = reserve(vehicle)
    services.release(reservation_id=kept, now=NOW)
    services.release(reservation_id=kept, now=NOW + HOUR)
    assert row(kept).released_at == NOW
    assert reserve(vehicle) > 0
    with pytest.raises(ReservationReleased):
        services.move_reservation(reservation_id=kept, ends_at=NOW + 9 * HOUR, now=NOW)


def test_moving_to_a_retired_vehicle_or_backwards_is_refused() -> None:
    desk = a_desk()
    kept = reserve(a_vehicle(desk))
    gone = a_vehicle(desk, retired_on=TODAY)
    with pytest.raises(VehicleRetired):
        services.move_reservation(reservation_id=kept, vehicle_id=gone, now=NOW)
    with pytest.raises(WrongPeriod):
        services.move_reservation(reservation_id=kept, ends_at=NOW, now=NOW)
    with pytest.raises(NotFound):
        services.move_reservation(reservation_id=kept, vehicle_id=0, now=NOW)


def race(app: Flask, acts: list[Callable[[], object]]) -> Counter[str]:
    """Run the acts at the same instant, each in a context of its own; count what became of them."""
    gate = threading.Barrier(len(acts))
    outcomes: list[str] = []

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                act()
                outcomes.append("won")
            except RuleViolation as refusal:
                outcomes.append(refusal.error_code)
            except Exception as error:  # noqa: BLE001 - the test tells what it was
                outcomes.append(repr(error))
            finally:
                db.session.close()

    db.session.rollback()
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(outcomes)


def test_of_sixteen_who_reserve_one_vehicle_at_once_one_wins(app: Flask) -> None:
    vehicle = a_vehicle(a_desk())
    for turn in range(3):
        start = 24 * turn + 1
        acts = [lambda s=start, n=n: reserve(vehicle, s + n / 100, s + 5, buffer=30) for n in range(16)]
        assert race(app, acts) == {"won": 1, "vehicle_taken": 15}
    assert db.session.scalar(select(func.count()).select_from(VehicleReservation)) == 3


def test_moves_across_two_vehicles_at_once_never_overlap_nor_deadlock(app: Flask) -> None:
    desk = a_desk()
    one, two = a_vehicle(desk), a_vehicle(desk)
    firsts = [reserve(one, n * 10, n * 10 + 5) for n in range(1, 5)]
    seconds = [reserve(two, n * 10 + 6, n * 10 + 9) for n in range(1, 5)]
    acts = [lambda i=i: services.move_reservation(reservation_id=i, vehicle_id=two, now=NOW) for i in firsts] + [
        lambda i=i: services.move_reservation(reservation_id=i, vehicle_id=one, now=NOW) for i in seconds
    ]
    outcomes = race(app, acts)
    assert set(outcomes) <= {"won", "vehicle_taken"}
    assert outcomes["won"] == 8


def test_retiring_and_reserving_at_once_never_leave_a_promise_on_a_retired_vehicle(app: Flask) -> None:
    vehicle = a_vehicle(a_desk())
    outcomes = race(
        app,
        [
            lambda: reserve(vehicle, 1, 5),
            lambda: services.retire_vehicle(
                vehicle_id=vehicle, retired_on=TODAY, reason="vendu", actor_id=None, now=NOW
            ),
        ],
    )
    assert outcomes["won"] == 1
    assert set(outcomes) <= {"won", "vehicle_retired", "reservations_ahead"}


class _Orig(Exception):
    sqlstate = "40P01"


def test_a_deadlock_is_tried_again_and_only_at_the_outermost_level() -> None:
    calls: list[bool] = []

    @retried
    def unlucky(times: int) -> str:
        calls.append(in_transaction())
        if len(calls) < times:
            raise OperationalError("", {}, _Orig())
        return "done"

    assert unlucky(3) == "done"
    assert calls == [False] * 3
    calls.clear()
    with pytest.raises(OperationalError):
        unlucky(ATTEMPTS + 1)
    assert len(calls) == ATTEMPTS
    calls.clear()
    with pytest.raises(OperationalError), transaction():
        unlucky(2)
    assert calls == [True]


def test_an_error_that_is_no_conflict_is_not_tried_again() -> None:
    calls: list[int] = []

    @retried
    def broken() -> None:
        calls.append(1)
        raise OperationalError("", {}, Exception("disk full"))

    with pytest.raises(OperationalError):
        broken()
    assert calls == [1]


# ---- stops


def stop(vehicle_id: int, start_h: float, end_h: float | None) -> int:
    return services.stop_vehicle(
        vehicle_id=vehicle_id,
        starts_at=NOW + start_h * HOUR,
        ends_at=None if end_h is None else NOW + end_h * HOUR,
        reason=StopReason.BREAKDOWN,
        actor_id=None,
        now=NOW,
    )


def test_a_stop_names_every_reservation_in_its_way() -> None:
    vehicle = a_vehicle(a_desk())
    first, second = reserve(vehicle, 1, 5), reserve(vehicle, 10, 12)
    reserve(vehicle, 50, 52)
    with pytest.raises(ReservationsAhead) as refusal:
        stop(vehicle, 2, 20)
    assert [busy.reservation_id for busy in refusal.value.reservations] == [first, second]
    assert "2 réservation" in refusal.value.message
    assert stop(vehicle, 5, 10) > 0


def test_a_stop_without_end_blocks_everything_after_it_until_it_is_ended() -> None:
    vehicle = a_vehicle(a_desk())
    stopped = stop(vehicle, -2, None)
    assert row(stopped).ends_at == OPEN_END
    with pytest.raises(VehicleTaken):
        reserve(vehicle, 24 * 365 * 10, 24 * 365 * 10 + 1)
    services.end_stop(vehicle_id=vehicle, reservation_id=stopped, actor_id=None, now=NOW)
    assert row(stopped).ends_at == NOW
    assert reserve(vehicle) > 0
    with pytest.raises(ReservationReleased):
        services.end_stop(vehicle_id=vehicle, reservation_id=stopped, actor_id=None, now=NOW + HOUR)


def test_a_stop_that_has_not_begun_is_released() -> None:
    vehicle = a_vehicle(a_desk())
    stopped = stop(vehicle, 5, 9)
    services.end_stop(vehicle_id=vehicle, reservation_id=stopped, actor_id=None, now=NOW)
    assert row(stopped).released_at == NOW


def test_only_a_stop_of_that_vehicle_can_be_ended() -> None:
    desk = a_desk()
    vehicle, other = a_vehicle(desk), a_vehicle(desk)
    loan, stopped = reserve(vehicle), stop(other, 1, 2)
    with pytest.raises(RuleViolation) as refusal:
        services.end_stop(vehicle_id=vehicle, reservation_id=loan, actor_id=None, now=NOW)
    assert refusal.value.error_code == "no_stop"
    with pytest.raises(NotFound):
        services.end_stop(vehicle_id=vehicle, reservation_id=stopped, actor_id=None, now=NOW)


# ---- transfer and retirement


def transfer(vehicle_id: int, to_desk_id: int, moves: dict[int, int] | None = None) -> None:
    services.transfer_vehicle(
        vehicle_id=vehicle_id, to_desk_id=to_desk_id, reason="", moves=moves, actor_id=None, now=NOW
    )


def test_a_transfer_is_refused_while_reservations_lie_ahead_unless_they_move() -> None:
    desk, target = a_desk(), a_desk("Caudry")
    vehicle, other = a_vehicle(desk), a_vehicle(desk)
    first, second = reserve(vehicle, 1, 5), reserve(vehicle, 10, 12)
    a_reservation(vehicle, NOW - 2 * DAY, NOW - DAY)
    with pytest.raises(ReservationsAhead) as refusal:
        transfer(vehicle, target)
    assert [busy.reservation_id for busy in refusal.value.reservations] == [first, second]
    with pytest.raises(ReservationsAhead):
        transfer(vehicle, target, {first: other})
    assert row(first).vehicle_id == vehicle, "nothing moves when the transfer is refused"
    transfer(vehicle, target, {first: other, second: other})
    assert {row(first).vehicle_id, row(second).vehicle_id} == {other}
    assert load(Vehicle, vehicle).desk_id == target


def test_the_room_that_reserved_follows_a_move_and_may_refuse_it(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, target = a_desk(), a_desk("Caudry")
    vehicle, other = a_vehicle(desk), a_vehicle(desk)
    kept = reserve(vehicle)
    heard: list[tuple[int, int]] = []

    class Owner:
        refuse = True

        def urls(self, reservation_ids: object) -> dict[int, str]:
            return {}

        def vehicle_changed(self, *, reservation_id: int, vehicle_id: int, **_rest: object) -> None:
            if self.refuse:
                raise RuleViolation("Ce prêt garde son véhicule.")
            heard.append((reservation_id, vehicle_id))

    owner = Owner()
    monkeypatch.setitem(hooks._OWNERS, ReservationKind.LOAN, owner)
    with pytest.raises(RuleViolation, match="garde son véhicule"):
        transfer(vehicle, target, {kept: other})
    assert row(kept).vehicle_id == vehicle
    owner.refuse = False
    transfer(vehicle, target, {kept: other})
    assert heard == [(kept, other)]


def test_a_use_is_put_only_on_a_vehicle_that_fits() -> None:
    desk, target = a_desk(), a_desk("Caudry")
    vehicle = a_vehicle(desk)
    unfit = [
        a_vehicle(target),
        a_vehicle(desk, papers=False),
        a_vehicle(desk, retired_on=TODAY),
        a_vehicle(desk, insurer_min_age_years=25),
        vehicle,
    ]
    taken = a_vehicle(desk)
    reserve(taken)
    kept = reserve(vehicle)
    for other in [*unfit, taken]:
        with pytest.raises(RuleViolation) as refusal:
            transfer(vehicle, target, {kept: other})
        assert refusal.value.error_code == "no_replacement"
    begun = a_reservation(vehicle, NOW - HOUR, NOW + HOUR)
    with pytest.raises(RuleViolation) as refusal:
        transfer(vehicle, target, {begun: a_vehicle(desk)})
    assert refusal.value.error_code == "reservation_begun"


def test_a_transfer_goes_to_another_desk_that_exists() -> None:
    desk = a_desk()
    vehicle = a_vehicle(desk)
    with pytest.raises(RuleViolation):
        transfer(vehicle, desk)
    with pytest.raises(NotFound):
        transfer(vehicle, 999)


def test_a_vehicle_retires_when_nothing_lies_ahead_and_can_come_back() -> None:
    vehicle = a_vehicle(a_desk())
    reserve(vehicle, 1, 5)

    def retire(day: date) -> None:
        services.retire_vehicle(vehicle_id=vehicle, retired_on=day, reason="vendu", actor_id=None, now=NOW)

    with pytest.raises(ReservationsAhead):
        retire(TODAY)
    with pytest.raises(RuleViolation):
        retire(date(2020, 1, 1))
    retire(TODAY + DAY)
    assert load(Vehicle, vehicle).retired_on == TODAY + DAY
    services.bring_back(vehicle_id=vehicle, actor_id=None, now=NOW)
    assert load(Vehicle, vehicle).retired_on is None
    assert queries.reservations_ahead(vehicle_id=vehicle, from_at=NOW)


def test_a_stopped_vehicle_is_transferred_and_retired_with_its_stop() -> None:
    desk, target = a_desk(), a_desk("Caudry")
    vehicle = a_vehicle(desk)
    stopped = stop(vehicle, -1, None)
    transfer(vehicle, target)
    assert load(Vehicle, vehicle).desk_id == target
    services.retire_vehicle(vehicle_id=vehicle, retired_on=TODAY, reason="épave", actor_id=None, now=NOW)
    assert load(Vehicle, vehicle).retired_on == TODAY
    assert row(stopped).released_at is None
