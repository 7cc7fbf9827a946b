"""What somebody should look at: what is low, what many want at once, and what nobody wants; by rules on one page."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import stock_commands as s
from dispatch.domain.demand import DAY_H, HOUR_MS, ShelfHour, hour_of, lives
from dispatch.domain.errors import DomainError
from dispatch.domain.order import Line
from dispatch.domain.shelf import Lot, Shelf, Sku
from dispatch.domain.stock_alerts import (
    COVER_DAYS,
    SPIKE_DAYS,
    SPIKE_FLOOR,
    AlertKind,
    low_alerts,
    slow_alerts,
    spike_alerts,
)
from tests.support.zones import MINUTE_MS, NOON_MS, ask, order, zone

NOON = hour_of(NOON_MS)
TEA = {"tea": Sku("tea", "Tea", low_at=5)}


def asked(*pieces: int, hour: int = NOON, first_days: int = SPIKE_DAYS) -> list[ShelfHour]:
    """So many pieces promised today at this hour, yesterday at this hour and so on; the shelf is `first_days` old."""
    hours = [ShelfHour("d1", "tea", hour - DAY_H * day, reserved=n) for day, n in enumerate(pieces) if n]
    return [*hours, ShelfHour("d1", "tea", hour - DAY_H * first_days - 1, came=100)]


def lying(pieces: int = 9, **more: int) -> Shelf:
    return Shelf("d1", "tea", (Lot("", pieces),), **more)


@pytest.mark.parametrize(
    ("pieces", "days", "spikes"),
    [
        ((SPIKE_FLOOR, *[0] * 14), 14, True),
        ((SPIKE_FLOOR - 1, *[0] * 14), 14, False),
        ((30, *[10] * 14), 14, True),
        ((29, *[10] * 14), 14, False),
        ((30, *[20] * 7), 14, True),
        ((30, *[10] * 3), 3, True),
        ((300,), 2, False),
    ],
    ids=["at the floor", "below it", "three times", "less", "quiet days count", "a young shelf", "too young"],
)
def test_many_at_once(pieces: tuple[int, ...], days: int, spikes: bool) -> None:
    """A floor, and three times the mean of that hour over the days before, of which there have to be three."""
    hours = asked(*pieces, first_days=days)
    found = spike_alerts(hours, lives(hours, NOON), NOON_MS + HOUR_MS - 1)
    assert bool(found) is spikes
    for alert in found:
        assert (alert.kind, alert.pieces, alert.since_ms) == (AlertKind.SPIKE, pieces[0], NOON * HOUR_MS)
        assert alert.usual == pytest.approx(sum(pieces[1:]) / min(days, SPIKE_DAYS))


def test_a_spike_is_seen_in_its_hour_and_the_next_and_told_once() -> None:
    """Not the one after; what is usual at another hour is no measure."""
    hours = [*asked(40, *[2] * 14), ShelfHour("d1", "tea", NOON - DAY_H - 1, reserved=900)]
    seen = [len(spike_alerts(hours, lives(hours, NOON), NOON_MS + later * HOUR_MS)) for later in (0, 1, 2)]
    assert seen == [1, 1, 0]


@pytest.mark.parametrize(
    ("left_days_ago", "came_days_ago", "slow"),
    [((20,), 60, True), ((13,), 60, False), ((), 14, True), ((), 13, False), ((14,), 14, True)],
)
def test_nobody_wants_it(left_days_ago: tuple[int, ...], came_days_ago: int, slow: bool) -> None:
    """Nothing has gone to a courier for a fortnight; what has come since is too new to say."""
    hours = [ShelfHour("d1", "tea", NOON - DAY_H * came_days_ago, came=50)]
    hours += [ShelfHour("d1", "tea", NOON - DAY_H * day, left=1, reserved=1) for day in left_days_ago]
    assert bool(slow_alerts([lying()], lives(hours, NOON), NOON_MS, 14)) is slow


def test_days_of_cover() -> None:
    """Nine pieces at one in four weeks last 252 days; nobody asking is for ever; nothing good there is nothing slow."""
    hours = [ShelfHour("d1", "tea", NOON - DAY_H * 20, left=1, reserved=3, released=2)]
    (alert,) = slow_alerts([lying()], lives(hours, NOON - COVER_DAYS * DAY_H), NOON_MS)
    assert alert.cover_days == pytest.approx(252) and alert.pieces == 9 and alert.since_ms == (NOON - 480) * HOUR_MS
    (alert,) = slow_alerts([lying()], [], NOON_MS)
    assert alert.cover_days == float("inf") and alert.since_ms == 0
    expired = Shelf("d1", "tea", (Lot("", 9, NOON_MS),))
    assert slow_alerts([expired, Shelf("d1", "tea")], [], NOON_MS) == []


def test_low_says_how_many_are_free_of_how_many() -> None:
    """By the depot's own threshold where it has one."""
    shelves = [lying(4, low_since_ms=7), lying(5), lying(9, reserved=5), lying(4, low_at=4), lying(5, low_at=6)]
    found = low_alerts(shelves, TEA, NOON_MS)
    assert [(each.pieces, each.low_at, each.since_ms) for each in found] == [(4, 5, 7), (4, 5, 0), (5, 6, 0)]


STEPS = st.one_of(
    st.builds(lambda n: s.ReceiveStock("d1", (s.StockLine("tea", n),)), st.integers(1, 9)),
    st.builds(lambda n: s.CountStock("d1", (s.StockLine("tea", n),)), st.integers(0, 9)),
    st.builds(lambda n: s.WriteOffStock("d1", (s.StockLine("tea", n),), "wet"), st.integers(1, 9)),
    st.builds(lambda n: s.SetLowAt("d1", "tea", n), st.integers(-1, 9)),
    st.builds(lambda n: s.RegisterSkus((Sku("tea", "Tea", low_at=n),)), st.integers(0, 9)),
    st.builds(lambda n: c.CreateOrder(replace(order(f"o{n}"), lines=(Line("Tea", n, sku="tea"),))), st.integers(1, 5)),
    st.builds(lambda n: c.CancelOrder(f"o{n}", "no"), st.integers(1, 5)),
)


@for_all(st.lists(STEPS, max_size=30))
def test_going_low_is_said_once_until_there_are_enough_again(steps: list[c.Command]) -> None:
    """Whatever happens: with the change that crosses the threshold, or with the threshold that crosses the stock; and a
    shelf always knows since when it is low.
    """
    state, was_low = zone(couriers=0), False
    ask(state, s.RegisterSkus((Sku("tea", "Tea", low_at=4),)))
    for minute, step in enumerate(steps):
        at_ms = NOON_MS + minute * MINUTE_MS
        try:
            events = ask(state, step, at_ms)
        except DomainError:
            continue
        for event in (each for each in events if isinstance(each, e.StockChanged)):
            is_low = bool(event.shelf.low_since_ms)
            assert event.went_low == (is_low and not was_low)
            was_low = is_low
        shelf = state.shelves.get("d1/tea")
        if shelf:
            assert was_low == shelf.is_low(state.skus["tea"], at_ms)
            assert shelf.low_since_ms <= at_ms
