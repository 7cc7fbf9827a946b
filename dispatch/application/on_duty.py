"""A planner works only beside a writer that owns its zone.

Several processes may stand by for one zone. If all of them planned, their proposals would lie in the zone's inbox
until they are stale, and two planners that see the same zone a moment apart would take turns in changing its plans.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Serving:
    """Whether a writer owns its zone now, and a way to wait for a change. Each time it takes the zone is a term."""

    def __init__(self) -> None:
        self.is_on = False
        self.term = 0
        self._changed = asyncio.Event()

    def turn(self, is_on: bool) -> None:
        """The zone was taken, or lost."""
        if is_on != self.is_on:
            self.is_on = is_on
            self.term += is_on
            self._changed.set()
            self._changed = asyncio.Event()

    async def next_term(self, after: int) -> int:
        """Wait until it serves in a later term than `after`; returns that."""
        while not self.is_on or self.term <= after:
            await self._changed.wait()
        return self.term

    async def over(self, term: int) -> None:
        """Wait until this term is over."""
        while self.is_on and self.term == term:
            await self._changed.wait()


async def while_serving(serving: Serving, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Let `run` run once in each term of its writer, for ever, and no longer than that. Raises what `run` raises."""
    term = 0
    while True:
        term = await serving.next_term(term)
        await _until_relieved(serving.over(term), asyncio.create_task(run()))


async def _until_relieved(over: Coroutine[Any, Any, None], running: "asyncio.Task[None]") -> None:
    relieved = asyncio.create_task(over)
    try:
        await asyncio.wait({relieved, running}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        relieved.cancel()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
