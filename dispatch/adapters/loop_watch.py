"""How late the event loop comes to its work, and whose fault that is: its own, or that of others who took its turn.

A timer rings every 10 ms; how late it rings is how long everything else on the loop had to wait. When the loop's thread
was computing meanwhile, some callback is too long; else the thread had to wait for the interpreter's lock (the planner,
a garbage collection) or for a processor (the machine is too small for what runs on it).
"""

import asyncio
import time
from collections import Counter
from typing import Final

RING_EVERY_S: Final = 0.01
LATE_S: Final = (0.02, 0.1)
"""20 ms is what we allow ourselves; 100 ms is what somebody watching a courier begins to see."""


class LoopWatch:
    """`counters`: how often the loop was late by more than 20 or 100 ms; `busy` when its own computing was why."""

    def __init__(self) -> None:
        names = (f"loop_{why}_{round(late_s * 1000)}ms" for late_s in LATE_S for why in ("late", "busy"))
        self.counters: Counter[str] = Counter(dict.fromkeys(names, 0))

    async def run(self) -> None:
        """Watch the loop that this runs on, for ever."""
        while True:
            began_s, computed_s = time.monotonic(), time.thread_time()
            await asyncio.sleep(RING_EVERY_S)
            self.note(time.monotonic() - began_s - RING_EVERY_S, time.thread_time() - computed_s)

    def note(self, late_s: float, computed_s: float) -> None:
        """Count one ring that came so late, while the loop's thread computed for so long."""
        for limit_s in LATE_S:
            if late_s > limit_s:
                self.counters[f"loop_late_{round(limit_s * 1000)}ms"] += 1
                self.counters[f"loop_busy_{round(limit_s * 1000)}ms"] += computed_s > limit_s
