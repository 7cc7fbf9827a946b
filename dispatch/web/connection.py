"""The shell around a session without I/O: one WebSocket, its messages, its clock and its end.

The session decides; the shell hands it what comes, carries out what it says in order, wakes it at its deadline, and
closes with the code that it names. No task and no queue stands between a message and its effect: what takes time (a
token against the database) is a task of its own, and the socket is not read until it is done.

What waits to be written is bounded: a peer that takes nothing for `MAX_SEND_S`, or for whom more than
`MAX_UNSENT_BYTES` wait, is a slow consumer and told to come back.
"""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import INVALID_MESSAGE, Channel, Decoder, Encoding, Speaker, encode_one
from courier_protocol.errors import RemoteProtocolError
from courier_protocol.framing import framed
from courier_protocol.messages import ErrorMessage
from courier_protocol.outputs import Close, Output, Send
from courier_protocol.server_session import ServerSession
from dispatch.application.ports import Ticker
from dispatch.application.pulse import Pulse
from dispatch.web.channel_tally import ChannelTally
from dispatch.web.deadlines import Deadlines
from dispatch.web.door import Door
from dispatch.web.services import Services
from dispatch.web.wire import CLOSE_WITHIN_MS, Wire

log = logging.getLogger(__name__)

MAX_UNSENT_BYTES: Final = 1_048_576
"""What may wait for one courier: replies, acks and the window of pushes. A watcher's lane bounds itself."""
MAX_SEND_S: Final = 20.0
SessionT = TypeVar("SessionT", bound=ServerSession)
_SPEAKERS: Final[dict[Channel, Speaker]] = {"courier": "courier", "live": "watcher"}
_DECODERS: Final[dict[tuple[Channel, Encoding], Decoder]] = {
    (channel, encoding): Decoder(speaker, encoding)
    for channel, speaker in _SPEAKERS.items()
    for encoding in ("json", "msgpack")
}


class Connections:
    """Every open socket of this process, so that a shutdown can say goodbye to each; `tally` is what they counted."""

    def __init__(self, ticker: Ticker, pulse: Pulse, door: Door) -> None:
        self.pulse = pulse
        self.door = door
        self.draining = False
        self.tally = ChannelTally()
        self.deadlines = Deadlines(ticker)
        self.empty = asyncio.Event()
        self.empty.set()
        self._open: dict[Connection[Any], None] = {}
        self._untaken: list[Connection[Any]] = []
        pulse.take_on_beat(self._take_what_waits)

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator["Connection[Any]"]:
        return iter(tuple(self._open))

    def add(self, connection: "Connection[Any]") -> None:
        """A socket is open."""
        self._open[connection] = None
        self.empty.clear()
        self.deadlines.watch(connection)

    def discard(self, connection: "Connection[Any]") -> None:
        """It is gone."""
        self._open.pop(connection, None)
        self.deadlines.forget(connection)
        if not self._open:
            self.empty.set()

    def take_later(self, connection: "Connection[Any]") -> None:
        """What this one has sent is taken at the beat."""
        self._untaken.append(connection)

    def _take_what_waits(self) -> None:
        untaken, self._untaken = self._untaken, []
        for connection in untaken:
            connection.take_kept()

    def hang_up(self) -> None:
        """End what has not ended by itself."""
        for connection in tuple(self._open):
            connection.hang_up()

    def drain(self) -> None:
        """Ask everyone to come back, to another process or to the next one."""
        self.draining = True
        for connection in tuple(self._open):
            connection.end(CloseCode.SERVER_DRAINING)


