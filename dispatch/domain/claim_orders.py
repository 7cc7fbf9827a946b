"""The orders of a claim: linked to it when they are made, and followed by it as they go on.

An order says in `claim_id` what it was made for. A return fetches the goods, a delivery brings others or repaired ones.
"""

from dataclasses import replace
from typing import Final

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.claim import FETCHED, Claim, ClaimStatus
from dispatch.domain.claim_commands import LinkedOrder
from dispatch.domain.claim_policy import DAY_MS
from dispatch.domain.holds import let_go_on
from dispatch.domain.intake import cancel_order, create_order
from dispatch.domain.order import BEFORE_PICKUP, ON_BOARD, WAITING, Direction, Order, OrderStatus
from dispatch.domain.zone import Draft

HELD_FOR_EXCHANGE: Final = "exchange"
"""Why an exchange's other goods wait at their depot: the first ones have not been looked at."""
_S = ClaimStatus
_AT_DEPOT: Final = (OrderStatus.DELIVERED, OrderStatus.RETURNED)
_MAY_COME: Final = FETCHED | {_S.REQUESTED, _S.WITHDRAWN}


def delivered_at_ms(order: Order) -> int:
    """When it was delivered, business epoch ms; 0: never."""
    return next((at_ms for status, at_ms in reversed(order.timeline) if status is OrderStatus.DELIVERED), 0)


def change_claim(draft: Draft, claim: Claim) -> None:
    """Let a claim change."""
    draft.emit(e.ClaimChanged(replace(claim, changed_at_ms=draft.now_ms)))


def link(draft: Draft, claim: Claim, linked: LinkedOrder) -> None:
    """Let an order of the claim come in. Raises what `create_order` raises."""
    create_order(draft, c.CreateOrder(replace(linked.order, claim_id=claim.id), linked.hold))


def call_off(draft: Draft, claim: Claim, reason: str, *, only_pickup: bool = False) -> None:
    """The claim's orders end, as far as nobody has their goods."""
    for order_id in (claim.pickup_order_id, "" if only_pickup else claim.delivery_order_id):
        if order_id in draft.base.unfinished and draft.order(order_id).status in WAITING | BEFORE_PICKUP:
            cancel_order(draft, c.CancelOrder(order_id, reason))


def let_delivery_go(draft: Draft, claim: Claim, promise_at_ms: int) -> None:
    """The other goods leave now, if they have waited for this."""
    if claim.delivery_order_id not in draft.base.unfinished:
        return
    order = draft.order(claim.delivery_order_id)
    if order.status is OrderStatus.HELD and order.reason == HELD_FOR_EXCHANGE:
        promise_ms = max(promise_at_ms, draft.now_ms)
        let_go_on(draft, replace(order, ready_at_ms=draft.now_ms, earliest_at_ms=0, promise_at_ms=promise_ms))


def follow(draft: Draft) -> None:
    """After a decision that has changed orders of claims: the claims go on with them."""
    changed = (event.order for event in draft.events if isinstance(event, e.OrderChanged))
    for order_id in dict.fromkeys(order.id for order in changed if order.claim_id):
        order = draft.order(order_id)
        claim = draft.find_claim(order.claim_id)
        if claim:
            _go_on(draft, claim, order)


def _go_on(draft: Draft, claim: Claim, order: Order) -> None:
    now = _fetched(draft, claim, order) if order.direction is Direction.RETURN else _brought(draft, claim, order)
    if now == claim:
        return
    change_claim(draft, now)
    if claim.pickup_order_id != now.pickup_order_id:
        # Nobody fetches what is on its way already, and without the first goods the other ones stay.
        call_off(draft, claim, "claim changed", only_pickup=bool(now.pickup_order_id))


def _fetched(draft: Draft, claim: Claim, order: Order) -> Claim:
    """Reality wins: goods that somebody fetched are on their way, whatever was thought of it meanwhile."""
    if claim.status not in _MAY_COME:
        return claim
    if order.status in ON_BOARD:
        return replace(claim, status=_S.COLLECTING, pickup_order_id=order.id, arrived_at_ms=0)
    if order.status in _AT_DEPOT:
        arrived_ms = claim.arrived_at_ms or draft.now_ms
        return replace(claim, status=_S.COLLECTING, pickup_order_id=order.id, arrived_at_ms=arrived_ms)
    if order.id != claim.pickup_order_id or claim.status not in FETCHED:
        return claim
    if order.status is OrderStatus.CANCELED:
        again = replace(claim, status=_S.REQUESTED, pickup_order_id="", delivery_order_id="", escalated_at_ms=0)
        return replace(again, answer_due_at_ms=draft.now_ms + DAY_MS)
    return replace(claim, status=_S.APPROVED, arrived_at_ms=0)


def _brought(draft: Draft, claim: Claim, order: Order) -> Claim:
    """The end of a delivery is the end of its claim; one that came to nothing is to be made again."""
    if order.status is OrderStatus.DELIVERED:
        brought = replace(claim, delivery_order_id=order.id, brought_at_ms=claim.brought_at_ms or draft.now_ms)
        return replace(brought, status=_S.DONE) if claim.status is _S.RECEIVED else brought
    if order.id != claim.delivery_order_id:
        return claim
    kept = "" if order.status in (OrderStatus.CANCELED, OrderStatus.RETURNED) else order.id
    under_way = replace(claim, delivery_order_id=kept, brought_at_ms=0)
    return replace(under_way, status=_S.RECEIVED) if claim.status is _S.DONE else under_way
