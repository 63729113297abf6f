"""What a journey costs and who gives how much: contributions never exceed the cost. Pure, integers throughout.

Source: L3132-1 and R3132-1 of the Code des transports: costs are shared, nothing is earned; the tax scale of mileage may
stand for the costs. The figures of the scale are dated settings (``carpool/parameters.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# A scale says tenths of a cent for each kilometre: 0.529 € is 529.
_PER_CENT = 10
_METRES = 1000


@dataclass(frozen=True)
class Scale:
    """What a kilometre costs: tenths of a cent by fiscal power; those above the highest cost as much as it.

    ``electric_percent`` is added for an electric car.
    """

    by_power: Mapping[int, int]
    electric_percent: int = 0

    def per_km(self, power_cv: int | None, *, electric: bool) -> int:
        """Return tenths of a cent for each kilometre; a power that nobody said counts as the lowest."""
        lowest, highest = min(self.by_power), max(self.by_power)
        base = self.by_power[min(max(power_cv if power_cv is not None else lowest, lowest), highest)]
        return base * (100 + self.electric_percent) // 100 if electric else base


def trip_cost_cents(metres: int, scale: Scale, *, power_cv: int | None, electric: bool) -> int:
    """Return what a journey of so many metres costs, rounded down: shared costs never exceed real ones."""
    return metres * scale.per_km(power_cv, electric=electric) // (_PER_CENT * _METRES)


def asked_cents(metres: int, price_per_km_cents: int, *, seats: int = 1) -> int:
    """Return what is asked of a passenger for one leg, rounded down, before the cost of the journey bounds it."""
    return metres * price_per_km_cents * seats // _METRES


def shares(cost_cents: int, asked: Sequence[int]) -> list[int]:
    """Return what each passenger gives: what is asked, or in proportion where together it exceeds the cost.

    Nobody gives more than was asked; the sum is never above the cost, and is exactly it where it had to be cut.
    Cents that remain go to the largest remainders, the first of equals first.
    """
    total = sum(asked)
    if total <= cost_cents:
        return list(asked)
    given = [one * cost_cents // total for one in asked]
    left = cost_cents - sum(given)
    by_remainder = sorted(range(len(asked)), key=lambda index: (-(asked[index] * cost_cents % total), index))
    for index in by_remainder[:left]:
        given[index] += 1
    return given
