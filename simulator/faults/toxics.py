"""A TCP proxy between two parts of the service, and what can be wrong with a network.

The kinds of trouble, and their names, are those of Shopify's toxiproxy: latency, down, bandwidth, slow_close, timeout,
reset_peer, slicer and limit_data. A toxic acts on links that are open already and on those to come, until it is taken
away. A proxy may stand before several servers: each new link goes to the next of them that takes it.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal, Self

CHUNK_BYTES = 16_384
CONNECT_WITHIN_S = 3.0
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: the kernel then ends the connection with RST."""

Direction = Literal["up", "down"]
"""up: from the client to the server."""
Address = tuple[str, int] | Path
"""Host and port, or a Unix socket."""


@dataclass(frozen=True, slots=True)
class Toxic:
    """Trouble of one kind. Fields that a kind does not use stay 0."""

    kind: Literal["latency", "down", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"]
    latency_s: float = 0.0
    """Latency: every piece comes so much later; slow_close: so does the end."""
    jitter_s: float = 0.0
    bytes_per_s: float = 0.0
    after_s: float = 0.0
    """timeout: nothing passes, and the link is closed after this (0: never); reset_peer: RST after this."""
    piece_bytes: int = 0
    most_bytes: int = 0
    """limit_data: the link is closed after so many bytes in one direction."""


LATENCY = Toxic("latency", latency_s=0.15, jitter_s=0.1)
DOWN = Toxic("down")
BANDWIDTH = Toxic("bandwidth", bytes_per_s=64_000)
SLOW_CLOSE = Toxic("slow_close", latency_s=1.0)
TIMEOUT = Toxic("timeout")
RESET_PEER = Toxic("reset_peer", after_s=0.3)
SLICER = Toxic("slicer", piece_bytes=64, latency_s=0.0005)
LIMIT_DATA = Toxic("limit_data", most_bytes=20_000)
ALL = (LATENCY, DOWN, BANDWIDTH, SLOW_CLOSE, TIMEOUT, RESET_PEER, SLICER, LIMIT_DATA)


class ToxicProxy:
    """`async with ToxicProxy([address, ...]) as proxy`: clients use 127.0.0.1 and `proxy.port`."""

    def __init__(self, upstreams: Sequence[Address], seed: int = 0) -> None:
        self.upstreams = list(upstreams)
        self.links: Counter[str] = Counter(made=0, refused=0, failed=0)
        self.busy: Counter[Address] = Counter()
        """Open links by server."""
        self.port = 0
        self.toxic: Toxic | None = None
        self.chance = Random(seed)
        self._turn = 0
        self._open: set[_Link] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None  # noqa: S101 (it was entered)
        self._server.close()
        self.cut()

    def poison(self, toxic: Toxic | None) -> None:
        """Let this be wrong from now on; None: let all be well, for links that were silenced, too."""
        self.toxic = toxic
        for link in tuple(self._open):
            link.poisoned(toxic)

    def cut(self) -> None:
        """Reset every open link."""
        for link in tuple(self._open):
            link.end(reset=True)

    async def _serve(self, down_in: asyncio.StreamReader, down_out: asyncio.StreamWriter) -> None:
        toxic = self.toxic
        if toxic and toxic.kind == "down":
            self.links["refused"] += 1
            down_out.transport.abort()
            return
        upstream = await self._connect()
        if upstream is None:
            self.links["failed"] += 1
            down_out.transport.abort()
            return
        address, up_in, up_out = upstream
        link = _Link(self, down_out, up_out)
        self.busy[address] += 1
        self._open.add(link)
        self.links["made"] += 1
        try:
            await link.run(down_in, up_in)
        finally:
            self.busy[address] -= 1
            self._open.discard(link)

    async def _connect(self) -> tuple[Address, asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A link to the next server that takes one."""
        for _ in self.upstreams:
            self._turn += 1
            address = self.upstreams[self._turn % len(self.upstreams)]
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_WITHIN_S):
                    if isinstance(address, Path):
                        return address, *await asyncio.open_unix_connection(address)
                    return address, *await asyncio.open_connection(*address)
        return None


class _Link:
    """One client's link, with a pump in each direction."""

    def __init__(self, proxy: ToxicProxy, down_out: asyncio.StreamWriter, up_out: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._ends = {"up": up_out, "down": down_out}
        self._passed: Counter[str] = Counter()
        self._flows = asyncio.Event()
        self._over = asyncio.Event()
        self._reset = False
        self._timer: asyncio.TimerHandle | None = None
        self.poisoned(proxy.toxic)

    async def run(self, down_in: asyncio.StreamReader, up_in: asyncio.StreamReader) -> None:
        """Pass bytes on in both directions until one side ends, or the trouble says so."""
        tasks = [
            asyncio.create_task(self._pump("up", down_in)),
            asyncio.create_task(self._pump("down", up_in)),
            asyncio.create_task(self._over.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            toxic = self._proxy.toxic
            if toxic and toxic.kind == "slow_close" and not self._reset:
                await asyncio.wait(tasks[2:], timeout=toxic.latency_s)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._close()

    def poisoned(self, toxic: Toxic | None) -> None:
        """The trouble has changed."""
        if self._timer:
            self._timer.cancel()
        kind, after_s = (toxic.kind, toxic.after_s) if toxic else ("", 0.0)
        if kind == "timeout":
            self._flows.clear()
        else:
            self._flows.set()
        if kind == "down":
            self.end(reset=False)
        elif kind == "reset_peer":
            self._timer = _later(after_s, lambda: self.end(reset=True))
        elif kind == "timeout" and after_s:
            self._timer = _later(after_s, lambda: self.end(reset=False))

    def end(self, *, reset: bool) -> None:
        """Close both sides."""
        self._reset = self._reset or reset
        self._over.set()

    async def _pump(self, direction: Direction, source: asyncio.StreamReader) -> None:
        sink = self._ends[direction]
        with suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                await self._flows.wait()
                for piece in self._pieces(data):
                    await self._hold_up(len(piece))
                    sink.write(piece)
                    await sink.drain()
                if self._is_spent(direction, len(data)):
                    return

    def _pieces(self, data: bytes) -> list[bytes]:
        toxic = self._proxy.toxic
        size = toxic.piece_bytes if toxic and toxic.piece_bytes else len(data)
        return [data[start : start + size] for start in range(0, len(data), size)]

    async def _hold_up(self, length_bytes: int) -> None:
        toxic = self._proxy.toxic
        if toxic is None or toxic.kind == "slow_close":
            return
        delay_s = toxic.latency_s + self._proxy.chance.uniform(-toxic.jitter_s, toxic.jitter_s)
        if toxic.bytes_per_s:
            delay_s += length_bytes / toxic.bytes_per_s
        if delay_s > 0:
            await asyncio.sleep(delay_s)

    def _is_spent(self, direction: Direction, length_bytes: int) -> bool:
        toxic = self._proxy.toxic
        if toxic is None or not toxic.most_bytes:
            return False
        self._passed[direction] += length_bytes
        return self._passed[direction] >= toxic.most_bytes

    def _close(self) -> None:
        if self._timer:
            self._timer.cancel()
        for end in self._ends.values():
            if self._reset:
                _prepare_reset(end)
                end.transport.abort()
            else:
                end.close()


def _later(after_s: float, act: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(after_s, act)


def _prepare_reset(end: asyncio.StreamWriter) -> None:
    link = end.get_extra_info("socket")
    if link is not None and link.family != socket.AF_UNIX:
        with suppress(OSError):
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
