"""The proxy that stands between two parts of the service in the fault tests does what each toxic says."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest

from simulator.faults.toxics import LATENCY, SLICER, Toxic, ToxicProxy

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes."""
    with closing(writer):
        while data := await reader.read(4096):
            writer.write(data)


@asynccontextmanager
async def proxied(servers: int = 1) -> AsyncIterator[ToxicProxy]:
    """A proxy before servers that send back what comes."""
    behind = [await asyncio.start_server(echo, "127.0.0.1", 0) for _ in range(servers)]
    async with ToxicProxy([server.sockets[0].getsockname()[:2] for server in behind]) as proxy:
        yield proxy
    for server in behind:
        server.close()


async def linked(proxy: ToxicProxy) -> Link:
    """A link through the proxy, through which something has passed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"hello") == b"hello"
    return reader, writer


async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> bytes:
    """What comes back."""
    writer.write(data)
    return await asyncio.wait_for(reader.readexactly(len(data)), 5)


async def test_latency_delays_what_passes() -> None:
    """Both directions are slower, on a link that was open before; afterwards it is fast again."""
    async with proxied() as proxy:
        reader, writer = await linked(proxy)
        proxy.poison(Toxic("latency", latency_s=0.1))
        began_s = time.monotonic()
        assert await said(reader, writer, b"x") == b"x"
        assert time.monotonic() - began_s >= 0.2
        proxy.poison(None)
        began_s = time.monotonic()
        assert await said(reader, writer, b"x") == b"x"
        assert time.monotonic() - began_s < 0.1
        writer.close()


async def test_down_breaks_links_and_refuses_new_ones() -> None:
    """The open link ends, a new one ends at once, and when the server is back all is well."""
    async with proxied() as proxy:
        reader, writer = await linked(proxy)
        proxy.poison(Toxic("down"))
        assert await asyncio.wait_for(reader.read(1), 2) == b""
        writer.close()
        new, late = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await new.readexactly(1)
        late.close()
        assert proxy.links["refused"] == 1
        proxy.poison(None)
        (await linked(proxy))[1].close()


async def test_timeout_silences_a_link_and_closes_it() -> None:
    """Nothing passes; without an end what was sent comes when the trouble is over; with one the link is closed."""
    async with proxied() as proxy:
        reader, writer = await linked(proxy)
        proxy.poison(Toxic("timeout"))
        writer.write(b"late")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(4), 0.3)
        proxy.poison(None)
        assert await asyncio.wait_for(reader.readexactly(4), 2) == b"late"
        proxy.poison(Toxic("timeout", after_s=0.1))
        assert await asyncio.wait_for(reader.read(1), 2) == b""
        writer.close()


async def test_reset_peer_ends_a_link_with_a_reset() -> None:
    """The client sees a reset, not an orderly end."""
    async with proxied() as proxy:
        reader, writer = await linked(proxy)
        proxy.poison(Toxic("reset_peer", after_s=0.05))
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.readexactly(1), 2)
        writer.close()


async def test_bandwidth_limits_what_passes() -> None:
    """20 kB at 100 kB/s take a fifth of a second in each direction."""
    async with proxied() as proxy:
        reader, writer = await linked(proxy)
        proxy.poison(Toxic("bandwidth", bytes_per_s=100_000))
        began_s = time.monotonic()
        assert await said(reader, writer, b"x" * 20_000) == b"x" * 20_000
        assert time.monotonic() - began_s >= 0.2
        writer.close()


async def test_limit_data_closes_after_so_many_bytes() -> None:
    """The link ends, perhaps in the middle of an answer."""
    async with proxied() as proxy:
        reader, writer = await linked(proxy)
        proxy.poison(Toxic("limit_data", most_bytes=1_000))
        writer.write(b"x" * 5_000)
        got = await asyncio.wait_for(reader.read(), 2)
        assert len(got) < 5_000
        writer.close()


async def test_slicer_changes_nothing_but_the_pieces() -> None:
    """What comes out is what went in."""
    async with proxied() as proxy:
        reader, writer = await linked(proxy)
        proxy.poison(SLICER)
        data = bytes(range(256)) * 4
        assert await said(reader, writer, data) == data
        writer.close()


async def test_slow_close_delays_the_end() -> None:
    """The server has ended, and the client hears of it later."""
    async with proxied() as proxy:
        reader, writer = await linked(proxy)
        proxy.poison(Toxic("slow_close", latency_s=0.3))
        began_s = time.monotonic()
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 2) == b""
        assert time.monotonic() - began_s >= 0.3
        writer.close()


async def test_a_link_goes_to_a_server_that_takes_it() -> None:
    """Of two servers one is gone: every new link lands on the other one."""
    async with proxied(2) as proxy:
        with closing(await asyncio.start_server(echo, "127.0.0.1", 0)) as gone:
            proxy.upstreams[0] = gone.sockets[0].getsockname()[:2]
        links = [await linked(proxy) for _ in range(4)]
        assert proxy.links["made"] == 4
        proxy.poison(LATENCY)
        for _, writer in links:
            writer.close()
