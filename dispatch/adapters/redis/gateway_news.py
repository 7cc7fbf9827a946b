"""The gateways' channel in Redis: one publication a telling, one subscription a zone and process; nothing is stored.

On the wire each telling is one MessagePack array of tagged arrays. The tags and the order of the fields are for ever; a
kind that a server does not know makes it drop the telling, so that servers of two versions bear each other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, suppress

import msgspec
from redis.asyncio import RedisCluster

from dispatch.adapters.redis.connections import Channels, Client, answered
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

    def __init__(self, client: Client) -> None:
        self._client = client
        self._publish = "SPUBLISH" if isinstance(client, RedisCluster) else "PUBLISH"

    async def tell(self, zone_id: str, news: Sequence[News]) -> None:
        """See `GatewayNews`."""
        async with answered():
            told = _encode([_packed(each) for each in news])
            await self._client.execute_command(self._publish, _channel(zone_id), told)

    async def follow(self, zone_id: str) -> AsyncIterator[News]:
        """See `GatewayNews`."""
        while True:
            with suppress(StoreUnavailable):
                async with aclosing(Channels(self._client, _channel(zone_id))) as channels:
                    async for heard in channels.listen():
                        for news in _unpacked(heard) if isinstance(heard, bytes) else ():
                            yield news
            await asyncio.sleep(RETRY_S)


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
