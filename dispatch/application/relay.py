"""The relay: copies a zone's committed events from its outbox to the stream from which everyone reads.

It asks the stream itself where to go on and adds events under their own numbers, so it may crash, repeat itself or
run twice and the copy stays right. When the copy was lost it is begun again with the newest events; readers get what
is missing from the outbox.
"""

import asyncio
import contextlib
import logging
from functools import partial

from dispatch.application.batches import whole_requests
from dispatch.application.ports import EventLog, StoreUnavailable
from dispatch.application.stream_ports import EventStream
from dispatch.failpoints import failpoint

log = logging.getLogger(__name__)

POLL_S = 0.05
RETRY_S = 0.5
BATCH = 500
KEEP_EVENTS = 10_000
"""How much of the newest history a lost copy is filled with; what a stream keeps should be no less."""


class Relay:
    """Call `wake` after each commit of the same process; without it, a poll finds the events `poll_s` later."""

    def __init__(
        self,
        store: EventLog,
        stream: EventStream,
        zone_id: str,
        keep_events: int = KEEP_EVENTS,
        *,
        poll_s: float = POLL_S,
    ) -> None:
        self._store = store
        self._stream = stream
        self._zone_id = zone_id
        self._keep_events = keep_events
        self._poll_s = poll_s
        self._woken = asyncio.Event()
        self._copied = (0, 0)

    def wake(self) -> None:
        """There is something to copy."""
        self._woken.set()

    async def run(self) -> None:
        """Copy for ever."""
        failing = False
        while True:
            try:
                await self.copy()
                failing = False
            except StoreUnavailable as error:
                if not failing:
                    log.warning(
                        "zone %s: events are not copied until the stores answer again: %s", self._zone_id, error
                    )
                failing = True
            await self._rest(RETRY_S if failing else self._poll_s)

    async def copy(self) -> None:
        """Copy all that is missing. Raises `StoreUnavailable`; a later call goes on from there."""
        epoch, head = await self._store.stream_head(self._zone_id)
        if (epoch, head) == self._copied:
            return
        last = max(await self._stream.last_seq(self._zone_id, epoch), head - self._keep_events)
        while last < head:
            events = await whole_requests(partial(self._store.events, self._zone_id, last), BATCH)
            if not events:
                return
            failpoint("relay.before_append")
            await self._stream.append(self._zone_id, epoch, events)
            failpoint("relay.after_append")
            last = events[-1].seq
        self._copied = (epoch, head)

    async def _rest(self, longest_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._woken.wait()
        self._woken.clear()
