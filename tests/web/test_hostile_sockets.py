"""Peers that are silent, endlessly slow, half dead, gone in the middle, or broken: each ends in time, nothing is left.

What takes the server's patience in real time is tried all at once, and every test looks at its own result.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio

from courier_protocol.close_codes import CloseCode
from dispatch.adapters.clocks import SystemTicker
from tests.support.web import House, eventually, house, listening
from tests.support.wire import CLOSE, GONE, PING, TEXT, Wire, closing, code_of, dial, fragments, frame, request
from tests.web.conformance_peer import LAST, SPEECHES, Speech, calling, ended, figures, in_session, settled

COURIER, LIVE = Speech("courier", "json"), Speech("live", "json")
PATIENCE_S = 7.0
"""More than the five seconds that a hello may take; a handshake has no right to more."""
HALF: bytes = b"GET /v1/courier HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"


# --- patience in real time -------------------------------------------------------------------------------------


async def _says_nothing(h: House, wire: Wire) -> int:
    del h
    return await _end_of_http(wire)


async def _half_a_request(h: House, wire: Wire) -> int:
    del h
    await wire.send(HALF)
    return await _end_of_http(wire)


async def _a_request_byte_by_byte(h: House, wire: Wire) -> int:
    del h

    async def drip() -> None:
        for byte in HALF + b"X: " + b"y" * 99:
            await wire.send(bytes((byte,)))
            await asyncio.sleep(0.1)

    return await _while_dripping(drip, _end_of_http(wire))


async def _no_hello(h: House, wire: Wire) -> int:
    del h
    await wire.send(request(COURIER.path, COURIER.name))
    assert await wire.answer() is not None
    return await _end_of(wire)


async def _a_hello_byte_by_byte(h: House, wire: Wire) -> int:
    await wire.send(request(LIVE.path, LIVE.name))
    assert await wire.answer() is not None

    async def drip() -> None:
        for byte in LIVE.hello(h):
            await wire.send(bytes((byte,)))
            await asyncio.sleep(0.1)

    return await _while_dripping(drip, _end_of(wire))


async def _pings_instead_of_a_hello(h: House, wire: Wire) -> int:
    del h
    await wire.send(request(COURIER.path, COURIER.name))
    assert await wire.answer() is not None

    async def drip() -> None:
        while True:
            await wire.send(frame(PING, b"still here"))
            await asyncio.sleep(0.2)

    return await _while_dripping(drip, _end_of(wire))


async def _no_answer_to_the_close(h: House, wire: Wire) -> int:
    del h
    await wire.send(request(COURIER.path, COURIER.name))
    assert await wire.answer() is not None
    await wire.send(frame(TEXT, b"{"))
    code = await _end_of(wire)
    await wire.hung_up(PATIENCE_S)
    return code


async def _end_of(wire: Wire) -> int:
    """The code of the end; GONE without a close frame, also where HTTP says why (408)."""
    while (came := await wire.message(PATIENCE_S)) is not None and came.opcode != CLOSE:
        pass
    return code_of(came)


async def _end_of_http(wire: Wire) -> int:
    await wire.hung_up(PATIENCE_S)
    return GONE


async def _while_dripping(drip: Callable[[], Coroutine[Any, Any, None]], end: Awaitable[int]) -> int:
    dripping = asyncio.create_task(drip())
    try:
        return await end
    finally:
        dripping.cancel()


TRIALS = {
    "nothing": (_says_nothing, GONE),
    "half a request": (_half_a_request, GONE),
    "a request byte by byte": (_a_request_byte_by_byte, GONE),
    "no hello": (_no_hello, CloseCode.HELLO_TIMEOUT),
    "a hello byte by byte": (_a_hello_byte_by_byte, CloseCode.HELLO_TIMEOUT),
    "pings instead of a hello": (_pings_instead_of_a_hello, CloseCode.HELLO_TIMEOUT),
    "no answer to the close": (_no_answer_to_the_close, CloseCode.PROTOCOL_ERROR),
}
"""What is tried, and how it has to end within `PATIENCE_S`."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes() -> dict[str, int | None]:
    """How each trial ended, all at once on one server: the code, or None when its time was over first."""
    async with house() as h, listening(h) as address:
        await h.courier()

        async def run(trial: Callable[[House, Wire], Awaitable[int]]) -> int | None:
            async with dial(address) as wire:
                try:
                    return await asyncio.wait_for(trial(h, wire), PATIENCE_S)
                except TimeoutError:
                    return None

        codes = await asyncio.gather(*(run(trial) for trial, _ in TRIALS.values()))
        return dict(zip(TRIALS, codes, strict=True))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", list(TRIALS))
async def test_the_server_s_patience_ends(outcomes: dict[str, int | None], name: str) -> None:
    """Silence, or a drip that never becomes a request, a hello or the answer to a close, holds no socket for ever."""
    assert outcomes[name] == TRIALS[name][1]


# --- patience in technical time --------------------------------------------------------------------------------


class SkippingTicker(SystemTicker):
    """Technical time that a test may put forward; who sleeps wakes when the moment has come."""

    def __init__(self) -> None:
        self._skipped_ms = 0
        self._skips = asyncio.Event()

    def mono_ms(self) -> int:
        return super().mono_ms() + self._skipped_ms

    async def sleep(self, seconds: float) -> None:
        until_ms = self.mono_ms() + seconds * 1_000
        while (left_ms := until_ms - self.mono_ms()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._skips.wait(), left_ms / 1_000)

    def skip(self, ms: int) -> None:
        self._skipped_ms += ms
        self._skips.set()
        self._skips = asyncio.Event()


