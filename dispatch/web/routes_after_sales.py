"""Claims over HTTP for staff and shops: asked for, listed, answered, received, and what is owed sent."""

from collections.abc import Awaitable, Callable
from hashlib import sha256

from dispatch.application.access import Reach, Resource, allow, allow_depots, reach
from dispatch.application.after_sales import claimable_lines, order_that_brings, order_that_fetches, same_goods, waiting
from dispatch.application.claim_ports import ClaimQuery
from dispatch.application.goods import Goods
from dispatch.application.orders import IntakePolicy, OrderLabel, Supply
from dispatch.domain.claim import CLOSED, Claim, ClaimKind, ClaimReason, ClaimStatus, ReceivedLine, Visit
from dispatch.domain.claim_commands import (
    ApproveClaim,
    LinkedOrder,
    ReceiveClaim,
    RefuseClaim,
    RequestClaim,
    SendForClaim,
    SetClaimPolicy,
    WithdrawClaim,
)
from dispatch.domain.claim_policy import ClaimPolicy, PolicyRule
from dispatch.domain.commands import Command
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Line, Order
from dispatch.web.auth import link_hash, tracking_link
from dispatch.web.bodies_after_sales import ClaimableOrder, ClaimBody, ClaimPage, ClaimShown, PolicyShown, RuleShown
from dispatch.web.call import Answer, Call
from dispatch.web.claim_shown import claim_shown, claimable_shown
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ask, idempotency_key, pending, request_id, seen
from dispatch.web.routes_orders import own_order
from dispatch.web.services import hub_of

MAX_PAGE = 200
OPEN = tuple(status.value for status in ClaimStatus if status not in CLOSED)


# --- policy -------------------------------------------------------------------------------------------------------


async def read_policy(call: Call) -> Answer:
    """`GET /v1/after-sales/policy`."""
    hub = call.zone(call.query("zone", "default"))
    return Answer(_policy(hub.zone_id, hub.replica.state.claim_policy))


async def set_policy(call: Call) -> Answer:
    """`PUT /v1/after-sales/policy`. A version that is no longer the current one is a 409 that names the current one."""
    body = call.body
    hub = call.zone(body.zone)
    rules = (PolicyRule(r.category.strip(), r.no_reason_days, r.fault_days, r.repair_days) for r in body.rules)
    wanted = ClaimPolicy(0, tuple(rules))
    asked = request_id(call.subject, "after-sales/policy", idempotency_key(call), body).id
    reply = await ask(call, hub.zone_id, asked, SetClaimPolicy(wanted, body.expected_version, body.reason))
    if reply is None:
        return pending(asked, hub.zone_id, asked)
    state = hub.replica.state
    if not reply.ok and reply.code == "stale_policy":
        raise Problem(409, reply.code, reply.detail, current_version=state.claim_policy.version)
    if not reply.ok:
        raise refusal(reply)
    await seen(call, lambda: state.claim_policy.rules == wanted.rules)
    return Answer(_policy(hub.zone_id, state.claim_policy))


def _policy(zone_id: str, policy: ClaimPolicy) -> PolicyShown:
    rules = [
        RuleShown(
            category=rule.category,
            no_reason_days=rule.no_reason_days,
            fault_days=rule.fault_days,
            repair_days=rule.repair_days,
        )
        for rule in policy.rules
    ]
    return PolicyShown(version=policy.version, rules=rules, zone=zone_id)


# --- looking ------------------------------------------------------------------------------------------------------


async def list_claims(call: Call) -> Answer:
    """`GET /v1/after-sales`: the newest first; of one status or (`open`) of all that go on, of one order."""
    zone_id, status = call.query("zone", "default"), call.query("status")
    call.zone(zone_id, owner_id=call.subject.owner)
    if status and status not in {*ClaimStatus, "open"}:
        raise Problem(422, "bad_parameter", f"The parameter status is one of open, {', '.join(ClaimStatus)}.")
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    wanted = ClaimQuery(
        order_id=call.query("order_id"),
        placed_by=call.subject.owner if reach(call.subject, call.action) is Reach.OWN else "",
        statuses=OPEN if status == "open" else (status,) if status else (),
        before=_cursor(call.query("before")),
        limit=limit,
    )
    found = [each for each in await call.services.store.list_claims(zone_id, wanted) if isinstance(each, Claim)]
    last = found[-1] if len(found) == limit else None
    return Answer(
        ClaimPage(
            claims=[claim_shown(zone_id, claim) for claim in found if call.subject.sees_depot(claim.depot_id)],
            before=f"{last.at_ms}.{last.id}" if last else "",
        )
    )


