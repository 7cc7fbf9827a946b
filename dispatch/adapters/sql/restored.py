"""What a restored database is beside what its backup holds.

The theory. A restore is history that was lost, and whatever has outlived it (phones, watchers, a Redis, a server that
was not stopped) must not take the old history for the new one. So every zone gets an epoch higher than any that it had:
every session begins with a snapshot, and copies of the old events are nobody's. Fences rise above those that were
handed out: a forgotten writer commits nothing. Generations of couriers and devices rise above those that positions in
Redis carry: no marker stands still because its phone was newer once. And a restore gives nobody back what was taken
from them: whoever was signed in signs in again, and who was shut out stays shut out. Nor is anybody told twice: what
waited to be sent is not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.sql import tables
from dispatch.adapters.sql.dialects import count_on, now, upsert
from dispatch.adapters.sql.tables_shoppers import shopper_accounts
from dispatch.application.messaging.ports import State, Why

AT_THE_SERVER = "system:restore"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Before:
    """What a database knew that is about to be overwritten: rows by their key."""

    zones: dict[str, Row]
    couriers: dict[str, Row]
    staff: dict[str, Row]
    keys: dict[str, Row]
    shoppers: dict[str, Row]


async def remembered(connection: AsyncConnection) -> Before:
    """What is not to be forgotten of this database."""
    return Before(
        await _rows(connection, tables.zone),
        await _rows(connection, tables.courier_sessions),
        await _rows(connection, tables.staff_users),
        await _rows(connection, tables.api_keys),
        await _rows(connection, shopper_accounts),
    )


async def begin_anew(connection: AsyncConnection, before: Before) -> None:
    """Raise what may never go back, in the transaction in which the backup's rows were written."""
    now_ms: int = (await connection.execute(select(now()))).scalar_one()
    await _raise_zones(connection, before.zones, now_ms)
    await _raise_generations(connection, before.couriers, now_ms)
    await _end_sign_ins(connection, before.staff, now_ms)
    await _revoke_again(connection, before.keys)
    await _end_shoppers(connection, before.shoppers)
    await _send_nothing_again(connection)
    for column in (tables.inbox.c.number, tables.staff_acts.c.number):
        await count_on(connection, column)
    act = {"at": now_ms, "actor": AT_THE_SERVER, "action": "restored", "user_id": "", "detail": ""}
    await connection.execute(tables.staff_acts.insert(), act)


async def _send_nothing_again(connection: AsyncConnection) -> None:
    """Messages that waited when the backup was taken: nobody knows whether they were sent since."""
    kept = tables.outgoing_messages
    ended = {"state": State.SKIPPED.value, "reason": Why.RESTORED.value}
    waiting = kept.c.state.in_((State.QUEUED.value, State.CLAIMED.value))
    await connection.execute(update(kept).where(waiting).values(ended))


async def _raise_zones(connection: AsyncConnection, before: dict[str, Row], now_ms: int) -> None:
    """Nobody holds a zone. One that the backup does not know is empty, and keeps its fence and its epoch from then."""
    kept = await _rows(connection, tables.zone)
    risen = []
    for zone_id in kept | before:
        rows = [row for row in (kept.get(zone_id), before.get(zone_id)) if row]
        zone = kept.get(zone_id, before.get(zone_id, {}) | {"head": 0, "plan_version": 0})
        fence = max(row["fence"] for row in rows) + 1
        epoch = max(now_ms, *(row["stream_epoch"] + 1 for row in rows))
        risen.append(zone | {"fence": fence, "stream_epoch": epoch, "holder": "", "lease_until": 0})
    await _put(connection, tables.zone, risen)


async def _raise_generations(connection: AsyncConnection, before: dict[str, Row], now_ms: int) -> None:
    """Of a courier's devices the one that reported last goes on at once; another one waits for its silence, as ever."""
    kept = await _rows(connection, tables.courier_sessions)
    risen = {
        courier_id: max(now_ms, row["generation"], before.get(courier_id, row)["generation"])
        for courier_id, row in kept.items()
    }
    rows = ({"courier_id": courier_id, "generation": generation} for courier_id, generation in risen.items())
    await _put(connection, tables.courier_sessions, rows)
    reported = select(tables.devices).where(tables.devices.c.generation > 0).order_by(tables.devices.c.generation)
    last = {row["courier_id"]: dict(row) for row in (await connection.execute(reported)).mappings()}
    await _put(
        connection,
        tables.devices,
        (row | {"generation": risen.get(courier_id, now_ms)} for courier_id, row in last.items()),
    )


async def _end_sign_ins(connection: AsyncConnection, before: dict[str, Row], now_ms: int) -> None:
    await connection.execute(tables.staff_sessions.delete())
    kept = await _rows(connection, tables.staff_users)
    users = (
        user
        | {
            "active": min(user["active"], before.get(user_id, user)["active"]),
            "generation": max(user["generation"], before.get(user_id, user)["generation"]) + 1,
            "changed": now_ms,
        }
        for user_id, user in kept.items()
    )
    await _put(connection, tables.staff_users, users)


async def _revoke_again(connection: AsyncConnection, before: dict[str, Row]) -> None:
    """A program's key that was taken back since the backup stays taken back."""
    kept = await _rows(connection, tables.api_keys)
    revoked = (key | {"revoked": key["revoked"] or before.get(key_id, key)["revoked"]} for key_id, key in kept.items())
    await _put(connection, tables.api_keys, revoked)


async def _end_shoppers(connection: AsyncConnection, before: dict[str, Row]) -> None:
    """Whoever was signed in as a shopper, then or until now, proves the number again."""
    kept = await _rows(connection, shopper_accounts)
    rows = (
        row | {"generation": max(row["generation"], before.get(mark, row)["generation"]) + 1}
        for mark, row in (before | kept).items()
    )
    await _put(connection, shopper_accounts, rows)


async def _rows(connection: AsyncConnection, table: Table) -> dict[str, Row]:
    (key,) = table.primary_key
    return {row[key.name]: dict(row) for row in (await connection.execute(select(table))).mappings()}


async def _put(connection: AsyncConnection, table: Table, rows: Iterable[Row]) -> None:
    if together := list(rows):
        await connection.execute(upsert(table, connection.dialect.name), together)
