"""Whose phone is running low: the batteries that fixes tell of, in steps that are worth telling.

A fix says how full the battery is to a hundredth, and hundreds of fixes a second come in. Staff want to know who will
soon be out of reach, so it is told in steps of 5%, looked for every 30 s; between two steps it may waver without news.
"""

from collections.abc import Mapping
from typing import Final

from dispatch.application.ports import Position

STEPS: Final = 20
"""A full battery is so many steps."""
WAVER: Final = 0.03
"""Nearer than this to the shown step nothing is told: half a step, and a little more."""
EVERY_S: Final = 30.0


def step_of(battery: float) -> float:
    """The nearest step, as a share of a full battery."""
    return round(battery * STEPS) / STEPS


class Batteries:
    """What staff were told of each courier's battery; what a fix leaves out stays as it was known."""

    def __init__(self) -> None:
        self.shown: dict[str, float] = {}
        self._look_at_mono_ms = 0.0

    def look(self, positions: Mapping[str, Position], mono_ms: float) -> list[str]:
        """The couriers whose step has changed since the last look; nobody, if that was less than `EVERY_S` ago."""
        if mono_ms < self._look_at_mono_ms:
            return []
        self._look_at_mono_ms = mono_ms + EVERY_S * 1000
        changed = [each for each in positions.values() if self._is_news(each)]
        self.shown.update((each.courier_id, step_of(each.battery)) for each in changed if each.battery is not None)
        return [each.courier_id for each in changed]

    def _is_news(self, position: Position) -> bool:
        if position.battery is None:
            return False
        shown = self.shown.get(position.courier_id)
        return shown is None or abs(position.battery - shown) > WAVER
