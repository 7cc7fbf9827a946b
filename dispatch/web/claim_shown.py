"""Claims as they are told over HTTP: to staff and shops, and to the customer whose they are."""

from dispatch.application.after_sales import ClaimableLine
from dispatch.application.hub import ZoneHub
from dispatch.domain.claim import FETCHED, Claim, ClaimStatus
from dispatch.domain.order import FINISHED, Order, OrderStatus
from dispatch.web.bodies_after_sales import (
    ClaimableShown,
    ClaimedLineShown,
    ClaimShown,
    MyClaimShown,
    MyLineShown,
    OptionShown,
)
from dispatch.web.services import Services
from dispatch.web.tracking_links import page_of


def claim_shown(zone_id: str, claim: Claim) -> ClaimShown:
    """The whole of it."""
    came = {line.line: line for line in claim.received}
    return ClaimShown(
        id=claim.id,
        order_id=claim.order_id,
        kind=claim.kind.value,
        reason=claim.reason.value,
        status=claim.status.value,
        lines=[
            ClaimedLineShown(
                line=line.line,
                name=line.name,
                sku=line.sku,
                quantity=line.quantity,
                restocked=came[line.line].restocked if line.line in came else 0,
                written_off=came[line.line].written_off if line.line in came else 0,
            )
            for line in claim.lines
        ],
        at_ms=claim.at_ms,
        answer_due_at_ms=claim.answer_due_at_ms,
        depot_id=claim.depot_id,
        zone=zone_id,
        delivered_at_ms=claim.delivered_at_ms,
        ref=claim.ref,
        text=claim.text,
        earliest_at_ms=claim.visit.earliest_at_ms,
        latest_at_ms=claim.visit.latest_at_ms,
        by=claim.by,
        answer=claim.answer,
        answered_by=claim.answered_by,
        answered_at_ms=claim.answered_at_ms,
        escalated_at_ms=claim.escalated_at_ms,
        pickup_order_id=claim.pickup_order_id,
        delivery_order_id=claim.delivery_order_id,
        arrived_at_ms=claim.arrived_at_ms,
        received_at_ms=claim.received_at_ms,
        brought_at_ms=claim.brought_at_ms,
        changed_at_ms=claim.changed_at_ms,
    )


def claimable_shown(line: ClaimableLine) -> ClaimableShown:
    """A line of the order."""
    options = [OptionShown(kind=o.kind.value, reason=o.reason.value, until_ms=o.until_ms) for o in line.options]
    return ClaimableShown(
        line=line.line, name=line.goods.name, quantity=line.goods.quantity, left=line.left, options=options
    )


def my_claim(claim: Claim, hub: ZoneHub, services: Services) -> MyClaimShown:
    """What its customer is told; who answered it, and what it is called in the house, they are not."""
    return MyClaimShown(
        id=claim.id,
        kind=claim.kind.value,
        reason=claim.reason.value,
        status=claim.status.value,
        lines=[MyLineShown(line=line.line, name=line.name, quantity=line.quantity) for line in claim.lines],
        at_ms=claim.at_ms,
        answer_due_at_ms=claim.answer_due_at_ms,
        text=claim.text,
        answer=claim.answer,
        earliest_at_ms=claim.visit.earliest_at_ms,
        latest_at_ms=claim.visit.latest_at_ms,
        arrived_at_ms=claim.arrived_at_ms,
        may_withdraw=claim.status in (ClaimStatus.REQUESTED, ClaimStatus.APPROVED),
        pickup_url=_page(hub, services, claim.pickup_order_id) if claim.status in FETCHED else "",
        delivery_url=_page(hub, services, claim.delivery_order_id),
    )


def _page(hub: ZoneHub, services: Services, order_id: str) -> str:
    """Where an order that is under way is followed; empty for one that waits or has ended."""
    order: Order | None = hub.replica.state.orders.get(order_id)
    if order is None or order.status in FINISHED or order.status is OrderStatus.HELD:
        return ""
    return page_of(services.secret, "", order)
