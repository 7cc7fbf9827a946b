"""A TCP proxy on the loopback that treats its first links badly, in ways drawn from a seed, and all later ones well."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

FATES = ("refuse", "cut", "cut", "stall", "delay", "half_close_up", "half_close_down")
CHUNK_BYTES = 512
LIVES_S = (0.0, 1.2)
STALLS_S = (0.2, 1.5)
DELAYS_S = (0.01, 0.2)


class FlakyProxy:
    """`bad_links` links come to a bad end each: cut, stalled and then cut, slow, closed in one direction, or refused.

    `seen` counts the fates of links. `cut_all` breaks what is open and lets later links alone.
    """

    def __init__(self, port: int, seed: int, bad_links: int) -> None:
        self.seen: Counter[str] = Counter()
        self._port = port
        self._chance = Random(seed)
        self._bad_links = bad_links
        self._links: set[asyncio.Task[None]] = set()

    async def serve(self, down_in: asyncio.StreamReader, down_out: asyncio.StreamWriter) -> None:
        """Pass one link on until its end."""
        fate = self._chance.choice(FATES) if self.seen.total() < self._bad_links else "good"
        self.seen[fate] += 1
        task = asyncio.create_task(self._pass_on(fate, down_in, down_out))
        self._links.add(task)
        task.add_done_callback(self._links.discard)
        with suppress(OSError, asyncio.CancelledError):
            await task
        down_out.transport.abort()

    def cut_all(self) -> None:
        """Break every link, and be good from now on."""
        self._bad_links = 0
        for task in self._links:
            task.cancel()

    async def _pass_on(self, fate: str, down_in: asyncio.StreamReader, down_out: asyncio.StreamWriter) -> None:
        if fate == "refuse":
            return
        up_in, up_out = await asyncio.open_connection("127.0.0.1", self._port)
        gate = Gate(self._chance.uniform(*DELAYS_S) if fate == "delay" else 0.0)
        pumps = {
            "up": asyncio.create_task(gate.pump(down_in, up_out)),
            "down": asyncio.create_task(gate.pump(up_in, down_out)),
        }
        try:
            if fate == "good":
                await asyncio.wait(pumps.values(), return_when=asyncio.FIRST_COMPLETED)
            else:
                await self._end_badly(fate, gate, pumps, {"up": up_out, "down": down_out})
        finally:
            for pump in pumps.values():
                pump.cancel()
            await asyncio.gather(*pumps.values(), return_exceptions=True)
            up_out.transport.abort()

    async def _end_badly(
        self, fate: str, gate: "Gate", pumps: dict[str, asyncio.Task[None]], ends: dict[str, asyncio.StreamWriter]
    ) -> None:
        await asyncio.wait(pumps.values(), timeout=self._chance.uniform(*LIVES_S), return_when=asyncio.FIRST_COMPLETED)
        if fate == "stall":
            gate.open.clear()
            await asyncio.sleep(self._chance.uniform(*STALLS_S))
        elif fate.startswith("half_close"):
            direction = fate.removeprefix("half_close_")
            pumps[direction].cancel()
            with suppress(OSError):
                ends[direction].write_eof()
            await asyncio.wait([pumps["down" if direction == "up" else "up"]], timeout=STALLS_S[1])


class Gate:
    """What both directions of a link share: whether anything passes, and after how many seconds."""

    def __init__(self, delay_s: float) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self._delay_s = delay_s

    async def pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Pass bytes on, a few at a time, so that a cut falls into the middle of frames."""
        while data := await source.read(CHUNK_BYTES):
            await self.open.wait()
            await asyncio.sleep(self._delay_s)
            sink.write(data)
            await sink.drain()


@asynccontextmanager
async def flaky_proxy(port: int, seed: int, bad_links: int) -> AsyncIterator[tuple[FlakyProxy, str]]:
    """(proxy, `host:port` where it listens) in front of a loopback port."""
    proxy = FlakyProxy(port, seed, bad_links)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    host, own_port = server.sockets[0].getsockname()[:2]
    try:
        yield proxy, f"{host}:{own_port}"
    finally:
        server.close()
        proxy.cut_all()
        await server.wait_closed()
