"""The rules of proof pictures: who may upload what, and what a picture must look like. Storing is a port.

An upload is named by the phone, so that it can be named in a delivery before a single byte has left the phone, and so
that a lost answer is no lost picture: making it again finds it, and its offset says where to go on.

What is shown is never what was sent: a complete upload is decoded and encoded anew, and the phone's file is thrown
away.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from dispatch.application.channel_ports import ProofStore, Upload
from dispatch.domain.errors import Conflict, InvalidInput, NotFound

UPLOAD_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
KINDS: Final = ("photo", "signature")
MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
MAX_BYTES: Final = 8 * 1_048_576
HEAD_BYTES: Final = 12
"""So many bytes tell each of the types from everything else."""
Remake = Callable[[str, bytes], Awaitable[bytes]]
"""(media type, what was sent) -> the picture made anew, nothing but its pixels. Raises `NotThatPicture`."""


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """How much one courier may leave unfinished, and when it is given up (business time)."""

    max_unfinished: int = 64
    give_up_after_ms: int = 7 * 24 * 3_600_000


class TooManyUploads(Conflict):
    """The courier has to finish some uploads first."""


class NotThatPicture(InvalidInput):
    """The bytes are not what their type says (415)."""


class WrongOffset(Conflict):
    """The piece does not begin where the upload ends; `offset_bytes` is where that is."""

    def __init__(self, offset_bytes: int) -> None:
        super().__init__("wrong_offset", f"The upload goes on at byte {offset_bytes}.")
        self.offset_bytes = offset_bytes


class Uploads:
    """The couriers' pictures. `counters` say what happened."""

    def __init__(self, store: ProofStore, remake: Remake, policy: UploadPolicy | None = None) -> None:
        self._store = store
        self._remake = remake
        self._policy = policy or UploadPolicy()
        self.counters: Counter[str] = Counter()

    async def begin(self, wanted: Upload) -> tuple[Upload, bool]:
        """(the upload, whether it is new). The same courier may begin it again, and goes on where it stands.

        Raises `Conflict` when somebody else has the id or when it was begun as something else, and `TooManyUploads`.
        """
        known = await self._store.find(wanted.id)
        if known is None:
            given_up_before_ms = wanted.made_at_ms - self._policy.give_up_after_ms
            unfinished = await self._store.unfinished(wanted.courier_id, given_up_before_ms)
            if unfinished >= self._policy.max_unfinished:
                raise TooManyUploads("too_many_uploads", f"Finish some of the {unfinished} open uploads first.")
            if await self._store.create(wanted):
                self.counters["uploads_begun"] += 1
                return wanted, True
            known = await self._store.find(wanted.id)
        if known is None or _essence(known) != _essence(wanted):
            raise Conflict("upload_id_taken", "There is another upload of this id; choose a new one.")
        return known, False

    async def find(self, upload_id: str) -> Upload:
        """Raises `NotFound`."""
        found = await self._store.find(upload_id) if UPLOAD_ID.fullmatch(upload_id) else None
        if found is None:
            raise NotFound("unknown_upload", "There is no upload of this id.")
        return found

    async def append(self, upload: Upload, offset_bytes: int, piece: bytes) -> Upload:
        """Add a piece; empty pieces change nothing. Raises `WrongOffset`, `NotThatPicture`, `InvalidInput`."""
        if offset_bytes != upload.offset_bytes:
            raise WrongOffset(upload.offset_bytes)
        if not piece:
            return upload
        if offset_bytes == 0:
            _look_at_head(upload, piece)
        grown = await self._store.append(upload.id, offset_bytes, piece)
        if grown is None:
            raise WrongOffset((await self.find(upload.id)).offset_bytes)
        self.counters["upload_bytes"] += len(piece)
        if grown.complete:
            await self._remade(grown)
            self.counters["uploads_complete"] += 1
        return grown

    async def read(self, upload: Upload) -> bytes:
        """The whole picture. Raises `NotFound` while it is not complete, and for what turns out to be none."""
        if not upload.complete:
            raise NotFound("not_uploaded_yet", "The picture is still on its way from the courier's phone.")
        picture = await self._store.picture(upload.id)
        try:
            return picture if picture is not None else await self._remade(upload)
        except NotThatPicture:
            raise NotFound("unknown_upload", "What the phone had sent was no picture.") from None

    async def discard(self, upload_id: str) -> None:
        """Forget a picture for good."""
        await self._store.discard(upload_id)

    async def _remade(self, upload: Upload) -> bytes:
        """The picture of a complete upload, which is kept instead of what was sent; of what is none, nothing is kept.

        A crash may come before this: then it is done when the picture is first asked for.
        """
        sent = await self._store.read(upload.id)
        try:
            picture = await self._remake(upload.media_type, sent)
        except NotThatPicture:
            self.counters["uploads_refused"] += 1
            await self._store.discard(upload.id)
            raise
        await self._store.keep(upload.id, picture)
        return picture


def _essence(upload: Upload) -> tuple[str, ...]:
    """What makes two beginnings the same upload."""
    what = (upload.kind, upload.media_type, str(upload.length_bytes))
    return (upload.zone_id, upload.courier_id, upload.order_id, *what)


def _look_at_head(upload: Upload, piece: bytes) -> None:
    if len(piece) < min(HEAD_BYTES, upload.length_bytes):
        raise InvalidInput("piece_too_small", f"The first piece has at least {HEAD_BYTES} bytes.")
    if not looks_like(upload.media_type, piece):
        raise NotThatPicture("not_that_picture", f"The file does not begin as {upload.media_type} does.")


def looks_like(media_type: str, head: bytes) -> bool:
    """Whether a file that begins so is of that type: JFIF/Exif (FF D8 FF), PNG (RFC 2083), WebP (a RIFF container)."""
    match media_type:
        case "image/jpeg":
            return head.startswith(b"\xff\xd8\xff")
        case "image/png":
            return head.startswith(b"\x89PNG\r\n\x1a\n")
        case "image/webp":
            return head.startswith(b"RIFF") and head[8:12] == b"WEBP"
        case _:
            return False
