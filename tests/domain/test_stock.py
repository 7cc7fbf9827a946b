"""Stock follows orders: promised when one comes in, free again when it ends, gone when a courier has it, back after a
return. Never more is promised than there is, and no piece is lost.
"""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import stock
from dispatch.domain import stock_commands as s
from dispatch.domain.invariants import violations
from dispatch.domain.order import Direction, HoldState, Line, Order, OrderStatus, Taken
from dispatch.domain.shelf import Lot, Shelf, Sku, StockMove
from dispatch.domain.wish_commands import ChooseWindow
from dispatch.domain.zone import ZoneState
from tests.support.zones import NOON_MS, ask, given, order, plan, planned, progress, refused, window_wish, zone

DAY_MS = 24 * 3_600_000


def stocked(pieces: int = 10, other_depot: int = 0, couriers: int = 2) -> ZoneState:
    """A zone that knows charger and cable; d1 has so many chargers and a hundred cables."""
    state = zone(couriers)
    ask(state, s.RegisterSkus((Sku("charger", "Charger", low_at=3), Sku("cable", "Cable"))))
    for depot_id, quantity in (("d1", pieces), ("d2", other_depot)):
        if quantity:
            ask(state, s.ReceiveStock(depot_id, (s.StockLine("charger", quantity, "A"),), "first"))
    ask(state, s.ReceiveStock("d1", (s.StockLine("cable", 100),)))
    return state


def wanting(order_id: str, pieces: int = 1, *, sku: str = "charger", **more: object) -> Order:
    return replace(order(order_id), lines=(Line("a thing", pieces, sku=sku), Line("a card")), **more)  # type: ignore[arg-type]


def create(state: ZoneState, *orders: Order) -> None:
    for each in orders:
        ask(state, c.CreateOrder(each))


def shelf(state: ZoneState, depot_id: str = "d1", sku: str = "charger") -> Shelf:
    return state.shelves.get(f"{depot_id}/{sku}", Shelf(depot_id, sku))


def window_wish_for(order_id: str) -> ChooseWindow:
    return replace(window_wish(60, 120), order_id=order_id)


def figures(state: ZoneState, depot_id: str = "d1") -> tuple[int, int, int]:
    """(on hand, reserved, free); nothing of the zone contradicts itself."""
    assert violations(state) == []
    held = shelf(state, depot_id)
    return held.on_hand, held.reserved, held.free(NOON_MS)


def state_of(state: ZoneState, order_id: str) -> tuple[str, str]:
    return state.orders[order_id].status.value, state.orders[order_id].reason


def test_an_order_s_goods_are_promised_handed_over_and_delivered() -> None:
    """The ledger says so; what is not counted is promised to nobody."""
    state = stocked()
    create(state, wanting("o1", 3), order("o2"))
    assert figures(state) == (10, 3, 7) and state.orders["o2"].stock is None
    given(state, "c1", "o1")
    moves: list[e.Event] = []
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        moves += progress(state, "c1", action)
    assert figures(state) == (7, 0, 7)
    (entry,) = (event for event in moves if isinstance(event, e.StockChanged))
    assert (entry.move, entry.quantity, entry.order_id) == (StockMove.HANDED_OVER, 3, "o1")
    hold = state.orders["o1"].stock
    assert hold and hold.state is HoldState.OUT and hold.taken == (Taken("charger", "A", 3),)
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c1", action)
    assert state_of(state, "o1") == ("delivered", "") and figures(state) == (7, 0, 7)


def test_what_ends_before_pickup_is_free_again() -> None:
    """Canceled while it waits, while somebody is on the way, and by the customer's own word."""
    state = stocked()
    create(state, wanting("o1"), wanting("o2"))
    given(state, "c1", "o2")
    ask(state, c.CancelOrder("o1", "changed my mind"))
    assert figures(state) == (10, 1, 9)
    ask(state, c.CancelOrder("o2", "changed my mind"))
    assert figures(state) == (10, 0, 10) and state.orders["o2"].stock.state is HoldState.RELEASED  # type: ignore[union-attr]


