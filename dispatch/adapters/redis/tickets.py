"""One-time tickets and rate buckets in Redis: what may be lost at any moment, because people can ask again.

Each decision is one script, so that any number of gateways count as one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from dispatch.adapters.redis.connections import answered
from dispatch.application.channel_ports import Attempt, Rate

_HERE = Path(__file__)


class RedisTickets:
    """See `Tickets`."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._attempt, self._redeem, self._take = (
            client.register_script(_HERE.with_name(f"{name}.lua").read_text())
            for name in ("attempt_ticket", "redeem_ticket", "take_rates")
        )

    async def issue(self, name: str, proof: str, ttl_s: float, tries: int) -> None:
        """See `Tickets`."""
        key = _ticket(name)
        async with answered(), self._client.pipeline(transaction=True) as all_or_none:
            all_or_none.hset(key, mapping={"proof": proof, "tries": tries})
            all_or_none.pexpire(key, round(ttl_s * 1000))
            await all_or_none.execute()

    async def attempt(self, name: str) -> Attempt | None:
        """See `Tickets`."""
        async with answered():
            found: Any = await self._attempt(keys=[_ticket(name)])
        return Attempt(found[0].decode(), int(found[1])) if found else None

    async def redeem(self, name: str, proof: str) -> bool:
        """See `Tickets`."""
        async with answered():
            return bool(await self._redeem(keys=[_ticket(name)], args=[proof]))

    async def take(self, subject: str, rates: Sequence[Rate]) -> float:
        """See `Tickets`."""
        keys = [f"{{rate:{subject}}}:{rate.times}/{rate.within_s:g}" for rate in rates]
        sizes = [figure for rate in rates for figure in (round(rate.within_s * 1000), rate.times)]
        async with answered():
            wait_ms: Any = await self._take(keys=keys, args=sizes)
        return int(wait_ms) / 1000


def _ticket(name: str) -> str:
    return f"{{ticket:{name}}}"
