"""Describe vehicles, note papers and odometers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from mobility.accounts.models import AuditEntry
from mobility.core.db import db, load, transaction
from mobility.core.errors import NotFound, RuleViolation, StaleVersion
from mobility.fleet import queries, services
from mobility.fleet.errors import OdometerBackwards, OdometerRefused, PlateAlreadyUsed, WrongPaper, WrongPlate
from mobility.fleet.kinds import Category, Energy, Equipment, Gearbox, InspectionResult, OdometerSource, PaperKind
from mobility.fleet.models import OdometerReading, Vehicle, VehiclePaper
from mobility.fleet.rules import NEVER
from mobility.fleet.services import Description
from tests.factories.accounts import make_user
from tests.factories.fleet import NOW, TODAY, a_desk, a_reading, a_vehicle

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("app")

CLIO = Description(
    category=Category.CAR,
    make="Renault",
    model="Clio",
    energy=Energy.PETROL,
    gearbox=Gearbox.MANUAL,
    seats=5,
    plate="ab 123 cd",
    first_registered_on=date(2023, 2, 1),
    equipment=(Equipment.TOW_BAR, Equipment.CHILD_SEAT, Equipment.TOW_BAR),
)
BIKE = Description(
    category=Category.BIKE, make="Peugeot", model="Ville", energy=Energy.HUMAN, gearbox=Gearbox.NONE, seats=1
)


def create(description: Description, **values: object) -> int:
    return services.create_vehicle(
        **{"desk_id": a_desk(), "description": description, "actor_id": None, "now": NOW, **values}  # type: ignore[arg-type]
    )


def test_a_vehicle_is_created_in_one_writing_with_its_licence_and_a_trace() -> None:
    vehicle = load(Vehicle, create(CLIO, odometer_km=42_000))
    assert (vehicle.plate, vehicle.licence_category, vehicle.equipment) == ("AB-123-CD", "B", ["child_seat", "tow_bar"])
    assert vehicle.name == "Renault Clio (AB-123-CD)"
    assert queries.odometers_of([vehicle.id]) == {vehicle.id: 42_000}
    assert db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "create")) == 1


def test_a_bike_needs_neither_plate_nor_papers() -> None:
    bike = load(Vehicle, create(replace(BIKE, marking="bc 12 34")))
    assert (bike.plate, bike.marking, bike.licence_category) == (None, "BC1234", None)
    with pytest.raises(WrongPlate):
        create(replace(BIKE, plate="AA-123-AA"))


def test_plates_and_markings_are_unique_whatever_their_writing() -> None:
    create(CLIO)
    with pytest.raises(PlateAlreadyUsed) as refusal:
        create(replace(CLIO, plate="AB123CD"))
    assert refusal.value.field == "plate"
    create(replace(BIKE, marking="BC1234"))
    with pytest.raises(PlateAlreadyUsed) as refusal:
        create(replace(BIKE, marking="bc-1234"))
    assert refusal.value.field == "marking"


def test_an_unknown_desk_is_not_found() -> None:
    with pytest.raises(NotFound):
        create(CLIO, desk_id=999)


def edit(vehicle_id: int, description: Description, version: int | None = 1) -> None:
    services.edit_vehicle(vehicle_id=vehicle_id, description=description, version=version, actor_id=None, now=NOW)


def test_an_edit_from_an_older_version_is_noticed() -> None:
    vehicle = create(CLIO)
    edit(vehicle, replace(CLIO, seats=4))
    with pytest.raises(StaleVersion):
        edit(vehicle, replace(CLIO, seats=3), version=1)
    assert load(Vehicle, vehicle).seats == 4
    with pytest.raises(RuleViolation):
        edit(vehicle, replace(CLIO, category=Category.ADAPTED), version=2)
    other = create(replace(CLIO, plate="AA-111-AA"))
    with pytest.raises(PlateAlreadyUsed):
        edit(other, CLIO)


def paper(vehicle_id: int, kind: PaperKind, done_on: date, **values: object) -> int:
    return services.add_paper(vehicle_id=vehicle_id, kind=kind, done_on=done_on, actor_id=None, now=NOW, **values)  # type: ignore[arg-type]


def lendable(vehicle_id: int) -> date | None:
    [facts] = queries.list_candidates(
        desk_ids={load(Vehicle, vehicle_id).desk_id}, category=None, start_at=NOW, end_at=NOW + HOUR
    )
    return facts.lendable_until_on


def test_papers_make_a_vehicle_lendable_and_unlendable() -> None:
    vehicle = create(replace(CLIO, first_registered_on=date(2022, 5, 10)))
    assert lendable(vehicle) == NEVER
    paper(vehicle, PaperKind.INSURANCE, date(2026, 1, 1), valid_until_on=date(2029, 12, 31))
    assert lendable(vehicle) == NEVER, "the first contrôle technique was due on 10 May 2026"
    paper(vehicle, PaperKind.INSPECTION, date(2026, 10, 1), result=InspectionResult.MAJOR)
    assert lendable(vehicle) == date(2026, 12, 1)
    counter = paper(
        vehicle, PaperKind.INSPECTION, date(2026, 11, 2), result=InspectionResult.FAVOURABLE, counter_visit=True
    )
    assert lendable(vehicle) == date(2028, 10, 1)
    officer = make_user().id
    services.remove_paper(vehicle_id=vehicle, paper_id=counter, actor_id=officer, now=NOW)
    services.remove_paper(vehicle_id=vehicle, paper_id=counter, actor_id=officer, now=NOW + HOUR)
    assert lendable(vehicle) == date(2026, 12, 1)
    assert load(VehiclePaper, counter).removed_at == NOW
    paper(vehicle, PaperKind.INSPECTION, TODAY, result=InspectionResult.CRITICAL)
    assert lendable(vehicle) == TODAY


def test_the_printed_date_counts_where_it_is_nearer_and_is_refused_where_it_is_later() -> None:
    vehicle = create(CLIO)
    kept = paper(
        vehicle,
        PaperKind.INSPECTION,
        date(2026, 11, 1),
        result=InspectionResult.FAVOURABLE,
        valid_until_on=date(2027, 1, 31),
    )
    assert load(VehiclePaper, kept).valid_until_on == date(2027, 1, 31)
    for printed in (date(2030, 1, 1), date(2026, 10, 31)):
        with pytest.raises(WrongPaper):
            paper(
                vehicle,
                PaperKind.INSPECTION,
                date(2026, 11, 1),
                result=InspectionResult.FAVOURABLE,
                valid_until_on=printed,
            )


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (PaperKind.INSPECTION, {}),
        (PaperKind.INSPECTION, {"result": InspectionResult.MAJOR, "done_on": TODAY + timedelta(days=1)}),
        (PaperKind.INSPECTION, {"result": InspectionResult.FAVOURABLE, "counter_visit": True}),
        (PaperKind.INSURANCE, {}),
        (PaperKind.INSURANCE, {"valid_until_on": TODAY - timedelta(days=1)}),
        (PaperKind.REGISTRATION, {"valid_until_on": TODAY - timedelta(days=1)}),
    ],
)
def test_a_paper_that_makes_no_sense_is_refused(kind: PaperKind, values: dict) -> None:
    vehicle = create(CLIO)
    with pytest.raises(WrongPaper):
        paper(vehicle, kind, values.pop("done_on", TODAY), **values)


def test_a_registration_needs_no_end_and_papers_of_others_are_not_touched() -> None:
    vehicle, other = create(CLIO), create(replace(CLIO, plate="AA-111-AA"))
    kept = paper(vehicle, PaperKind.REGISTRATION, TODAY)
    with pytest.raises(NotFound):
        services.remove_paper(vehicle_id=other, paper_id=kept, actor_id=make_user().id, now=NOW)


def read(vehicle_id: int, km: int, hours: float = 0, **values: object) -> int:
    return services.record_odometer(
        vehicle_id=vehicle_id,
        km=km,
        read_at=NOW + hours * HOUR,
        source=OdometerSource.RETURN,
        actor_id=None,
        **values,  # type: ignore[arg-type]
    )


def test_an_odometer_never_goes_back_whatever_the_order_of_typing() -> None:
    vehicle = a_vehicle(a_desk())
    read(vehicle, 1000)
    read(vehicle, 1200, 10)
    read(vehicle, 1100, 5)
    for km, hours in ((1050, 6), (1150, 4), (1199, 11), (999, 1)):
        with pytest.raises(OdometerBackwards) as refusal:
            read(vehicle, km, hours)
        assert refusal.value.field == "km"
    with pytest.raises(OdometerRefused):
        read(vehicle, 1300, 20, now=NOW)
    assert queries.odometers_of([vehicle]) == {vehicle: 1200}


def test_a_refused_reading_leaves_the_caller_s_transaction_alive() -> None:
    vehicle = a_vehicle(a_desk())
    with transaction():
        read(vehicle, 1000)
        with pytest.raises(OdometerBackwards):
            read(vehicle, 900, 1)
        read(vehicle, 1001, 1)
    assert db.session.scalar(select(func.count()).select_from(OdometerReading)) == 2


def test_a_mistyped_reading_is_voided_and_stays_visible() -> None:
    desk = a_desk()
    vehicle, officer = a_vehicle(desk), make_user().id
    slip = a_reading(vehicle, 158_000, NOW)
    with pytest.raises(OdometerBackwards):
        read(vehicle, 15_900, 1)
    with pytest.raises(NotFound):
        services.void_odometer(vehicle_id=a_vehicle(desk), reading_id=slip, actor_id=officer, now=NOW)
    services.void_odometer(vehicle_id=vehicle, reading_id=slip, actor_id=officer, now=NOW)
    services.void_odometer(vehicle_id=vehicle, reading_id=slip, actor_id=officer, now=NOW + HOUR)
    read(vehicle, 15_900, 1)
    card = queries.get_vehicle_card(vehicle, now=NOW + 2 * HOUR)
    assert [reading.km for reading in card.readings] == [15_900, 158_000]
    assert card.odometer_km == 15_900
