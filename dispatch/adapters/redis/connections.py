"""Clients whose every wait ends, and the one place where their errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from dispatch.application.ports import StoreUnavailable

CONNECT_TIMEOUT_S = 0.5
ANSWER_TIMEOUT_S = 1.0
"""A server that is silent for so long counts as away. Blocking reads must ask for less."""


def connect(url: str) -> Redis:
    """A client of the server at `redis://`, `rediss://` or `unix://`; connects when first needed.

    A broken connection is replaced once and at once (the server was restarted); everything else is the caller's.
    """
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the client's errors into `StoreUnavailable`, without the values that they may name."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreUnavailable(f"Redis does not answer ({type(error).__name__}).") from None
