"""What a conformance case is, and short ways to write one; the cases themselves are in the modules beside this one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Encoding
from tests.support.wire import cut, fragments
from tests.web.conformance_peer import Speech

BOTH: Final[tuple[Encoding, ...]] = ("json", "msgpack")
JSON: Final[tuple[Encoding, ...]] = ("json",)
PROTOCOL: Final = frozenset({1002})
BAD_UTF8: Final = frozenset({1007})
TOO_BIG: Final = frozenset({CloseCode.FRAME_TOO_BIG})
FAR_TOO_BIG: Final = frozenset({1009})
MALFORMED: Final = frozenset({CloseCode.PROTOCOL_ERROR})
FROZEN: Final = b"\xf0\x9f\xa5\xb6"
"""One code point of four bytes."""

Pieces = Sequence[bytes]


@dataclass(frozen=True)
class Case:
    """One case. `sends` makes what is written, piece by piece, `chop` bytes at a time where that is not 0.

    `hears` are the numbers of our pongs and `pongs` the payloads of WebSocket pongs, each in this order. `ends` are the
    close codes that are allowed; without them the session must go on. Where a session ends, what came just before may
    be left unanswered (7.1.7), so that then a beginning of `hears` and `pongs` is enough.
    """

    id: str
    shows: str
    sends: Callable[[Speech], Pieces]
    hears: tuple[int, ...] = ()
    pongs: tuple[bytes, ...] = ()
    ends: frozenset[int] | None = None
    speaks: tuple[Encoding, ...] = BOTH
    chop: int = 0


def whole(id_: str, shows: str, sends: Callable[[Speech], Pieces], *numbers: int, chop: int = 0) -> Case:
    """Messages that must arrive, in this order."""
    return Case(id_, shows, sends, hears=numbers, chop=chop)


def broken(id_: str, shows: str, sends: Callable[[Speech], Pieces], ends: frozenset[int] = PROTOCOL) -> Case:
    """A good message, something that must end the session, and another message that is not answered any more."""
    return Case(id_, shows, lambda s: [s.message(1), *sends(s), s.message(2)], hears=(1,), ends=ends)


def text_of(inside: bytes) -> bytes:
    """A ping 1 in JSON with these bytes inside a string that nobody reads."""
    return b'{"t":"ping","n":1,"x":"' + inside + b'"}'


def parts_of(s: Speech, n: int, count: int, size: int = 0) -> list[bytes]:
    """The ping in `count` fragments or a few more."""
    payload = s.ping(n, size)
    return fragments(s.opcode, cut(payload, max(len(payload) // count, 1)))
