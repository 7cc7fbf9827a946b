"""The end of sessions by time and by slowness, in virtual time: the real endpoint over a hand-made ASGI channel."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from courier_protocol import messages as m
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Decoder, encode_one
from dispatch.web import connection
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import LoopTicker
from tests.support.web import House, house

SERVER = Decoder("server", "json")


@dataclass
class Line:
    """One WebSocket as ASGI sees it; `stuck` makes the peer take nothing any more."""

    incoming: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    heard: list[Any] = field(default_factory=list)
    code: int | None = None
    stuck: bool = False

    async def receive(self) -> dict[str, Any]:
        return await self.incoming.get()

    async def send(self, event: Any) -> None:
        if self.stuck:
            await asyncio.sleep(1e9)
        if event["type"] == "websocket.send":
            self.heard += SERVER.decode(event["text"])
        if event["type"] == "websocket.close":
            self.code = event["code"]
            self.incoming.put_nowait({"type": "websocket.disconnect", "code": self.code})

    def say(self, message: m.Message) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": encode_one(message, "json").decode()})


@asynccontextmanager
async def call(h: House) -> AsyncIterator[Line]:
    """A phone's line to `/v1/courier`."""
    line = Line()
    line.incoming.put_nowait({"type": "websocket.connect"})
    scope = {
        "type": "websocket",
        "path": "/v1/courier",
        "headers": [],
        "query_string": b"",
        "subprotocols": ["courier.v1.json"],
        "app": h.app,
    }
    serving = asyncio.create_task(h.app(scope, line.receive, line.send))
    yield line
    line.incoming.put_nowait({"type": "websocket.disconnect", "code": 1005})
    await asyncio.wait_for(serving, 60)
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
        await asyncio.sleep(0.2)
        assert line.code == CloseCode.HELLO_TIMEOUT

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


def test_a_peer_that_takes_nothing_is_let_go() -> None:
    """The connection ends by itself when a frame was on its way for too long, close frame or not."""

    async def test(h: House, line: Line) -> None:
        line.say(hello(h))
        await asyncio.sleep(1)
        assert h.hub.sessions["couriers"] == 1
        line.stuck = True
        line.say(m.Ping(n=1))
        await asyncio.sleep(connection.MAX_SEND_S + 2)
        assert h.hub.sessions["couriers"] == 0

    virtually(test)


def test_what_waits_for_a_peer_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that sends but does not read is a slow consumer long before its time is up."""
    monkeypatch.setattr(connection, "MAX_UNSENT", 20)

    async def test(h: House, line: Line) -> None:
        line.say(hello(h))
        await asyncio.sleep(1)
        (open_one,) = h.app.state.connections._open
        line.stuck = True
        for n in range(30):
            line.say(m.Ping(n=n))
        await asyncio.sleep(1)
        assert open_one._closing.code is CloseCode.SLOW_CONSUMER and len(open_one._unsent) == 0

    virtually(test)


def test_a_failure_of_ours_is_not_swallowed() -> None:
    """What goes wrong in a handler comes out of the endpoint, to be logged by the server; the session is gone."""

    async def doing() -> None:
        async with house(ticker=LoopTicker()) as h:

            async def broken(courier_id: str) -> int:
                raise ZeroDivisionError(courier_id)

            await h.courier()
            h.store.next_generation = broken  # type: ignore[method-assign]
            with pytest.raises(ZeroDivisionError):
                async with call(h) as line:
                    line.say(hello(h))
                    await asyncio.sleep(1)
            assert len(h.app.state.connections) == 0

    run_virtual(doing())
