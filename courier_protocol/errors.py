"""The one tree of errors of the protocol.

ProtocolError
├── LocalProtocolError      our own bug: a call that the state forbids, or a message that breaks the rules
└── RemoteProtocolError     the peer's doing: a frame that breaks the rules, or a session that it ended
"""

from courier_protocol.close_codes import CloseCode


class ProtocolError(Exception):
    """Any violation of the protocol, ours or the peer's."""


class LocalProtocolError(ProtocolError):
    """This side was about to break the protocol; the caller has a bug and nothing was sent."""


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol, or ended the session for good.

    `code` is a stable word for programs, `close_code` the close code that belongs to it, `detail` one sentence for
    people. It never holds what the peer sent, so that it may be logged.
    """

    def __init__(self, code: str, close_code: CloseCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.close_code = close_code
        self.detail = detail
