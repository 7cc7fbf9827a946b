"""A Valkey cluster of three nodes on loopback, any of which can be stopped and started again."""

import asyncio
import socket
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from dispatch.adapters.embedded import SUPERVISE, valkey_binary

SLOTS = 16_384
NODES = 3
HABITS = ("--bind", "127.0.0.1", "--save", "", "--loglevel", "warning", "--cluster-enabled", "yes")
# As in production a node that is down takes its own slots down only; here that is noticed sooner.
CLUSTER_HABITS = ("--cluster-require-full-coverage", "no", "--cluster-node-timeout", "3000")


class ValkeyNode:
    """One server of the cluster; what it knows of the cluster outlives a restart, what it holds does not."""

    def __init__(self, folder: Path) -> None:
        self.port, self.bus_port = free_ports(2)
        self._folder = folder
        self._supervisor: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._folder.mkdir(exist_ok=True)
        ports = ("--port", str(self.port), "--cluster-port", str(self.bus_port))
        command = ("/bin/sh", "-c", SUPERVISE, "sh", valkey_binary(), "--dir", str(self._folder), *ports)
        self._supervisor = await asyncio.create_subprocess_exec(
            *command, *HABITS, *CLUSTER_HABITS, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(10):
            while not await self._answers():
                await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        with suppress(Disconnected):
            return bool(await self.ask("PING"))
        return False

    async def stop(self) -> None:
        """Stop it, in order."""
        if self._supervisor:
            assert self._supervisor.stdin
            self._supervisor.stdin.close()
            await self._supervisor.wait()

    async def ask(self, *command: Any) -> Any:
        """This very node's answer to a command."""
        async with Redis(port=self.port, protocol=2, retry=Retry(NoBackoff(), 0)) as client:
            return await client.execute_command(*command)


class ValkeyCluster:
    """`async with ValkeyCluster(folder) as cluster:` then `cluster.url` is good for `connect`."""

    def __init__(self, folder: Path) -> None:
        self.nodes = [ValkeyNode(folder / str(n)) for n in range(NODES)]
        self.url = f"redis+cluster://127.0.0.1:{self.nodes[0].port}"
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "ValkeyCluster":
        async with AsyncExitStack() as stack:
            for n, node in enumerate(self.nodes):
                stack.push_async_callback(node.stop)
                await node.start()
                await node.ask("CLUSTER", "ADDSLOTSRANGE", SLOTS * n // NODES, SLOTS * (n + 1) // NODES - 1)
                await node.ask("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
                await self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port)
            await self.whole()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def whole(self) -> None:
        """Wait until every node sees every other one and all slots."""
        async with asyncio.timeout(20):
            for node in self.nodes:
                while not await _is_whole(node):
                    await asyncio.sleep(0.02)

    async def owner(self, key: str) -> ValkeyNode:
        """The node that owns the slot of a key now."""
        slot = await self.nodes[0].ask("CLUSTER", "KEYSLOT", key)
        for first, last, (_, port, *_), *_ in await self.nodes[0].ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        raise AssertionError("the slot has no owner")

    async def move(self, key: str, to: ValkeyNode) -> None:
        """Give the slot of a key to another node, as an operator does, without what it holds."""
        slot = await to.ask("CLUSTER", "KEYSLOT", key)
        name = await to.ask("CLUSTER", "MYID")
        await (await self.owner(key)).ask("FLUSHALL")
        for node in (to, *(each for each in self.nodes if each is not to)):
            await node.ask("CLUSTER", "SETSLOT", slot, "NODE", name)

    async def empty(self) -> None:
        """Throw away everything that the nodes hold."""
        for node in self.nodes:
            await node.ask("FLUSHALL")


async def _is_whole(node: ValkeyNode) -> bool:
    with suppress(RedisError):
        info = await node.ask("CLUSTER", "INFO")
        facts = dict(line.split(":") for line in info.decode().split()) if isinstance(info, bytes) else info
        wanted = {"cluster_state": "ok", "cluster_slots_ok": str(SLOTS), "cluster_known_nodes": str(NODES)}
        return wanted.items() <= facts.items()
    return False


def free_ports(number: int) -> list[int]:
    """So many different TCP ports that nobody uses now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
