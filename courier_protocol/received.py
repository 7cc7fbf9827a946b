"""Which fixes of a session have arrived: everything up to a number, and some ranges beyond it.

A phone that comes back sends its newest fixes first and the older ones after, so arrivals have holes for a while.
What arrived once is never handed on again; the acknowledgement is the highest number without a hole before it.
"""

from bisect import bisect_left

MAX_RANGES = 64


class ReceivedNumbers:
    """The set of numbers (from 1) received so far. Bounded: at most MAX_RANGES ranges beyond the contiguous part."""

    __slots__ = ("_beyond", "contiguous")

    def __init__(self) -> None:
        self.contiguous = 0
        self._beyond: list[tuple[int, int]] = []

    def add(self, first: int, last: int) -> list[tuple[int, int]]:
        """Record [first, last] and return the parts of it that are new, ascending, as closed ranges.

        A range that would need one range too many is not recorded and nothing of it counts as new: it stays
        unacknowledged, and the phone sends it again in its next session.
        """
        if first == self.contiguous + 1 and not self._beyond:
            self.contiguous = last
            return [(first, last)]
        fresh = self._missing_in(max(first, self.contiguous + 1), last)
        if not fresh:
            return fresh
        merged = _merge([*self._beyond, *fresh])
        if merged[0][0] == self.contiguous + 1:
            self.contiguous = merged.pop(0)[1]
        elif len(merged) > MAX_RANGES:
            return []
        self._beyond = merged
        return fresh

    def _missing_in(self, first: int, last: int) -> list[tuple[int, int]]:
        """The parts of [first, last] that no range beyond covers."""
        missing = []
        for low, high in self._beyond[max(0, bisect_left(self._beyond, (first, first)) - 1) :]:
            if high < first:
                continue
            if low > last:
                break
            if first < low:
                missing.append((first, low - 1))
            first = high + 1
        if first <= last:
            missing.append((first, last))
        return missing


def _merge(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers as ascending ranges that do not touch."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
