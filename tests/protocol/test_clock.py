"""The client's idea of business time: bounded error, whatever the network does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courier_protocol.clock import BusinessClock
from courier_protocol.errors import LocalProtocolError

DELAYS_MS = st.integers(0, 3_000)


@given(
    rate=st.sampled_from([1, 10]),
    trips=st.lists(st.tuples(st.integers(0, 60_000), DELAYS_MS, DELAYS_MS), min_size=1, max_size=20),
)
def test_the_error_is_bounded_by_half_the_best_round_trip(rate: int, trips: list[tuple[int, int, int]]) -> None:
    """With a true server clock the reading is off by at most half the round trip of the sample in use, times rate."""
    clock, now_ms = BusinessClock(), 0
    for number, (pause_ms, up_ms, down_ms) in enumerate(trips):
        sent_ms = now_ms + pause_ms
        now_ms = sent_ms + up_ms + down_ms
        business_ms = 5_000_000 + (sent_ms + up_ms) * rate
        if number == 0:
            clock.start(sent_ms, now_ms, business_ms, rate)
        else:
            clock.sample(sent_ms, now_ms, business_ms)
        error_ms = abs(clock.now_ms(now_ms) - (5_000_000 + now_ms * rate))
        assert error_ms <= clock.round_trip_ms / 2 * rate + 1


def test_a_new_welcome_starts_anew() -> None:
    """Another server's clock replaces the old samples, even with a worse one."""
    clock = BusinessClock()
    clock.start(0, 2, 1_000, 1)
    clock.start(100, 900, 70_000, 10)
    assert clock.now_ms(500) == 70_000
    assert clock.round_trip_ms == 800


def test_no_time_before_the_first_sample() -> None:
    """A guess would date facts wrongly; the caller is told."""
    with pytest.raises(LocalProtocolError, match="welcome"):
        BusinessClock().now_ms(0)
