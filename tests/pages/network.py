"""The way between a phone and the server: a TCP relay on the loopback that a test cuts and mends.

A browser that is told to be offline refuses requests but leaves open sockets alone, as no real network does.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Network:
    """Relays every link to a port of the loopback; runs on a loop of its own, in a thread of its own."""

    def __init__(self, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self.port = 0
        self._to_port = port
        self._loop = loop
        self._is_up = True
        self._links: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The server's address on this side of the relay."""
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> asyncio.Server:
        """Take links on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def cut(self) -> None:
        """Break every link, and refuse new ones until `mend`."""
        self._loop.call_soon_threadsafe(self._set, False)

    def mend(self) -> None:
        """Let links through again."""
        self._loop.call_soon_threadsafe(self._set, True)

    def _set(self, is_up: bool) -> None:
        self._is_up = is_up
        if not is_up:
            for link in self._links:
                link.transport.abort()

    async def _serve(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        if not self._is_up:
            sink.transport.abort()
            return
        with suppress(OSError):
            up_source, up_sink = await asyncio.open_connection("127.0.0.1", self._to_port)
            await asyncio.gather(self._pump(source, up_sink), self._pump(up_source, sink))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._links.add(sink)
        try:
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        except OSError:
            sink.transport.abort()
        finally:
            self._links.discard(sink)
            sink.close()


@contextmanager
def network_to(port: int) -> Iterator[Network]:
    """A network in front of a port of the loopback; over when the block is."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="network", daemon=True)
    thread.start()
    network = Network(port, loop)
    server = asyncio.run_coroutine_threadsafe(network.listen(), loop).result(5)
    try:
        yield network
    finally:
        network.cut()
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
