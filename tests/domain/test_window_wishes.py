"""When an order comes, as its customer wishes or staff agree on it with them: which times, and what follows."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import wish_commands as w
from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.override import OverrideAction
from dispatch.domain.wish import Wish, WishKind
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, refused, window_wish, zone

S, K = OrderStatus, WishKind


def test_a_later_window_frees_the_courier() -> None:
    """Who would be there before it does not wait at the door for hours; the order is planned when it is time."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    due_ms = NOON_MS + 80 * MINUTE_MS
    ask(state, window_wish(120, 150, commit_due_at_ms=due_ms))
    found = state.orders["o1"]
    assert (found.status, found.commit_due_at_ms, found.eta_at_ms) == (S.DISPATCHABLE, due_ms, 0)
    assert (found.earliest_at_ms, found.promise_at_ms) == (NOON_MS + 120 * MINUTE_MS, NOON_MS + 150 * MINUTE_MS)
    assert found.wishes[-1] == Wish(K.WINDOW, NOON_MS, was_at_ms=NOON_MS + 40 * MINUTE_MS)


def test_a_courier_who_comes_within_the_window_keeps_the_order() -> None:
    """As soon as possible, with a courier on the way: their stop gets the new times, and they are told."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    events = ask(state, window_wish(0, 60))
    assert state.orders["o1"].courier_id == "c1"
    assert state.route("c1").stops[1].latest_at_ms == NOON_MS + 60 * MINUTE_MS
    assert e.CourierNoticed("c1", "window_changed", ("o1",)) in events


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (window_wish(0, -5), "bad_window"),
        (window_wish(60, 65), "bad_window"),
        (window_wish(60, 50), "bad_window"),
        (window_wish(0, 13 * 60), "bad_window"),
        (window_wish(8 * 24 * 60, 8 * 24 * 60 + 30), "bad_window"),
    ],
)
def test_a_window_that_is_none(wanted: w.ChooseWindow, code: str) -> None:
    """In the past, too short, the wrong way round, too long, too far away."""
    assert refused(zone(orders=1), wanted) == code


def test_a_window_before_the_goods_are_ready_is_none() -> None:
    """However long the customer would wait at the door."""
    state = zone()
    ask(state, c.CreateOrder(replace(order("o1"), ready_at_ms=NOON_MS + 60 * MINUTE_MS)))
    assert refused(state, window_wish(0, 45)) == "window_too_early"


def test_a_dispatcher_s_lock_keeps_the_window() -> None:
    """Who planned by hand is asked, not overruled; staff who agree on a time with the customer may plan it anew."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    ask(state, c.Overrule(OverrideAction.LOCK, ("o1",), "vip", lock=Lock.COURIER))
    assert refused(state, window_wish(60, 90)) == "planned_by_hand"
    by_ann = replace(window_wish(60, 90), by="support:ann", reason=" not at home ")
    ask(state, by_ann)
    found = state.orders["o1"]
    assert (found.status, found.lock, found.promise_at_ms) == (S.DISPATCHABLE, Lock.NONE, NOON_MS + 90 * MINUTE_MS)
    was = NOON_MS + 40 * MINUTE_MS
    assert found.wishes == (Wish(K.WINDOW, NOON_MS, was_at_ms=was, by="support:ann", reason="not at home"),)
    assert refused(state, replace(by_ann, seen_version=0)) == "stale_order"


@pytest.mark.parametrize(("status", "code"), [(S.PICKED_UP, "picked_up"), (S.CANCELED, "order_finished")])
def test_staff_cannot_choose_another_time_for_goods_on_the_road(status: S, code: str) -> None:
    """Nor for what has ended; what is held they may."""
    state = zone(orders=1)
    ask(state, c.Overrule(OverrideAction.HOLD, ("o1",), "calls back"))
    ask(state, replace(window_wish(60, 90), by="support:ann"))
    assert state.orders["o1"].status is S.HELD
    state.orders["o1"] = replace(state.orders["o1"], status=status)
    assert refused(state, replace(window_wish(90, 120), by="support:ann")) == code
