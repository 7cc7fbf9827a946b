"""What was done at stops, read out of the zone's events: the facts that service times and pins are learnt from.

Pure. Only what a courier reported counts, by the clock of their device: a step whose step before it was another kind of
visit (goods put back, an attempt tried again) is none, and neither is a meeting of couriers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.application.ports import Recorded
from dispatch.domain import events as e
from dispatch.domain.depot import Depot
from dispatch.domain.ends import end_of, place_of
from dispatch.domain.geo import Point
from dispatch.domain.order import BEFORE_PICKUP, TO_CUSTOMER, Order, OrderStatus
from dispatch.domain.route import StopEnd, StopKind
from dispatch.planning.dwell import Served, Visit, service_began_ms

_STEPS: Final = {
    OrderStatus.PICKED_UP: (StopKind.PICKUP, OrderStatus.AT_PICKUP, BEFORE_PICKUP),
    OrderStatus.DELIVERED: (StopKind.DROPOFF, OrderStatus.AT_DROPOFF, TO_CUSTOMER),
}
"""By the status that ends a visit: its kind, the status of having arrived, and those that may come before its end."""
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class DoneOrder:
    """An order that was picked up or dropped off as its stop was done by a courier's report (`request_id`).

    `arrived_at_ms` is 0 when the courier did not say. `at_door`: the place is the order's customer's.
    """

    order: Order
    kind: StopKind
    place: Point
    at_door: bool
    arrived_at_ms: int
    done_at_ms: int
    request_id: str

    @property
    def courier_id(self) -> str:
        """Who did it."""
        return self.order.courier_id


def orders_done(events: Iterable[Recorded], depots: Mapping[str, Depot]) -> list[DoneOrder]:
    """The orders whose stops were done, in the order of the events."""
    reported = ((recorded.request_id, recorded.event) for recorded in events)
    found = (_done(request_id, event, depots) for request_id, event in reported if isinstance(event, e.OrderChanged))
    return [done for done in found if done]


def _done(request_id: str, event: e.OrderChanged, depots: Mapping[str, Depot]) -> DoneOrder | None:
    if event.what not in _STEPS or not event.device_at_ms:
        return None
    order = event.order
    kind, arrived, before = _STEPS[OrderStatus(event.what)]
    (last, last_ms), (_, done_ms) = order.timeline[-2:]
    end, depot = end_of(kind, order), depots.get(order.depot_id)
    if last not in before or end is StopEnd.MEETING or depot is None:
        return None
    place, arrived_ms = place_of(kind, order, depot.place), last_ms if last is arrived else 0
    return DoneOrder(order, kind, place, end is StopEnd.DOOR, arrived_ms, done_ms, request_id)


def services(done: Iterable[DoneOrder]) -> list[Served]:
    """The stops as services: orders that one report was about, at one place, are one stop."""
    stops: dict[tuple[str, StopKind, Point], list[DoneOrder]] = {}
    for each in done:
        if each.arrived_at_ms:
            stops.setdefault((each.request_id, each.kind, each.place), []).append(each)
    return [_service(orders) for orders in stops.values()]


def _service(orders: list[DoneOrder]) -> Served:
    first = orders[0]
    possible_ms = max(_possible_from_ms(each) for each in orders)
    began_ms = service_began_ms(min(each.arrived_at_ms for each in orders), possible_ms)
    address = first.order.dropoff.address if first.at_door else ""
    hour = began_ms // HOUR_MS % 24
    visit = Visit(first.kind, first.order.depot_id, first.place, hour, first.courier_id, len(orders), address)
    return Served(visit, began_ms, max(each.done_at_ms for each in orders))


def _possible_from_ms(done: DoneOrder) -> int:
    return done.order.ready_at_ms if done.kind is StopKind.PICKUP else done.order.earliest_at_ms
