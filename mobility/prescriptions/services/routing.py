"""Which desk a prescription goes to: that of the commune, or one that was chosen where none serves it."""

from __future__ import annotations

from collections.abc import Callable

from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.desks.queries import desks_serving, list_desks, position_of
from mobility.geo import communes
from mobility.geo.distance import straight_line_km
from mobility.prescriptions.errors import DeskNotChosen, NoDeskServes

# What whoever sends somebody from a commune that nobody serves may answer instead of a desk.
NEAREST = 0


def nearest_desk(insee_code: str) -> int:
    """Return the desk of a commune; where several serve it, the nearest.

    Raises NoDeskServes, which names the nearest desk of all.
    """
    serving = desks_serving(insee_code)
    if not serving:
        near = desks_around(insee_code)
        commune = communes.find(insee_code)
        raise NoDeskServes(
            city=commune.name if commune else insee_code, nearest=_named(near[0]) if near else "aucune pour l’instant"
        )
    return min(serving, key=_distance_to(insee_code)).id


def desks_around(insee_code: str, *, limit: int = 5) -> list[tuple[Desk, float | None]]:
    """Return the desks that stand, the nearest first, with the distance as the crow flies; one query."""
    distance = _distance_to(insee_code)
    found = sorted(list_desks(), key=distance)[:limit]
    return [(desk, None if distance(desk)[0] == float("inf") else distance(desk)[0]) for desk in found]


def _named(found: tuple[Desk, float | None]) -> str:
    desk, km = found
    return desk.name if km is None else f"{desk.name} ({max(1, round(km))} km)"


def outside_choices(insee_code: str) -> list[tuple[int, str]]:
    """Return the desks that somebody from an unserved commune may be sent to; none where one serves it."""
    if desks_serving(insee_code):
        return []
    return [(desk.id, _named((desk, km))) for desk, km in desks_around(insee_code)] + [
        (NEAREST, "Je ne sais pas : choisissez pour moi")
    ]


def desk_or_nearest(insee_code: str, desk_id: int | None = None) -> int:
    """Return the desk of a commune; where none serves it, the one that was chosen, else the nearest.

    For senders that no page can ask. Raises DeskNotChosen where there is no such desk, or none at all.
    """
    try:
        return nearest_desk(insee_code)
    except NoDeskServes:
        return route(insee_code, NEAREST if desk_id is None else desk_id)


def _distance_to(insee_code: str) -> Callable[[Desk], tuple[float, str, int]]:
    there = communes.estimate_position(insee_code)

    def distance(desk: Desk) -> tuple[float, str, int]:
        place = position_of(desk)
        far = float("inf") if place is None or there is None else straight_line_km(place, there.position)
        return far, desk.name, desk.id

    return distance


def route(insee_code: str, desk_id: int | None) -> int:
    """Return the desk that was chosen, or that of the commune. Raises DeskNotChosen, NoDeskServes."""
    if desk_id is None:
        return nearest_desk(insee_code)
    if desk_id == NEAREST:
        near = desks_around(insee_code, limit=1)
        if not near:
            raise DeskNotChosen
        return near[0][0].id
    try:
        desk = load(Desk, desk_id)
    except NotFound:
        raise DeskNotChosen from None
    if desk.archived_at is not None:
        raise DeskNotChosen
    return desk.id
