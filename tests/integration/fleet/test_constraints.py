"""The database itself refuses what must never be: every constraint is attempted."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError

from mobility.core.db import db, transaction, violated_constraint
from mobility.fleet import ddl
from mobility.fleet.kinds import Category, Energy, Gearbox, InspectionResult, LicenceCategory, PaperKind
from mobility.fleet.models import (
    OdometerReading,
    Vehicle,
    VehiclePaper,
    VehicleReservation,
    VehicleTransfer,
)
from tests.factories.accounts import make_user
from tests.factories.fleet import NOW, a_desk, a_reading, a_reservation, a_vehicle

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("app")


def refused(act: Any) -> str:
    with pytest.raises(IntegrityError) as error:
        act()
    return violated_constraint(error.value)


@pytest.mark.parametrize(
    ("category", "values", "constraint"),
    [
        (Category.CAR, {"seats": 0}, "seats_are_1_to_9"),
        (Category.CAR, {"seats": 10}, "seats_are_1_to_9"),
        (Category.CAR, {"fiscal_power_cv": 0}, "fiscal_power_is_plausible"),
        (Category.CAR, {"insurer_min_age_years": 13}, "insurer_age_is_plausible"),
        (Category.CAR, {"insurer_min_seniority_months": -1}, "insurer_seniority_is_plausible"),
        (Category.CAR, {"plate": None}, "motor_vehicles_have_a_plate_and_bikes_none"),
        (Category.MOPED, {"plate": None}, "motor_vehicles_have_a_plate_and_bikes_none"),
        (Category.BIKE, {"plate": "AA-123-AA"}, "motor_vehicles_have_a_plate_and_bikes_none"),
        (Category.CAR, {"plate": "aa-123-aa"}, "plate_is_upper_case"),
        (Category.CAR, {"first_registered_on": None}, "motor_vehicles_have_a_first_date"),
        (Category.CAR, {"licence_category": None}, "licence_follows_category"),
        (Category.CAR, {"licence_category": LicenceCategory.AM}, "licence_follows_category"),
        (Category.MOPED, {"licence_category": LicenceCategory.B}, "licence_follows_category"),
        (Category.MOPED, {"licence_category": None}, "licence_follows_category"),
        (Category.EBIKE, {"licence_category": LicenceCategory.AM}, "licence_follows_category"),
        (Category.CAR, {"gearbox": Gearbox.NONE}, "only_bikes_have_no_gearbox"),
        (Category.BIKE, {"gearbox": Gearbox.MANUAL}, "only_bikes_have_no_gearbox"),
        (Category.CAR, {"energy": Energy.HUMAN}, "only_plain_bikes_move_by_muscle"),
        (Category.EBIKE, {"energy": Energy.PETROL}, "ebikes_are_electric"),
    ],
)
def test_an_incoherent_vehicle_is_refused(category: Category, values: dict[str, Any], constraint: str) -> None:
    desk = a_desk()
    assert refused(lambda: a_vehicle(desk, category, **values)) == f"ck_vehicle_{constraint}"


@pytest.mark.parametrize("category", list(Category))
def test_a_coherent_vehicle_of_each_category_is_written(category: Category) -> None:
    assert a_vehicle(a_desk(), category) > 0


def test_two_vehicles_never_share_a_plate_nor_a_marking() -> None:
    desk = a_desk()
    a_vehicle(desk, plate="AA-123-AA")
    assert refused(lambda: a_vehicle(desk, plate="AA-123-AA")) in {"uq_vehicle_plate", "vehicle.plate"}
    a_vehicle(desk, Category.BIKE, marking="BC1234")
    assert refused(lambda: a_vehicle(desk, Category.BIKE, marking="BC1234")) in {
        "uq_vehicle_marking",
        "vehicle.marking",
    }


@pytest.mark.parametrize("column", ["category", "energy", "gearbox", "critair", "licence_category"])
def test_an_unknown_word_is_refused_even_from_raw_sql(column: str) -> None:
    vehicle = a_vehicle(a_desk())
    named = {"category": "category", "energy": "energy", "gearbox": "gearbox", "critair": "crit_air"}
    known = {f"ck_vehicle_{named.get(column, column)}", "ck_vehicle_licence_follows_category"}

    def write() -> None:
        with transaction() as session:
            session.execute(text(f"UPDATE vehicle SET {column} = 'tank' WHERE id = {vehicle}"))

    assert refused(write) in known | {
        "ck_vehicle_motor_vehicles_have_a_first_date",
        "ck_vehicle_only_bikes_have_no_gearbox",
    }


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"done_on": date(2026, 5, 2), "valid_until_on": date(2026, 5, 1)}, "validity_follows_the_act"),
        ({"valid_until_on": None}, "dated_papers_end"),
        ({"kind": PaperKind.INSPECTION, "result": None}, "inspections_have_a_result"),
        ({"result": InspectionResult.MAJOR}, "inspections_have_a_result"),
        ({"counter_visit": True}, "only_inspections_are_counter_visits"),
        ({"removed_at": NOW}, "removal_is_signed"),
    ],
)
def test_an_incoherent_paper_is_refused(values: dict[str, Any], constraint: str) -> None:
    vehicle = a_vehicle(a_desk())

    def write() -> None:
        with transaction() as session:
            session.add(
                VehiclePaper(
                    **{
                        "vehicle_id": vehicle,
                        "kind": PaperKind.INSURANCE,
                        "done_on": date(2026, 1, 1),
                        "valid_until_on": date(2026, 12, 31),
                        "added_at": NOW,
                        **values,
                    }
                )
            )

    assert refused(write) == f"ck_vehicle_paper_{constraint}"


def test_a_transfer_goes_somewhere_else() -> None:
    desk = a_desk()
    vehicle = a_vehicle(desk)

    def write() -> None:
        with transaction() as session:
            session.add(VehicleTransfer(vehicle_id=vehicle, from_desk_id=desk, to_desk_id=desk, moved_at=NOW))

    assert refused(write) == "ck_vehicle_transfer_desks_differ"


def test_an_empty_or_backward_period_is_refused() -> None:
    vehicle = a_vehicle(a_desk())
    assert refused(lambda: a_reservation(vehicle, NOW, NOW)) == "ck_vehicle_reservation_period_is_not_empty"
    # A range that ends before it begins is an error of its own on PostgreSQL; the period's check speaks first here.
    assert refused(lambda: a_reservation(vehicle, NOW, NOW + HOUR, blocked_until_at=NOW + HOUR / 2)) == (
        "ck_vehicle_reservation_block_holds_the_period"
    )
    assert refused(lambda: a_reservation(vehicle, NOW, NOW + HOUR, blocked_from_at=NOW + HOUR / 2)) == (
        "ck_vehicle_reservation_block_holds_the_period"
    )


@pytest.mark.parametrize(("from_h", "to_h"), [(0, 4), (1, 3), (-1, 1), (3, 5), (-1, 5), (3.999, 6), (-2, 0.001)])
def test_a_second_use_of_one_vehicle_is_refused(from_h: float, to_h: float) -> None:
    desk = a_desk()
    vehicle, other = a_vehicle(desk), a_vehicle(desk)
    a_reservation(vehicle, NOW, NOW + 4 * HOUR)
    window = NOW + from_h * HOUR, NOW + to_h * HOUR
    assert refused(lambda: a_reservation(vehicle, *window)) == ddl.OVERLAP
    assert a_reservation(other, *window) > 0


def test_uses_that_only_touch_are_fine_and_buffers_count() -> None:
    vehicle = a_vehicle(a_desk())
    a_reservation(vehicle, NOW, NOW + HOUR, blocked_until_at=NOW + 2 * HOUR)
    assert refused(lambda: a_reservation(vehicle, NOW + 1.5 * HOUR, NOW + 3 * HOUR)) == ddl.OVERLAP
    assert a_reservation(vehicle, NOW + 2 * HOUR, NOW + 3 * HOUR) > 0
    assert a_reservation(vehicle, NOW - HOUR, NOW) > 0


def test_moving_a_reservation_onto_another_is_refused_by_every_column() -> None:
    desk = a_desk()
    vehicle, other = a_vehicle(desk), a_vehicle(desk)
    a_reservation(vehicle, NOW, NOW + HOUR)
    later = a_reservation(vehicle, NOW + 2 * HOUR, NOW + 3 * HOUR)
    elsewhere = a_reservation(other, NOW, NOW + HOUR)
    released = a_reservation(vehicle, NOW, NOW + HOUR, released_at=NOW)

    def change(identity: int, **values: Any) -> Any:
        def act() -> None:
            with transaction() as session:
                session.execute(update(VehicleReservation).where(VehicleReservation.id == identity).values(**values))

        return act

    assert refused(change(later, starts_at=NOW, blocked_from_at=NOW)) == ddl.OVERLAP
    assert refused(change(elsewhere, vehicle_id=vehicle)) == ddl.OVERLAP
    assert refused(change(released, released_at=None)) == ddl.OVERLAP
    change(later, label="prêt 3")()
    change(later, ends_at=NOW + 9 * HOUR, blocked_until_at=NOW + 9 * HOUR)()


def test_a_released_reservation_blocks_nothing() -> None:
    vehicle = a_vehicle(a_desk())
    a_reservation(vehicle, NOW, NOW + HOUR, released_at=NOW)
    assert a_reservation(vehicle, NOW, NOW + HOUR) > 0
    assert a_reservation(vehicle, NOW, NOW + HOUR, released_at=NOW) > 0


@pytest.mark.parametrize(("km", "hours"), [(999, 0), (999, 5), (1501, 5), (1499, 10), (1499, 11), (1001, -1)])
def test_an_odometer_that_goes_back_is_refused(km: int, hours: int) -> None:
    vehicle = a_vehicle(a_desk())
    a_reading(vehicle, 1000, NOW)
    a_reading(vehicle, 1500, NOW + 10 * HOUR)
    assert refused(lambda: a_reading(vehicle, km, NOW + hours * HOUR)) == ddl.BACKWARDS


def test_an_odometer_runs_on_and_a_voided_reading_counts_for_nothing() -> None:
    desk = a_desk()
    vehicle = a_vehicle(desk)
    user = make_user().id
    a_reading(vehicle, 1000, NOW)
    a_reading(vehicle, 1000, NOW)
    slip = a_reading(vehicle, 90_000, NOW + HOUR)
    assert refused(lambda: a_reading(vehicle, 1010, NOW + 2 * HOUR)) == ddl.BACKWARDS
    with transaction() as session:
        session.execute(
            update(OdometerReading).where(OdometerReading.id == slip).values(voided_at=NOW, voided_by_id=user)
        )
    a_reading(vehicle, 1010, NOW + 2 * HOUR)

    def unvoid() -> None:
        with transaction() as session:
            session.execute(
                update(OdometerReading).where(OdometerReading.id == slip).values(voided_at=None, voided_by_id=None)
            )

    assert refused(unvoid) == ddl.BACKWARDS

    def rewrite() -> None:
        with transaction() as session:
            session.execute(update(OdometerReading).where(OdometerReading.km == 1010).values(km=5))

    assert refused(rewrite) == ddl.BACKWARDS
    a_reading(a_vehicle(desk), 3, NOW + 3 * HOUR)


@pytest.mark.parametrize("km", [-1, 2_000_001])
def test_an_impossible_odometer_is_refused(km: int) -> None:
    vehicle = a_vehicle(a_desk())
    assert refused(lambda: a_reading(vehicle, km, NOW)) == "ck_odometer_reading_km_is_plausible"


def test_a_voided_reading_says_who_voided_it() -> None:
    vehicle = a_vehicle(a_desk())
    assert refused(lambda: a_reading(vehicle, 5, NOW, voided_at=NOW)) == "ck_odometer_reading_voiding_is_signed"


def test_a_vehicle_that_was_used_is_not_deleted() -> None:
    vehicle = a_vehicle(a_desk())
    a_reservation(vehicle, NOW, NOW + HOUR)

    def remove() -> None:
        with transaction() as session:
            session.execute(delete(Vehicle).where(Vehicle.id == vehicle))

    with pytest.raises(IntegrityError):
        remove()


def test_the_guards_can_be_dropped_and_created_again_at_any_time(app: Flask) -> None:
    vehicle = a_vehicle(a_desk())
    with db.engine.begin() as connection:
        ddl.GUARDS.drop(connection)
    a_reservation(vehicle, NOW, NOW + HOUR)
    overlapping = a_reservation(vehicle, NOW, NOW + HOUR)
    with transaction() as session:
        session.execute(delete(VehicleReservation).where(VehicleReservation.id == overlapping))
    db.session.rollback()
    for _ in range(2):
        with db.engine.begin() as connection:
            ddl.GUARDS.create(connection)
    assert refused(lambda: a_reservation(vehicle, NOW, NOW + HOUR)) == ddl.OVERLAP
    a_reading(vehicle, 10, NOW)
    assert refused(lambda: a_reading(vehicle, 9, NOW + HOUR)) == ddl.BACKWARDS
