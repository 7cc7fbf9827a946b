"""The client, its scripts, and the one place where every wait ends and every error becomes ours.

A server alone and a cluster are used alike: every key names its slot in braces, so whatever belongs together is on one
node, and the client finds that node and goes along when slots move.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from dispatch.application.ports import StoreUnavailable

ANSWER_TIMEOUT_S = 1.0
"""A server that is silent for so long counts as away."""
CLUSTER = "+cluster"
_HERE = Path(__file__)

Client = Redis | RedisCluster


def connect(url: str) -> Client:
    """A client of the server at `redis://`, `rediss://` or `unix://`; connects when first needed.

    `redis+cluster://` and `rediss+cluster://` name any one node of a cluster, which tells of the others.

    A broken connection is replaced once and at once (the server was restarted). The client itself never gives up
    waiting: use it within `answered`. Its own socket timeout would send through `asyncio.wait_for`, which in Python
    3.11 may swallow a cancellation (https://github.com/python/cpython/issues/86296), and a reader would never end.
    """
    retry = Retry(NoBackoff(), 1, supported_errors=(Disconnected,))
    scheme, separator, rest = url.partition("://")
    if scheme.endswith(CLUSTER):
        plain = scheme.removesuffix(CLUSTER) + separator + rest
        # A zone works as long as its own node does, whether or not every slot has one.
        habits: dict[str, Any] = {"retry": retry, "protocol": 2, "require_full_coverage": False}
        return _Cluster.from_url(plain, socket_timeout=None, socket_connect_timeout=None, **habits)
    return Redis.from_url(url, socket_timeout=None, socket_connect_timeout=None, retry=retry, protocol=2)


class _Cluster(RedisCluster):
    async def aclose(self) -> None:
        """Close every connection; its own way forgets them while it is about to ask the cluster for its nodes anew."""
        await super().aclose()
        await self.nodes_manager.aclose()
        await self.nodes_manager.aclose("startup_nodes")


@asynccontextmanager
async def answered(within_s: float = ANSWER_TIMEOUT_S) -> AsyncIterator[None]:
    """Raise `StoreUnavailable` for every error of the client, and when the server does not answer in time.

    A RuntimeError is uvloop's word for a link that ended while the client was about to write to it.
    """
    try:
        async with asyncio.timeout(within_s):
            yield
    except (RedisError, RedisClusterException, OSError, TimeoutError, RuntimeError) as error:
        raise StoreUnavailable(f"Redis does not answer ({type(error).__name__}).") from None


class Heard(Enum):
    """What a subscription hears beside payloads."""

    SUBSCRIBED = auto()
    """To all channels; again whenever the connection had to be made anew."""
    ALIVE = auto()


class Script:
    """A Lua file beside this one, run on the node of its keys by its digest, or as a whole where it is not known yet.

    The client's own scripts are loaded onto every node first, and so depend on nodes that have nothing to do with it.
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._text = _HERE.with_name(f"{name}.lua").read_text()
        self._digest = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Any:
        """The script's answer. Raises the client's errors: use it within `answered`."""
        try:
            return await self._client.evalsha(self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await self._client.eval(self._text, len(keys), *keys, *args)


class Channels:
    """Subscriptions to channels of one slot, on the node that owns it: `listen`, then `aclose`.

    In a cluster these are sharded channels, which stay on their node; any others go to all nodes. After an error, begin
    anew with another one.
    """

    def __init__(self, client: Client, *names: str) -> None:
        self._client = client
        self._names = names
        self._node = ""
        self._pool: ConnectionPool | None = None
        self._pubsub: PubSub | None = None

    async def listen(self) -> AsyncIterator[bytes | Heard]:
        """What comes, until the server is away: `StoreUnavailable`. Silence is broken by a ping, to notice that."""
        async with answered():
            await self._open()
        asked = False
        while True:
            async with answered(2 * ANSWER_TIMEOUT_S):
                heard = await self._next(ANSWER_TIMEOUT_S)
                if not heard and asked:
                    raise TimeoutError
                if not heard:
                    await self._ask()
            asked = not heard
            if heard:
                yield heard

    async def _open(self) -> None:
        """Subscribe to all of them at once."""
        if isinstance(self._client, Redis):
            self._pubsub = self._client.pubsub()
            await self._pubsub.subscribe(*self._names)
            return
        node = await self._owner(self._client)
        self._node = node.name
        self._pool = ConnectionPool(connection_class=node.connection_class, **node.connection_kwargs)
        self._pubsub = PubSub(self._pool)
        await self._pubsub.ssubscribe(*self._names)

    async def aclose(self) -> None:
        """Stop listening."""
        if self._pubsub:
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        if self._pool:
            await self._pool.aclose()

    async def _next(self, timeout_s: float) -> bytes | Heard | None:
        """The next payload, or what else was heard; None when there was silence for so long."""
        assert self._pubsub is not None  # noqa: S101 (it was opened)
        message: Any = await self._pubsub.get_message(timeout=timeout_s)
        match message and message["type"]:
            case None:
                return None
            case "message" | "smessage":
                payload: bytes = message["data"]
                return payload
            case "subscribe" | "ssubscribe" if message["data"] == len(self._names):
                return Heard.SUBSCRIBED
            case "sunsubscribe":
                raise Disconnected("The channels have left the node.")
            case _:
                return Heard.ALIVE

    async def _ask(self) -> None:
        """Make the server say something, and make sure that it is still the one that owns the channels."""
        assert self._pubsub is not None  # noqa: S101 (it was opened)
        await self._pubsub.ping()
        if isinstance(self._client, RedisCluster) and (await self._owner(self._client)).name != self._node:
            raise Disconnected("The channels have moved to another node.")

    async def _owner(self, cluster: RedisCluster) -> ClusterNode:
        """The node of the channels' slot now: any command there lets the client learn of a move."""
        await cluster.exists(self._names[0])
        node = cluster.get_node_from_key(self._names[0])
        if node is None:
            raise Disconnected("No node owns the channels.")
        return node