def test_goods_that_come_back_lie_in_their_lots_again() -> None:
    """After a failed attempt; and taken back by mistake, they are on their way again."""
    state = stocked(2)
    ask(state, s.ReceiveStock("d1", (s.StockLine("charger", 2, "B", NOON_MS + DAY_MS),)))
    create(state, wanting("o1", 3))
    given(state, "c1", "o1")
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED, c.StopAction.ARRIVED):
        progress(state, "c1", action)
    assert shelf(state).lots == (Lot("A", 1),)
    progress(state, "c1", c.StopAction.FAILED, reason="nobody_there")
    for resolution in ("return", "returned"):
        ask(state, c.ResolveAttempt("o1", resolution, "nobody there"))
    assert state_of(state, "o1")[0] == "returned" and figures(state) == (4, 0, 4)
    assert shelf(state).lots == (Lot("B", 2, NOON_MS + DAY_MS), Lot("A", 2))


def test_orders_beyond_what_is_there_wait_or_are_refused() -> None:
    """As the shop asks; both say what is missing, and nothing is promised twice."""
    state = stocked(2)
    create(state, wanting("o1", 2), wanting("o2"))
    assert state_of(state, "o2") == ("held", "stock") and figures(state) == (2, 2, 0)
    assert refused(state, c.CreateOrder(wanting("o3"), refuses_short=True)) == "out_of_stock"
    assert refused(state, c.CreateOrder(wanting("o3", sku="phone"))) == "unknown_sku"
    assert "o3" not in state.orders and figures(state) == (2, 2, 0)
    returned = wanting("o4", direction=Direction.RETURN)
    create(state, returned)
    assert state.orders["o4"].stock is None, "what a customer gives back takes nothing from the depot"


@pytest.mark.parametrize("cause", ["received", "canceled", "counted", "transferred"])
def test_who_waits_for_goods_goes_on_when_they_are_there(cause: str) -> None:
    """First come first served, whatever freed them; who needs more than there is lets the next one pass."""
    state = stocked(1, other_depot=5)
    create(state, wanting("o1"), wanting("many", 4))
    create(state, replace(wanting("o2"), created_at_ms=NOON_MS + 1), replace(wanting("o3"), created_at_ms=NOON_MS + 2))
    assert list(state.short) == ["many", "o2", "o3"]
    line = (s.StockLine("charger", 1, "A"),)
    ask(
        state,
        {
            "received": s.ReceiveStock("d1", line),
            "canceled": c.CancelOrder("o1", "no more"),
            "counted": s.CountStock("d1", (s.StockLine("charger", 2, "A"),), "monthly"),
            "transferred": s.TransferStock("d2", "d1", line, "for today"),
        }[cause],
    )
    assert state_of(state, "o2") == ("dispatchable", "") and list(state.short) == ["many", "o3"]
    assert figures(state)[2] == 0


def test_fewer_than_promised_hold_back_the_newest() -> None:
    """A count, and a loss. Who has a courier already keeps the goods: people are under way for them."""
    state = stocked(4)
    for n in range(4):
        create(state, replace(wanting(f"o{n}"), created_at_ms=NOON_MS + n))
    given(state, "c1", "o3")
    ask(state, s.CountStock("d1", (s.StockLine("charger", 2, "A"),), "monthly"))
    assert [state_of(state, f"o{n}")[0] for n in range(4)] == ["dispatchable", "held", "held", "assigned"]
    assert figures(state) == (2, 2, 0)
    ask(state, s.WriteOffStock("d1", (s.StockLine("charger", 1),), "broken"))
    assert sorted(state.short) == ["o0", "o1", "o2"] and figures(state) == (1, 1, 0)
    ask(state, s.WriteOffStock("d1", (s.StockLine("charger", 1),), "broken"))
    assert figures(state) == (0, 1, -1), "nobody is left who could wait"
    assert refused(state, s.WriteOffStock("d1", (s.StockLine("charger", 1),), "broken")) == "not_enough_stock"


