"""The servers that the tests share are real, and as separate as the tests assume."""

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def test_valkey_is_shared_and_emptied_on_request(valkey_url: str, empty_valkey_url: str) -> None:
    """Both names mean one server, and the emptied one has no key left."""
    assert valkey_url == empty_valkey_url
    async with Redis.from_url(empty_valkey_url) as client:
        assert await client.dbsize() == 0
        await client.set("order", "17")


async def test_the_next_test_finds_valkey_empty(empty_valkey_url: str) -> None:
    """What another test wrote is gone."""
    async with Redis.from_url(empty_valkey_url) as client:
        assert await client.dbsize() == 0


async def test_each_test_has_a_database_of_its_own(postgres_url: str, fresh_postgres_url: str) -> None:
    """SQLAlchemy reaches the fresh database through asyncpg, and it is not the shared one."""
    assert fresh_postgres_url != postgres_url
    engine = create_async_engine(fresh_postgres_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE only_here (id int)"))
        assert (await connection.scalar(text("SELECT current_database()"))).startswith("test_")
    await engine.dispose()


async def test_a_second_database_does_not_see_the_first(fresh_postgres_url: str) -> None:
    """The table of the test before is not there."""
    engine = create_async_engine(fresh_postgres_url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT to_regclass('only_here')")) is None
    await engine.dispose()
