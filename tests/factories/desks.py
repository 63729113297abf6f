"""Desks with their hours: the three towns of the area, or made-up ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from itertools import count

from mobility.core.db import transaction
from mobility.desks.models import Desk, DeskCommune, DeskException, DeskOpening
from mobility.desks.rules import ALL_MONTH_WEEKS, DeskKind
from mobility.geo import communes
from mobility.geo.geocoding import Precision

MORNING = (time(9), time(12))
AFTERNOON = (time(14), time(17, 30))
WEEKDAYS = range(5)
_numbers = count(1)


def make_desk(
    name: str = "",
    *,
    insee_code: str = "59172",
    kind: DeskKind = DeskKind.MAIN,
    days: Iterable[int] = WEEKDAYS,
    ranges: Iterable[tuple[time, time]] = (MORNING, AFTERNOON),
    month_weeks: int = ALL_MONTH_WEEKS,
    serves: Iterable[str] | None = None,
    closed_on: Iterable[date] = (),
    placed: bool = True,
    **fields: object,
) -> Desk:
    """A desk open on weekdays, 9–12 and 14–17:30, that serves its own commune; Denain unless told otherwise."""
    number = next(_numbers)
    commune = communes.get(insee_code)
    estimate = communes.estimate_position(insee_code)
    values: dict[str, object] = {
        "slug": f"antenne-{number}",
        "name": name or f"Antenne {number}",
        "kind": kind,
        "street": f"{number} rue de Villars",
        "postcode": commune.postcodes[0],
        "city": commune.name,
        "insee_code": insee_code,
        "phone": "+33639980001",
        "email": f"antenne{number}@plateforme.example",
    }
    if placed and estimate is not None:
        values["latitude"], values["longitude"] = estimate.position
        values["position_precision"] = Precision.COMMUNE
    with transaction() as session:
        desk = Desk(**(values | fields))
        session.add(desk)
        session.flush()
        session.add_all(
            DeskOpening(desk_id=desk.id, weekday=day, opens=opens, closes=closes, month_weeks=month_weeks)
            for day in days
            for opens, closes in ranges
        )
        session.add_all(DeskException(desk_id=desk.id, day_on=day, closed=True) for day in closed_on)
        served = [insee_code] if serves is None else list(serves)
        session.add_all(DeskCommune(desk_id=desk.id, insee_code=code) for code in served)
        return desk


def make_permanence(name: str = "Permanence de Solesmes", *, weekday: int = 3, month_weeks: int = 0b00101) -> Desk:
    """A part-time desk: one morning on the first and third Thursdays, in Solesmes."""
    return make_desk(
        name,
        insee_code="59571",
        kind=DeskKind.PART_TIME,
        days=[weekday],
        ranges=[MORNING],
        month_weeks=month_weeks,
        place_note="En mairie, salle du rez-de-chaussée",
    )


def make_three_desks() -> tuple[Desk, Desk, Desk]:
    """Valenciennes, Denain and Caudry."""
    return (
        make_desk("Valenciennes", insee_code="59606"),
        make_desk("Denain", insee_code="59172"),
        make_desk("Caudry", insee_code="59139"),
    )
