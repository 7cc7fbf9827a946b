"""A peer for the conformance tests: says hello on one of our channels, and shows by pongs that a message arrived whole.

Our channels do not echo. But a live session answers `{"t": "ping", "n": N}` with the pong N and ignores fields that it
does not know, so a ping of any size and in any fragments is seen to have arrived: only if every byte is where it was
sent does it decode, and only then comes its pong.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from courier_protocol.codec import Encoding
from tests.support.web import ZONE, House, house, listening
from tests.support.wire import (
    BINARY,
    CLOSE,
    PONG,
    TEXT,
    WITHIN_S,
    Frame,
    Wire,
    code_of,
    dial,
    frame,
    request,
)

LAST: Final = 99
"""The number of the ping that shows that the session still goes on."""


@dataclass(frozen=True)
class Speech:
    """One channel in one encoding: what its client's messages look like."""

    channel: str
    encoding: Encoding

    @property
    def name(self) -> str:
        """The subprotocol."""
        return f"{self.channel}.v1.{self.encoding}"

    @property
    def path(self) -> str:
        """Where the channel is."""
        return f"/v1/{self.channel}"

    @property
    def opcode(self) -> int:
        """JSON goes in text frames, MessagePack in binary ones."""
        return TEXT if self.encoding == "json" else BINARY

    def encode(self, message: Any) -> bytes:
        """The bytes of one message, or of a list of them."""
        return (msgspec.json if self.encoding == "json" else msgspec.msgpack).encode(message)

    def decode(self, payload: bytes) -> Any:
        """What the server said: a message, or a list of them."""
        return (msgspec.json if self.encoding == "json" else msgspec.msgpack).decode(payload)

    def ping(self, n: int, size: int = 0) -> bytes:
        """A ping of ours, `n` below 128, filled up with an unknown field to `size` bytes (32 or more)."""
        empty = self.encode({"t": "ping", "n": n, "x": ""})
        if not size:
            return self.encode({"t": "ping", "n": n})
        if self.encoding == "json":
            return empty[:-2] + b"y" * (size - len(empty)) + empty[-2:]
        return empty[:-1] + b"\xdb" + (size - len(empty) - 4).to_bytes(4, "big") + b"y" * (size - len(empty) - 4)

    def message(self, n: int, size: int = 0) -> bytes:
        """The ping in one frame."""
        return frame(self.opcode, self.ping(n, size))

    def hello_message(self, h: House, courier_id: str = "c1") -> bytes:
        """What begins a session: a courier's hello, or that of staff who watch the zone."""
        if self.channel == "courier":
            return self.encode({"t": "hello", "token": h.token("courier", courier_id), "device_id": "phone"})
        return self.encode({"t": "hello", "token": h.token("dispatcher"), "zone": ZONE})

    def hello(self, h: House, courier_id: str = "c1") -> bytes:
        """The hello in one frame."""
        return frame(self.opcode, self.hello_message(h, courier_id))


SPEECHES: Final = [Speech(channel, encoding) for channel in ("courier", "live") for encoding in ("json", "msgpack")]


@dataclass
class Heard:
    """What came from the server: the numbers of its pongs, the payloads of WebSocket pongs, and how it ended."""

    numbers: list[int] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    code: int = 0

    def take(self, speech: Speech, came: Frame) -> None:
        """Note a message or control frame that is not the end."""
        if came.opcode == PONG:
            self.pongs.append(came.payload)
            return
        assert came.opcode == speech.opcode
        told = speech.decode(came.payload)
        for message in told if isinstance(told, list) else [told]:
            self.kinds.append(message["t"])
            if message["t"] == "pong":
                self.numbers.append(message["n"])


