"""What phones and shoppers see of goods that go back, come from a customer, or change courier."""

from dataclasses import replace

from courier_protocol import messages as m
from courier_protocol.codec import check
from dispatch.application.courier_facts import HANDOVER, resync
from dispatch.application.ports import Position
from dispatch.application.views import CourierPath, Sight, glimpse, order_view, shopper_order
from dispatch.domain import commands as c
from dispatch.domain.commands import StopAction
from dispatch.domain.geo import Point
from dispatch.domain.order import Direction, Line, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.zone import ZoneState
from tests.support.zones import NOON_MS, ask, given, order, plan, planned, progress, zone

S = OrderStatus
COMPLETED, DEPARTED = StopAction.COMPLETED, StopAction.DEPARTED
SIGHT = Sight(
    {"c1": Position("c1", 3, 9, NOON_MS, NOON_MS, 60.166, 24.936)}, {}, {"c1": CourierPath(7, "whole", "leg")}
)


def phone(state: ZoneState, courier_id: str = "c1") -> m.RouteChanged:
    """What a phone shows that starts anew; it must be fit for the wire."""
    route = resync(state, courier_id).route
    check(m.Push(1, 1, 0, NOON_MS, (route,)))
    return route


def ends(state: ZoneState, courier_id: str = "c1") -> list[tuple[str, str]]:
    return [(stop.kind, stop.end) for stop in phone(state, courier_id).stops]


def riding(**more: object) -> ZoneState:
    """c1 has o1 on board."""
    state = zone(couriers=2)
    ask(state, c.CreateOrder(replace(order("o1"), lines=(Line("Tea"),), ref="A-1", **more)))
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    return state


def test_a_phone_hears_at_whose_end_a_stop_is() -> None:
    """Depot, door, and again the depot when goods go back: one card, which says that they do."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    assert ends(state) == [("pickup", "depot"), ("dropoff", "door")]
    progress(state, "c1", COMPLETED)
    ask(state, c.CancelOrder("o1", "customer called"))
    assert [(card.order_id, card.status) for card in phone(state).cards] == [("o1", "returning")]
    back = PlannedStop(StopKind.DROPOFF, ("o1",), NOON_MS, NOON_MS)
    ask(state, plan(state, PlannedRoute("c1", (back,))))
    assert ends(state) == [("dropoff", "depot")]
    assert [(card.order_id, card.status) for card in phone(state).cards] == [("o1", "returning")]


def test_the_taker_knows_what_to_look_for_and_not_for_whom_it_is() -> None:
    """Before the hand-over, and after their own word alone: contents and reference, no name, phone or address."""
    state = riding()
    ask(state, c.HandOver(("o1",), "c2", "flat tyre", Point(60.168, 24.938)))
    assert (ends(state), ends(state, "c2")) == ([("dropoff", "meeting")], [("pickup", "meeting")])
    for received in (False, True):
        if received:
            progress(state, "c2", COMPLETED)
        (card,) = phone(state, "c2").cards
        assert (card.status, card.ref, [line.name for line in card.lines]) == (HANDOVER, "A-1", ["Tea"])
        assert (card.name, card.phone, card.address, card.note) == ("", "", "", "")
    assert [card.status for card in phone(state).cards] == ["picked_up"]
    progress(state, "c1", COMPLETED)
    assert phone(state).cards == ()
    ask(state, plan(state, PlannedRoute("c2", (PlannedStop(StopKind.DROPOFF, ("o1",), NOON_MS, NOON_MS),))))
    (card,) = phone(state, "c2").cards
    assert (card.status, card.name) == ("picked_up", "Ada")


def test_the_giver_has_nothing_left_of_goods_that_go_back() -> None:
    """Given and not yet received: they are in nobody's list but the taker's."""
    state = riding()
    ask(state, c.CancelOrder("o1", "customer called"))
    ask(state, c.HandOver(("o1",), "c2", "flat tyre", Point(60.168, 24.938)))
    progress(state, "c1", COMPLETED)
    assert (phone(state).cards, [card.status for card in phone(state, "c2").cards]) == ((), [HANDOVER])


def test_a_hand_over_that_is_off_leaves_the_takers_phone() -> None:
    """Also after the taker has said to have the goods, when no stop of theirs is left to go."""
    state = riding()
    ask(state, c.HandOver(("o1",), "c2", "flat tyre", Point(60.168, 24.938)))
    progress(state, "c2", COMPLETED)
    version = phone(state, "c2").version
    ask(state, c.SettleHandOver("o1", False, "c1 has them"))
    assert (phone(state, "c2").cards, phone(state, "c2").version > version) == ((), True)


def test_a_returns_customer_sees_the_courier_who_comes_for_it() -> None:
    """On the way to their door and at it; not before, and not with the goods on the way to the depot."""
    state = zone(couriers=1)
    ask(state, c.CreateOrder(replace(order("o1"), direction=Direction.RETURN)))
    ask(state, plan(state, planned(state, "c1", ("o1",))))
    shown = {}
    for action in (None, DEPARTED, StopAction.ARRIVED, COMPLETED):
        if action:
            progress(state, "c1", action)
        now = state.orders["o1"]
        shown[now.status] = glimpse(state, now, SIGHT).visible
    assert shown == {S.ASSIGNED: False, S.EN_ROUTE_PICKUP: True, S.AT_PICKUP: True, S.PICKED_UP: False}
    assert order_view(state.orders["o1"]).direction == shopper_order(state.orders["o1"]).direction == "return"


def test_goods_that_go_back_are_no_customers_to_see() -> None:
    """Whoever canceled does not follow the courier to the depot."""
    state = riding()
    assert glimpse(state, state.orders["o1"], SIGHT).visible
    ask(state, c.CancelOrder("o1", "customer called"))
    assert not glimpse(state, state.orders["o1"], SIGHT).visible
