"""Full jitter: a crowd that was dropped at once comes back spread out."""

from random import Random

from courier_protocol.backoff import CAP_MS, full_jitter_ms


def test_the_delay_is_spread_over_the_whole_range() -> None:
    """Two thousand phones after some failures: each tenth of the range gets about a tenth of them."""
    rng = Random(7)
    delays = [full_jitter_ms(9, rng) for _ in range(2_000)]
    tenths = [sum(low <= delay < low + CAP_MS / 10 for delay in delays) for low in range(0, CAP_MS, CAP_MS // 10)]
    assert all(150 <= count <= 250 for count in tenths)


def test_no_number_of_failures_exceeds_the_cap() -> None:
    """Also not a million."""
    assert max(full_jitter_ms(1_000_000, Random(seed)) for seed in range(50)) <= CAP_MS