async def test_a_frame_that_never_becomes_whole() -> None:
    """Bytes of a frame, one by one, are no sign of life: the heartbeat's deadline ends the session."""
    ticker = SkippingTicker()
    async with house(ticker=ticker) as h, listening(h) as address:
        await h.courier()
        for speech in SPEECHES:
            async with in_session(h, address, speech) as peer:
                for byte in speech.message(1, 1_000)[:22]:
                    await peer.send(bytes((byte,)))
                    ticker.skip(1_000)
                    await asyncio.sleep(0.005)
                while (came := await peer.wire.message()) is not None and came.opcode != CLOSE:
                    peer.heard.take(speech, came)
                assert code_of(came) == CloseCode.HEARTBEAT_TIMEOUT
        await eventually(lambda: len(h.app.state.connections) == 0)
        assert await ended(h, ["heartbeat_timeout"]) == len(SPEECHES)


async def test_a_peer_that_is_half_open(h: House, address: str) -> None:
    """It has shut down its side, and means it: the session is over, whoever waits for what."""
    async with in_session(h, address, COURIER) as peer:
        peer.wire.writer.write_eof()
        await peer.until_end()
    await settled(h)
    assert await ended(h, ["link_lost"]) == 1


# --- gone in the middle ----------------------------------------------------------------------------------------

MIDDLES: dict[str, list[bytes]] = {
    "of nothing": [],
    "of a frame's head": [b"\x81"],
    "of a length": [b"\x81\xfe\x01"],
    "of a payload": [COURIER.message(1, 60_000)[:30_000]],
    "of a message": fragments(TEXT, [b"{", b"}"])[:1],
    "of a close": [closing(1000)[:3]],
    "of two messages": [COURIER.message(1) + COURIER.message(2)[:9]],
    "of what is closed already": [frame(TEXT, b"{")],
}


@pytest.mark.parametrize("how", ["reset", "end"])
@pytest.mark.parametrize("middle", MIDDLES)
async def test_gone_in_the_middle(h: House, address: str, middle: str, how: str) -> None:
    """Wherever a link breaks, the session is over and counted once, and the courier may come back at once."""
    async with in_session(h, address, COURIER) as peer:
        await peer.send(*MIDDLES[middle])
        if how == "reset":
            peer.wire.reset()
    assert await settled(h) == 1
    async with in_session(h, address, COURIER) as peer:
        await peer.send(COURIER.message(LAST))
        await peer.until_pong(LAST)


async def test_two_hundred_that_come_and_go(h: House, address: str) -> None:
    """At every stage of a session somebody disappears: no socket, session or task is left, and each one is counted."""
    before, stages = len(asyncio.all_tasks()), 5

    async def come_and_go(n: int) -> None:
        speech = SPEECHES[n % len(SPEECHES)]
        async with calling(address, speech) as peer:
            steps = (HALF, request(speech.path, speech.name), speech.hello(h), speech.message(1))
            for step in steps[1 : n % stages + 1] if n % stages else steps[:1]:
                await peer.send(step)
                await asyncio.sleep(0.01)
            if n % 2:
                peer.wire.reset()

    for _ in range(4):
        async with asyncio.TaskGroup() as group:
            for n in range(50):
                group.create_task(come_and_go(n))
    await settled(h)
    await eventually(lambda: len(asyncio.all_tasks()) <= before)
    assert h.hub.sessions == {"couriers": 0, "staff": 0, "shoppers": 0}
    assert await ended(h) >= 120  # who sent nothing or half a request was no session, whoever was quick may be none


# --- what is broken leaves no trace but a count ----------------------------------------------------------------

BROKEN = {
    "no UTF-8": frame(TEXT, b'{"t":"\xff"}'),
    "a reserved bit": frame(TEXT, b"{}", rsv=4),
    "no mask": frame(TEXT, b"{}", mask=None),
    "too large": frame(TEXT, length=2**62),
    "a bad close": closing(1005),
    "no JSON": frame(TEXT, b"{"),
    "rubbish": bytes(range(256)),
}


async def test_what_is_broken_fills_no_log(h: House, address: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever sends rubbish is counted in `/metrics`; no line of the log is theirs."""
    caplog.set_level(logging.WARNING)
    for sent in BROKEN.values():
        async with in_session(h, address, COURIER) as peer:
            await peer.send(sent)
            await peer.until_end()
    assert await settled(h) == len(BROKEN)
    assert caplog.messages == []


async def test_what_the_socket_refused_is_told_from_a_lost_link(h: House, address: str) -> None:
    """A tunnel and a broken client are two things: 1002, 1007 and 1009 are not counted as `link_lost`."""
    for name in ("no UTF-8", "a reserved bit", "too large"):
        async with in_session(h, address, COURIER) as peer:
            await peer.send(BROKEN[name])
            await peer.until_end()
    await settled(h)
    assert (await figures(h, "dispatch_channel_sessions_ended_total"))["link_lost"] == 0
    assert await ended(h) == 3
