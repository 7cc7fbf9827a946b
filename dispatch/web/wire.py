"""An open WebSocket, below the session: bytes in, whole messages up, control frames and the close handshake.

The theory. Nearly every frame of a phone or a watcher is one whole, masked, short text or binary frame. Such a frame
is taken here, in a few operations; each other one (control frames, fragments, reserved bits, wrong masks, giant
lengths) goes to the sans-I/O core of the package `websockets`, which knows all of RFC 6455 and decides what is an
error. The core costs 1.4 KiB and four times the time, so it exists only while it is needed. Both can take turns because
what is handed on always ends where a frame ends: here it is only decided *where* frames end. ADR 17 has the numbers.

One call takes a bounded number of frames; what is left waits for the next turn of the event loop, and the socket is not
read meanwhile, so that a peer who floods delays nobody but itself. Frames without a message in them (pings, fragments)
count against the same rate as messages do.

What is written goes to the transport at once. While the peer takes it more slowly than it comes, `is_slow` is true.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.speedups import apply_mask

from courier_protocol.messages import MAX_FRAME_BYTES

MAX_MESSAGE_BYTES: Final = 2 * MAX_FRAME_BYTES
"""Up to here a message reaches the session, which refuses those above its own limit with a close code of ours; beyond,
the WebSocket ends with 1009 before its bytes are read."""
FRAMES_PER_TURN: Final = 64
"""About half a millisecond of work."""
FRAGMENTS_A_FRAME: Final = 16
"""So many fragments of one message count as a frame of the peer's rate."""
MAX_KEPT_BYTES: Final = MAX_MESSAGE_BYTES + 65_536
"""What may wait of a socket that is not read: the beginning of a frame, and what was read beyond it."""
CLOSE_WITHIN_MS: Final = 2_000
"""How long the other side may take to answer a close."""
TEXT: Final = 0x81
BINARY: Final = 0x82
QUIET: Final = logging.getLogger("dispatch.web.websocket")
"""For the core, which at lower levels logs whole frames and the tokens in them."""
QUIET.setLevel(logging.WARNING)
_PLAIN: Final = frozenset({TEXT, BINARY})
_PROTOCOL_ERROR: Final = 1002
_INVALID_TEXT: Final = 1007
_NOT_TEXT: Final = "The text is not UTF-8."


