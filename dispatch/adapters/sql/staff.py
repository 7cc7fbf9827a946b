"""`StaffStore` in SQL. Changes of users wait for each other, so that two admins cannot shut each other out at once."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.dialects import now, one_at_a_time, upsert
from dispatch.adapters.sql.tables import staff_acts, staff_sessions, staff_users
from dispatch.application.access import Role
from dispatch.application.staff_ports import (
    DecideSession,
    DecideUser,
    Fences,
    SecondFactor,
    SessionEdit,
    StaffAct,
    StaffSession,
    StaffUser,
)

USERS: Final = 7236124802
"""Any number that nobody else uses."""
FORGOTTEN_AFTER_MS: Final = 24 * 3_600_000


class SqlStaffStore:
    """See `StaffStore`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> int:
        """See `StaffStore`."""
        async with self._database.read() as connection:
            return await _now(connection)

    async def find(self, user_id: str) -> StaffUser | None:
        """See `StaffStore`."""
        async with self._database.read() as connection:
            return await _user(connection, user_id)

    async def users(self) -> list[StaffUser]:
        """See `StaffStore`."""
        async with self._database.read() as connection:
            return await _users(connection)

    @uninterrupted
    async def edit_user(self, user_id: str, actor: str, decide: DecideUser, keep_session: str = "") -> StaffUser:
        """See `StaffStore`."""
        async with self._database.write() as connection:
            await one_at_a_time(connection, USERS)
            at, everybody = await _now(connection), await _users(connection)
            before = next((user for user in everybody if user.id == user_id), None)
            edit = decide(at, before, [user for user in everybody if user.id != user_id])
            if not edit.action:
                return edit.user
            after = replace(edit.user, created=before.created if before else at, changed=at)
            await connection.execute(upsert(staff_users, self._database.dialect), _row(after))
            kept = staff_sessions.c.id == keep_session, staff_sessions.c.user_id == user_id
            if keep_session:
                await connection.execute(update(staff_sessions).where(*kept).values(generation=after.generation))
            await _note(connection, StaffAct(actor, edit.action, user_id, edit.detail, at))
            return after

    @uninterrupted
    async def open_session(self, session: StaffSession, life_s: float) -> StaffSession:
        """See `StaffStore`."""
        async with self._database.write() as connection:
            at = await _now(connection)
            dated = replace(session, made_at=at, used_at=at, expires=at + round(life_s * 1000))
            await connection.execute(staff_sessions.insert(), asdict(dated))
            old = staff_sessions.c.expires < at - FORGOTTEN_AFTER_MS
            await connection.execute(delete(staff_sessions).where(old))
            await _note(connection, StaffAct(f"user:{dated.user_id}", "signed_in", dated.user_id, at=at))
            return dated

    @uninterrupted
    async def edit_session(self, session_id: str, decide: DecideSession) -> SessionEdit | None:
        """See `StaffStore`."""
        async with self._database.write() as connection:
            mine = staff_sessions.c.id == session_id
            found = (await connection.execute(select(staff_sessions).where(mine).with_for_update())).one_or_none()
            user = await _user(connection, found.user_id) if found else None
            if found is None or user is None:
                return None
            at, before = await _now(connection), StaffSession(**found._mapping)
            edit = decide(at, before, user)
            if edit.session != before:
                await connection.execute(update(staff_sessions).where(mine), asdict(edit.session))
            if edit.action:
                await _note(connection, StaffAct(f"{user.role}:{user.id}", edit.action, user.id, at=at))
            return edit

    async def fences(self, since: int) -> Fences:
        """See `StaffStore`."""
        changed = select(staff_users.c.id, staff_users.c.generation).where(staff_users.c.changed >= since)
        async with self._database.snapshot() as connection:
            at = await _now(connection)
            ended = select(staff_sessions.c.id).where(
                staff_sessions.c.ended_at >= since, staff_sessions.c.ended_at >= at - FORGOTTEN_AFTER_MS
            )
            generations = tuple((row.id, row.generation) for row in await connection.execute(changed))
            return Fences(at, generations, tuple((await connection.execute(ended)).scalars()))

    async def acts(self, limit: int) -> list[StaffAct]:
        """See `StaffStore`."""
        newest = select(staff_acts).order_by(staff_acts.c.number.desc()).limit(limit)
        async with self._database.read() as connection:
            return [StaffAct(**row._mapping) for row in await connection.execute(newest)]


async def _now(connection: AsyncConnection) -> int:
    at: int = (await connection.execute(select(now()))).scalar_one()
    return at


async def _user(connection: AsyncConnection, user_id: str) -> StaffUser | None:
    found = (await connection.execute(select(staff_users).where(staff_users.c.id == user_id))).one_or_none()
    return _read(found) if found else None


async def _users(connection: AsyncConnection) -> list[StaffUser]:
    return [_read(row) for row in await connection.execute(select(staff_users).order_by(staff_users.c.id))]


async def _note(connection: AsyncConnection, act: StaffAct) -> None:
    row = {name: value for name, value in asdict(act).items() if name != "number"}
    await connection.execute(staff_acts.insert(), row)


def _read(row: Row[Any]) -> StaffUser:
    kept = dict(row._mapping)
    zones, depots = (tuple(filter(None, (kept.pop(name) or "").split(","))) for name in ("zones", "depots"))
    second = msgspec.json.decode(kept["second"], type=SecondFactor) if kept["second"] else None
    told = {"role": Role(kept["role"]), "active": bool(kept["active"]), "second": second}
    return StaffUser(**kept | told, zones=zones, depots=depots)


def _row(user: StaffUser) -> Mapping[str, Any]:
    second = msgspec.json.encode(user.second).decode() if user.second else None
    lists = {"zones": ",".join(user.zones), "depots": ",".join(user.depots)}
    return asdict(user) | lists | {"role": user.role.value, "active": int(user.active), "second": second}
