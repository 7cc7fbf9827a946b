"""How often a tracking link may be used to change something or to look something up: links are passed on, and copied.
The account of a shopper who has signed in has the same limits.

The buckets are in the store of one-time tickets, for all processes. While that is away nobody is held up: what a link
can do is bounded by its one order anyway.
"""

from typing import Final

from dispatch.application.channel_ports import Rate, Tickets
from dispatch.application.ports import StoreUnavailable

CHANGES: Final = (Rate(20, 60), Rate(100, 3600))
"""Wishes of one order: more than anybody makes up their mind."""
LOOKS: Final = (Rate(60, 30), Rate(600, 3600))
"""Looks ahead, and addresses while somebody types."""


class LinkLimits:
    """Counts what is asked by a link; links are known by their hash."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    async def change(self, link_hash: str) -> float:
        """Count a change: 0.0, or the seconds to wait before the next one."""
        return await self._take(f"link-changes:{link_hash}", CHANGES)

    async def look(self, link_hash: str) -> float:
        """Count a look: 0.0, or the seconds to wait before the next one."""
        return await self._take(f"link-looks:{link_hash}", LOOKS)

    async def _take(self, subject: str, rates: tuple[Rate, ...]) -> float:
        try:
            return await self._tickets.take(subject, rates)
        except StoreUnavailable:
            return 0.0
