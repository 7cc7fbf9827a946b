"""An order that goes elsewhere may be fetched elsewhere, too, where its shop has named no depot."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import wish_commands as w
from dispatch.domain.depot_choice import may_choose_anew
from dispatch.domain.geo import Point
from dispatch.domain.order import HoldState, Lock, Order, OrderStatus, PreparationStep
from dispatch.domain.zone import ZoneState
from tests.domain.test_stock import create, figures, state_of, stocked, wanting
from tests.support.zones import NOON_MS, ask, given, order, plan, planned, progress, refused, zone

A, S = c.StopAction, OrderStatus


def free(order_id: str = "o1", pieces: int = 0, **more: object) -> Order:
    """An order at d1 that may be fetched anywhere."""
    made = wanting(order_id, pieces) if pieces else order(order_id)
    return replace(made, any_depot=True, **more)  # type: ignore[arg-type]


def elsewhere(state: ZoneState, order_id: str = "o1", depot_id: str = "d2", **more: object) -> w.ChangeAddress:
    """The wish to go elsewhere, from another depot."""
    courier_id = state.orders[order_id].courier_id
    asked = w.ChangeAddress(order_id, Point(60.18, 24.95), "Street 2", courier_id, base_version=state.plan_version)
    return replace(asked, depot_id=depot_id, **more)  # type: ignore[arg-type]


def test_its_goods_are_promised_at_the_new_depot() -> None:
    """And can be had by others at the old one; both depots remain a choice of the planner, where both have them."""
    state = stocked(5, other_depot=5)
    create(state, free(pieces=2))
    assert figures(state, "d1") == (5, 2, 3)
    ask(state, elsewhere(state, depot_options=("d1",)))
    found = state.orders["o1"]
    assert (found.depot_id, found.depot_options, found.status) == ("d2", ("d1",), S.DISPATCHABLE)
    assert found.stock and (found.stock.depot_id, found.stock.state) == ("d2", HoldState.RESERVED)
    assert (figures(state, "d1"), figures(state, "d2")) == ((5, 0, 5), (5, 2, 3))


def test_a_held_order_moves_its_goods_and_goes_on() -> None:
    """Held for its address, it had its goods promised at a depot that was chosen by a guess."""
    state = stocked(5, other_depot=5)
    ask(state, c.CreateOrder(free(pieces=2), hold="address"))
    ask(state, elsewhere(state))
    assert state_of(state, "o1") == ("dispatchable", "") and state.orders["o1"].depot_id == "d2"
    assert (figures(state, "d1"), figures(state, "d2")) == ((5, 0, 5), (5, 2, 3))


def test_an_order_that_waits_for_goods_goes_on_where_they_are() -> None:
    """The first depot had none; the one of the new address has, and while it has none either, the order waits there."""
    state = stocked(1, other_depot=1)
    create(state, free(pieces=2), free("o2", pieces=1))
    assert state_of(state, "o1") == ("held", "stock")
    ask(state, elsewhere(state))
    assert state_of(state, "o1") == ("held", "stock") and state.orders["o1"].depot_id == "d2"
    enough = stocked(1, other_depot=3)
    create(enough, free(pieces=2))
    ask(enough, elsewhere(enough))
    assert state_of(enough, "o1") == ("dispatchable", "")
    assert figures(enough, "d2") == (3, 2, 1)


def test_what_is_promised_is_not_given_up() -> None:
    """Somebody else took the last one meanwhile: nothing of the wish happens. Depots that are not there are refused."""
    state = stocked(1)
    create(state, free(pieces=1))
    before = state.orders["o1"]
    assert refused(state, elsewhere(state)) == "out_of_stock"
    assert refused(state, elsewhere(state, depot_id="d9")) == "unknown_depot"
    assert refused(state, elsewhere(state, depot_options=("d9",))) == "unknown_depot"
    assert state.orders["o1"] == before


def test_who_is_asked_or_on_the_way_is_freed_first() -> None:
    """The offer ends, and so does the way to the old depot."""
    state = zone(orders=0)
    create(state, free(), free("o2"))
    ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=60_000))
    ask(state, elsewhere(state))
    given(state, "c1", "o2")
    progress(state, "c1", A.DEPARTED)
    ask(state, elsewhere(state, "o2"))
    for order_id in ("o1", "o2"):
        found = state.orders[order_id]
        assert (found.status, found.courier_id, found.depot_id) == (S.DISPATCHABLE, "", "d2")
    assert state.route("c1").stops == ()


@pytest.mark.parametrize(
    ("found", "may"),
    [
        (free(), True),
        (free(status=S.EN_ROUTE_PICKUP), True),
        (free(preparation=((PreparationStep.PAID, NOON_MS),)), True),
        (free(preparation=((PreparationStep.PICKING, NOON_MS),)), False),
        (free(status=S.AT_PICKUP), False),
        (free(status=S.PICKED_UP), False),
        (free(lock=Lock.COURIER), False),
        (order("o1"), False),
    ],
)
def test_only_what_nothing_was_done_for_yet(found: Order, *, may: bool) -> None:
    """A named depot counts; so do goods that are being picked, a courier who is there, and a dispatcher's lock."""
    assert may_choose_anew(found) is may


def test_the_zone_looks_again() -> None:
    """Picking has begun since somebody looked: they are to look again."""
    state = zone()
    create(state, free())
    seen = elsewhere(state)
    ask(state, c.ReportPreparation("o1", PreparationStep.PICKING))
    assert refused(state, seen) == "stale_plan"
