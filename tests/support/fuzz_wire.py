"""What a fuzzer sends over a socket: heads that are nearly right, frames that break rules, messages in any order, cut
into segments anywhere. The real front, connections, sessions and uvicorn, over a transport made by hand.

An input passes when nothing raises, everything is over soon after the peer has gone, and nothing is left behind.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from courier_protocol.codec import encode
from courier_protocol.live import WatchHello
from courier_protocol.messages import Hello
from dispatch.web.deadlines import STEP_MS
from dispatch.web.front import Front
from dispatch.web.serving import web_server
from tests.support import fuzz_target
from tests.support.web import ZONE, House, house
from tests.support.wire import BINARY, CLOSE, CONT, PING, PONG, TEXT, frame, request

TURNS = 4
"""Of the event loop after each segment: what a message asks for is done in some of them."""
TURNS_TO_END = 200
SETTLES_S = 2 * STEP_MS / 1_000
"""After the last peer, so long the timer of all sockets may still be there."""
OPCODES = (TEXT, BINARY, CONT, CLOSE, PING, PONG, 0x3, 0xB)
CHANNELS = ("courier", "live")


class Finding(AssertionError):
    """An input after which something is not as it should be."""


class HandTransport(asyncio.Transport):
    """The server's end of a socket whose other end is the input."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: Any = None
        self.written_bytes = 0
        self._closing = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol  # type: ignore[no-any-return]

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 80)}.get(name, default)

    def write(self, data: Any) -> None:
        self.written_bytes += len(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._gone)

    abort = close

    def _gone(self) -> None:
        self.protocol.connection_lost(None)


@dataclass
class Ear:
    """A running server that takes inputs; `failures` are what its event loop was told of."""

    house: House
    make: Any
    failures: list[str] = field(default_factory=list)

    async def hear(self, segments: list[bytes]) -> None:
        """One peer says this, and goes. Raises `Finding`."""
        transport = HandTransport()
        front: Front = self.make()
        transport.protocol = front
        front.connection_made(transport)
        for segment in segments:
            if transport.is_closing():
                break
            transport.protocol.data_received(segment)
            for _ in range(TURNS):
                await asyncio.sleep(0)
        transport.close()
        connections = self.house.app.state.connections
        for _ in range(TURNS_TO_END):
            if not len(connections) and not len(connections.door) and not self.house.hub.sessions["couriers"]:
                break
            await asyncio.sleep(0)
        else:
            raise Finding(f"{len(connections)} sockets and {len(connections.door)} connections are left")
        if self.failures:
            raise Finding(self.failures[0])


@asynccontextmanager
async def listener() -> AsyncIterator[Ear]:
    """A server that takes inputs; there is a courier c1."""
    async with house() as running:
        await running.depot()
        await running.courier()
        server = web_server(running.app, "127.0.0.1", 0, lifespan="off")
        config: uvicorn.Config = server.config
        config.load()
        state = ServerState()

        def make() -> Front:
            made: Front = config.http_protocol_class(config=config, server_state=state, app_state={})  # type: ignore[call-arg, assignment]
            return made

        ear = Ear(running, make)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: ear.failures.append(repr(context)))
        yield ear


# --- inputs -------------------------------------------------------------------------------------------------------


def said_by(running: House, chance: Random) -> list[bytes]:
    """What one peer sends, in segments."""
    channel = chance.choice(CHANNELS)
    encoding = chance.choice(fuzz_target.ENCODINGS)
    head = request(f"/v1/{channel}", f"{channel}.v1.{encoding}")
    if chance.random() < 0.15:
        head = _spoilt(head, chance)
    opcode = TEXT if encoding == "json" else BINARY
    token = running.token("courier" if channel == "courier" else "admin", "c1")
    hello = Hello(token, "phone-1") if channel == "courier" else WatchHello(token=token, zone=ZONE)
    said = head
    if chance.random() < 0.8:
        said += frame(opcode, encode([hello], encoding))
    for _ in range(chance.randint(0, 12)):
        said += _some_frame(opcode, chance)
    if chance.random() < 0.2:
        said = _spoilt(said, chance)
    return _cut(said, chance)


def _some_frame(opcode: int, chance: Random) -> bytes:
    payload = chance.choice(SEEDS)
    match chance.random():
        case lot if lot < 0.45:
            return frame(opcode, payload)
        case lot if lot < 0.6:
            return frame(opcode, _spoilt(payload, chance))
        case lot if lot < 0.7:
            return frame(opcode, payload[:9], fin=False) + frame(CONT, payload[9:], fin=chance.random() < 0.8)
        case lot if lot < 0.8:
            return frame(chance.choice((PING, PONG, CLOSE)), chance.randbytes(chance.choice((0, 1, 2, 125, 126))))
        case _:
            return frame(
                chance.choice(OPCODES),
                chance.randbytes(chance.choice((0, 3, 126, 70_000))),
                fin=chance.random() < 0.7,
                rsv=chance.choice((0, 0, 0, 1, 4, 7)),
                mask=chance.choice((b"abcd", b"abcd", None)),
                length=chance.choice((None, None, 0, 2**15, 2**62)),
                length_bits=64 if chance.random() < 0.5 else None,
            )


def _spoilt(said: bytes, chance: Random) -> bytes:
    changed = bytearray(said or b"\0")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                changed[place:place] = chance.randbytes(chance.randint(1, 9))
            case 2:
                del changed[place : place + chance.randint(1, 9)]
            case _:
                changed += changed[place : place + 40]
        changed = changed or bytearray(b"\0")
    return bytes(changed)


def _cut(said: bytes, chance: Random) -> list[bytes]:
    ends = sorted(chance.randrange(len(said) + 1) for _ in range(chance.randint(0, 4)))
    return [said[a:b] for a, b in zip([0, *ends], [*ends, len(said)], strict=True) if a < b]


SEEDS = [part for seed in fuzz_target.seeds() for part in seed[1:].split(fuzz_target.SEPARATOR)]
