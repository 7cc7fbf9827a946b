"""Who is let in: so many connections at once, in all and of one address, and so many whose request has not come yet."""

import asyncio
import sys
from collections import Counter
from typing import Final

import msgspec

from dispatch.web.load import LoadLimits
from dispatch.web.problems import MEDIA_TYPE, Problem

TOO_MANY: Final = "too_many_connections"
TOO_MANY_OF_ADDRESS: Final = "too_many_of_address"
TOO_MANY_HEADS: Final = "too_many_heads"
REASONS: Final = (TOO_MANY, TOO_MANY_OF_ADDRESS, TOO_MANY_HEADS)
_SENTENCES: Final = {
    TOO_MANY: "The server has as many connections as it takes; come back in a few seconds.",
    TOO_MANY_OF_ADDRESS: "There are too many connections from this address; close some, or come back later.",
}


class Door:
    """Counts connections, from their first byte to their end, whichever protocol serves them meanwhile."""

    def __init__(self, limits: LoadLimits) -> None:
        self._limits = limits
        self._inside: dict[asyncio.BaseTransport, str] = {}
        self._of_address: Counter[str] = Counter()
        self._heads: set[object] = set()

    def __len__(self) -> int:
        return len(self._inside)

    def enter(self, transport: asyncio.BaseTransport) -> str:
        """Let a connection in; one that is in may ask again. Returns why not: one of `REASONS`, or nothing."""
        if transport in self._inside:
            return ""
        if len(self._inside) >= self._limits.max_connections:
            return TOO_MANY
        address = sys.intern(_address_of(transport))
        if self._of_address[address] >= self._limits.max_connections_per_address:
            return TOO_MANY_OF_ADDRESS
        self._inside[transport] = address
        self._of_address[address] += 1
        return ""

    def leave(self, transport: asyncio.BaseTransport) -> None:
        """It is gone; one that was not in leaves nothing behind."""
        address = self._inside.pop(transport, None)
        if address is not None:
            self._of_address[address] -= 1
            if not self._of_address[address]:
                del self._of_address[address]

    def await_head(self, front: object) -> bool:
        """This one's request has not come yet. False: too many wait already."""
        if len(self._heads) >= self._limits.max_waiting_heads:
            return False
        self._heads.add(front)
        return True

    def head_came(self, front: object) -> None:
        """It has come, or nobody waits for it any more."""
        self._heads.discard(front)


def refusal(reason: str) -> bytes:
    """The whole answer to a request of a connection that was not let in."""
    body = msgspec.json.encode(Problem(503, reason, _SENTENCES[reason]).body())
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nCache-Control: no-store\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _address_of(transport: asyncio.BaseTransport) -> str:
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""
