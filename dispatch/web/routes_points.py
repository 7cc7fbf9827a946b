"""Pickup points over HTTP: for whoever sets them up, and for the leader, who has a link or a token of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import Final

import msgspec

from dispatch.application.access import TABLE, Action
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import Request
from dispatch.domain.collection import CollectionState
from dispatch.domain.commands import Command
from dispatch.domain.errors import Conflict, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.order import Order
from dispatch.domain.phone import normalised_phone
from dispatch.domain.pickup_point import PickupPoint
from dispatch.domain.point_commands import CollectOrder, ConfirmAtPoint, Refusal, RefuseAtPoint, RegisterPoint
from dispatch.web.auth import LINK_LENGTH, link_hash, tracking_link
from dispatch.web.bodies_points import (
    MOST_AT_ONCE,
    LeaderLink,
    Parcel,
    ParcelLine,
    ParcelsChanged,
    PointPage,
    PointShown,
    PointsShown,
)
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ANSWER_WITHIN_S, caught_up, idempotency_key, pending, subject_mark
from dispatch.web.routes_fleet import own_id, register
from dispatch.web.routes_wishes import check_wait

MOST_COLLECTED: Final = 2_000
"""Of a day, at one point: more are not counted."""
_LYING = (CollectionState.AT_POINT, CollectionState.UNCOLLECTED)


# --- setting points up ----------------------------------------------------------------------------------------------


async def put_point(call: Call) -> Answer:
    """`PUT /v1/points/{id}`: register or change. The leader's link stays."""
    body, hub, point_id = call.body, call.zone(call.body.zone), own_id(call)
    known = hub.replica.state.points.get(point_id)
    number = known.link_number if known else 0
    point = PickupPoint(
        point_id,
        body.name,
        Point(body.lat, body.lon),
        body.address,
        body.leader,
        body.phone and normalised_phone(body.phone),
        body.keeps_s,
        link_hash(_link(call, hub.zone_id, point_id, number)),
        number,
        body.removed,
    )
    return await _registered(call, hub, point)


async def replace_leader_link(call: Call) -> Answer:
    """`POST /v1/points/{id}:replace-link`: a new page for the leader; the old link opens nothing any more."""
    hub, point = _known_point(call)
    number = point.link_number + 1
    link = _link(call, hub.zone_id, point.id, number)
    answer = await _registered(call, hub, replace(point, link_hash=link_hash(link), link_number=number))
    if answer.status == 202:
        return answer
    return Answer(LeaderLink(leader_url=_url(call, link), changed_at_ms=call.services.clock.now_ms()))


async def list_points(call: Call) -> Answer:
    """`GET /v1/points`."""
    hub = call.zone(call.query("zone", "default"))
    points = sorted(hub.replica.state.points.values(), key=lambda point: point.id)
    return Answer(PointsShown(points=[_shown(call, hub, point) for point in points]))


async def _registered(call: Call, hub: ZoneHub, point: PickupPoint) -> Answer:
    def known() -> Answer | None:
        return Answer(_shown(call, hub, point)) if hub.replica.state.points.get(point.id) == point else None

    return await register(call, hub, RegisterPoint(point), known)


def _shown(call: Call, hub: ZoneHub, point: PickupPoint) -> PointShown:
    orders = list(_orders_of(hub, point.id))
    may_link = call.subject.role in TABLE[Action.REGISTER_POINT]
    link = _link(call, hub.zone_id, point.id, point.link_number) if may_link else ""
    return PointShown(
        id=point.id,
        name=point.name,
        lat=point.place.lat,
        lon=point.place.lon,
        address=point.address,
        leader=point.leader,
        phone=point.phone,
        keeps_s=point.keeps_s,
        zone=hub.zone_id,
        expected=sum(_state(order) is CollectionState.EXPECTED for order in orders),
        lying=sum(_state(order) in _LYING for order in orders),
        leader_url=_url(call, link) if link else "",
        removed=point.removed,
    )


def _link(call: Call, zone_id: str, point_id: str, number: int) -> str:
    return tracking_link(call.services.secret, f"point {zone_id} {point_id}", number)


