"""The zone learns how well it keeps what it tells: arrivals of the past days become the ranges of the next ones."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable

from dispatch.application.ports import Clock, Recorded, StoreUnavailable, Ticker
from dispatch.application.proposals_adoption import Proposer
from dispatch.domain.commands import LearnSpread
from dispatch.domain.eta import Spread
from dispatch.domain.events import OrderChanged
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.zone import Entity, ZoneState
from dispatch.planning.arrival import Arrival, arrivals_of, spread_of

log = logging.getLogger(__name__)
EVERY_MS = 10 * 60_000
RECALLED_MS = 7 * 24 * 3_600_000
MOST_RECALLED = 4_000
_LEAST_NEWS_MS = 8_000
"""A margin that moves by less is no news."""
_AFTER = 20
"""So many arrivals are worth another look before the time is up."""


class ArrivalLearning:
    """Learns for one zone."""

    def __init__(self, state: ZoneState, proposer: Proposer, clock: Clock, ticker: Ticker) -> None:
        self._state = state
        self._proposer = proposer
        self._clock = clock
        self._ticker = ticker
        self._arrivals: deque[list[Arrival]] = deque(maxlen=MOST_RECALLED)
        self._fresh = 0
        self._wake = asyncio.Event()

    def recall(self, orders: Iterable[Entity]) -> None:
        """Orders that were delivered before this process began, the oldest first."""
        for order in orders:
            if isinstance(order, Order):
                self._arrivals.append(arrivals_of(order))

    def heard(self, recorded: Recorded) -> None:
        """Take in an arrival."""
        event = recorded.event
        if isinstance(event, OrderChanged) and event.order.status is OrderStatus.DELIVERED:
            if event.what == OrderStatus.DELIVERED.value:
                self._arrivals.append(arrivals_of(event.order))
                self._fresh += 1
            if self._fresh >= _AFTER:
                self._wake.set()

    async def run(self) -> None:
        """Learn for ever."""
        while True:
            try:
                async with asyncio.timeout(EVERY_MS / 1000 / self._clock.rate):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self.learn()
            except StoreUnavailable as error:
                log.warning("what was learnt of arrivals waits: %s", error)
            await self._ticker.sleep(1.0)

    async def learn(self) -> None:
        """Tell the zone what its arrivals were like, if that is news."""
        self._fresh = 0
        learnt = spread_of((each for many in self._arrivals for each in many), self._clock.now_ms())
        if _differs(learnt, self._state.spread):
            await self._proposer.ask(LearnSpread(learnt))


def _differs(one: Spread, other: Spread) -> bool:
    return any(abs(margin - other.margin_ms(left)) >= _LEAST_NEWS_MS for left, margin in one.points)
