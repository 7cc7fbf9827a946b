"""Orders over HTTP: placing, batches, reading, listing, canceling, and what became of a request."""

import asyncio
from base64 import b64decode, urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlencode

import msgspec

from dispatch.application.access import Action, Reach, Resource, allow, reach
from dispatch.application.hub import ZoneHub
from dispatch.application.orders import OrderLabel, OrderWish, take_in
from dispatch.application.ports import Reply
from dispatch.application.views import order_view
from dispatch.domain.commands import CancelOrder
from dispatch.domain.corrections import corrected
from dispatch.domain.errors import NotFound
from dispatch.domain.geo import Point
from dispatch.domain.order import Direction, Dropoff, Line, Order, OrderStatus, ProofKind
from dispatch.domain.vehicle import Load
from dispatch.web.auth import delivery_pin, link_hash, phone_mark, tracking_link
from dispatch.web.bodies import (
    BatchResult,
    BatchResults,
    OrderBody,
    OrderPage,
    OrderState,
    PendingRequest,
    PlacedOrder,
    RequestStatus,
)
from dispatch.web.call import Answer, Call, decode
from dispatch.web.problems import Problem, problem_of, refusal
from dispatch.web.requests import (
    RequestId,
    ask,
    idempotency_key,
    in_flight,
    pending,
    request_id,
    subject_mark,
)
from dispatch.web.tracking_links import shown_link

KEY_REUSED = "This Idempotency-Key was used for another order; use a new key for a new order."
MAX_PAGE = 500


async def place_order(call: Call) -> Answer:
    """`POST /v1/orders`."""
    return await _place(call, call.body, request_id(call.subject, "orders", idempotency_key(call), call.body))


async def place_orders(call: Call) -> Answer:
    """`POST /v1/orders:batch`: each order under its own key, made of the batch's key and its place."""
    key = idempotency_key(call)
    results = await asyncio.gather(*(_place_one(call, raw, f"{key}#{n}") for n, raw in enumerate(call.body.orders)))
    return Answer(BatchResults(results=list(results)))


async def _place_one(call: Call, raw: msgspec.Raw, key: str) -> BatchResult:
    try:
        body = decode(OrderBody, raw)
        answer = await _place(call, body, request_id(call.subject, "orders", key, body))
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        return BatchResult(status=problem.status, problem=msgspec.Raw(msgspec.json.encode(problem.body())))
    match answer.body:
        case PendingRequest(id=order_id):
            return BatchResult(status=202, order=PlacedOrder(id=order_id, status="pending"))
        case PlacedOrder() as placed:
            return BatchResult(status=answer.status, order=placed)
        case other:
            raise AssertionError(f"an order is placed or pending, not {type(other).__name__}")


async def _place(call: Call, body: OrderBody, asked: RequestId) -> Answer:
    hub = call.zone(body.zone, owner_id=call.subject.id)
    services, order_id = call.services, _order_id(asked)
    with in_flight(call.request.app.state.in_flight, asked.name):
        if replayed := await _replay(call, body.zone, asked):
            return replayed
        link = tracking_link(services.secret, order_id)
        mark = phone_mark(services.secret, body.dropoff.phone)
        label = OrderLabel(order_id, link_hash(link), call.subject.id, services.clock.now_ms(), mark)
        depots = hub.replica.state.depots
        wish = _at_true_door(hub, _with_pin(_wish(body), services.secret, order_id))
        command = await take_in(wish, label, depots, services.travel_times, services.intake)
        if services.hold_back:
            command = await services.hold_back.applied(command, hub.replica.state, hub.sight, services.travel_times)
        reply = await ask(call, body.zone, asked.id, command)
    if reply is None:
        return pending(order_id, body.zone, asked.id)
    if not reply.ok:
        raise Problem(422, "idempotency_key_reused", KEY_REUSED) if reply.code == "duplicate_order" else refusal(reply)
    return Answer(_placed(call, command.order, reply), 201, {"Location": f"/v1/orders/{order_id}"})


def _at_true_door(hub: ZoneHub, wish: OrderWish) -> OrderWish:
    """The zone corrects pins itself; here it is done for the choice of the depot, and for what is reachable."""
    return replace(wish, dropoff=corrected(wish.dropoff, hub.replica.state.corrections))


async def _replay(call: Call, zone_id: str, asked: RequestId) -> Answer | None:
    """The stored answer of a repeated request; None for a new one. Raises `Problem` 422 for another body."""
    found = await call.services.store.find_order(_order_id(asked))
    if found is None or not isinstance(found[1], Order):
        return None
    reply = (await call.services.store.replies(zone_id, [asked.id])).get(asked.id)
    if reply is None:
        raise Problem(422, "idempotency_key_reused", KEY_REUSED)
    headers = {"Location": f"/v1/orders/{found[1].id}", "Idempotency-Replayed": "true"}
    return Answer(_placed(call, found[1], reply), 201, headers)


def _order_id(asked: RequestId) -> str:
    """The order's id, made of the subject and its key alone; short, for it becomes part of other ids."""
    return "o-" + sha256(asked.name.encode()).hexdigest()[:24]


