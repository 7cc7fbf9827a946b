"""What deliveries cost, over HTTP: the zone's rule, and what one order would cost."""

import uuid
from dataclasses import asdict, replace

from dispatch.application.access import Resource, allow
from dispatch.application.hub import ZoneHub
from dispatch.application.quotes import Quote, quote
from dispatch.domain.fee_rule import FeeRule, SetFees
from dispatch.domain.order import HoldState, Order
from dispatch.web.bodies import AddressChecked
from dispatch.web.bodies_fees import FeeShown, FeesShown, MissingShown, QuoteShown
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ask, pending, seen, subject_mark
from dispatch.web.routes_orders import command_for, fields_named, look_up, told_of


async def read_fees(call: Call) -> Answer:
    """`GET /v1/fees`."""
    return Answer(_shown(call.zone(call.query("zone", "default"))))


async def set_fees(call: Call) -> Answer:
    """`PUT /v1/fees`. The same fees again change nothing; a version that is no longer the current one is a 409 that
    names the current one.
    """
    body, hub = call.body, call.zone(call.body.zone)
    first, second, third, fourth = body.tier_pct
    rule = FeeRule(
        base_minor=body.base_minor,
        per_km_minor=body.per_km_minor,
        free_weight_g=body.free_weight_g,
        per_kg_minor=body.per_kg_minor,
        tier_pct=(first, second, third, fourth),
        currency=body.currency,
    )
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    reply = await ask(call, hub.zone_id, asked, SetFees(rule, body.expected_version, body.reason))
    if reply is None:
        return pending(hub.zone_id, hub.zone_id, asked)
    if not reply.ok and reply.code == "stale_fees":
        raise Problem(409, reply.code, reply.detail, current_version=hub.replica.state.fees.version)
    if not reply.ok:
        raise refusal(reply)
    await seen(call, lambda: replace(hub.replica.state.fees, version=0) == rule)
    return Answer(_shown(hub))


async def quote_order(call: Call) -> Answer:
    """`POST /v1/orders:quote`: the body of `POST /v1/orders`, and nothing is kept of it."""
    body, services = call.body, call.services
    hub = call.zone(body.zone, owner_id=call.subject.owner)
    with fields_named(hub, body):
        looked = await look_up(call, body)
        command = await command_for(call, hub, body, f"q-{uuid.uuid4().hex}", looked)
        state, profile = hub.replica.state, services.intake.reference_profile
        found = await quote(command, state, services.travel_times, profile, services.clock.now_ms())
    allow(call.subject, call.action, Resource(body.zone, call.subject.owner, found.order.depot_id))
    return Answer(_quoted(found, told_of(body, looked)))


def _quoted(found: Quote, told: AddressChecked | None) -> QuoteShown:
    order = found.order
    return QuoteShown(
        status=order.status.value,
        reason=order.reason,
        depot_id=order.depot_id,
        ready_at_ms=order.ready_at_ms,
        promise_at_ms=order.promise_at_ms,
        in_stock=_is_promised(order),
        fee=FeeShown(**asdict(found.fee)) if found.fee else None,
        distance_m=found.distance_m,
        eta_at_ms=found.eta_at_ms,
        eta_late_at_ms=found.eta_late_at_ms,
        missing=[MissingShown(sku=sku, missing=pieces) for sku, pieces in sorted(found.missing.items())],
        address_check=told,
    )


def _is_promised(order: Order) -> bool:
    """Whether it has all of its goods; those that nobody counts are there."""
    return order.stock is None or order.stock.state is HoldState.RESERVED


def _shown(hub: ZoneHub) -> FeesShown:
    rule = hub.replica.state.fees
    return FeesShown(zone=hub.zone_id, **{**asdict(rule), "tier_pct": list(rule.tier_pct)})
