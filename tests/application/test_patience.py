"""Long walks in small steps: the loop goes on meanwhile."""

import asyncio
from itertools import count
from time import sleep

from dispatch.application.patience import STEP_S, patiently


async def test_a_long_walk_leaves_the_loop_to_others() -> None:
    """All of it is made, in order, and others have had their turn about as often as it took steps."""
    turns = count()

    async def other() -> None:
        while True:
            next(turns)
            await asyncio.sleep(0)

    def slow(number: int) -> int:
        sleep(STEP_S / 2)
        return number * 2

    beside = asyncio.create_task(other())
    assert await patiently(slow, range(20)) == [number * 2 for number in range(20)]
    beside.cancel()
    assert next(turns) >= 8


async def test_a_short_walk_is_made_at_once() -> None:
    """Nothing waits for a few items; an error is the maker's own."""
    seen: list[str] = []
    asyncio.get_running_loop().call_soon(seen.append, "others")
    assert await patiently(str, (1, 2)) == ["1", "2"]
    assert seen == []
