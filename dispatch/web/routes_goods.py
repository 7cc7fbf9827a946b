"""Goods on board over HTTP: handed over to another courier, and what becomes of a failed attempt."""

import uuid

from dispatch.application.access import Resource, allow
from dispatch.domain.commands import Command, HandOver, ResolveAttempt, SettleHandOver
from dispatch.domain.errors import NotFound
from dispatch.domain.geo import Point
from dispatch.domain.order import Order
from dispatch.web.bodies_goods import GoodsMoved
from dispatch.web.call import Answer, Call
from dispatch.web.depot_limits import check_depots
from dispatch.web.problems import refusal
from dispatch.web.requests import ask, pending, subject_mark


async def hand_over(call: Call) -> Answer:
    """`POST /v1/handovers`: two couriers meet, and the goods go on with the other one."""
    body = call.body
    zone_id = call.zone(body.zone).zone_id
    place = Point(body.place.lat, body.place.lon) if body.place else None
    address = body.place.address if body.place else ""
    order_ids = tuple(dict.fromkeys(body.order_ids))
    await check_depots(call, order_ids)
    return await _asked(call, zone_id, HandOver(order_ids, body.to_courier_id, body.reason, place, address))


async def end_handover(call: Call) -> Answer:
    """`POST /v1/orders/{id}/handover`: it is done, or it is off."""
    zone_id, order = await _order(call)
    return await _asked(call, zone_id, SettleHandOver(order.id, call.body.done, call.body.reason))


async def resolve_attempt(call: Call) -> Answer:
    """`POST /v1/orders/{id}/attempt`: try again, bring back, or brought back."""
    zone_id, order = await _order(call)
    return await _asked(call, zone_id, ResolveAttempt(order.id, call.body.resolution, call.body.reason))


async def _order(call: Call) -> tuple[str, Order]:
    """(zone, order) of the path, if the caller may reach that zone."""
    order_id = call.path("id")
    found = await call.services.store.find_order(order_id)
    if found is None or not isinstance(found[1], Order):
        raise NotFound("unknown_order", f"There is no order {order_id}.")
    allow(call.subject, call.action, Resource(found[0], "", found[1].depot_id))
    return found[0], found[1]


async def _asked(call: Call, zone_id: str, command: Command) -> Answer:
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    reply = await ask(call, zone_id, asked, command)
    if reply is None:
        return pending(asked, zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    return Answer(GoodsMoved(plan_version=reply.result["plan_version"]))
