"""The rules of uploads where two calls meet: each is told the truth, and nothing is written twice."""

import asyncio
from dataclasses import replace

import pytest

from dispatch.adapters.memory_channel import MemoryProofStore
from dispatch.application.channel_ports import Upload
from dispatch.application.uploads import Uploads, WrongOffset, looks_like
from dispatch.domain.errors import Conflict

PICTURE = b"\xff\xd8\xff" + b"p" * 97
WANTED = Upload("0a1b2c3d-upload", "z1", "c1", "o1", "photo", "image/jpeg", len(PICTURE), 1_000)


async def as_sent(media_type: str, sent: bytes) -> bytes:
    del media_type
    return sent


class Slow(MemoryProofStore):
    """A store whose looks take a while, so that others get in between."""

    async def find(self, upload_id: str) -> Upload | None:
        found = await super().find(upload_id)
        await asyncio.sleep(0)
        return found


async def test_two_beginnings_at_once_are_one_upload() -> None:
    """A phone that sends its request twice begins it once; another courier's is refused."""
    uploads = Uploads(Slow(), as_sent)
    both = await asyncio.gather(uploads.begin(WANTED), uploads.begin(WANTED))
    assert both == [(WANTED, True), (WANTED, False)]
    other, third = Uploads(Slow(), as_sent), replace(WANTED, courier_id="c2")
    mine, theirs = await asyncio.gather(other.begin(WANTED), other.begin(third), return_exceptions=True)
    assert mine == (WANTED, True) and isinstance(theirs, Conflict)


async def test_a_piece_that_was_overtaken_hears_where_to_go_on() -> None:
    """Both looked at the same offset; one wrote."""
    uploads = Uploads(MemoryProofStore(), as_sent)
    upload, _ = await uploads.begin(WANTED)
    await uploads.append(upload, 0, PICTURE[:60])
    with pytest.raises(WrongOffset, match="byte 60") as late:
        await uploads.append(upload, 0, PICTURE[:60])
    assert late.value.offset_bytes == 60 and uploads.counters["upload_bytes"] == 60


def test_no_other_type_is_a_picture() -> None:
    """Whatever a file begins with."""
    assert not looks_like("image/svg+xml", b"<svg>") and not looks_like("image/webp", b"RIFF1234WAVE")
