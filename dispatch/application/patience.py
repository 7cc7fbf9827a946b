"""Long walks in small steps: what takes the loop's time gives it back every few milliseconds.

A page of events takes a tenth of a second to decode, and all that time nobody's place would be shown. A thread would
not help: it takes the interpreter from the loop at each of the loop's system calls.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

STEP_S: Final = 0.004

A = TypeVar("A")
B = TypeVar("B")


class Patience:
    """Knows when a walk has taken long enough at a stretch."""

    def __init__(self) -> None:
        self._until_s = time.perf_counter() + STEP_S

    async def rest(self) -> None:
        """Let others have the loop if it is their turn. To be called wherever the walk may be interrupted."""
        if time.perf_counter() >= self._until_s:
            await asyncio.sleep(0)
            self._until_s = time.perf_counter() + STEP_S


async def patiently(make: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """What `make` makes of each of the items, in their order."""
    made, patience = list[B](), Patience()
    for item in items:
        made.append(make(item))
        await patience.rest()
    return made
