"""Addresses for shops and staff, over HTTP: what a text means, suggestions, and where a held order goes after all.

An address is personal: the check takes it in the body, and nothing here is logged.
"""

import asyncio

from dispatch.application.access import Resource, allow
from dispatch.application.customer_wishes import NewAddress, look_at_address
from dispatch.domain.commands import Command
from dispatch.domain.geo import Point
from dispatch.domain.order import Order
from dispatch.web.address_checks import checked, pin_of
from dispatch.web.bodies_wishes import AddressesShown
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem
from dispatch.web.routes_reschedule import agreed, around_order
from dispatch.web.routes_wishes import MOST_TYPED, address_shown, asked_place


async def check_address(call: Call) -> Answer:
    """`POST /v1/addresses:check`."""
    call.zone(call.body.zone)
    pin = pin_of(call.body)
    match = await asyncio.to_thread(call.services.addresses.match, call.body.address, pin)
    return Answer(checked(match, pin))


async def suggest_addresses(call: Call) -> Answer:
    """`GET /v1/addresses`."""
    call.zone(call.query("zone", "default"))
    typed = call.query("q")
    if len(typed) > MOST_TYPED:
        raise Problem(422, "bad_parameter", f"The parameter q has at most {MOST_TYPED} characters.")
    near = asked_place(call) or call.services.city.box.centre
    found = await asyncio.to_thread(call.services.addresses.find, typed, near)
    return Answer(AddressesShown(addresses=[address_shown(each) for each in found]))


async def readdress_order(call: Call) -> Answer:
    """`POST /v1/orders/{id}:readdress`. What the customer changed meanwhile is a 409 with the order's version now."""

    async def look(zone_id: str, order: Order) -> Command:
        body = call.body
        place = Point(body.lat, body.lon)
        wanted = NewAddress(place, body.address, body.seen_version, by=call.subject.actor, reason=body.reason)
        around = await around_order(call, zone_id, order)
        command, _ = await look_at_address(order.id, wanted, around, call.services.intake)
        allow(call.subject, call.action, Resource(zone_id, order.placed_by, command.depot_id or order.depot_id))
        return command

    return await agreed(call, "readdress", look)
