"""Looking for one's orders: by phone or order number, proven by a code that is sent to the phone of the order.

Whoever asks learns nothing about numbers or orders before the proof, not even a part of the number.
"""

import math
import time

from dispatch.application.shoppers import SHOWN_MS, TOKEN_LIFE_S
from dispatch.application.sign_in import Verdict
from dispatch.application.views import shown_mode, shown_status
from dispatch.domain.errors import InvalidInput
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.phone import normalised_phone
from dispatch.domain.waves import is_packed
from dispatch.web.auth import issue_token, phone_mark
from dispatch.web.bodies_reach import FoundOrder, FoundOrders, LookupBody, LookupProof, LookupTaken
from dispatch.web.call import Answer, Call
from dispatch.web.lookups import SHOWN_AFTER_END_MS, link_of, orders_of_phone, phone_behind
from dispatch.web.problems import Problem
from dispatch.web.routes_signin import wait


async def look_up(call: Call) -> Answer:
    """`POST /v1/track/lookup`: 202 whether there is such a phone or order or not."""
    lookup, (asked, phone) = call.services.lookup, await _asked(call, call.body)
    known = bool(phone) if call.body.order.strip() else bool(await orders_of_phone(call.services, phone, SHOWN_MS))
    wait_s = await lookup.request(phone, call.address, call.body.lang, known=known, asked=asked)
    if wait_s:
        raise wait(wait_s, "too_many_codes", "Too many codes were asked for; wait, then ask again.")
    policy = lookup.policy
    again_after_s = math.ceil(policy.codes_per_phone[0].within_s)
    return Answer(LookupTaken(expires_in_s=math.ceil(policy.code_ttl_s), again_after_s=again_after_s), 202)


async def confirm(call: Call) -> Answer:
    """`POST /v1/track/lookup/confirm`: the orders of the phone that the code was sent to; by phone, a token, too."""
    services, (asked, phone) = call.services, await _asked(call, call.body)
    verdict, wait_s = await services.lookup.redeem(phone, call.body.code.strip(), call.address, asked=asked)
    if verdict is Verdict.TOO_MANY_TRIES:
        raise wait(wait_s, "too_many_tries", "This code was tried too often; ask for a new one.")
    if verdict is Verdict.WRONG:
        raise Problem(401, "wrong_code", "The code is wrong or has expired.", headers={"WWW-Authenticate": "Bearer"})
    known, now_ms = await orders_of_phone(services, phone, SHOWN_MS), services.clock.now_ms()
    since_ms = now_ms - SHOWN_AFTER_END_MS
    shown = [shown_order(call, *each) for each in known if not each[1].is_over or each[1].over_at_ms >= since_ms]
    if not call.body.phone.strip() or not known:
        return Answer(FoundOrders(now_ms=now_ms, orders=shown))
    mark = phone_mark(services.secret, phone)
    token, expires_at_s = account_token(call, mark, await services.shoppers.begin(mark, now_ms))
    return Answer(FoundOrders(now_ms=now_ms, orders=shown, token=token, expires_at_s=expires_at_s))


def account_token(call: Call, mark: str, generation: int) -> tuple[str, int]:
    """(a token for the account of a proven number, until when it is good in epoch seconds)."""
    good_until_s = int(time.time()) + TOKEN_LIFE_S
    token = issue_token(call.services.secret, "customer", mark, (), good_until_s, generation=generation)
    return token, good_until_s


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


def shown_order(call: Call, zone_id: str, order: Order) -> FoundOrder:
    """An order as its shopper's list has it."""
    hub = call.services.hubs.get(zone_id)
    depot = hub.replica.state.depots.get(order.depot_id) if hub else None
    hidden = order.status is OrderStatus.OFFERED
    return FoundOrder(
        id=order.id,
        status=OrderStatus.DISPATCHABLE.value if hidden else shown_status(order),
        created_at_ms=order.created_at_ms,
        ref=order.ref,
        shop=depot.name if depot else "",
        direction=order.direction.value,
        eta_at_ms=order.eta_at_ms,
        eta_late_at_ms=order.eta_late_at_ms,
        ended_at_ms=order.over_at_ms,
        link=link_of(call.services, order),
        mode=shown_mode(order),
        collect_by_ms=order.collect_by_ms,
        packed=is_packed(order),
        carrier=order.shipment.carrier if order.shipment else "",
    )
