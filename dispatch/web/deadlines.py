"""When the sockets of a process have to be looked at again: one timer for all of them.

A task or a timer for each would cost an idle phone more memory than everything else that is kept for it. Deadlines move
later all the time (every message does that) and hardly ever earlier; so a socket waits in the bucket of the deadline
that it had when it was put there, and is asked for the present one when that moment comes. It remembers its bucket
itself, so that it can be taken out when it is gone.
"""

import asyncio
from collections import defaultdict
from typing import Final, Protocol

from dispatch.application.ports import Ticker

STEP_MS: Final = 250
"""So much later than its deadline a socket is looked at, at the most."""


class Waiting(Protocol):
    """Something with a deadline."""

    bucket: int
    """Where it waits; 0: nowhere. Kept by `Deadlines`."""

    @property
    def deadline_mono_ms(self) -> int | None:
        """When it has to be looked at, in technical time; None: never again."""
        ...

    def look(self, mono_ms: int) -> None:
        """The deadline is over."""
        ...


class Deadlines:
    """Looks at everything that was given to `watch` when it is due. Runs while there is anything to wait for."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._buckets: defaultdict[int, dict[Waiting, None]] = defaultdict(dict)
        self._looking: asyncio.Task[None] | None = None

    def watch(self, waiting: Waiting) -> None:
        """Look at it when it is due. To be called again when its deadline has moved to an earlier moment."""
        self.forget(waiting)
        deadline_mono_ms = waiting.deadline_mono_ms
        if deadline_mono_ms is None:
            return
        waiting.bucket = deadline_mono_ms // STEP_MS + 1
        self._buckets[waiting.bucket][waiting] = None
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_until_empty(), name="deadlines of sockets")

    def forget(self, waiting: Waiting) -> None:
        """It is gone."""
        bucket = self._buckets.get(waiting.bucket)
        if bucket:
            bucket.pop(waiting, None)
            if not bucket:
                del self._buckets[waiting.bucket]
        waiting.bucket = 0

    async def _look_until_empty(self) -> None:
        try:
            while self._buckets:
                await self._ticker.sleep(STEP_MS / 1000)
                self._look()
        finally:
            self._looking = None

    def _look(self) -> None:
        mono_ms = self._ticker.mono_ms()
        for bucket in sorted(each for each in self._buckets if each * STEP_MS <= mono_ms):
            for waiting in self._buckets.pop(bucket):
                waiting.bucket = 0
                deadline_mono_ms = waiting.deadline_mono_ms
                if deadline_mono_ms is not None and deadline_mono_ms <= mono_ms:
                    waiting.look(mono_ms)
                self.watch(waiting)
