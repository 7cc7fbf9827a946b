"""Runs a session without I/O over `websockets`: one link after another, until the session has ended for good."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self, cast

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from courier_protocol.client_link import ClientLink, ClientState
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Channel, Decoder, Encoding, Speaker, encode, frame_limit_bytes, subprotocol
from courier_protocol.errors import LocalProtocolError, ProtocolError
from courier_protocol.messages import Message
from courier_protocol.outputs import Close, Output, Settle, Tell

OPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 1.0


Connect = Callable[..., Awaitable[Any]]
"""Opens a WebSocket as `websockets.asyncio.client.connect` does, or what can stand for one without a network."""


def mono_ms_now() -> int:
    """The machine's monotonic clock, in milliseconds."""
    return time.monotonic_ns() // 1_000_000


def wall_ms_now() -> int:
    """The machine's wall clock, in epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Shell(ABC):
    """Runs a session over sockets, one link after another: one task reads and comes back, one a link writes."""

    def __init__(
        self,
        *,
        url: str,
        channel: Channel,
        speaker: Speaker,
        encoding: Encoding,
        session: ClientLink,
        mono_ms: Callable[[], int],
        wall_ms: Callable[[], int],
        connect: Connect,
    ) -> None:
        try:
            parse_uri(url)
        except InvalidURI:
            raise LocalProtocolError("The address of the server must start with ws:// or wss://.") from None
        self._url = url
        self._subprotocol = subprotocol(channel, encoding)
        self._encoding: Encoding = encoding
        self._decoder = Decoder(speaker, encoding)
        self._max_frame_bytes = frame_limit_bytes(speaker)
        self._link_session = session
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        self._connect = connect
        self._wake = asyncio.Event()
        self._live = asyncio.Event()
        self._gone = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._away_until_mono_ms = 0
        self._over: ProtocolError | None = None
        self._is_closed = False
        self._task: asyncio.Task[None]
        self.trouble = ""
        """Why the last link could not be had, or how it ended; empty if all was well so far."""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._is_closed = True
        last_words = self._link_session.goodbye()
        if self._socket is not None and last_words:
            with suppress(ConnectionClosed, TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._send(self._socket, last_words)
                    await self._socket.close(CloseCode.BYE)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._finish(self._link_session.ended or LocalProtocolError("The client is closed."))

    @property
    def state(self) -> ClientState:
        """Where the session stands: offline, greeting, live, closing or ended."""
        return self._link_session.state

    def business_now_ms(self) -> int:
        """Business time now, by the best clock sample; LocalProtocolError before the first welcome."""
        return self._link_session.clock.now_ms(self._mono_ms())

    async def drop_link(self, seconds: float) -> None:
        """Cut the link as a tunnel does (no close frame) and stay away for real `seconds`; returns once it is cut."""
        self._away_until_mono_ms = self._mono_ms() + round(seconds * 1000)
        if self._socket is not None:
            self._socket.transport.abort()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._gone.wait()

    # --- links --------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._use_links()
        except Exception as error:
            self._finish(LocalProtocolError(f"The client failed: {error!r}"))
            raise

    async def _use_links(self) -> None:
        while True:
            await asyncio.sleep(max(0, self._away_until_mono_ms - self._mono_ms()) / 1000)
            close_code, detail = await self._use_one_link()
            self._live.clear()
            self.trouble = detail or self.trouble
            delay_ms = self._link_session.disconnected(close_code, self._mono_ms(), detail)
            self._gone.set()
            if self._link_session.ended is not None:
                self._finish(self._link_session.ended)
                return
            away_ms = self._away_until_mono_ms - self._mono_ms()
            await asyncio.sleep(max(delay_ms or 0, away_ms) / 1000)

    async def _use_one_link(self) -> tuple[int | None, str]:
        """Connect and stay until the link is gone; returns the code and reason of the server's close frame, if any."""
        try:
            socket: ClientConnection = await self._connect(
                self._url,
                subprotocols=[Subprotocol(self._subprotocol)],
                compression=None,
                user_agent_header=None,
                proxy=None,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                ping_interval=None,
                max_size=self._max_frame_bytes,
            )
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
            self.trouble = str(error) or type(error).__name__
            return None, ""
        if socket.subprotocol != self._subprotocol:
            await socket.close()
            return CloseCode.UNSUPPORTED, "The server does not speak this protocol."
        if self._mono_ms() < self._away_until_mono_ms:
            socket.transport.abort()
            return None, ""
        await self._talk(socket)
        received = socket.protocol.close_rcvd
        return (received.code, received.reason) if received is not None else (None, "")

    async def _talk(self, socket: ClientConnection) -> None:
        self._link_session.connected(self._mono_ms())
        self._gone.clear()
        self._socket = socket
        writer = asyncio.create_task(self._write(socket))
        writer.add_done_callback(lambda _: socket.transport.abort())
        try:
            async for frame in socket:
                await self._carry_out(socket, self._link_session.receive_frame(frame, self._decoder, self._mono_ms()))
                self._wake.set()
        except ConnectionClosed:
            pass
        finally:
            self._socket = None
            writer.cancel()
            (error,) = await asyncio.gather(writer, return_exceptions=True)
            if isinstance(error, Exception) and not isinstance(error, ConnectionClosed):
                raise error

    async def _write(self, socket: ClientConnection) -> None:
        """Send what is due whenever there is something and the socket can take it."""
        session = self._link_session
        while True:
            self._wake.clear()
            while messages := session.outgoing(self._mono_ms(), self._wall_ms()):
                await self._send(socket, messages)
            await self._carry_out(socket, session.tick(self._mono_ms()))
            deadline = session.deadline_mono_ms
            delay_s = None if deadline is None else (deadline - self._mono_ms()) / 1000
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._wake.wait()

    async def _send(self, socket: ClientConnection, messages: list[Message]) -> None:
        await socket.send(encode(messages, self._encoding), text=self._encoding == "json")

    async def _carry_out(self, socket: ClientConnection, outputs: list[Output]) -> None:
        if self._link_session.state is ClientState.LIVE:
            self._live.set()
        for output in outputs:
            if isinstance(output, Close):
                await socket.close(output.code, output.reason)
            else:
                await self._hand_over(cast(Tell | Settle, output))

    # --- for the kinds ------------------------------------------------------------------------------------------

    @abstractmethod
    async def _hand_over(self, output: Tell | Settle) -> None:
        """Give an event or a reply to the app."""

    def _finish(self, error: ProtocolError) -> None:
        """Nothing more will come; `error` says why."""
        self._over = error
        self._live.set()

    async def _wait_live(self) -> None:
        await self._live.wait()
        if self._over is not None:
            raise self._over
