"""The gateways' channel within one process: for tests, and for several hubs of a zone in one simulation."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

from dispatch.application.gateway_news import News

MOST_WAITING = 1_000


class MemoryGatewayNews:
    """See `GatewayNews`. A follower who does not keep up misses what is newer than its 1,000 waiting ones."""

    def __init__(self) -> None:
        self._followers: defaultdict[str, list[asyncio.Queue[News]]] = defaultdict(list)

    async def tell(self, zone_id: str, news: Sequence[News]) -> None:
        """See `GatewayNews`."""
        for waiting in self._followers[zone_id]:
            for each in news[: MOST_WAITING - waiting.qsize()]:
                waiting.put_nowait(each)

    async def follow(self, zone_id: str) -> AsyncIterator[News]:
        """See `GatewayNews`."""
        waiting: asyncio.Queue[News] = asyncio.Queue()
        self._followers[zone_id].append(waiting)
        try:
            while True:
                yield await waiting.get()
        finally:
            self._followers[zone_id].remove(waiting)
