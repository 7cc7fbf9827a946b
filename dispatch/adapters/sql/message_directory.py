"""`DirectoryStore` in SQL: contacts and webhooks are kept whole in `body`, beside what they are found by."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import delete, select

from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.dialects import insert_into, upsert
from dispatch.adapters.sql.tables import message_contacts as contacts
from dispatch.adapters.sql.tables import message_opt_outs as opt_outs
from dispatch.adapters.sql.tables import webhook_endpoints as webhooks
from dispatch.application.messaging.ports import ACCOUNT, Contact, Directory, Endpoint
from dispatch.application.messaging.table import Channel

AT_ONCE: Final = 500
"""Keys in one statement: databases bound their parameters."""
_contact = msgspec.json.Decoder(Contact)
_endpoint = msgspec.json.Decoder(Endpoint)


class SqlDirectoryStore:
    """See `DirectoryStore`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._put_contact = upsert(contacts, database.dialect)
        self._put_endpoint = upsert(webhooks, database.dialect)
        self._opt_out = insert_into(opt_outs, database.dialect).on_conflict_do_nothing()

    async def directory(self, zone_id: str, keys: Collection[str], marks: Collection[str]) -> Directory:
        """See `DirectoryStore`."""
        found, hooks, off = dict[str, Contact](), list[Endpoint](), set[tuple[str, Channel]]()
        async with self._database.read() as connection:
            for some in _parts(keys):
                here = (contacts.c.zone_id == zone_id, contacts.c.key.in_(some))
                rows = await connection.execute(select(contacts.c.key, contacts.c.body).where(*here))
                found |= {row.key: _contact.decode(row.body) for row in rows}
            for some in _parts(key.removeprefix(ACCOUNT) for key in keys if key.startswith(ACCOUNT)):
                theirs = (webhooks.c.zone_id == zone_id, webhooks.c.account.in_(some))
                bodies = await connection.execute(select(webhooks.c.body).where(*theirs).order_by(webhooks.c.id))
                hooks += map(_endpoint.decode, bodies.scalars())
            for some in _parts(marks):
                opted = await connection.execute(select(opt_outs).where(opt_outs.c.mark.in_(some)))
                off |= {(row.mark, Channel(row.channel)) for row in opted}
        return Directory(found, tuple(hooks), frozenset(off))

    @uninterrupted
    async def put_contact(self, zone_id: str, key: str, contact: Contact) -> None:
        """See `DirectoryStore`."""
        row = {"zone_id": zone_id, "key": key, "body": msgspec.json.encode(contact).decode()}
        async with self._database.write() as connection:
            await connection.execute(self._put_contact, [row])

    @uninterrupted
    async def opt(self, mark: str, off: Collection[Channel], on: Collection[Channel]) -> None:
        """See `DirectoryStore`."""
        async with self._database.write() as connection:
            again = opt_outs.c.channel.in_([channel.value for channel in on])
            await connection.execute(delete(opt_outs).where(opt_outs.c.mark == mark, again))
            if off:
                rows = [{"mark": mark, "channel": channel.value} for channel in sorted(off)]
                await connection.execute(self._opt_out, rows)

    @uninterrupted
    async def put_endpoint(self, endpoint: Endpoint) -> None:
        """See `DirectoryStore`."""
        row = {"id": endpoint.id, "zone_id": endpoint.zone_id, "account": endpoint.account}
        body = msgspec.json.encode(endpoint).decode()
        async with self._database.write() as connection:
            whole = {**row, "made_at_ms": endpoint.made_at_ms, "body": body}
            await connection.execute(self._put_endpoint, [whole])

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        """See `DirectoryStore`."""
        async with self._database.read() as connection:
            wanted = select(webhooks.c.body).where(webhooks.c.id == endpoint_id)
            body = (await connection.execute(wanted)).scalar_one_or_none()
        return _endpoint.decode(body) if body else None

    async def endpoints(self, zone_id: str, account: str) -> Sequence[Endpoint]:
        """See `DirectoryStore`."""
        mine = [webhooks.c.zone_id == zone_id, *([webhooks.c.account == account] if account else [])]
        oldest = select(webhooks.c.body).where(*mine).order_by(webhooks.c.made_at_ms, webhooks.c.id)
        async with self._database.read() as connection:
            return [_endpoint.decode(body) for body in (await connection.execute(oldest)).scalars()]

    @uninterrupted
    async def drop_endpoint(self, endpoint_id: str) -> bool:
        """See `DirectoryStore`."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(webhooks).where(webhooks.c.id == endpoint_id))).rowcount > 0


def _parts(keys: Iterable[str]) -> list[list[str]]:
    wanted = sorted(set(keys))
    return [wanted[first : first + AT_ONCE] for first in range(0, len(wanted), AT_ONCE)]
