"""What a caller who is limited to depots may touch, where it is named by its orders."""

from collections.abc import Iterable

from dispatch.application.access import allow_depots
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order
from dispatch.web.call import Call


async def check_depots(call: Call, order_ids: Iterable[str]) -> None:
    """Return if all of these orders are of the caller's depots, or the caller has no such limits. Raises `Forbidden`,
    or `NotFound` for an order that nobody knows.
    """
    if not call.subject.depots:
        return
    for order_id in dict.fromkeys(order_ids):
        found = await call.services.store.find_order(order_id)
        if found is None or not isinstance(found[1], Order):
            raise NotFound("unknown_order", f"There is no order {order_id}.")
        allow_depots(call.subject, [found[1].depot_id])
