"""The stream copy of a zone's events, as protocols: the relay writes it, everybody who follows the zone reads it.

It may be lost at any moment: whatever it lacks is read from the store. Every method may raise `StoreUnavailable`.
"""

from collections.abc import Sequence
from typing import Protocol

from dispatch.application.ports import Recorded


class EventStream(Protocol):
    """The writing side of the copy, which may be lost at any moment. Every method may raise `StoreUnavailable`."""

    async def last_seq(self, zone_id: str, epoch: int) -> int:
        """The last event of the copy; 0 when it is empty."""
        ...

    async def append(self, zone_id: str, epoch: int, events: Sequence[Recorded]) -> None:
        """Add events in order, at once or not at all for readers; `events` ends with a whole request.

        What the copy has already is left alone, so a retry needs no thought.
        """
        ...


class EventCopy(Protocol):
    """The reading side of the copy, for those who follow it and for sessions that come back."""

    async def after(self, zone_id: str, epoch: int, seq: int, limit: int, wait_s: float) -> Sequence[Recorded]:
        """What the copy has after `seq`, rising, at most `limit`; waits up to `wait_s` for the first.

        Perhaps with gaps. Raises `StoreUnavailable`.
        """
        ...

    async def answers(self, zone_id: str, epoch: int) -> None:
        """Return when the copy can be asked. Raises `StoreUnavailable`."""
        ...

    async def between(self, zone_id: str, epoch: int, after_seq: int, to_seq: int) -> Sequence[Recorded] | None:
        """Every event with after_seq < seq <= to_seq, in order; None when any of them is not there.

        Raises `StoreUnavailable`.
        """
        ...
