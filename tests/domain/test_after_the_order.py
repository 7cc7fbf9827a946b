"""What is reported and said of an order beside its way: preparation, rating, and its tracking link."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.order import Direction, OrderStatus, PreparationStep
from dispatch.domain.rating import MAX_TEXT_LENGTH, Rating
from dispatch.domain.recalled import named_orders
from dispatch.domain.route import StopKind
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, progress, zone

PAID, PICKING, PACKED = PreparationStep
DONE, FAILED = c.StopAction.COMPLETED, c.StopAction.FAILED


def delivered() -> ZoneState:
    """A zone whose order o1 was brought by c1."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    for _ in range(2):
        progress(state, "c1", DONE)
    assert state.orders["o1"].status is OrderStatus.DELIVERED
    return state


# --- preparation -----------------------------------------------------------------------------------------------


def test_steps_are_kept_by_their_time_and_each_only_once() -> None:
    """Out of order is fine; the same step again is no news, whatever time it names."""
    state = zone(orders=1)
    now_ms = NOON_MS + 5 * MINUTE_MS
    ask(state, c.ReportPreparation("o1", PICKING, NOON_MS + 2 * MINUTE_MS), now_ms)
    ask(state, c.ReportPreparation("o1", PAID, NOON_MS + MINUTE_MS), now_ms)
    assert ask(state, c.ReportPreparation("o1", PAID), now_ms) == []
    assert state.orders["o1"].preparation == ((PAID, NOON_MS + MINUTE_MS), (PICKING, NOON_MS + 2 * MINUTE_MS))


@pytest.mark.parametrize(
    ("at_ms", "kept_ms"),
    [(0, NOON_MS + MINUTE_MS), (NOON_MS + 9 * MINUTE_MS, NOON_MS + MINUTE_MS), (NOON_MS - MINUTE_MS, NOON_MS)],
    ids=["now", "in the future", "before the order"],
)
def test_a_step_lies_between_the_order_and_now(at_ms: int, kept_ms: int) -> None:
    """A shop's clock may be wrong."""
    state = zone(orders=1)
    ask(state, c.ReportPreparation("o1", PAID, at_ms), NOON_MS + MINUTE_MS)
    assert state.orders["o1"].preparation == ((PAID, kept_ms),)


