"""Keys of programs in memory and in SQL: found while they are good, and each change is audited with it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from dispatch.adapters.clocks import wall_ms
from dispatch.adapters.memory_keys import MemoryApiKeyStore
from dispatch.adapters.sql.api_keys import SqlApiKeyStore
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.migrations import upgrade
from dispatch.application.access import Role
from dispatch.application.api_keys import ApiKey, ApiKeyStore
from dispatch.application.ports import StoreConflict

KEY = ApiKey("k1", "a hash", "Till 安", Role.INTEGRATOR, "shop-1", ("z1", "z2"), ("d1",), "admin:root")
DAY_MS = 24 * 3_600_000


@pytest.fixture
async def keys(any_url: str) -> AsyncIterator[ApiKeyStore]:
    if not any_url:
        yield MemoryApiKeyStore(wall_ms)
        return
    await upgrade(any_url)
    database = Database(any_url)
    yield SqlApiKeyStore(database)
    await database.close()


async def test_a_key_is_kept_whole(keys: ApiKeyStore) -> None:
    """Found by its hash and nothing else; the newest first."""
    kept = await keys.add(KEY, DAY_MS)
    assert kept == replace(KEY, made=kept.made, expires=kept.made + DAY_MS) and kept.made > 0
    assert await keys.find("a hash") == kept and await keys.find("k1") is None
    second = await keys.add(replace(KEY, id="k2", key_hash="another", zones=(), depots=()), 0)
    assert second.expires == 0 and {key.id for key in await keys.all()} == {"k1", "k2"}


async def test_a_key_that_is_over_is_not_found(keys: ApiKeyStore) -> None:
    """By its time or by hand; it stays in the list, and its end does not move."""
    await keys.add(KEY, 1)
    await keys.add(replace(KEY, id="k2", key_hash="another"), 0)
    while await keys.find("a hash"):
        pass
    ended = await keys.revoke("k2", "admin:root")
    assert ended and ended.revoked and await keys.find("another") is None
    assert await keys.revoke("k2", "admin:x") == ended and await keys.revoke("k9", "admin:x") is None
    assert len(await keys.all()) == 2


async def test_that_a_key_was_used_is_noted(keys: ApiKeyStore) -> None:
    """By the store's time, on the key that was; one that is not there is nobody's loss."""
    first = await keys.add(KEY, 0)
    await keys.add(replace(KEY, id="k2", key_hash="another"), 0)
    assert first.used == 0
    await keys.note_used({"k1", "k9"})
    used = {key.id: key.used for key in await keys.all()}
    assert used["k1"] >= first.made and used["k2"] == 0


async def test_each_change_is_an_act(database_url: str) -> None:
    """Who did what to which key, once; and a key that is refused leaves no act."""
    await upgrade(database_url)
    database = Database(database_url)
    keys = SqlApiKeyStore(database)
    await keys.add(KEY, 0)
    with pytest.raises(StoreConflict):
        await keys.add(replace(KEY, id="k2"), 0)
    await keys.revoke("k1", "admin:ann")
    await keys.revoke("k1", "admin:ann")
    async with database.read() as connection:
        acts = (await connection.execute(text("SELECT actor, action, user_id, detail FROM staff_acts"))).all()
    await database.close()
    assert [tuple(act) for act in acts] == [
        ("admin:root", "api_key_made", "k1", "integrator of z1, z2"),
        ("admin:ann", "api_key_revoked", "k1", "integrator of z1, z2"),
    ]
