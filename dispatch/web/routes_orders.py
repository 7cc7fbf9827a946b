"""Orders over HTTP: placing, batches, reading, listing, canceling, and what became of a request."""

import asyncio
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlencode

import msgspec

from dispatch.application.access import Action, Reach, Resource, Role, allow, reach
from dispatch.application.addressing import Located, locate
from dispatch.application.goods import Goods
from dispatch.application.hub import ZoneHub
from dispatch.application.orders import IntakePolicy, OrderLabel, OrderWish, Supply, take_in
from dispatch.application.ports import Reply, TravelTimes
from dispatch.application.views import order_view
from dispatch.application.visible import seen_by
from dispatch.domain.collection import Collection
from dispatch.domain.commands import CancelOrder, CreateOrder
from dispatch.domain.corrections import corrected
from dispatch.domain.errors import DomainError, Forbidden, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.order import Direction, Dropoff, Line, Order, OrderStatus, ProofKind
from dispatch.domain.pickup_point import PickupPoint
from dispatch.domain.vehicle import Load
from dispatch.roads.address_match import NOT_FOUND, AddressMatch
from dispatch.web.address_checks import looked_up, pin_of, worth_telling
from dispatch.web.auth import collection_code, delivery_pin, link_hash, phone_mark, tracking_link
from dispatch.web.bodies import (
    AddressChecked,
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
from dispatch.web.order_fields import mode_of, of_error, payment_of
from dispatch.web.problems import FieldError, Problem, problem_of, refusal
from dispatch.web.requests import (
    RequestId,
    ask,
    idempotency_key,
    in_flight,
    pending,
    request_id,
    subject_mark,
)
from dispatch.web.services import hub_of
from dispatch.web.tracking_links import shown_link

KEY_REUSED = "This Idempotency-Key was used for another order; use a new key for a new order."
MAX_PAGE = 500


async def place_order(call: Call) -> Answer:
    """`POST /v1/orders`."""
    return await place(call, call.body, request_id(call.subject, "orders", idempotency_key(call), call.body))


async def place_orders(call: Call) -> Answer:
    """`POST /v1/orders:batch`: each order under its own key, made of the batch's key and its place."""
    key = idempotency_key(call)
    results = await asyncio.gather(*(_place_one(call, raw, f"{key}#{n}") for n, raw in enumerate(call.body.orders)))
    return Answer(BatchResults(results=list(results)))


async def _place_one(call: Call, raw: msgspec.Raw, key: str) -> BatchResult:
    try:
        body = decode(OrderBody, raw)
        answer = await place(call, body, request_id(call.subject, "orders", key, body))
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


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked up for an order: what its text means, its pin, the ways from the depots (`at_hand`: they take no
    time), and how soon a courier can be at which depot (`HoldBack.applied`).
    """

    match: AddressMatch
    pin: Point | None
    ways: TravelTimes
    rides_s: MutableMapping[str, float]
    at_hand: bool = False


async def place(call: Call, body: OrderBody, asked: RequestId, looked: Looked | None = None) -> Answer:
    """Take an order in. What is `looked` up already is known to be new. Raises `Problem` and `DomainError`, with the
    fields that are wrong.
    """
    allow(call.subject, Action.PLACE_ORDER, Resource(body.zone, call.subject.owner))
    hub = call.zone(body.zone, owner_id=call.subject.owner)
    if call.subject.role is Role.DISTRIBUTOR and call.subject.owner not in hub.replica.state.distributors:
        raise Forbidden("not_approved", "Apply as a distributor first; somebody has to approve it.")
    with fields_named(hub, body):
        return await _place(call, hub, body, asked, looked)


@contextmanager
def fields_named(hub: ZoneHub, body: OrderBody) -> Iterator[None]:
    """What is refused within says which fields of the order it is about."""
    try:
        yield
    except (DomainError, Problem) as error:
        state = hub.replica.state
        if problem := of_error(error, body, state.depots, state.skus):
            raise problem from None
        raise


async def _place(call: Call, hub: ZoneHub, body: OrderBody, asked: RequestId, known: Looked | None) -> Answer:
    order_id, looked = order_id_of(asked), known or await look_up(call, body)
    told = told_of(body, looked)
    with in_flight(call.request.app.state.in_flight, asked.name):
        if not known and (replayed := await _replay(call, body.zone, asked, told)):
            return replayed
        _check_room(hub, call.services.intake, len(call.request.app.state.in_flight))
        command = await command_for(call, hub, body, order_id, looked)
        reply = await ask(call, body.zone, asked.id, command)
    if reply is None:
        return pending(order_id, body.zone, asked.id)
    if not reply.ok:
        raise _refused(reply)
    return Answer(_placed(call, command.order, reply, told), 201, {"Location": f"/v1/orders/{order_id}"})


async def look_up(call: Call, body: OrderBody) -> Looked:
    """What is to be known of an order by itself. Raises `Problem` 422 for half of a place."""
    match, pin = await looked_up(call, body.dropoff) if is_looked_up(body) else (NOT_FOUND, pin_of(body.dropoff))
    point = point_of(hub_of(call.services, body.zone), body.point_id)
    return Looked(match, point.place if point else pin, call.services.travel_times, {})


def is_looked_up(body: OrderBody) -> bool:
    """Whether its address has to be known in the city: a carrier goes anywhere."""
    return body.mode != "carrier" and bool(body.dropoff.address)


def told_of(body: OrderBody, looked: Looked) -> AddressChecked | None:
    """What whoever places it hears of its address, where a courier is to find that."""
    is_found = body.mode == "delivery" and not body.point_id
    return worth_telling(looked.match, looked.pin) if is_found else None


async def command_for(call: Call, hub: ZoneHub, body: OrderBody, order_id: str, looked: Looked) -> CreateOrder:
    """What the zone is asked for. Raises `DomainError` for what can never be served, or by this subject."""
    services, state = call.services, hub.replica.state
    link, mark = tracking_link(services.secret, order_id), phone_mark(services.secret, body.dropoff.phone)
    label = OrderLabel(order_id, link_hash(link), call.subject.owner, services.clock.now_ms(), mark)
    supply = Supply(state.depots, looked.ways, Goods(state.skus, state.shelves), looked.at_hand)
    centre = services.city.box.centre
    at = Located(looked.pin) if looked.pin else locate(looked.match, depots_named(body), state.depots, centre)
    wish = _at_true_door(hub, _with_pin(wish_of(body, at, hub.pay.currency), services.secret, order_id))
    if point := point_of(hub, body.point_id):
        wish = _at_point(wish, point, collection_code(services.secret, order_id))
    command = await take_in(wish, label, supply, services.intake)
    allow(call.subject, Action.PLACE_ORDER, Resource(body.zone, call.subject.owner, command.order.depot_id))
    if services.hold_back is None:
        return command
    return await services.hold_back.applied(command, state, hub.sight, services.travel_times, looked.rides_s)


def point_of(hub: ZoneHub, point_id: str | None) -> PickupPoint | None:
    """Where the customer collects it; None for a door. Raises `Problem` 422."""
    point = hub.replica.state.points.get(point_id or "")
    if point_id and (point is None or point.removed):
        sentence = f"There is no pickup point {point_id}."
        raise Problem(422, "unknown_point", sentence, errors=(FieldError(sentence, "/point_id"),))
    return point


def _at_point(wish: OrderWish, point: PickupPoint, code: str) -> OrderWish:
    """It goes to the point, wherever its customer lives."""
    there = Collection(point.id, point.leader, code, point.keeps_s)
    address = ", ".join(filter(None, (point.name, point.address)))
    return replace(wish, dropoff=replace(wish.dropoff, place=point.place, address=address), collection=there)


def _refused(reply: Reply) -> Problem:
    if reply.code == "duplicate_order":
        return Problem(422, "idempotency_key_reused", KEY_REUSED)
    return refusal(reply)


def _check_room(hub: ZoneHub, policy: IntakePolicy, coming_in: int) -> None:
    """Raises `Problem` 503 when the zone has as many open orders as it takes, those that are coming in included."""
    if len(hub.replica.state.unfinished) + coming_in > policy.max_open_orders:
        sentence = f"The zone has {policy.max_open_orders} open orders, as many as it takes; try again when some ended."
        raise Problem(503, "zone_full", sentence, headers={"Retry-After": "60"})


def _at_true_door(hub: ZoneHub, wish: OrderWish) -> OrderWish:
    """The zone corrects pins itself; here it is done for the choice of the depot, and for what is reachable."""
    return replace(wish, dropoff=corrected(wish.dropoff, hub.replica.state.corrections))


async def _replay(call: Call, zone_id: str, asked: RequestId, told: AddressChecked | None) -> Answer | None:
    """The stored answer of a repeated request; None for a new one. Raises `Problem` 422 for another body."""
    found = await call.services.store.find_order(order_id_of(asked))
    if found is None or not isinstance(found[1], Order):
        return None
    reply = (await call.services.store.replies(zone_id, [asked.id])).get(asked.id)
    if reply is None:
        raise Problem(422, "idempotency_key_reused", KEY_REUSED)
    headers = {"Location": f"/v1/orders/{found[1].id}", "Idempotency-Replayed": "true"}
    return Answer(_placed(call, found[1], reply, told), 201, headers)


def order_id_of(asked: RequestId) -> str:
    """The order's id, made of the subject and its key alone; short, for it becomes part of other ids."""
    return "o-" + sha256(asked.name.encode()).hexdigest()[:24]


def depots_named(body: OrderBody) -> list[str]:
    """The depots that are named, the one that is wanted first."""
    return [*([body.depot_id] if body.depot_id else []), *body.depot_options]


def wish_of(body: OrderBody, at: Located, currency: str) -> OrderWish:
    """What the shop asks for; `currency` is that of cash where it names none. Raises `InvalidInput`."""
    to, load = body.dropoff, body.load
    return OrderWish(
        dropoff=Dropoff(at.place, to.address, to.name, to.phone, to.note),
        load=Load(load.weight_g, load.volume_ml, load.items),
        ref=body.ref,
        depot_id=body.depot_id,
        ready_at_ms=body.ready_at_ms,
        promise_at_ms=body.promise_at_ms,
        earliest_at_ms=body.earliest_at_ms,
        service_pickup_s=body.service_pickup_s,
        service_dropoff_s=body.service_dropoff_s,
        priority=body.priority,
        commit_due_at_ms=body.commit_due_at_ms,
        lines=tuple(Line(line.name, line.quantity, line.code, line.sku or "") for line in body.lines),
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
        refuses_short=body.if_short == "refuse",
        payment=payment_of(body.payment, currency),
        drop_of=body.drop_of,
        mode=mode_of(body),
        hold=at.hold,
    )


def _with_pin(wish: OrderWish, secret: bytes, order_id: str) -> OrderWish:
    """The wish with a PIN, where one is to be shown and the shop leaves the choice to us."""
    wants_one = (ProofKind.PIN in wish.requires or wish.goes_to_depot) and not wish.pin
    return replace(wish, pin=delivery_pin(secret, order_id)) if wants_one else wish


def _placed(call: Call, order: Order, reply: Reply, told: AddressChecked | None) -> PlacedOrder:
    link, url = shown_link(call, order)
    return PlacedOrder(
        id=order.id,
        status=reply.result["status"],
        reason=reply.result["reason"],
        depot_id=reply.result.get("depot_id", order.depot_id),
        created_at_ms=order.created_at_ms,
        ready_at_ms=order.ready_at_ms,
        promise_at_ms=order.promise_at_ms,
        track_token=link,
        track_url=url,
        address_check=told,
    )


async def read_order(call: Call) -> Answer:
    """`GET /v1/orders/{id}`."""
    _, order = await own_order(call)
    return Answer(seen_by(call.subject, order_view(order)))


async def own_order(call: Call, order_id: str = "") -> tuple[str, Order]:
    """(zone, order) of the path, or of this id, if the caller may touch it; somebody else's is as unknown as one that
    is not.
    """
    order_id = order_id or call.path("id")
    found = await call.services.store.find_order(order_id)
    unknown = NotFound("unknown_order", f"There is no order {order_id}.")
    if found is None or not isinstance(found[1], Order):
        raise unknown
    zone_id, order = found[0], found[1]
    if reach(call.subject, call.action) is Reach.OWN and order.placed_by != call.subject.owner:
        raise unknown
    allow(call.subject, call.action, Resource(zone_id, order.placed_by, order.depot_id))
    return zone_id, order


async def list_orders(call: Call) -> Answer:
    """`GET /v1/orders`: by id, a page at a time."""
    zone_id, status = call.query("zone", "default"), call.query("status")
    call.zone(zone_id, owner_id=call.subject.owner)
    if status and status not in set(OrderStatus):
        raise Problem(422, "bad_parameter", f"The parameter status is one of {', '.join(OrderStatus)}.")
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    after = _cursor(call.query("cursor"))
    mine = call.subject.owner if reach(call.subject, call.action) is Reach.OWN else ""
    listed = await call.services.store.list_orders(zone_id, status, after, limit, mine)
    found = [order for order in listed if isinstance(order, Order)]
    shown = [seen_by(call.subject, order_view(order)) for order in found if call.subject.sees_depot(order.depot_id)]
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
    owner = call.subject.owner if asked.startswith(subject_mark(call.subject) + "-") else ""
    call.zone(zone_id, owner)
    reply = (await call.services.store.replies(zone_id, [asked])).get(asked)
    if reply is None:
        return Answer(RequestStatus(id=asked, status="pending"))
    if not reply.ok:
        return Answer(RequestStatus(id=asked, status="refused", code=reply.code, detail=reply.detail))
    return Answer(RequestStatus(id=asked, status="done", order_id=str(reply.result.get("order_id", ""))))
