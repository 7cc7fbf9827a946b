"""Generations are handed out in groups, so that a storm of returning phones costs few commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.generations import MAX_GROUP, Generations
from dispatch.adapters.sql.migrations import upgrade
from dispatch.application.ports import StoreUnavailable


class CountingDatabase(Database):
    """A real one that counts its commits, and is away when told."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.commits = 0
        self.is_away = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        if self.is_away:
            raise StoreUnavailable("away")
        async with super().write() as connection:
            yield connection
        self.commits += 1


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[CountingDatabase]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'dispatch.sqlite'}"
    await upgrade(url)
    database = CountingDatabase(url)
    yield database
    await database.close()


async def test_many_at_once_share_few_commits(database: CountingDatabase) -> None:
    """A storm of three groups costs three commits; everybody has a generation of their own."""
    generations = Generations(database)
    names = [f"c{number}" for number in range(2 * MAX_GROUP + 1)]
    first = await asyncio.gather(*map(generations.next, names))
    assert database.commits == 3
    second = await asyncio.gather(*map(generations.next, names))
    assert all(after > before > 0 for before, after in zip(first, second, strict=True))


async def test_a_courier_who_asks_again_at_once_gets_a_higher_one(database: CountingDatabase) -> None:
    """In the order of asking, beside others."""
    generations = Generations(database)
    asked = ["c1", "c2", "c1", "c1"]
    got = await asyncio.gather(*map(generations.next, asked))
    assert got[0] < got[2] < got[3]
    assert database.commits == 3


async def test_whoever_gives_up_leaves_the_others_alone(database: CountingDatabase) -> None:
    """A phone that went away in the middle costs nobody else their answer."""
    generations = Generations(database)
    leaving, staying = (asyncio.create_task(generations.next(name)) for name in ("c1", "c2"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying > 0
    assert leaving.cancelled()


async def test_a_database_that_is_away_is_said_to_everybody(database: CountingDatabase) -> None:
    """And asked again by the next who come, also by one who did not wait for the answer."""
    generations = Generations(database)
    database.is_away = True
    leaving = asyncio.create_task(generations.next("c3"))
    waiting = [asyncio.create_task(generations.next(name)) for name in ("c1", "c2")]
    await asyncio.sleep(0)
    leaving.cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 2
    database.is_away = False
    assert await generations.next("c1") > 0
