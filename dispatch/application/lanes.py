"""What waits for one watcher: a reliable lane, a latest-wins lane, and when to give up on the order of things.

The theory. A watcher reads as fast as its link. The reliable lane keeps changes in order and is bounded; when it is
full, what it holds is worth less than a snapshot, so the lane is emptied and a snapshot takes its place (a snapshot
replaces everything, for any client). The latest-wins lane holds at most one place per courier, newer replaces older,
so that it is bounded by the couriers. A watcher that takes nothing at all for `MAX_SILENT_S` is closed.

A message is encoded once per encoding, whoever and how many want it: `Outgoing` and `FixBatch` are shared by lanes.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from courier_protocol.codec import Encoding, bundle, encode_one
from courier_protocol.live import Fixes, FixView
from courier_protocol.messages import MAX_MESSAGES_PER_FRAME, Message

MAX_WAITING: Final = 512
"""Changes that wait for one watcher; at a busy zone's 50 events a second about ten seconds' worth."""
MAX_SILENT_S: Final = 20.0
"""So long may one frame be on its way before the watcher counts as gone."""


class Outgoing:
    """A message on its way to many, encoded at most once per encoding."""

    __slots__ = ("_parts", "message")

    def __init__(self, message: Message) -> None:
        self.message = message
        self._parts: dict[Encoding, bytes] = {}

    def part(self, encoding: Encoding) -> bytes:
        """The message as a frame or a part of one."""
        part = self._parts.get(encoding)
        if part is None:
            part = self._parts[encoding] = encode_one(self.message, encoding)
        return part


class FixBatch(Outgoing):
    """The newest places of one tick, by courier; later batches replace them courier by courier."""

    __slots__ = ("fixes",)

    def __init__(self, fixes: Mapping[str, FixView]) -> None:
        super().__init__(Fixes(tuple(fixes.values())))
        self.fixes = fixes

    def then(self, later: "FixBatch") -> "FixBatch":
        """Both batches, each courier once with the later place."""
        return FixBatch({**self.fixes, **later.fixes})


class Lane:
    """What waits for one watcher. `snapshot` makes the message that begins a lane and replaces an overflowing one."""

    def __init__(self, encoding: Encoding, snapshot: Callable[[], Outgoing]) -> None:
        self.encoding = encoding
        self.conflated = 0
        self._snapshot = snapshot
        self._reliable: deque[Outgoing] = deque()
        self._fixes: FixBatch | None = None
        self._needs_snapshot = True
        self._filled = asyncio.Event()
        self._filled.set()

    def tell(self, message: Outgoing) -> None:
        """Add a message that must arrive, in order."""
        if self._needs_snapshot:
            return
        if len(self._reliable) >= MAX_WAITING:
            self._reliable.clear()
            self._fixes = None
            self._needs_snapshot = True
            self.conflated += 1
        else:
            self._reliable.append(message)
        self._filled.set()

    def show(self, batch: FixBatch) -> None:
        """Add places; only the newest of each courier will be sent."""
        self._fixes = self._fixes.then(batch) if self._fixes else batch
        self._filled.set()

    async def next_frame(self) -> bytes:
        """Wait for something to send and return it as one frame, bounded."""
        await self._filled.wait()
        parts: list[bytes] = []
        if self._needs_snapshot:
            self._needs_snapshot = False
            parts.append(self._snapshot().part(self.encoding))
        while self._reliable and len(parts) < MAX_MESSAGES_PER_FRAME - 1:
            parts.append(self._reliable.popleft().part(self.encoding))
        if not self._reliable:
            self._filled.clear()
            if self._fixes:
                parts.append(self._fixes.part(self.encoding))
                self._fixes = None
        return bundle(parts, self.encoding)
