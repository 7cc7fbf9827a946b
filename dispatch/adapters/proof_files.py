"""`ProofStore` in files, crash-safe without a log: an upload's offset is the size of its file.

    ID[:2]/ID.json      what it is; written whole beside it and linked into place, so it is there entirely or not at all
    ID[:2]/ID.part      the bytes so far, locked while a piece is added (also against other processes)
    ID[:2]/ID.bin       the same file, renamed when it is complete and safe on the disk
    ID[:2]/ID.pic       the picture made anew, which takes the place of the bytes that were sent
    open/COURIER/ID     an empty file as long as the upload is unfinished

A crash between two of these steps leaves a state that the next call puts right. Ids hold letters, digits and dashes
only; a courier's folder is named by a hash. All of it is blocking and runs beside the event loop.
"""

import asyncio
import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

import msgspec

from dispatch.application.channel_ports import Upload
from dispatch.application.ports import StoreUnavailable
from dispatch.application.uploads import UPLOAD_ID
from dispatch.domain.errors import NotFound

P = ParamSpec("P")
T = TypeVar("T")


class FileProofStore:
    """See `ProofStore`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def create(self, upload: Upload) -> bool:
        """See `ProofStore`."""
        return await _beside(self._create, upload)

    async def find(self, upload_id: str) -> Upload | None:
        """See `ProofStore`."""
        return await _beside(self._find, upload_id)

    async def append(self, upload_id: str, offset_bytes: int, piece: bytes) -> Upload | None:
        """See `ProofStore`."""
        return await _beside(self._append, upload_id, offset_bytes, piece)

    async def read(self, upload_id: str) -> bytes:
        """See `ProofStore`."""
        return await _beside(self._read, upload_id)

    async def keep(self, upload_id: str, picture: bytes) -> None:
        """See `ProofStore`."""
        await _beside(self._keep, upload_id, picture)

    async def picture(self, upload_id: str) -> bytes | None:
        """See `ProofStore`."""
        return await _beside(self._picture, upload_id)

    async def discard(self, upload_id: str) -> None:
        """See `ProofStore`."""
        await _beside(self._discard, upload_id)

    async def unfinished(self, courier_id: str, given_up_before_ms: int) -> int:
        """See `ProofStore`."""
        return await _beside(self._unfinished, courier_id, given_up_before_ms)

    # --- blocking ----------------------------------------------------------------------------------------------

    def _create(self, upload: Upload) -> bool:
        info, marker = self._file(upload.id, "json"), self._marker(upload.courier_id, upload.id)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (info.parent, marker.parent):
            folder.mkdir(parents=True, exist_ok=True)
        scratch = info.with_suffix(f".{secrets.token_hex(4)}")
        _write_through(scratch, msgspec.json.encode(replace(upload, offset_bytes=0)))
        try:
            info.hardlink_to(scratch)
        except FileExistsError:
            return False
        finally:
            scratch.unlink()
        marker.touch()
        _sync_folder(info.parent)
        return True

    def _find(self, upload_id: str) -> Upload | None:
        try:
            upload = msgspec.json.decode(self._file(upload_id, "json").read_bytes(), type=Upload)
        except FileNotFoundError:
            return None
        if upload.id != upload_id:  # a file system to which `a` and `A` are the same
            return None
        whole = self._file(upload_id, "pic").exists()
        upload = replace(upload, offset_bytes=upload.length_bytes if whole else self._size(upload_id))
        if upload.complete:
            self._finish(upload)
        return upload

    def _size(self, upload_id: str) -> int:
        """`bin` is looked for on both sides of `part`, which may become it in between."""
        for kind in ("bin", "part", "bin"):
            with suppress(FileNotFoundError):
                return self._file(upload_id, kind).stat().st_size
        return 0

    def _append(self, upload_id: str, offset_bytes: int, piece: bytes) -> Upload | None:
        upload = self._find(upload_id)
        if upload is None:
            raise NotFound("unknown_upload", "There is no upload of this id.")
        if upload.complete or offset_bytes + len(piece) > upload.length_bytes:
            return None
        part = self._file(upload_id, "part")
        with open(part, "ab", opener=_for_the_owner) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            here_bytes = os.fstat(file.fileno()).st_size
            if self._file(upload_id, "bin").exists():  # it was completed between looking and locking
                part.unlink(missing_ok=True)
                return None
            if here_bytes != offset_bytes:
                return None
            self._write(file.fileno(), piece, offset_bytes)
        grown = replace(upload, offset_bytes=offset_bytes + len(piece))
        if grown.complete:
            self._finish(grown)
        return grown

    def _finish(self, upload: Upload) -> None:
        """Make a complete upload safe and final, unless it is; also one whose last step a crash has cut off."""
        part, done = self._file(upload.id, "part"), self._file(upload.id, "bin")
        if done.exists() or self._file(upload.id, "pic").exists():
            return
        with suppress(FileNotFoundError), open(part, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not done.exists():
                os.fsync(file.fileno())
                part.rename(done)
                _sync_folder(done.parent)
        self._marker(upload.courier_id, upload.id).unlink(missing_ok=True)

    @staticmethod
    def _write(file: int, piece: bytes, offset_bytes: int) -> None:
        """All of the piece, or none of it when the disk is full."""
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError:
            os.ftruncate(file, offset_bytes)
            raise

    def _read(self, upload_id: str) -> bytes:
        self._find(upload_id)
        try:
            return self._file(upload_id, "bin").read_bytes()
        except FileNotFoundError:
            raise NotFound("not_uploaded_yet", "The picture is still on its way.") from None

    def _keep(self, upload_id: str, picture: bytes) -> None:
        kept = self._file(upload_id, "pic")
        scratch = kept.with_suffix(f".{secrets.token_hex(4)}")
        _write_through(scratch, picture)
        scratch.rename(kept)
        _sync_folder(kept.parent)
        self._file(upload_id, "bin").unlink(missing_ok=True)

    def _picture(self, upload_id: str) -> bytes | None:
        with suppress(FileNotFoundError):
            return self._file(upload_id, "pic").read_bytes()
        return None

    def _discard(self, upload_id: str) -> None:
        """What it is goes last, so that a crash leaves something to discard again."""
        upload = self._find(upload_id)
        if upload:
            self._marker(upload.courier_id, upload_id).unlink(missing_ok=True)
        for kind in ("pic", "bin", "part", "json"):
            self._file(upload_id, kind).unlink(missing_ok=True)

    def _unfinished(self, courier_id: str, given_up_before_ms: int) -> int:
        folder = self._marker(courier_id, "").parent
        markers = list(folder.iterdir()) if folder.is_dir() else []
        return sum(self._is_unfinished(marker, given_up_before_ms) for marker in markers)

    def _is_unfinished(self, marker: Path, given_up_before_ms: int) -> bool:
        upload = self._find(marker.name)
        if upload and not upload.complete and upload.made_at_ms >= given_up_before_ms:
            return True
        if upload and not upload.complete:
            for kind in ("part", "json"):
                self._file(upload.id, kind).unlink(missing_ok=True)
        marker.unlink(missing_ok=True)
        return False

    def _file(self, upload_id: str, kind: str) -> Path:
        """Raises `NotFound` for what is no id: nothing else ever becomes part of a path."""
        if not UPLOAD_ID.fullmatch(upload_id):
            raise NotFound("unknown_upload", "There is no upload of this id.")
        return self._folder / upload_id[:2] / f"{upload_id}.{kind}"

    def _marker(self, courier_id: str, upload_id: str) -> Path:
        return self._folder / "open" / hashlib.sha256(courier_id.encode()).hexdigest()[:32] / (upload_id or "none")


async def _beside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Off the event loop, with the disk's errors as ours. A caller who goes away does not stop it half-way."""
    try:
        return await asyncio.shield(asyncio.to_thread(work, *args, **kwargs))
    except OSError as error:
        raise StoreUnavailable(f"The folder of proofs cannot be used now ({type(error).__name__}).") from None


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write_through(file: Path, content: bytes) -> None:
    with open(file, "xb", opener=_for_the_owner) as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync_folder(folder: Path) -> None:
    """A new name is as safe as its folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
