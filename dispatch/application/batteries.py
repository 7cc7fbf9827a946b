"""Whose phone is running low: the batteries that fixes tell of, in steps that are worth telling.

A fix says how full the battery is to a hundredth, and hundreds of fixes a second come in. Staff want to know who will
soon be out of reach, so it is told in steps of 5%, of each courier at most every 30 s; between two steps it may waver
without news.
"""

from collections.abc import Mapping
from typing import Final

from dispatch.application.ports import Position

STEPS: Final = 20
"""A full battery is so many steps."""
WAVER: Final = 0.03
"""Nearer than this to the shown step nothing is told: half a step, and a little more."""
EVERY_S: Final = 30.0
"""No courier's battery is told oftener."""
LOOK_EVERY_S: Final = 5.0


def step_of(battery: float) -> float:
    """The nearest step, as a share of a full battery."""
    return round(battery * STEPS) / STEPS


class Batteries:
    """What staff were told of each courier's battery; what a fix leaves out stays as it was known."""

    def __init__(self) -> None:
        self.shown: dict[str, float] = {}
        self._told_mono_ms: dict[str, float] = {}
        self._look_at_mono_ms = 0.0

    def look(self, positions: Mapping[str, Position], mono_ms: float) -> list[str]:
        """The couriers whose step is to be told; nobody, if the last look was less than `LOOK_EVERY_S` ago."""
        if mono_ms < self._look_at_mono_ms:
            return []
        self._look_at_mono_ms = mono_ms + LOOK_EVERY_S * 1000
        due_mono_ms = mono_ms - EVERY_S * 1000
        told = []
        for courier_id, position in positions.items():
            if position.battery is None or not self._is_news(courier_id, position.battery):
                continue
            if self._told_mono_ms.get(courier_id, due_mono_ms) <= due_mono_ms:
                self.shown[courier_id] = step_of(position.battery)
                self._told_mono_ms[courier_id] = mono_ms
                told.append(courier_id)
        return told

    def _is_news(self, courier_id: str, battery: float) -> bool:
        shown = self.shown.get(courier_id)
        return shown is None or abs(battery - shown) > WAVER
