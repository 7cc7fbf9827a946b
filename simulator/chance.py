"""Chance from a seed: every courier and every purpose draws from a stream of its own.

One shared generator would tie everything to the order in which tasks happen to run; with a stream for each purpose, a
courier declines the same offers and drops the same links in every run with the same seed.
"""

import zlib

import numpy as np

Stream = np.random.Generator


def stream(seed: int, *names: str) -> Stream:
    """The stream of chance for a purpose, for example `stream(7, "sim-3", "gps")`."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])
