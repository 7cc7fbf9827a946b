"""The gateways' channel in Redis: one publication a telling, one subscription a zone and process; nothing is stored.

On the wire each telling is one MessagePack array of tagged arrays. The tags and the order of the fields are for ever; a
kind that a server does not know makes it drop the telling, so that servers of two versions bear each other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import msgspec
from redis.asyncio import Redis

from dispatch.adapters.redis.connections import ANSWER_TIMEOUT_S, answered
from dispatch.application.gateway_news import News, SessionBegan, Watched
from dispatch.application.ports import StoreUnavailable

log = logging.getLogger(__name__)

RETRY_S = 0.2


class _Began(msgspec.Struct, array_like=True, tag=1):
    courier_id: str
    generation: int


class _Watched(msgspec.Struct, array_like=True, tag=2):
    gateway: str
    courier_ids: tuple[str, ...]
    staff: bool


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(list[_Began | _Watched])


class RedisGatewayNews:
    """See `GatewayNews`."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def tell(self, zone_id: str, news: Sequence[News]) -> None:
        """See `GatewayNews`."""
        async with answered():
            await self._client.publish(_channel(zone_id), _encode([_packed(each) for each in news]))

    async def follow(self, zone_id: str) -> AsyncIterator[News]:
        """See `GatewayNews`."""
        while True:
            with suppress(StoreUnavailable):
                async for telling in self._listen(zone_id):
                    for news in _unpacked(telling):
                        yield news
            await asyncio.sleep(RETRY_S)

    async def _listen(self, zone_id: str) -> AsyncIterator[bytes]:
        """What comes until the server is away: `StoreUnavailable`. Silence is broken by a ping, to notice that."""
        async with self._client.pubsub() as pubsub:
            async with answered():
                await pubsub.subscribe(_channel(zone_id))
            asked = False
            while True:
                async with answered(2 * ANSWER_TIMEOUT_S):
                    message = await pubsub.get_message(timeout=ANSWER_TIMEOUT_S)
                    if not message and asked:
                        raise TimeoutError
                    if not message:
                        await pubsub.ping()
                asked = not message
                if message and message["type"] == "message":
                    yield message["data"]


def _channel(zone_id: str) -> str:
    return f"{{zone:{zone_id}}}:gateways"


def _packed(news: News) -> _Began | _Watched:
    match news:
        case SessionBegan():
            return _Began(news.courier_id, news.generation)
        case Watched():
            return _Watched(news.gateway, news.courier_ids, news.staff)


def _unpacked(telling: bytes) -> list[News]:
    try:
        packed = _decoder.decode(telling)
    except msgspec.DecodeError as error:
        log.warning("what another gateway told cannot be read: %s", error)
        return []
    return [
        SessionBegan(each.courier_id, each.generation)
        if isinstance(each, _Began)
        else Watched(each.gateway, each.courier_ids, each.staff)
        for each in packed
    ]
