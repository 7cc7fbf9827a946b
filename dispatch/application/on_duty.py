"""A planner works only beside a writer that owns its zone.

Several processes may stand by for one zone. If all of them planned, their proposals would lie in the zone's inbox
until they are stale, and two planners that see the same zone a moment apart would take turns in changing its plans.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from dispatch.application.ports import Ticker

LOOK_EVERY_S = 0.1


async def while_serving(
    serving: Callable[[], bool], run: Callable[[], Coroutine[Any, Any, None]], ticker: Ticker
) -> None:
    """Let `run` run whenever `serving` says so, for ever. Raises what `run` raises."""
    while True:
        if serving():
            await _until_relieved(serving, asyncio.create_task(run()), ticker)
        await ticker.sleep(LOOK_EVERY_S)


async def _until_relieved(serving: Callable[[], bool], running: "asyncio.Task[None]", ticker: Ticker) -> None:
    try:
        while serving() and not running.done():
            await ticker.sleep(LOOK_EVERY_S)
        if running.done():
            running.result()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
