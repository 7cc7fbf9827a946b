"""Erasing in SQL: nothing of the customer is left in any table, and the audit can be neither changed nor emptied."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from dispatch.adapters.redis.connections import Client
from dispatch.adapters.redis.streams import RedisEventCopies, RedisEventStream
from dispatch.adapters.sql.append_only import lifted
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.erasing import SqlEraser
from dispatch.adapters.sql.message_directory import SqlDirectoryStore
from dispatch.adapters.sql.messages import SqlMessageStore
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.erasure import Erased
from dispatch.application.messaging.ports import Contact, order_key
from dispatch.application.ports import Outcome, Reply, Request, StoreConflict
from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.erasure import Gone
from tests.adapters.test_message_store import message
from tests.domain.test_erasure import CASE, CLAIM, COURIER, EVENTS, MESSAGE, OFFER, ORDER, ROUTE, SECRET
from tests.support.zones import NOON_MS

ZONE = "z"
MINE = Gone(frozenset({"o1"}))
OTHER = replace(ORDER, id="o2", track_hash="the other one")
TABLES = (
    *(
        "outbox",
        "inbox",
        "orders",
        "order_messages",
        "cases",
        "claims",
        "offers",
        "routes",
        "audit",
        "push_subscriptions",
    ),
    *("outgoing_messages", "message_contacts"),
)


class World:
    """A database in which o1 has been all over the place; o2 was there as well."""

    def __init__(self, database: Database) -> None:
        self.database, self.store, self.eraser = database, SqlZoneStore(database), SqlEraser(database)

    async def fill(self) -> None:
        await self.store.ensure_zone(ZONE)
        claim = await self.store.claim(ZONE, "test", 60)
        assert claim
        asked = Request("r1", "integrator:shop", c.CancelOrder("o1", f"{SECRET} said so"))
        refused = Request("r2", "integrator:shop", c.CancelOrder("o1", f"{SECRET} said so again"))
        of_case = Request("r4", "support:ann", k.SolveCase("k1", f"{SECRET} was called", "ann"))
        other = Request("r3", "integrator:shop", c.CancelOrder("o2", f"{SECRET} too"))
        outcomes = [
            Outcome(asked, NOON_MS, (*EVENTS, e.Overridden("hold", "o1", "", "why")), Reply(True)),
            Outcome(refused, NOON_MS, (), Reply(False, "wrong_state", "", "conflict")),
            Outcome(of_case, NOON_MS, (), Reply(False, "case_closed", "", "conflict")),
            Outcome(other, NOON_MS, (e.OrderCreated(OTHER),), Reply(True)),
        ]
        await self.store.commit(claim, outcomes, [ORDER, MESSAGE, CASE, CLAIM, OFFER, ROUTE, OTHER], 1)
        row = "INSERT INTO push_subscriptions VALUES ('z', 'o1', 'mark', 'Grace')"
        async with self.database.write() as connection:
            await connection.execute(text(row))
        told = [replace(message(n), id=f"m{n}", zone_id=ZONE, order_id=f"o{n}", body=SECRET) for n in (1, 2)]
        await SqlMessageStore(self.database).enqueue(ZONE, told, (), (1, 1))
        for order_id in ("o1", "o2"):
            contact = Contact(email=f"{SECRET}@example.com")
            await SqlDirectoryStore(self.database).put_contact(ZONE, order_key(order_id), contact)

    async def fill_audit(self) -> None:
        """Something that could be changed."""
        async with self.database.write() as connection:
            newest = "(SELECT coalesce(max(seq), 0) + 1 FROM audit)"
            row = f"INSERT INTO audit VALUES ('z', {newest}, 1, 'a', 'r', 'x', '', '', '')"  # noqa: S608 - as it stands
            await connection.execute(text(row))

    async def rows(self) -> list[str]:
        """Every row of every table that tells of orders."""
        shown: list[str] = []
        async with self.database.read() as connection:
            for table in TABLES:
                found = await connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - names above
                shown += [repr(tuple(row)) for row in found]
        return shown


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    await upgrade(database_url)
    made = World(Database(database_url))
    await made.fill()
    yield made
    await made.database.close()


async def test_nothing_of_the_customer_is_left(world: World) -> None:
    """In no column of any table; sequences, statuses and the other order stay; once more changes nothing."""
    before = await world.store.events(ZONE, 0, 100)
    theirs = [row for row in await world.rows() if "'o2'" in row or '"o2"' in row]
    assert await world.eraser.pictures(ZONE, ["o1"]) == [SECRET]
    done = await world.eraser.erase(ZONE, MINE, "admin:root")
    assert done == Erased(1, 0, len(EVENTS), 3)
    left = await world.rows()
    assert [row for row in left if SECRET in row and "o2" not in row] == []
    assert [row for row in left if "'o2'" in row or '"o2"' in row] == theirs
    after = await world.store.events(ZONE, 0, 100)
    assert [(each.seq, each.request_id, type(each.event)) for each in after] == [
        (each.seq, each.request_id, type(each.event)) for each in before
    ]
    found = await world.store.find_order("o1")
    assert found and e.OrderCreated(found[1]) == after[0].event  # type: ignore[arg-type]
    assert await world.store.order_by_track(ORDER.track_hash) is None
    assert [order.id for _, order in await world.store.orders_marked(SECRET, 0, 9) if hasattr(order, "id")] == ["o2"]
    assert (await world.store.replies(ZONE, ["r1", "r2"])).keys() == {"r1", "r2"}
    assert await world.eraser.erase(ZONE, MINE, "admin:root") == Erased(1, 0, 0, 0)


async def test_a_courier_is_an_id_in_every_row(world: World) -> None:
    """Their events, their row, and the requests that registered them; of others nothing is touched."""
    claim = await world.store.claim(ZONE, "test", 60)
    assert claim
    other = replace(COURIER, id="c2", name="Bo")
    outcomes = [
        Outcome(
            Request(f"r-{each.id}", "a", c.RegisterCourier(each)), NOON_MS, (e.CourierRegistered(each),), Reply(True)
        )
        for each in (COURIER, other)
    ]
    await world.store.commit(claim, outcomes, [COURIER, other], 1)
    before = [row for row in await world.rows() if "c1" not in row]
    assert await world.eraser.erase(ZONE, Gone(frozenset(), frozenset({"c1"})), "admin:root") == Erased(0, 1, 1, 1)
    after = await world.rows()
    assert [row for row in after if "c1" not in row and "PassTime" not in row] == before
    assert not [row for row in after if "CourierRegistered" in row and SECRET in row and "c2" not in row]
    state, _, _ = await world.store.load(ZONE, 0)
    assert (state.couriers["c1"].name, state.couriers["c1"].phone, state.couriers["c2"].name) == ("c1", "", "Bo")


async def test_it_is_audited_in_the_same_transaction(world: World) -> None:
    """Who and how much, not whose; and where the transaction fails, nothing was erased."""
    await world.eraser.erase(ZONE, MINE, "admin:root")
    async with world.database.read() as connection:
        acts = (await connection.execute(text("SELECT actor, action, detail FROM staff_acts"))).all()
    assert [tuple(act) for act in acts] == [
        ("admin:root", "erased", f"1 orders, 0 couriers, {len(EVENTS)} events, 3 requests")
    ]
    before = await world.rows()
    with pytest.raises(StoreConflict):
        await world.eraser.erase(ZONE, Gone(frozenset({"o2"})), None)  # type: ignore[arg-type]
    assert await world.rows() == before


@pytest.mark.parametrize("table", ["audit", "staff_acts"])
@pytest.mark.parametrize("act", ["UPDATE {} SET actor = 'nobody'", "DELETE FROM {}"])
async def test_an_audit_is_written_once(world: World, table: str, act: str) -> None:
    """The database itself refuses to change or to empty it, in whatever words; what is there stays."""
    await world.eraser.erase(ZONE, MINE, "admin:root")
    before = await world.rows()
    with pytest.raises(StoreConflict):
        async with world.database.write() as connection:
            await connection.execute(text(act.format(table)))
    assert await world.rows() == before


async def test_a_restore_replaces_an_audit_and_closes_it_again(world: World) -> None:
    """Within its one transaction; from then on it is append-only as before."""
    async with world.database.write() as connection, lifted(connection):
        await connection.execute(text("DELETE FROM audit"))
        await connection.execute(text("UPDATE staff_acts SET actor = 'x'"))
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM staff_acts"):
        await world.eraser.erase(ZONE, MINE, "admin:root")
        await world.fill_audit()
        with pytest.raises(StoreConflict):
            async with world.database.write() as connection:
                await connection.execute(text(statement))


async def test_copies_are_lost_and_made_anew(world: World, redis_client: Client) -> None:
    """The stream in Redis has nothing of it any more."""
    epoch, _ = await world.store.stream_head(ZONE)
    stream = RedisEventStream(redis_client)
    await stream.append(ZONE, epoch, await world.store.events(ZONE, 0, 100))
    assert await stream.last_seq(ZONE, epoch) > 0
    await RedisEventCopies(redis_client, world.store).forget(ZONE)
    assert await stream.last_seq(ZONE, epoch) == 0
