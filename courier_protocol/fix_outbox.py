"""The fixes that a phone still owes the server: bounded, newest first, kept until acknowledged.

A fix gets its number when it is about to be sent, so that what the bound drops (the oldest) never leaves a hole in the
numbers. A new session starts the numbers at 1 again: the backlog is numbered in the order of time and sent newest
batch first, then from the oldest on, so that the marker is right at once and the ack rises steadily.
"""

from collections import deque

from courier_protocol.close_codes import CloseCode
from courier_protocol.errors import RemoteProtocolError
from courier_protocol.messages import MAX_FIXES_PER_BATCH, Fix, Positions

MAX_KEPT_FIXES = 2_048


class FixOutbox:
    """Fixes waiting to be sent or acknowledged. `dropped` counts those that the bound cost."""

    def __init__(self, max_kept: int = MAX_KEPT_FIXES) -> None:
        self.dropped = 0
        self._max_kept = max_kept
        self._fresh: deque[Fix] = deque()
        self._numbered: dict[int, Fix] = {}
        self._ranges: list[tuple[int, int]] = []
        self._next_seq = 1
        self._acked_seq = 0

    def __len__(self) -> int:
        return len(self._numbered) + len(self._fresh)

    def add(self, fix: Fix) -> None:
        """Keep a fix; the oldest one that has no number yet makes room if need be."""
        self._fresh.append(fix)
        if len(self._fresh) > self._max_kept:
            self._fresh.popleft()
            self.dropped += 1

    def restart(self) -> None:
        """A new session begins: all that is not acknowledged is numbered anew, the newest `max_kept` of it."""
        kept = [*self._numbered.values(), *self._fresh]
        backlog = kept[-self._max_kept :]
        self.dropped += len(kept) - len(backlog)
        self._numbered = dict(enumerate(backlog, start=1))
        self._fresh.clear()
        self._next_seq = len(backlog) + 1
        self._acked_seq = 0
        batches = _batches(1, len(backlog))
        self._ranges = [*reversed(batches[:-1]), *batches[-1:]]

    def next_batch(self) -> Positions | None:
        """The next fixes to send, the newest first; None if all are on their way."""
        self._number_fresh(self._max_kept - len(self._numbered))
        if not self._ranges:
            return None
        first, last = self._ranges.pop()
        return Positions(seq=first, fixes=tuple(self._numbered[seq] for seq in range(first, last + 1)))

    def _number_fresh(self, room: int) -> None:
        first = self._next_seq
        for _ in range(min(room, len(self._fresh))):
            self._numbered[self._next_seq] = self._fresh.popleft()
            self._next_seq += 1
        self._ranges += _batches(first, self._next_seq - 1)

    def ack(self, seq: int) -> None:
        """Everything up to `seq` is with the server. RemoteProtocolError if not all of it was sent."""
        if seq >= self._next_seq or any(first <= seq for first, _ in self._ranges):
            raise RemoteProtocolError("bad_ack", CloseCode.PROTOCOL_ERROR, "A fix was acknowledged before it was sent.")
        for number in range(self._acked_seq + 1, seq + 1):
            del self._numbered[number]
        self._acked_seq = max(self._acked_seq, seq)


def _batches(first: int, last: int) -> list[tuple[int, int]]:
    """The numbers first..last as ranges of at most one batch, ascending."""
    step = MAX_FIXES_PER_BATCH
    return [(low, min(low + step - 1, last)) for low in range(first, last + 1, step)]
