"""What the straight line alone rules out, never losing a match. Pure.

**Proof.** Straight lines are taken in space, through the ground: they obey the triangle inequality. Let v be the
greatest speed of the network: the greatest, over its arcs e, of line(e)/s(e), the straight line between the arc's two
ends over its seconds. A fastest way from a to b goes through arcs; so line(a, b) ≤ Σ line(e) ≤ Σ v·s(e) = v·d(a, b),
that is d(a, b) ≥ line(a, b)/v. The detour d(o,r) + d(r,r') + d(r',t) − d(o,t) is therefore at least
(line(o,r) + line(r,r') + line(r',t))/v − d(o,t): where this exceeds a driver's budget, the detour does, and leaving
the pair out loses nothing.

v is read from the weights that are matched on, not assumed: calibration, rounding to whole seconds, a ferry or an
error in the data are in it, whatever they are. Lines are computed to 10⁻⁸ metre; as every arc lasts a second at least,
a thousandth of a metre per second added to v outweighs it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from mobility.geo.distance import EARTH_RADIUS_KM
from mobility.geo.network.model import Floats, Ints, RoadNetwork
from mobility.geo.network.snapping import unit_vectors

_SLACK_METRES_PER_SECOND = 1e-3


class StraightLines:
    """Lower bounds on the seconds between the nodes of one network."""

    def __init__(self, network: RoadNetwork) -> None:
        self._metres = unit_vectors(network.nodes_at()) * (EARTH_RADIUS_KM * 1000)
        lines = np.linalg.norm(self._metres[network.tails()] - self._metres[network.head], axis=1)
        self.metres_per_second = float((lines / network.seconds).max(initial=0.0)) + _SLACK_METRES_PER_SECOND

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Return at most the seconds from each source to each target, shape (s, t)."""
        lines: Floats = cdist(self._metres[sources], self._metres[targets])
        return lines / self.metres_per_second

    def pairwise(self, sources: Ints, targets: Ints) -> Floats:
        """Return at most the seconds from each source to its target, shape (s,)."""
        lines: Floats = np.linalg.norm(self._metres[sources] - self._metres[targets], axis=1)
        return lines / self.metres_per_second

    def may_match(
        self, origins: Ints, destinations: Ints, most_seconds: NDArray[Any], pickups: Ints, dropoffs: Ints
    ) -> NDArray[np.bool_]:
        """Tell which drivers could take which riders, shape (drivers, riders): a no is certain, a yes is not.

        ``most_seconds`` is the longest drive that each driver bears: alone, and the detour.
        """
        least = self.matrix(origins, pickups)
        least += self.matrix(destinations, dropoffs)  # a line is the same both ways
        least += self.pairwise(pickups, dropoffs)
        return least <= np.asarray(most_seconds, dtype=np.float64)[:, None]
