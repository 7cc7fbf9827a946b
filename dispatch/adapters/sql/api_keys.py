"""`ApiKeyStore` in SQL."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Row, or_, select, update

from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.dialects import now
from dispatch.adapters.sql.tables import api_keys, staff_acts
from dispatch.application.access import Role
from dispatch.application.api_keys import ApiKey


class SqlApiKeyStore:
    """See `ApiKeyStore`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def add(self, key: ApiKey, life_ms: int) -> ApiKey:
        """See `ApiKeyStore`."""
        async with self._database.write() as connection:
            at: int = (await connection.execute(select(now()))).scalar_one()
            dated = replace(key, made=at, expires=at + life_ms if life_ms else 0)
            lists = {"zones": ",".join(key.zones), "depots": ",".join(key.depots), "role": key.role.value}
            await connection.execute(api_keys.insert(), asdict(dated) | lists)
            await connection.execute(staff_acts.insert(), _act(dated, dated.made_by, "api_key_made", at))
        return dated

    async def find(self, key_hash: str) -> ApiKey | None:
        """See `ApiKeyStore`."""
        good = or_(api_keys.c.expires == 0, api_keys.c.expires > now())
        wanted = select(api_keys).where(api_keys.c.key_hash == key_hash, api_keys.c.revoked == 0, good)
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).one_or_none()
        return _read(found) if found else None

    async def all(self) -> Sequence[ApiKey]:
        """See `ApiKeyStore`."""
        newest = select(api_keys).order_by(api_keys.c.made.desc(), api_keys.c.id)
        async with self._database.read() as connection:
            return [_read(row) for row in await connection.execute(newest)]

    @uninterrupted
    async def note_used(self, key_ids: Collection[str]) -> None:
        """See `ApiKeyStore`. There are a thousand keys at most."""
        async with self._database.write() as connection:
            await connection.execute(update(api_keys).where(api_keys.c.id.in_(sorted(key_ids))).values(used=now()))

    @uninterrupted
    async def revoke(self, key_id: str, actor: str) -> ApiKey | None:
        """See `ApiKeyStore`. Revoking again changes nothing."""
        mine = api_keys.c.id == key_id
        async with self._database.write() as connection:
            at: int = (await connection.execute(select(now()))).scalar_one()
            ended = update(api_keys).where(mine, api_keys.c.revoked == 0).values(revoked=at)
            changed = (await connection.execute(ended)).rowcount
            found = (await connection.execute(select(api_keys).where(mine))).one_or_none()
            if found and changed:
                await connection.execute(staff_acts.insert(), _act(_read(found), actor, "api_key_revoked", at))
        return _read(found) if found else None


def _act(key: ApiKey, actor: str, action: str, at: int) -> dict[str, Any]:
    detail = f"{key.role} of {', '.join(key.zones) or 'all zones'}"
    return {"at": at, "actor": actor, "action": action, "user_id": key.id, "detail": detail}


def _read(row: Row[Any]) -> ApiKey:
    kept = dict(row._mapping)
    lists = {name: tuple(filter(None, kept[name].split(","))) for name in ("zones", "depots")}
    return ApiKey(**kept | lists | {"role": Role(kept["role"]), "used": kept["used"] or 0})