def _cursor(given: str) -> tuple[int, str] | None:
    at_ms, _, claim_id = given.partition(".")
    if not given:
        return None
    if not at_ms.isdecimal() or len(at_ms) > 16 or not claim_id:
        raise Problem(422, "bad_cursor", "The cursor is not one of ours; start without one.")
    return int(at_ms), claim_id


async def read_claim(call: Call) -> Answer:
    """`GET /v1/after-sales/{id}`."""
    return Answer(claim_shown(*await _own_claim(call)))


async def _own_claim(call: Call) -> tuple[str, Claim]:
    """(zone, claim) of the path, if the caller may touch it; somebody else's is as unknown as one that is not."""
    claim_id = call.path("id")
    zone_id, claim = await call.services.store.find_claim(claim_id) or ("", None)
    unknown = NotFound("unknown_claim", f"There is no claim {claim_id}.")
    if not isinstance(claim, Claim):
        raise unknown
    if reach(call.subject, call.action) is Reach.OWN and claim.placed_by != call.subject.owner:
        raise unknown
    allow(call.subject, call.action, Resource(zone_id, claim.placed_by, claim.depot_id))
    return zone_id, claim


# --- asking -------------------------------------------------------------------------------------------------------


async def read_claimable(call: Call) -> Answer:
    """`GET /v1/orders/{id}/claimable`: for whoever asks on behalf of the customer."""
    zone_id, order = await own_order(call)
    state, now_ms = hub_of(call.services, zone_id).replica.state, call.services.clock.now_ms()
    lines = claimable_lines(order, await claims_of(call, zone_id, order), state.claim_policy, state.skus, now_ms)
    return Answer(ClaimableOrder(order_id=order.id, now_ms=now_ms, lines=[claimable_shown(line) for line in lines]))


async def claims_of(call: Call, zone_id: str, order: Order) -> list[Claim]:
    """What was asked for of an order so far, the newest first."""
    found = await call.services.store.list_claims(zone_id, ClaimQuery(order_id=order.id))
    return [claim for claim in found if isinstance(claim, Claim)]


async def request_claim(call: Call) -> Answer:
    """`POST /v1/after-sales`: for a customer who has called, or by a shop's own app."""
    body = call.body
    zone_id, order = await _order(call, body.order_id)
    if reach(call.subject, call.action) is Reach.OWN and order.placed_by != call.subject.owner:
        raise NotFound("unknown_order", f"There is no order {body.order_id}.")
    allow(call.subject, call.action, Resource(zone_id, order.placed_by, order.depot_id))
    asked = request_id(call.subject, "after-sales", idempotency_key(call), body)
    command = wanted(body, claim_id_of(asked.name), order.id, call.subject.actor)
    reply = await ask(call, zone_id, asked.id, command)
    if reply is None:
        return pending(command.claim_id, zone_id, asked.id)
    if not reply.ok:
        raise refusal(reply)
    return Answer(await _shown(call, command.claim_id), 201, {"Location": f"/v1/after-sales/{command.claim_id}"})


def wanted(body: ClaimBody, claim_id: str, order_id: str, by: str = "") -> RequestClaim:
    """The command for what is asked for."""
    return RequestClaim(
        claim_id,
        order_id,
        ClaimKind(body.kind),
        ClaimReason(body.reason),
        tuple((line.line, line.quantity) for line in body.lines),
        body.text,
        Visit(body.earliest_at_ms, body.latest_at_ms),
        by,
    )


def claim_id_of(name: str) -> str:
    """A claim's id, made of what its request stands for."""
    return "k-" + sha256(name.encode()).hexdigest()[:24]


async def _order(call: Call, order_id: str) -> tuple[str, Order]:
    zone_id, order = await call.services.store.find_order(order_id) or ("", None)
    if not isinstance(order, Order):
        raise NotFound("unknown_order", f"There is no order {order_id}.")
    return zone_id, order


async def withdraw_claim(call: Call) -> Answer:
    """`POST /v1/after-sales/{id}:withdraw`, for the customer. A second time changes nothing."""

    async def make(zone_id: str, claim: Claim) -> Command:
        del zone_id
        return WithdrawClaim(claim.id)

    return await _decided(call, "withdraw", make)


# --- answering ----------------------------------------------------------------------------------------------------


