"""Proof pictures over HTTP: begun by the phone, resumed after any cut, shown to staff, and nothing but pictures."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from dispatch.application.uploads import MAX_BYTES
from tests.support.pictures import look, picture
from tests.support.web import House, eventually, listening

JPEG = picture()
JPEG_LENGTH = len(JPEG)
PNG = picture("image/png")
WEBP = picture("image/webp")
SHOWN = ("image/jpeg", (64, 48), 0)
PIECE = "application/offset+octet-stream"


class Phone:
    """A courier's phone, as it uploads one picture."""

    def __init__(self, h: House, order_id: str, courier_id: str = "c1", upload_id: str = "") -> None:
        self.http, self.order_id = h.http, order_id
        self.headers = h.headers("courier", courier_id)
        self.id = upload_id or str(uuid.uuid4())

    @property
    def url(self) -> str:
        return f"/v1/uploads/{self.id}"

    async def begin(self, length: Any = JPEG_LENGTH, media_type: str = "image/jpeg", **params: str) -> httpx.Response:
        params = {"order_id": self.order_id, "kind": "photo", **params}
        headers = {**self.headers, "Upload-Length": str(length), "Content-Type": media_type}
        return await self.http.post(self.url, params=params, headers=headers)

    async def send(self, offset: Any, piece: bytes, media_type: str = PIECE) -> httpx.Response:
        headers = {**self.headers, "Upload-Offset": str(offset), "Content-Type": media_type}
        return await self.http.patch(self.url, content=piece, headers=headers)

    async def look(self) -> tuple[int, str, str]:
        answer = await self.http.head(self.url, headers=self.headers)
        return answer.status_code, answer.headers.get("upload-offset", ""), answer.headers.get("upload-length", "")


@pytest.fixture
async def order_id(h: House) -> str:
    placed = await h.order()
    await h.plan("c1", placed["id"])
    made: str = placed["id"]
    return made


@pytest.fixture
async def phone(h: House, order_id: str) -> AsyncIterator[Phone]:
    yield Phone(h, order_id)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_picture_in_pieces(h: House, phone: Phone) -> None:
    """201 with its place, 204 and the new offset for each piece, and then staff see it, as nothing but a picture."""
    begun = await phone.begin()
    assert (begun.status_code, begun.headers["location"], begun.headers["upload-offset"]) == (201, phone.url, "0")
    assert await phone.look() == (200, "0", str(len(JPEG)))
    on_its_way = await h.http.get(phone.url, headers=h.headers("dispatcher"))
    assert code(on_its_way) == (404, "not_uploaded_yet")
    for start in range(0, len(JPEG), 700):
        answer = await phone.send(start, JPEG[start : start + 700])
        assert answer.status_code == 204 and answer.content == b""
        assert answer.headers["upload-offset"] == str(min(start + 700, len(JPEG)))
        assert answer.headers["cache-control"] == "no-store"
    for headers in (h.headers("dispatcher"), h.headers("support"), phone.headers):
        shown = await h.http.get(phone.url, headers=headers)
        assert shown.status_code == 200 and look(shown.content) == SHOWN
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["content-disposition"] == "inline"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert h.services.uploads.counters["uploads_complete"] == 1


async def test_beginning_again_goes_on(phone: Phone) -> None:
    """After a reload the phone knows its id only: 200 with the offset, 409 for the same id as something else."""
    await phone.begin()
    await phone.send(0, JPEG[:500])
    again = await phone.begin()
    assert (again.status_code, again.headers["upload-offset"], again.headers["upload-length"]) == (
        *(200, "500"),
        str(len(JPEG)),
    )
    assert code(await phone.begin(length=99)) == (409, "upload_id_taken")
    assert code(await phone.begin(media_type="image/png")) == (409, "upload_id_taken")
    assert code(await phone.begin(kind="signature")) == (409, "upload_id_taken")


async def test_a_lost_answer_is_no_lost_piece(phone: Phone) -> None:
    """The piece that is sent again is told where the upload ends; nothing is written twice."""
    await phone.begin()
    await phone.send(0, JPEG[:500])
    repeated = await phone.send(0, JPEG[:500])
    assert code(repeated) == (409, "wrong_offset") and repeated.headers["upload-offset"] == "500"
    assert code(await phone.send(501, b"x")) == (409, "wrong_offset")
    assert (await phone.send(500, b"")).headers["upload-offset"] == "500"
    await phone.send(500, JPEG[500:])
    assert await phone.look() == (200, str(len(JPEG)), str(len(JPEG)))


