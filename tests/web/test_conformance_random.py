"""Random streams of frames, the same on every run: whole ones must arrive whole, and damaged ones must end in order.

A parser that is fast for ordinary frames is wrong, if it is, where one kind of frame follows another or where a segment
ends; so both are drawn here, many at a time.
"""

import asyncio
import logging
from random import Random

import pytest

from tests.support.web import House
from tests.support.wire import CLOSE, GONE, NO_CODE, PING, PONG, TEXT, closing, code_of, cut, fragments, frame
from tests.web.conformance_peer import LAST, SPEECHES, Speech, in_session, settled

SIZES = (0, 32, 124, 125, 126, 127, 128, 300, 4_000, 20_000, 65_535, 65_536)


def a_message(chance: Random, speech: Speech, n: int) -> list[bytes]:
    """The frames of one message of ours: one, or several of random sizes, some empty."""
    payload, mask = speech.ping(n, chance.choice(SIZES)), chance.randbytes(4)
    if chance.random() < 0.5:
        return [frame(speech.opcode, payload, mask=mask)]
    ends = sorted(chance.randrange(len(payload) + 1) for _ in range(chance.randrange(1, 6)))
    parts = [payload[start:end] for start, end in zip([0, *ends], [*ends, len(payload)], strict=True)]
    return fragments(speech.opcode, parts)


def a_stream(chance: Random, speech: Speech, count: int) -> tuple[bytes, list[bytes]]:
    """(messages 0 to `count` - 1 with pings and pongs before any frame, the payloads of the pings)."""
    stream, pings = bytearray(), []
    for n in range(count):
        for one in a_message(chance, speech, n):
            if chance.random() < 0.3:
                pings.append(chance.randbytes(chance.randrange(126)))
                stream += frame(PING, pings[-1], mask=chance.randbytes(4))
            if chance.random() < 0.1:
                stream += frame(PONG, chance.randbytes(3))
            stream += one
    return bytes(stream), pings


def segments(chance: Random, stream: bytes) -> list[bytes]:
    """The stream cut anywhere, in pieces of a few bytes or of many."""
    pieces, start = [], 0
    while start < len(stream):
        size = chance.choice((1, 2, 3, 7, 50, 1_460, 8_000, 65_536))
        pieces.append(stream[start : start + size])
        start += size
    return pieces


@pytest.mark.parametrize("seed", range(12))
async def test_whole_streams_arrive_whole(h: House, address: str, seed: int) -> None:
    """Forty messages in any fragments and segments: every pong of ours and of the socket's comes, in order."""
    await h.courier("c2")
    chance = Random(seed)

    async def run(speech: Speech) -> None:
        stream, pings = a_stream(chance, speech, 40)
        async with in_session(h, address, speech, {"json": "c1", "msgpack": "c2"}[speech.encoding]) as peer:
            for piece in segments(chance, stream):
                await peer.send(piece)
                await asyncio.sleep(0)
            await peer.send(speech.message(LAST))
            heard = await peer.until_pong(LAST)
            assert heard.numbers == [*range(40), LAST]
            assert heard.pongs == pings

    await asyncio.gather(*map(run, SPEECHES))


def damaged(chance: Random, stream: bytes) -> bytes:
    """The stream with one to three bytes changed, taken out or put in."""
    broken = bytearray(stream)
    for _ in range(chance.randrange(1, 4)):
        at, what = chance.randrange(len(broken)), chance.randrange(3)
        if what == 0:
            broken[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            del broken[at]
        else:
            broken.insert(at, chance.randrange(256))
    return bytes(broken)


ORDERLY = {*range(1000, 1004), NO_CODE, GONE, *range(1007, 1015), *range(3000, 5000)}
"""What may end a damaged stream: a code for what is wrong with it, the echo of a close that came about by accident,
or nothing, where the server still waited for the rest of a frame."""


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.name)
async def test_damaged_streams_end_in_order(
    h: House, address: str, speech: Speech, caplog: pytest.LogCaptureFixture
) -> None:
    """Each session goes on, waits for the rest, or ends by a code that fits; each is counted, and nothing breaks."""
    chance, streams = Random(speech.name), 60
    caplog.set_level(logging.ERROR)
    for _ in range(streams):
        async with in_session(h, address, speech) as peer:
            await peer.send(damaged(chance, a_small_stream(chance, speech)), closing(1000))
            peer.wire.writer.write_eof()
            while (came := await peer.wire.message()) is not None and came.opcode != CLOSE:
                pass
            assert code_of(came) in ORDERLY
    assert await settled(h) == streams
    assert caplog.messages == []


def a_small_stream(chance: Random, speech: Speech) -> bytes:
    """A few short messages, so that most of the bytes are heads of frames."""
    pieces: list[bytes] = []
    for n in range(chance.randrange(1, 6)):
        parts = cut(speech.ping(n), chance.choice((3, 8, 100)))
        pieces += [frame(PING, b"x"), *fragments(speech.opcode, parts), frame(TEXT, b"[]")]
    return b"".join(pieces)