def _url(call: Call, link: str) -> str:
    base = call.services.public_url or str(call.request.base_url).rstrip("/")
    return f"{base}/p/{link}"


# --- at the point ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Desk:
    """Whoever works at a point: its zone, who they are in the audit, and whether they know orders without a code."""

    hub: ZoneHub
    point: PickupPoint
    actor: str
    needs_code: bool


async def read_point(call: Call) -> Answer:
    """`GET /v1/points/{id}`: what is expected there, and what lies there."""
    return Answer(await _page(call, _with_token(call)))


async def confirm_at_point(call: Call) -> Answer:
    """`POST /v1/points/{id}:confirm`: the leader has these orders."""
    return await _confirm(call, _with_token(call))


async def collect_at_point(call: Call) -> Answer:
    """`POST /v1/points/{id}:collect`: somebody fetches an order."""
    return await _collect(call, _with_token(call))


async def refuse_at_point(call: Call) -> Answer:
    """`POST /v1/points/{id}:refuse`: the leader does not keep an order."""
    return await _refuse(call, _with_token(call))


async def read_leader_page(call: Call) -> Answer:
    """`GET /v1/leader/{token}`: as `read_point`, for whoever has the link."""
    desk = _with_link(call)
    check_wait(await call.services.link_limits.look_as_leader(desk.point.link_hash))
    return Answer(await _page(call, desk))


async def confirm_as_leader(call: Call) -> Answer:
    """`POST /v1/leader/{token}/confirm`."""
    return await _confirm(call, await _changing(call))


async def collect_as_leader(call: Call) -> Answer:
    """`POST /v1/leader/{token}/collect`. Wrong codes count by themselves: nobody shall find one by trying."""
    desk = await _changing(call)
    check_wait(await call.services.link_limits.codes_rest_s(desk.point.link_hash))
    try:
        return await _collect(call, desk)
    except (Conflict, Problem) as refused:
        if refused.code == "wrong_code":
            await call.services.link_limits.wrong_code(desk.point.link_hash)
        raise


async def refuse_as_leader(call: Call) -> Answer:
    """`POST /v1/leader/{token}/refuse`."""
    return await _refuse(call, await _changing(call))


def _known_point(call: Call) -> tuple[ZoneHub, PickupPoint]:
    hub, point_id = call.zone(call.query("zone", "default")), call.path("id")
    if point := hub.replica.state.points.get(point_id):
        return hub, point
    raise NotFound("unknown_point", f"There is no pickup point {point_id}.")


def _with_token(call: Call) -> _Desk:
    zone_id, point_id = call.query("zone", "default"), call.path("id")
    zone = call.services.hubs.get(zone_id)
    point = zone.replica.state.points.get(point_id) if zone else None
    hub = call.zone(zone_id, owner_id=point.leader if point else call.subject.owner)
    if point is None:
        raise NotFound("unknown_point", f"There is no pickup point {point_id}.")
    is_leader = call.subject.owner == point.leader
    return _Desk(hub, point, call.subject.actor, needs_code=is_leader)


def _with_link(call: Call) -> _Desk:
    link = call.path("token")
    wanted = link_hash(link) if len(link) == LINK_LENGTH else ""
    for hub in call.services.hubs.values():
        for point in hub.replica.state.points.values():
            if wanted and point.link_hash == wanted:
                return _Desk(hub, point, f"leader:{point.id}", needs_code=True)
    raise NotFound("unknown_link", "This link is not known; ask the shop for the right one.")


async def _changing(call: Call) -> _Desk:
    desk = _with_link(call)
    check_wait(await call.services.link_limits.change_as_leader(desk.point.link_hash))
    return desk


async def _confirm(call: Call, desk: _Desk) -> Answer:
    ids = tuple(dict.fromkeys(call.body.order_ids))
    return await _done(call, desk, ConfirmAtPoint(desk.point.id, ids), ids)


async def _collect(call: Call, desk: _Desk) -> Answer:
    code, order_id = call.body.code, call.body.order_id
    if not code and (desk.needs_code or order_id is None):
        raise Conflict("code_needed", "Ask for the code of the order; it stands on the customer's page.")
    chosen = order_id or _by_code(desk, code)
    return await _done(call, desk, CollectOrder(desk.point.id, chosen, code or None), (chosen,))


