"""The gateways' channel, in memory and in Valkey: what is told reaches everybody who follows, or is lost."""

import asyncio
from contextlib import aclosing

import msgspec
import pytest
from redis.asyncio import Redis

from courier_protocol.live import Attendee
from dispatch.adapters.memory_news import MOST_WAITING, MemoryGatewayNews
from dispatch.adapters.redis.connections import connect
from dispatch.adapters.redis.gateway_news import RedisGatewayNews
from dispatch.application.gateway_news import Attended, GatewayNews, News, SessionBegan, Watched
from dispatch.application.ports import StoreUnavailable
from tests.support.stores import ZONE

ANN = Attendee("t1", "ann", "order", "o1", True)
TOLD: list[News] = [
    SessionBegan("c1", 7),
    Watched("g1", ("c1", "c2"), True),
    Watched("g1", (), False),
    Attended("g1", (ANN, Attendee("t2", "bo"))),
]
CALL = SessionBegan("are you there", 0)


@pytest.fixture(params=["memory", "valkey", "cluster"])
def channel(request: pytest.FixtureRequest) -> GatewayNews:
    """Every kind of channel in turn."""
    if request.param == "memory":
        return MemoryGatewayNews()
    return RedisGatewayNews(request.getfixturevalue("redis_client" if request.param == "valkey" else "cluster_client"))


class Follower:
    """Hears a zone's channel until closed."""

    def __init__(self, channel: GatewayNews, zone_id: str = ZONE) -> None:
        self.heard: list[News] = []
        self.is_called = False
        self._channel = channel
        self._zone_id = zone_id
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async with aclosing(self._channel.follow(self._zone_id)) as told:  # type: ignore[type-var]
            async for news in told:
                if news == CALL:  # others call, too, and may be heard late
                    self.is_called = True
                else:
                    self.heard.append(news)

    async def is_there(self) -> None:
        """Call until it hears."""
        self.is_called = False
        async with asyncio.timeout(10):
            while not self.is_called:
                await self._channel.tell(self._zone_id, [CALL])
                await asyncio.sleep(0.02)

    async def hears(self, *news: News) -> None:
        """Wait until it has heard these, in this order, and nothing else."""
        async with asyncio.timeout(5):
            while len(self.heard) < len(news):
                await asyncio.sleep(0.01)
        assert self.heard == list(news)

    async def close(self) -> None:
        """Follow no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_everybody_hears_what_is_told(channel: GatewayNews) -> None:
    """All followers of the zone, in the order in which it was told; another zone hears nothing of it."""
    followers = [Follower(channel), Follower(channel), Follower(channel, "other")]
    for each in followers:
        await each.is_there()
    await channel.tell(ZONE, TOLD)
    await followers[0].hears(*TOLD)
    await followers[1].hears(*TOLD)
    await channel.tell("other", [SessionBegan("c9", 1)])
    await followers[2].hears(SessionBegan("c9", 1))
    for each in followers:
        await each.close()


async def test_what_was_told_to_nobody_is_lost(channel: GatewayNews) -> None:
    """Nothing is kept for those who come later: it would be old by then."""
    await channel.tell(ZONE, TOLD)
    follower = Follower(channel)
    await follower.is_there()
    assert follower.heard == []
    await follower.close()


async def test_a_follower_that_does_not_keep_up_is_bounded() -> None:
    """In memory a thousand wait for it; what is newer is lost. Valkey drops a slow reader's connection by itself."""
    channel = MemoryGatewayNews()
    async with aclosing(channel.follow(ZONE)) as told:  # type: ignore[type-var]
        first = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0)
        await channel.tell(ZONE, [SessionBegan("c1", n) for n in range(MOST_WAITING + 10)])
        assert await first == SessionBegan("c1", 0)
        for n in range(1, MOST_WAITING):
            assert await anext(told) == SessionBegan("c1", n)
        await channel.tell(ZONE, [SessionBegan("c1", 5_000)])
        assert await anext(told) == SessionBegan("c1", 5_000)


async def test_an_unknown_kind_is_left_out(redis_client: Redis) -> None:
    """A newer server may tell what this one does not know; what comes after it is heard."""
    channel = RedisGatewayNews(redis_client)
    follower = Follower(channel)
    await follower.is_there()
    for telling in (b"\xc1", msgspec.msgpack.encode([[99, "c1", 7]])):
        await redis_client.publish(f"{{zone:{ZONE}}}:gateways", telling)
    await channel.tell(ZONE, TOLD)
    await follower.hears(*TOLD)
    await follower.close()


async def test_following_goes_on_after_the_link_was_cut(redis_client: Redis) -> None:
    """Every connection of subscribers is cut; what is told afterwards is heard again."""
    channel = RedisGatewayNews(redis_client)
    follower = Follower(channel)
    await follower.is_there()
    await redis_client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await follower.is_there()
    await channel.tell(ZONE, TOLD)
    await follower.hears(*TOLD)
    await follower.close()


async def test_a_store_that_is_away() -> None:
    """Whoever tells is told so; whoever follows goes on trying."""
    async with connect("redis://127.0.0.1:1") as client:
        channel = RedisGatewayNews(client)
        with pytest.raises(StoreUnavailable):
            await channel.tell(ZONE, TOLD)
        follower = Follower(channel)
        await asyncio.sleep(0.5)
        assert follower.heard == []
        await follower.close()
