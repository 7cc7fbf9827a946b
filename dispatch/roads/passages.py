"""The passages of the last while over the edges of a city, in columns: the newest of each ride over each edge."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from dispatch.roads.conditions import HALF_LIFE_MS
from dispatch.roads.network import PROFILES, FloatArray, IntArray
from dispatch.roads.observations import Observations

KEPT_MS = 6 * HALF_LIFE_MS
"""By then 1.6 % of a measurement's say is left."""
MOST_KEPT = 200_000
"""Some hours of a thousand couriers."""


@dataclass(frozen=True, eq=False)
class Passages:
    """M passages."""

    edge: IntArray
    """[M]"""
    ride: npt.NDArray[np.int64]
    """[M]"""
    at_ms: npt.NDArray[np.int64]
    """[M] when the edge was left"""
    factor: FloatArray
    """[M] time over free-flow time"""
    expected: FloatArray
    """[M] what the city expected it to be"""
    variance: FloatArray
    """[M] of the factor"""
    raised: FloatArray
    """[M] times what was expected, where the ride raised an alarm; else 0"""
    profile: npt.NDArray[np.int8]
    """[M] index into `PROFILES`"""

    @classmethod
    def of(cls, seen: Observations, expected: FloatArray, raised: FloatArray) -> "Passages":
        """What a ride measured, beside what was expected of it."""
        profile = np.full(len(seen), PROFILES.index(seen.profile), dtype=np.int8)
        return cls(seen.edge, seen.ride, seen.at_ms, seen.factor, expected, seen.variance, raised, profile)

    def __getitem__(self, which: npt.NDArray[Any] | slice) -> "Passages":
        return Passages(*(getattr(self, field.name)[which] for field in fields(self)))


class RecentPassages:
    """A bounded memory of passages."""

    def __init__(self) -> None:
        longs, floats = np.empty(0, dtype=np.int64), np.empty(0)
        edge, profile = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int8)
        self._kept = Passages(edge, longs, longs, floats, floats, floats, floats, profile)
        self._new: list[Passages] = []

    def add(self, passages: Passages) -> None:
        """Those of one ride."""
        self._new.append(passages)

    def all(self, now_ms: int) -> Passages:
        """What is still of account."""
        if self._new:
            parts = [self._kept, *self._new]
            columns = (np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Passages))
            self._kept, self._new = _newest(Passages(*columns)), []
        self._kept = self._kept[self._kept.at_ms > now_ms - KEPT_MS]
        return self._kept


def _newest(passages: Passages) -> Passages:
    """The last passage of each ride over each edge, in the order of time; not more than are kept."""
    in_order = np.lexsort((passages.at_ms, passages.edge, passages.ride))
    edge, ride = passages.edge[in_order], passages.ride[in_order]
    last = np.append((edge[1:] != edge[:-1]) | (ride[1:] != ride[:-1]), True)
    found = in_order[last]
    return passages[found[np.argsort(passages.at_ms[found], kind="stable")][-MOST_KEPT:]]
