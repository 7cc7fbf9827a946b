"""How long to stay away before coming back: exponential back-off with full jitter.

The delay is uniform in [0, min(cap, base * 2^failures)]. Of the known schemes it spreads a crowd best for the least
work (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). A link counts as a success only after
it has been live for a while, or a server that welcomes and drops everyone would be stormed.
"""

from random import Random

BASE_MS = 500
CAP_MS = 20_000
MAX_DOUBLINGS = 6


def full_jitter_ms(failures: int, rng: Random) -> int:
    """The delay before the next attempt after `failures` (0, 1, 2, ...) failures in a row."""
    ceiling_ms = min(CAP_MS, BASE_MS << min(failures, MAX_DOUBLINGS))
    return round(rng.uniform(0, ceiling_ms))
