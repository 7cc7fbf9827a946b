"""Claims of customers over HTTP: the tracking link of a delivered order is the right to them, and to nothing else.

The link shows where somebody lives for a day after the delivery. For claims it is good as long as the zone's policy
grants any: it opens what may be claimed and what became of it, and neither address nor map.
"""

from hashlib import sha256

import msgspec

from dispatch.application.after_sales import claimable_lines
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import Request
from dispatch.domain.claim import CLOSED, Claim
from dispatch.domain.claim_commands import WithdrawClaim
from dispatch.domain.claim_orders import delivered_at_ms
from dispatch.domain.claim_policy import DAY_MS
from dispatch.domain.commands import Command
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order
from dispatch.web.auth import link_hash
from dispatch.web.bodies_after_sales import AfterSalesShown
from dispatch.web.call import Answer, Call
from dispatch.web.claim_shown import claimable_shown, my_claim
from dispatch.web.problems import refusal
from dispatch.web.requests import ANSWER_WITHIN_S, idempotency_key
from dispatch.web.routes_after_sales import claim_id_of, claims_of, wanted
from dispatch.web.routes_wishes import check_wait
from dispatch.web.tracking_links import LinkExpired, find_linked, link_left_ms


async def read_after_sales(call: Call) -> Answer:
    """`GET /v1/track/{token}/after-sales`."""
    hub, order, claims = await _linked(call)
    check_wait(await call.services.link_limits.look(link_hash(call.path("token"))))
    return Answer(_shown(call, hub, order, claims))


async def claim_as_customer(call: Call) -> Answer:
    """`POST /v1/track/{token}/after-sales`."""
    hub, order, _ = await _linked(call)
    asked = await _asked(call, "after-sales")
    return await _decided(call, hub, order, asked, wanted(call.body, claim_id_of(asked), order.id))


async def withdraw_as_customer(call: Call) -> Answer:
    """`POST /v1/track/{token}/after-sales/{id}/withdraw`. A second time changes nothing."""
    hub, order, claims = await _linked(call)
    claim_id = call.path("id")
    if claim_id not in {claim.id for claim in claims}:
        raise NotFound("unknown_claim", f"There is no claim {claim_id}.")
    asked = await _asked(call, f"after-sales/{claim_id}/withdraw")
    return await _decided(call, hub, order, asked, WithdrawClaim(claim_id))


async def _linked(call: Call) -> tuple[ZoneHub, Order, list[Claim]]:
    """The order of the link, with its claims. Raises `NotFound` and `LinkExpired`."""
    hub, order = await find_linked(call.services, call.path("token"))
    claims = await claims_of(call, hub.zone_id, order)
    now_ms = call.services.clock.now_ms()
    last_ms = delivered_at_ms(order) + hub.replica.state.claim_policy.longest_days * DAY_MS
    is_open = any(claim.status not in CLOSED for claim in claims)
    if link_left_ms(order, now_ms) < 0 and last_ms < now_ms and not is_open:
        raise LinkExpired("link_expired", "This tracking link has expired: nothing can be claimed of it any more.")
    return hub, order, claims


async def _asked(call: Call, what: str) -> str:
    """The id of this request. Raises `Problem` 429 when the link is used too often."""
    link = call.path("token")
    check_wait(await call.services.link_limits.change(link_hash(link)))
    key = "\0".join((link_hash(link), what, idempotency_key(call), msgspec.json.encode(call.body).decode()))
    return f"t-{sha256(key.encode()).hexdigest()[:48]}"


async def _decided(call: Call, hub: ZoneHub, order: Order, asked: str, command: Command) -> Answer:
    """Everything that may be claimed and is, after it; 202 as it was before, when the zone does not answer in time."""
    request = Request(asked, f"customer:{order.id}", command)
    reply = await call.services.bus.ask(hub.zone_id, request, ANSWER_WITHIN_S)
    if reply and not reply.ok:
        raise refusal(reply)
    return Answer(_shown(call, hub, order, await claims_of(call, hub.zone_id, order)), 201 if reply else 202)


def _shown(call: Call, hub: ZoneHub, order: Order, claims: list[Claim]) -> AfterSalesShown:
    state, now_ms = hub.replica.state, call.services.clock.now_ms()
    lines = claimable_lines(order, claims, state.claim_policy, state.skus, now_ms)
    return AfterSalesShown(
        order_id=order.id,
        ref=order.ref,
        delivered_at_ms=delivered_at_ms(order),
        now_ms=now_ms,
        lines=[claimable_shown(line) for line in lines],
        claims=[my_claim(claim, hub, call.services) for claim in claims],
    )
