"""Asking a zone whose writer lives in another process: through the durable inbox.

Whoever asks while others do shares their ways: one transaction takes in what came since the last one began, one query
looks for the replies of all who wait.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Final

from dispatch.application.backlog import MOST_WAITING, Backlog
from dispatch.application.ports import Reply, Request, StoreUnavailable, Ticker, ZoneStore
from dispatch.application.rounds import Rounds

_POLL_S: Final = 0.02
_LOOKED_FOR: Final = 500
"""Replies that are looked for at once, of those who asked first: a zone decides in the order in which it is asked."""


class InboxBus:
    """See `CommandBus`. The request is durable before its reply is awaited."""

    def __init__(self, store: ZoneStore, ticker: Ticker, most_waiting: int = MOST_WAITING) -> None:
        self._store = store
        self._ticker = ticker
        self._backlog = Backlog(store, ticker, most_waiting)
        self._submits: dict[str, Rounds[Request, None]] = {}
        self._awaited: dict[str, _Awaited] = {}

    async def ask(self, zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        """See `CommandBus.ask`. Raises `Overloaded` while the zone's inbox is full."""
        await self._backlog.check(zone_id)
        await self._submit(zone_id, request)
        awaited = self._awaited.setdefault(zone_id, _Awaited(zone_id, self._store, self._ticker))
        return await awaited.reply(request.id, timeout_s)

    async def _submit(self, zone_id: str, request: Request) -> None:
        """A request that cannot be written takes its round with it; so each of them is tried by itself then."""
        submits = self._submits.setdefault(zone_id, Rounds(partial(self._store.submit, zone_id)))
        try:
            await submits.join(request)
        except StoreUnavailable:
            raise
        except Exception:
            await self._store.submit(zone_id, [request])


class _Awaited:
    """The replies of one zone that callers wait for. Somebody looks for them as long as anybody waits."""

    def __init__(self, zone_id: str, store: ZoneStore, ticker: Ticker) -> None:
        self._zone_id = zone_id
        self._store = store
        self._ticker = ticker
        self._callers: dict[str, dict[asyncio.Future[Reply | None], float]] = {}
        """By request: who waits for its reply, and until when."""
        self._looking: asyncio.Task[None] | None = None

    async def reply(self, request_id: str, timeout_s: float) -> Reply | None:
        """The stored reply; None when there is none in time. Raises `StoreUnavailable`."""
        answer: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        self._callers.setdefault(request_id, {})[answer] = self._ticker.mono_ms() + timeout_s * 1000
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name=f"zone {self._zone_id}: replies")
        return await answer

    async def _look(self) -> None:
        while self._callers:
            try:
                found = await self._store.replies(self._zone_id, list(islice(self._callers, _LOOKED_FOR)))
            except Exception as error:
                self._fail(error)
                return
            self._tell(found, self._ticker.mono_ms())
            if self._callers:
                await self._ticker.sleep(_POLL_S)

    def _tell(self, found: Mapping[str, Reply], now_ms: float) -> None:
        for request_id, callers in list(self._callers.items()):
            reply = found.get(request_id)
            for answer, give_up_ms in list(callers.items()):
                if not answer.done() and (reply or now_ms >= give_up_ms):
                    answer.set_result(reply)
                if answer.done():
                    del callers[answer]
            if not callers:
                del self._callers[request_id]

    def _fail(self, error: Exception) -> None:
        waited, self._callers = self._callers, {}
        for answer in (answer for callers in waited.values() for answer in callers):
            if not answer.done():
                answer.set_exception(error)
