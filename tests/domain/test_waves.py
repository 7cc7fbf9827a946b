"""What a depot picks together: what one courier fetches at one time, due a while before they come."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import stock_commands as s
from dispatch.domain.order import Direction, Line, Order, OrderStatus, PreparationStep
from dispatch.domain.picks import Pick, pick_of, picking_day
from dispatch.domain.shelf import Sku
from dispatch.domain.waves import OPEN, PickLine, WaveState, waves
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, depot, given, order, progress, zone

TEA, CARD = Line("Tea", 2, sku="tea"), Line("A card", 1, "978")


def shop(*orders: Order, packing_s: int = 300) -> ZoneState:
    """A zone with tea at d1, and these orders."""
    state = zone(couriers=2)
    ask(state, c.RegisterDepot(replace(depot("d1"), packing_s=packing_s)))
    ask(state, s.RegisterSkus((Sku("tea", "Green tea", barcode="400"),)))
    ask(state, s.ReceiveStock("d1", (s.StockLine("tea", 50),)))
    for each in orders:
        ask(state, c.CreateOrder(each))
    return state


def wanting(order_id: str, *lines: Line, **more: object) -> Order:
    return replace(order(order_id), lines=lines, **more)  # type: ignore[arg-type]


def prepared(state: ZoneState, *order_ids: str, step: PreparationStep = PreparationStep.PACKED) -> None:
    for order_id in order_ids:
        ask(state, c.ReportPreparation(order_id, step))


def test_what_leaves_together_is_picked_together() -> None:
    """By courier and time, summed over its orders; what nobody has yet comes last, without a time."""
    state = shop(wanting("o1", TEA, CARD), wanting("o2", TEA), wanting("o3", CARD), packing_s=600)
    given(state, "c1", "o1", "o2")
    first, rest = waves(state, state.depots["d1"])
    assert (first.id, rest.id) == ("c1", OPEN)
    assert (first.courier_id, first.arrive_at_ms, first.there) == ("c1", NOON_MS + 5 * MINUTE_MS, False)
    assert first.due_at_ms == first.arrive_at_ms - 10 * MINUTE_MS
    assert first.lines == (
        PickLine("tea", "Green tea", "400", 4, ("o1", "o2")),
        PickLine("", "A card", "978", 1, ("o1",)),
    )
    assert (rest.courier_id, rest.due_at_ms, [each.id for each in rest.orders]) == ("", 0, ["o3"])
    assert waves(state, state.depots["d2"]) == []


def test_who_comes_twice_has_two_waves() -> None:
    """The first keeps the courier's name whatever is planned; once it has left, the second is the first."""
    state = shop(wanting("o1", TEA), wanting("o2", CARD))
    given(state, "c1", "o1")
    given(state, "c1", "o2")
    assert [(each.id, each.orders[0].id) for each in waves(state, state.depots["d1"])] == [("c1", "o1"), ("c1~2", "o2")]
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c1", action)
    assert [(each.id, each.orders[0].id) for each in waves(state, state.depots["d1"])] == [("c1", "o2")]


def test_a_wave_goes_when_it_was_fetched() -> None:
    """While the courier is there it says so; other depots, returns and orders on hold are no part of any."""
    back = replace(order("o2"), direction=Direction.RETURN)
    state = shop(
        wanting("o1", TEA), back, replace(order("o3"), depot_id="d2"), wanting("o4", replace(TEA, quantity=99))
    )
    assert state.orders["o4"].status is OrderStatus.HELD
    given(state, "c1", "o1")
    progress(state, "c1", c.StopAction.ARRIVED)
    (wave,) = waves(state, state.depots["d1"])
    assert wave.there and [each.id for each in wave.orders] == ["o1"]
    progress(state, "c1", c.StopAction.COMPLETED)
    assert waves(state, state.depots["d1"]) == []


