"""What a shop tells of an order that it has placed: that it is paid, that somebody picks it, that it is packed.

The steps are reported a little after they happened, as people do, and never sooner than the shop had promised: they
show how far an order is and change no plan.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from simulator.api import Api, RequestRefused
from simulator.clock import BusinessClock

PICKS_AFTER_RATIO = 0.3
"""Of the time until the goods are ready."""
NOTES_AFTER_S = 5.0
"""So much later, business time, a step is typed in."""


async def prepare(api: Api, clock: BusinessClock, order: Mapping[str, Any]) -> None:
    """Report every step of an order, as `POST /v1/orders` answered it, until it is packed or has ended."""
    placed_ms, ready_ms = int(order["created_at_ms"]), int(order["ready_at_ms"])
    picked_ms = placed_ms + round(max(0, ready_ms - placed_ms) * PICKS_AFTER_RATIO)
    with suppress(RequestRefused):
        for step, at_ms in (("paid", placed_ms), ("picking", picked_ms), ("packed", max(placed_ms, ready_ms))):
            await clock.sleep_until(at_ms + round(NOTES_AFTER_S * 1000))
            await api.report_preparation(order["id"], step, at_ms)
