"""Stops of a route: made from orders and depots, begun one at a time, put back when another one comes first."""

from collections.abc import Sequence
from dataclasses import replace

from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.promise import stop_service_s
from dispatch.domain.route import PlannedStop, Stop, StopKind, StopState
from dispatch.domain.zone import Draft

EN_ROUTE = {StopKind.PICKUP: OrderStatus.EN_ROUTE_PICKUP, StopKind.DROPOFF: OrderStatus.EN_ROUTE_DROPOFF}
ARRIVED = {StopKind.PICKUP: OrderStatus.AT_PICKUP, StopKind.DROPOFF: OrderStatus.AT_DROPOFF}
_PUT_BACK = {StopKind.PICKUP: OrderStatus.ASSIGNED, StopKind.DROPOFF: OrderStatus.PICKED_UP}
ROUGH_SPEED_MPS = 3.0
"""Along the straight line, stops at lights included; only until the planner, which knows the roads, has looked."""


def build_stop(draft: Draft, planned: PlannedStop) -> Stop:
    """The stop that a plan means, with what its orders and their depot say."""
    orders = [draft.order(order_id) for order_id in planned.order_ids]
    pickup = planned.kind is StopKind.PICKUP
    depot = draft.depot(orders[0].depot_id)
    dropoff = orders[0].dropoff
    return Stop(
        id=f"{'pu' if pickup else 'do'}-{orders[0].id}-{orders[0].assignment_seq}",
        kind=planned.kind,
        order_ids=planned.order_ids,
        place=depot.place if pickup else dropoff.place,
        name=depot.name if pickup else dropoff.name,
        address=depot.address if pickup else dropoff.address,
        note="" if pickup else dropoff.note,
        service_s=stop_service_s(planned.kind, orders),
        earliest_at_ms=max(order.ready_at_ms if pickup else order.earliest_at_ms for order in orders),
        latest_at_ms=min(order.promise_at_ms for order in orders),
        arrive_at_ms=planned.arrive_at_ms,
        depart_at_ms=planned.depart_at_ms,
    )


def append_stops(draft: Draft, courier_id: str, wanted: Sequence[tuple[StopKind, Order]], reason: str) -> None:
    """Put single-order stops at the end of a courier's route, with rough times; the planner will do better."""
    stops = draft.route(courier_id).stops
    for kind, order in wanted:
        place = draft.depot(order.depot_id).place if kind is StopKind.PICKUP else order.dropoff.place
        arrive_ms = _rough_arrival_ms(draft, stops, place)
        service_ms = stop_service_s(kind, [order]) * 1000
        planned = PlannedStop(kind, (order.id,), arrive_ms, arrive_ms + service_ms)
        stops = (*stops, build_stop(draft, planned))
    draft.change_route(courier_id, stops, reason)


def _rough_arrival_ms(draft: Draft, stops: tuple[Stop, ...], place: Point) -> int:
    if not stops:
        return draft.now_ms
    last = stops[-1]
    return max(draft.now_ms, last.depart_at_ms) + round(distance_m(last.place, place) / ROUGH_SPEED_MPS * 1000)


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
    """Make it the courier's first stop, as it is given."""
    rest = tuple(s for s in draft.route(courier_id).stops if s.id != stop.id)
    draft.change_route(courier_id, (stop, *rest), f"stop {stop.state}")
