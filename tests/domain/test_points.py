"""Pickup points: many orders lie at one place until their customers fetch them with a code, or too long."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import point_commands as p
from dispatch.domain import points
from dispatch.domain.case import CaseKind
from dispatch.domain.collection import Collection, CollectionState
from dispatch.domain.invariants import violations
from dispatch.domain.order import Direction, HoldState, Line, Order, OrderStatus
from dispatch.domain.pickup_point import PickupPoint
from dispatch.domain.wish_commands import ChangeAddress
from dispatch.domain.zone import ZoneState
from tests.domain.test_stock import figures, stocked
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, progress, refused, zone

HOUR_MS = 60 * MINUTE_MS
POINT = PickupPoint("gate", "East gate", order("x").dropoff.place, "Lane 8", "li", "+8613800138000", keeps_s=4 * 3600)


def for_point(order_id: str, **more: object) -> Order:
    there = Collection("gate", "li", f"12345{order_id[-1]}", POINT.keeps_s)
    lines = (Line("a charger", 1, sku="charger"),)
    return replace(order(order_id), collection=there, lines=lines, **more)  # type: ignore[arg-type]


def at_point(*order_ids: str, pieces: int = 10) -> ZoneState:
    """A zone whose courier c1 has brought these orders to the point, in one visit each."""
    state = stocked(pieces)
    ask(state, p.RegisterPoint(POINT))
    for order_id in order_ids:
        ask(state, c.CreateOrder(for_point(order_id)))
    given(state, "c1", *order_ids)
    for _ in range(1 + len(order_ids)):
        for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
            progress(state, "c1", action)
    return state


def there(state: ZoneState, order_id: str = "o1") -> Collection:
    found = state.orders[order_id].collection
    assert found and violations(state) == []
    return found


def wait(state: ZoneState, hours: float) -> list[e.Event]:
    return ask(state, c.PassTime(), NOON_MS + round(hours * HOUR_MS))


def fetched(state: ZoneState, back_id: str) -> None:
    """A courier fetches what goes back, and brings it to its depot."""
    given(state, "c2", back_id)
    for _ in range(2):
        for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
            progress(state, "c2", action)


def test_what_is_brought_lies_there_and_is_collected_with_its_code() -> None:
    """For the courier it is delivered; the zone keeps it until its customer has it."""
    state = at_point("o1", "o2")
    assert there(state).state is CollectionState.AT_POINT and there(state).until_ms == NOON_MS + 4 * HOUR_MS
    assert state.orders["o1"].status is OrderStatus.DELIVERED and not state.orders["o1"].is_over
    ask(state, p.ConfirmAtPoint("gate", ("o1", "o2")))
    assert there(state, "o2").confirmed_at_ms == NOON_MS
    assert refused(state, p.CollectOrder("gate", "o1", "000000")) == "wrong_code"
    assert refused(state, p.CollectOrder("other", "o1", "123451")) == "unknown_order"
    ask(state, p.CollectOrder("gate", "o1", "123451"))
    assert there(state).state is CollectionState.COLLECTED and state.orders["o1"].over_at_ms == NOON_MS
    assert ask(state, p.CollectOrder("gate", "o1", "123451")) == [], "a second time changes nothing"
    ask(state, p.CollectOrder("gate", "o2", None))
    assert list(state.at_points) == []


def test_the_courier_meets_whoever_keeps_it() -> None:
    """The stop has the point's name and address; the customer's stand with the order."""
    state = stocked()
    ask(state, p.RegisterPoint(POINT))
    ask(state, c.CreateOrder(for_point("o1")))
    given(state, "c1", "o1")
    stop = state.route("c1").stops[-1]
    assert (stop.name, stop.address) == ("East gate", "Lane 8") and state.orders["o1"].dropoff.name == "Ada"


def test_what_nobody_collects_goes_back_and_lies_in_the_depot_again() -> None:
    """After the point's time an order of its own fetches it; then the stock is whole."""
    state = at_point("o1", "o2")
    ask(state, p.CollectOrder("gate", "o2", "123452"))
    assert wait(state, 3.9) == []
    events = wait(state, 4)
    back = state.orders["o1-back1"]
    assert [type(event).__name__ for event in events] == ["OrderChanged", "OrderCreated"] and wait(state, 5) == []
    assert (back.direction, back.reason, back.dropoff.name) == (Direction.RETURN, "not collected", "")
    assert figures(state) == (8, 0, 8)
    fetched(state, back.id)
    assert there(state).state is CollectionState.RETURNED and figures(state) == (9, 0, 9)
    hold = state.orders["o1"].stock
    assert hold and hold.state is HoldState.BACK and state.orders["o1"].is_over