class Connection(Wire, Generic[SessionT]):
    """One open socket and its session. Subclasses carry out what only their channel knows."""

    __slots__ = ("_closed_with", "_connections", "_decoder", "_hang_up_mono_ms", "_slow_mono_ms", "_work", "bucket",
                 "encoding", "services", "session")  # fmt: skip

    channel: Channel

    def __init__(
        self,
        transport: asyncio.Transport,
        encoding: Encoding,
        session: SessionT,
        services: Services,
        connections: Connections,
    ) -> None:
        super().__init__(transport)
        self.session = session
        self.services = services
        self.encoding = encoding
        self._connections = connections
        self._decoder = _DECODERS[self.channel, encoding]
        self._closed_with: CloseCode | int | None = None
        self._hang_up_mono_ms: int | None = None
        self._slow_mono_ms: int | None = None
        self._work: asyncio.Task[None] | None = None
        self.bucket = 0
        connections.add(self)

    # --- for the channel ---------------------------------------------------------------------------------------

    @abstractmethod
    def take(self, output: Output) -> None:
        """Carry out an output that is neither `Send` nor `Close`."""

    @abstractmethod
    def gone(self) -> None:
        """The socket is gone."""

    @property
    def tally(self) -> ChannelTally:
        """Where this process counts."""
        return self._connections.tally

    @property
    def said_bye(self) -> bool:
        """Whether the peer ended the session on purpose."""
        return self._closed_with is CloseCode.BYE

    @property
    def mono_ms(self) -> int:
        """Technical time now."""
        return self.services.ticker.mono_ms()

    def carry_out(self, outputs: Iterable[Output]) -> None:
        """Do what the session says, in order."""
        for output in outputs:
            if type(output) is Send:
                self._send(output)
            elif type(output) is Close:
                self._close(output)
            else:
                self.take(output)

    def end(self, code: CloseCode, detail: str = "") -> None:
        """End the session from this side."""
        self.carry_out(self.session.close(code, detail))

    def work_on(self, work: Coroutine[Any, Any, None]) -> None:
        """Read nothing until this work is done, which a message has asked for."""
        self.wait()
        self._work = asyncio.create_task(work)
        self._work.add_done_callback(self._worked)

    def _worked(self, work: asyncio.Task[None]) -> None:
        self._work = None
        if not work.cancelled() and (error := work.exception()):
            log.error("a %s session failed", self.channel, exc_info=error)
            self.end(CloseCode.TRY_AGAIN)
        self.go_on()

    # --- out ---------------------------------------------------------------------------------------------------

    def _send(self, output: Any) -> None:
        message = output.message
        self.write(framed(encode_one(message, self.encoding), self.encoding))
        if type(message) is ErrorMessage and message.code != INVALID_MESSAGE:
            self.tally.refuse(message.code)
        if self.is_slow and self.unsent_bytes > MAX_UNSENT_BYTES:
            self.end(CloseCode.SLOW_CONSUMER)

    def _close(self, output: Any) -> None:
        self._closed_with = output.code
        self.close(output.code, output.reason)
        self._hang_up_soon()

    def _hang_up_soon(self) -> None:
        self._hang_up_mono_ms = self.mono_ms + CLOSE_WITHIN_MS
        self._connections.deadlines.watch(self)

    # --- see `Wire` --------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        pulse = self._connections.pulse
        pulse.came()
        if not pulse.waits:
            super().data_received(data)
        elif self.keep(data):
            self._connections.take_later(self)

    def take_message(self, payload: bytes, is_text: bool) -> None:
        """See `Wire`."""
        try:
            text = payload.decode() if is_text else ""  # also where the bytes are used: it has to be UTF-8
            messages = self._decoder.decode(text if is_text and self.encoding == "msgpack" else payload)
        except RemoteProtocolError as error:
            self.tally.refuse(error.code)
            return self.carry_out(self.session.refuse(error))
        services, session = self.services, self.session
        mono_ms, business_ms = services.ticker.mono_ms(), services.clock.now_ms()
        if len(messages) == 1:
            return self.carry_out(session.receive(messages[0], mono_ms, business_ms))
        outputs: list[Output] = []
        for message in messages:
            outputs += session.receive(message, mono_ms, business_ms)
        return self.carry_out(outputs)

    def take_bare_frame(self) -> bool:
        """See `Wire`."""
        self.carry_out(self.session.count_frame(self.mono_ms))
        return not self.is_closing

    def ended(self, code: int | None) -> None:
        """See `Wire`."""
        if code is not None:
            self._closed_with = code
            self.tally.break_rules(code)
        self._hang_up_soon()

    def lost(self) -> None:
        """See `Wire`."""
        self._hang_up_mono_ms = None
        self.session.closed()
        self.tally.session_ended(self._closed_with)
        self._connections.discard(self)
        self._connections.door.leave(self._transport)
        if self._work:
            self._work.cancel()
        self.gone()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().pause_writing()
        self._slow_mono_ms = self.mono_ms
        self._connections.deadlines.watch(self)

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().resume_writing()
        self._slow_mono_ms = None

    # --- time --------------------------------------------------------------------------------------------------

    @property
    def deadline_mono_ms(self) -> int | None:
        """See `Waiting`."""
        if self.is_closing:
            return self._hang_up_mono_ms
        deadline = self.session.deadline_mono_ms
        if self._slow_mono_ms is None or deadline is None:
            return deadline
        return min(deadline, self._slow_mono_ms + round(MAX_SEND_S * 1000))

    def look(self, mono_ms: int) -> None:
        """See `Waiting`."""
        if self.is_closing:
            self.hang_up()
        elif self._slow_mono_ms is not None and mono_ms >= self._slow_mono_ms + round(MAX_SEND_S * 1000):
            self.end(CloseCode.SLOW_CONSUMER)
        else:
            self.carry_out(self.session.tick(mono_ms))

    def shutdown(self) -> None:
        """See `uvicorn.Server.shutdown`, which calls this for every open connection."""
        self.end(CloseCode.SERVER_DRAINING)
