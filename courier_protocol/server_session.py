"""What both kinds of session have in common on the server: hello first and once, heartbeats, refusals, the end.

The theory. A session is a state machine without I/O. Its inputs are messages (`receive`), bytes that are no message
(`refuse`), the passing of time (`tick`) and the calls of the gateway; its outputs are a list that the gateway carries
out in order. It reads no clock: `mono_ms` is the gateway's monotonic clock, `business_ms` the business clock. The same
object therefore serves a Starlette endpoint, a bare asyncio.Protocol and a simulation under virtual time.

    state           what the peer may say            what ends it
    AWAITING_HELLO  hello                            hello timeout -> CLOSING
    AUTHENTICATING  bye                              `welcome` -> LIVE, `close` or hello timeout -> CLOSING
    LIVE            what the channel allows, once    silence, token's end, `bye`, `close` -> CLOSING
                    the hello is behind
    CLOSING         anything; it is ignored          `closed` -> CLOSED
    CLOSED          nothing

A message that its state does not allow ends the session with 3504. A well-formed frame with an unusable message in
LIVE is answered with an error and the session goes on, `max_refusals` times: a phone with one broken sensor must not
lose its courier the shift. In CLOSING and CLOSED the gateway's calls return nothing to do, for they may have been
on their way when the session ended; in the wrong earlier state they raise LocalProtocolError.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, ClassVar

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import INVALID_MESSAGE, Decoder
from courier_protocol.errors import LocalProtocolError, RemoteProtocolError
from courier_protocol.limits import SessionLimits, TokenBucket, silence_limit_ms
from courier_protocol.messages import MAX_DETAIL_LENGTH, PROTOCOL_VERSION, ErrorMessage, Message
from courier_protocol.outputs import Close, Output, Send


class State(Enum):
    """Where a session stands on the server."""

    AWAITING_HELLO = "awaiting_hello"
    AUTHENTICATING = "authenticating"
    LIVE = "live"
    CLOSING = "closing"
    CLOSED = "closed"


Handler = Callable[[Any, Any, int, int], list[Output]]
Table = Mapping[State, Mapping[type[Message], Handler]]


class ServerSession:
    """The common part; use CourierSession or WatcherSession."""

    __slots__ = (
        "_expires_mono_ms",
        "_expiry",
        "_handlers",
        "_heard_mono_ms",
        "_messages",
        "_refusals",
        "limits",
        "state",
    )

    table: ClassVar[Table]

    def __init__(self, mono_ms: int, limits: SessionLimits) -> None:
        self.limits = limits
        self._heard_mono_ms = mono_ms
        self._expires_mono_ms: int | None = None
        self._expiry = CloseCode.BAD_TOKEN
        self._refusals = 0
        self._messages = TokenBucket(limits.messages_burst, limits.messages_per_s, mono_ms)
        self._enter(State.AWAITING_HELLO)

    def _enter(self, state: State) -> None:
        self.state = state
        self._handlers = self.table[state]

    # --- inputs -------------------------------------------------------------------------------------------------

    def receive_frame(self, frame: bytes | str, decoder: Decoder, mono_ms: int, business_ms: int) -> list[Output]:
        """Decode a frame and take its messages in order; never raises for what the peer sent."""
        try:
            messages = decoder.decode(frame)
        except RemoteProtocolError as error:
            return self.refuse(error)
        if len(messages) == 1:
            return self.receive(messages[0], mono_ms, business_ms)
        outputs: list[Output] = []
        for message in messages:
            outputs += self.receive(message, mono_ms, business_ms)
        return outputs

    def receive(self, message: Message, mono_ms: int, business_ms: int) -> list[Output]:
        """Take one message."""
        handler = self._handlers.get(type(message))
        if handler is None:
            return self.close(CloseCode.PROTOCOL_ERROR, f"{type(message).__name__} is not allowed now.")
        if not self._messages.take(1, mono_ms):
            return self.close(CloseCode.RATE_EXCEEDED)
        self._heard_mono_ms = mono_ms
        return handler(self, message, mono_ms, business_ms)

    def count_frame(self, mono_ms: int) -> list[Output]:
        """Take note of a frame without a message in it (a WebSocket ping, a fragment): it counts against the rate."""
        return [] if self._messages.take(1, mono_ms) else self.close(CloseCode.RATE_EXCEEDED)

    def refuse(self, error: RemoteProtocolError) -> list[Output]:
        """Take a frame that could not be decoded: an error reply, or the end."""
        if error.code != INVALID_MESSAGE or self.state is not State.LIVE:
            return self.close(error.close_code, error.detail)
        return self._refuse(error.code, error.detail)

    def _refuse(self, code: str, detail: str, message_id: str = "") -> list[Output]:
        self._refusals += 1
        if self._refusals > self.limits.max_refusals:
            return self.close(CloseCode.PROTOCOL_ERROR, detail)
        return [Send(ErrorMessage(code=code, detail=detail[:MAX_DETAIL_LENGTH], id=message_id))]

    # --- time ---------------------------------------------------------------------------------------------------

    @property
    def deadline_mono_ms(self) -> int | None:
        """When `tick` has something to do at the latest; None if never. Messages only ever move it later."""
        if self.state is State.LIVE:
            silence_ms = silence_limit_ms(self.limits.heartbeat_s, self.limits.missed_heartbeats)
            expires = self._expires_mono_ms
            silent = self._heard_mono_ms + silence_ms
            return silent if expires is None else min(silent, expires)
        if self.state in {State.CLOSING, State.CLOSED}:
            return None
        return self._heard_mono_ms + round(self.limits.hello_timeout_s * 1000)

    def tick(self, mono_ms: int) -> list[Output]:
        """Let time pass; call it at the deadline or every second, as suits the gateway."""
        deadline = self.deadline_mono_ms
        if deadline is None or mono_ms < deadline:
            return []
        if self.state is not State.LIVE:
            return self.close(CloseCode.HELLO_TIMEOUT)
        if deadline == self._expires_mono_ms:
            return self.close(self._expiry)
        return self.close(CloseCode.HEARTBEAT_TIMEOUT)

    # --- the end ------------------------------------------------------------------------------------------------

    def close(self, code: CloseCode, detail: str = "") -> list[Output]:
        """End the session; after this, carry out the output and call `closed` when the transport is gone."""
        if self.state in {State.CLOSING, State.CLOSED}:
            return []
        self._enter(State.CLOSING)
        return [Close(code, detail or code.sentence)]

    def closed(self) -> None:
        """The transport is gone, for whatever reason."""
        self._enter(State.CLOSED)

    # --- for the kinds ------------------------------------------------------------------------------------------

    def _is_over(self, needed: State, call: str) -> bool:
        """Whether the session ended before this call; raises LocalProtocolError if the call comes too early."""
        if self.state is needed:
            return False
        if self.state in {State.CLOSING, State.CLOSED}:
            return True
        raise LocalProtocolError(f"{call} needs the state {needed.value}, not {self.state.value}.")

    def _check_version(self, v: int, features: tuple[str, ...]) -> list[Output]:
        """Refuse what we do not speak; nothing otherwise."""
        unknown = sorted(set(features) - self.limits.features)
        if v == PROTOCOL_VERSION and not unknown:
            return []
        return self.close(CloseCode.UNSUPPORTED)

    def _bye(self, _message: Message, _mono_ms: int, _business_ms: int) -> list[Output]:
        return self.close(CloseCode.BYE)
