"""Asking a zone whose writer lives in another process: through the durable inbox."""

from dispatch.application.backlog import MOST_WAITING, Backlog
from dispatch.application.ports import Reply, Request, Ticker, ZoneStore

_POLL_S = 0.02


class InboxBus:
    """See `CommandBus`. The request is durable before anything is awaited."""

    def __init__(self, store: ZoneStore, ticker: Ticker, most_waiting: int = MOST_WAITING) -> None:
        self._store = store
        self._ticker = ticker
        self._backlog = Backlog(store, ticker, most_waiting)

    async def ask(self, zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        """See `CommandBus.ask`. Raises `Overloaded` while the zone's inbox is full."""
        await self._backlog.check(zone_id)
        await self._store.submit(zone_id, [request])
        give_up_ms = self._ticker.mono_ms() + timeout_s * 1000
        while True:
            reply = (await self._store.replies(zone_id, [request.id])).get(request.id)
            if reply or self._ticker.mono_ms() >= give_up_ms:
                return reply
            await self._ticker.sleep(_POLL_S)
