"""What one watcher is shown: a reliable lane, a latest-wins lane, and when to give up on a peer.

The theory. While the watcher takes what it gets, everything is written at once: nothing waits, and nothing is kept.
When it is slow (its transport says so), two lanes begin. The reliable one keeps changes in order and is bounded; when
it is full, what it holds is worth less than a snapshot, so the watcher is told to come back (`SLOW_CONSUMER`), for a
snapshot is what it gets then. The latest-wins lane holds one place a courier, newer replaces older, so it is bounded by
the couriers. As soon as the watcher takes something again, both are written out, the changes first.

A message is encoded and framed once per encoding, whoever and how many want it: lanes share `Outgoing` and `FixBatch`.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from courier_protocol.codec import Encoding, encode_one
from courier_protocol.framing import framed
from courier_protocol.live import Fixes
from courier_protocol.messages import Message
from courier_protocol.packed import pack
from dispatch.application.ports import Position
from dispatch.application.views import fix_view

MAX_WAITING: Final = 512
"""Changes that wait for one watcher; at a busy zone's 50 events a second about ten seconds' worth."""


class Outgoing:
    """A message on its way to many, encoded at most once per encoding."""

    __slots__ = ("_frames", "message")

    def __init__(self, message: Message) -> None:
        self.message = message
        self._frames: dict[Encoding, bytes] = {}

    def frame(self, encoding: Encoding) -> bytes:
        """The message as a whole frame."""
        frame = self._frames.get(encoding)
        if frame is None:
            frame = self._frames[encoding] = framed(encode_one(self.message, encoding), encoding)
        return frame


class Peer(Protocol):
    """The watcher's end of a lane."""

    encoding: Encoding
    is_slow: bool
    """Whether it takes things more slowly than they come; `Lane.resume` is to be called when it no longer does."""

    def write(self, frame: bytes) -> None:
        """Send a whole frame."""
        ...

    def give_up(self) -> None:
        """It is too slow: end its session, it may come back."""
        ...

    def link_replaced(self, track_hash: str) -> None:
        """The order that it watches is opened by the link of this hash only (empty: by none): end it without that."""
        ...


class FixBatch:
    """Places on their way to many, in order, encoded at most once per encoding; `shown_as` stands for the courier's id
    where that is nobody's business.
    """

    __slots__ = ("_binary", "_packed", "_text", "positions", "shown_as")

    def __init__(self, positions: Sequence[Position], shown_as: str = "") -> None:
        self.positions = positions
        self.shown_as = shown_as
        self._text: bytes | None = None
        self._binary: bytes | None = None
        self._packed: Outgoing | None = None

    def packed_frame(self, encoding: Encoding) -> bytes:
        """The places as a whole frame of packed records."""
        if self._packed is None:
            self._packed = Outgoing(pack(fix_view(position, self.shown_as) for position in self.positions))
        return self._packed.frame(encoding)

    def frame(self, encoding: Encoding) -> bytes:
        """The places as a whole frame."""
        if encoding == "json":
            if self._text is None:
                self._text = self._encode(encoding)
            return self._text
        if self._binary is None:
            self._binary = self._encode(encoding)
        return self._binary

    def _encode(self, encoding: Encoding) -> bytes:
        shown_as = self.shown_as
        fixes = Fixes(tuple([fix_view(position, shown_as) for position in self.positions]))
        return framed(encode_one(fixes, encoding), encoding)


class Lane:
    """What is shown to one watcher; `packed` when it reads places as records."""

    __slots__ = ("_changes", "_fixes", "_packed", "_peer", "_shown_as")

    def __init__(self, peer: Peer, *, packed: bool = False) -> None:
        self._peer = peer
        self._packed = packed
        self._changes: deque[bytes] | None = None
        self._fixes: dict[str, Position] | None = None
        self._shown_as = ""

    def tell(self, message: Outgoing) -> None:
        """Show what must arrive, in order."""
        peer = self._peer
        if not peer.is_slow:
            return peer.write(message.frame(peer.encoding))
        if self._changes is None:
            self._changes = deque()
        if len(self._changes) >= MAX_WAITING:
            self._changes.clear()
            self._fixes = None
            return peer.give_up()
        return self._changes.append(message.frame(peer.encoding))

    def show(self, batch: FixBatch) -> None:
        """Show places; a slow watcher gets only the newest of each courier."""
        peer = self._peer
        if peer.is_slow:
            self._keep(batch.positions, batch.shown_as)
        elif self._packed:
            peer.write(batch.packed_frame(peer.encoding))
        else:
            peer.write(batch.frame(peer.encoding))

    def _keep(self, positions: Iterable[Position], shown_as: str) -> None:
        if self._fixes is None:
            self._fixes = {}
        self._shown_as = shown_as
        for position in positions:
            self._fixes[position.courier_id] = position

    def resume(self) -> None:
        """The watcher takes what it gets again: first what waited for it, until it is slow again."""
        while self._changes and not self._peer.is_slow:
            self._peer.write(self._changes.popleft())
        if self._fixes and not self._changes and not self._peer.is_slow:
            positions, self._fixes = tuple(self._fixes.values()), None
            self.show(FixBatch(positions, self._shown_as))

    def link_replaced(self, track_hash: str) -> None:
        """See `Peer`."""
        self._peer.link_replaced(track_hash)

    def hint(self, message: Outgoing) -> None:
        """Show what a slow watcher may miss, for something newer will come."""
        if not self._peer.is_slow:
            self._peer.write(message.frame(self._peer.encoding))
