"""The end of sessions by time and by slowness, in virtual time: the real connection over a transport made by hand."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from courier_protocol import messages as m
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Decoder, encode_one
from dispatch.web import connection
from dispatch.web.courier_socket import CourierConnection
from simulator.virtual_time import run_virtual
from tests.support.hub import payload
from tests.support.planned_zone import LoopTicker
from tests.support.web import House, house

SERVER = Decoder("server", "json")
CLOSE = 0x88


class Line(asyncio.Transport):
    """A transport as the connection sees it; `stick` makes the peer take nothing any more."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []
        self.code: int | None = None
        self.answers_close = True
        self.gone = False
        self.unsent_bytes = 0
        self._is_stuck = False
        self.connection: CourierConnection

    def stick(self) -> None:
        self._is_stuck = True
        self.connection.pause_writing()

    def write(self, data: Any) -> None:
        if self._is_stuck:
            self.unsent_bytes += len(data)
        elif data[0] == CLOSE:
            self.code = int.from_bytes(data[2:4], "big")
            if self.answers_close:
                asyncio.get_running_loop().call_soon(self._say, Opcode.CLOSE, data[2:4])
        else:
            self.heard += SERVER.decode(payload(data))

    def get_write_buffer_size(self) -> int:
        return self.unsent_bytes

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return self.gone

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if not self.gone:
            self.gone = True
            asyncio.get_running_loop().call_soon(self.connection.connection_lost, None)

    def say(self, message: m.Message) -> None:
        self._say(Opcode.TEXT, encode_one(message, "json"))

    def _say(self, opcode: Opcode, data: bytes) -> None:
        if not self.gone:
            self.connection.data_received(Frame(opcode, data).serialize(mask=True))


@asynccontextmanager
async def call(h: House) -> AsyncIterator[Line]:
    """A phone's line to `/v1/courier`."""
    line = Line()
    line.connection = CourierConnection(line, "json", h.services, h.app.state.connections)
    yield line
    line.abort()
    await asyncio.sleep(0.01)
    assert len(h.app.state.connections) == 0


def virtually(test: Callable[[House, Line], Coroutine[Any, Any, None]]) -> None:
    async def doing() -> None:
        async with house(ticker=LoopTicker()) as h:
            await h.depot()
            await h.courier()
            async with call(h) as line:
                await test(h, line)

    run_virtual(doing())


def hello(h: House, **more: Any) -> m.Hello:
    return m.Hello(token=h.token("courier", "c1", **more), device_id="phone")


def test_who_says_nothing_is_closed() -> None:
    """Within the hello timeout of five seconds."""

    async def test(h: House, line: Line) -> None:
        await asyncio.sleep(4.9)
        assert line.code is None
        await asyncio.sleep(0.4)
        assert line.code == CloseCode.HELLO_TIMEOUT and line.gone

    virtually(test)


def test_a_silent_phone_is_closed() -> None:
    """After two missed heartbeats and a half; pings keep it open."""

    async def test(h: House, line: Line) -> None:
        line.say(hello(h))
        for n in range(5):
            await asyncio.sleep(10)
            line.say(m.Ping(n=n))
        await asyncio.sleep(19)
        assert line.code is None
        await asyncio.sleep(2)
        assert line.code == CloseCode.HEARTBEAT_TIMEOUT

    virtually(test)


def test_a_session_ends_with_its_token() -> None:
    """A refresh prolongs it; without one it is over when the token is."""

    async def test(h: House, line: Line) -> None:
        line.say(hello(h, hours=10 / 3600))
        await asyncio.sleep(1)
        line.say(m.Refresh(id="r", token=h.token("courier", "c1", hours=30 / 3600)))
        await asyncio.sleep(15)
        assert line.code is None
        for n in range(2):
            line.say(m.Ping(n=n))
            await asyncio.sleep(10)
        assert line.code == CloseCode.BAD_TOKEN

    virtually(test)


def test_a_hello_that_takes_too_long_to_check() -> None:
    """A database that hangs ends in a request to come back, and the late answer wakes nobody."""

    async def test(h: House, line: Line) -> None:
        async def slow(courier_id: str) -> int:
            await asyncio.sleep(7)
            return len(courier_id)

        h.store.next_generation = slow  # type: ignore[method-assign]
        line.say(hello(h))
        await asyncio.sleep(9)
        assert line.code == CloseCode.HELLO_TIMEOUT and h.hub.sessions["couriers"] == 0

    virtually(test)


def test_a_peer_that_answers_no_close_is_hung_up_on() -> None:
    """It is told why, and after two seconds it is gone."""

    async def test(h: House, line: Line) -> None:
        line.answers_close = False
        await asyncio.sleep(5.5)
        assert line.code == CloseCode.HELLO_TIMEOUT and not line.gone
        await asyncio.sleep(2.5)
        assert line.gone

    virtually(test)


def test_a_peer_that_takes_nothing_is_let_go() -> None:
    """The connection ends by itself when nothing was taken for too long, close frame or not."""

    async def test(h: House, line: Line) -> None:
        line.say(hello(h))
        await asyncio.sleep(1)
        assert h.hub.sessions["couriers"] == 1
        line.stick()
        for n in range(4):
            line.say(m.Ping(n=n))
            await asyncio.sleep(4.5)
        assert h.hub.sessions["couriers"] == 1
        await asyncio.sleep(connection.MAX_SEND_S - 18 + 3)
        assert h.hub.sessions["couriers"] == 0

    virtually(test)


def test_who_takes_things_again_stays() -> None:
    """A tunnel is no reason to come back."""

    async def test(h: House, line: Line) -> None:
        line.say(hello(h))
        await asyncio.sleep(1)
        line.connection.pause_writing()
        await asyncio.sleep(15)
        line.connection.resume_writing()
        line.say(m.Ping(n=1))
        await asyncio.sleep(15)
        assert line.code is None and h.hub.sessions["couriers"] == 1

    virtually(test)


def test_what_waits_for_a_peer_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that sends but does not read is a slow consumer long before its time is up."""
    monkeypatch.setattr(connection, "MAX_UNSENT_BYTES", 1_000)

    async def test(h: House, line: Line) -> None:
        line.say(hello(h))
        await asyncio.sleep(1)
        line.stick()
        for n in range(30):
            line.say(m.Ping(n=n))
        assert line.connection._closed_with is CloseCode.SLOW_CONSUMER and line.unsent_bytes < 1_500

    virtually(test)


def test_a_failure_of_ours_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong in a handler is logged with where it was; the phone is asked to come back."""

    async def test(h: House, line: Line) -> None:
        async def broken(courier_id: str) -> int:
            raise ZeroDivisionError

        h.store.next_generation = broken  # type: ignore[method-assign]
        line.say(hello(h))
        await asyncio.sleep(1)
        assert line.code == CloseCode.TRY_AGAIN and line.gone

    with caplog.at_level(logging.ERROR):
        virtually(test)
    assert "ZeroDivisionError" in caplog.text and "a courier session failed" in caplog.text
