"""A backup holds one moment of a running database; what comes back is never taken for the history that it ends."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from dispatch.adapters.sql import backup, tables
from dispatch.adapters.sql.backup import Kept, back_up, restore, verify
from dispatch.adapters.sql.devices import SqlDeviceStore
from dispatch.adapters.sql.messages import SqlMessageStore
from dispatch.adapters.sql.shoppers import SqlShopperStore
from dispatch.adapters.sql.staff import SqlStaffStore
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.access import Role
from dispatch.application.channel_ports import Device
from dispatch.application.messaging.ports import Settled, State
from dispatch.application.ports import FenceLost, Request, StoreUnavailable
from dispatch.application.staff_ports import StaffSession, StaffUser, UserEdit
from dispatch.cli import dispatch
from dispatch.domain import commands as c
from dispatch.domain.errors import Conflict, DomainError, InvalidInput
from dispatch.domain.zone import ZoneState
from tests.adapters.test_message_store import message
from tests.support.stores import ZONE, claimed, committed, decided, open_store
from tests.support.zones import NOON_MS, courier, depot, order


async def filled(store: SqlZoneStore, *order_ids: str, state: ZoneState | None = None) -> ZoneState:
    """A zone with a depot, a courier and these orders; nobody holds it."""
    claim = await claimed(store)
    if state is None:
        state = ZoneState(ZONE)
        founding = (c.RegisterDepot(depot("d1")), c.RegisterCourier(courier("c1")))
        await committed(store, claim, state, *(decided(state, f"r{n}", each) for n, each in enumerate(founding)))
    for order_id in order_ids:
        await committed(store, claim, state, decided(state, f"make {order_id}", c.CreateOrder(order(order_id))))
    await store.release(claim)
    return state


async def test_a_restore_brings_the_moment_of_the_backup(database_url: str, tmp_path: Path) -> None:
    """Orders of the backup are there as they were, later ones are gone, commands that waited still wait."""
    file = tmp_path / "backups" / "one.backup"
    async with open_store(database_url) as store:
        state = await filled(store, "o1", "o2")
        await store.submit(ZONE, [Request("waits", "staff:ann", c.CreateOrder(order("o9")))])
        assert await back_up(database_url, file) == [Kept(ZONE, 4, 2, 1)]
        await filled(store, "o3", state=state)
        assert await restore(database_url, file) == await verify(file) == [Kept(ZONE, 4, 2, 1)]

        loaded, _, head = await store.load(ZONE, 0)
        assert sorted(loaded.orders) == ["o1", "o2"] and head == 4
        assert loaded.orders["o1"] == state.orders["o1"]
        assert await store.find_order("o3") is None
        assert [request.id for request in await store.inbox(ZONE, 10)] == ["waits"]
        await store.submit(ZONE, [Request("next", "staff:ann", c.CreateOrder(order("o3")))])
        await filled(store, "o3", state=loaded)
        assert (await store.load(ZONE, 0))[2] == 5, "the sequence goes on without a gap"


async def test_a_backup_is_of_one_moment(database_url: str, tmp_path: Path) -> None:
    """Taken in the middle of commits it holds whole ones: no event is missing, and the state is that of the events."""
    async with open_store(database_url) as store:
        state = await filled(store)
        writing = asyncio.create_task(filled(store, *(f"o{n}" for n in range(60)), state=state))
        kept = [(await back_up(database_url, tmp_path / f"{n}"))[0] for n in range(3)]
        await writing
    for n, each in enumerate(kept):
        assert each.head == each.orders + 2 and await verify(tmp_path / f"{n}") == [each]
    assert kept[0].head < kept[-1].head or kept[0].orders == 60


async def test_nobody_takes_the_restored_for_the_old(database_url: str, tmp_path: Path) -> None:
    """Epoch, fence and generations only rise, though the backup is older than all of them."""
    async with open_store(database_url) as store:
        await filled(store)
        early = await store.next_generation("c1")
        devices = SqlDeviceStore(store._database)
        for key, reported in (("old", 7), ("last", early)):
            await devices.add(Device(key, ZONE, "c1", key))
            await devices.bump_generation(key, reported)
        await back_up(database_url, tmp_path / "b")
        old = [await claimed(store, f"writer-{n}", 0) for n in range(3)][-1]
        late = [await store.next_generation("c1") for _ in range(3)][-1]
        await devices.bump_generation("last", late)

        await restore(database_url, tmp_path / "b")
        new = await claimed(store)
        assert new.fence > old.fence and new.stream_epoch > old.stream_epoch and new.head == 2
        with pytest.raises(FenceLost):
            await store.commit(old, [], (), 1)
        found = {key: await devices.find(key) for key in ("old", "last")}
        assert found["last"] and found["last"].generation >= late, "the source of the positions goes on at once"
        assert found["old"] and found["old"].generation == 7, "another waits for its silence, as before"
        assert await store.next_generation("c1") > found["last"].generation, "the app wins over both"


async def test_a_clock_that_was_set_back_freezes_nobody(database_url: str, tmp_path: Path) -> None:
    """Also what the database knew beyond its clock is not gone below."""
    far = 9_000_000_000_000_000
    higher = {"zone": "stream_epoch = :far, fence = :far", "courier_sessions": "generation = :far"}
    async with open_store(database_url) as store:
        await store.next_generation("c1")
        await back_up(database_url, tmp_path / "b")
        async with store._database.write() as connection:
            for table, values in higher.items():
                await connection.execute(text(f"UPDATE {table} SET {values}"), {"far": far})  # noqa: S608
        await restore(database_url, tmp_path / "b")
        new = await claimed(store)
        assert min(new.fence, new.stream_epoch, await store.next_generation("c1")) > far


async def test_a_zone_that_the_backup_does_not_know_is_empty(database_url: str, tmp_path: Path) -> None:
    """Its fence and its epoch rise all the same: somebody may remember it."""
    async with open_store(database_url) as store:
        await back_up(database_url, tmp_path / "b")
        await store.ensure_zone("later")
        claim = await store.claim("later", "writer", 0)
        assert claim
        await restore(database_url, tmp_path / "b")
        again = await store.claim("later", "writer", 60)
        assert again and again.fence > claim.fence and again.stream_epoch > claim.stream_epoch and again.head == 0


async def test_a_running_server_is_not_overwritten(database_url: str, tmp_path: Path) -> None:
    """The refusal says what to do, and nothing has changed; forced, the old writer commits nothing any more."""
    async with open_store(database_url) as store:
        state = await filled(store)
        await back_up(database_url, tmp_path / "b")
        claim = await claimed(store)
        await committed(store, claim, state, decided(state, "r9", c.CreateOrder(order("o1"))))
        with pytest.raises(Conflict, match=r"holds the zone test: stop it first .* --force"):
            await restore(database_url, tmp_path / "b")
        assert await store.find_order("o1")
        await restore(database_url, tmp_path / "b", forced=True)
        assert await store.find_order("o1") is None
        with pytest.raises(FenceLost):
            await committed(store, claim, state, decided(state, "r10", c.CreateOrder(order("o2"))))


async def test_a_forced_restore_and_a_writer_never_wait_for_each_other(
    tmp_path: Path, fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction takes its tables in any order and ends as if nobody restored; the restore then comes after it.
    While somebody never ends, the restore gives up and says whom to stop.
    """
    first, *_, last = (table.name for table in tables.metadata.sorted_tables)
    async with open_store(fresh_postgres_url) as store:
        await filled(store)
        await back_up(fresh_postgres_url, tmp_path / "b")
        async with store._database.write() as writing:
            await writing.execute(text(f"LOCK TABLE {last} IN ROW EXCLUSIVE MODE"))
            restoring = asyncio.create_task(restore(fresh_postgres_url, tmp_path / "b", forced=True))
            await asyncio.wait({restoring}, timeout=1)
            await writing.execute(text(f"LOCK TABLE {first} IN ROW EXCLUSIVE MODE"))
            assert not restoring.done()
        assert await restoring == [Kept(ZONE, 2, 0, 1)]
        monkeypatch.setattr(backup, "LOCKS_WITHIN_S", 0.1)
        async with store._database.write() as writing:
            await writing.execute(text(f"LOCK TABLE {last} IN ROW EXCLUSIVE MODE"))
            with pytest.raises(StoreUnavailable, match="stop them first"):
                await restore(fresh_postgres_url, tmp_path / "b", forced=True)