async def test_what_is_complete_never_changes(h: House, phone: Phone) -> None:
    """Neither by more bytes nor by beginning again."""
    await phone.begin()
    await phone.send(0, JPEG)
    assert code(await phone.send(0, JPEG)) == (409, "wrong_offset")
    assert code(await phone.send(len(JPEG), b"x")) == (413, "upload_too_large")
    assert (await phone.begin()).headers["upload-offset"] == str(len(JPEG))
    assert look((await h.http.get(phone.url, headers=h.headers())).content) == SHOWN


async def test_what_came_before_a_cut_is_kept(h: House, phone: Phone) -> None:
    """Over a real socket that breaks in the middle of a piece: the upload goes on after the bytes that came."""
    import asyncio

    await phone.begin()
    async with listening(h) as address:
        host, _, port = address.partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = (
            f"PATCH {phone.url} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {phone.headers['Authorization']}\r\n"
            f"Upload-Offset: 0\r\nContent-Type: {PIECE}\r\nContent-Length: {len(JPEG)}\r\n\r\n"
        )
        writer.write(head.encode() + JPEG[:600])
        await writer.drain()
        writer.close()
        await eventually(lambda: h.services.uploads.counters["upload_bytes"])
    assert await phone.look() == (200, "600", str(len(JPEG)))
    assert (await phone.send(600, JPEG[600:])).status_code == 204
    assert look((await h.http.get(phone.url, headers=h.headers())).content) == SHOWN


@pytest.mark.parametrize(("media_type", "sent"), [("image/png", PNG), ("image/webp", WEBP), ("image/jpeg", JPEG)])
async def test_pictures_are_what_they_say(h: House, order_id: str, media_type: str, sent: bytes) -> None:
    """Judged by the first bytes: each type as itself is taken, as another one 415, and then nothing is kept of it."""
    for said in ("image/jpeg", "image/png", "image/webp"):
        phone = Phone(h, order_id)
        assert (await phone.begin(len(sent), said)).status_code == 201
        answer = await phone.send(0, sent)
        if said == media_type:
            assert answer.status_code == 204
        else:
            assert code(answer) == (415, "not_that_picture")
            assert await phone.look() == (200, "0", str(len(sent)))


@pytest.mark.parametrize(
    "trick", [b"<!doctype html><script>", b"<svg onload=alert(1)>", b"GIF89a" + b"\0" * 20, b"\0" * 64]
)
async def test_other_files_are_no_pictures(phone: Phone, trick: bytes) -> None:
    """Pages, drawings with scripts, and noise are refused at their first piece; so is one that is too small to tell."""
    await phone.begin()
    assert code(await phone.send(0, trick)) == (415, "not_that_picture")
    assert code(await phone.send(0, JPEG[:11])) == (422, "piece_too_small")
    assert await phone.look() == (200, "0", str(len(JPEG)))


@pytest.mark.parametrize(
    ("length", "media_type", "params", "refused"),
    [
        (MAX_BYTES + 1, "image/jpeg", {}, (413, "upload_too_large")),
        ("9" * 30, "image/jpeg", {}, (400, "bad_upload_length")),
        ("", "image/jpeg", {}, (400, "bad_upload_length")),
        ("-1", "image/jpeg", {}, (400, "bad_upload_length")),
        ("1e3", "image/jpeg", {}, (400, "bad_upload_length")),
        ("NaN", "image/jpeg", {}, (400, "bad_upload_length")),
        (0, "image/jpeg", {}, (422, "bad_upload_length")),
        (11, "image/jpeg", {}, (422, "bad_upload_length")),
        (100, "image/svg+xml", {}, (415, "not_a_picture")),
        (100, "text/html", {}, (415, "not_a_picture")),
        (100, "", {}, (415, "not_a_picture")),
        (100, "image/jpeg", {"kind": "selfie"}, (422, "bad_parameter")),
        (100, "image/jpeg", {"kind": ""}, (422, "bad_parameter")),
        (100, "image/jpeg", {"order_id": "none"}, (404, "unknown_order")),
        (100, "image/jpeg", {"order_id": ""}, (404, "unknown_order")),
        (100, "image/jpeg", {"order_id": "\x00"}, (422, "bad_parameter")),
    ],
)
async def test_bad_beginnings(
    phone: Phone, length: Any, media_type: str, params: dict[str, str], refused: tuple[int, str]
) -> None:
    """A numbered problem, and no upload."""
    assert code(await phone.begin(length, media_type, **params)) == refused
    assert (await phone.look())[0] == 404


