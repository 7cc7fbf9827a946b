"""The delivery windows that a customer can choose from: half hours ahead, as far as somebody works and can be there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dispatch.domain.courier import Account, Courier

SLOT_MS: Final = 30 * 60_000
AHEAD_MS: Final = 8 * 3_600_000
"""Farther than a working day from now nobody knows who works (house figure)."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, business epoch ms."""

    earliest_at_ms: int
    promise_at_ms: int


def windows_ahead(now_ms: int, there_at_ms: int, until_ms: int) -> tuple[Window, ...]:
    """The half hours in which an order can come that cannot be at its door before `there_at_ms`.

    `until_ms` is when the last courier ends (0: open end): no window begins after it.
    """
    first_ms = (max(now_ms, there_at_ms - SLOT_MS) // SLOT_MS + 1) * SLOT_MS
    last_ms = min(now_ms + AHEAD_MS, until_ms or now_ms + AHEAD_MS)
    return tuple(Window(at_ms, at_ms + SLOT_MS) for at_ms in range(first_ms, last_ms + 1, SLOT_MS))


def works_until_ms(couriers: Iterable[Courier], now_ms: int) -> int:
    """When the last courier of the zone ends who has not ended yet; 0: at least one has no end, or nobody knows."""
    ends = [c.shift_end_at_ms for c in couriers if c.account is Account.ACTIVE]
    ahead = [end_ms for end_ms in ends if end_ms == 0 or end_ms > now_ms]
    if not ends or 0 in ahead:
        return 0
    return max(ahead, default=now_ms)
