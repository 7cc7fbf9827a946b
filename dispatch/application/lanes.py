"""What waits for one watcher: a reliable lane, a latest-wins lane, and when to give up on the order of things.

The theory. A watcher reads as fast as its link. The reliable lane keeps changes in order and is bounded; when it is
full, what it holds is worth less than a snapshot, so the lane is emptied and a snapshot takes its place (a snapshot
replaces everything, for any client). The latest-wins lane holds at most one place per courier, newer replaces older,
so that it is bounded by the couriers. A watcher that takes nothing at all for long is closed by its connection.

A message is encoded once per encoding, whoever and how many want it: `Outgoing` and `FixBatch` are shared by lanes.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from courier_protocol.codec import Encoding, bundle, encode_one
from courier_protocol.live import Fixes, FixView
from courier_protocol.messages import MAX_MESSAGES_PER_FRAME, Message

MAX_WAITING: Final = 512
"""Changes that wait for one watcher; at a busy zone's 50 events a second about ten seconds' worth."""


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
    """What waits for one watcher. `snapshot` makes the message that begins a lane and replaces an overflowing one.

    `wake` is called whenever there is something to send.
    """

    def __init__(self, encoding: Encoding, snapshot: Callable[[], Outgoing], wake: Callable[[], None]) -> None:
        self.encoding = encoding
        self.conflated = 0
        self._snapshot = snapshot
        self._wake = wake
        self._reliable: deque[Outgoing] = deque()
        self._fixes: FixBatch | None = None
        self._needs_snapshot = True

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
        self._wake()

    def show(self, batch: FixBatch) -> None:
        """Add places; only the newest of each courier will be sent."""
        self._fixes = self._fixes.then(batch) if self._fixes else batch
        self._wake()

    def next_frame(self) -> bytes | None:
        """What to send next, as one bounded frame; None when nothing waits."""
        parts: list[bytes] = []
        if self._needs_snapshot:
            self._needs_snapshot = False
            parts.append(self._snapshot().part(self.encoding))
        while self._reliable and len(parts) < MAX_MESSAGES_PER_FRAME - 1:
            parts.append(self._reliable.popleft().part(self.encoding))
        if self._fixes and not self._reliable:
            parts.append(self._fixes.part(self.encoding))
            self._fixes = None
        return bundle(parts, self.encoding) if parts else None
