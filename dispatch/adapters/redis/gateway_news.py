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

from courier_protocol.live import Attendee
from dispatch.adapters.redis.connections import Channels, Client, answered
from dispatch.application.gateway_news import Attended, News, SessionBegan, Watched
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


class _Attended(msgspec.Struct, array_like=True, tag=3):
    gateway: str
    people: tuple[tuple[str, str, str, str, bool], ...]


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(list[_Began | _Watched | _Attended])


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


def _packed(news: News) -> _Began | _Watched | _Attended:
    match news:
        case SessionBegan():
            return _Began(news.courier_id, news.generation)
        case Watched():
            return _Watched(news.gateway, news.courier_ids, news.staff)
        case Attended():
            people = tuple((each.tab, each.who, each.kind, each.id, each.changing) for each in news.people)
            return _Attended(news.gateway, people)


def _unpacked(telling: bytes) -> list[News]:
    try:
        packed = _decoder.decode(telling)
    except msgspec.DecodeError as error:
        log.warning("what another gateway told cannot be read: %s", error)
        return []
    return [_told(each) for each in packed]


def _told(packed: _Began | _Watched | _Attended) -> News:
    match packed:
        case _Began():
            return SessionBegan(packed.courier_id, packed.generation)
        case _Watched():
            return Watched(packed.gateway, packed.courier_ids, packed.staff)
        case _Attended():
            return Attended(packed.gateway, tuple(Attendee(*each) for each in packed.people))
