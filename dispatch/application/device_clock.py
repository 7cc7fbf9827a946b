"""How far a phone's wall clock is off, from what it says of itself in hello and heartbeats.

Each sample is the phone's clock minus ours at the receipt, so it is too small by the time that the message was on its
way; of several, the largest was the fastest and is the nearest. Only the newest count, because people set clocks.
"""

from typing import Final

SAMPLES: Final = 8
"""About a minute of heartbeats."""


class DeviceClock:
    """The samples of one session."""

    __slots__ = ("_samples_ms",)

    def __init__(self) -> None:
        self._samples_ms: list[int] = []

    def sample(self, device_ms: int, wall_ms: int) -> None:
        """The phone's wall clock said this when ours said that; 0 is a phone that does not tell."""
        if device_ms:
            self._samples_ms = [*self._samples_ms[1 - SAMPLES :], device_ms - wall_ms]

    @property
    def offset_ms(self) -> int | None:
        """How far the phone's clock is ahead of ours; None when it never told."""
        return max(self._samples_ms, default=None)
