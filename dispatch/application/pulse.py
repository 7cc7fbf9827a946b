"""When a process works: at once while it is quiet, together once a tick while much comes in.

The theory. What is taken and shown at once arrives soonest. It also costs most: for one place the whole way from the
socket to the maps has to be brought into the processor's caches, and each watcher needs a write of its own. When
hundreds of places come within a hundredth of a second, those that wait for each other are taken and shown one after
the other along a warm way, several of one courier share a frame, and nobody sees the difference on a map. So
everything is immediate until `busy_messages` have come within one tick; from then on what comes waits for the beat,
until a beat brings fewer than half of that. Whatever the load, a beat is followed by a tick of rest, in which the loop
reads and does its other work; so as the load grows the beats become fewer and larger, and the cost of a place falls.

ADR 17 has the numbers.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dispatch.application.ports import Ticker


@dataclass(frozen=True, slots=True)
class PulsePolicy:
    """When to wait for others. `coalesce` is `auto`, or always the one way, for measuring."""

    coalesce: Literal["auto", "always", "never"] = "auto"
    tick_s: float = 0.015
    busy_messages: int = 100


class Pulse:
    """The beat of one process. Make it, give it its works, run `run`, and call `came` for what comes.

    At each beat, first everything that waits is taken, then everything that waits is shown: what has come is seen
    within the same beat.
    """

    def __init__(self, ticker: Ticker, policy: PulsePolicy) -> None:
        self.waits = policy.coalesce == "always"
        """Whether what comes is to wait for the beat."""
        self._ticker = ticker
        self._policy = policy
        self._takes: list[Callable[[], None]] = []
        self._shows: list[Callable[[], None]] = []
        self._something_came = asyncio.Event()
        self._messages = 0

    def take_on_beat(self, work: Callable[[], None]) -> None:
        """Do this at each beat, before anything is shown."""
        self._takes.append(work)

    def show_on_beat(self, work: Callable[[], None]) -> None:
        """Do this at each beat, after everything has been taken."""
        self._shows.append(work)

    def stir(self) -> None:
        """Something waits for the beat."""
        self._something_came.set()

    def came(self) -> None:
        """A message has come."""
        self._messages += 1
        if self._messages == 1:
            self._something_came.set()
        elif self._messages == self._policy.busy_messages and self._policy.coalesce == "auto":
            self.waits = True

    async def run(self) -> None:
        """Beat while anything comes, for ever."""
        while True:
            await self._something_came.wait()
            await self._ticker.sleep(self._policy.tick_s)
            self._something_came.clear()
            messages, self._messages = self._messages, 0
            for work in (*self._takes, *self._shows):
                work()
            self.waits = self._policy.coalesce == "always" or (
                self._policy.coalesce == "auto" and 2 * messages >= self._policy.busy_messages
            )
