"""How often a tracking link may be used to change something or to look something up: links are passed on, and copied.
The account of a shopper who has signed in has the same limits. The link of a pickup point is for a morning of many
orders, on more phones than one, and has limits of its own; wrong codes count by themselves, so that nobody finds a
right one by trying.

The buckets are in the store of one-time tickets, for all processes. While that is away nobody is held up: what a link
can do is bounded by its one order anyway.
"""

from contextlib import suppress
from typing import Final

from dispatch.application.channel_ports import Rate, Tickets
from dispatch.application.ports import StoreUnavailable

CHANGES: Final = (Rate(20, 60), Rate(100, 3600))
"""Wishes of one order: more than anybody makes up their mind."""
LOOKS: Final = (Rate(60, 30), Rate(600, 3600))
"""Looks ahead, and addresses while somebody types."""
LEADER_CHANGES: Final = (Rate(60, 60), Rate(1_000, 3600))
"""A hand-over a second, while a queue is at the counter."""
LEADER_LOOKS: Final = (Rate(120, 30), Rate(4_000, 3600))
"""Some phones that look every ten seconds, and after each hand-over."""
WRONG_CODES: Final = (Rate(10, 60), Rate(60, 3600))
"""Codes have six digits: where a hundred orders lie, finding one takes a week of trying."""
CODES_REST_S: Final = 300.0
"""So long no code is taken once there were too many wrong ones."""
_MOST_TRIES: Final = 1_000_000


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

    async def change_as_leader(self, link_hash: str) -> float:
        """Count something that is done at a pickup point."""
        return await self._take(f"leader-changes:{link_hash}", LEADER_CHANGES)

    async def look_as_leader(self, link_hash: str) -> float:
        """Count a look at a pickup point."""
        return await self._take(f"leader-looks:{link_hash}", LEADER_LOOKS)

    async def codes_rest_s(self, link_hash: str) -> float:
        """0.0, or how long no code is taken because there were too many wrong ones."""
        try:
            return CODES_REST_S if await self._tickets.attempt(f"codes-rest:{link_hash}") else 0.0
        except StoreUnavailable:
            return 0.0

    async def wrong_code(self, link_hash: str) -> None:
        """Count a wrong code."""
        if await self._take(f"wrong-codes:{link_hash}", WRONG_CODES):
            with suppress(StoreUnavailable):
                await self._tickets.issue(f"codes-rest:{link_hash}", "", CODES_REST_S, _MOST_TRIES)

    async def _take(self, subject: str, rates: tuple[Rate, ...]) -> float:
        try:
            return await self._tickets.take(subject, rates)
        except StoreUnavailable:
            return 0.0
