"""When places are shown: at once while it is quiet, together when much moves.

The theory. A place that is written at once arrives soonest, and costs the event loop a turn and each of its watchers a
write of its own. When hundreds come in a hundredth of a second, whoever waits a moment writes once what would have been
several frames, and nobody sees the difference on a map. So shoppers are shown a place at once, until `busy_fixes` have
come within one tick; from then on places wait for the tick, until a tick brings fewer than half of that.

Staff see the whole zone, so that their places always wait for the tick and come in one frame: at 2,000 places a second
that is 50 frames instead of 2,000.

Writing to thousands of sockets takes longer than a tick. Then the next one waits so much longer that writing takes at
most `WRITING_SHARE` of the loop's time: what comes meanwhile shares a frame with more of its kind, so that the cost of
a place falls as their number rises, and reading is never starved. ADR 17 has the numbers.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dispatch.application.ports import Position, Ticker
from dispatch.application.watchers import Watchers

MAX_FIXES_PER_FRAME: Final = 2_000
"""A frame for staff holds no more places, about 250 KiB; the others follow in the next one."""
WRITING_SHARE: Final = 1 / 3
MAX_TICK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class OutletPolicy:
    """When to wait for others. `coalesce` is `auto`, or always the one way, for measuring."""

    coalesce: Literal["auto", "always", "never"] = "auto"
    tick_s: float = 0.02
    busy_fixes: int = 100


class Outlet:
    """The way of one zone's places in one process to those who watch. Make it and run `run`."""

    def __init__(self, watchers: Watchers, ticker: Ticker, policy: OutletPolicy) -> None:
        self._watchers = watchers
        self._ticker = ticker
        self._policy = policy
        self._moved = asyncio.Event()
        self._positions: list[Position] = []
        self._waits = policy.coalesce == "always"
        self._wait_s = policy.tick_s

    def show(self, position: Position) -> None:
        """Show the newest place of a courier."""
        if not self._waits:
            self._watchers.show_shoppers(position.courier_id, (position,))
        if not self._positions:
            self._moved.set()
        self._positions.append(position)
        if len(self._positions) == self._policy.busy_fixes and not self._waits and self._policy.coalesce == "auto":
            self._begin_to_wait()

    def _begin_to_wait(self) -> None:
        """What has come of this tick has been shown to shoppers; it waits for staff only."""
        self._waits = True
        self._show_staff(self._positions)
        self._positions = []

    async def run(self) -> None:
        """Show what has come, once a tick, for ever."""
        while True:
            await self._moved.wait()
            await self._ticker.sleep(self._wait_s)
            self._moved.clear()
            began_ms = self._ticker.mono_ms()
            self._tick()
            wrote_s = (self._ticker.mono_ms() - began_ms) / 1000
            self._wait_s = min(max(self._policy.tick_s, wrote_s * (1 / WRITING_SHARE - 1)), MAX_TICK_S)

    def _tick(self) -> None:
        positions, self._positions = self._positions, []
        if self._waits:
            by_courier: dict[str, list[Position]] = {}
            for position in positions:
                by_courier.setdefault(position.courier_id, []).append(position)
            for courier_id, theirs in by_courier.items():
                self._watchers.show_shoppers(courier_id, theirs)
            self._waits = self._policy.coalesce == "always" or 2 * len(positions) >= self._policy.busy_fixes
        self._show_staff(positions)

    def _show_staff(self, positions: Sequence[Position]) -> None:
        if self._watchers.has_staff:
            for start in range(0, len(positions), MAX_FIXES_PER_FRAME):
                self._watchers.show_staff(positions[start : start + MAX_FIXES_PER_FRAME])
