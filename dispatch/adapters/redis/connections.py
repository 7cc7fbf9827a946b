"""The client, and the one place where every wait ends and every error becomes ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from dispatch.application.ports import StoreUnavailable

ANSWER_TIMEOUT_S = 1.0
"""A server that is silent for so long counts as away."""


def connect(url: str) -> Redis:
    """A client of the server at `redis://`, `rediss://` or `unix://`; connects when first needed.

    A broken connection is replaced once and at once (the server was restarted). The client itself never gives up
    waiting: use it within `answered`. Its own socket timeout would send through `asyncio.wait_for`, which in Python
    3.11 may swallow a cancellation (https://github.com/python/cpython/issues/86296), and a reader would never end.
    """
    retry = Retry(NoBackoff(), 1, supported_errors=(Disconnected,))
    return Redis.from_url(url, socket_timeout=None, socket_connect_timeout=None, retry=retry, protocol=2)


@asynccontextmanager
async def answered(within_s: float = ANSWER_TIMEOUT_S) -> AsyncIterator[None]:
    """Raise `StoreUnavailable` for every error of the client, and when the server does not answer in time."""
    try:
        async with asyncio.timeout(within_s):
            yield
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreUnavailable(f"Redis does not answer ({type(error).__name__}).") from None
