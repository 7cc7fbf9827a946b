"""Device keys: the same promises in memory, SQLite and PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from dispatch.adapters.memory_channel import MemoryDeviceStore
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.devices import SqlDeviceStore
from dispatch.adapters.sql.migrations import upgrade
from dispatch.application.channel_ports import Device, DeviceStore
from dispatch.application.ports import StoreConflict


@pytest.fixture
async def devices(any_url: str) -> AsyncIterator[DeviceStore]:
    """Every kind of device store in turn."""
    if not any_url:
        yield MemoryDeviceStore()
        return
    await upgrade(any_url)
    database = Database(any_url)
    yield SqlDeviceStore(database)
    await database.close()


PHONE = Device("hash-1", "z1", "c1", "Ada's phone")


async def test_a_device_is_found_by_its_hash(devices: DeviceStore) -> None:
    """Whole, and only by exactly this hash."""
    await devices.add(PHONE)
    assert await devices.find("hash-1") == PHONE
    assert await devices.find("hash-2") is None and await devices.find("HASH-1") is None


async def test_two_devices_have_two_keys(devices: DeviceStore) -> None:
    """A key that is there is not given to somebody else."""
    await devices.add(PHONE)
    with pytest.raises(StoreConflict):
        await devices.add(Device("hash-1", "z1", "c2", "another"))
    assert await devices.find("hash-1") == PHONE


async def test_a_generation_only_rises(devices: DeviceStore) -> None:
    """Two gateways may bump it in any order; the highest stays. An unknown key is nothing to bump."""
    await devices.add(PHONE)
    for generation in (5, 2**45, 7):
        await devices.bump_generation("hash-1", generation)
    await devices.bump_generation("hash-2", 9)
    found = await devices.find("hash-1")
    assert found and found.generation == 2**45
    assert await devices.find("hash-2") is None


async def test_revoking_takes_all_of_one_courier(devices: DeviceStore) -> None:
    """Those of others, and of the same id in another zone, stay."""
    for n, (zone_id, courier_id) in enumerate([("z1", "c1"), ("z1", "c1"), ("z1", "c2"), ("z2", "c1")]):
        await devices.add(Device(f"hash-{n}", zone_id, courier_id, "phone"))
    assert await devices.count("z1", "c1") == 2
    assert await devices.revoke("z1", "c1") == 2
    assert await devices.revoke("z1", "c1") == 0 == await devices.count("z1", "c1")
    assert [bool(await devices.find(f"hash-{n}")) for n in range(4)] == [False, False, True, True]
