"""The conformance cases as data: in a live session this is sent, and that must come.

The numbers before the dot are the categories of the Autobahn test suite (1 framing, 2 pings and pongs, 3 reserved bits,
4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing, 9 limits, 10 chopping); handshakes and compression (12, 13) are in
`conformance_handshakes`. What RFC 6455 demands is said by section number; where it leaves a choice, all that it allows
are named.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Encoding
from courier_protocol.messages import MAX_FRAME_BYTES
from tests.support.wire import BINARY, CLOSE, CONT, NO_CODE, PING, PONG, TEXT, closing, cut, fragments, frame
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


# --- 1 framing -------------------------------------------------------------------------------------------------


def framing() -> Iterator[Case]:
    """Lengths around every border of 5.2, in both encodings of ours."""
    yield broken("1.1", "an empty frame is no message", lambda s: [frame(s.opcode)], MALFORMED)
    for n, size in enumerate((64, 124, 125, 126, 127, 128, 1_000, 32_768, 65_534, 65_535, 65_536), start=2):
        yield whole(f"1.{n}", f"{size} bytes arrive whole", lambda s, z=size: [s.message(1, z)], 1)
    for n, size in enumerate((126, 65_535, 65_536), start=20):
        yield whole(
            f"1.{n}", f"{size} bytes under a mask of zeros", lambda s, z=size: [_masked(s, bytes(4), z)], 1
        )  # 5.3 wants masks to be unpredictable; a server cannot tell
    yield whole("1.23", "every mask byte counts", lambda s: [_masked(s, m, 131) for m in MASKS], *[1] * len(MASKS))
    yield broken("1.30", "126 bytes are not written in 64 bits (5.2)", lambda s: [_long(s, 126, 64)], LENGTHS)
    yield broken("1.31", "125 bytes are not written in 16 bits (5.2)", lambda s: [_long(s, 125, 16)], LENGTHS)
    yield broken("1.32", "125 bytes are not written in 64 bits (5.2)", lambda s: [_long(s, 125, 64)], LENGTHS)
    yield broken("1.33", "the highest bit of a length is 0 (5.2)", lambda s: [_declared(s, 2**63)], LENGTHS)
    yield broken("1.34", "all bits of a length set", lambda s: [_declared(s, 2**64 - 1)], LENGTHS)
    yield broken("1.35", "a client masks (5.1)", lambda s: [frame(s.opcode, s.ping(3), mask=None)])
    yield broken("1.36", "a client masks its control frames (5.1)", lambda s: [frame(PING, b"x", mask=None)])
    yield broken("1.37", "an empty frame has a mask as well (5.1)", lambda s: [frame(PING, mask=None)])


MASKS: Final = (b"\x00\x00\x00\x01", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04", b"\x80\x00\x00\x00")
LENGTHS: Final = frozenset({1002, 1009})
"""A length that breaks the rules may as well be seen to be too large first."""


def _masked(s: Speech, mask: bytes, size: int) -> bytes:
    return frame(s.opcode, s.ping(1, size), mask=mask)


def _long(s: Speech, size: int, bits: int) -> bytes:
    return frame(s.opcode, s.ping(3, size), length_bits=bits)


def _declared(s: Speech, length: int) -> bytes:
    return frame(s.opcode, b"", length=length)


# --- 2 pings and pongs -----------------------------------------------------------------------------------------


def pings() -> Iterator[Case]:
    """A ping is answered with its own payload (5.5.2, 5.5.3), and pongs that nobody asked for with nothing."""
    for n, size in enumerate((0, 1, 5, 124, 125), start=1):
        payload = bytes(range(size))
        yield Case(f"2.{n}", f"a ping of {size} bytes", lambda _, p=payload: [frame(PING, p)], pongs=(payload,))
    yield Case(
        "2.6", "no text: a ping's payload is bytes", lambda _: [frame(PING, b"\x00\xff\xfe")], pongs=(b"\x00\xff\xfe",)
    )
    yield broken("2.7", "a ping is at most 125 bytes (5.5)", lambda _: [frame(PING, b"x" * 126)])
    yield broken("2.8", "a pong as well (5.5)", lambda _: [frame(PONG, b"x" * 126)])
    yield broken("2.9", "a ping's length is written in 7 bits (5.5)", lambda _: [frame(PING, b"x", length_bits=16)])
    yield Case("2.10", "a pong that nobody asked for", lambda _: [frame(PONG)])
    yield Case("2.11", "and one with a payload", lambda _: [frame(PONG, b"unasked")])
    yield Case("2.12", "then a ping", lambda _: [frame(PONG, b"unasked") + frame(PING, b"x")], pongs=(b"x",))
    many = tuple(b"payload-%d" % n for n in range(10))
    yield Case("2.13", "ten pings in one segment", lambda _: [b"".join(frame(PING, p) for p in many)], pongs=many)
    yield Case("2.14", "ten pings, an octet at a time", lambda _: [frame(PING, p) for p in many], pongs=many, chop=1)
    yield Case(
        "2.15",
        "pings among messages, all in one segment",
        lambda s: [b"".join(s.message(n) + frame(PING, many[n]) for n in range(10))],
        hears=tuple(range(10)),
        pongs=many,
    )


# --- 3 reserved bits, 4 opcodes --------------------------------------------------------------------------------


def reserved() -> Iterator[Case]:
    """Without an extension RSV1 to RSV3 are 0 (5.2), and the opcodes 3 to 7 and 11 to 15 mean nothing (5.2)."""
    for rsv in range(1, 8):
        yield broken(f"3.{rsv}", f"RSV {rsv:03b} in a message", lambda s, r=rsv: [frame(s.opcode, s.ping(3), rsv=r)])
        yield broken(f"3.{rsv}0", f"RSV {rsv:03b} in a ping", lambda _, r=rsv: [frame(PING, b"x", rsv=r)])
        yield broken(f"3.{rsv}1", f"RSV {rsv:03b} in a close", lambda _, r=rsv: [frame(CLOSE, b"\x03\xe8", rsv=r)])
        yield broken(
            f"3.{rsv}2",
            f"RSV {rsv:03b} in a continuation",
            lambda s, r=rsv: [frame(s.opcode, s.ping(3), fin=False), frame(CONT, b" ", rsv=r)],
        )
    for opcode in (*range(3, 8), *range(11, 16)):
        yield broken(f"4.{opcode}", f"opcode {opcode}, empty", lambda _, o=opcode: [frame(o)])
        yield broken(f"4.{opcode}0", f"opcode {opcode} with a payload", lambda s, o=opcode: [frame(o, s.ping(3))])
        yield broken(f"4.{opcode}1", f"opcode {opcode}, unfinished", lambda s, o=opcode: [frame(o, b"x", fin=False)])


# --- 5 fragmentation -------------------------------------------------------------------------------------------


def fragmentation() -> Iterator[Case]:
    """Messages in pieces (5.4), with control frames between them, and what is no fragment of anything."""
    yield broken("5.1", "a fragmented ping (5.5)", lambda _: fragments(PING, [b"a", b"b"]))
    yield broken("5.2", "a fragmented pong (5.5)", lambda _: fragments(PONG, [b"a", b"b"]))
    yield broken("5.2b", "a fragmented close (5.5)", lambda _: [frame(CLOSE, b"\x03\xe8", fin=False)])
    for n, (count, chop) in enumerate([(2, 0), (2, 1), (5, 0), (5, 1), (1_000, 0), (1_000, 1)]):
        yield whole(
            f"5.3.{n}", f"{count} fragments, chopped by {chop}", lambda s, c=count: parts_of(s, 1, c), 1, chop=chop
        )
    yield whole("5.4", "all fragments in one segment", lambda s: [b"".join(parts_of(s, 1, 4))], 1)
    yield whole(
        "5.5",
        "two fragmented messages in one segment",
        lambda s: [b"".join(parts_of(s, 1, 3) + parts_of(s, 2, 3))],
        1,
        2,
    )
    for where in ("first", "middle", "last", "all but one"):
        yield whole(f"5.6 {where}", f"empty fragments: {where}", lambda s, w=where: _with_empty(s, w), 1)
    yield broken("5.7", "nothing but empty fragments", lambda s: fragments(s.opcode, [b"", b"", b""]), MALFORMED)
    for chop in (0, 1):
        yield Case(
            f"5.8.{chop}",
            f"pings between fragments, chopped by {chop}",
            lambda s: _between(s, frame(PING, b"x")),
            hears=(1,),
            pongs=(b"x", b"x"),
            chop=chop,
        )
    yield whole("5.9", "pongs between fragments", lambda s: _between(s, frame(PONG, b"x")), 1)
    for n, (fin, payload) in enumerate([(True, b"x"), (False, b"x"), (True, b""), (False, b"")]):
        yield broken(
            f"5.10.{n}", "a continuation of nothing (5.4)", lambda _, f=fin, p=payload: [frame(CONT, p, fin=f)]
        )
    yield broken("5.11", "a continuation after the end (5.4)", lambda s: [*parts_of(s, 1, 2), frame(CONT, b"x")])
    for name, opcode in (("text", TEXT), ("binary", BINARY)):
        for fin in (True, False):
            yield broken(
                f"5.12 {name} {fin:d}",
                f"a new {name} message inside of another (5.4)",
                lambda s, o=opcode, f=fin: [parts_of(s, 3, 2)[0], frame(o, s.ping(3), fin=f)],
            )
    yield Case(
        "5.13",
        "a close between fragments is heard, or found incomplete",
        lambda s: [parts_of(s, 1, 2)[0] + closing(1000)],
        ends=frozenset({1000, 1002}),
    )


def _with_empty(s: Speech, where: str) -> list[bytes]:
    first, second = cut(s.ping(1), len(s.ping(1)) // 2 + 1)
    parts = {
        "first": [b"", first, second],
        "middle": [first, b"", second],
        "last": [first, second, b""],
        "all but one": [*[b""] * 60, first + second, *[b""] * 60],
    }
    return fragments(s.opcode, parts[where])


def _between(s: Speech, control: bytes) -> list[bytes]:
    first, second, *rest = parts_of(s, 1, 3)
    return [first, control, second, control, *rest]


# --- 6 UTF-8 ---------------------------------------------------------------------------------------------------

VALID: Final = {
    "greek": "κόσμε",
    "one byte, first": "\x20",
    "one byte, last": "\x7f",
    "two bytes, first": "\x80",
    "two bytes, last": "\u07ff",
    "three bytes, first": "\u0800",
    "three bytes, last": "\uffff",
    "four bytes, first": "\U00010000",
    "four bytes, last": "\U0010ffff",
    "before the surrogates": "\ud7ff",
    "after the surrogates": "\ue000",
    "replacement character": "\ufffd",
    "no characters": "\ufdd0\ufffe\uffff\U0001fffe\U0010ffff",
    "every plane": "".join(chr((plane << 16) + 0x41) for plane in range(17)),
    "byte order mark inside": "\ufeff",
    "combining": "e\u0301\u200d\u20e3",
}
INVALID: Final = {
    "lone continuation": "80",
    "lone last continuation": "bf",
    "six continuations": "80bf80bf80bf",
    "start without continuation": "c3",
    "start before a space": "e228a1",
    "third byte missing": "e282",
    "fourth byte missing": "f09fa5",
    "overlong slash, two bytes": "c0af",
    "overlong slash, three bytes": "e080af",
    "overlong slash, four bytes": "f08080af",
    "overlong highest, two bytes": "c1bf",
    "overlong highest, three bytes": "e09fbf",
    "overlong highest, four bytes": "f08fbfbf",
    "overlong zero": "c080",
    "surrogate, first": "eda080",
    "surrogate, last": "edbfbf",
    "surrogate pair": "eda081edb080",
    "beyond the last plane": "f4908080",
    "five bytes": "f888808080",
    "six bytes": "fc8480808080",
    "never a byte: fe": "fe",
    "never a byte: ff": "ff",
    "latin-1": "e9",
    "good, then bad": "cebae1bdb9cf83cebcceb5eda080656469746564",
}


def utf8() -> Iterator[Case]:
    """Text is UTF-8 (5.6, 8.1), a code point may be split over frames, and everything else is the end with 1007."""
    for n, (name, text) in enumerate(VALID.items()):
        inside = text.encode()
        yield Case(f"6.1.{n}", f"valid: {name}", lambda _, b=inside: [frame(TEXT, text_of(b))], (1,), speaks=JSON)
        yield Case(
            f"6.2.{n}",
            f"valid, a fragment an octet: {name}",
            lambda _, b=inside: fragments(TEXT, cut(text_of(b), 1)),
            (1,),
            speaks=JSON,
        )
    for n, (name, digits) in enumerate(INVALID.items()):
        inside = bytes.fromhex(digits)
        yield _bad_text(f"6.3.{n}", f"invalid: {name}", lambda _, b=inside: [frame(TEXT, text_of(b))])
        yield _bad_text(
            f"6.4.{n}",
            f"invalid, a fragment an octet: {name}",
            lambda _, b=inside: fragments(TEXT, cut(text_of(b), 1)),
        )
    yield from _utf8_at_the_edges()


def _utf8_at_the_edges() -> Iterator[Case]:
    yield Case(
        "6.5",
        "an empty fragment inside of a code point",
        lambda _: fragments(TEXT, [text_of(FROZEN)[:25], b"", text_of(FROZEN)[25:]]),
        (1,),
        speaks=JSON,
    )
    yield Case(
        "6.6",
        "a ping inside of a code point, whose payload is no text",
        lambda _: [
            frame(TEXT, text_of(FROZEN)[:25], fin=False),
            frame(PING, b"\xff"),
            frame(CONT, text_of(FROZEN)[25:]),
        ],
        (1,),
        (b"\xff",),
        speaks=JSON,
    )
    yield _bad_text(
        "6.7", "the message ends inside of a code point", lambda _: [frame(TEXT, b'{"t":"ping"}' + FROZEN[:3])]
    )
    yield _bad_text("6.8", "in a message that is no JSON either", lambda _: [frame(TEXT, b"\xff\xff\xff")])
    yield _bad_text(
        "6.9", "a code point is not split over messages", lambda _: [frame(TEXT, FROZEN[:2]), frame(TEXT, FROZEN[2:])]
    )
    yield _bad_text("6.10", "a byte in a long message", lambda s: [frame(TEXT, text_of(b"y" * 60_000 + b"\xc0\xaf"))])
    yield _bad_text("6.11", "an unknown name of a field", lambda _: [frame(TEXT, b'{"t":"ping","n":1,"\xc0\xaf":1}')])
    yield Case(
        "6.12",
        "invalid text is 1007 also where text is not spoken",
        lambda _: [frame(TEXT, b"\xff")],
        ends=BAD_UTF8 | MALFORMED,
        speaks=("msgpack",),
    )
    yield Case(
        "6.13",
        "bytes in MessagePack are no text",
        lambda s: [frame(BINARY, s.encode({"t": "ping", "n": 1, "x": b"\xff\xc0\xaf"}))],
        (1,),
        speaks=("msgpack",),
    )


def _bad_text(id_: str, shows: str, sends: Callable[[Speech], Pieces]) -> Case:
    return Case(id_, shows, sends, ends=BAD_UTF8, speaks=JSON)


# --- 7 closing -------------------------------------------------------------------------------------------------

VALID_CODES: Final = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3007, 3505, 3999, 4000, 4999)
REGISTERED_LATER: Final = (1012, 1013, 1014)
"""Registered by IANA after the RFC; a server may know them or not."""
INVALID_CODES: Final = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)


def closes() -> Iterator[Case]:
    """A close is answered by one, normally with its code (5.5.1); codes that may not be sent are an error (7.4)."""
    for code in VALID_CODES:
        yield Case(f"7.1.{code}", f"{code} is echoed", lambda _, c=code: [closing(c)], ends=frozenset({code}))
    for code in REGISTERED_LATER:
        either = frozenset({code, 1002})
        yield Case(f"7.1.{code}", f"{code} is echoed or unknown", lambda _, c=code: [closing(c)], ends=either)
    for code in INVALID_CODES:
        yield Case(f"7.2.{code}", f"{code} is never sent", lambda _, c=code: [closing(c)], ends=PROTOCOL)
        yield Case(f"7.3.{code}", f"{code} with a reason", lambda _, c=code: [closing(c, b"so")], ends=PROTOCOL)
    normal, none = frozenset({1000}), frozenset({NO_CODE, 1000})
    yield Case("7.4.1", "a close without a code", lambda _: [closing()], ends=none)
    yield Case("7.4.2", "a close of one byte (5.5.1)", lambda _: [frame(CLOSE, b"\x03")], ends=PROTOCOL)
    yield Case("7.4.3", "a reason of 123 bytes", lambda _: [closing(1000, b"r" * 123)], ends=normal)
    yield Case("7.4.4", "a reason of 124 bytes (5.5)", lambda _: [closing(1000, b"r" * 124)], ends=PROTOCOL)
    yield Case("7.4.5", "a reason in UTF-8", lambda _: [closing(1000, "再见".encode())], ends=normal)
    yield Case("7.4.6", "a reason that is no UTF-8", lambda _: [closing(1000, b"\xff")], ends=BAD_UTF8 | PROTOCOL)
    yield Case(
        "7.4.7", "a reason cut inside of a code point", lambda _: [closing(1000, FROZEN[:3])], ends=BAD_UTF8 | PROTOCOL
    )
    yield Case("7.5.1", "two closes", lambda _: [closing(1000), closing(1001)], ends=normal)
    yield Case("7.5.2", "two closes in one segment", lambda _: [closing(1000) + closing(1001)], ends=normal)
    yield Case("7.5.3", "a message after the close is ignored", lambda s: [closing(1000) + s.message(1)], ends=normal)
    yield Case("7.5.4", "a ping after the close is ignored", lambda _: [closing(1000) + frame(PING, b"x")], ends=normal)
    yield Case("7.5.5", "rubbish after the close is ignored", lambda _: [closing(1000) + b"\xff" * 64], ends=normal)
    yield Case("7.5.6", "256 KiB after the close", lambda s: [closing(1000), s.message(1, 65_000) * 4], ends=normal)
    yield Case(
        "7.6.1",
        "what came before the close is no reason not to echo it",
        lambda s: [s.message(1) + closing(1000)],
        hears=(1,),
        ends=normal,
    )
    yield Case(
        "7.6.2",
        "an octet at a time",
        lambda s: [s.message(1) + closing(3007)],
        hears=(1,),
        ends=frozenset({3007}),
        chop=1,
    )


# --- 9 limits, 10 chopping -------------------------------------------------------------------------------------


def limits() -> Iterator[Case]:
    """A frame of ours has at most 65,536 bytes: up to twice that the session says so, beyond it the socket does."""
    most, twice = MAX_FRAME_BYTES, 2 * MAX_FRAME_BYTES
    yield whole("9.1", "as large as is allowed", lambda s: [s.message(1, most)], 1)
    yield broken("9.2", "one byte more", lambda s: [s.message(3, most + 1)], TOO_BIG)
    yield broken("9.3", "twice the limit", lambda s: [s.message(3, twice)], TOO_BIG)
    yield broken("9.4", "one byte more than twice", lambda s: [s.message(3, twice + 1)], FAR_TOO_BIG)
    yield broken("9.5", "a megabyte", lambda s: [s.message(3, 2**20)], FAR_TOO_BIG)
    for n, declared in enumerate((twice + 1, 2**20, 2**31, 2**32, 2**62, 2**63 - 1)):
        yield Case(
            f"9.6.{n}",
            f"{declared} bytes declared, none sent",
            lambda s, d=declared: [_declared(s, d)],
            ends=FAR_TOO_BIG,
        )
    for n, size in enumerate((64, 256, 1_024, 4_096, 16_384, 65_535)):
        yield whole(f"9.7.{n}", f"the limit in fragments of {size}", lambda s, z=size: _in_parts(s, most, z), 1)
        yield broken(
            f"9.8.{n}", f"one byte more in fragments of {size}", lambda s, z=size: _in_parts(s, most + 1, z), TOO_BIG
        )
        yield broken(
            f"9.9.{n}",
            f"more than twice in fragments of {size}",
            lambda s, z=size: _in_parts(s, twice + 1, z),
            FAR_TOO_BIG,
        )
    yield Case(
        "9.10",
        "a message that never ends",
        lambda s: [frame(s.opcode, b" " * 1_000, fin=False), *[frame(CONT, b" " * 1_000, fin=False)] * 200],
        ends=FAR_TOO_BIG | TOO_BIG,
    )
    yield Case(
        "9.11",
        "the limit is in bytes, not in characters",
        lambda _: [frame(TEXT, text_of("é".encode() * 34_000))],
        ends=TOO_BIG,
        speaks=JSON,
    )
    yield whole(
        "9.12",
        "500 messages in one segment",
        lambda s: [b"".join(s.message(n % 90) for n in range(500))],
        *[n % 90 for n in range(500)],
    )
    yield whole(
        "9.13",
        "64 messages in a frame",
        lambda s: [frame(s.opcode, s.encode([{"t": "ping", "n": n} for n in range(64)]))],
        *range(64),
    )
    yield broken(
        "9.14",
        "one message more in a frame is refused as a whole",
        lambda s: [frame(s.opcode, s.encode([{"t": "ping", "n": n} for n in range(65)]))] * 17,
        MALFORMED,
    )


def _in_parts(s: Speech, size: int, part: int) -> list[bytes]:
    return fragments(s.opcode, cut(s.ping(1, size), part))


def chopping() -> Iterator[Case]:
    """TCP cuts where it likes: no frame is found, or lost, by where a segment ends."""
    for chop in (1, 2, 3, 5, 7, 13, 64):
        yield whole(
            f"10.1.{chop}",
            f"messages of all lengths, {chop} bytes a time",
            lambda s: _several(s, 700),
            1,
            2,
            3,
            chop=chop,
        )
    for chop in (536, 1_460, 4_095, 65_535, 65_549):
        yield whole(
            f"10.2.{chop}", f"large messages, {chop} bytes a time", lambda s: _several(s, 65_536), 1, 2, 3, chop=chop
        )
    for end in range(1, 24):
        yield whole(
            f"10.3.{end}",
            f"a segment ends {end} bytes into the second frame",
            lambda s, e=end: _cut_at(s.message(1, 40), s.message(2, 300) + s.message(3), e),
            1,
            2,
            3,
        )


def _several(s: Speech, size: int) -> list[bytes]:
    return [s.message(1, size) + s.message(2) + s.message(3, 126)]


def _cut_at(before: bytes, after: bytes, end: int) -> list[bytes]:
    return [before + after[:end], after[end:]]


CASES: Final = tuple(
    case
    for category in (framing, pings, reserved, fragmentation, utf8, closes, limits, chopping)
    for case in category()
)
