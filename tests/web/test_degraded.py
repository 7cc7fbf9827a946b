"""Without Redis the server goes on with the couriers it has itself, says what is missing, and heals by itself."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from pathlib import Path

from courier_protocol.messages import Fix
from dispatch.adapters.embedded import EmbeddedValkey
from dispatch.adapters.redis.connections import connect
from dispatch.adapters.redis.positions import RedisPositionStore
from dispatch.domain import commands as c
from tests.support.web import ZONE, House, house
from tests.support.zones import NOON_MS, courier

REASON = "positions are not shared: Redis is away"


async def health(h: House, path: str) -> tuple[int, str, list[str]]:
    answer = await h.http.get(path)
    body = answer.json()
    return answer.status_code, body["status"], body.get("degraded", [])


async def until_all_say(h: House, status: str, reasons: list[str]) -> None:
    """A courier moves on and on meanwhile; each time, the place on this process's maps is the newest."""
    async with asyncio.timeout(10):
        for seq in itertools.count(h.hub.counters["positions_in"] + 1):
            h.hub.report("c1", 1, seq, [Fix(at_ms=NOON_MS + seq * 1000, lat=60.166, lon=24.936 + seq * 1e-4)])
            assert h.hub.sight.positions["c1"].seq == seq
            if [await health(h, path) for path in ("/readyz", "/healthz")] == [(200, status, reasons)] * 2:
                return
            await asyncio.sleep(0.02)


async def test_a_server_without_redis_is_degraded_and_serves(tmp_path: Path) -> None:
    """Ready and alive all the time, with the reason as long as there is one; the outage is counted once."""
    async with AsyncExitStack() as stack:
        async with EmbeddedValkey(tmp_path) as url:
            store = RedisPositionStore(await stack.enter_async_context(connect(url)))
            h = await stack.enter_async_context(house(positions=store))
            h.services.degraded, h.services.counters = store.degraded, (lambda: store.counters,)
            await h.do(c.RegisterCourier(courier("c1")))
            await until_all_say(h, "ok", [])
        await until_all_say(h, "degraded", [REASON])
        metrics = (await h.http.get("/metrics")).text
        assert "dispatch_degraded 1.0" in metrics
        assert 'dispatch_part_total{what="position_outages"} 1.0' in metrics
        before = h.hub.sight.positions["c1"].seq
        async with EmbeddedValkey(tmp_path), connect(url) as other:
            await until_all_say(h, "ok", [])
            assert "dispatch_degraded 0.0" in (await h.http.get("/metrics")).text
            async with asyncio.timeout(5):  # what was under way when Redis came back may be stored first
                while (await RedisPositionStore(other).latest(ZONE))["c1"].seq < before:
                    await asyncio.sleep(0.02)
