"""After the delivery: what a customer may still claim, and the orders that a granted claim needs.

The orders are taken in like any other: their depots by road, their goods by stock, held where nobody can get to the
door. They belong to whoever placed the first one, and each has a tracking link of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from dispatch.application.orders import IntakePolicy, OrderLabel, OrderWish, Supply, take_in
from dispatch.domain.claim import ANY_TIME, Claim, ClaimKind, ClaimReason, Visit
from dispatch.domain.claim_commands import LinkedOrder
from dispatch.domain.claim_orders import HELD_FOR_EXCHANGE
from dispatch.domain.claim_policy import KINDS_OF, ClaimPolicy
from dispatch.domain.claims import claim_until_ms, claimable, left_to_claim, why_no_claim
from dispatch.domain.errors import Conflict
from dispatch.domain.fulfilment import Mode
from dispatch.domain.order import Direction, Dropoff, Line, Order
from dispatch.domain.shelf import Sku
from dispatch.domain.vehicle import Load

GIVEN_AWAY_MS: Final = 30 * 60_000
"""So long before a visit begins a courier is looked for (house figure, as for windows)."""
LEAST_LEFT_MS: Final = 15 * 60_000
"""A visit that is nearly over is as good as one that is."""


@dataclass(frozen=True, slots=True)
class ClaimOption:
    """What can be claimed of a line, and until when (business epoch ms)."""

    kind: ClaimKind
    reason: ClaimReason
    until_ms: int


@dataclass(frozen=True, slots=True)
class ClaimableLine:
    """A line of a delivered order: its goods, how many pieces are left to claim, and what for."""

    line: int
    goods: Line
    left: int
    options: tuple[ClaimOption, ...]


def claimable_lines(
    order: Order, claims: Iterable[Claim], policy: ClaimPolicy, skus: Mapping[str, Sku], now_ms: int
) -> list[ClaimableLine]:
    """What the order's customer may claim now, `claims` being all of the order; nothing before it is delivered."""
    if why_no_claim(order):
        return []
    left = left_to_claim(order, claims)
    lines = enumerate(claimable(order))
    return [ClaimableLine(n, line, left[n], _options(order, line, policy, skus, now_ms)) for n, line in lines]


def _options(
    order: Order, line: Line, policy: ClaimPolicy, skus: Mapping[str, Sku], now_ms: int
) -> tuple[ClaimOption, ...]:
    category = skus[line.sku].category if line.sku in skus else ""
    asked = ((kind, reason) for reason, kinds in KINDS_OF.items() for kind in kinds)
    options = (ClaimOption(k, r, claim_until_ms(policy, order, k, r, category)) for k, r in asked)
    return tuple(option for option in options if option.until_ms >= now_ms)


async def order_that_fetches(
    claim: Claim, order: Order, label: OrderLabel, depot_id: str, around: tuple[Supply, IntakePolicy]
) -> LinkedOrder:
    """The order that brings the claimed goods of `order` from its door to a depot, when its customer can be visited.

    Raises what `take_in` raises, and `Conflict` where nobody knows the door any more.
    """
    visit = _visit(claim.visit, label.created_at_ms)
    due_ms = visit.earliest_at_ms - GIVEN_AWAY_MS
    wish = OrderWish(
        dropoff=_door(order),
        load=_share(claim, order),
        ref=order.ref,
        depot_id=depot_id,
        ready_at_ms=visit.earliest_at_ms or None,
        promise_at_ms=visit.latest_at_ms or None,
        commit_due_at_ms=due_ms if due_ms > label.created_at_ms else 0,
        lines=tuple(Line(line.name, line.quantity, sku=line.sku) for line in claim.lines),
        direction=Direction.RETURN,
        skills=order.skills,
        fragile=order.fragile,
    )
    made = await take_in(wish, label, *around)
    return LinkedOrder(made.order, made.hold)


async def order_that_brings(
    claim: Claim, order: Order, label: OrderLabel, goods: tuple[Line, ...], around: tuple[Supply, IntakePolicy]
) -> LinkedOrder:
    """The order that brings its customer other goods, from the nearest depot that has them; or (`goods` empty) their
    own ones, repaired. Raises as `order_that_fetches`.
    """
    counted = any(line.sku for line in goods)
    own = tuple(Line(line.name, line.quantity) for line in claim.lines)
    wish = OrderWish(
        dropoff=_door(order),
        load=_share(claim, order),
        ref=order.ref,
        depot_id=None if counted else claim.depot_id,
        lines=goods or own,
        skills=order.skills,
        fragile=order.fragile,
    )
    made = await take_in(wish, label, *around)
    return LinkedOrder(made.order, made.hold)


def waiting(linked: LinkedOrder) -> LinkedOrder:
    """The other goods of an exchange are promised now, and leave when the first ones were received."""
    return LinkedOrder(linked.order, linked.hold or HELD_FOR_EXCHANGE)


def same_goods(claim: Claim) -> tuple[Line, ...]:
    """What is exchanged for what was claimed, where nobody names something else."""
    return tuple(Line(line.name, line.quantity, sku=line.sku) for line in claim.lines)


def _door(order: Order) -> Dropoff:
    if not order.dropoff.address:
        raise Conflict("customer_erased", "Nobody knows the door of this order any more; its customer was erased.")
    if order.mode is Mode.DELIVERY:
        return order.dropoff
    if order.door is None:
        raise Conflict("no_door", "This order has no address where somebody could bring it.")
    return replace(order.door, name=order.dropoff.name, phone=order.dropoff.phone)


def _visit(wished: Visit, now_ms: int) -> Visit:
    """The visit as it can still be made; as soon as possible when it cannot."""
    if wished.latest_at_ms < now_ms + LEAST_LEFT_MS:
        return ANY_TIME
    return Visit(max(wished.earliest_at_ms, now_ms), wished.latest_at_ms)


def _share(claim: Claim, order: Order) -> Load:
    """What the claimed pieces weigh: their share of the order, as if all pieces were alike."""
    pieces = sum(line.quantity for line in claim.lines)
    share = pieces / sum(line.quantity for line in claimable(order))
    return Load(ceil(order.load.weight_g * share), ceil(order.load.volume_ml * share), max(1, pieces))