async def approve_claim(call: Call) -> Answer:
    """`POST /v1/after-sales/{id}:approve`: the goods are fetched, and other ones promised where they are exchanged."""

    async def make(zone_id: str, claim: Claim) -> Command:
        _, order = await _order(call, claim.order_id)
        body, number, around = call.body, claim.rounds + 1, _around(call, zone_id)
        allow_depots(call.subject, [body.depot_id] if body.depot_id else ())
        label = _label(call, claim, order, f"pickup {number}")
        pickup = await order_that_fetches(claim, order, label, body.depot_id or order.depot_id, around)
        delivery = None
        if claim.kind is ClaimKind.EXCHANGE:
            goods = tuple(Line(each.name, each.quantity, each.code, each.sku or "") for each in body.replacement or ())
            label = _label(call, claim, order, f"delivery {number}")
            delivery = waiting(await order_that_brings(claim, order, label, goods or same_goods(claim), around))
        return ApproveClaim(claim.id, pickup, delivery, body.answer, call.subject.id)

    return await _decided(call, "approve", make)


async def refuse_claim(call: Call) -> Answer:
    """`POST /v1/after-sales/{id}:refuse`: the customer is told why."""

    async def make(zone_id: str, claim: Claim) -> Command:
        del zone_id
        return RefuseClaim(claim.id, call.body.answer, call.subject.id)

    return await _decided(call, "refuse", make)


# --- goods --------------------------------------------------------------------------------------------------------


async def receive_claim(call: Call) -> Answer:
    """`POST /v1/after-sales/{id}:receive`: back into stock, or written off."""

    async def make(zone_id: str, claim: Claim) -> Command:
        del zone_id
        lines = tuple(
            ReceivedLine(line.line, line.restocked, line.written_off, line.lot, line.expires_at_ms)
            for line in call.body.lines
        )
        promise_ms = call.services.clock.now_ms() + call.services.intake.promise_after_s * 1000
        return ReceiveClaim(claim.id, lines, promise_ms, call.body.note)

    return await _decided(call, "receive", make)


async def send_for_claim(call: Call) -> Answer:
    """`POST /v1/after-sales/{id}:repaired` and `:resend`: what is owed goes to its customer."""

    async def make(zone_id: str, claim: Claim) -> Command:
        _, order = await _order(call, claim.order_id)
        label = _label(call, claim, order, f"delivery {claim.rounds + 1}")
        linked: LinkedOrder = await order_that_brings(claim, order, label, claim.replacement, _around(call, zone_id))
        return SendForClaim(claim.id, linked)

    return await _decided(call, "send", make)


# --- parts --------------------------------------------------------------------------------------------------------


async def _decided(call: Call, what: str, make: Callable[[str, Claim], Awaitable[Command]]) -> Answer:
    """The claim after a decision, whose command `make` makes of its zone and itself. A repeated request gets the reply
    of the first one.
    """
    zone_id, claim = await _own_claim(call)
    asked = request_id(call.subject, f"after-sales/{claim.id}:{what}", idempotency_key(call), call.body)
    reply = (await call.services.store.replies(zone_id, [asked.id])).get(asked.id)
    if reply is None:
        reply = await ask(call, zone_id, asked.id, await make(zone_id, claim))
    if reply is None:
        return pending(claim.id, zone_id, asked.id)
    if not reply.ok:
        raise refusal(reply)
    return Answer(await _shown(call, claim.id))


async def _shown(call: Call, claim_id: str) -> ClaimShown:
    zone_id, claim = await call.services.store.find_claim(claim_id) or ("", None)
    if not isinstance(claim, Claim):
        raise NotFound("unknown_claim", f"There is no claim {claim_id}.")
    return claim_shown(zone_id, claim)


def _around(call: Call, zone_id: str) -> tuple[Supply, IntakePolicy]:
    services = call.services
    state = hub_of(services, zone_id).replica.state
    return Supply(state.depots, services.travel_times, Goods(state.skus, state.shelves)), services.intake


def _label(call: Call, claim: Claim, order: Order, what: str) -> OrderLabel:
    """What identifies a linked order: the same for a repeated request, and its shop's like the first one."""
    order_id = "o-" + sha256(f"{claim.id} {what}".encode()).hexdigest()[:24]
    link = tracking_link(call.services.secret, order_id)
    return OrderLabel(order_id, link_hash(link), claim.placed_by, call.services.clock.now_ms(), order.phone_mark)
