"""Another time for an order, chosen by staff or a shop together with its customer, over HTTP."""

from functools import partial

from dispatch.application.customer_wishes import look_at_window, windows_of
from dispatch.application.overrides import Surroundings
from dispatch.domain.order import Order
from dispatch.domain.wish_commands import ChooseWindow
from dispatch.web.bodies import OrderState
from dispatch.web.bodies_wishes import WindowsShown
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ask, idempotency_key, pending, request_id, seen
from dispatch.web.routes_orders import own_order
from dispatch.web.routes_wishes import window_shown
from dispatch.web.services import hub_of


async def list_order_windows(call: Call) -> Answer:
    """`GET /v1/orders/{id}/windows`."""
    zone_id, order = await own_order(call)
    around = await _around(call, zone_id, order)
    soon, later = await windows_of(order.id, around, call.services.intake, by_staff=True)
    return Answer(WindowsShown(soon=window_shown(soon), windows=[window_shown(each) for each in later]))


async def reschedule_order(call: Call) -> Answer:
    """`POST /v1/orders/{id}:reschedule`. Who else has changed the order meanwhile is a 409 with its version now."""
    zone_id, order = await own_order(call)
    body = call.body
    asked = request_id(call.subject, f"orders/{order.id}:reschedule", idempotency_key(call), body)
    reply = (await call.services.store.replies(zone_id, [asked.id])).get(asked.id)
    if reply is None:
        wanted = ChooseWindow(
            order.id,
            body.earliest_at_ms,
            body.promise_at_ms,
            seen_version=body.seen_version,
            by=call.subject.actor,
            reason=body.reason,
        )
        around = await _around(call, zone_id, order)
        reply = await ask(call, zone_id, asked.id, await look_at_window(wanted, around, call.services.intake))
    if reply is None:
        return pending(order.id, zone_id, asked.id)
    state = hub_of(call.services, zone_id).replica.state
    if not reply.ok and reply.code == "stale_order":
        version = state.orders.get(order.id, order).wish_version
        raise Problem(409, reply.code, reply.detail, current_version=version)
    if not reply.ok:
        raise refusal(reply)
    await seen(call, lambda: state.plan_version >= reply.result.get("plan_version", 0))
    now = state.orders.get(order.id, order)
    return Answer(OrderState(id=order.id, status=now.status.value, reason=now.reason))


async def _around(call: Call, zone_id: str, order: Order) -> Surroundings:
    """What it takes to look ahead. An order that was placed a moment ago is known here once its event has come."""
    services = call.services
    replica = hub_of(services, zone_id).replica
    await seen(call, partial(replica.state.orders.get, order.id))
    return Surroundings(replica, services.positions, services.travel_times, services.clock)
