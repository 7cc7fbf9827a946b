"""`ShopperStore` in SQL. An account's row is locked by whoever changes its generation or its address book."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.dialects import insert_into, upsert
from dispatch.adapters.sql.tables import orders
from dispatch.adapters.sql.tables_shoppers import shopper_accounts as accounts
from dispatch.adapters.sql.tables_shoppers import shopper_addresses as kept
from dispatch.application import records
from dispatch.application.shoppers import MOST_ADDRESSES, SHOWN_MS, Put, SavedAddress
from dispatch.domain.order import Order

_decoder = msgspec.json.Decoder(SavedAddress)


class SqlShopperStore:
    """See `ShopperStore`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._put = upsert(kept, database.dialect)
        self._found = insert_into(accounts, database.dialect).on_conflict_do_nothing()

    async def generation(self, mark: str) -> int:
        """See `ShopperStore`."""
        async with self._database.read() as connection:
            wanted = select(accounts.c.generation).where(accounts.c.mark == mark)
            return (await connection.execute(wanted)).scalar_one_or_none() or 0

    @uninterrupted
    async def begin(self, mark: str, now_ms: int) -> int:
        """See `ShopperStore`."""
        async with self._database.write() as connection:
            await connection.execute(self._found, [{"mark": mark, "generation": 0, "seen_at_ms": now_ms}])
            generation, seen_at_ms = await _locked(connection, mark)
            if now_ms - seen_at_ms > SHOWN_MS:
                generation += 1
                await connection.execute(delete(kept).where(kept.c.mark == mark))
            seen = update(accounts).where(accounts.c.mark == mark)
            await connection.execute(seen.values(generation=generation, seen_at_ms=max(now_ms, seen_at_ms)))
        return generation

    @uninterrupted
    async def end(self, mark: str, *, forget: bool) -> None:
        """See `ShopperStore`."""
        async with self._database.write() as connection:
            raised = accounts.c.generation + 1
            await connection.execute(update(accounts).where(accounts.c.mark == mark).values(generation=raised))
            if forget:
                await connection.execute(delete(kept).where(kept.c.mark == mark))

    async def addresses(self, mark: str) -> Sequence[SavedAddress]:
        """See `ShopperStore`."""
        async with self._database.read() as connection:
            bodies = (await connection.execute(select(kept.c.body).where(kept.c.mark == mark))).scalars()
        return sorted(map(_decoder.decode, bodies), key=lambda each: (each.label, each.id))

    @uninterrupted
    async def put_address(self, mark: str, generation: int, address: SavedAddress) -> Put:
        """See `ShopperStore`."""
        async with self._database.write() as connection:
            if (await _locked(connection, mark))[0] != generation:
                return Put.ENDED
            others = select(func.count()).where(kept.c.mark == mark, kept.c.id != address.id)
            if (await connection.execute(others)).scalar_one() >= MOST_ADDRESSES:
                return Put.FULL
            row = {"mark": mark, "id": address.id, "body": msgspec.json.encode(address).decode()}
            await connection.execute(self._put, [row])
        return Put.KEPT

    @uninterrupted
    async def drop_address(self, mark: str, address_id: str) -> bool:
        """See `ShopperStore`."""
        async with self._database.write() as connection:
            mine = (kept.c.mark == mark, kept.c.id == address_id)
            return (await connection.execute(delete(kept).where(*mine))).rowcount > 0

    @uninterrupted
    async def forget_left(self, before_ms: int) -> int:
        """See `ShopperStore`."""
        left = select(accounts.c.mark).where(accounts.c.mark == kept.c.mark, accounts.c.seen_at_ms < before_ms).exists()
        async with self._database.write() as connection:
            return (await connection.execute(delete(kept).where(left))).rowcount

    async def orders_before(
        self, mark: str, since_ms: int, before: tuple[int, str] | None, limit: int
    ) -> Sequence[tuple[str, Order]]:
        """See `ShopperStore`."""
        placed, ended = orders.c.created_at_ms, orders.c.finished_at_ms
        wanted = select(orders.c.zone_id, orders.c.body).where(
            orders.c.phone_mark == mark, or_(ended.is_(None), ended >= since_ms)
        )
        if before:
            at_ms, order_id = before
            wanted = wanted.where(or_(placed < at_ms, and_(placed == at_ms, orders.c.id < order_id)))
        newest_first = wanted.order_by(placed.desc(), orders.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            found = (await connection.execute(newest_first)).all()
        decoded = ((row.zone_id, records.decode_entity(row.body)) for row in found)
        return [(zone_id, order) for zone_id, order in decoded if isinstance(order, Order)]


async def _locked(connection: AsyncConnection, mark: str) -> tuple[int, int]:
    """(generation, when somebody last signed in); SQLite's writers wait for each other anyway."""
    wanted = select(accounts.c.generation, accounts.c.seen_at_ms).where(accounts.c.mark == mark).with_for_update()
    row = (await connection.execute(wanted)).one_or_none()
    return (row.generation, row.seen_at_ms) if row else (0, 0)
