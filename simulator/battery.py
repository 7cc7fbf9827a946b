"""A courier's phone runs down while its screen and GPS are on, and is charged from a power bank when it is low."""

import zlib

DRAIN_PER_H = 0.11
CHARGE_PER_H = 0.6
LOW = 0.12
"""Then the rider plugs the power bank in, until the battery is `CHARGED`."""
CHARGED = 0.9
HOUR_MS = 3_600_000


class Battery:
    """Full to a share that is the rider's own: the same rider begins every simulation with the same battery."""

    def __init__(self, rider_id: str, at_ms: int) -> None:
        self._level = 0.15 + zlib.crc32(rider_id.encode()) % 1_000 / 1_000 * 0.85
        self._charging = False
        self._at_ms = at_ms

    def left(self, at_ms: int) -> float:
        """The share that is left at a moment of business time, to a hundredth; moments never go back."""
        passed_h = max(0, at_ms - self._at_ms) / HOUR_MS
        self._at_ms = max(self._at_ms, at_ms)
        self._level += passed_h * (CHARGE_PER_H if self._charging else -DRAIN_PER_H)
        self._level = min(1.0, max(0.01, self._level))
        self._charging = self._level < LOW or (self._charging and self._level < CHARGED)
        return round(self._level, 2)
