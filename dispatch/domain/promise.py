"""What is promised, and how long a stop takes: figures that the zone and the planner must agree on."""

from collections.abc import Sequence

from dispatch.domain.order import Order
from dispatch.domain.route import StopKind

EXTRA_ORDER_PICKUP_S = 20
"""Each further order at the same depot visit: one more bag to find and check (house figure)."""
EXTRA_ORDER_DROPOFF_S = 30
"""Each further order at the same door (house figure)."""


def stop_service_s(kind: StopKind, orders: Sequence[Order]) -> int:
    """Seconds that a stop takes for these orders: the longest of them, and a little for each further one."""
    if kind is StopKind.PICKUP:
        return max(order.service_pickup_s for order in orders) + EXTRA_ORDER_PICKUP_S * (len(orders) - 1)
    return max(order.service_dropoff_s for order in orders) + EXTRA_ORDER_DROPOFF_S * (len(orders) - 1)
