"""What keeps two people from sharing a car, looked at before any road is asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mobility.carpool.kinds import Luggage

_ROOM = (Luggage.NONE, Luggage.SMALL, Luggage.LARGE)


class Against(StrEnum):
    """Why a driver and a passenger are not proposed to each other."""

    SAME = "same"
    APART = "apart"
    WOMEN_ONLY = "women_only"
    SMOKING = "smoking"
    ANIMAL = "animal"
    CHILD_SEATS = "child_seats"
    LUGGAGE = "luggage"
    SEATS = "seats"


AGAINST_LABELS = {
    Against.SAME: "C’est la même personne.",
    Against.APART: "Ces deux personnes ne sont pas proposées l’une à l’autre.",
    Against.WOMEN_ONLY: "L’une des deux ne voyage qu’entre femmes.",
    Against.SMOKING: "On fume dans cette voiture.",
    Against.ANIMAL: "La voiture ne prend pas d’animal d’assistance.",
    Against.CHILD_SEATS: "Il n’y a pas assez de sièges enfant.",
    Against.LUGGAGE: "Il n’y a pas assez de place pour les bagages.",
    Against.SEATS: "Il n’y a pas assez de places.",
}


@dataclass(frozen=True, slots=True)
class Party:
    """Who drives or rides, and what goes with it.

    ``is_woman`` is what somebody said of themselves (None: nothing). For a driver the numbers are what the car has,
    ``smoking`` whether people smoke in it, ``animal`` whether an assistance animal is welcome; for a passenger what is
    needed, ``smoking`` whether they bear it, ``animal`` whether there is one.
    """

    member_id: int
    is_woman: bool | None = None
    women_only: bool = False
    smoking: bool = False
    animal: bool = False
    child_seats: int = 0
    luggage: Luggage = Luggage.SMALL
    seats: int = 1


def against(driver: Party, rider: Party, apart: frozenset[frozenset[int]] = frozenset()) -> tuple[Against, ...]:
    """Return all that stands against a pair, nothing where they may be proposed to each other.

    ``apart``: pairs of members of whom one has blocked the other. Who said nothing of themselves is not taken along
    « entre femmes », on either side.
    """
    found = []
    if driver.member_id == rider.member_id:
        found.append(Against.SAME)
    if frozenset({driver.member_id, rider.member_id}) in apart:
        found.append(Against.APART)
    if (driver.women_only or rider.women_only) and not (driver.is_woman and rider.is_woman):
        found.append(Against.WOMEN_ONLY)
    if driver.smoking and not rider.smoking:
        found.append(Against.SMOKING)
    if rider.animal and not driver.animal:
        found.append(Against.ANIMAL)
    if rider.child_seats > driver.child_seats:
        found.append(Against.CHILD_SEATS)
    if _ROOM.index(rider.luggage) > _ROOM.index(driver.luggage):
        found.append(Against.LUGGAGE)
    if rider.seats > driver.seats:
        found.append(Against.SEATS)
    return tuple(found)
