"""Where a reader stands in the zone's event stream, and whether a push follows.

The theory. A zone numbers its events 1, 2, 3, ... without a hole. A reader is shown only the events that concern it,
so its numbers jump; whether something is missing cannot be seen from `seq` alone. Therefore each push names in
`prev` the number before it *in this reader's own sequence*: "between `prev` and `seq` there was nothing for you".

    known up to position        the push says            so
    position >= seq             -                        DUPLICATE   seen; acknowledge again, apply nothing
    prev <= position < seq      nothing in (prev, seq)   NEXT        apply, position := seq
    position < prev             -                        GAP         something in (position, prev] is missing
    another epoch, or no position yet                    GAP         the numbers cannot be compared

`prev < position` happens and is sound: a frame encoded once for many readers chains from the lane's last event, while
this reader started from a newer snapshot. After a GAP nothing may be applied until `reset`: come back with the
position as `resume`, and the server either sends all that was missed or a snapshot, never a part.
"""

from enum import Enum

from courier_protocol.messages import StreamPosition


class Step(Enum):
    """What to do with a push."""

    NEXT = "next"
    DUPLICATE = "duplicate"
    GAP = "gap"


class StreamReader:
    """The position of one reader: the epoch of the stream and the last sequence that was applied."""

    def __init__(self, position: StreamPosition | None = None) -> None:
        self.position = position

    def reset(self, epoch: int, seq: int) -> None:
        """Stand at (epoch, seq): a welcome, a snapshot or a resync says so."""
        self.position = StreamPosition(epoch=epoch, seq=seq)

    def forget(self) -> None:
        """Hold no position: the next session starts from a snapshot."""
        self.position = None

    def offer(self, epoch: int, prev: int, seq: int) -> Step:
        """Judge a push and, if it is NEXT, move to it."""
        position = self.position
        if position is None or position.epoch != epoch:
            return Step.GAP
        if seq <= position.seq:
            return Step.DUPLICATE
        if position.seq < prev or seq <= prev:
            return Step.GAP
        self.reset(epoch, seq)
        return Step.NEXT