class Wire(asyncio.Protocol, ABC):
    """One open WebSocket over a transport. Subclasses say what becomes of messages and of the end."""

    __slots__ = (
        "_core",
        "_fragments",
        "_is_kept_for_later",
        "_is_over",
        "_is_text",
        "_is_waiting",
        "_kept",
        "_needed_bytes",
        "_number_of_fragments",
        "_transport",
        "is_closing",
        "is_slow",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._core: ServerProtocol | None = None
        self._fragments: list[bytes] | None = None
        self._is_text = False
        self._kept = b""
        self._needed_bytes = 0
        self._number_of_fragments = 0
        self._is_waiting = False
        self._is_kept_for_later = False
        self._is_over = False
        self.is_closing = False
        self.is_slow = False

    # --- for the session ---------------------------------------------------------------------------------------

    @abstractmethod
    def take_message(self, payload: bytes, is_text: bool) -> None:
        """One message has come. Raises `UnicodeDecodeError` when it is to be text and is not UTF-8."""

    @abstractmethod
    def take_bare_frame(self) -> bool:
        """A frame has come that is no message: may the peer send it, at its rate? False when it was ended for it."""

    @abstractmethod
    def ended(self, code: int | None) -> None:
        """The peer has said goodbye (None), or broke the rules and was told so: 1002, 1007 or 1009."""

    @abstractmethod
    def lost(self) -> None:
        """The transport is gone."""

    def write(self, frame: bytes) -> None:
        """Write a whole frame; nothing once the close has been sent."""
        if not self.is_closing:
            self._transport.write(frame)

    @property
    def unsent_bytes(self) -> int:
        """What waits for the peer to take it."""
        return self._transport.get_write_buffer_size()

    def wait(self) -> None:
        """Take no further message until `go_on`: what the last one asked for takes time."""
        self._is_waiting = True
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Take what has come meanwhile, and what comes."""
        self._is_waiting = False
        if not self._is_over and not self._transport.is_closing():
            self._transport.resume_reading()
        self.take_kept()

    def close(self, code: int, reason: str) -> None:
        """Say goodbye with a code. The peer's answer, or `hang_up`, ends it."""
        if self.is_closing:
            return
        core = self._need_core()
        core.send_close(code, reason)
        self.is_closing = True  # before it is written: it is this side that ends it, no rule was broken
        self._write_out(core)
        if self._is_waiting:
            self.go_on()

    def hang_up(self) -> None:
        """End the transport whether or not the peer has answered."""
        self._transport.abort()

    def keep(self, data: bytes) -> bool:
        """Keep what has come for `take_kept`. Whether that is to be called: it is not, where it has been or will be."""
        is_first = not self._is_kept_for_later and not self._is_waiting
        self._is_kept_for_later = self._is_kept_for_later or is_first
        self._kept += data
        self._stay_bounded()
        return is_first

    def take_kept(self) -> None:
        """Take what was kept."""
        self._is_kept_for_later = False
        if self._kept and not self._is_waiting and not self._is_over and len(self._kept) >= self._needed_bytes:
            data, self._kept = self._kept, b""
            self._take(data)

    # --- what asyncio calls ------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if not self._kept and not self._is_waiting:
            return self._take(data)
        self._kept += data
        self._stay_bounded()
        return self.take_kept()

    def eof_received(self) -> None:
        """The peer will send nothing more; the transport closes itself."""
        self.take_kept()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        del exc
        self.take_kept()
        self._is_over = self.is_closing = True
        self._core = self._fragments = None
        self.lost()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self.is_slow = True

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self.is_slow = False

    # --- frames ------------------------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        """Take the frames of `data` in order, as many as one turn allows, and keep the rest."""
        at, size = 0, len(data)
        self._needed_bytes = 2
        for _ in range(FRAMES_PER_TURN):
            if size - at < 2 or self._is_waiting or self._is_over:
                break
            first, length, body = data[at], data[at + 1], at + 6
            if length == 254 and size - at >= 4:
                length, body = 128 + (data[at + 2] << 8 | data[at + 3]), at + 8
                first = first if length >= 254 else 0
            elif not 128 <= length < 254:
                first = 0
            end = body + length - 128
            if first not in _PLAIN or self._fragments is not None:
                taken_bytes = self._take_unusual(data, at)
                if not taken_bytes:
                    break
                at += taken_bytes
            elif end > size:
                self._needed_bytes = end - at
                break
            else:
                at = end
                if not self.is_closing:
                    try:
                        self.take_message(apply_mask(data[body:end], data[body - 4 : body]), first == TEXT)
                    except UnicodeDecodeError:
                        self._fail(_INVALID_TEXT, _NOT_TEXT)
        else:
            self._needed_bytes = 2  # there may be whole frames left, however short
        if at < size:
            self._keep(data[at:] if at else data)

    def _keep(self, data: bytes) -> None:
        """These bytes wait: for the rest of their frame, for the next turn of the loop, or for `go_on`."""
        if self._is_over:
            return
        self._kept = data
        if not self._is_waiting and len(data) >= self._needed_bytes:
            self.wait()
            asyncio.get_running_loop().call_soon(self.go_on)

    def _stay_bounded(self) -> None:
        """Whoever sends more than can be kept is not read until some of it is taken. A transport may still deliver what
        it had read; beyond all bounds it is ended.
        """
        if len(self._kept) > 2 * MAX_KEPT_BYTES:
            self.hang_up()
        elif len(self._kept) > MAX_KEPT_BYTES and not self._is_waiting:
            self.wait()
            asyncio.get_running_loop().call_soon(self.go_on)

    # --- the core's part ---------------------------------------------------------------------------------------

    def _take_unusual(self, data: bytes, at: int) -> int:
        """Hand one frame to the core. How many bytes that took; 0 when the frame is not whole yet."""
        taken_bytes = self._frame_bytes(data, at)
        if not taken_bytes or taken_bytes > len(data) - at:
            return 0
        if self.is_closing and data[at] & 15 != Opcode.CLOSE:
            return taken_bytes
        if self._fragments is None or data[at] & 8:
            counts = True
        else:
            self._number_of_fragments += 1
            counts = self._number_of_fragments % FRAGMENTS_A_FRAME == 0
        if counts and not self.is_closing and not self.take_bare_frame():
            return taken_bytes
        core = self._need_core()
        core.receive_data(data[at : at + taken_bytes])
        for event in core.events_received():
            if isinstance(event, Frame):
                self._take_event(event)
        if not self._is_over:
            self._write_out(core)
        if self._fragments is None and core.state is OPEN:
            self._core = None
        return taken_bytes

    def _frame_bytes(self, data: bytes, at: int) -> int:
        """How long the frame at `at` is; 0 while that is not known. One that the core will refuse by its head alone is
        as long as what has come of it.
        """
        here_bytes, length = len(data) - at, data[at + 1] & 127
        is_masked, head_bytes = data[at + 1] & 128, {126: 4, 127: 10}.get(length, 2)
        if here_bytes < head_bytes:
            self._needed_bytes = head_bytes
            return 0
        if length > 125:
            length = int.from_bytes(data[at + 2 : at + head_bytes], "big")
            if length <= {4: 125, 10: 65_535}[head_bytes]:
                self._fail(_PROTOCOL_ERROR, "The length is written longer than it has to be.")
                return 0
        if not is_masked or length > MAX_MESSAGE_BYTES:
            return here_bytes
        self._needed_bytes = head_bytes + 4 + length
        return self._needed_bytes

    def _take_event(self, frame: Frame) -> None:
        """A frame that the core has found good."""
        if frame.opcode is Opcode.TEXT or frame.opcode is Opcode.BINARY:
            self._is_text, self._fragments, self._number_of_fragments = frame.opcode is Opcode.TEXT, [], 0
        elif frame.opcode is not Opcode.CONT or self._fragments is None:
            return
        if frame.data:
            self._fragments.append(bytes(frame.data))
        if frame.fin:
            payload, self._fragments = b"".join(self._fragments), None
            if not self.is_closing:
                try:
                    self.take_message(payload, self._is_text)
                except UnicodeDecodeError:
                    self._fail(_INVALID_TEXT, _NOT_TEXT)

    def _need_core(self) -> ServerProtocol:
        if self._core is None:
            self._core = ServerProtocol(state=OPEN, max_size=MAX_MESSAGE_BYTES, logger=QUIET)
        return self._core

    def _fail(self, code: int, reason: str) -> None:
        core = self._need_core()
        core.fail(code, reason)
        self._write_out(core)

    def _write_out(self, core: ServerProtocol) -> None:
        """Write what the core wants said. When it has ended the WebSocket, so that is."""
        for part in core.data_to_send():
            if part:
                self._transport.write(part)
            else:
                self._end_writing(core)
        if core.state is not OPEN and not self.is_closing:
            self.is_closing = True
            self.ended(core.close_sent.code if core.close_sent and _is_failed(core) else None)

    def _end_writing(self, core: ServerProtocol) -> None:
        """Nothing more will be written. Who broke the rules may still be sending; its deadline ends that."""
        self._is_over = True
        self._kept = b""
        if _is_failed(core) and self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()


def _is_failed(core: ServerProtocol) -> bool:
    """Whether this side ended it for what the peer did, rather than by a close of both."""
    return core.close_rcvd is None or core.parser_exc is not None
