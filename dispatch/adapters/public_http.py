"""The one way to call an address that a stranger gave us: only to the internet at large, and without following anybody.

A name is resolved here, every address behind it is looked at, and the first of these very addresses is connected to:
whatever the name says a moment later (DNS rebinding) leads nowhere else. Nothing is redirected. Addresses that lead
back inside are refused in all their disguises, see `is_public`.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import httpcore
import httpx

from dispatch.application.callers import is_public

MOST_CONNECTIONS: Final = 32


class PrivateTarget(Exception):
    """The name leads to an address that is not the internet's."""


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only: to the very address that was looked at, whatever its name says next."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """See `AsyncNetworkBackend`. Raises `PrivateTarget`."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        if not addresses or not all(map(is_public, addresses)):
            raise PrivateTarget
        return await self._backend.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """No stranger's service is a file. Raises `PrivateTarget`."""
        raise PrivateTarget

    async def sleep(self, seconds: float) -> None:
        """See `AsyncNetworkBackend`."""
        await self._backend.sleep(seconds)


def public_pool(*, any_target: bool = False, connections: int = MOST_CONNECTIONS) -> httpcore.AsyncConnectionPool:
    """Connections for such calls; `any_target`: also to private addresses, for services of one's own."""
    return httpcore.AsyncConnectionPool(
        ssl_context=_certificates(),
        max_connections=connections,
        keepalive_expiry=30.0,
        network_backend=httpcore.AnyIOBackend() if any_target else PublicOnly(),
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Whom we trust, read once a process: it takes tens of milliseconds."""
    return httpx.create_ssl_context()
