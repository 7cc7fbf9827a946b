"""The numbers that bound a session, and the bucket that bounds a rate."""

from hypothesis import given
from hypothesis import strategies as st

from courier_protocol.limits import TokenBucket, silence_limit_ms


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 30)), max_size=60))
def test_a_bucket_never_grants_more_than_its_rate(wishes: list[tuple[int, int]]) -> None:
    """In any time it grants at most the burst and what flowed in since; it never grants more than was asked."""
    bucket, now_ms, granted = TokenBucket(20, 10, 0), 0, 0
    for pause_ms, wanted in wishes:
        now_ms += pause_ms
        taken = bucket.take(wanted, now_ms)
        assert 0 <= taken <= wanted
        granted += taken
        assert granted <= 20 + now_ms * 10 / 1000 + 1e-6


def test_a_bucket_fills_again() -> None:
    """An empty bucket gives what has flowed in, and a long rest fills it to the burst and no further."""
    bucket = TokenBucket(20, 10, 0)
    assert bucket.take(25, 0) == 20
    assert bucket.take(1, 50) == 0
    assert bucket.take(5, 300) == 3
    assert bucket.take(99, 1_000_000) == 20


def test_silence_is_the_missed_heartbeats_and_a_half() -> None:
    """Two heartbeats of 8 s may be missed; the third has half of its time."""
    assert silence_limit_ms(8.0, 2) == 20_000
