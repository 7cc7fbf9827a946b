"""Chance, from a seed: a 64-bit xorshift* generator (Vigna 2016), as fast as an addition and the same everywhere."""

import numpy as np

from dispatch.planning.search.compiled import inlined
from dispatch.planning.search.layout import Words


@inlined
def draw(rng: Words) -> np.uint64:
    """64 random bits."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return np.uint64(x * np.uint64(0x2545F4914F6CDD1D))


@inlined
def unit(rng: Words) -> float:
    """A number in [0, 1)."""
    return float(draw(rng) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def below(rng: Words, n: int) -> int:
    """A whole number in [0, n)."""
    return int(unit(rng) * n)