@dataclass
class Peer:
    """A client on the wire, and what it has heard."""

    wire: Wire
    speech: Speech
    heard: Heard = field(default_factory=Heard)

    async def send(self, *pieces: bytes, chop: int = 0) -> None:
        """Each piece is written by itself."""
        for piece in pieces:
            await self.wire.send(piece, chop)

    async def until_pong(self, n: int, within_s: float = WITHIN_S) -> Heard:
        """Listen until our ping `n` is answered; a session that ends instead fails the test."""
        async with asyncio.timeout(within_s):
            while n not in self.heard.numbers:
                came = await self.wire.message(within_s)
                assert came is not None and came.opcode != CLOSE, f"the session ended with {code_of(came)}"
                self.heard.take(self.speech, came)
        return self.heard

    async def until_end(self, numbers: Sequence[int] | None = None, within_s: float = WITHIN_S) -> Heard:
        """Listen until the server has closed, answer its close frame, and see it hang up with nothing more (5.5.1).

        With `numbers`, our pongs must be these or the first of these.
        """
        while (came := await self.wire.message(within_s)) is not None and came.opcode != CLOSE:
            self.heard.take(self.speech, came)
            heard = self.heard.numbers
            assert numbers is None or heard == list(numbers[: len(heard)]), "the session should have ended before this"
        self.heard.code = code_of(came)
        if came is not None:
            await self.wire.send(frame(CLOSE, came.payload))
            assert await self.wire.hung_up(within_s) == b"", "nothing follows a close frame"
        return self.heard

    async def greet(self, h: House, courier_id: str = "c1") -> None:
        """Shake hands, say hello, and wait until the session is live and has shown what it begins with."""
        await self.send(request(self.speech.path, self.speech.name))
        answer = await self.wire.answer()
        assert answer is not None and answer.status == 101
        await self.send(self.speech.hello(h, courier_id))
        first = {"courier": "resync", "live": "zone_snapshot"}[self.speech.channel]
        while first not in self.heard.kinds:
            came = await self.wire.message()
            assert came is not None and came.opcode != CLOSE, f"the hello was refused with {code_of(came)}"
            self.heard.take(self.speech, came)


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[House, str]]:
    """The house and its address, with a courier for each encoding."""
    async with house() as running, listening(running) as address:
        for courier_id in ("json", "msgpack"):
            await running.courier(courier_id)
        yield running, address


@asynccontextmanager
async def calling(address: str, speech: Speech, **more: Any) -> AsyncIterator[Peer]:
    """A peer that is connected and has said nothing yet."""
    async with dial(address, **more) as wire:
        yield Peer(wire, speech)


@asynccontextmanager
async def in_session(
    h: House, address: str, speech: Speech, courier_id: str = "c1", **more: Any
) -> AsyncIterator[Peer]:
    """A peer in a live session."""
    async with calling(address, speech, **more) as peer:
        await peer.greet(h, courier_id)
        yield peer


async def figures(h: House, family: str) -> dict[str, float]:
    """The counters of one family in `/metrics`, by `what` they count."""
    return _figures(await _metrics(h), family)


async def ended(h: House, codes: Sequence[str] = ()) -> int:
    """How many sessions have ended by `/metrics`: all of them, or those under these names."""
    return _ended(await _metrics(h), codes)


async def settled(h: House) -> int:
    """Wait until `/metrics` says that no socket is open; how many sessions have ended by then."""
    async with asyncio.timeout(WITHIN_S):
        while "\ndispatch_sockets 0.0\n" not in (text := await _metrics(h)):
            await asyncio.sleep(0.003)
    return _ended(text)


async def _metrics(h: House) -> str:
    return (await h.http.get("/metrics")).text


def _figures(text: str, family: str) -> dict[str, float]:
    return {
        what: float(figure) for what, figure in re.findall(rf'^{family}{{what="(\w+)"}} (\S+)$', text, re.MULTILINE)
    }


def _ended(text: str, codes: Sequence[str] = ()) -> int:
    by_name = _figures(text, "dispatch_channel_sessions_ended_total")
    return round(sum(figure for name, figure in by_name.items() if not codes or name in codes))
