"""Peers that send as much as they can, or read as little: they end by a code, and cost nobody else time or memory.

The flooders are processes of their own. Memory is what Python's own allocations grow by while it goes on.
"""

import asyncio
import statistics
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from courier_protocol.close_codes import CloseCode
from dispatch.web import connection
from tests.support.web import HOME, House, eventually, staff_client
from tests.support.wire import CLOSE, CONT, PING, WITHIN_S, code_of, frame, request
from tests.web.conformance_peer import LAST, Speech, calling, ended, figures, in_session, settled

ROOT = Path(__file__).parents[2]
COURIER, LIVE = Speech("courier", "json"), Speech("live", "json")
FLOODS = {
    "messages": COURIER.message(1) * 1_000,
    "ping frames": frame(PING, b"are you there?") * 1_000,
}
FLOOD_S = 0.8
MAX_LATE_MS = 20.0
FAR = {"lat": HOME.lat, "lon": HOME.lon, "address": "a" * 500}
"""An address as long as may be, so that changes add up."""
MIB = 1 << 20


@asynccontextmanager
async def flooded(
    h: House, address: str, repeated: bytes, how: str = "reads", seconds: float = FLOOD_S
) -> AsyncIterator[None]:
    """While somebody floods; leaves when they have ended."""
    command = ("-m", "tests.web.wire_flood", address, str(seconds), how)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdin=pipe, stdout=pipe)
    said = (request(COURIER.path, COURIER.name), COURIER.hello(h), repeated)
    flooding = asyncio.create_task(process.communicate("\n".join(line.hex() for line in said).encode()))
    try:
        await eventually(lambda: h.hub.sessions["couriers"])
        yield
    finally:
        await flooding


async def lateness_ms(seconds: float) -> float:
    """How late a timer of the event loop is, at the 95th percentile."""
    loop, late = asyncio.get_running_loop(), []
    until_s = loop.time() + seconds
    while (before_s := loop.time()) < until_s:
        await asyncio.sleep(0.005)
        late.append((loop.time() - before_s - 0.005) * 1_000)
    return statistics.quantiles(late, n=20)[-1] if len(late) > 1 else late[0]


@contextmanager
def bounded_by(most_bytes: int) -> Iterator[None]:
    """What happens in here never holds more than so many bytes beyond what was held before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield
        assert tracemalloc.get_traced_memory()[1] - before < most_bytes
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_ends_with_the_rate_code(h: House, address: str, kind: str) -> None:
    """Whoever floods is told to come back and send fewer, each time."""
    async with flooded(h, address, FLOODS[kind]):
        pass
    await eventually(lambda: len(h.app.state.connections) == 0)
    assert await ended(h, ["rate_exceeded"]) > 0


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_does_not_delay_others(h: House, address: str, kind: str) -> None:
    """Timers of the event loop stay punctual to 20 ms beyond this machine's usual; the better of two."""
    usual_ms, late_ms = await lateness_ms(0.3), float("inf")
    for _ in range(2):
        async with flooded(h, address, FLOODS[kind]):
            late_ms = min(late_ms, await lateness_ms(FLOOD_S - 0.2))
        if late_ms < usual_ms + MAX_LATE_MS:
            break
    assert late_ms < usual_ms + MAX_LATE_MS


async def test_pongs_that_nobody_reads_are_bounded(h: House, address: str) -> None:
    """A peer that pings at full length and never reads: what waits for it stays small, however long it goes on."""
    with bounded_by(3 * MIB // 2):
        async with flooded(h, address, frame(PING, b"x" * 125) * 200, "deaf", 2.0):
            pass


async def test_answers_that_nobody_reads_are_bounded(h: House, address: str) -> None:
    """10,000 of our pings without reading a pong: the session ends, and the server goes on for others."""
    with bounded_by(4 * MIB):
        async with in_session(h, address, COURIER, receives_bytes=4_096) as peer:
            for _ in range(20):
                peer.wire.writer.write(COURIER.message(1, 200) * 500)
            async with in_session(h, address, LIVE) as other:
                async with asyncio.timeout(WITHIN_S):
                    while not await ended(h):
                        await asyncio.sleep(0.01)
                await other.send(LIVE.message(LAST))
                await other.until_pong(LAST)
    assert await ended(h, ["rate_exceeded", "slow_consumer"]) == 1


async def test_a_watcher_that_never_reads(h: House, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Much happens, one watcher takes nothing: it is let go as a slow consumer, and the other one has seen it all."""
    monkeypatch.setattr(connection, "MAX_SEND_S", 0.5)
    with bounded_by(16 * MIB):
        async with in_session(h, address, LIVE, receives_bytes=2_048), staff_client(h, address) as staff:
            seen: set[str] = set()

            async def watch() -> None:
                async for message in staff.messages():
                    seen.update(order.id for order in getattr(message, "orders", ()))

            watching, placed = asyncio.create_task(watch()), set()
            async with asyncio.timeout(20):
                while not await ended(h, ["slow_consumer"]):
                    more = await asyncio.gather(*(h.order(dropoff=FAR) for _ in range(20)))
                    placed.update(order["id"] for order in more)
            await eventually(lambda: placed <= seen)
            watching.cancel()
    assert await ended(h, ["slow_consumer"]) == 1


async def test_a_length_that_is_only_declared_costs_nothing(h: House, address: str) -> None:
    """A hundred peers announce the largest frame and send one byte of it: nothing is set aside for the rest."""
    with bounded_by(6 * MIB):
        async with asyncio.TaskGroup() as group:
            for _ in range(100):
                group.create_task(_announce(address))
    await settled(h)
    assert (await figures(h, "dispatch_channel_sessions_ended_total"))["link_lost"] == 100


async def _announce(address: str) -> None:
    async with calling(address, COURIER) as peer:
        await peer.send(request(COURIER.path, COURIER.name))
        assert await peer.wire.answer() is not None
        await peer.send(frame(COURIER.opcode, b" ", length=131_072))
        await asyncio.sleep(0.3)


async def test_empty_fragments_without_end(h: House, address: str) -> None:
    """Thousands of fragments of nothing keep little: what they belong to arrives in the end, or the session is over."""
    with bounded_by(4 * MIB):
        async with in_session(h, address, COURIER) as peer:
            await peer.send(frame(COURIER.opcode, fin=False), *[frame(CONT, fin=False) * 1_000] * 20)
            await peer.send(frame(CONT, COURIER.ping(LAST)))
            while LAST not in peer.heard.numbers:
                came = await peer.wire.message()
                if came is None or came.opcode == CLOSE:
                    assert code_of(came) in {1002, 1008, 1009, CloseCode.RATE_EXCEEDED, CloseCode.FRAME_TOO_BIG}
                    break
                peer.heard.take(COURIER, came)
