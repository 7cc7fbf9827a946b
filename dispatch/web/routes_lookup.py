"""Looking for one's orders: by phone or order number, proven by a code that is sent to the phone of the order.

Whoever asks learns nothing about numbers or orders before the proof, not even a part of the number.
"""

import math

from dispatch.application.sign_in import Verdict
from dispatch.domain.errors import InvalidInput
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.phone import normalised_phone
from dispatch.web.bodies_reach import FoundOrder, FoundOrders, LookupBody, LookupProof, LookupTaken
from dispatch.web.call import Answer, Call
from dispatch.web.lookups import is_over, link_of, orders_of_phone, phone_behind
from dispatch.web.problems import Problem
from dispatch.web.routes_signin import wait


async def look_up(call: Call) -> Answer:
    """`POST /v1/track/lookup`: 202 whether there is such a phone or order or not."""
    lookup, (asked, phone) = call.services.lookup, await _asked(call, call.body)
    known = bool(phone) if call.body.order.strip() else bool(await orders_of_phone(call.services, phone))
    wait_s = await lookup.request(phone, call.address, call.body.lang, known=known, asked=asked)
    if wait_s:
        raise wait(wait_s, "too_many_codes", "Too many codes were asked for; wait, then ask again.")
    policy = lookup.policy
    again_after_s = math.ceil(policy.codes_per_phone[0].within_s)
    return Answer(LookupTaken(expires_in_s=math.ceil(policy.code_ttl_s), again_after_s=again_after_s), 202)


async def confirm(call: Call) -> Answer:
    """`POST /v1/track/lookup/confirm`: the orders of the phone that the code was sent to."""
    services, (asked, phone) = call.services, await _asked(call, call.body)
    verdict, wait_s = await services.lookup.redeem(phone, call.body.code.strip(), call.address, asked=asked)
    if verdict is Verdict.TOO_MANY_TRIES:
        raise wait(wait_s, "too_many_tries", "This code was tried too often; ask for a new one.")
    if verdict is Verdict.WRONG:
        raise Problem(401, "wrong_code", "The code is wrong or has expired.", headers={"WWW-Authenticate": "Bearer"})
    found = await orders_of_phone(services, phone)
    shown = [_shown(call, zone_id, order) for zone_id, order in found]
    return Answer(FoundOrders(now_ms=services.clock.now_ms(), orders=shown))


async def _asked(call: Call, body: LookupBody | LookupProof) -> tuple[str, str]:
    """(what tickets and limits go by, the normalised phone that it leads to). Raises `InvalidInput`."""
    phone, number = body.phone.strip(), body.order.strip()
    if bool(phone) == bool(number):
        raise InvalidInput("bad_lookup", "Give either the phone number or the order number.")
    if phone:
        normalised = normalised_phone(phone)
        return f"phone {normalised}", normalised
    if not number.isprintable():
        raise InvalidInput("bad_lookup", "An order number has letters, digits and signs only.")
    return f"order {number}", await phone_behind(call.services, number)


def _shown(call: Call, zone_id: str, order: Order) -> FoundOrder:
    hub = call.services.hubs.get(zone_id)
    depot = hub.replica.state.depots.get(order.depot_id) if hub else None
    hidden = order.status is OrderStatus.OFFERED
    return FoundOrder(
        id=order.id,
        status=OrderStatus.DISPATCHABLE.value if hidden else order.status.value,
        created_at_ms=order.created_at_ms,
        ref=order.ref,
        shop=depot.name if depot else "",
        direction=order.direction.value,
        eta_at_ms=order.eta_at_ms,
        eta_late_at_ms=order.eta_late_at_ms,
        ended_at_ms=order.timeline[-1][1] if is_over(order) else 0,
        link=link_of(call.services, order),
    )
