"""Another time for an order, chosen by staff or a shop together with its customer, over HTTP."""

from collections.abc import Awaitable, Callable
from functools import partial

from dispatch.application.customer_wishes import look_at_window, windows_of
from dispatch.application.overrides import Surroundings
from dispatch.domain.commands import Command
from dispatch.domain.errors import Conflict
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
    around = await around_order(call, zone_id, order)
    soon, later = await windows_of(order.id, around, call.services.intake, by_staff=True)
    return Answer(WindowsShown(soon=window_shown(soon), windows=[window_shown(each) for each in later]))


async def reschedule_order(call: Call) -> Answer:
    """`POST /v1/orders/{id}:reschedule`. Who else has changed the order meanwhile is a 409 with its version now."""

    async def look(zone_id: str, order: Order) -> Command:
        body = call.body
        wanted = ChooseWindow(
            order.id,
            body.earliest_at_ms,
            body.promise_at_ms,
            seen_version=body.seen_version,
            by=call.subject.actor,
            reason=body.reason,
        )
        return await look_at_window(wanted, await around_order(call, zone_id, order), call.services.intake)

    return await agreed(call, "reschedule", look)


async def agreed(call: Call, what: str, look: Callable[[str, Order], Awaitable[Command]]) -> Answer:
    """The answer to a change that was agreed on with the customer; `look` makes its command, of zone and order.

    A repeated request gets the reply of the first one: by now the same look ahead may be refused.
    """
    zone_id, order = await own_order(call)
    asked = request_id(call.subject, f"orders/{order.id}:{what}", idempotency_key(call), call.body)
    reply = (await call.services.store.replies(zone_id, [asked.id])).get(asked.id)
    state = hub_of(call.services, zone_id).replica.state

    def stale(detail: str) -> Problem:
        return Problem(409, "stale_order", detail, current_version=state.orders.get(order.id, order).wish_version)

    if reply is None:
        try:
            command = await look(zone_id, order)
        except Conflict as conflict:
            raise stale(conflict.detail) if conflict.code == "stale_order" else conflict from None
        reply = await ask(call, zone_id, asked.id, command)
    if reply is None:
        return pending(order.id, zone_id, asked.id)
    if not reply.ok and reply.code == "stale_order":
        raise stale(reply.detail)
    if not reply.ok:
        raise refusal(reply)
    await seen(call, lambda: state.plan_version >= reply.result.get("plan_version", 0))
    now = state.orders.get(order.id, order)
    return Answer(OrderState(id=order.id, status=now.status.value, reason=now.reason))


async def around_order(call: Call, zone_id: str, order: Order) -> Surroundings:
    """What it takes to look ahead. An order that was placed a moment ago is known here once its event has come."""
    services = call.services
    replica = hub_of(services, zone_id).replica
    await seen(call, partial(replica.state.orders.get, order.id))
    return Surroundings(replica, services.positions, services.travel_times, services.clock)