def test_only_goods_that_are_packed_sooner_than_said_are_news_for_the_plan() -> None:
    """Then the order is ready at once, the courier's stop says so, and plans on the older picture are refused."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1", "o2")
    version = state.plan_version
    assert [event.what for event in ask(state, c.ReportPreparation("o1", PAID)) if isinstance(event, e.OrderChanged)]
    assert state.plan_version == version
    for order_id, ready_ms in (("o1", NOON_MS + MINUTE_MS), ("o2", NOON_MS + 1_000)):
        events = ask(state, c.ReportPreparation(order_id, PACKED), NOON_MS + 1_000)
        assert [type(event) for event in events] == [e.OrderChanged, e.RouteRetimed]
        assert state.orders[order_id].ready_at_ms == NOON_MS + 1_000
        pickup, *dropoffs = state.route("c1").stops
        assert pickup.kind is StopKind.PICKUP and pickup.earliest_at_ms == ready_ms
        assert all(stop.earliest_at_ms == 0 for stop in dropoffs)
    assert state.plan_version > version


def test_packed_in_time_or_after_the_pickup_changes_no_times() -> None:
    """When the goods have gone already, or were expected by then."""
    state = zone(couriers=1, orders=2)
    ask(state, c.ReportPreparation("o2", PACKED), NOON_MS + 2 * MINUTE_MS)
    given(state, "c1", "o1")
    progress(state, "c1", DONE)
    ask(state, c.ReportPreparation("o1", PACKED))
    assert {o.ready_at_ms for o in state.orders.values()} == {NOON_MS + MINUTE_MS}
    waiting = zone(orders=1)
    ask(waiting, c.ReportPreparation("o1", PACKED))
    assert waiting.orders["o1"].ready_at_ms == NOON_MS


def test_nothing_is_prepared_after_the_end_and_returns_are_not_packed() -> None:
    """What was noted before the end stays the same when it is repeated after it."""
    state = delivered()
    with pytest.raises(Conflict, match="nothing more is prepared"):
        ask(state, c.ReportPreparation("o1", PAID))
    with pytest.raises(NotFound):
        ask(state, c.ReportPreparation("o7", PAID))
    ask(state, c.CreateOrder(replace(order("o2"), direction=Direction.RETURN)))
    ask(state, c.ReportPreparation("o2", PAID))
    with pytest.raises(InvalidInput, match="no depot picks or packs"):
        ask(state, c.ReportPreparation("o2", PICKING))


# --- ratings ---------------------------------------------------------------------------------------------------


def test_a_rating_is_kept_and_may_be_changed() -> None:
    """The same again is no news; no plan depends on it."""
    state = delivered()
    version = state.plan_version
    ask(state, c.RateOrder("o1", 5, ("friendly", "on_time", "friendly"), " Thanks "))
    assert state.orders["o1"].rating == Rating(5, ("friendly", "on_time"), "Thanks", NOON_MS)
    assert ask(state, c.RateOrder("o1", 5, ("friendly", "on_time"), "Thanks"), NOON_MS + 1) == []
    ask(state, c.RateOrder("o1", 1, ("damaged",)), NOON_MS + 2)
    assert state.orders["o1"].rating == Rating(1, ("damaged",), "", NOON_MS + 2)
    assert state.plan_version == version


@pytest.mark.parametrize(
    "rating",
    [
        c.RateOrder("o1", 0),
        c.RateOrder("o1", 6),
        c.RateOrder("o1", 3, ("solar_eclipse",)),
        c.RateOrder("o1", 3, (), "x" * (MAX_TEXT_LENGTH + 1)),
    ],
)
def test_what_is_no_rating_is_refused(rating: c.RateOrder) -> None:
    """Whoever asks."""
    with pytest.raises(InvalidInput, match="1 to 5 stars"):
        ask(delivered(), rating)


def test_only_who_has_had_somebody_at_the_door_rates() -> None:
    """Not before, not a cancel; but a failed attempt, also when the goods are on their way back."""
    state = zone(couriers=1, orders=2)
    ask(state, c.CancelOrder("o2", "no"))
    for order_id in ("o1", "o2"):
        with pytest.raises(Conflict, match="at the door"):
            ask(state, c.RateOrder(order_id, 4))
    given(state, "c1", "o1")
    progress(state, "c1", DONE)
    progress(state, "c1", FAILED, reason="nobody_there")
    ask(state, c.RateOrder("o1", 2, ("wrong_place",)))
    ask(state, c.CancelOrder("o1", "enough"))
    assert state.orders["o1"].status is OrderStatus.RETURNING
    ask(state, c.RateOrder("o1", 1, ("wrong_place",)))
    assert state.orders["o1"].rating is not None


# --- links -----------------------------------------------------------------------------------------------------


def test_a_link_is_replaced_and_whoever_comes_second_is_told() -> None:
    """After the end too; nothing else of the order changes."""
    state = delivered()
    before = state.orders["o1"]
    ask(state, c.ReplaceLink("o1", 1, "new"))
    assert state.orders["o1"] == replace(before, track_hash="new", link_number=1)
    with pytest.raises(Conflict, match="replaced by somebody else"):
        ask(state, c.ReplaceLink("o1", 1))
    ask(state, c.ReplaceLink("o1", 2))
    assert (state.orders["o1"].track_hash, state.orders["o1"].link_number) == ("", 2)


@pytest.mark.parametrize(
    "command",
    [
        c.ReportPreparation("o1", PAID),
        c.RateOrder("o1", 5),
        c.ReplaceLink("o1", 1),
        c.ReportProgress("c1", "s", DONE, NOON_MS, order_ids=("o1",)),
    ],
)
def test_orders_that_ended_long_ago_are_brought_back_for_it(command: c.Command) -> None:
    """The writer asks which."""
    assert named_orders(command) == ("o1",)
    assert named_orders(c.CancelOrder("o1", "no")) == ()
