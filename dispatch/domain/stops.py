"""Stops of a route: made from orders and depots, begun one at a time, put back when another one comes first."""

from collections.abc import Sequence
from dataclasses import replace

from dispatch.domain.ends import ROUGH_SPEED_MPS, as_it_goes, end_of, place_of
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import TO_DELIVER, Dropoff, Order, OrderStatus
from dispatch.domain.promise import stop_service_s
from dispatch.domain.route import PlannedStop, Stop, StopEnd, StopKind, StopState
from dispatch.domain.zone import Draft

EN_ROUTE = {StopKind.PICKUP: OrderStatus.EN_ROUTE_PICKUP, StopKind.DROPOFF: OrderStatus.EN_ROUTE_DROPOFF}
ARRIVED = {StopKind.PICKUP: OrderStatus.AT_PICKUP, StopKind.DROPOFF: OrderStatus.AT_DROPOFF}
_PUT_BACK = {StopKind.PICKUP: OrderStatus.ASSIGNED, StopKind.DROPOFF: OrderStatus.PICKED_UP}
BACK, HAND, TAKE = "back", "hand", "take"
"""How the names of stops begin at which goods are brought back, handed over or taken over: a report names the stop that
the courier knew.
"""
_NAMES = {
    (StopKind.PICKUP, StopEnd.DEPOT): "pu",
    (StopKind.PICKUP, StopEnd.DOOR): "pu",
    (StopKind.PICKUP, StopEnd.MEETING): TAKE,
    (StopKind.DROPOFF, StopEnd.DEPOT): BACK,
    (StopKind.DROPOFF, StopEnd.DOOR): "do",
    (StopKind.DROPOFF, StopEnd.MEETING): HAND,
}


def build_stop(draft: Draft, planned: PlannedStop) -> Stop:
    """The stop that a plan means, with what its orders and their depot say."""
    orders = [as_it_goes(draft.order(order_id)) for order_id in planned.order_ids]
    pickup = planned.kind is StopKind.PICKUP
    end = end_of(planned.kind, orders[0])
    where = _spot(draft, planned, orders[0], end)
    return Stop(
        id=f"{_NAMES[planned.kind, end]}-{orders[0].id}-{orders[0].assignment_seq}",
        kind=planned.kind,
        order_ids=planned.order_ids,
        place=where.place,
        name=where.name,
        address=where.address,
        note=where.note,
        service_s=stop_service_s(planned.kind, orders),
        earliest_at_ms=max(order.ready_at_ms if pickup else order.earliest_at_ms for order in orders),
        latest_at_ms=min(order.promise_at_ms for order in orders),
        arrive_at_ms=planned.arrive_at_ms,
        depart_at_ms=planned.depart_at_ms,
        end=end,
    )


def _spot(draft: Draft, planned: PlannedStop, order: Order, end: StopEnd) -> Dropoff:
    """Where a stop is and who is there: the customer, the depot, or the courier to meet."""
    if order.handover:
        other = order.courier_id if planned.kind is StopKind.PICKUP else order.handover.to_courier_id
        return Dropoff(order.handover.place, order.handover.address, draft.courier(other).name)
    if end is StopEnd.DOOR:
        return _at_point(draft, order) or order.dropoff
    depot = draft.depot(planned.depot_id or order.depot_id)
    return Dropoff(depot.place, depot.address, depot.name)


def _at_point(draft: Draft, order: Order) -> Dropoff | None:
    """Whoever keeps the order there is whom the courier meets, not its customer."""
    named = order.collection or (draft.order(order.returns).collection if order.returns else None)
    point = draft.base.points.get(named.point_id) if named else None
    return Dropoff(order.dropoff.place, point.address, point.name) if point else None


def append_stops(draft: Draft, courier_id: str, wanted: Sequence[tuple[StopKind, Order]], reason: str) -> None:
    """Put single-order stops at the end of a courier's route, with rough times; the planner will do better."""
    stops = draft.route(courier_id).stops
    for kind, order in wanted:
        stops = (*stops, _rough_stop(draft, stops, kind, (order,)))
    draft.change_route(courier_id, stops, reason)


def append_stop(draft: Draft, courier_id: str, kind: StopKind, orders: Sequence[Order], reason: str) -> None:
    """Put one stop for orders at one place at the end of a courier's route, with rough times."""
    stops = draft.route(courier_id).stops
    draft.change_route(courier_id, (*stops, _rough_stop(draft, stops, kind, orders)), reason)


def _rough_stop(draft: Draft, stops: tuple[Stop, ...], kind: StopKind, orders: Sequence[Order]) -> Stop:
    place = place_of(kind, orders[0], draft.depot(orders[0].depot_id).place)
    arrive_ms = _rough_arrival_ms(draft, stops, place)
    service_ms = stop_service_s(kind, [as_it_goes(order) for order in orders]) * 1000
    planned = PlannedStop(kind, tuple(order.id for order in orders), arrive_ms, arrive_ms + service_ms)
    return build_stop(draft, planned)


def _rough_arrival_ms(draft: Draft, stops: tuple[Stop, ...], place: Point) -> int:
    if not stops:
        return draft.now_ms
    last = stops[-1]
    return max(draft.now_ms, last.depart_at_ms) + round(distance_m(last.place, place) / ROUGH_SPEED_MPS * 1000)


def take_off_route(draft: Draft, courier_id: str, order_id: str, reason: str) -> None:
    """An order leaves a courier's route, if it is on it."""
    route = draft.route(courier_id)
    left = route.without_orders(frozenset({order_id}))
    if left != route.stops:
        draft.change_route(courier_id, left, reason)


def put_back_others(draft: Draft, courier_id: str, going_to: Stop) -> None:
    """A courier does one stop at a time: whatever else was started is planned again."""
    route = draft.route(courier_id)
    for other in route.stops:
        if other.id != going_to.id and other.started:
            stops = tuple(
                replace(s, state=StopState.PLANNED) if s.id == other.id else s for s in draft.route(courier_id).stops
            )
            draft.change_route(courier_id, stops, "other stop first")
            put_back_orders(draft, other.kind, other.order_ids)


def put_back_orders(draft: Draft, kind: StopKind, order_ids: Sequence[str]) -> None:
    """Orders of a stop that is planned again stand where they stood before the courier set off to it."""
    for order_id in order_ids:
        order = draft.order(order_id)
        if order.status in (EN_ROUTE[kind], ARRIVED[kind]):
            draft.move_order(order, _PUT_BACK[kind])


def bring_to_front(draft: Draft, courier_id: str, stop: Stop) -> None:
    """Make it the courier's first stop, as it is given; what is dropped off there but not on board yet, because it is
    picked up on the way as planned, stays where it was, as a stop of its own.
    """
    absent = tuple(o for o in stop.order_ids if stop.kind is StopKind.DROPOFF and not _is_on_board(draft.order(o)))
    first = replace(stop, order_ids=tuple(o for o in stop.order_ids if o not in absent))
    later = (replace(stop, id=f"{stop.id}-later", order_ids=absent, state=StopState.PLANNED),) if absent else ()
    rest = (each for s in draft.route(courier_id).stops for each in (later if s.id == stop.id else (s,)))
    draft.change_route(courier_id, (first, *rest), f"stop {stop.state}")


def _is_on_board(order: Order) -> bool:
    return order.status in TO_DELIVER
