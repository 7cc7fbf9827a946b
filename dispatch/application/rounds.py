"""Many calls made into few: what comes while one is under way waits for the next, which is made for all of it.

A single caller waits no longer than before, and a crowd costs about what one caller does: nothing is held back for
company, the calls before are what collects it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from dispatch.application.ports import StoreUnavailable

K = TypeVar("K")
R = TypeVar("R")

MOST: Final = 500
"""Items of one round, so that none takes long."""


class _Round(Generic[K, R]):
    """A call that has not been made yet: what it will be made for, and what it comes to."""

    def __init__(self) -> None:
        self.items: list[K] = []
        self.outcome: asyncio.Future[R] = asyncio.get_running_loop().create_future()

    def fail(self, error: Exception) -> None:
        """Tell everybody of the round; they may all have gone."""
        self.outcome.set_exception(error)
        self.outcome.exception()


class Rounds(Generic[K, R]):
    """Calls `make` with the items of a round, one round after the other."""

    def __init__(self, make: Callable[[list[K]], Awaitable[R]], most: int = MOST) -> None:
        self._make = make
        self._most = most
        self._coming = deque[_Round[K, R]]()
        self._working: asyncio.Task[None] | None = None

    async def join(self, item: K) -> R:
        """What the round with this item came to. Raises what `make` raises, for everybody of the round; a store that
        is away is away for those who wait for the next one, too. A round is made although some of it have gone.
        """
        if not self._coming or len(self._coming[-1].items) >= self._most:
            self._coming.append(_Round())
        mine = self._coming[-1]
        mine.items.append(item)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await asyncio.shield(mine.outcome)

    async def _work(self) -> None:
        while self._coming:
            present = self._coming.popleft()
            try:
                outcome = await self._make(present.items)
            except StoreUnavailable as error:
                lost = (present, *self._coming)
                self._coming.clear()
                for each in lost:
                    each.fail(error)
            except Exception as error:
                present.fail(error)
            else:
                present.outcome.set_result(outcome)
