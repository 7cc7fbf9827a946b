"""What is promised, and how long a stop takes: figures that the zone and the planner must agree on."""

from collections.abc import Sequence

from dispatch.domain.order import Order
from dispatch.domain.route import StopKind

EXTRA_ORDER_PICKUP_S = 20
"""Each further order at the same depot visit: one more bag to find and check (house figure)."""
EXTRA_ORDER_DROPOFF_S = 30
"""Each further order at the same door (house figure)."""
LATE_BOUND_MIN_MS = 120_000
LATE_BOUND_SHARE = 0.2


def stop_service_s(kind: StopKind, orders: Sequence[Order]) -> int:
    """Seconds that a stop takes for these orders: the longest of them, and a little for each further one."""
    if kind is StopKind.PICKUP:
        return max(order.service_pickup_s for order in orders) + EXTRA_ORDER_PICKUP_S * (len(orders) - 1)
    return max(order.service_dropoff_s for order in orders) + EXTRA_ORDER_DROPOFF_S * (len(orders) - 1)


def late_bound_ms(now_ms: int, eta_at_ms: int) -> int:
    """The later end of the shown range: two minutes, or a fifth of the time left when that is more."""
    return eta_at_ms + max(LATE_BOUND_MIN_MS, int(LATE_BOUND_SHARE * (eta_at_ms - now_ms)))
