"""`DeviceStore` in SQL. Of a key only the hash is here."""

from sqlalchemy import delete, func, select, update

from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.tables import devices
from dispatch.application.channel_ports import Device

_COLUMNS = (devices.c.key_hash, devices.c.zone_id, devices.c.courier_id, devices.c.name, devices.c.generation)


class SqlDeviceStore:
    """See `DeviceStore`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def add(self, device: Device) -> None:
        """See `DeviceStore`. Raises `StoreConflict` for a key that is there."""
        row = {column.name: getattr(device, column.name) for column in _COLUMNS}
        async with self._database.write() as connection:
            await connection.execute(devices.insert(), row)

    async def find(self, key_hash: str) -> Device | None:
        """See `DeviceStore`."""
        async with self._database.read() as connection:
            found = (await connection.execute(select(*_COLUMNS).where(devices.c.key_hash == key_hash))).one_or_none()
        return Device(*found) if found else None

    async def count(self, zone_id: str, courier_id: str) -> int:
        """See `DeviceStore`."""
        mine = (devices.c.zone_id == zone_id, devices.c.courier_id == courier_id)
        async with self._database.read() as connection:
            count: int = (await connection.execute(select(func.count()).select_from(devices).where(*mine))).scalar_one()
        return count

    @uninterrupted
    async def bump_generation(self, key_hash: str, generation: int) -> None:
        """See `DeviceStore`."""
        older = (devices.c.key_hash == key_hash, devices.c.generation < generation)
        async with self._database.write() as connection:
            await connection.execute(update(devices).where(*older).values(generation=generation))

    @uninterrupted
    async def revoke(self, zone_id: str, courier_id: str) -> int:
        """See `DeviceStore`."""
        mine = (devices.c.zone_id == zone_id, devices.c.courier_id == courier_id)
        async with self._database.write() as connection:
            return (await connection.execute(delete(devices).where(*mine))).rowcount
