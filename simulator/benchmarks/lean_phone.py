"""A courier's phone that costs next to nothing, for crowds: the real session over a bare asyncio transport.

The WebSocket layer is the least that RFC 6455 lets a client of a known server do: an upgrade without extensions, whole
frames only, and a masking key of zero, which leaves the bytes as they are. Coming back follows the real rules.
"""

import asyncio
import base64
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from random import SystemRandom

from courier_protocol.client_link import ClientState
from courier_protocol.client_session import ClientSession
from courier_protocol.codec import Decoder, encode
from courier_protocol.messages import Pong, Push
from courier_protocol.outputs import Close, Output, Tell
from simulator.frames import BINARY, CLOSE, PING, PONG, UPGRADE, client_frame, take_server_frame

OPEN_TIMEOUT_MS = 5_000
DECODER = Decoder("server", "msgpack")


def mono_ms() -> int:
    """The monotonic clock of all phones."""
    return time.monotonic_ns() // 1_000_000


class LeanPhone(asyncio.Protocol):
    """One phone at `host`:`port`. `on_live` is called at each welcome; `on_pong` with the number of each pong."""

    def __init__(
        self, host: str, port: int, token: str, device_id: str, *, on_live: "Callable[[LeanPhone], None]"
    ) -> None:
        self.session = ClientSession(token, device_id, SystemRandom())
        self.on_pong: Callable[[int], None] = lambda number: None
        self.links = 0
        self._on_live = on_live
        self._host, self._port = host, port
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._is_upgraded = False
        self._close_code: int | None = None
        self._opened_ms = 0
        self._is_over = False
        self._connecting: asyncio.Task[None] | None = None

    @property
    def is_live(self) -> bool:
        """Whether the session is live."""
        return self.session.state is ClientState.LIVE

    def start(self) -> None:
        """Connect, and come back from now on."""
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    def abort(self) -> None:
        """Lose the link as in a tunnel."""
        if self._transport is not None:
            self._transport.abort()

    def stop(self) -> None:
        """Lose the link and stay away."""
        self._is_over = True
        self.abort()

    async def _connect(self) -> None:
        self._opened_ms = mono_ms()
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_MS / 1000):
                await asyncio.get_running_loop().create_connection(lambda: self, self._host, self._port)
        except (OSError, TimeoutError):
            self._come_back(None)

    def _come_back(self, close_code: int | None) -> None:
        delay_ms = self.session.disconnected(close_code, mono_ms())
        if delay_ms is not None and not self._is_over:
            asyncio.get_running_loop().call_later(delay_ms / 1000, self.start)

    # --- the transport ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_connection gives
        self._transport = transport
        self._buffer.clear()
        self._is_upgraded, self._close_code = False, None
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        host = f"{self._host}:{self._port}"
        asked = UPGRADE.format(path="/v1/courier", host=host, key=key, subprotocol="courier.v1.msgpack")
        transport.write(asked.encode())

    def data_received(self, data: bytes) -> None:
        """Take what came, as far as it is whole."""
        self._buffer += data
        if not self._is_upgraded and not self._upgrade():
            return
        while frame := take_server_frame(self._buffer):
            self._take(*frame)
        self.flush()

    def connection_lost(self, error: Exception | None) -> None:
        """Come back when the time has come."""
        self._transport = None
        self._come_back(self._close_code)

    def _upgrade(self) -> bool:
        head, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not separator:
            return False
        if b" 101 " not in head.splitlines()[0]:
            self.abort()
            return False
        self._buffer[:] = rest
        self._is_upgraded = True
        self.session.connected(mono_ms())
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == BINARY:
            was_live = self.is_live
            self._carry_out(self.session.receive_frame(payload, DECODER, mono_ms()))
            if self.is_live and not was_live:
                self.links += 1
                self._on_live(self)
            self._tell_pongs(payload)
        elif opcode == CLOSE:
            self._close_code = int.from_bytes(payload[:2], "big") if payload else None
            self._write(client_frame(CLOSE, payload[:2]))
            self._end()
        elif opcode == PING:
            self._write(client_frame(PONG, payload))

    def _tell_pongs(self, payload: bytes) -> None:
        if b"pong" in payload:
            for message in DECODER.decode(payload):
                if isinstance(message, Pong):
                    self.on_pong(message.n)

    def _carry_out(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Close):
                self._write(client_frame(CLOSE, output.code.to_bytes(2, "big") + output.reason.encode()))
                self._end()
            elif isinstance(output, Tell) and isinstance(output.event, Push):
                self.session.handled(output.event.seq)

    # --- sending ------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Send what is due."""
        while self._is_upgraded and (messages := self.session.outgoing(mono_ms(), 0)):
            self._write(client_frame(BINARY, encode(messages, "msgpack")))

    def tick(self) -> None:
        """Let time pass; to be called a few times a second."""
        now_ms = mono_ms()
        if self._transport is None:
            return
        if not self._is_upgraded:
            if now_ms - self._opened_ms > OPEN_TIMEOUT_MS:
                self.abort()
            return
        deadline_ms = self.session.deadline_mono_ms
        if deadline_ms is not None and now_ms >= deadline_ms:
            self._carry_out(self.session.tick(now_ms))
            self.flush()

    def write(self, payload: bytes) -> None:
        """Send a frame beside the session's own."""
        self._write(client_frame(BINARY, payload))

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            with suppress(OSError):
                self._transport.write(data)

    def _end(self) -> None:
        if self._transport is not None:
            self._transport.close()
