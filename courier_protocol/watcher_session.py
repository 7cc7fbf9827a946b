"""A watcher's session on the server, for `/v1/live`: `ServerSession` plus pings, looks and what is attended to;
everything else only goes down.

What a watcher is shown is encoded once for many (`codec.encode_one`) and chained by lane, not by session, so it does
not pass through here: the gateway sends the snapshot after `welcome`, then the lane's frames, and bounds what waits
for a slow reader by closing with SLOW_CONSUMER.

A watcher who holds another token or zone says hello in a new session.
"""

from typing import ClassVar

from courier_protocol.close_codes import CloseCode
from courier_protocol.limits import SessionLimits
from courier_protocol.live import Attend, Look, WatchHello, WatchWelcome
from courier_protocol.messages import Ping, Pong, StreamPosition
from courier_protocol.outputs import AuthenticateWatcher, Output, Send, TakeAttend, TakeLook
from courier_protocol.server_session import ServerSession, State, Table


class WatcherSession(ServerSession):
    """One watcher's session."""

    __slots__ = ()

    table: ClassVar[Table]

    def __init__(self, mono_ms: int, limits: SessionLimits | None = None) -> None:
        super().__init__(mono_ms, limits or SessionLimits())

    def _hello(self, hello: WatchHello, _mono_ms: int, _business_ms: int) -> list[Output]:
        refused = self._check_version(hello.v, ())
        if refused:
            return refused
        if bool(hello.track) == bool(hello.token) or bool(hello.token) != bool(hello.zone):
            return self.close(CloseCode.PROTOCOL_ERROR, "A hello holds either track, or token and zone.")
        self._enter(State.AUTHENTICATING)
        return [AuthenticateWatcher(hello)]

    def welcome(
        self,
        mono_ms: int,
        business_ms: int,
        *,
        rate: float,
        position: StreamPosition,
        resumed: bool,
        city: str = "",
        expires_mono_ms: int | None = None,
        expiry: CloseCode = CloseCode.BAD_TOKEN,
    ) -> list[Output]:
        """The hello is good; unless `resumed`, send a snapshot next. `position` is where the changes chain from.

        `expires_mono_ms` is when the token or link ends, on the same clock as `mono_ms`, and the session with `expiry`.
        """
        if self._is_over(State.AUTHENTICATING, "welcome"):
            return []
        self._enter(State.LIVE)
        self._heard_mono_ms = mono_ms
        self._expires_mono_ms, self._expiry = expires_mono_ms, expiry
        welcome = WatchWelcome(
            business_now_ms=business_ms,
            server_mono_ms=mono_ms,
            rate=rate,
            epoch=position.epoch,
            seq=position.seq,
            heartbeat_s=self.limits.heartbeat_s,
            resumed=resumed,
            city=city,
        )
        return [Send(welcome)]

    def _look(self, look: Look, _mono_ms: int, _business_ms: int) -> list[Output]:
        return [TakeLook(look.view)]

    def _attend(self, attend: Attend, _mono_ms: int, _business_ms: int) -> list[Output]:
        return [TakeAttend(attend)]

    def _ping(self, ping: Ping, mono_ms: int, business_ms: int) -> list[Output]:
        return [Send(Pong(n=ping.n, business_now_ms=business_ms, server_mono_ms=mono_ms))]


WatcherSession.table = {
    State.AWAITING_HELLO: {WatchHello: WatcherSession._hello},
    State.AUTHENTICATING: {},
    State.LIVE: {
        Look: WatcherSession._look,
        Attend: WatcherSession._attend,
        Ping: WatcherSession._ping,
    },
    State.CLOSING: {},
    State.CLOSED: {},
}
