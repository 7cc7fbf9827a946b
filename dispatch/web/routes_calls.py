"""Calls over HTTP: whoever asks gets a number to dial that is nobody's own."""

import logging
from hashlib import sha256
from typing import Final

from dispatch.application.access import Reach, Resource, allow, reach
from dispatch.application.calls import Called, CallFailed, CallWish, numbers
from dispatch.application.hub import ZoneHub
from dispatch.domain.errors import Forbidden, NotFound
from dispatch.domain.order import Order
from dispatch.web.auth import link_hash
from dispatch.web.bodies_calls import CallShown
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem
from dispatch.web.requests import idempotency_key
from dispatch.web.routes_wishes import check_wait
from dispatch.web.services import hub_of
from dispatch.web.tracking_links import find_tracked

log = logging.getLogger(__name__)

_OFF: Final = "Calls are not set up here; write a message instead."
_FAILED: Final = "The call could not be set up; try again in a moment, or write a message."


async def call_about(call: Call) -> Answer:
    """`POST /v1/orders/{id}:call`: the staff calls either of the two, a courier the customers of the own orders."""
    to, order_id = Called(call.body.to), call.path("id")
    zone_id, order = await _order(call, order_id)
    is_courier = reach(call.subject, call.action) is Reach.OWN
    allow(call.subject, call.action, Resource(zone_id, order.courier_id, order.depot_id))
    if is_courier and to is not Called.CUSTOMER:
        raise Forbidden("not_yours", "A courier calls the customers of their own orders.")
    hub = hub_of(call.services, zone_id)
    return await _join(call, hub, order, to, caller=call.subject.actor, by_staff=not is_courier)


async def call_courier(call: Call) -> Answer:
    """`POST /v1/track/{token}/call`: the customer calls the courier who is on the way to them."""
    link = call.path("token")
    hub, order = await find_tracked(call.services, link)
    check_wait(await call.services.link_limits.change(link_hash(link)))
    return await _join(call, hub, order, Called.COURIER, caller="customer", by_staff=False)


async def _order(call: Call, order_id: str) -> tuple[str, Order]:
    for hub in call.services.hubs.values():
        if order := hub.replica.state.orders.get(order_id):
            return hub.zone_id, order
    raise NotFound("unknown_order", f"There is no order {order_id} under way.")


async def _join(call: Call, hub: ZoneHub, order: Order, to: Called, *, caller: str, by_staff: bool) -> Answer:
    if call.services.calls is None:
        raise Problem(409, "no_calls", _OFF)
    courier = hub.replica.state.couriers.get(order.courier_id)
    who, whom = numbers(order, courier, to, by_staff=by_staff)
    named = "\0".join((hub.zone_id, order.id, to, caller, idempotency_key(call)))
    try:
        bridge = await call.services.calls.join(CallWish(sha256(named.encode()).hexdigest()[:32], order.id, who, whom))
    except CallFailed as failure:
        log.warning("zone %s: a call about order %s was not set up: %s", hub.zone_id, order.id, failure)
        raise Problem(503, "call_failed", _FAILED, headers={"Retry-After": "5"}) from None
    return Answer(CallShown(number=bridge.number, good_for_s=bridge.good_for_s))
