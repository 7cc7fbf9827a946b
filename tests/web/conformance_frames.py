"""Conformance cases 1 to 5: framing, pings and pongs, reserved bits, opcodes, fragmentation."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tests.support.wire import BINARY, CLOSE, CONT, PING, PONG, TEXT, closing, cut, fragments, frame
from tests.web.conformance_case import MALFORMED, Case, broken, parts_of, whole
from tests.web.conformance_peer import Speech

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
    yield replace(
        broken("5.11", "a continuation after the end (5.4)", lambda s: [*parts_of(s, 1, 2), frame(CONT, b"x")]),
        hears=(1, 1),
    )
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
