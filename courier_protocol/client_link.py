"""What both kinds of session have in common on the client: hello, heartbeats, the clock, the end and the way back.

The theory. A client session outlives its links. A link begins with `connected` and ends with `disconnected`, which
says how long to stay away, or that the session has ended for good. What is to be sent is not pushed out but asked for:
`outgoing` returns the next frame's messages whenever the socket can take one, so that what is urgent goes first and
what is stale need not go at all. The session reads no clock: `mono_ms` is the client's monotonic clock.

    state     input                          effect                                       next
    OFFLINE   connected                      hello is due                                 GREETING
    GREETING  welcome                        the clock starts, the first ping is due      LIVE
              5 s without it                 Close(HELLO_TIMEOUT)                         CLOSING
    LIVE      pong                           a clock sample                               LIVE
              silence for 2.5 heartbeats     Close(HEARTBEAT_TIMEOUT)                     CLOSING
              others                         see the kind of session                      LIVE, CLOSING
    CLOSING   any message                    ignored                                      CLOSING
    any       what the state does not allow  Close(PROTOCOL_ERROR)                        CLOSING
              disconnected, final code       nothing is left to do; `ended` says why      ENDED
              disconnected, otherwise        stay away for the delay, then connect        OFFLINE
              goodbye                        say bye, close the link, never come back     ENDED
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from enum import Enum
from random import Random
from typing import Any, ClassVar

from courier_protocol.backoff import full_jitter_ms
from courier_protocol.clock import BusinessClock
from courier_protocol.close_codes import CloseCode, is_final
from courier_protocol.codec import Decoder
from courier_protocol.errors import LocalProtocolError, RemoteProtocolError
from courier_protocol.limits import SessionLimits, silence_limit_ms
from courier_protocol.live import WatchWelcome
from courier_protocol.messages import Fix, Message, Ping, Pong, StreamPosition, Welcome
from courier_protocol.outputs import Close, Output
from courier_protocol.stream import StreamReader

GREETING_TIMEOUT_MS = round(SessionLimits().hello_timeout_s * 1000)
MISSED_HEARTBEATS = SessionLimits().missed_heartbeats


class ClientState(Enum):
    """Where a session stands on the client."""

    OFFLINE = "offline"
    GREETING = "greeting"
    LIVE = "live"
    CLOSING = "closing"
    ENDED = "ended"


Handler = Callable[[Any, Any, int], list[Output]]
Table = Mapping[ClientState, Mapping[type[Message], Handler]]


class ClientLink(ABC):
    """The common part; use ClientSession (couriers) or WatchClientSession.

    `rng` draws the back-off. `ended` is the reason once the server has ended the session for good.
    """

    table: ClassVar[Table]

    def __init__(self, rng: Random) -> None:
        self.state = ClientState.OFFLINE
        self.ended: RemoteProtocolError | None = None
        self.clock = BusinessClock()
        self.reader = StreamReader()
        self._rng = rng
        self._failures = 0
        self._begin(0)

    def _begin(self, mono_ms: int) -> None:
        """Forget what belongs to one link only."""
        self._heard_mono_ms = mono_ms
        self._heartbeat_ms = 0
        self._live_since_mono_ms: int | None = None
        self._hello_mono_ms: int | None = None
        self._ping_number = 0
        self._ping_mono_ms = mono_ms
        self._ping_due_mono_ms = mono_ms

    # --- the link -----------------------------------------------------------------------------------------------

    def connected(self, mono_ms: int) -> None:
        """A link is up; ask `outgoing` for the hello."""
        if self.state is not ClientState.OFFLINE:
            raise LocalProtocolError(f"A new link needs the state offline, not {self.state.value}.")
        self._begin(mono_ms)
        self.state = ClientState.GREETING

    def disconnected(self, close_code: int | None, mono_ms: int, detail: str = "") -> int | None:
        """The link is gone, or could not be had. Returns the delay before the next try in ms; None: never again.

        `close_code` is the one of the server's close frame, if it sent one. If this side closed first, the server's
        is only an echo and says nothing.
        """
        if close_code is not None and is_final(close_code) and self.state is not ClientState.CLOSING:
            self._end(close_code, detail)
            return None
        since = self._live_since_mono_ms
        if since is not None and mono_ms - since >= self._heartbeat_ms:
            self._failures = 0
        self._live_since_mono_ms = None
        delay_ms = full_jitter_ms(self._failures, self._rng)
        self._failures += 1
        self.state = ClientState.OFFLINE
        return delay_ms

    def _end(self, close_code: int, detail: str) -> None:
        known = {int(code): code for code in CloseCode}
        code = known.get(close_code, CloseCode.UNSUPPORTED)
        self.ended = RemoteProtocolError(code.name.lower(), code, detail or code.sentence)
        self.state = ClientState.ENDED

    def goodbye(self) -> list[Message]:
        """The app ends the session: send these, close the link, and do not come back."""
        messages = self._last_words() if self.state is ClientState.LIVE else []
        self.state = ClientState.ENDED
        return messages

    def _last_words(self) -> list[Message]:
        return []

    # --- time ---------------------------------------------------------------------------------------------------

    @property
    def deadline_mono_ms(self) -> int | None:
        """When `tick` or `outgoing` has something to do at the latest; None if only an event can."""
        if self.state is ClientState.LIVE:
            return min(self._silent_mono_ms, self._ping_due_mono_ms)
        return self._silent_mono_ms if self.state is ClientState.GREETING else None

    @property
    def _silent_mono_ms(self) -> int:
        if self.state is ClientState.GREETING:
            return self._heard_mono_ms + GREETING_TIMEOUT_MS
        return self._heard_mono_ms + silence_limit_ms(self._heartbeat_ms / 1000, MISSED_HEARTBEATS)

    def tick(self, mono_ms: int) -> list[Output]:
        """Let time pass."""
        if mono_ms < self._silent_mono_ms:
            return []
        is_greeting = self.state is ClientState.GREETING
        return self._close(CloseCode.HELLO_TIMEOUT if is_greeting else CloseCode.HEARTBEAT_TIMEOUT)

    # --- what is to be sent -------------------------------------------------------------------------------------

    def outgoing(self, mono_ms: int, device_ms: int) -> list[Message]:
        """The messages of the next frame, now that the socket can take one; empty if there is nothing to say.

        `device_ms` is the device's wall clock. What is returned counts as sent.
        """
        if self.state is ClientState.LIVE:
            return self._due(mono_ms, device_ms)
        if self.state is not ClientState.GREETING or self._hello_mono_ms is not None:
            return []
        self._hello_mono_ms = mono_ms
        return [self._hello(device_ms)]

    @abstractmethod
    def _hello(self, device_ms: int) -> Message:
        """The first message of a link."""

    @abstractmethod
    def _due(self, mono_ms: int, device_ms: int) -> list[Message]:
        """What a live link has to say now."""

    def _due_ping(self, mono_ms: int, device_ms: int, fix: Fix | None) -> list[Message]:
        if mono_ms < self._ping_due_mono_ms:
            return []
        self._ping_number += 1
        self._ping_mono_ms = mono_ms
        self._ping_due_mono_ms = mono_ms + self._heartbeat_ms
        return [Ping(n=self._ping_number, device_ms=device_ms, fix=fix)]

    # --- what the server says -----------------------------------------------------------------------------------

    def receive_frame(self, frame: bytes | str, decoder: Decoder, mono_ms: int) -> list[Output]:
        """Decode a frame and take its messages in order; never raises for what the server sent."""
        try:
            messages = decoder.decode(frame)
        except RemoteProtocolError as error:
            return self._close(CloseCode.PROTOCOL_ERROR, error.detail)
        outputs: list[Output] = []
        for message in messages:
            outputs += self.receive(message, mono_ms)
        return outputs

    def receive(self, message: Message, mono_ms: int) -> list[Output]:
        """Take one message."""
        handler = self.table[self.state].get(type(message))
        if handler is None:
            return self._close(CloseCode.PROTOCOL_ERROR, f"{type(message).__name__} is not allowed now.")
        self._heard_mono_ms = mono_ms
        return handler(self, message, mono_ms)

    def _welcome(self, welcome: Welcome | WatchWelcome, mono_ms: int) -> list[Output]:
        if not welcome.resumed:
            self.reader.forget()
        elif self.reader.position != StreamPosition(epoch=welcome.epoch, seq=welcome.seq):
            return self._close(CloseCode.PROTOCOL_ERROR, "The server resumed where this client does not stand.")
        sent_mono_ms = mono_ms if self._hello_mono_ms is None else self._hello_mono_ms
        self.clock.start(sent_mono_ms, mono_ms, welcome.business_now_ms, welcome.rate)
        self._heartbeat_ms = round(welcome.heartbeat_s * 1000)
        self._live_since_mono_ms = self._ping_due_mono_ms = mono_ms
        self.state = ClientState.LIVE
        return []

    def _pong(self, pong: Pong, mono_ms: int) -> list[Output]:
        if pong.n == self._ping_number and self._ping_number:
            self.clock.sample(self._ping_mono_ms, mono_ms, pong.business_now_ms)
        return []

    def _close(self, code: CloseCode, detail: str = "") -> list[Output]:
        if self.state not in {ClientState.GREETING, ClientState.LIVE}:
            return []
        self.state = ClientState.CLOSING
        return [Close(code, detail or code.sentence)]
