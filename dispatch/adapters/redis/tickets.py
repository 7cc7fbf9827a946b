"""One-time tickets and rate buckets in Redis: what may be lost at any moment, because people can ask again.

Each decision is one script, so that any number of gateways count as one.
"""

from collections.abc import Sequence
from typing import Any

from dispatch.adapters.redis.connections import Client, Script, answered
from dispatch.application.channel_ports import Attempt, Rate


class RedisTickets:
    """See `Tickets`."""

    def __init__(self, client: Client) -> None:
        self._issue, self._attempt, self._redeem, self._take = (
            Script(client, name) for name in ("issue_ticket", "attempt_ticket", "redeem_ticket", "take_rates")
        )

    async def issue(self, name: str, proof: str, ttl_s: float, tries: int) -> None:
        """See `Tickets`."""
        async with answered():
            await self._issue([_ticket(name)], [proof, tries, round(ttl_s * 1000)])

    async def attempt(self, name: str) -> Attempt | None:
        """See `Tickets`."""
        async with answered():
            found: Any = await self._attempt([_ticket(name)], ())
        return Attempt(found[0].decode(), int(found[1])) if found else None

    async def redeem(self, name: str, proof: str) -> bool:
        """See `Tickets`."""
        async with answered():
            return bool(await self._redeem([_ticket(name)], [proof]))

    async def take(self, subject: str, rates: Sequence[Rate]) -> float:
        """See `Tickets`."""
        keys = [f"{{rate:{subject}}}:{rate.times}/{rate.within_s:g}" for rate in rates]
        sizes = [figure for rate in rates for figure in (round(rate.within_s * 1000), rate.times)]
        async with answered():
            wait_ms: Any = await self._take(keys, sizes)
        return int(wait_ms) / 1000


def _ticket(name: str) -> str:
    return f"{{ticket:{name}}}"
