"""When to give an order away, and when to wait for the next one."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dispatch.planning.timing import ArrivalRates, commit_due_ms, waiting_gain_s, worth_waiting_s
from tests.support.zones import MINUTE_MS, NOON_MS

RATES = st.floats(1e-5, 0.1)
SECONDS = st.floats(0, 3_600)


def test_an_order_is_due_when_its_courier_has_to_set_off() -> None:
    """Ready in 20 minutes, 6 minutes away, two minutes at the counter, three to spare: due in 10."""
    due_ms = commit_due_ms(NOON_MS + 20 * MINUTE_MS, 6 * MINUTE_MS, 2 * MINUTE_MS, 180)
    assert due_ms == NOON_MS + 10 * MINUTE_MS


@given(st.integers(0, 10**9), st.integers(0, 10**7), st.integers(0, 10**6), st.floats(0, 3_600))
def test_whoever_sets_off_when_it_is_due_is_there_before_it_is_ready(
    ready_ms: int, ride_ms: int, service_ms: int, slack_s: float
) -> None:
    """Never later than ready time less the ride; nearer couriers and less slack make it later, never sooner."""
    due_ms = commit_due_ms(ready_ms, ride_ms, service_ms, slack_s)
    assert due_ms + ride_ms <= ready_ms
    assert commit_due_ms(ready_ms, ride_ms // 2, service_ms, slack_s / 2) >= due_ms


@pytest.mark.parametrize(("rate_per_s", "price"), [(1 / 120, 0.3), (1 / 1_200, 0.3), (1 / 300, 1.0)])
def test_the_gain_is_what_a_simulation_says(rate_per_s: float, price: float) -> None:
    """50,000 waits of up to five minutes for a saving of four: the formula's mean within 2 s."""
    next_s = np.random.default_rng(7).exponential(1 / rate_per_s, 50_000)
    simulated = np.where(next_s <= 300, 240 - price * next_s, -price * 300).mean()
    assert waiting_gain_s(rate_per_s, 240, price, 300) == pytest.approx(simulated, abs=2)


def test_waiting_pays_at_a_busy_depot_and_not_at_a_quiet_one() -> None:
    """An order every two minutes and four minutes saved: wait; an order an hour: go. Without a saving: go."""
    price = {"delay_price": 0.3, "slack_s": 600.0, "most_s": 180.0}
    assert worth_waiting_s(1 / 120, 240, **price) == 180
    assert worth_waiting_s(1 / 3_600, 240, **price) == 0
    assert worth_waiting_s(1 / 120, 0, **price) == 0
    assert worth_waiting_s(0, 240, **price) == 0


def test_waiting_for_the_goods_costs_nothing() -> None:
    """Even at a quiet depot an order that is not ready is kept open until it is; only a depot without orders is not."""
    quiet = {"delay_price": 0.3, "free_s": 90.0, "slack_s": 600.0, "most_s": 180.0}
    assert worth_waiting_s(1 / 3_600, 240, **quiet) == 90
    assert worth_waiting_s(0, 240, **quiet) == 0


@given(RATES, SECONDS, st.floats(0.01, 5), SECONDS, SECONDS, SECONDS)
def test_no_wait_breaks_a_promise_or_loses(  # noqa: PLR0917 - every figure of the question
    rate: float, saving_s: float, price: float, free_s: float, slack_s: float, most_s: float
) -> None:
    """Never beyond slack or limit; a wait beyond what is free has a gain; more orders or savings never shorten it."""
    wait_s = worth_waiting_s(rate, saving_s, price, free_s=free_s, slack_s=slack_s, most_s=most_s)
    assert 0 <= wait_s <= min(slack_s, most_s)
    if wait_s > free_s:
        assert waiting_gain_s(rate, saving_s, price, wait_s) > 0
    better = worth_waiting_s(rate * 2, saving_s * 2, price, free_s=free_s, slack_s=slack_s, most_s=most_s)
    assert better >= wait_s


@given(RATES, SECONDS, st.floats(0.01, 5), st.floats(1, 600), st.floats(1, 600))
def test_the_answer_does_not_change_while_one_waits(
    rate: float, saving_s: float, price: float, one_s: float, other_s: float
) -> None:
    """Whether it pays does not depend on how long one may wait."""
    assume(abs(saving_s - price / rate) > 1e-6)
    gains = [waiting_gain_s(rate, saving_s, price, wait_s) for wait_s in (one_s, other_s)]
    assert (gains[0] > 0) == (gains[1] > 0)


def test_a_rate_is_learnt_and_fades() -> None:
    """An order a minute for three hours is seen as that; an hour and a half of silence leaves a third of it."""
    rates = ArrivalRates(NOON_MS)
    for minute in range(180):
        rates.arrived("d1", NOON_MS + minute * MINUTE_MS)
    now_ms = NOON_MS + 180 * MINUTE_MS
    assert rates.per_s("d1", now_ms) == pytest.approx(1 / 60, rel=0.05)
    later = rates.per_s("d1", now_ms + 90 * MINUTE_MS)
    assert later == pytest.approx(np.exp(-1) / 60, rel=0.15)
    assert rates.per_s("d2", now_ms) == 0


def test_a_young_watch_is_not_too_sure() -> None:
    """After ten minutes with an order a minute the rate is known already; one order at the start is not a flood."""
    rates = ArrivalRates(NOON_MS)
    rates.arrived("d1", NOON_MS)
    assert rates.per_s("d1", NOON_MS) <= 1 / 60
    for minute in range(1, 10):
        rates.arrived("d1", NOON_MS + minute * MINUTE_MS)
    assert rates.per_s("d1", NOON_MS + 10 * MINUTE_MS) == pytest.approx(1 / 60, rel=0.1)


def test_old_news_count_in() -> None:
    """An order that is heard of out of turn does not turn time back."""
    rates = ArrivalRates(NOON_MS)
    rates.arrived("d1", NOON_MS + MINUTE_MS)
    rates.arrived("d1", NOON_MS)
    assert rates.per_s("d1", NOON_MS + 10 * MINUTE_MS) == pytest.approx(2 / 600, rel=0.1)
