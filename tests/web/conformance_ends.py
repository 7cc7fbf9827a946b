"""Conformance cases 6, 7, 9 and 10: UTF-8, closing, limits, chopping."""

from collections.abc import Callable, Iterator
from typing import Final

from courier_protocol.messages import MAX_FRAME_BYTES
from tests.support.wire import BINARY, CLOSE, CONT, NO_CODE, PING, TEXT, closing, cut, fragments, frame
from tests.web.conformance_case import (
    BAD_UTF8,
    FAR_TOO_BIG,
    FROZEN,
    JSON,
    MALFORMED,
    PROTOCOL,
    TOO_BIG,
    Case,
    Pieces,
    broken,
    text_of,
    whole,
)
from tests.web.conformance_peer import Speech

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
        "6.14",
        "bad text and a close in one segment",
        lambda _: [frame(TEXT, text_of(b"\xff")) + closing(1000)],
        ends=BAD_UTF8 | {1000},
        speaks=JSON,
    )
    yield Case(
        "6.15",
        "two bad texts in one segment",
        lambda _: [frame(TEXT, text_of(b"\xff")) * 2],
        ends=BAD_UTF8,
        speaks=JSON,
    )
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
            lambda s, d=declared: [frame(s.opcode, length=d)],
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
