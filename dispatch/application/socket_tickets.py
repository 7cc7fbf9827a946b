"""One-time tickets for sockets: a page asks for one over HTTP and says it in the first message, instead of a token.

A ticket is good for half a minute and for one socket: whoever copies it from a page, a proxy or a recording is late.
What it stands for is kept in the store of tickets under its hash, and taken away by exactly one caller.
"""

import hashlib
import secrets
from collections import Counter
from typing import Final

from dispatch.application.channel_ports import Tickets

PREFIX: Final = "tk_"
LIFE_S: Final = 30.0
_SECRET_BYTES: Final = 32


class SocketTickets:
    """See the module. `counters` say what happened, never to whom."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets
        self.counters: Counter[str] = Counter(socket_tickets_issued=0, socket_tickets_refused=0)

    async def issue(self, stands_for: str) -> str:
        """A ticket that stands for this. Raises `StoreUnavailable`."""
        ticket = f"{PREFIX}{secrets.token_urlsafe(_SECRET_BYTES)}"
        await self._tickets.issue(_name(ticket), stands_for, LIFE_S, 1)
        self.counters["socket_tickets_issued"] += 1
        return ticket

    async def redeem(self, ticket: str) -> str | None:
        """What the ticket stands for; None for one that is used up, over, or never was. Raises `StoreUnavailable`."""
        found = await self._tickets.attempt(_name(ticket))
        if found and found.tries_left >= 0 and await self._tickets.redeem(_name(ticket), found.proof):
            return found.proof
        self.counters["socket_tickets_refused"] += 1
        return None


def _name(ticket: str) -> str:
    return f"socket:{hashlib.sha256(ticket.encode()).hexdigest()}"
