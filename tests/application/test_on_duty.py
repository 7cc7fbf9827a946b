"""Only the process that owns the zone plans for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dispatch.application.on_duty import Serving, while_serving


class Watchman:
    """Counts how often a loop was begun and ended."""

    def __init__(self) -> None:
        self.serving = Serving()
        self.begun = 0
        self.ended = 0
        self.fails = False

    async def work(self) -> None:
        self.begun += 1
        try:
            if self.fails:
                raise ValueError("a planner that stumbles")
            await asyncio.Event().wait()
        finally:
            self.ended += 1

    async def time_passes(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator["asyncio.Task[None]"]:
        task = asyncio.create_task(while_serving(self.serving, self.work))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_it_works_while_the_zone_is_owned_and_only_then() -> None:
    """Nothing on standby; work after a takeover; rest when the zone went to another; work again when it came back."""
    man = Watchman()
    async with man.watching():
        counts = []
        for serving in (False, True, False, True):
            man.serving.turn(serving)
            await man.time_passes()
            counts.append((man.begun, man.ended))
    assert counts == [(0, 0), (1, 0), (1, 1), (2, 1)]
    assert man.ended == 2


async def test_a_stumble_is_not_swallowed() -> None:
    """What the work raises ends the watch, so that the process ends and is started anew."""
    man = Watchman()
    man.serving.turn(True)
    man.fails = True
    async with man.watching() as task:
        await man.time_passes()
        with pytest.raises(ValueError, match="stumbles"):
            await task


async def test_a_zone_that_is_lost_and_taken_at_once_is_begun_anew() -> None:
    """Work that belongs to the older claim ends, however short the time between the two was."""
    man = Watchman()
    man.serving.turn(True)
    async with man.watching():
        await man.time_passes()
        man.serving.turn(False)
        man.serving.turn(True)
        await man.time_passes()
        assert (man.begun, man.ended) == (2, 1)
