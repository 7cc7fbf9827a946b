"""The ends of an order: its depot and its customer's door, and at which of them a visit is.

A delivery is picked up at the depot and dropped off at the door, a return the other way round. Goods of a delivery that
go back (after a failed attempt, or canceled on the way) are dropped off where they came from. Goods that are to change
courier are dropped off by one and picked up by the other where the two meet.
"""

from dataclasses import replace

from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import TO_CUSTOMER, TO_DELIVER, Direction, Handover, Order, OrderStatus
from dispatch.domain.route import StopEnd, StopKind

BRING_BACK_WITHIN_MS = 2 * 3_600_000
"""Goods that go back are due at their depot so long after that was decided: customers come first (house figure)."""
MEETING_S = 60
"""Finding each other, counting and scanning (house figure)."""
ROUGH_SPEED_MPS = 3.0
"""Along the straight line, stops at lights included; only until the planner, which knows the roads, has looked."""
_DOOR = {Direction.DELIVERY: StopKind.DROPOFF, Direction.RETURN: StopKind.PICKUP}


def end_of(kind: StopKind, order: Order) -> StopEnd:
    """At which end this visit for the order is, as the order now stands."""
    if order.handover:
        return StopEnd.MEETING
    goes_back = kind is StopKind.DROPOFF and order.status is OrderStatus.RETURNING
    return StopEnd.DOOR if kind is _DOOR[order.direction] and not goes_back else StopEnd.DEPOT


def at_door(kind: StopKind, order: Order) -> bool:
    """Whether this visit for the order is at its customer's door."""
    return end_of(kind, order) is StopEnd.DOOR


def comes_at_ms(order: Order, arrive_at_ms: int) -> int:
    """When somebody rings at the customer's door who is there at `arrive_at_ms`: not before the order's window."""
    return max(arrive_at_ms, order.earliest_at_ms)


def needs_dropoff(order: Order) -> bool:
    """Whether whoever has the goods has to drop them off: not any more once they say to have handed them over."""
    return order.status in TO_DELIVER and not (order.handover and order.handover.given_at_ms)


def is_awaited(order: Order) -> bool:
    """Whether somebody is at the door for whom the courier is the next to come: with their goods, or for them."""
    if order.direction is Direction.RETURN:
        return order.status in (OrderStatus.EN_ROUTE_PICKUP, OrderStatus.AT_PICKUP)
    return order.status in TO_CUSTOMER


def place_of(kind: StopKind, order: Order, depot: Point) -> Point:
    """Where this visit is made, `depot` being the place of the order's depot."""
    if order.handover:
        return order.handover.place
    return order.dropoff.place if at_door(kind, order) else depot


def as_it_goes(order: Order) -> Order:
    """The order with the times that count now: goods that go back are nobody's meal any more, and due within hours; at
    a meeting each courier waits for the other, and is due so early that the rest of the way can be made in time.
    """
    going = _going_back(order) if order.status is OrderStatus.RETURNING else order
    return _to_meeting(going, order.handover) if order.handover else going


def _going_back(order: Order) -> Order:
    since_ms = order.timeline[-1][1]
    at_depot_s = order.service_pickup_s if order.direction is Direction.DELIVERY else order.service_dropoff_s
    due_ms = max(order.promise_at_ms, since_ms + BRING_BACK_WITHIN_MS)
    calm = replace(order, ready_at_ms=since_ms, earliest_at_ms=0, promise_at_ms=due_ms, service_dropoff_s=at_depot_s)
    return replace(calm, priority=0, tier=0, max_ride_s=0)


def _to_meeting(order: Order, meeting: Handover) -> Order:
    rest_ms = round(distance_m(meeting.place, order.dropoff.place) / ROUGH_SPEED_MPS * 1000)
    return replace(
        order,
        ready_at_ms=meeting.giver_at_ms,
        earliest_at_ms=meeting.taker_at_ms,
        promise_at_ms=order.promise_at_ms - rest_ms,
        service_pickup_s=MEETING_S,
        service_dropoff_s=MEETING_S,
        max_ride_s=0,
    )
