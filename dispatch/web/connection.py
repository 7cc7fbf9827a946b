"""The shell around a session without I/O: one WebSocket, its frames, its clock and its end.

The session decides; the shell reads frames into it, carries out what it says in order, wakes it at its deadline, and
closes with the code that it names. What waits to be written is bounded in number, and a frame that has been on its way
for too long ends the connection: a peer that sends but does not read must not fill the memory.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import (
    INVALID_MESSAGE,
    Channel,
    Decoder,
    Encoding,
    Speaker,
    bundle,
    encode_one,
    negotiate,
)
from courier_protocol.errors import RemoteProtocolError
from courier_protocol.messages import MAX_MESSAGES_PER_FRAME, ErrorMessage
from courier_protocol.outputs import Close, Output, Send
from courier_protocol.server_session import ServerSession
from dispatch.application.lanes import Lane
from dispatch.web.channel_tally import ChannelTally
from dispatch.web.services import Services

MAX_UNSENT: Final = 1_024
"""Messages that may wait for one peer beside its lane: acks, replies, pongs and the window of pushes."""
MAX_SEND_S: Final = 20.0
SessionT = TypeVar("SessionT", bound=ServerSession)
_DECODERS: Final[dict[tuple[Speaker, Encoding], Decoder]] = {
    ("courier", "json"): Decoder("courier", "json"),
    ("courier", "msgpack"): Decoder("courier", "msgpack"),
    ("watcher", "json"): Decoder("watcher", "json"),
    ("watcher", "msgpack"): Decoder("watcher", "msgpack"),
}


class Connections:
    """Every open socket of this process, so that a shutdown can say goodbye to each; `tally` is what they counted."""

    def __init__(self) -> None:
        self.draining = False
        self.tally = ChannelTally()
        self.empty = asyncio.Event()
        self.empty.set()
        self._open: set[Connection[Any]] = set()

    def __len__(self) -> int:
        return len(self._open)

    async def serve(self, connection: "Connection[Any]") -> None:
        """Run an accepted socket until it is gone, known here."""
        connection.tally = self.tally
        self._open.add(connection)
        self.empty.clear()
        try:
            await connection.serve()
        finally:
            self._open.discard(connection)
            if not self._open:
                self.empty.set()

    def drain(self) -> None:
        """Ask everyone to come back, to another process or to the next one."""
        self.draining = True
        for connection in tuple(self._open):
            connection.end(CloseCode.SERVER_DRAINING)


class Connection(ABC, Generic[SessionT]):
    """One accepted socket and its session. Subclasses carry out what only their channel knows."""

    def __init__(
        self, socket: WebSocket, session: SessionT, services: Services, speaker: Speaker, encoding: Encoding
    ) -> None:
        self.session = session
        self.services = services
        self.encoding = encoding
        self.lane: Lane | None = None
        self.tally: ChannelTally  # that of all connections: see `Connections.serve`
        self._socket = socket
        self._decoder = _DECODERS[speaker, encoding]
        self._unsent: deque[bytes] = deque()
        self._closing: Close | None = None
        self._wake = asyncio.Event()

    # --- for the channel ---------------------------------------------------------------------------------------

    @abstractmethod
    async def take(self, output: Output) -> None:
        """Carry out an output that is neither `Send` nor `Close`."""

    @abstractmethod
    def gone(self) -> None:
        """The socket is gone."""

    def wake(self) -> None:
        """There is something to write."""
        self._wake.set()

    @property
    def said_bye(self) -> bool:
        """Whether the peer ended the session on purpose."""
        return self._closing is not None and self._closing.code is CloseCode.BYE

    @property
    def mono_ms(self) -> int:
        """Technical time now."""
        return self.services.ticker.mono_ms()

    def carry_out(self, outputs: Iterable[Output]) -> None:
        """Send, and close; for outputs that the session makes outside of a frame."""
        for output in outputs:
            if isinstance(output, Send):
                self.queue(encode_one(output.message, self.encoding))
                if isinstance(output.message, ErrorMessage) and output.message.code != INVALID_MESSAGE:
                    self.tally.refuse(output.message.code)
            elif isinstance(output, Close):
                self._closing = output
                self.wake()

    def queue(self, part: bytes) -> None:
        """Put an encoded message behind what waits."""
        if self._closing is None and len(self._unsent) >= MAX_UNSENT:
            self._unsent.clear()
            self.end(CloseCode.SLOW_CONSUMER)
        elif self._closing is None:
            self._unsent.append(part)
            self.wake()

    def end(self, code: CloseCode, detail: str = "") -> None:
        """End the session from this side."""
        self.carry_out(self.session.close(code, detail))

    # --- the loops ---------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Run the accepted socket until it is gone."""
        reading, writing = asyncio.create_task(self._read()), asyncio.create_task(self._write())
        loops = (reading, writing, asyncio.create_task(self._keep_time()))
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.session.closed()
            self.tally.session_ended(self._closing.code if self._closing else None)
            self.gone()
            for loop in loops:
                loop.cancel()
            ended = await asyncio.gather(*loops, return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome

    async def _read(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            for output in self._receive(event.get("bytes") or event.get("text") or ""):
                if isinstance(output, Send | Close):
                    self.carry_out((output,))
                else:
                    await self.take(output)

    def _receive(self, frame: bytes | str) -> list[Output]:
        """As `ServerSession.receive_frame`, and counts what could not be decoded."""
        try:
            messages = self._decoder.decode(frame)
        except RemoteProtocolError as error:
            self.tally.refuse(error.code)
            return self.session.refuse(error)
        mono_ms, business_ms = self.mono_ms, self.services.clock.now_ms()
        if len(messages) == 1:
            return self.session.receive(messages[0], mono_ms, business_ms)
        outputs: list[Output] = []
        for message in messages:
            outputs += self.session.receive(message, mono_ms, business_ms)
        return outputs

    async def _keep_time(self) -> None:
        """Wake the session at its deadline. Messages move it later; only a token that ends within the hello timeout
        moves it earlier, and then it is seen when that timeout is over.
        """
        while (deadline := self.session.deadline_mono_ms) is not None:
            await self.services.ticker.sleep(max(deadline - self.mono_ms, 1) / 1000)
            self.carry_out(self.session.tick(self.mono_ms))

    async def _write(self) -> None:
        with suppress(WebSocketDisconnect, WebSocketDisconnected):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while frame := self._next_frame():
                    await self._send(frame)
                if self._closing:
                    return await self._close(self._closing)

    def _next_frame(self) -> bytes | None:
        """What the session says goes before what the lane shows, so that a welcome precedes its snapshot."""
        if self._unsent:
            taken = [self._unsent.popleft() for _ in range(min(len(self._unsent), MAX_MESSAGES_PER_FRAME))]
            return bundle(taken, self.encoding)
        return self.lane.next_frame() if self.lane and not self._closing else None

    async def _send(self, frame: bytes) -> None:
        """Write one frame; a peer that takes nothing for too long is told to come back, if it still hears."""
        kind = {"bytes": frame} if self.encoding == "msgpack" else {"text": frame.decode()}
        try:
            async with asyncio.timeout(MAX_SEND_S):
                await self._socket.send({"type": "websocket.send", **kind})
        except TimeoutError:
            self._unsent.clear()
            self.end(CloseCode.SLOW_CONSUMER)

    async def _close(self, close: Close) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._socket.close(close.code, close.reason)


async def accept(socket: WebSocket, channel: Channel, connections: Connections) -> Encoding | None:
    """Accept the socket in the first subprotocol that both speak; None when it was closed instead."""
    chosen = negotiate(socket.scope["subprotocols"], channel)
    if chosen is None:
        await socket.accept()
        connections.tally.session_ended(CloseCode.UNSUPPORTED)
        await socket.close(CloseCode.UNSUPPORTED, f"Offer the subprotocol {channel}.v1.json or {channel}.v1.msgpack.")
        return None
    subprotocol, encoding = chosen
    await socket.accept(subprotocol)
    if connections.draining:
        connections.tally.session_ended(CloseCode.SERVER_DRAINING)
        await socket.close(CloseCode.SERVER_DRAINING, CloseCode.SERVER_DRAINING.sentence)
        return None
    return encoding