async def test_a_backup_may_take_its_time_between_two_pages(fresh_postgres_url: str) -> None:
    """PostgreSQL ends a server's transaction that is idle for two seconds, so that it keeps nobody out; a backup writes
    what it has read meanwhile, on whatever disk.
    """
    idle = text("SHOW idle_in_transaction_session_timeout")
    async with open_store(fresh_postgres_url) as store, store._database.read() as connection:
        assert await connection.scalar(idle) == "2s"
    async with backup._opened(fresh_postgres_url) as patient, patient.snapshot() as connection:
        assert await connection.scalar(idle) == "10min"


async def test_a_backup_goes_to_either_kind_of_database(tmp_path: Path, fresh_postgres_url: str) -> None:
    """So an embedded database grows into PostgreSQL, whose numbers go on behind those of the rows."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path}/embedded.sqlite") as store:
        await filled(store, "o1")
        await back_up(f"sqlite+aiosqlite:///{tmp_path}/embedded.sqlite", tmp_path / "b")
    await restore(fresh_postgres_url, tmp_path / "b")
    async with open_store(fresh_postgres_url) as store:
        assert await store.find_order("o1")
        await store.submit(ZONE, [Request("next", "staff:ann", c.CreateOrder(order("o2")))])
        assert [request.id for request in await store.inbox(ZONE, 10)] == ["next"]
        await back_up(fresh_postgres_url, tmp_path / "back")
    assert (await verify(tmp_path / "back"))[0].orders == 1


async def test_a_restore_gives_nobody_back_what_was_taken(database_url: str, tmp_path: Path) -> None:
    """Sign-ins end, tokens from before are refused, who was shut out stays so; the audit says what happened."""
    async with open_store(database_url) as store:
        staff = SqlStaffStore(store._database)
        for user_id in ("ann", "bo"):
            made = StaffUser(user_id, user_id, Role.ADMIN, (), True, 1, "hash", None, 0, 0)
            await staff.edit_user(
                user_id, "system:test", lambda at, before, others, made=made: UserEdit(made, "user_added")
            )
        await staff.open_session(StaffSession("s1", "ann", 1, "hash", 0, 0, 0), 3_600)
        await back_up(database_url, tmp_path / "b")
        shut = StaffUser("bo", "bo", Role.ADMIN, (), False, 5, "hash", None, 0, 0)
        await staff.edit_user("bo", "system:test", lambda at, before, others: UserEdit(shut, "user_deactivated"))

        await restore(database_url, tmp_path / "b")
        ann, bo = await staff.users()
        assert (ann.active, ann.generation, bo.active, bo.generation) == (True, 2, False, 6)
        assert await staff.edit_session("s1", lambda *_: pytest.fail("it is gone")) is None
        assert {"ann": 2, "bo": 6}.items() <= dict((await staff.fences(0)).generations).items()
        newest = (await staff.acts(1))[0]
        assert (newest.actor, newest.action) == ("system:restore", "restored")


async def test_a_restore_ends_every_shopper_s_sign_in(database_url: str, tmp_path: Path) -> None:
    """Also of accounts that the backup does not know: a token that was over stays over."""
    async with open_store(database_url) as store:
        shoppers = SqlShopperStore(store._database)
        await shoppers.begin("ada", NOON_MS)
        await back_up(database_url, tmp_path / "b")
        await shoppers.begin("eve", NOON_MS)
        for _ in range(3):
            await shoppers.end("ada", forget=True)
        await restore(database_url, tmp_path / "b")
        assert [await shoppers.generation(mark) for mark in ("ada", "eve", "bo")] == [4, 1, 0]


async def test_a_restore_tells_nobody_twice(database_url: str, tmp_path: Path) -> None:
    """What waited to be sent when the backup was taken may have been sent since; what had ended stays as it was."""
    async with open_store(database_url) as store:
        log = SqlMessageStore(store._database)
        told = [message(1), message(2), message(3)]
        await log.enqueue("z", told, (), (1, 3))
        assert await log.claim("z", NOON_MS + 2, "a", {"sms": 2})
        await log.settle("a", {"m01": Settled(State.SENT, tries=1)})
        await back_up(database_url, tmp_path / "b")
        await restore(database_url, tmp_path / "b")
        after = [(m.id, m.state, m.reason) for m in await log.of_orders("z", ["o1"])]
        assert after == [("m01", State.SENT, ""), *((each, State.SKIPPED, "restored") for each in ("m02", "m03"))]


async def test_what_is_no_backup_changes_nothing(database_url: str, tmp_path: Path) -> None:
    """Each is told apart: missing, something else, damaged, of a newer version, with a gap, contradicting itself."""
    good = tmp_path / "good"
    async with open_store(database_url) as store:
        await filled(store, "o1")
        await back_up(database_url, good)
        broken = broken_ones(good)
        for name, why in broken.items():
            with pytest.raises(InvalidInput, match=why):
                await verify(tmp_path / name)
        for name in ("missing", "other", "damaged", "newer"):
            with pytest.raises(DomainError):
                await restore(database_url, tmp_path / name)
        assert await store.find_order("o1") and (await store.load(ZONE, 0))[2] == 3
        with pytest.raises(Conflict, match="There is a file good already"):
            await back_up(database_url, good)
    assert stat.S_IMODE(good.stat().st_mode) == 0o600, "it holds names and addresses"
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(("good", "."))} == {"good"}


def broken_ones(good: Path) -> dict[str, str]:
    """Files beside the good one, and what is said about each."""
    folder = good.parent
    (folder / "other").write_text("SELECT 1")
    pages = bytearray(good.read_bytes())
    pages[len(pages) // 2 :] = bytes(len(pages) - len(pages) // 2)
    (folder / "damaged").write_bytes(pages)
    for name, statement in {
        "newer": "UPDATE alembic_version SET version_num = '9999'",
        "gap": "DELETE FROM outbox WHERE seq = 2",
        "torn": "UPDATE orders SET body = replace(body, '\"dispatchable\"', '\"assigned\"')",
    }.items():
        (folder / name).write_bytes(good.read_bytes())
        with sqlite3.connect(folder / name) as connection:
            assert connection.execute(statement).rowcount == 1
        connection.close()
    return {
        "missing": "There is no file missing",
        "other": "other is not a backup",
        "damaged": "damaged is (damaged|not a backup)",
        "newer": "newer was made by a newer version",
        "gap": "The events of zone test have gaps",
        "torn": "The zone test contradicts itself",
    }


def test_the_commands_say_what_they_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And why they did not; a database of another version is not backed up by this one."""
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def run(*words: str) -> Result:
        return CliRunner().invoke(dispatch, ["db", *words])

    data, file = ("--data-dir", str(tmp_path)), str(tmp_path / "b")
    early = run("backup", file, *data)
    assert early.exit_code == 2 and "is not of this version" in early.output
    assert run("upgrade", *data).output == "The schema is up to date.\n"
    assert run("backup", file, *data).output == f"{file} holds no zone.\n"

    async def fill() -> None:
        async with open_store(f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite") as store:
            await filled(store, "o1")

    asyncio.run(fill())
    assert run("backup", f"{file}2", *data).output == f"{file}2 holds zone test: 3 events, 1 orders, 1 couriers.\n"
    assert run("verify", f"{file}2").output.startswith(f"{file}2 is whole; it holds zone test: 3 events")
    assert run("restore", f"{file}2", *data).output == "Restored zone test: 3 events, 1 orders, 1 couriers.\n"
    refused = run("restore", str(tmp_path / "none"), *data)
    assert (refused.exit_code, refused.output) == (2, "Error: There is no file none.\n")