@pytest.mark.parametrize(
    ("picking", "packed", "expected"),
    [
        ((), (), WaveState.OPEN),
        (("o1",), (), WaveState.PICKING),
        ((), ("o1",), WaveState.PICKING),
        (("o1", "o2"), ("o1",), WaveState.PICKING),
        ((), ("o1", "o2"), WaveState.PACKED),
    ],
)
def test_how_far_it_is(picking: tuple[str, ...], packed: tuple[str, ...], expected: WaveState) -> None:
    """Begun with the first order, done with the last."""
    state = shop(wanting("o1", TEA), wanting("o2", TEA))
    given(state, "c1", "o1", "o2")
    prepared(state, *picking, step=PreparationStep.PICKING)
    prepared(state, *packed)
    assert waves(state, state.depots["d1"])[0].state is expected


def fetched(**steps: int) -> tuple[ZoneState, list[e.Event]]:
    """An order whose steps were reported at minutes past noon, fetched at ten past by a courier who came at nine."""
    state = shop(wanting("o1", TEA))
    given(state, "c1", "o1")
    for name, minute in sorted(steps.items(), key=lambda step: step[1]):
        at_ms = NOON_MS + minute * MINUTE_MS
        ask(state, c.ReportPreparation("o1", PreparationStep(name), at_ms), at_ms)
    happened = []
    for action, minute in ((c.StopAction.ARRIVED, 9), (c.StopAction.COMPLETED, 10)):
        at_ms = NOON_MS + minute * MINUTE_MS
        stop = state.route("c1").stops[0].id
        happened += ask(state, c.ReportProgress("c1", stop, action, at_ms), at_ms)
    return state, happened


@pytest.mark.parametrize(
    ("steps", "picking_min", "early_min"),
    [
        ({}, None, None),
        ({"picking": 1, "packed": 4}, 3, 5),
        ({"packed": 4}, None, 5),
        ({"picking": 1}, None, None),
    ],
)
def test_a_fetched_order_says_how_picking_went(
    steps: dict[str, int], picking_min: int | None, early_min: int | None
) -> None:
    """Measured to when the courier came, not to when they left."""
    _, happened = fetched(**steps)
    (pick,) = [pick for pick in map(pick_of, happened) if pick]
    took = None if picking_min is None else picking_min * MINUTE_MS
    early = None if early_min is None else early_min * MINUTE_MS
    assert pick == Pick("o1", "d1", NOON_MS + 9 * MINUTE_MS, took, early)


def test_an_order_is_counted_once() -> None:
    """A second try at the door makes no second entry, and a return none at all."""
    state, happened = fetched(packed=4)
    (picked,) = [event for event in happened if pick_of(event)]
    assert isinstance(picked, e.OrderChanged)
    again = replace(picked.order, timeline=(*picked.order.timeline, (OrderStatus.PICKED_UP, NOON_MS + 30 * MINUTE_MS)))
    assert pick_of(replace(picked, order=again)) is None
    assert pick_of(replace(picked, order=replace(picked.order, direction=Direction.RETURN))) is None
    assert state.orders["o1"].status is OrderStatus.PICKED_UP


def test_a_courier_who_came_in_vain_is_not_the_one_who_fetched_it() -> None:
    """Only the coming of whoever took it counts; where nobody said when they came, the taking does."""
    step, at = OrderStatus, NOON_MS
    came = ((step.ASSIGNED, at), (step.AT_PICKUP, at + 1), (step.DISPATCHABLE, at + 2), (step.ASSIGNED, at + 3))
    for steps, came_ms in (((step.AT_PICKUP, at + 4),), at + 4), ((), at + 9):
        taken = replace(order("o1"), timeline=(*came, *steps, (step.PICKED_UP, at + 9)), status=step.PICKED_UP)
        pick = pick_of(e.OrderChanged(taken, "picked_up"))
        assert pick and pick.arrived_at_ms == came_ms


def test_a_day_in_figures() -> None:
    """Nobody said that it was packed: not in time. Couriers' waits add up."""
    day = picking_day([Pick("a", "d", 0, 60_000, 1), Pick("b", "d", 0, 120_000, -30_000), Pick("c", "d", 0)])
    assert (day.orders, day.packed, day.in_time, day.share) == (3, 2, 1, pytest.approx(1 / 3))
    assert (day.picking_p50_s, day.picking_p90_s, day.waited_s) == (90, 120, 30)
    nothing = picking_day([])
    assert (nothing.share, nothing.picking_p50_s, nothing.picking_p90_s) == (0, None, None)