def _wish(body: OrderBody) -> OrderWish:
    to, load = body.dropoff, body.load
    return OrderWish(
        dropoff=Dropoff(Point(to.lat, to.lon), to.address, to.name, to.phone, to.note),
        load=Load(load.weight_g, load.volume_ml, load.items),
        ref=body.ref,
        depot_id=body.depot_id,
        ready_at_ms=body.ready_at_ms,
        promise_at_ms=body.promise_at_ms,
        service_pickup_s=body.service_pickup_s,
        service_dropoff_s=body.service_dropoff_s,
        priority=body.priority,
        commit_due_at_ms=body.commit_due_at_ms,
        lines=tuple(Line(line.name, line.quantity, line.code) for line in body.lines),
        requires=tuple(ProofKind(kind) for kind in dict.fromkeys(body.requires)),
        pin=body.pin,
        barcode=body.barcode,
        direction=Direction(body.direction),
        skills=tuple(body.skills),
        fragile=body.fragile,
        max_ride_s=body.max_ride_s,
        tier=body.tier,
        depot_options=tuple(body.depot_options),
        leave_at_door=body.leave_at_door,
    )


def _with_pin(wish: OrderWish, secret: bytes, order_id: str) -> OrderWish:
    """The wish with a PIN, where the shop wants one and leaves the choice to us."""
    wants_one = ProofKind.PIN in wish.requires and not wish.pin
    return replace(wish, pin=delivery_pin(secret, order_id)) if wants_one else wish


def _placed(call: Call, order: Order, reply: Reply) -> PlacedOrder:
    link, url = shown_link(call, order)
    return PlacedOrder(
        id=order.id,
        status=reply.result["status"],
        reason=reply.result["reason"],
        depot_id=order.depot_id,
        created_at_ms=order.created_at_ms,
        ready_at_ms=order.ready_at_ms,
        promise_at_ms=order.promise_at_ms,
        track_token=link,
        track_url=url,
    )


async def read_order(call: Call) -> Answer:
    """`GET /v1/orders/{id}`."""
    _, order = await own_order(call)
    return Answer(order_view(order))


async def own_order(call: Call) -> tuple[str, Order]:
    """(zone, order) of the path, if the caller may touch it; somebody else's is as unknown as one that is not."""
    order_id = call.path("id")
    found = await call.services.store.find_order(order_id)
    unknown = NotFound("unknown_order", f"There is no order {order_id}.")
    if found is None or not isinstance(found[1], Order):
        raise unknown
    zone_id, order = found[0], found[1]
    if reach(call.subject, call.action) is Reach.OWN and order.placed_by != call.subject.id:
        raise unknown
    allow(call.subject, call.action, Resource(zone_id, order.placed_by))
    return zone_id, order


async def list_orders(call: Call) -> Answer:
    """`GET /v1/orders`: by id, a page at a time."""
    zone_id, status = call.query("zone", "default"), call.query("status")
    own = reach(call.subject, Action.LIST_ORDERS) is Reach.OWN
    call.zone(zone_id, owner_id=call.subject.id)
    if status and status not in set(OrderStatus):
        raise Problem(422, "bad_parameter", f"The parameter status is one of {', '.join(OrderStatus)}.")
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    after = _cursor(call.query("cursor"))
    found = [o for o in await call.services.store.list_orders(zone_id, status, after, limit) if isinstance(o, Order)]
    shown = [order_view(order) for order in found if not own or order.placed_by == call.subject.id]
    if len(found) < limit:
        return Answer(OrderPage(orders=shown))
    cursor = urlsafe_b64encode(found[-1].id.encode()).decode()
    rest = {"zone": zone_id, "limit": limit, "cursor": cursor, **({"status": status} if status else {})}
    return Answer(OrderPage(orders=shown, next_cursor=cursor, next=f"/v1/orders?{urlencode(rest)}"))


def _cursor(given: str) -> str:
    try:
        return b64decode(given, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise Problem(422, "bad_cursor", "The cursor is not one of ours; start without one.") from None


async def cancel_order(call: Call) -> Answer:
    """`POST /v1/orders/{id}/cancel`. Canceling twice changes nothing."""
    zone_id, order = await own_order(call)
    asked = request_id(call.subject, f"orders/{order.id}/cancel", idempotency_key(call), call.body)
    reply = await ask(call, zone_id, asked.id, CancelOrder(order.id, call.body.reason))
    if reply is None:
        return pending(order.id, zone_id, asked.id)
    if not reply.ok:
        raise refusal(reply)
    status, reason = reply.result.get("status", order.status.value), reply.result.get("reason", order.reason)
    return Answer(OrderState(id=order.id, status=status, reason=reason))


async def read_request(call: Call) -> Answer:
    """`GET /v1/requests/{id}`: what became of the caller's own request."""
    asked, zone_id = call.path("id"), call.query("zone", "default")
    owner = call.subject.id if asked.startswith(subject_mark(call.subject) + "-") else ""
    call.zone(zone_id, owner)
    reply = (await call.services.store.replies(zone_id, [asked])).get(asked)
    if reply is None:
        return Answer(RequestStatus(id=asked, status="pending"))
    if not reply.ok:
        return Answer(RequestStatus(id=asked, status="refused", code=reply.code, detail=reply.detail))
    return Answer(RequestStatus(id=asked, status="done", order_id=str(reply.result.get("order_id", ""))))
