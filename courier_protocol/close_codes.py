"""Numbered reasons for the end of a session.

The ranges say what the client does, so that a client that does not know a code still behaves:
3000-3499 come back with full-jitter back-off, 3500-3999 do not come back until a person or a program has changed
something. Any other code, and a link that died without one, counts as a network failure: come back.
(The scheme is Centrifugo's; RFC 6455 section 7.4.2 reserves 3000-3999 for libraries and applications.)
"""

from enum import IntEnum

RECONNECT_RANGE = range(3000, 3500)
FINAL_RANGE = range(3500, 4000)


class CloseCode(IntEnum):
    """Every close code that either side sends."""

    SERVER_DRAINING = 3000
    SLOW_CONSUMER = 3001
    HEARTBEAT_TIMEOUT = 3002
    HELLO_TIMEOUT = 3003
    TRY_AGAIN = 3004
    RATE_EXCEEDED = 3005
    STREAM_GAP = 3006
    BYE = 3007
    BAD_TOKEN = 3500
    FORBIDDEN = 3501
    SUPERSEDED = 3502
    UNSUPPORTED = 3503
    PROTOCOL_ERROR = 3504
    FRAME_TOO_BIG = 3505
    LINK_EXPIRED = 3506

    @property
    def sentence(self) -> str:
        """What happened and what to do, in one sentence."""
        return _SENTENCES[self]


_SENTENCES = {
    CloseCode.SERVER_DRAINING: "The server is going down for a moment; come back.",
    CloseCode.SLOW_CONSUMER: "Too much waits that was not taken; come back and resume from the last one received.",
    CloseCode.HEARTBEAT_TIMEOUT: "Nothing was heard for too long; come back.",
    CloseCode.HELLO_TIMEOUT: "The hello did not come, or was not answered, in time; come back.",
    CloseCode.TRY_AGAIN: "The server cannot serve this session now; come back.",
    CloseCode.RATE_EXCEEDED: "Too many messages came in too short a time; come back and send fewer.",
    CloseCode.STREAM_GAP: "The client missed a push and comes back to resume.",
    CloseCode.BYE: "The client ended the session on purpose; it may come back when it likes.",
    CloseCode.BAD_TOKEN: "The token is not valid or has expired; get a new one.",
    CloseCode.FORBIDDEN: "The token does not allow this; use another one.",
    CloseCode.SUPERSEDED: "A newer session of the same courier took over; this one is over.",
    CloseCode.UNSUPPORTED: "The protocol version or a required feature is not supported; update the client.",
    CloseCode.PROTOCOL_ERROR: "A message broke the rules of the protocol; update the client.",
    CloseCode.FRAME_TOO_BIG: "A frame was larger than the limit; send smaller frames.",
    CloseCode.LINK_EXPIRED: "The order ended long ago, and its link with it; ask whoever sent the link.",
}


def is_final(code: int) -> bool:
    """Whether a client must not come back by itself after this close code."""
    return code in FINAL_RANGE
