"""Who has stood for long will stand for longer; within reason."""

from math import exp

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dispatch.planning.standing import SIGMA, whole_ms


@given(st.integers(1_000, 1_800_000), st.integers(0, 7_200_000))
def test_a_stop_never_gets_shorter_while_one_stands_there(mean_ms: int, gone_ms: int) -> None:
    """At least its mean, at least what is over, at most half a stop more than that."""
    whole = whole_ms(mean_ms, gone_ms)
    assert max(mean_ms, gone_ms) <= whole <= max(mean_ms, gone_ms + mean_ms // 2)


def test_it_is_the_mean_of_those_who_are_still_there() -> None:
    """Against 200,000 drawn stops of 100 s in the mean."""
    rng = np.random.default_rng(2)
    drawn = 100_000 * rng.lognormal(-(SIGMA**2) / 2, SIGMA, 200_000)
    for gone_ms in (40_000, 80_000, 110_000):
        assert abs(whole_ms(100_000, gone_ms) - drawn[drawn > gone_ms].mean()) < 1_500
    assert exp(-(SIGMA**2) / 2) < 1