def _by_code(desk: _Desk, code: str) -> str:
    lying = [order for order in _orders_of(desk.hub, desk.point.id) if _state(order) in _LYING]
    found = [order.id for order in lying if order.collection and order.collection.code == code]
    if len(found) == 1:
        return found[0]
    if found:
        raise Conflict("ambiguous_code", "Two orders have this code; choose the order.")
    raise Conflict("wrong_code", "No order that lies here has this code.")


async def _refuse(call: Call, desk: _Desk) -> Answer:
    order_id = call.body.order_id
    return await _done(call, desk, RefuseAtPoint(desk.point.id, order_id, Refusal(call.body.why)), (order_id,))


async def _done(call: Call, desk: _Desk, command: Command, order_ids: tuple[str, ...]) -> Answer:
    """Ask the zone; the same request with the same key takes effect once."""
    body = msgspec.json.encode(call.body).decode()
    named = "\0".join((desk.actor, desk.point.id, type(command).__name__, idempotency_key(call), body))
    prefix = subject_mark(call.subject) if call.bearer_or_none else "p"
    asked = f"{prefix}-{sha256(named.encode()).hexdigest()[:48]}"
    reply = await call.services.bus.ask(desk.hub.zone_id, Request(asked, desk.actor, command), ANSWER_WITHIN_S)
    if reply is None:
        return pending(order_ids[0], desk.hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    await caught_up(call, desk.hub)
    orders = (desk.hub.replica.state.orders.get(order_id) for order_id in order_ids)
    return Answer(ParcelsChanged(orders=[_parcel(order) for order in orders if order]))


# --- what is shown --------------------------------------------------------------------------------------------------


async def _page(call: Call, desk: _Desk) -> PointPage:
    now_ms = call.services.clock.now_ms()
    since_ms = _day_began_ms(now_ms, call.services.zone_time)
    done = await call.services.store.orders_collected(desk.hub.zone_id, desk.point.id, since_ms, MOST_COLLECTED)
    collected = [order for order in done if isinstance(order, Order)]
    orders = list(_orders_of(desk.hub, desk.point.id))
    expected = sorted((o for o in orders if _state(o) is CollectionState.EXPECTED), key=lambda o: (o.eta_at_ms, o.id))
    lying = sorted((o for o in orders if _state(o) in _LYING), key=_goes_back_at)
    return PointPage(
        point_id=desk.point.id,
        name=desk.point.name,
        address=desk.point.address,
        zone=desk.hub.zone_id,
        now_ms=now_ms,
        expected=[_parcel(order) for order in expected[:MOST_AT_ONCE]],
        lying=[_parcel(order) for order in lying[:MOST_AT_ONCE]],
        expected_count=len(expected),
        lying_count=len(lying),
        collected=[_parcel(order) for order in collected[:MOST_AT_ONCE]],
        collected_count=len(collected),
    )


def _day_began_ms(now_ms: int, zone_time: tzinfo) -> int:
    now = datetime.fromtimestamp(now_ms / 1000, zone_time)
    return int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _orders_of(hub: ZoneHub, point_id: str) -> Iterator[Order]:
    state = hub.replica.state
    return (state.orders[order_id] for order_id in state.for_points.get(point_id, ()))


def _state(order: Order) -> CollectionState | None:
    return order.collection.state if order.collection else None


def _goes_back_at(order: Order) -> tuple[int, str]:
    return order.collection.until_ms if order.collection else 0, order.id


def _parcel(order: Order) -> Parcel:
    there = order.collection
    if there is None:
        raise AssertionError(f"order {order.id} is collected nowhere")
    return Parcel(
        order_id=order.id,
        ref=order.ref,
        customer=" ".join(filter(None, (order.dropoff.name, order.dropoff.phone[-4:]))),
        state=there.state.value,
        lines=[ParcelLine(name=line.name, quantity=line.quantity) for line in order.lines],
        at_ms=there.at_ms,
        until_ms=there.until_ms,
        eta_at_ms=order.eta_at_ms if there.state is CollectionState.EXPECTED else 0,
        confirmed_at_ms=there.confirmed_at_ms,
        fragile=order.fragile,
    )
