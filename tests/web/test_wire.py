"""The WebSocket below the session, without a socket: frames cut anywhere, turns, and what waits for the beat."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from dispatch.web import wire
from dispatch.web.wire import FRAMES_PER_TURN, MAX_KEPT_BYTES, MAX_MESSAGE_BYTES, Wire


class Line(asyncio.Transport):
    """What is written, and whether it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_read = True
        self.is_gone = False

    def write(self, data: Any) -> None:
        self.written += data

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def is_closing(self) -> bool:
        return self.is_gone

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self.is_gone = True

    def abort(self) -> None:
        self.is_gone = True


@dataclass(eq=False)
class Ear(Wire):
    """Notes what it is told."""

    line: Line = field(default_factory=Line)
    messages: list[tuple[bytes, bool]] = field(default_factory=list)
    bare_frames: int = 0
    code: int | None = None

    def __post_init__(self) -> None:
        super().__init__(self.line)

    def take_message(self, payload: bytes, is_text: bool) -> None:
        if is_text:
            payload.decode()
        self.messages.append((payload, is_text))

    def take_bare_frame(self) -> bool:
        self.bare_frames += 1
        return True

    def ended(self, code: int | None) -> None:
        self.code = code

    def lost(self) -> None: ...


def frame(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin=fin).serialize(mask=True)


payloads = st.one_of(st.binary(max_size=40), st.integers(0, 70_000).map(lambda size: b"x" * size))
speeches = st.lists(st.tuples(st.booleans(), payloads, st.integers(1, 3), st.booleans()), max_size=8)


def said(speech: list[tuple[bool, bytes, int, bool]]) -> tuple[bytes, list[tuple[bytes, bool]], int]:
    """(the bytes on the wire, the messages, the number of pings in them): some in fragments, some with pings."""
    data, messages, pings = b"", [], 0
    for is_text, payload, parts, ping in speech:
        whole = b"t" * len(payload) if is_text else payload
        step = max(1, -(-len(whole) // parts))
        pieces = [whole[start : start + step] for start in range(0, len(whole), step)] or [b""]
        for n, piece in enumerate(pieces):
            opcode = (Opcode.TEXT if is_text else Opcode.BINARY) if n == 0 else Opcode.CONT
            data += frame(Opcode.PING, b"?") if ping else b""
            pings += ping
            data += frame(opcode, piece, fin=n == len(pieces) - 1)
        messages.append((whole, is_text))
    return data, messages, pings


@given(speeches, st.lists(st.integers(1, 90_000), max_size=12))
def test_it_does_not_matter_where_segments_are_cut(
    speech: list[tuple[bool, bytes, int, bool]], sizes: list[int]
) -> None:
    """Every message comes once, whole and in order, and every ping has its pong."""
    data, messages, pings = said(speech)
    ear = Ear()
    for size in sizes:
        ear.data_received(data[:size])
        data = data[size:]
    if data:
        ear.data_received(data)
    assert ear.messages == messages and ear.code is None
    assert ear.line.written.count(b"\x8a\x01?") == pings


async def test_a_turn_takes_so_many_frames() -> None:
    """The rest waits for the next turn of the loop, and meanwhile the socket is not read."""
    ear = Ear()
    ear.data_received(frame(Opcode.TEXT, b"a") * (2 * FRAMES_PER_TURN + 1))
    taken = [len(ear.messages)]
    for _ in range(3):
        assert ear.line.is_read == (taken[-1] > 2 * FRAMES_PER_TURN)
        await asyncio.sleep(0)
        taken.append(len(ear.messages))
    assert taken == [64, 128, 129, 129] and FRAMES_PER_TURN == 64


async def test_a_short_frame_behind_long_ones_is_not_forgotten() -> None:
    """What a turn leaves is looked at in the next one, though it be shorter than what was looked at last."""
    ear = Ear()
    long = frame(Opcode.TEXT, b"a", fin=False) + frame(Opcode.CONT, b"x" * 64, fin=False) * (FRAMES_PER_TURN - 1)
    ear.data_received(long + frame(Opcode.CONT, b""))
    await asyncio.sleep(0)
    assert [len(payload) for payload, _ in ear.messages] == [1 + 64 * (FRAMES_PER_TURN - 1)]


async def test_what_is_kept_is_bounded() -> None:
    """Bytes for the beat are kept up to a bound; then the peer is not read until they are taken."""
    ear, data = Ear(), frame(Opcode.BINARY, b"x" * 60_000)
    assert ear.keep(data) and not ear.keep(data)
    for _ in range(2):
        ear.keep(data)
    assert not ear.line.is_read and len(ear._kept) > MAX_KEPT_BYTES
    await asyncio.sleep(0)
    assert ear.line.is_read and len(ear.messages) == 4 and ear._kept == b""
    ear.take_kept()
    ear.wait()
    for _ in range(8):
        ear.keep(data)
    assert ear.line.is_gone


def test_a_message_at_the_end_of_a_connection_is_taken() -> None:
    """What waited for the beat when the peer went away was said even so."""
    ear = Ear()
    ear.keep(frame(Opcode.TEXT, b"bye"))
    ear.connection_lost(None)
    assert ear.messages == [(b"bye", True)]


def test_nothing_is_taken_after_a_close() -> None:
    """Of a peer that is being closed only the answer counts."""
    ear = Ear()
    ear.close(3001, "slow")
    ear.write(b"never")
    ear.data_received(frame(Opcode.TEXT, b"a") + frame(Opcode.CLOSE, b"\x0b\xb9") + frame(Opcode.TEXT, b"b"))
    assert ear.messages == [] and ear.line.is_gone and ear.line.written == b"\x88\x06\x0b\xb9slow"


def test_the_core_is_there_only_while_it_is_needed() -> None:
    """A ping costs one, for a moment; so does a fragmented message until it is whole."""
    ear = Ear()
    ear.data_received(frame(Opcode.PING, b""))
    assert ear._core is None
    ear.data_received(frame(Opcode.TEXT, b"a", fin=False))
    assert ear._core is not None
    ear.data_received(frame(Opcode.CONT, b"b"))
    assert ear._core is None and ear.messages == [(b"ab", True)]


def test_many_fragments_count_as_some_frames() -> None:
    """A message in a thousand pieces is no flood; a piece for ever is one."""
    ear = Ear()
    ear.data_received(frame(Opcode.TEXT, b"", fin=False))
    for _ in range(wire.FRAGMENTS_A_FRAME * 10):
        ear.data_received(frame(Opcode.CONT, b"x", fin=False))
    assert ear.bare_frames == 1 + 10
    ear.data_received(frame(Opcode.CONT, b"x" * MAX_MESSAGE_BYTES))
    assert ear.code == 1009
