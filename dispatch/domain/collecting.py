"""What a delivery to a pickup point, or taking it back, means for the collection. Pure."""

from dataclasses import replace

from dispatch.domain.collection import CollectionState
from dispatch.domain.order import Order, OrderStatus


def lying(order: Order, now_ms: int) -> Order:
    """The order as it is collected now: whatever changes an order (`Draft.change_order`) asks here."""
    there = order.collection
    if there is None:
        return order
    lies = order.status is OrderStatus.DELIVERED
    if lies and there.state is CollectionState.EXPECTED:
        until_ms = now_ms + there.keeps_s * 1000
        return replace(
            order, collection=replace(there, state=CollectionState.AT_POINT, at_ms=now_ms, until_ms=until_ms)
        )
    if not lies and there.state is CollectionState.AT_POINT:
        again = replace(there, state=CollectionState.EXPECTED, at_ms=0, until_ms=0, confirmed_at_ms=0)
        return replace(order, collection=again)
    return order
