"""Decisions about how far the shop or the depot is with an order: paid, picking begun, packed.

Each step is a fact that somebody outside reports, so steps may come out of order, late, or not at all. They decide
nothing about who delivers; only that the goods are packed sooner than was said is news for the plan, and that an order
is paid which waited for it.
"""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.eta import EtaCause
from dispatch.domain.holds import let_go_on
from dispatch.domain.order import BEFORE_PICKUP, FINISHED, WAITING, Direction, Order, OrderStatus, PreparationStep
from dispatch.domain.payment import HELD_FOR_PAYMENT, PaymentState
from dispatch.domain.route import Stop, StopKind
from dispatch.domain.zone import Draft

PREPARED = "preparation"
"""What an `OrderChanged` calls a step that changes no plan."""
READY = "ready"
"""What it calls goods that are ready sooner than was said, or ready for whoever fetches them."""


def report_preparation(draft: Draft, command: c.ReportPreparation) -> None:
    """A step is noted once, as first reported. Raises `Conflict` after the end, `InvalidInput` for a return."""
    order = draft.order(command.order_id)
    if any(step is command.step for step, _ in order.preparation):
        return
    if order.status is OrderStatus.CANCELED and command.step is PreparationStep.PAID:
        raise Conflict("order_ended", "The order is canceled; what was paid for it goes back to the customer.")
    if order.status in FINISHED:
        raise Conflict("order_ended", f"The order is {order.status}; nothing more is prepared for it.")
    if order.direction is Direction.RETURN and command.step is not PreparationStep.PAID:
        raise InvalidInput("not_prepared", "A return comes from its customer; no depot picks or packs it.")
    at_ms = max(order.created_at_ms, min(command.at_ms or draft.now_ms, draft.now_ms))
    steps = sorted((*order.preparation, (command.step, at_ms)), key=lambda entry: entry[1])
    prepared = replace(order, preparation=tuple(steps))
    if command.step is PreparationStep.PACKED and (
        _can_go_sooner(order, at_ms) or order.status is OrderStatus.AT_DEPOT
    ):
        draft.change_order(replace(prepared, ready_at_ms=min(order.ready_at_ms, at_ms)), READY)
        _tell_courier(draft, order.courier_id, order.id)
    elif command.step is PreparationStep.PAID:
        _take_payment(draft, prepared)
    else:
        draft.emit(e.OrderChanged(prepared, PREPARED))


def _take_payment(draft: Draft, order: Order) -> None:
    """Nothing is due at the door any more, and what waited for the money goes on."""
    settled = order.payment and replace(order.payment, state=PaymentState.PAID, due_minor=0)
    paid = replace(order, payment=settled)
    draft.emit(e.OrderChanged(paid, PREPARED))
    if paid.status is OrderStatus.HELD and paid.reason == HELD_FOR_PAYMENT:
        let_go_on(draft, paid)


def _can_go_sooner(order: Order, packed_at_ms: int) -> bool:
    """Whether the goods lie there before anybody thought so, and still do."""
    return packed_at_ms < order.ready_at_ms and order.status in WAITING | BEFORE_PICKUP


def _tell_courier(draft: Draft, courier_id: str, order_id: str) -> None:
    """The courier's stop says when the goods can be had; its times are the planner's to change."""
    route = draft.route(courier_id)
    if order_id in route.order_ids():
        stops = tuple(_ready(draft, stop) if order_id in stop.order_ids else stop for stop in route.stops)
        draft.emit(e.RouteRetimed(replace(route, stops=stops), EtaCause.DEPOT))


def _ready(draft: Draft, stop: Stop) -> Stop:
    if stop.kind is not StopKind.PICKUP:
        return stop
    return replace(stop, earliest_at_ms=max(draft.order(order_id).ready_at_ms for order_id in stop.order_ids))
