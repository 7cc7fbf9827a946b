"""What strangers' phones send as pictures: only pixels come through, and only so many of them."""

import struct
import uuid
import zlib

import pytest

from dispatch.adapters.pictures import LONGEST_SIDE, remade
from dispatch.application.uploads import NotThatPicture
from tests.support.pictures import look, picture
from tests.support.web import House

SCRIPT = b"<script>alert(document.domain)</script>"
TYPES = ("image/jpeg", "image/png", "image/webp")


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says to be that large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


async def sent(h: House, body: bytes, media_type: str = "image/jpeg") -> tuple[str, int]:
    """(URL, status of the last piece) of an upload of c1."""
    placed = await h.order()
    mine, url = h.headers("courier", "c1"), f"/v1/uploads/{uuid.uuid4()}"
    begin = {**mine, "Upload-Length": str(len(body)), "Content-Type": media_type}
    assert (await h.http.post(f"{url}?order_id={placed['id']}&kind=photo", headers=begin)).status_code == 201
    piece = {**mine, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    return url, (await h.http.patch(url, content=body, headers=piece)).status_code


async def test_a_picture_is_never_a_page(h: House) -> None:
    """A polyglot comes out without what stood behind its end, under its own type, sandboxed; nothing sniffs it."""
    url, status = await sent(h, picture() + SCRIPT)
    shown = await h.http.get(url, headers=h.headers("dispatcher"))
    assert (status, shown.status_code) == (204, 200) and b"script" not in shown.content
    assert shown.headers["content-type"] == "image/jpeg" and shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"] and shown.headers["cache-control"] == "no-store"


async def test_what_only_begins_as_a_picture_is_thrown_away(h: House) -> None:
    """415 once it is complete, counted, and the upload is gone as if it had never been begun."""
    url, status = await sent(h, b"\xff\xd8\xff" + SCRIPT)
    assert status == 415 and h.services.uploads.counters["uploads_refused"] == 1
    assert (await h.http.get(url, headers=h.headers("dispatcher"))).status_code == 404
    assert (await h.http.head(url, headers=h.headers("courier", "c1"))).status_code == 404


@pytest.mark.parametrize("media_type", TYPES)
def test_where_and_with_what_it_was_taken_stays_on_the_phone(media_type: str) -> None:
    """EXIF is gone, and what it said about the way up has been done."""
    taken = picture(media_type, place=True)
    assert b"Phone of Grace" in taken
    made = remade(media_type, taken)
    assert look(made) == (media_type, (48, 64), 0)
    assert b"Grace" not in made and b"60.1661234" not in made


@pytest.mark.parametrize("media_type", TYPES)
def test_large_pictures_become_smaller(media_type: str) -> None:
    """So that nobody's disk is filled by cameras, and proportions stay."""
    _, size, _ = look(remade(media_type, picture(media_type, (LONGEST_SIDE * 2, LONGEST_SIDE))))
    assert size == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (2**31 - 1, 1), (2**31 - 1, 2**31 - 1)])
def test_a_pixel_bomb_is_not_set_off(width: int, height: int) -> None:
    """A file of 130 bytes with billions of pixels is refused by its head, before anything is decoded."""
    with pytest.raises(NotThatPicture, match="pixels"):
        remade("image/png", bomb(width, height))


@pytest.mark.parametrize("media_type", TYPES)
def test_broken_pictures_are_none(media_type: str) -> None:
    """Cut off anywhere, of another type, or empty: refused, and never by another error."""
    whole = picture(media_type)
    others = [picture(other) for other in TYPES if other != media_type]
    for broken in (b"", *others, *(whole[:end] for end in range(1, len(whole) // 2, 97))):
        with pytest.raises(NotThatPicture):
            remade(media_type, broken)
