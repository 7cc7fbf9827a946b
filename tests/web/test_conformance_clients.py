"""The clients of the `websockets` library, asyncio and blocking, against our channels: their defaults work."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync import client as blocking
from websockets.typing import Subprotocol

from courier_protocol.close_codes import CloseCode
from tests.support.web import House
from tests.web.conformance_peer import SPEECHES, Speech, ended

JSON = Speech("courier", "json")


def hello_of(h: House, speech: Speech) -> str | bytes:
    """The hello as the library takes it: str for text frames, bytes for binary ones."""
    return spoken(speech, speech.hello_message(h))


def spoken(speech: Speech, payload: bytes) -> str | bytes:
    return payload.decode() if speech.encoding == "json" else payload


def numbers_in(speech: Speech, told: str | bytes) -> Iterator[int]:
    """The numbers of the pongs in a frame of the server; also checks that it came as the right kind of frame."""
    assert isinstance(told, str if speech.encoding == "json" else bytes)
    messages = speech.decode(told.encode() if isinstance(told, str) else told)
    for message in messages if isinstance(messages, list) else [messages]:
        if message["t"] == "pong":
            yield message["n"]


async def answered(socket: ClientConnection, speech: Speech, n: int) -> None:
    async with asyncio.timeout(5):
        while n not in numbers_in(speech, await socket.recv()):
            pass


@contextlib.asynccontextmanager
async def in_session(h: House, address: str, speech: Speech) -> AsyncIterator[ClientConnection]:
    """A socket with the library's defaults, and the hello on its way."""
    offered = [Subprotocol("nothing"), Subprotocol(speech.name)]
    async with connect(f"ws://{address}{speech.path}", subprotocols=offered) as socket:
        await socket.send(hello_of(h, speech))
        yield socket


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.name)
async def test_its_defaults(h: House, address: str, speech: Speech) -> None:
    """Our subprotocol is taken, the compression that it offers is declined, and messages go both ways."""
    offered = [Subprotocol("nothing"), Subprotocol(speech.name)]
    async with connect(f"ws://{address}{speech.path}", subprotocols=offered) as socket:
        assert socket.subprotocol == speech.name
        assert socket.response is not None and "Sec-WebSocket-Extensions" not in socket.response.headers
        assert socket.request is not None and "permessage-deflate" in socket.request.headers["Sec-WebSocket-Extensions"]
        await socket.send(hello_of(h, speech))
        await socket.recv()
        for n, size in enumerate((0, 125, 126, 65_535, 65_536)):
            await socket.send(spoken(speech, speech.ping(n, size)))
            await answered(socket, speech, n)


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.name)
async def test_fragments_of_the_library(h: House, address: str, speech: Speech) -> None:
    """An iterable is a fragmented message, also one that takes its time, with the library's own pings in between."""
    async with connect(f"ws://{address}{speech.path}", subprotocols=[Subprotocol(speech.name)]) as socket:
        await socket.send(hello_of(h, speech))
        await socket.recv()
        payload = speech.ping(7, 3_000)

        async def slowly() -> AsyncIterator[str | bytes]:
            for start in range(0, 3_000, 500):
                yield spoken(speech, payload[start : start + 500])
                await asyncio.wait_for(await socket.ping(), 5)

        await socket.send(slowly())
        await answered(socket, speech, 7)
        await socket.send([spoken(speech, payload[:1]), spoken(speech, payload[1:])])
        await answered(socket, speech, 7)


async def test_pings_have_a_latency(h: House, address: str) -> None:
    """Its ping is answered by the payload that it chose, and so measures the way."""
    async with in_session(h, address, JSON) as socket:
        waiters = [await socket.ping(payload) for payload in (None, b"", b"x" * 125, "text")]
        latencies_s = await asyncio.wait_for(asyncio.gather(*waiters), 5)
        assert all(0 < latency_s < 5 for latency_s in latencies_s)


@pytest.mark.parametrize("code", [1000, 1001, 3007, 3999, 4000, 4999])
async def test_it_closes(h: House, address: str, code: int) -> None:
    """The server answers with the code that the client gave, without a second word."""
    async with in_session(h, address, JSON) as socket:
        await asyncio.wait_for(socket.close(code, "done"), 5)
        closed = socket.protocol
        assert closed.close_rcvd is not None and closed.close_rcvd.code == code
        assert closed.close_rcvd_then_sent is False


async def test_the_server_closes(h: House, address: str) -> None:
    """Our codes and reasons arrive, and the closing handshake is complete on both sides."""
    ends = {
        "{": CloseCode.PROTOCOL_ERROR,
        '"' + "x" * 70_000 + '"': CloseCode.FRAME_TOO_BIG,
        "x" * 140_000: 1009,
        '{"t":"bye"}': CloseCode.BYE,
    }
    for said, code in ends.items():
        async with in_session(h, address, JSON) as socket:
            await socket.send(said)
            with pytest.raises(ConnectionClosed) as closed:
                async with asyncio.timeout(5):
                    while True:
                        await socket.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == code
            assert closed.value.sent is not None and closed.value.sent.code == code
            assert closed.value.rcvd.reason or code == 1009
    assert await ended(h, ["protocol_error", "frame_too_big", "bye"]) == 3


async def test_it_is_refused(h: House, address: str) -> None:
    """A place where there is no channel is a status, not a session that ends."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{address}/v1/nowhere")
    assert refused.value.response.status_code in {403, 404}
    assert await ended(h) == 0


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.name)
async def test_the_blocking_client(h: House, address: str, speech: Speech) -> None:
    """The same library without asyncio, on a thread: defaults, fragments, pings and the close."""
    hello = hello_of(h, speech)

    def ride() -> int | None:
        with blocking.connect(f"ws://{address}{speech.path}", subprotocols=[Subprotocol(speech.name)]) as socket:
            socket.send(hello)
            socket.recv(5)
            payload = speech.ping(7, 3_000)
            socket.send(spoken(speech, payload[start : start + 400]) for start in range(0, 3_000, 400))
            while 7 not in numbers_in(speech, socket.recv(5)):
                pass
            assert socket.ping().wait(5)
            socket.close(3007)
            return socket.close_code

    assert await asyncio.to_thread(ride) == CloseCode.BYE
