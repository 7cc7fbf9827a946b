"""Which of a zone's events say that a stop was done, and what service that was."""

from dataclasses import replace
from itertools import count

from dispatch.application.done_orders import DoneOrder, orders_done, services
from dispatch.application.ports import Recorded
from dispatch.domain import commands as c
from dispatch.domain.apply import apply
from dispatch.domain.order import Direction, OrderStatus
from dispatch.domain.route import StopKind
from dispatch.domain.zone import ZoneState, evolve
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, zone

A = c.StopAction


class Story:
    """A zone whose courier reports, and every event of it."""

    def __init__(self, state: ZoneState) -> None:
        self.state = state
        self.events: list[Recorded] = []
        self._ids = count(1)

    def report(self, action: c.StopAction, minute: float, *, stop: int = 0, courier_id: str = "c1") -> None:
        at_ms = NOON_MS + round(minute * MINUTE_MS)
        stop_id = self.state.route(courier_id).stops[stop].id
        self.happens(c.ReportProgress(courier_id, stop_id, action, at_ms, "nobody there"), at_ms)

    def happens(self, command: c.Command, at_ms: int) -> None:
        request_id = f"r{next(self._ids)}"
        for event in apply(self.state, command, at_ms):
            evolve(self.state, event)
            self.events.append(Recorded(len(self.events) + 1, at_ms, request_id, "courier:c1", event))

    def done(self) -> list[DoneOrder]:
        return orders_done(self.events, self.state.depots)


def on_the_way(*order_ids: str) -> Story:
    """A courier with these orders ahead."""
    state = zone(couriers=2, orders=len(order_ids))
    given(state, "c1", *order_ids)
    return Story(state)


def test_a_pickup_and_a_dropoff_are_two_services() -> None:
    """From arrival to completion by the device's clock; before the goods are ready, nobody is served."""
    story = on_the_way("o1")
    for action, minute in ((A.DEPARTED, 0), (A.ARRIVED, 0.2), (A.COMPLETED, 3), (A.ARRIVED, 10), (A.COMPLETED, 12)):
        story.report(action, minute)
    pickup, dropoff = story.done()
    assert (pickup.kind, pickup.at_door, dropoff.kind, dropoff.at_door) == (
        StopKind.PICKUP, False, StopKind.DROPOFF, True,
    )  # fmt: skip
    assert dropoff.place == order("o1").dropoff.place and dropoff.courier_id == "c1"
    at_depot, at_door = services(story.done())
    assert (at_depot.seconds, at_door.seconds) == (120, 120)  # ready a minute after noon
    assert at_door.visit.address == "Street 1" and at_depot.visit.address == ""
    assert at_depot.visit.hour == at_door.visit.hour == NOON_MS // 3_600_000 % 24


def test_orders_of_one_report_at_one_place_are_one_service() -> None:
    """Two bags at the counter; at the doors they are visits of their own."""
    story = on_the_way("o1", "o2")
    for action, minute in ((A.ARRIVED, 2), (A.COMPLETED, 4), (A.ARRIVED, 9), (A.COMPLETED, 10)):
        story.report(action, minute)
    assert [(each.visit.kind, each.visit.orders) for each in services(story.done())] == [
        (StopKind.PICKUP, 2), (StopKind.DROPOFF, 1),
    ]  # fmt: skip


def test_without_an_arrival_there_is_a_visit_but_no_service() -> None:
    """The courier only said that it was done."""
    story = on_the_way("o1")
    story.report(A.COMPLETED, 4)
    story.report(A.COMPLETED, 9)
    assert [each.arrived_at_ms for each in story.done()] == [0, 0]
    assert services(story.done()) == []


def test_what_is_put_back_or_decided_at_the_desk_was_not_done() -> None:
    """Goods on board again after another stop came first, and an attempt that shall be tried again."""
    story = on_the_way("o1", "o2")
    story.report(A.COMPLETED, 2)
    story.report(A.ARRIVED, 5)
    story.report(A.ARRIVED, 6, stop=1)
    story.report(A.FAILED, 7)
    story.happens(c.ResolveAttempt(failed(story.state), "retry", "again"), NOON_MS + 8 * MINUTE_MS)
    assert [each.kind for each in story.done()] == [StopKind.PICKUP, StopKind.PICKUP]


def failed(state: ZoneState) -> str:
    return next(o.id for o in state.orders.values() if o.status is OrderStatus.ATTEMPT_FAILED)


def test_a_return_is_fetched_at_the_door() -> None:
    """Its pickup is the visit of the door, its drop-off one of the depot."""
    state = zone(couriers=1)
    ask(state, c.CreateOrder(replace(order("o1"), direction=Direction.RETURN)))
    given(state, "c1", "o1")
    story = Story(state)
    story.report(A.COMPLETED, 4)
    story.report(A.COMPLETED, 9)
    assert [(each.kind, each.at_door) for each in story.done()] == [
        (StopKind.PICKUP, True), (StopKind.DROPOFF, False),
    ]  # fmt: skip


def test_a_depot_that_is_not_known_leaves_its_orders_out() -> None:
    """Nothing is learnt of a place that nobody knows."""
    story = on_the_way("o1")
    story.report(A.COMPLETED, 4)
    assert orders_done(story.events, {}) == []