def test_who_loses_the_courier_waits_when_the_goods_are_gone() -> None:
    """A simulation found it (seed 16260491): an order that could not be asked to wait could later, and was not."""
    state = stocked(1)
    create(state, wanting("o1"))
    given(state, "c1", "o1")
    ask(state, s.WriteOffStock("d1", (s.StockLine("charger", 1),), "broken"))
    assert state_of(state, "o1")[0] == "assigned" and figures(state) == (0, 1, -1)
    ask(state, c.UnassignByHand("o1", "because"))
    assert state_of(state, "o1") == ("held", "stock") and figures(state) == (0, 0, 0)


def test_the_depot_is_chosen_by_stock() -> None:
    """The first of its depots that has all of it, with the others that could take over; the plan may move it there."""
    state = stocked(1, other_depot=5)
    create(state, wanting("o1", 2, depot_options=("d2",)), wanting("o2", depot_options=("d2",)))
    assert (state.orders["o1"].depot_id, state.orders["o1"].depot_options) == ("d2", ())
    assert (state.orders["o2"].depot_id, state.orders["o2"].depot_options) == ("d1", ("d2",))
    assert (figures(state), figures(state, "d2")) == ((1, 1, 0), (5, 2, 3))
    route = planned(state, "c1", ("o2",))
    elsewhere = replace(route, stops=(replace(route.stops[0], depot_id="d2"), *route.stops[1:]))
    ask(state, plan(state, elsewhere))
    assert state.orders["o2"].depot_id == "d2"
    assert (figures(state), figures(state, "d2")) == ((1, 0, 1), (5, 3, 2))


def test_a_plan_takes_no_goods_that_are_not_there_any_more() -> None:
    """The planner looked before somebody else bought them."""
    state = stocked(1, other_depot=1)
    create(state, wanting("o1", depot_options=("d2",)))
    route = planned(state, "c1", ("o1",))
    elsewhere = replace(route, stops=(replace(route.stops[0], depot_id="d2"), *route.stops[1:]))
    create(state, wanting("o2", depot_id="d2"))
    assert refused(state, plan(state, elsewhere)) == "out_of_stock"
    assert (figures(state), figures(state, "d2")) == ((1, 1, 0), (1, 1, 0))


def test_a_hold_for_something_else_ends_without_goods() -> None:
    """Its address is right now, but what it wanted is gone: it waits for that, and goes on when it comes."""
    state = stocked(1)
    create(state, wanting("o1"))
    ask(state, c.CreateOrder(wanting("o2"), hold="address"))
    assert state_of(state, "o2") == ("held", "address") and figures(state) == (1, 1, 0)
    ask(state, window_wish_for("o2"))
    assert figures(state) == (1, 1, 0), "nothing that happens to it promises what is not there"
    ask(state, c.ReleaseHold("o2"))
    assert state_of(state, "o2") == ("held", "stock")
    ask(state, s.ReceiveStock("d1", (s.StockLine("charger", 1, "B"),)))
    assert state_of(state, "o2") == ("dispatchable", "") and figures(state) == (2, 2, 0)


def test_a_hold_for_something_else_keeps_its_goods() -> None:
    """Nobody else gets them meanwhile."""
    state = stocked(1)
    ask(state, c.CreateOrder(wanting("o1"), hold="payment"))
    assert state_of(state, "o1") == ("held", "payment") and figures(state) == (1, 1, 0)
    ask(state, c.ReleaseHold("o1"))
    assert state_of(state, "o1") == ("dispatchable", "") and figures(state) == (1, 1, 0)


def test_what_has_expired_is_not_sold() -> None:
    """It is there, but no order gets it."""
    state = stocked(1)
    ask(state, s.ReceiveStock("d1", (s.StockLine("charger", 9, "old", NOON_MS - 1),)))
    create(state, wanting("o1", 2))
    assert state_of(state, "o1") == ("held", "stock") and figures(state) == (10, 0, 1)


