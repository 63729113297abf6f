"""The order in which the nodes of a network are eliminated. Pure.

A good order cuts the network by small separators again and again (nested dissection) and puts each separator after
the parts that it separates. It hangs on the roads alone, not on their times, so it is kept when times change. Any
order gives exact answers; a bad one gives them slowly.
"""

from __future__ import annotations

import hashlib

import numpy as np
import routingkit_cch

from mobility.geo.network.model import Ints, RoadNetwork


def elimination_order(network: RoadNetwork) -> Ints:
    """Return the nodes in their order of elimination, int32[n]: inertial flow cuts, some 40 s for a million nodes."""
    if network.node_count < 2:  # the library cannot bear an empty network
        return np.arange(network.node_count, dtype=np.int32)
    order = routingkit_cch.compute_order_inertial(
        network.node_count,
        network.tails().tolist(),
        network.head.tolist(),
        network.latitude.tolist(),
        network.longitude.tolist(),
    )
    return np.array(order, dtype=np.int32)


def topology_digest(network: RoadNetwork) -> str:
    """Return a name for who is joined to whom: all that an order, and what is built on it, hangs on."""
    digest = hashlib.blake2b(digest_size=12)
    digest.update(np.ascontiguousarray(network.first_out, dtype=np.int64).data)
    digest.update(np.ascontiguousarray(network.head, dtype=np.int32).data)
    return digest.hexdigest()


def weights_digest(network: RoadNetwork) -> str:
    """Return a name for the topology and the times together."""
    digest = hashlib.blake2b(topology_digest(network).encode(), digest_size=12)
    digest.update(np.ascontiguousarray(network.seconds, dtype=np.int32).data)
    return digest.hexdigest()