def test_a_late_customer_still_gets_it_until_a_courier_has_it() -> None:
    """The way back is called off; once it has begun the customer is told so."""
    state = at_point("o1", "o2")
    wait(state, 4)
    ask(state, p.CollectOrder("gate", "o1", "123451"))
    assert state.orders["o1-back1"].status is OrderStatus.CANCELED
    assert there(state).state is CollectionState.COLLECTED
    given(state, "c2", "o2-back1")
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c2", action)
    assert refused(state, p.CollectOrder("gate", "o2", "123452")) == "already_gone"


def test_a_way_back_that_is_called_off_gives_the_customer_time_again() -> None:
    """A dispatcher cancels it: the order lies there as before, and goes back once more when nobody comes."""
    state = at_point("o1")
    wait(state, 4)
    ask(state, c.CancelOrder("o1-back1", "he comes tomorrow"), NOON_MS + 4 * HOUR_MS)
    assert (there(state).state, there(state).until_ms) == (CollectionState.AT_POINT, NOON_MS + 8 * HOUR_MS)
    wait(state, 8)
    assert there(state).rounds == 2 and state.orders["o1-back2"].status is OrderStatus.DISPATCHABLE


@pytest.mark.parametrize("why", [p.Refusal.DAMAGED, p.Refusal.WRONG, p.Refusal.FULL])
def test_a_leader_refuses_one_of_many(why: p.Refusal) -> None:
    """It goes back at once; the others stay."""
    state = at_point("o1", "o2")
    ask(state, p.RefuseAtPoint("gate", "o1", why))
    assert state.orders["o1-back1"].reason == why.value
    assert ask(state, p.RefuseAtPoint("gate", "o1", why)) == [], "a second time changes nothing"
    assert there(state, "o2").state is CollectionState.AT_POINT


def test_what_never_came_is_a_case() -> None:
    """The courier said to have handed it over: a dispatcher has to look."""
    state = at_point("o1")
    ask(state, p.RefuseAtPoint("gate", "o1", p.Refusal.MISSING))
    (case,) = state.cases.values()
    assert (case.kind, case.order_id, case.courier_id) == (CaseKind.MISSING_AT_POINT, "o1", "c1")


def test_a_delivery_that_is_taken_back_does_not_lie_there() -> None:
    """As long as nobody has collected it."""
    state = at_point("o1")
    stop = state.route("c1").finished
    assert stop
    ask(state, c.UndoStop("c1", stop.stop.id, NOON_MS, 60_000))
    assert there(state).state is CollectionState.EXPECTED and not state.at_points
    assert refused(state, p.CollectOrder("gate", "o1", "123451")) == "not_at_point"
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c1", action)
    ask(state, p.CollectOrder("gate", "o1", "123451"))
    finished = state.route("c1").finished
    assert finished and refused(state, c.UndoStop("c1", finished.stop.id, NOON_MS, 60_000)) == "undo_too_late"


def test_points_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown and removed points take no orders, returns are fetched at doors, and nobody moves a point's order."""
    state = zone()
    plain = replace(for_point("o1"), lines=())
    assert refused(state, c.CreateOrder(plain)) == "unknown_point"
    assert refused(state, p.RegisterPoint(replace(POINT, keeps_s=60))) == "bad_keeps"
    ask(state, p.RegisterPoint(POINT))
    assert ask(state, p.RegisterPoint(POINT)) == []
    assert refused(state, c.CreateOrder(replace(plain, direction=Direction.RETURN))) == "return_by_point"
    ask(state, c.CreateOrder(plain))
    assert refused(state, ChangeAddress("o1", plain.dropoff.place, "Street 2")) == "at_pickup_point"
    ask(state, p.RegisterPoint(replace(POINT, removed=True)))
    assert refused(state, c.CreateOrder(replace(plain, id="o2"))) == "unknown_point"
    monkeypatch.setattr(points, "MOST_POINTS", 1)
    assert refused(state, p.RegisterPoint(replace(POINT, id="another"))) == "too_many_points"


def test_the_zone_remembers_what_lies_there() -> None:
    """However long it waits: it is forgotten after it was collected, like any order that has ended."""
    state = at_point("o1")
    state.forget_finished(NOON_MS + 3 * HOUR_MS)
    assert "o1" in state.orders
    ask(state, p.CollectOrder("gate", "o1", "123451"), NOON_MS + 3 * HOUR_MS)
    state.forget_finished(NOON_MS + 3 * HOUR_MS)
    assert "o1" in state.orders
    state.forget_finished(NOON_MS + 3 * HOUR_MS + 1)
    assert "o1" not in state.orders