def test_slips_of_the_pen_change_nothing() -> None:
    """Unknown goods and depots, quantities that are none, one depot twice, more than there is."""
    state = stocked()
    line = s.StockLine("charger", 1)
    for command, code in (
        (s.ReceiveStock("d1", (s.StockLine("phone", 1),)), "unknown_sku"),
        (s.ReceiveStock("d9", (line,)), "unknown_depot"),
        (s.ReceiveStock("d1", (s.StockLine("charger", 0),)), "bad_quantity"),
        (s.ReceiveStock("d1", (s.StockLine("charger", -5),)), "bad_quantity"),
        (s.CountStock("d1", (s.StockLine("charger", -1),)), "bad_quantity"),
        (s.ReceiveStock("d1", (line, s.StockLine("charger", 10_000_000))), "too_many_pieces"),
        (s.TransferStock("d1", "d1", (line,)), "same_depot"),
        (s.TransferStock("d1", "d9", (line,)), "unknown_depot"),
        (s.TransferStock("d1", "d2", (s.StockLine("charger", 11),)), "not_enough_stock"),
        (s.WriteOffStock("d1", (s.StockLine("charger", 1, "Z"),), "?"), "not_enough_stock"),
        (s.SetLowAt("d1", "phone", 3), "unknown_sku"),
    ):
        assert refused(state, command) == code, command
    assert figures(state) == (10, 0, 10)


def test_what_is_promised_stays_where_it_is() -> None:
    """A transfer takes free pieces only."""
    state = stocked(3)
    create(state, wanting("o1", 2))
    assert refused(state, s.TransferStock("d1", "d2", (s.StockLine("charger", 2),))) == "not_enough_stock"
    ask(state, s.TransferStock("d1", "d2", (s.StockLine("charger", 1),)))
    assert (figures(state), figures(state, "d2")) == ((2, 2, 0), (1, 0, 1))
    assert shelf(state, "d2").lots == (Lot("A", 1),)


def test_a_depot_has_its_own_threshold() -> None:
    """Below 0 it is the good's again; the same again is no news."""
    state = stocked(2)
    sku = state.skus["charger"]
    assert shelf(state).is_low(sku, NOON_MS)
    assert len(ask(state, s.SetLowAt("d1", "charger", 1))) == 1
    assert ask(state, s.SetLowAt("d1", "charger", 1)) == [] and not shelf(state).is_low(sku, NOON_MS)
    assert ask(state, s.RegisterSkus((sku,))) == []


def test_what_a_courier_took_against_the_books_is_gone() -> None:
    """They picked up what waited for goods: reality wins, and the books are never below nothing."""
    state = stocked(1)
    create(state, wanting("o1"))
    given(state, "c1", "o1")
    ask(state, s.WriteOffStock("d1", (s.StockLine("charger", 1),), "stolen"))
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c1", action)
    assert figures(state) == (0, 0, 0)
    assert state.orders["o1"].stock.taken == () and state.orders["o1"].status is OrderStatus.PICKED_UP  # type: ignore[union-attr]


def test_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of goods, of goods at depots, and of lots; what is known may still change."""
    monkeypatch.setattr(stock, "MOST_SKUS", 2)
    monkeypatch.setattr(stock, "MOST_SHELVES", 3)
    monkeypatch.setattr(stock, "MOST_LOTS", 2)
    state = stocked(1, other_depot=1)
    assert refused(state, s.RegisterSkus((Sku("phone", "Phone"),))) == "too_many_skus"
    assert len(ask(state, s.RegisterSkus((Sku("cable", "Longer cable"),)))) == 1
    assert refused(state, s.ReceiveStock("d2", (s.StockLine("cable", 1),))) == "too_many_shelves"
    ask(state, s.ReceiveStock("d1", (s.StockLine("charger", 1, "B"),)))
    assert refused(state, s.ReceiveStock("d1", (s.StockLine("charger", 1, "C"),))) == "too_many_lots"
    assert figures(state) == (2, 0, 2)
