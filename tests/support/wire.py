"""A WebSocket client for tests that may break every rule: any handshake, any frame, cut into segments anywhere.

What it sends is bytes that the test chose; what comes back is held to RFC 6455: a server's frames are not masked, have
no reserved bits, use the shortest length, and nothing follows its close frame. Section numbers are those of the RFC.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NO_CODE: Final = 1005
"""A close frame without a code (7.1.5)."""
GONE: Final = 1006
"""The transport ended without a close frame (7.1.5)."""
KEY: Final = "dGhlIHNhbXBsZSBub25jZQ=="
KEY_ACCEPTED: Final = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The example of section 1.3: the key, and the answer that proves that it was read."""
MASK: Final = bytes.fromhex("37fa213d")
WITHIN_S: Final = 5.0


@dataclass(frozen=True)
class Frame:
    """One frame of the server."""

    opcode: int
    payload: bytes
    fin: bool = True


@dataclass(frozen=True)
class Answer:
    """The server's answer to a handshake; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]


def mask_with(mask: bytes, payload: bytes) -> bytes:
    """The payload under this mask of 4 bytes, or out from under it (5.3)."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = MASK,
    length: int | None = None,
    length_bits: int | None = None,
) -> bytes:
    """A client's frame (5.2). `rsv` is RSV1 to RSV3 as a number of three bits, so that RSV1 alone is 4.

    `length` is the length that is declared where it is not that of the payload; `length_bits` (7, 16 or 64) how it is
    written where that is not the shortest way.
    """
    declared = len(payload) if length is None else length
    bits = length_bits or (7 if declared < 126 else 16 if declared < 65_536 else 64)
    masked_bit = 0 if mask is None else 0x80
    head = bytes((fin << 7 | rsv << 4 | opcode,))
    if bits == 7:
        head += bytes((masked_bit | declared,))
    else:
        head += bytes((masked_bit | (126 if bits == 16 else 127),)) + declared.to_bytes(bits // 8, "big")
    return head + payload if mask is None else head + mask + mask_with(mask, payload)


def fragments(opcode: int, parts: Sequence[bytes]) -> list[bytes]:
    """One message as several frames (5.4)."""
    last = len(parts) - 1
    return [frame(CONT if n else opcode, part, fin=n == last) for n, part in enumerate(parts)]


def cut(data: bytes, size: int) -> list[bytes]:
    """The data in pieces of `size` bytes; the last may be shorter."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def closing(code: int | None = None, reason: bytes = b"") -> bytes:
    """A close frame (5.5.1)."""
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason)


def request(
    path: str,
    offered: str | None = None,
    *,
    method: str = "GET",
    version: str = "HTTP/1.1",
    but: Mapping[str, str | None] | None = None,
    more: Sequence[tuple[str, str]] = (),
) -> bytes:
    """A handshake (4.1) that offers these subprotocols.

    `but` replaces headers, or leaves them out where it says None; `more` adds lines, also of names that are there.
    """
    headers: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": offered,
        **(but or {}),
    }
    lines = [
        f"{method} {path} {version}",
        *(f"{name}: {value}" for name, value in headers.items() if value is not None),
    ]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in more), "", ""]).encode("latin-1")


class Wire:
    """One TCP connection, as its client sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes, chop: int = 0) -> None:
        """Write at once, or `chop` bytes a time while the server reads; harmless once it is gone."""
        with suppress(ConnectionError):
            for piece in cut(data, chop) if chop else (data,):
                self.writer.write(piece)
                await self.writer.drain()
                if chop:
                    await asyncio.sleep(0)

    async def answer(self, within_s: float = WITHIN_S) -> Answer | None:
        """The answer to the handshake; None when the server has hung up instead."""
        async with asyncio.timeout(within_s):
            try:
                head = await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
        status, *lines = head.decode("latin-1").split("\r\n")[:-2]
        headers = (line.partition(":") for line in lines)
        return Answer(int(status.split(" ")[1]), {name.lower(): value.strip() for name, _, value in headers})

    async def frame(self, within_s: float = WITHIN_S) -> Frame | None:
        """The next frame; None when the transport has ended."""
        async with asyncio.timeout(within_s):
            try:
                return await self._frame()
            except (asyncio.IncompleteReadError, ConnectionError):
                return None

    async def _frame(self) -> Frame:
        first, second = await self.reader.readexactly(2)
        opcode, fin, size = first & 0x0F, bool(first & 0x80), second & 0x7F
        assert not first & 0x70, "no extension was agreed, so reserved bits are 0 (5.2)"
        assert not second & 0x80, "a server does not mask (5.1)"
        assert opcode in {CONT, TEXT, BINARY, CLOSE, PING, PONG}
        if size > 125:
            assert opcode < CLOSE, "a control frame is at most 125 bytes (5.5)"
            extended = await self.reader.readexactly(2 if size == 126 else 8)
            longer = int.from_bytes(extended, "big")
            assert longer > (125 if size == 126 else 65_535), "the shortest length is used (5.2)"
            size = longer
        assert fin or opcode < CLOSE, "a control frame is not fragmented (5.5)"
        return Frame(opcode, await self.reader.readexactly(size), fin)

    async def message(self, within_s: float = WITHIN_S) -> Frame | None:
        """The next message or control frame, put together again; None when the transport has ended."""
        begun: Frame | None = None
        while (part := await self.frame(within_s)) is not None:
            if part.opcode >= CLOSE:
                return part
            begun = part if begun is None else Frame(begun.opcode, begun.payload + part.payload)
            if part.fin:
                return begun
        return None

    async def hung_up(self, within_s: float = WITHIN_S) -> bytes:
        """What comes until the server ends the transport."""
        async with asyncio.timeout(within_s):
            with suppress(ConnectionError):
                return await self.reader.read()
        return b""

    def reset(self) -> None:
        """Gone without a word: the server's next write, or read, fails."""
        at_once = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self.writer.transport.abort()


def code_of(frame: Frame | None) -> int:
    """The code of the server's last frame; GONE without one."""
    if frame is None or frame.opcode != CLOSE:
        return GONE
    if not frame.payload:
        return NO_CODE
    frame.payload[2:].decode()  # a reason is UTF-8 (5.5.1)
    return int.from_bytes(frame.payload[:2], "big")


@asynccontextmanager
async def dial(address: str, *, receives_bytes: int = 0) -> AsyncIterator[Wire]:
    """A TCP connection to `host:port`; with `receives_bytes` the kernel takes hardly more than that for us unread."""
    host, _, port = address.rpartition(":")
    sock = socket.socket()
    sock.setblocking(False)
    if receives_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives_bytes)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # so that the server's kernel keeps little, too
    await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
    limit = receives_bytes or 2**24
    reader, writer = await asyncio.open_connection(sock=sock, limit=limit)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
