"""The vehicles of the demo, some sixty, with papers of every age."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from mobility.core.clock import day_of
from mobility.demo.names import CARS
from mobility.demo.places import World
from mobility.fleet import services as fleet
from mobility.fleet.errors import WrongPaper
from mobility.fleet.kinds import Category, CritAir, Energy, Equipment, Gearbox, InspectionResult, PaperKind
from mobility.fleet.services.vehicles import Description

_LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"
PER_DESK = (
    *[Category.CAR] * 11,
    *[Category.LIGHT_CAR] * 2,
    *[Category.MOPED] * 2,
    *[Category.EBIKE] * 3,
    Category.BIKE,
    Category.ADAPTED,
)


def build(world: World, random: Random, *, now: datetime) -> None:
    """Give each desk its vehicles."""
    number = 0
    for desk_id in world.desks.values():
        for category in PER_DESK:
            number += 1
            description = _describe(category, number, random, now)
            odometer = None if category in {Category.BIKE, Category.EBIKE} else random.randrange(12_000, 140_000)
            actor_id = world.officers[desk_id]
            vehicle_id = fleet.create_vehicle(
                desk_id=desk_id, description=description, odometer_km=odometer, actor_id=actor_id, now=now
            )
            world.vehicles[desk_id].append(vehicle_id)
            _papers(vehicle_id, category, number, random, actor_id, now)


def _plate(number: int) -> str:
    return f"G{_LETTERS[number % len(_LETTERS)]}-{100 + number * 7 % 900}-{_LETTERS[number * 5 % len(_LETTERS)]}{_LETTERS[number * 11 % len(_LETTERS)]}"


def _describe(category: Category, number: int, random: Random, now: datetime) -> Description:
    registered = day_of(now) - timedelta(days=random.randrange(500, 4200))
    if category in {Category.CAR, Category.ADAPTED}:
        make, model, power, seats = (
            CARS[number % len(CARS)] if category is Category.CAR else ("Renault", "Kangoo", 6, 5)
        )
        electric = category is Category.CAR and number % 9 == 0
        return Description(
            category=category,
            make=make,
            model=model,
            plate=_plate(number),
            seats=seats,
            fiscal_power_cv=power,
            energy=Energy.ELECTRIC if electric else random.choice((Energy.PETROL, Energy.DIESEL, Energy.HYBRID)),
            gearbox=Gearbox.AUTOMATIC if electric or number % 5 == 0 else Gearbox.MANUAL,
            critair=CritAir.E if electric else random.choice((CritAir.C1, CritAir.C2, CritAir.C3)),
            first_registered_on=registered,
            equipment=(Equipment.HAND_CONTROLS,)
            if category is Category.ADAPTED
            else ((Equipment.CHILD_SEAT,) if number % 4 == 0 else ()),
            insurer_min_age_years=18,
            insurer_min_seniority_months=0,
        )
    if category is Category.LIGHT_CAR:
        return Description(
            category=category,
            make="Ligier",
            model="JS50",
            plate=_plate(number),
            seats=2,
            energy=Energy.DIESEL,
            gearbox=Gearbox.AUTOMATIC,
            first_registered_on=registered,
        )
    if category is Category.MOPED:
        return Description(
            category=category,
            make="Peugeot",
            model="Kisbee",
            plate=_plate(number),
            seats=2,
            energy=Energy.PETROL,
            gearbox=Gearbox.AUTOMATIC,
            first_registered_on=registered,
            equipment=(Equipment.HELMET,),
        )
    electric = category is Category.EBIKE
    return Description(
        category=category,
        make="Arcade" if electric else "Btwin",
        model="E-City" if electric else "Elops",
        marking=f"BC{number:08d}",
        seats=1,
        energy=Energy.ELECTRIC if electric else Energy.HUMAN,
        gearbox=Gearbox.NONE,
        equipment=(Equipment.LOCK, Equipment.HELMET),
    )


def _papers(vehicle_id: int, category: Category, number: int, random: Random, actor_id: int, now: datetime) -> None:
    today = day_of(now)
    if category in {Category.BIKE, Category.EBIKE}:
        return
    # One in fifteen loses its insurance within weeks: the due list must have something to say.
    insured_until = today + timedelta(days=120 if number % 15 == 0 else random.randrange(260, 420))
    fleet.add_paper(
        vehicle_id=vehicle_id,
        kind=PaperKind.INSURANCE,
        done_on=today - timedelta(days=20),
        valid_until_on=insured_until,
        reference=f"FLOTTE-{number:03d}",
        actor_id=actor_id,
        now=now,
    )
    done_on = today - timedelta(days=640 if number % 11 == 0 else random.randrange(5, 400))
    try:
        fleet.add_paper(
            vehicle_id=vehicle_id,
            kind=PaperKind.INSPECTION,
            done_on=done_on,
            result=InspectionResult.FAVOURABLE,
            actor_id=actor_id,
            now=now,
        )
    except WrongPaper:
        # The vehicle was not on the road yet on that day: no inspection is due before its fourth year.
        return
