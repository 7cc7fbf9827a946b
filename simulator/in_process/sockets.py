"""The client's end of a simulated WebSocket: as much of `websockets`' connection as the protocol's clients use."""

import asyncio
import base64
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from simulator.frames import BINARY, CLOSE, PING, PONG, TEXT, UPGRADE, client_frame, take_server_frame
from simulator.in_process.loop import Process
from simulator.in_process.network import Network, Pipe, Transport

CLOSE_WITHIN_S = 1.0


@dataclass(slots=True)
class _Seen:
    """What the server said at the end."""

    close_rcvd: Close | None = None


class Socket:
    """An open WebSocket of a client. Made by `open_socket`."""

    def __init__(self, network: Network, client: Process, server: Transport, subprotocol: str) -> None:
        self.protocol = _Seen()
        self.subprotocol = subprotocol
        self._out = Pipe(network, client.name, server.server.name, server.server.context)
        self._server = server
        self._buffer = bytearray()
        self._frames: deque[bytes | str] = deque()
        self._news = asyncio.Event()
        self._is_gone = False
        self._is_upgraded = False

    @property
    def transport(self) -> "Socket":
        """What can be aborted: the same thing."""
        return self

    async def shake_hands(self, path: str) -> None:
        """Ask for the channel. Raises `OSError` when that is refused."""
        key = base64.b64encode(b"a simulated key!").decode()
        asked = UPGRADE.format(path=path, host="dispatch.example", key=key, subprotocol=self.subprotocol)
        self._out.send(self._server.data_received, asked.encode())
        while not self._is_upgraded:
            if self._is_gone:
                raise ConnectionResetError("the server hung up")
            await self._next_news()

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    # --- what the protocol's shell calls -----------------------------------------------------------------------

    async def send(self, payload: bytes | str, *, text: bool = False) -> None:
        """Send a message. Raises `ConnectionClosedError`."""
        if self._is_gone:
            raise ConnectionClosedError(None, None)
        data = payload.encode() if isinstance(payload, str) else payload
        self._write(TEXT if text or isinstance(payload, str) else BINARY, data)

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        while True:
            while self._frames:
                yield self._frames.popleft()
            if self._is_gone:
                return
            await self._next_news()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, and wait a moment for the answer."""
        if not self._is_gone:
            self._write(CLOSE, Close(code, reason).serialize())
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_WITHIN_S):
                    while not self._is_gone:
                        await self._next_news()
        self.abort()

    def abort(self) -> None:
        """Hang up."""
        if not self._is_gone:
            self._out.send(self._server.peer_closed)
            self.peer_closed()

    # --- what arrives ------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Bytes of the server."""
        self._buffer += data
        if not self._is_upgraded:
            head, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not separator:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                return self.abort()
            self._is_upgraded, self._buffer[:] = True, rest
        while frame := take_server_frame(self._buffer):
            self._take(*frame)
        self._news.set()
        return None

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == BINARY:
            self._frames.append(payload)
        elif opcode == TEXT:
            self._frames.append(payload.decode())
        elif opcode == PING:
            self._write(PONG, payload)
        elif opcode == CLOSE:
            self.protocol.close_rcvd = Close.parse(payload)
            self._write(CLOSE, payload[:2])

    def peer_closed(self) -> None:
        """The connection is gone."""
        self._is_gone = True
        self._news.set()

    def _write(self, opcode: int, payload: bytes) -> None:
        if not self._is_gone:
            self._out.send(self._server.data_received, client_frame(opcode, payload))


async def open_socket(transport: Transport, client: Process, front: Any, path: str, **more: Any) -> Socket:
    """A WebSocket over the server's end of a connection, whose protocol `front` makes. Raises `OSError`."""
    network, server = transport.network, transport.server
    socket = Socket(network, client, transport, str(more["subprotocols"][0]))
    protocol = server.context.copy().run(front)
    transport.join(protocol, socket)
    network.loop.call_soon(protocol.connection_made, transport, context=server.context)
    await socket.shake_hands(path)
    return socket