@pytest.mark.parametrize(
    "upload_id",
    [
        *("short", "x" * 65, "with.dots.in.it", "id with spaces", "a%00bcdefgh", "%E5%9B%BE%E7%89%87" * 4),
        *("..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fsecret", "..%5c..%5csecret"),
    ],
)
async def test_ids_are_plain(h: House, order_id: str, upload_id: str) -> None:
    """Nothing else becomes part of a path, whatever is asked of it."""
    phone = Phone(h, order_id, upload_id=upload_id)
    assert (await phone.begin()).status_code in (404, 422)
    assert (await phone.send(0, JPEG)).status_code == 404
    assert (await phone.look())[0] == 404
    assert (await h.http.get(phone.url, headers=h.headers())).status_code == 404


async def test_bad_pieces(h: House, phone: Phone) -> None:
    """Each is a numbered problem and adds nothing."""
    await phone.begin()
    for offset, piece, media_type, refused in (
        ("", JPEG, PIECE, (400, "bad_upload_offset")),
        ("-1", JPEG, PIECE, (400, "bad_upload_offset")),
        ("0.0", JPEG, PIECE, (400, "bad_upload_offset")),
        (len(JPEG) + 1, b"x", PIECE, (413, "upload_too_large")),
        (0, JPEG + b"x", PIECE, (413, "upload_too_large")),
        (0, b"\xff\xd8\xff" + b"x" * MAX_BYTES, PIECE, (413, "upload_too_large")),
        (0, JPEG, "image/jpeg", (415, "not_a_piece")),
        (0, JPEG, "application/json", (415, "not_a_piece")),
    ):
        assert code(await phone.send(offset, piece, media_type)) == refused

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"\xff\xd8\xff" + b"x" * 1_000

    headers = {**phone.headers, "Upload-Offset": "0", "Content-Type": PIECE}
    chunked = await h.http.patch(phone.url, content=endless(), headers=headers)
    assert chunked.status_code == 413
    assert await phone.look() == (200, "0", str(len(JPEG)))
    assert code(await Phone(h, phone.order_id).send(0, JPEG)) == (404, "unknown_upload")


async def test_pictures_are_nobody_elses(h: House, phone: Phone) -> None:
    """Another courier neither sees, adds to nor takes over an upload; shops and shoppers have no business with it."""
    await h.courier("c2", "Bo")
    await phone.begin()
    other = Phone(h, phone.order_id, "c2", phone.id)
    assert code(await other.begin()) == (409, "upload_id_taken")
    assert code(await other.send(0, JPEG)) == (404, "unknown_upload") and (await other.look())[0] == 404
    await phone.send(0, JPEG)
    assert code(await h.http.get(phone.url, headers=other.headers)) == (404, "unknown_upload")
    for role in ("integrator", "finance", "customer"):
        assert (await h.http.get(phone.url, headers=h.headers(role))).status_code == 403
    elsewhere = {"Authorization": f"Bearer {h.token('admin', zones=('mars',))}"}
    assert (await h.http.get(phone.url, headers=elsewhere)).status_code == 403
    assert (await h.http.get(phone.url)).status_code == 401


async def test_a_courier_who_is_not_registered(h: House, order_id: str) -> None:
    """Has no zone, and so no order to show a picture for."""
    assert code(await Phone(h, order_id, "ghost").begin()) == (404, "unknown_courier")


async def test_an_order_that_the_zone_has_forgotten(h: House, phone: Phone) -> None:
    """A phone that was offline for a day still brings its pictures: the store knows the order."""
    del h.hub.replica.state.orders[phone.order_id]
    assert (await phone.begin()).status_code == 201


async def test_what_is_unfinished_is_bounded(h: House, order_id: str) -> None:
    """64 open uploads, then 429; finishing one makes room, and those of a week ago are given up."""
    phones = [Phone(h, order_id) for _ in range(65)]
    for phone in phones[:64]:
        assert (await phone.begin()).status_code == 201
    full = await phones[64].begin()
    assert code(full) == (429, "too_many_uploads") and full.headers["retry-after"] == "60"
    assert (await phones[0].begin()).status_code == 200
    await phones[0].send(0, JPEG)
    assert (await phones[64].begin()).status_code == 201
    h.clock.pass_ms(7 * 24 * 3_600_000 + 1)
    assert (await Phone(h, order_id).begin()).status_code == 201
    assert (await phones[1].look())[0] == 404 and (await phones[0].look())[0] == 200
