"""Pictures in pieces: the same promises in memory and in files, and files after every kind of crash."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.adapters.memory_channel import MemoryProofStore
from dispatch.adapters.proof_files import FileProofStore
from dispatch.application.channel_ports import ProofStore, Upload
from dispatch.application.ports import StoreUnavailable
from dispatch.domain.errors import NotFound

PICTURE = bytes(range(256)) * 4
WANTED = Upload("0a1b2c3d-upload", "z1", "c1", "o1", "photo", "image/jpeg", len(PICTURE), 1_000)


@pytest.fixture(params=["memory", "files"])
def proofs(request: pytest.FixtureRequest, tmp_path: Path) -> ProofStore:
    """Every kind of proof store in turn."""
    return MemoryProofStore() if request.param == "memory" else FileProofStore(tmp_path / "proofs")


async def test_an_upload_grows_piece_by_piece(proofs: ProofStore) -> None:
    """It is what it was begun as, stands where its pieces end, and can be read when it is whole, not before."""
    assert await proofs.find(WANTED.id) is None
    assert await proofs.create(WANTED) and await proofs.find(WANTED.id) == WANTED
    for start in range(0, len(PICTURE), 300):
        with pytest.raises(NotFound):
            await proofs.read(WANTED.id)
        grown = await proofs.append(WANTED.id, start, PICTURE[start : start + 300])
        assert grown == replace(WANTED, offset_bytes=min(start + 300, len(PICTURE)))
    assert grown and grown.complete and await proofs.find(WANTED.id) == grown
    assert await proofs.read(WANTED.id) == PICTURE


async def test_an_id_is_taken_once(proofs: ProofStore) -> None:
    """Of many at once one begins it; what another one wanted changes nothing."""
    others = [replace(WANTED, courier_id=f"c{n}") for n in range(8)]
    made = await asyncio.gather(*(proofs.create(each) for each in others))
    assert sum(made) == 1
    assert await proofs.find(WANTED.id) == others[made.index(True)]


async def test_a_piece_goes_to_the_end_and_nowhere_else(proofs: ProofStore) -> None:
    """Not before it, not behind it, not beyond the length, and not onto what is complete."""
    await proofs.create(WANTED)
    await proofs.append(WANTED.id, 0, PICTURE[:100])
    for offset, piece in ((0, b"x"), (99, b"x"), (101, b"x"), (100, PICTURE)):
        assert await proofs.append(WANTED.id, offset, piece) is None
    await proofs.append(WANTED.id, 100, PICTURE[100:])
    assert await proofs.append(WANTED.id, len(PICTURE), b"x") is None
    assert await proofs.append(WANTED.id, 0, b"x") is None
    assert await proofs.read(WANTED.id) == PICTURE
    with pytest.raises(NotFound):
        await proofs.append("another-upload", 0, b"x")


async def test_of_the_same_piece_sent_twice_one_counts(proofs: ProofStore) -> None:
    """A phone that lost the answer sends it again at the same moment."""
    await proofs.create(WANTED)
    for start in range(0, len(PICTURE), 256):
        grown = await asyncio.gather(*(proofs.append(WANTED.id, start, PICTURE[start : start + 256]) for _ in range(6)))
        assert sum(each is not None for each in grown) == 1
    assert await proofs.read(WANTED.id) == PICTURE


async def test_the_picture_takes_the_place_of_what_was_sent(proofs: ProofStore) -> None:
    """What came from the phone is gone; the upload stays whole, and takes no more."""
    await proofs.create(WANTED)
    await proofs.append(WANTED.id, 0, PICTURE)
    assert await proofs.picture(WANTED.id) is None
    await proofs.keep(WANTED.id, b"smaller")
    assert await proofs.picture(WANTED.id) == b"smaller"
    with pytest.raises(NotFound):
        await proofs.read(WANTED.id)
    found = await proofs.find(WANTED.id)
    assert found and found.complete and await proofs.append(WANTED.id, len(PICTURE), b"x") is None
    assert await proofs.unfinished("c1", 0) == 0


async def test_a_discarded_upload_was_never_there(proofs: ProofStore) -> None:
    """Whether it was on its way, complete or made anew; its id is free, and discarding again does nothing."""
    for pieces, made in ((0, False), (1, False), (2, False), (2, True)):
        await proofs.create(WANTED)
        for n in range(pieces):
            await proofs.append(WANTED.id, n * 512, PICTURE[n * 512 : (n + 1) * 512])
        if made:
            await proofs.keep(WANTED.id, b"smaller")
        for _ in range(2):
            await proofs.discard(WANTED.id)
        assert await proofs.find(WANTED.id) is None and await proofs.picture(WANTED.id) is None
        assert await proofs.unfinished("c1", 0) == 0


async def test_what_is_unfinished_is_counted_and_given_up(proofs: ProofStore) -> None:
    """Per courier; complete ones do not count; those begun before a moment are thrown away, and their ids are free."""
    old, new = replace(WANTED, id="old-upload"), replace(WANTED, id="new-upload", made_at_ms=2_000)
    done, foreign = replace(WANTED, id="done-upload"), replace(WANTED, id="foreign-upload", courier_id="c2")
    for upload in (old, new, done, foreign):
        await proofs.create(upload)
    await proofs.append(old.id, 0, PICTURE[:10])
    await proofs.append(done.id, 0, PICTURE)
    assert await proofs.unfinished("c1", 0) == 2
    assert await proofs.unfinished("c1", 1_500) == 1
    assert await proofs.find(old.id) is None and await proofs.create(old)
    assert await proofs.read(done.id) == PICTURE and await proofs.find(foreign.id) == foreign
    assert await proofs.unfinished("nobody", 0) == 0


# --- files -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "proofs"


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def test_another_process_finds_it_where_it_stood(folder: Path) -> None:
    """The offset is the file's size: nothing else has to be remembered."""
    await FileProofStore(folder).create(WANTED)
    await FileProofStore(folder).append(WANTED.id, 0, PICTURE[:100])
    found = await FileProofStore(folder).find(WANTED.id)
    assert found and found.offset_bytes == 100
    await FileProofStore(folder).append(WANTED.id, 100, PICTURE[100:])
    assert await FileProofStore(folder).read(WANTED.id) == PICTURE
    assert files_of(folder) == {f"0a/{WANTED.id}.json", f"0a/{WANTED.id}.bin"}


