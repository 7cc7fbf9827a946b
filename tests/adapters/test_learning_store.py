"""Corrections and what is learnt from visits: the same promises in memory, SQLite and PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from dispatch.adapters.memory_learning import MemoryLearningStore
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.learning import AT_ONCE, SqlLearningStore
from dispatch.adapters.sql.migrations import upgrade
from dispatch.application.learning_ports import DoorVisits, LearningStore
from dispatch.domain import commands as c
from dispatch.domain.geo import Point
from dispatch.domain.place_correction import Stay
from dispatch.domain.zone import ZoneState
from tests.support.corrections import DOOR, correction
from tests.support.stores import ZONE, Store, claimed, committed, decided
from tests.support.zones import NOON_MS


@pytest.fixture
async def learning(any_url: str) -> AsyncIterator[LearningStore]:
    """Every kind of learning store in turn."""
    if not any_url:
        yield MemoryLearningStore()
        return
    await upgrade(any_url)
    database = Database(any_url)
    yield SqlLearningStore(database)
    await database.close()


def visited(door: str, stood: str = "cell", at_ms: int = NOON_MS) -> DoorVisits:
    """A door with two visits."""
    stays = tuple(Stay(f"v{n}", "c1", at_ms + n, Point(31.2, 121.4), 8.0) for n in range(2))
    return DoorVisits(door, "南京西路1号", Point(31.2, 121.41), stood, stays)


async def test_doors_are_found_by_name_and_by_where_couriers_stood(learning: LearningStore) -> None:
    """In their newest value, in their own zone, however many are asked for."""
    doors = [visited("a"), visited("b", "cell"), visited("c", "other")]
    await learning.keep(ZONE, doors, {}, 0)
    await learning.keep(ZONE, [visited("c", "cell", NOON_MS + 9)], {}, 0)
    assert await learning.doors(ZONE, {"a", "c", "nobody"}) == {"a": doors[0], "c": visited("c", "cell", NOON_MS + 9)}
    assert [each.door for each in await learning.served_from(ZONE, {"cell", "x"})] == ["a", "b", "c"]
    assert await learning.served_from(ZONE, {"other"}) == []
    assert await learning.doors("elsewhere", {"a"}) == {} and await learning.doors(ZONE, ()) == {}
    many = {f"d{n}" for n in range(2 * AT_ONCE)}
    assert set(await learning.doors(ZONE, many | {"b"})) == {"b"}


async def test_notes_are_kept_beside_them(learning: LearningStore) -> None:
    """Each by its name; the last one counts."""
    assert await learning.note(ZONE, "seq") == ""
    await learning.keep(ZONE, [], {"seq": "1", "times": "{}"}, 0)
    await learning.keep(ZONE, [visited("a")], {"seq": "2"}, 0)
    assert (await learning.note(ZONE, "seq"), await learning.note(ZONE, "times")) == ("2", "{}")
    assert await learning.note("elsewhere", "seq") == ""


async def test_doors_that_nobody_visits_are_forgotten(learning: LearningStore) -> None:
    """Where couriers stood is kept no longer than it serves; other zones are let alone."""
    for zone_id in (ZONE, "elsewhere"):
        await learning.keep(zone_id, [visited("old"), visited("new", at_ms=NOON_MS + 100)], {}, 0)
    await learning.keep(ZONE, [], {}, NOON_MS + 50)
    assert set(await learning.doors(ZONE, {"old", "new"})) == {"new"}
    assert set(await learning.doors("elsewhere", {"old", "new"})) == {"old", "new"}


async def test_corrections_are_kept_with_their_zone(store: Store) -> None:
    """Proposed or decided, however old; each is found by its id."""
    claim, state = await claimed(store), ZoneState(ZONE)
    commands = [c.ProposeCorrection(correction()), c.JudgeCorrection(DOOR, True, "dispatcher:ann")]
    for n, command in enumerate(commands):
        await committed(store, claim, state, decided(state, str(n), command))
        loaded, _, _ = await store.load(ZONE, NOON_MS * 2)
        assert loaded.corrections == state.corrections and len(loaded.corrections) == 1
        assert await store.find_correction(ZONE, DOOR) == state.corrections[DOOR]
    assert await store.find_correction(ZONE, "nothing") is None
