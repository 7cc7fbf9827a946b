"""Compile the fast path's part of the kernel before anybody waits for it, by planning a toy zone.

The first time takes some seconds; what was compiled is kept on disk, and later starts load it in a fraction of one.
"""

import numpy as np

from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.problem import PlanCourier, PlanOrder, Problem

_MINUTE_MS = 60_000


def toy() -> Problem:
    """Two orders and two couriers on a road."""
    orders = {}
    for k in range(2):
        door = Dropoff(Point(0.0, 0.0), "")
        order = Order(f"o{k}", "d", door, Load(1, 1, 1), 0, 0, 30 * _MINUTE_MS)
        orders[order.id] = PlanOrder(order, 0, 1 + k, True)
    couriers = tuple(PlanCourier(f"c{k}", Profile.EBIKE, Load(9, 9, 9), 3 + k, 0) for k in range(2))
    at = np.array([0, 4, 7, 1, 2]) * _MINUTE_MS
    legs = np.abs(at[:, None] - at[None, :]).astype(np.int32)
    return Problem(0, 0, couriers, orders, {Profile.EBIKE: legs})


def warm() -> None:
    """Plan the toy zone once."""
    insert_waiting(toy())
