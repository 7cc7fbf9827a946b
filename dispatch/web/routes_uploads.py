"""Proof pictures, uploaded in pieces after the delivery: resumable as in tus 1.0, under an id that the phone chose.

`POST` begins, `HEAD` says how far it got, `PATCH` adds a piece at the offset, `GET` shows the whole picture.
"""

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from dispatch.application.access import Reach, Role, reach
from dispatch.application.channel_ports import Upload
from dispatch.application.uploads import (
    HEAD_BYTES,
    KINDS,
    MAX_BYTES,
    MEDIA_TYPES,
    UPLOAD_ID,
    NotThatPicture,
    TooManyUploads,
    WrongOffset,
)
from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.domain.order import Order
from dispatch.web.call import Call
from dispatch.web.couriers import find_courier
from dispatch.web.depot_limits import check_depots
from dispatch.web.limits import read_body, steadily
from dispatch.web.problems import Problem

PIECE = "application/offset+octet-stream"
SHOWN = {
    "Content-Disposition": "inline",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""A picture comes from a stranger's phone: whatever it really is, a browser shall run nothing of it."""


async def begin_upload(call: Call) -> Response:
    """`POST /v1/uploads/{id}`: 201 for a new one, 200 with the offset for one that the same courier began before."""
    upload = await _wanted(call)
    try:
        begun, is_new = await call.services.uploads.begin(upload)
    except TooManyUploads as error:
        raise Problem(429, error.code, error.detail, headers={"Retry-After": "60"}) from None
    return Response(None, 201 if is_new else 200, {"Location": f"/v1/uploads/{begun.id}", **_progress(begun)})


async def read_progress(call: Call) -> Response:
    """`HEAD /v1/uploads/{id}`."""
    return Response(None, 200, _progress(await _own(call)))


async def add_piece(call: Call) -> Response:
    """`PATCH /v1/uploads/{id}`: 204 with the new offset; 409 at another one. What came before a cut is kept."""
    upload = await _own(call)
    offset_bytes = _figure(call, "upload-offset", upload.length_bytes)
    if _media_type(call) != PIECE:
        raise Problem(415, "not_a_piece", f"Send pieces as {PIECE}.")
    if offset_bytes != upload.offset_bytes:
        raise _elsewhere(upload.offset_bytes)
    piece, whole = await _piece(call, upload.length_bytes - offset_bytes)
    try:
        grown = await call.services.uploads.append(upload, offset_bytes, piece)
    except WrongOffset as error:
        raise _elsewhere(error.offset_bytes) from None
    except NotThatPicture as error:
        raise Problem(415, error.code, error.detail) from None
    if not whole:
        raise Problem(400, "body_incomplete", "The piece ended early; ask how far it got, and go on from there.")
    return Response(None, 204, _progress(grown))


async def read_picture(call: Call) -> Response:
    """`GET /v1/uploads/{id}`, for staff, for the courier who made it, and for the distributor of the order."""
    upload = await call.services.uploads.find(call.path("id"))
    _allow(call, upload, upload.courier_id if call.subject.role is Role.COURIER else await _placed_by(call, upload))
    await check_depots(call, [upload.order_id])
    return Response(await call.services.uploads.read(upload), 200, SHOWN, upload.media_type)


async def _wanted(call: Call) -> Upload:
    """The upload as the request describes it. Raises `Problem`, `InvalidInput` or `NotFound`."""
    upload_id, order_id, kind = call.path("id"), call.query("order_id"), call.query("kind")
    if not UPLOAD_ID.fullmatch(upload_id):
        raise InvalidInput("bad_upload_id", "An upload's id has 8-64 letters, digits and dashes, as a UUID has.")
    if kind not in KINDS:
        raise Problem(422, "bad_parameter", f"The parameter kind is one of {', '.join(KINDS)}.")
    length_bytes = _figure(call, "upload-length", MAX_BYTES)
    if length_bytes < HEAD_BYTES:
        raise InvalidInput("bad_upload_length", f"A picture has at least {HEAD_BYTES} bytes.")
    media_type = _media_type(call)
    if media_type not in MEDIA_TYPES:
        raise Problem(415, "not_a_picture", f"A picture is {', '.join(MEDIA_TYPES)}.")
    hub, courier = find_courier(call, call.subject.id)
    if order_id not in hub.replica.state.orders:
        found = await call.services.store.find_order(order_id)
        if found is None or found[0] != hub.zone_id:
            raise NotFound("unknown_order", "There is no such order in your zone.")
    made_at_ms = call.services.clock.now_ms()
    return Upload(upload_id, hub.zone_id, courier.id, order_id, kind, media_type, length_bytes, made_at_ms)


async def _own(call: Call) -> Upload:
    upload = await call.services.uploads.find(call.path("id"))
    _allow(call, upload, upload.courier_id)
    return upload


async def _placed_by(call: Call, upload: Upload) -> str:
    found = await call.services.store.find_order(upload.order_id)
    return found[1].placed_by if found and isinstance(found[1], Order) else ""


def _allow(call: Call, upload: Upload, owner_id: str) -> None:
    """What is somebody else's is as unknown as an upload that is not. Raises `NotFound` or `Forbidden`."""
    if reach(call.subject, call.action) is Reach.OWN and owner_id != call.subject.owner:
        raise NotFound("unknown_upload", "There is no upload of this id.")
    call.zone(upload.zone_id, owner_id=owner_id)


def _figure(call: Call, header: str, most: int) -> int:
    """A header that counts bytes. Raises `Problem` 400 when it does not, and 413 beyond `most`."""
    given = call.request.headers.get(header, "")
    if not (given.isascii() and given.isdecimal() and len(given) <= 16):
        raise Problem(400, f"bad_{header.replace('-', '_')}", f"The header {header.title()} is a number of bytes.")
    if int(given) > most:
        raise Problem(413, "upload_too_large", f"The header {header.title()} is at most {most}.")
    return int(given)


async def _piece(call: Call, room_bytes: int) -> tuple[bytes, bool]:
    """(the bytes, whether all of them came). Raises `Problem` 413 when there are more than there is room for."""
    declared = call.request.headers.get("content-length", "")
    if not declared:
        return await read_body(call.request, room_bytes), True
    if not declared.isdecimal() or int(declared) > room_bytes:
        raise Problem(413, "upload_too_large", "The piece goes beyond the upload's length.")
    chunks = bytearray()
    try:
        async for chunk in steadily(call.request, room_bytes):
            chunks += chunk
    except (ClientDisconnect, TimeoutError):
        return (bytes(chunks) if len(chunks) >= HEAD_BYTES else b""), False
    return bytes(chunks), True


def _media_type(call: Call) -> str:
    return call.request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _progress(upload: Upload) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.offset_bytes),
        "Upload-Length": str(upload.length_bytes),
        "Cache-Control": "no-store",
    }


def _elsewhere(offset_bytes: int) -> Problem:
    sentence = f"The upload goes on at byte {offset_bytes}."
    return Problem(409, "wrong_offset", sentence, headers={"Upload-Offset": str(offset_bytes)})
