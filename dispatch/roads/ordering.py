"""The order in which a contraction hierarchy takes the junctions of a network: the slow part of building one.

It depends on the streets alone, not on speeds, so it is worked out once for the whole network and stored with it. A
profile's graph takes its nodes in the order of the junctions that they stand at: the separators stay separators.
"""

import numpy as np

from dispatch.roads.network import FloatArray, IntArray


def contraction_order(lat: FloatArray, lon: FloatArray, tail: IntArray, head: IntArray) -> IntArray:
    """[N] the nodes, least important first (inertial nested dissection); [0] where routingkit-cch is missing."""
    try:
        import routingkit_cch as rk  # noqa: PLC0415 - the wheel is missing on some platforms
    except ImportError:
        return np.empty(0, dtype=np.int32)
    order = rk.compute_order_inertial(len(lat), tail.tolist(), head.tolist(), lat.tolist(), lon.tolist())
    return np.array(order, dtype=np.int32)


def ranks(order: IntArray) -> IntArray:
    """[N] when each node is contracted: the inverse of an order."""
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank
