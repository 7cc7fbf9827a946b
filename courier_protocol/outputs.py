"""What a session tells its shell to do. A shell carries them out in order and adds nothing of its own."""

import msgspec

from courier_protocol.close_codes import CloseCode
from courier_protocol.live import Attend, View, WatchHello
from courier_protocol.messages import (
    Action,
    Fix,
    Hello,
    Message,
    Refresh,
    Reply,
)

MAX_REASON_BYTES = 123
"""RFC 6455: a close frame holds 125 bytes, two of them the code."""


class Output(msgspec.Struct, frozen=True, gc=False):
    """The base of every output."""


class Send(Output, frozen=True, gc=False):
    """Send this message."""

    message: Message


class Close(Output, frozen=True, gc=False):
    """Send what was to be sent before, close the WebSocket with this code, then tell the session `closed`."""

    code: CloseCode
    detail: str

    @property
    def reason(self) -> str:
        """The detail, cut to what a close frame holds."""
        return self.detail.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


# --- server side --------------------------------------------------------------------------------------------------


class Authenticate(Output, frozen=True, gc=False):
    """Check the token, take a generation from SQL, decide whether `hello.resume` can be served; then call
    `welcome` or `close`.
    """

    hello: Hello


class AuthenticateWatcher(Output, frozen=True, gc=False):
    """Check the token or the tracking token and whether `hello.resume` can be served; then `welcome` or `close`."""

    hello: WatchHello


class Reauthenticate(Output, frozen=True, gc=False):
    """Check the newer token; then call `refreshed`, or `reply` with ok=False."""

    refresh: Refresh


class TakeFixes(Output, frozen=True, gc=False):
    """Fixes numbered `first_seq`, `first_seq + 1`, ... of this generation: each number comes once, in any order."""

    generation: int
    first_seq: int
    fixes: tuple[Fix, ...]


class TakeHeartbeat(Output, frozen=True, gc=False):
    """The courier is there. The phone's wall clock (0: not told) and its last fix, which may have come before."""

    device_ms: int
    fix: Fix | None


class TakeAction(Output, frozen=True, gc=False):
    """Put this action into the inbox under its id; then call `reply` with the committed outcome."""

    action: Action


class TakeLook(Output, frozen=True, gc=False):
    """The watcher looks at this part of the zone from now on; None: at all of it."""

    view: View | None


class TakeAttend(Output, frozen=True, gc=False):
    """The watcher has this open from now on."""

    attend: Attend


# --- client side --------------------------------------------------------------------------------------------------


class Tell(Output, frozen=True, gc=False):
    """Show this to the app. A push is acknowledged when the app is done with it: call `handled`."""

    event: Message


class Settle(Output, frozen=True, gc=False):
    """The action named by the reply is settled; it has left the outbox."""

    reply: Reply