async def test_a_crash_in_the_middle_of_a_piece(folder: Path) -> None:
    """Half of it is on the disk: the upload goes on from there."""
    await FileProofStore(folder).create(WANTED)
    (folder / "0a" / f"{WANTED.id}.part").write_bytes(PICTURE[:77])
    store = FileProofStore(folder)
    assert await store.append(WANTED.id, 0, PICTURE[:100]) is None
    assert await store.append(WANTED.id, 77, PICTURE[77:])
    assert await store.read(WANTED.id) == PICTURE


async def test_a_crash_before_the_last_step(folder: Path) -> None:
    """All bytes are there but the file was not renamed: the next look completes it, and it no longer counts as open."""
    await FileProofStore(folder).create(WANTED)
    (folder / "0a" / f"{WANTED.id}.part").write_bytes(PICTURE)
    store = FileProofStore(folder)
    found = await store.find(WANTED.id)
    assert found and found.complete
    assert await store.read(WANTED.id) == PICTURE and await store.unfinished("c1", 0) == 0
    assert files_of(folder) == {f"0a/{WANTED.id}.json", f"0a/{WANTED.id}.bin"}


async def test_crashes_while_beginning(folder: Path) -> None:
    """A description that was never linked is no upload; a mark without an upload is swept away."""
    store = FileProofStore(folder)
    await store.create(WANTED)
    (folder / "0a" / f"{WANTED.id}.json").unlink()
    (folder / "0a" / f"{WANTED.id}.1f2e3d4c").write_bytes(b"{")
    assert await store.find(WANTED.id) is None
    assert await store.unfinished("c1", 0) == 0
    assert await store.create(WANTED)


async def test_pictures_are_for_the_server_alone(folder: Path) -> None:
    """They show people's doors: no other user of the machine may read them."""
    store = FileProofStore(folder)
    await store.create(WANTED)
    await store.append(WANTED.id, 0, PICTURE)
    assert folder.stat().st_mode & 0o077 == 0
    assert all((folder / name).stat().st_mode & 0o077 == 0 for name in files_of(folder))


async def test_no_id_leads_out_of_the_folder(folder: Path) -> None:
    """Whatever it is: it is unknown, and nothing is made."""
    store = FileProofStore(folder)
    for bad in (
        "../../etc/passwd",
        "..",
        "a/../../b-long-enough",
        "a\0b-long-enough",
        "",
        "x" * 65,
        "é" * 8,
        "ab.json.json",
    ):
        for asking in (
            store.find(bad),
            store.append(bad, 0, b"x"),
            store.read(bad),
            store.create(replace(WANTED, id=bad)),
        ):
            with pytest.raises(NotFound):
                await asking
    assert not folder.exists()


async def test_a_disk_that_fails_is_said_and_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What had been written of the piece is taken back, so that the offset that was told stays true."""
    store = FileProofStore(folder)
    await store.create(WANTED)
    await store.append(WANTED.id, 0, PICTURE[:50])
    real, written = os.write, 0

    def full(file: int, data: bytes) -> int:
        nonlocal written
        if written:
            raise OSError(28, "No space left on device")
        written = real(file, bytes(data)[:10])
        return written

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreUnavailable):
        await store.append(WANTED.id, 50, PICTURE[50:])
    monkeypatch.undo()
    found = await store.find(WANTED.id)
    assert found and found.offset_bytes == 50


async def test_a_caller_who_goes_away_does_not_stop_a_piece(folder: Path) -> None:
    """Its bytes are then all there or none of them."""
    store = FileProofStore(folder)
    await store.create(WANTED)
    task = asyncio.create_task(store.append(WANTED.id, 0, PICTURE))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    found = await store.find(WANTED.id)
    assert found and found.offset_bytes in (0, len(PICTURE))
